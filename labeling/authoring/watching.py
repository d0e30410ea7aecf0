"""Waiting for an author to save: what is tried again as soon as a file of functions changes."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path

from labeling.discovery import stamp_of

POLL_SECONDS = 0.15


def on_every_save(folder: Path, redo: Callable[[], None]) -> None:
    """Call `redo` now, and whenever a file of the folder was saved, until Ctrl-C."""
    try:
        while True:
            before = stamp_of(folder)
            redo()
            while stamp_of(folder) == before:
                time.sleep(POLL_SECONDS)
    except KeyboardInterrupt:
        return
