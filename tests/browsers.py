"""A real Chromium on the real app: the server as `labeling review` starts it, and a reviewer at it."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from labeling.webapp import app_command

FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
WAIT_MS = 30_000
MOVE_MS = 15_000

MEASURE = """
() => {
  window.moved = [];
  let pressed = null;
  const look = () => {
    if (!pressed) return;
    const pin = document.querySelector(".pin");
    const image = pin?.querySelector("figure img");
    const keys = pin && document.querySelector(`.st-key-class_0_${pin.dataset.lease} button`);
    const ready = keys && (!image || (image.complete && image.naturalWidth > 0));
    if (ready && pin.dataset.pin !== pressed.pin) {
      window.moved.push(performance.now() - pressed.at);
      pressed = null;
    } else {
      requestAnimationFrame(look);
    }
  };
  addEventListener("keydown", () => {
    if (pressed) return;
    pressed = { at: performance.now(), pin: document.querySelector(".pin")?.dataset.pin };
    requestAnimationFrame(look);
  }, true);
}
"""
"""Records, for each key, the milliseconds until another pin, its picture and its keys are drawn."""


DRAWN = "!document.querySelector('[data-testid=stApp][data-test-script-state=running]')"
"""Whether nothing of the page is being made."""
KEYS_ARE_THERE = """
() => {
  if (document.querySelector(".server-line.no-keys")) return false;
  const lease = document.querySelector(".pin")?.dataset.lease;
  const key = lease && document.querySelector(`.st-key-class_0_${lease} button`);
  return key && key.getBoundingClientRect().height > 0;
}
"""
"""Whether the keys on the page are those of its pin, whichever that is by now, and the page does not say
that it takes none: after a restart of the server it may show another."""

TAKEN = """
pin => {
  if (document.querySelector(".server-line.missed")) return "missed";
  const shown = document.querySelector(".pin, .st-key-nothing_left");
  if (!shown || document.querySelector(".server-line.no-keys")) return null;
  return shown.dataset.pin !== pin && "taken";
}
"""
"""What became of a key: taken, or missed as the page says; neither while that is not known."""


def chromium() -> str | None:
    """Return the system's Chromium, or None where there is none."""
    return (
        shutil.which("chromium")
        or shutil.which("chromium-browser")
        or shutil.which("google-chrome")
    )


def free_port() -> int:
    """Return a port that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@dataclass
class AppServer:
    """The app on a workspace; it can be killed and started again on the same port."""

    home: Path
    port: int
    log: Path
    process: subprocess.Popen[bytes] | None = None

    @property
    def address(self) -> str:
        """Where it listens."""
        return f"http://127.0.0.1:{self.port}"

    def start(self) -> None:
        """Start it, and wait until it answers."""
        with self.log.open("ab") as log:
            environment = os.environ | {"LABELING_HOME": str(self.home)}
            command = app_command(self.port, home=self.home)
            self.process = subprocess.Popen(command, env=environment, stdout=log, stderr=log)
        for _ in range(600):
            try:
                urllib.request.urlopen(f"{self.address}/_stcore/health", timeout=5)
                return
            except (urllib.error.URLError, OSError):
                time.sleep(0.1)
        raise AssertionError(self.log.read_text("utf-8"))

    def kill(self) -> None:
        """Kill it, as a crash would."""
        if self.process is not None:
            self.process.kill()
            self.process.wait()
            self.process = None


@contextmanager
def serving(home: Path, log: Path) -> Iterator[AppServer]:
    """Yield the app on a workspace."""
    server = AppServer(home=home, port=free_port(), log=log)
    server.start()
    try:
        yield server
    finally:
        server.kill()


@contextmanager
def browsing() -> Iterator[Any]:
    """Yield a headless Chromium (Playwright's Browser)."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium(), args=FLAGS)
        try:
            yield browser
        finally:
            browser.close()


class Reviewer:
    """A person at the review page."""

    def __init__(self, browser: Any, server: AppServer, you: str, **context: Any) -> None:
        self.context = browser.new_context(**{"viewport": {"width": 1280, "height": 800}} | context)
        self.page = self.context.new_page()
        self.page.goto(f"{server.address}/?you={you}")
        self.page.wait_for_selector(".pin", timeout=WAIT_MS)
        self.page.wait_for_selector(".st-key-guideline button", timeout=WAIT_MS)

    @property
    def pin(self) -> str:
        """The id of the pin that is shown."""
        return str(self.page.get_attribute(".pin", "data-pin"))

    def read(self, seconds: float = 0.55) -> None:
        """Look at the pin for as long as the queue wants it."""
        self.page.wait_for_timeout(1000 * seconds)

    def press(self, key: str, seconds: float = 0.55) -> str:
        """Press a key on a pin that was read so long; return the pin, when another is shown."""
        self.read(seconds)
        self.wait_for_keys()
        pin = self.pin
        self.page.keyboard.press(key)
        self.wait_past(pin)
        return pin

    def wait_for_keys(self) -> None:
        """Wait until the keys on the page are those of the pin that is shown."""
        self.page.wait_for_function(KEYS_ARE_THERE, polling=20, timeout=WAIT_MS)

    def was_taken(self, pin: str) -> bool:
        """Wait until another pin is shown than the one a key was pressed on, or none, or until the page
        says that it did not take the key; return whether it did."""
        taken = self.page.wait_for_function(TAKEN, arg=pin, polling=50, timeout=MOVE_MS)
        return bool(taken.json_value() == "taken")

    def wait_past(self, pin: str) -> None:
        """Wait until another pin is shown, or none."""
        self.page.wait_for_function(
            "pin => document.querySelector('.pin, .st-key-nothing_left') "
            "&& document.querySelector('.pin')?.dataset.pin !== pin",
            arg=pin,
            polling=50,
            timeout=MOVE_MS,
        )
