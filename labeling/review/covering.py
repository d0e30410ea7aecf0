"""Pins that stand for many: of those worth asking about, the ones most like all the others.

The answer to a pin tells of pins like it. A set of pins is worth what it tells of all: each pin's worth,
times its likeness to the nearest one that was answered or chosen (facility location: Wei, Iyer & Bilmes,
"Submodularity in data subset selection and active learning", ICML 2015). Chosen greedily, the set is
at least 63% as good as the best one (Nemhauser et al. 1978). It begins with what is typical, which is
what a few answers serve best (Hacohen et al., "Active learning on a budget", ICML 2022), and goes on to
what none of the answers is like.
"""

from __future__ import annotations

from collections.abc import Collection

import numpy as np

STOOD_FOR = 4_000
"""Pins of a cover, the first ones, that all are compared with: more change little and take long."""
AT_ONCE = 16
"""Pins whose gain is counted anew together."""


class Cover:
    """p pins of which those are taken, one by one, that tell most."""

    def __init__(
        self, worth: np.ndarray, groups: list[str], vectors: np.ndarray, known: np.ndarray
    ) -> None:
        """worth: float64 [p], above 0; groups: of near-duplicates, [p]; vectors: float32 [p, d], of unit
        length or zero; known: those of answered pins, [a, d]."""
        self.worth = worth[:STOOD_FOR].astype(np.float32)
        self.groups = groups
        self.vectors = vectors
        self._told = np.zeros(len(self.worth), dtype=np.float32)
        self._tell(known)
        # gains only shrink, so that old ones are bounds: most need not be counted anew (Minoux 1978)
        parts = range(0, len(vectors), STOOD_FOR)
        gains = [self._gains(np.arange(len(vectors))[at : at + STOOD_FOR]) for at in parts]
        self._bounds = np.concatenate([*gains, np.empty(0, dtype=np.float32)])

    def _tell(self, vectors: np.ndarray) -> None:
        """Count what is like these, float32 [a, d], as told."""
        for at in range(0, len(vectors), STOOD_FOR):  # in parts: there may be many answers
            like = self.vectors[: len(self._told)] @ vectors[at : at + STOOD_FOR].T
            self._told = np.maximum(self._told, like.max(axis=1))

    def next(self, seen: Collection[str]) -> int | None:
        """Take the pin that tells most of what is untold, of a group that was not seen, and return its
        row; what is like it is told then. None where none is left."""
        while True:
            rows = np.argsort(-self._bounds, kind="stable")[: AT_ONCE + 1]
            rows = rows[self._bounds[rows] >= 0]
            if not len(rows):
                return None
            others = self._bounds[rows[AT_ONCE]] if len(rows) > AT_ONCE else -1.0
            rows = rows[:AT_ONCE]
            self._bounds[rows] = self._gains(rows)
            best = int(rows[self._bounds[rows].argmax()])
            if self._bounds[best] < others:
                continue
            self._bounds[best] = -1
            if self.groups[best] not in seen:
                self._tell(self.vectors[best][None])
                return best

    def _gains(self, rows: np.ndarray) -> np.ndarray:
        """Return how much more would be told with each pin, float32 [r]."""
        like = self.vectors[rows] @ self.vectors[: len(self._told)].T
        own = rows < len(self._told)  # what is like nothing, not even itself, tells of itself
        like[own, rows[own]] = 1
        return np.asarray(np.maximum(like - self._told, 0) @ self.worth)
