"""Starting the web app: Streamlit on the loopback address alone."""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path

from labeling.errors import WorkspaceError


def app_command(port: int) -> list[str]:
    """Return the command that serves the app. Raises WorkspaceError where Streamlit is missing."""
    if importlib.util.find_spec("streamlit") is None:
        raise WorkspaceError("The web app needs Streamlit; install labeling[app].")
    options = {
        "server.address": "127.0.0.1",
        "server.port": str(port),
    }
    flags = [f"--{name}={value}" for name, value in options.items()]
    return [sys.executable, "-m", "streamlit", "run", str(app_file()), *flags]


def app_file() -> Path:
    """Return the app's script: the checkout's, or the copy in an installed package."""
    package = Path(__file__).resolve().parent
    shipped = package / "_shipped" / "app" / "serve.py"
    return shipped if shipped.is_file() else package.parent / "app" / "serve.py"
