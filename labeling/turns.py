"""One after the other on a machine: locks that go with their process, however that ends."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

try:
    import fcntl
except ImportError:  # Windows
    fcntl = None  # type: ignore[assignment]


@contextmanager
def turn(file: Path, *, wait: bool = True) -> Iterator[None]:
    """Hold the lock of a file, which is made where it is not there, after those who came before.

    Raises BlockingIOError where another process holds it and is not waited for.
    """
    if fcntl is None:
        yield
        return
    with file.open("ab") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX | (0 if wait else fcntl.LOCK_NB))
        yield
