"""Waiting for an author to save: what is tried again as soon as a file of functions changes."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path

POLL_SECONDS = 0.15
Stamp = tuple[tuple[str, int, int], ...]


def stamp_of(folder: Path) -> Stamp:
    """Return how the Python files in a folder look now: path, time of change, size."""
    found = []
    for path in sorted(folder.rglob("*.py")):
        try:
            seen = path.stat()
        except FileNotFoundError:  # an editor is just replacing it
            continue
        found.append((str(path), seen.st_mtime_ns, seen.st_size))
    return tuple(found)


def on_every_save(
    folder: Path, redo: Callable[[], None], *, poll_seconds: float = POLL_SECONDS
) -> None:
    """Call `redo` now, and whenever a file of the folder was saved, until Ctrl-C."""
    try:
        while True:
            before = stamp_of(folder)
            redo()
            while stamp_of(folder) == before:
                time.sleep(poll_seconds)
    except KeyboardInterrupt:
        return
