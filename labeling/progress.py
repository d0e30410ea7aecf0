"""Progress of long work, on stderr, so that stdout stays the result's; and how long its steps took."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True)
class Progress:
    """Shows a bar per step; a silent one (`Progress(shown=False)`) serves notebooks and tests."""

    shown: bool = False

    @contextmanager
    def bar(
        self, title: str, total: int | None, *, unit: Literal["items", "bytes"] = "items"
    ) -> Iterator[Callable[[int], None]]:
        """Yield a function that moves the bar on by a number of items, or of bytes."""
        if not self.shown or total == 0:
            yield lambda count: None
            return
        from rich.console import Console
        from rich.progress import (
            BarColumn,
            DownloadColumn,
            MofNCompleteColumn,
            Progress,
            TextColumn,
            TimeElapsedColumn,
            TimeRemainingColumn,
        )

        columns = (
            TextColumn("{task.description:<22}"),
            BarColumn(),
            MofNCompleteColumn() if unit == "items" else DownloadColumn(),
            TimeElapsedColumn(),
            TimeRemainingColumn(),
        )
        with Progress(*columns, console=Console(stderr=True)) as bars:
            task = bars.add_task(title, total=total)
            yield lambda count: bars.advance(task, count)


@contextmanager
def timed(seconds: dict[str, float], step: str) -> Iterator[None]:
    """Put the seconds that a step took under its name."""
    start = time.perf_counter()
    yield
    seconds[step] = time.perf_counter() - start
