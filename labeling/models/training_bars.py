"""How training goes, on stderr."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

from labeling.progress import Bar, Progress
from labeling.training.listening import Epoch, Listener, Moment

LOOKS = 0.5
"""Seconds between two looks at the loss, each of which waits until the device is there."""


class TrainingBars(Listener):
    """A bar for the frozen encoders, then one for the steps with the loss, and a line for each epoch."""

    def __init__(self, progress: Progress, bars: ExitStack) -> None:
        """`bars` holds the open one."""
        self.progress, self.bars = progress, bars
        self.bar, self.step = Bar(), ""
        self.looked = 0.0

    def encoded(self, rows: int, of: int) -> None:
        """Move the first bar on."""
        self._at("train: encode", of)(rows)

    def stepped(self, moment: Moment) -> None:
        """Move the second one on, from where a killed run had come to."""
        is_first = self.step != "train: steps"
        bar = self._at("train: steps", moment.steps)
        bar(moment.step if is_first else 1)
        if bar.is_shown and time.monotonic() - self.looked > LOOKS:
            self.looked = time.monotonic()
            bar.rename(f"train: {moment}")

    def judged(self, epoch: Epoch) -> None:
        """Write the epoch's line."""
        self.bar.tell(str(epoch))

    def _at(self, step: str, total: int) -> Bar:
        if step != self.step:
            self.bars.close()
            self.step, self.bar = step, self.bars.enter_context(self.progress.bar(step, total))
        return self.bar


@contextmanager
def training_bars(progress: Progress) -> Iterator[TrainingBars]:
    """Yield what shows how one training goes."""
    with ExitStack() as bars:
        yield TrainingBars(progress, bars)
