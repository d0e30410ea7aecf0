"""A real Label Studio server for tests: in an environment of its own, with data of its own.

The environment (about 1 GB) is made once, in the folder that LABELING_LABEL_STUDIO_ENV names or in
~/.cache/labeling/label-studio, and so are the tables of a fresh server, which take most of its first
start. LABELING_LABEL_STUDIO_ENV=none does without.
"""

from __future__ import annotations

import fcntl
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx

VERSION = "1.23.2"
ADMIN = "admin@example.com"
TOKEN = "0123456789abcdef0123456789abcdef01234567"
INSTALL_SECONDS = 600
START_SECONDS = 400


class NoLabelStudio(Exception):  # noqa: N818 the tests are skipped for it
    """The server cannot be installed here; the text says why."""


@dataclass(frozen=True, kw_only=True)
class RunningServer:
    """A server on this machine's loopback."""

    url: str
    token: str
    """Of its first account."""

    def sign_up(self, email: str) -> str:
        """Make an account by an invitation, as people do, and return its token."""
        invite = self.call("GET", "/api/invite").json()["invite_url"]
        with httpx.Client(base_url=self.url, follow_redirects=True, trust_env=False) as browser:
            browser.get(invite)
            form = {
                "email": email,
                "password": "a long enough one",
                "csrfmiddlewaretoken": browser.cookies["csrftoken"],
            }
            browser.post(invite, data=form, headers={"Referer": self.url + invite})
            return browser.get("/api/current-user/token").raise_for_status().json()["token"]

    def call(
        self, method: str, path: str, json: object = None, *, token: str | None = None
    ) -> httpx.Response:
        """Call the API as anyone with a token can, with whatever they like."""
        headers = {"Authorization": f"Token {token or self.token}"}
        with httpx.Client(base_url=self.url, trust_env=False, timeout=120) as client:
            return client.request(method, path, json=json, headers=headers).raise_for_status()


@contextmanager
def running_server(folder: Path) -> Iterator[RunningServer]:
    """Yield a fresh server whose data lies in a folder. Raises NoLabelStudio."""
    environment = _environment()
    data = folder / "data"
    shutil.copytree(_fresh_data(environment), data)
    with _started(environment, data) as url:
        yield RunningServer(url=url, token=TOKEN)


def _environment() -> Path:
    """Return the folder of the environment, made where it is not there."""
    named = os.environ.get("LABELING_LABEL_STUDIO_ENV")
    if named == "none":
        raise NoLabelStudio("LABELING_LABEL_STUDIO_ENV is none")
    folder = Path(named) if named else Path.home() / ".cache" / "labeling" / "label-studio"
    ready = folder / f"ready-{VERSION}"
    folder.mkdir(parents=True, exist_ok=True)
    with _alone(folder):
        if ready.exists():
            return folder
        shutil.rmtree(folder / "venv", ignore_errors=True)
        pip = [folder / "venv/bin/pip", "install", "-q", "--disable-pip-version-check"]
        steps = (
            [sys.executable, "-m", "venv", folder / "venv"],
            [*pip, "--retries", "1", "--timeout", "15", f"label-studio=={VERSION}"],
        )
        for step in steps:
            try:
                subprocess.run(step, check=True, timeout=INSTALL_SECONDS, capture_output=True)
            except (subprocess.SubprocessError, OSError) as error:
                raise NoLabelStudio(
                    f"label-studio {VERSION} cannot be installed into {folder} "
                    f"({type(error).__name__})"
                ) from error
        ready.touch()
    return folder


def _fresh_data(environment: Path) -> Path:
    """Return the data of a server that was started once, and nothing else."""
    fresh = environment / f"fresh-{VERSION}"
    with _alone(environment):
        if not fresh.exists():
            made = environment / "being-made"
            shutil.rmtree(made, ignore_errors=True)
            made.mkdir()
            with _started(environment, made):
                pass
            made.rename(fresh)
    return fresh


@contextmanager
def _alone(folder: Path) -> Iterator[None]:
    with (folder / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


@contextmanager
def _started(environment: Path, data: Path) -> Iterator[str]:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    settings = {
        "LABEL_STUDIO_USERNAME": ADMIN,
        "LABEL_STUDIO_PASSWORD": "a long enough one",
        "LABEL_STUDIO_USER_TOKEN": TOKEN,
        "LABEL_STUDIO_ENABLE_LEGACY_API_TOKEN": "true",
        "LABEL_STUDIO_BASE_DATA_DIR": str(data),
        "LATEST_VERSION_CHECK": "false",
        "COLLECT_ANALYTICS": "false",
        "SENTRY_DSN": "",
    }
    words = ("start", "--no-browser", "--internal-host", "127.0.0.1", "--port", str(port))
    url = f"http://127.0.0.1:{port}"
    clean = {k: v for k, v in os.environ.items() if not k.startswith(("PYTHON", "DJANGO"))}
    with (data.parent / f"{data.name}.log").open("w") as log:
        process = subprocess.Popen(
            [environment / "venv/bin/label-studio", *words, "--log-level", "ERROR"],
            env=clean | settings,
            cwd=data,
            stdout=log,
            stderr=log,
            start_new_session=True,
        )
        try:
            _wait(url, process, Path(log.name))
            yield url
        finally:
            os.killpg(process.pid, signal.SIGTERM)
            process.wait(30)


def _wait(url: str, process: subprocess.Popen[bytes], log: Path) -> None:
    until = time.monotonic() + START_SECONDS
    while time.monotonic() < until:
        if process.poll() is not None:
            raise RuntimeError(f"Label Studio ended at its start: {log.read_text()[-2000:]}")
        try:
            if httpx.get(f"{url}/health", timeout=2, trust_env=False).json()["status"] == "UP":
                return
        except (httpx.HTTPError, ValueError):
            time.sleep(0.3)
    raise RuntimeError(
        f"Label Studio did not start in {START_SECONDS} s: {log.read_text()[-2000:]}"
    )
