"""The crowd: who gave which class to which pin, as one table."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pandas as pd


def votes_of(answers: pd.DataFrame, classes: Sequence[str]) -> pd.DataFrame:
    """Return those of the standing answers (see `read_answers`) that say something of a pin's class:
    of an annotator's answers on one pin the last, no gold checks, no class that there is no more."""
    counted = (answers["kind"] == "answer") & ~answers["is_check"].astype(bool)
    votes = answers[counted & answers["label"].isin(classes)]
    return votes.drop_duplicates(["pin_id", "annotator"], keep="last")


@dataclass(frozen=True, kw_only=True)
class Crowd:
    """The answers of m annotators on n pins, of k classes."""

    classes: tuple[str, ...]
    pin_ids: tuple[str, ...]
    """Sorted; each has an answer."""
    annotators: tuple[str, ...]
    """Sorted; each gave an answer."""
    labels: np.ndarray
    """int16 [n, m]; -1 where the annotator did not answer."""

    @classmethod
    def of(cls, votes: pd.DataFrame, classes: Sequence[str]) -> Crowd:
        """Return the crowd of some votes (see `votes_of`)."""
        rows, pin_ids = pd.factorize(votes["pin_id"], sort=True)
        columns, annotators = pd.factorize(votes["annotator"], sort=True)
        labels = np.full((len(pin_ids), len(annotators)), -1, dtype=np.int16)
        numbers = {name: number for number, name in enumerate(classes)}
        labels[rows, columns] = [numbers[label] for label in votes["label"]]
        return cls(
            classes=tuple(classes),
            pin_ids=tuple(pin_ids),
            annotators=tuple(annotators),
            labels=labels,
        )

    @cached_property
    def counts(self) -> np.ndarray:
        """How often each class was given to each pin, int64 [n, k]."""
        by_class = [(self.labels == y).sum(axis=1) for y in range(len(self.classes))]
        return np.stack(by_class, axis=1)

    @property
    def several(self) -> np.ndarray:
        """Which pins have two answers or more, bool [n]."""
        return np.asarray(self.counts.sum(axis=1) > 1)
