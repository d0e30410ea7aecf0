"""Votes -> overlap counts: all that fitting a label model needs to know of them.

Counts add up over shards and machines. A plane of bits per (function, class) makes counting a pair
an AND and a popcount, a few thousand pins at a time so that the planes stay in the cache.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from labeling.errors import ResolveError

CHUNK = 1 << 14
"""Pins counted at once: 2 KiB of bits per plane."""


@dataclass(frozen=True, kw_only=True)
class VoteStatistics:
    """How often functions voted what, alone and in pairs."""

    pins: int
    classes: int
    overlaps: np.ndarray
    """int64 [m*k, m*k]: on how many pins function i voted a and function j voted b."""

    @classmethod
    def of(cls, votes: np.ndarray, classes: int) -> VoteStatistics:
        """Return the statistics of a vote matrix, int8 [n, m] with -1 for an abstention."""
        n, m = votes.shape
        upper = np.zeros((m * classes, m * classes), dtype=np.int64)
        for start in range(0, n, CHUNK):
            planes = _bit_planes(votes[start : start + CHUNK], classes)
            fired = np.flatnonzero(planes.any(axis=1))
            planes = planes[fired]
            for i, row in enumerate(fired):
                upper[row, fired[i:]] += _common_bits(planes[i], planes[i:])
        return cls(pins=n, classes=classes, overlaps=upper + np.triu(upper, 1).T)

    def __add__(self, other: VoteStatistics) -> VoteStatistics:
        """Return the statistics of both sets of pins together. Raises ResolveError for others of
        another number of functions or classes."""
        if (self.functions, self.classes) != (other.functions, other.classes):
            raise ResolveError(
                f"Statistics of {self.functions} functions and {self.classes} classes and of "
                f"{other.functions} and {other.classes} do not add up; count both with the same signal."
            )
        return VoteStatistics(
            pins=self.pins + other.pins,
            classes=self.classes,
            overlaps=self.overlaps + other.overlaps,
        )

    def of_functions(self, functions: np.ndarray) -> VoteStatistics:
        """Return the statistics of some of the functions, int [f], in that order."""
        rows = (functions[:, None] * self.classes + np.arange(self.classes)).ravel()
        overlaps = self.overlaps[np.ix_(rows, rows)]
        return VoteStatistics(pins=self.pins, classes=self.classes, overlaps=overlaps)

    @property
    def functions(self) -> int:
        """How many functions voted, m."""
        return len(self.overlaps) // self.classes

    @property
    def votes(self) -> np.ndarray:
        """How often each function voted for each class, int64 [m, k]."""
        return np.diag(self.overlaps).reshape(self.functions, self.classes)


def _bit_planes(votes: np.ndarray, classes: int) -> np.ndarray:
    """Return a bit per pin for each function and class, uint64 [m*k, words], padded with zeros."""
    n, m = votes.shape
    columns = np.full((m, n + -n % 64), -1, dtype=np.int8)
    columns[:, :n] = votes.T
    planes = [np.packbits(columns == y, axis=1) for y in range(classes)]
    return np.stack(planes, axis=1).reshape(m * classes, -1).view(np.uint64)


def _common_bits(plane: np.ndarray, planes: np.ndarray) -> np.ndarray:
    """Return how many bits each of the planes has in common with one, uint32 [planes]."""
    return np.bitwise_count(planes & plane).sum(axis=1, dtype=np.uint32)
