"""The rows that judge a model, and their resamples."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

import numpy as np

RESAMPLES = 1_000
CELLS = 1 << 22
"""Weights in memory at once: resamples come in blocks."""


@dataclass(frozen=True, kw_only=True)
class JudgedRows:
    """n rows whose class is known, with what a model says of them."""

    classes: tuple[str, ...]
    reference: np.ndarray
    """int64 [n]: the class."""
    probabilities: np.ndarray
    """float [n, k], rows sum to 1."""
    weights: np.ndarray
    """float64 [n]: how many pins each row stands for."""
    groups: np.ndarray
    """int64 [n]: rows of a group of near-duplicates share a number, and are drawn together."""
    strata: np.ndarray
    """int64 [n]: rows of a stratum are drawn from it alone; groups lie in one stratum."""

    def __len__(self) -> int:
        return len(self.reference)

    @classmethod
    def plain(
        cls, classes: tuple[str, ...], reference: np.ndarray, probabilities: np.ndarray
    ) -> JudgedRows:
        """Return rows that weigh the same and have nothing to do with each other."""
        n = len(reference)
        return cls(
            classes=classes,
            reference=np.asarray(reference, dtype=np.int64),
            probabilities=np.asarray(probabilities, dtype=np.float64),
            weights=np.ones(n),
            groups=np.arange(n),
            strata=np.zeros(n, dtype=np.int64),
        )

    @cached_property
    def predicted(self) -> np.ndarray:
        """The likeliest class of each row, int64 [n]."""
        return self.probabilities.argmax(axis=1)

    @cached_property
    def right(self) -> np.ndarray:
        """Which rows the likeliest class is right on, bool [n]."""
        return self.predicted == self.reference

    @property
    def effective(self) -> float:
        """How many rows of equal weight would tell as much (Kish 1965)."""
        return effective(self.weights)

    def resamples(self, count: int = RESAMPLES, seed: int = 0) -> Iterator[np.ndarray]:
        """Yield the rows' weights in resamples, float64 [b, n] at a time: within each stratum as many
        groups as it has are drawn with replacement (Efron & Tibshirani 1993, chapter 8)."""
        chance = np.random.default_rng(seed)
        _, first, group = np.unique(self.groups, return_index=True, return_inverse=True)
        stratum = self.strata[first]
        members = [np.flatnonzero(stratum == one) for one in np.unique(stratum)]
        size = max(1, CELLS // max(len(self), 1))
        for start in range(0, count, size):
            b = min(size, count - start)
            drawn = np.empty((b, len(first)))
            for own in members:
                picks = chance.integers(0, len(own), (b, len(own)))
                picks += np.arange(b)[:, None] * len(own)
                counts = np.bincount(picks.ravel(), minlength=b * len(own))
                drawn[:, own] = counts.reshape(b, len(own))
            yield drawn[:, group] * self.weights


def effective(weights: np.ndarray) -> float:
    """Return how many rows of equal weight tell as much (Kish 1965); 0 for none."""
    total = float(weights.sum())
    return total**2 / float((weights**2).sum()) if total else 0.0
