"""Starting the web app: for this machine alone, unless people sign in."""

from __future__ import annotations

import importlib.util
import sys
import tomllib
from ipaddress import ip_address
from pathlib import Path

from labeling.errors import SettingsError, WorkspaceError

LOOPBACK = "127.0.0.1"
LOCAL_NAMES = (LOOPBACK, "localhost", "::1")


def app_command(
    port: int, host: str = LOOPBACK, *, home: Path | None = None, names: tuple[str, ...] = ()
) -> list[str]:
    """Return the command that serves the app.

    `names` are the host names that browsers may call it by; a page of another name that resolves to
    this machine gets no session. Raises WorkspaceError where Streamlit is missing, and SettingsError
    for an address that others can reach where nobody has to sign in.
    """
    if importlib.util.find_spec("streamlit") is None:
        raise WorkspaceError("The web app needs Streamlit; install labeling[app].")
    secrets = None if home is None else secrets_file(home)
    signs_in = secrets is not None and has_provider(secrets)
    if not signs_in and not is_loopback(host):
        raise SettingsError(
            f"The app will not listen on {host}, where others can reach it, as nobody has to sign in; "
            f"leave --host out, or set up an identity provider in the section [auth] of "
            f"{secrets or '.streamlit/secrets.toml'} (docs/review.md)."
        )
    if signs_in and importlib.util.find_spec("authlib") is None:
        raise WorkspaceError("Signing in needs Authlib; install labeling[app].")
    allowed = names or (() if signs_in and not is_loopback(host) else LOCAL_NAMES)
    flags = [f"--server.address={host}", f"--server.port={port}"]
    flags += [f"--server.allowedHosts={name}" for name in allowed]
    if secrets is not None:
        flags.append(f"--secrets.files={secrets}")
    return [sys.executable, "-m", "streamlit", "run", str(app_file()), *flags]


def is_loopback(host: str) -> bool:
    """Whether only this machine reaches an address."""
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def secrets_file(home: Path) -> Path:
    """Return where a workspace keeps how people sign in."""
    return home / ".streamlit" / "secrets.toml"


def has_provider(secrets: Path) -> bool:
    """Whether an identity provider is set up. Raises SettingsError for a file that cannot be read."""
    try:
        return "auth" in tomllib.loads(secrets.read_text("utf-8"))
    except FileNotFoundError:
        return False
    except (tomllib.TOMLDecodeError, OSError, UnicodeDecodeError) as error:
        raise SettingsError(f"{secrets} cannot be read: {error}.") from error


def app_file() -> Path:
    """Return the app's script: the checkout's, or the copy in an installed package."""
    package = Path(__file__).resolve().parent
    shipped = package / "_shipped" / "app" / "serve.py"
    return shipped if shipped.is_file() else package.parent / "app" / "serve.py"
