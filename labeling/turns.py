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
def turn(file: Path, *, refusal: Exception | None = None) -> Iterator[None]:
    """Hold the lock of a file, which is made where it is not there, after those who came before.

    Raises `refusal`, where there is one, instead of waiting for another who holds it.
    """
    if fcntl is None:
        yield
        return
    with file.open("ab") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | (fcntl.LOCK_NB if refusal else 0))
        except BlockingIOError:
            assert refusal is not None
            raise refusal from None
        yield
