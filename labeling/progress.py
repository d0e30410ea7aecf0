"""Progress of long work, on stderr, so that stdout stays the result's; and how long its steps took."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from rich.progress import Progress as Bars
    from rich.progress import TaskID


@dataclass(frozen=True)
class Bar:
    """A step's bar, which is moved on by calling it with a number of items, or of bytes; or none."""

    bars: Bars | None = None
    task: TaskID | None = None

    def __call__(self, count: int) -> None:
        """Move on."""
        if self.bars is not None and self.task is not None:
            self.bars.advance(self.task, count)

    @property
    def is_shown(self) -> bool:
        """Whether anyone sees it."""
        return self.bars is not None

    def rename(self, title: str) -> None:
        """Say otherwise what is being done."""
        if self.bars is not None and self.task is not None:
            self.bars.update(self.task, description=title)

    def tell(self, line: str) -> None:
        """Write a line above the bar."""
        if self.bars is not None:
            self.bars.console.print(line, markup=False, highlight=False)


@dataclass(frozen=True)
class Progress:
    """Shows a bar per step; a silent one (`Progress(shown=False)`) serves notebooks and tests."""

    shown: bool = False

    @contextmanager
    def bar(
        self, title: str, total: int | None, *, unit: Literal["items", "bytes"] = "items"
    ) -> Iterator[Bar]:
        """Yield the bar of a step."""
        if not self.shown or total == 0:
            yield Bar()
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
        with Progress(*columns, console=Console(stderr=True, emoji=False)) as bars:
            yield Bar(bars, bars.add_task(title, total=total))


SILENT = Progress()


@contextmanager
def timed(seconds: dict[str, float], step: str) -> Iterator[None]:
    """Put the seconds that a step took under its name."""
    start = time.perf_counter()
    yield
    seconds[step] = time.perf_counter() - start
