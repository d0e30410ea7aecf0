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
from itertools import islice

import numpy as np

STOOD_FOR = 4_000
"""Pins of a cover, the first ones, that all are compared with: more change little and take long."""
AT_ONCE = 16
"""Pins whose gain is counted anew together."""
KEPT = 16_000
"""Pins whose cosines are kept, as the same ones are counted anew again and again: 16 KB each."""


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
        self._like: dict[int, np.ndarray] = {}
        self._told = np.zeros(len(self.worth), dtype=np.float32)
        self._tell(known)
        # gains only shrink, so that old ones are bounds: most need not be counted anew (Minoux 1978)
        self._bounds = np.empty(len(vectors), dtype=np.float32)
        for at in range(0, len(vectors), STOOD_FOR):
            rows = np.arange(len(vectors))[at : at + STOOD_FOR]
            self._bounds[rows] = self._gains(self._likeness(rows))

    def _tell(self, vectors: np.ndarray) -> None:
        """Count what is like these, float32 [a, d], as told."""
        for at in range(0, len(vectors), STOOD_FOR):  # in parts: there may be many answers
            like = self.vectors[: len(self._told)] @ vectors[at : at + STOOD_FOR].T
            self._told = np.maximum(self._told, like.max(axis=1))

    def next(self, seen: Collection[str]) -> int | None:
        """Take the pin that tells most of what is untold, of a group that was not seen, and return its
        row; what is like it is told then. None where none is left."""
        while True:
            rows = self._most_promising(AT_ONCE + 1)
            if not len(rows):
                return None
            others = self._bounds[rows[AT_ONCE]] if len(rows) > AT_ONCE else -1.0
            rows = rows[:AT_ONCE]
            like = self._kept_likeness(rows)
            self._bounds[rows] = self._gains(like)
            at = self._bounds[rows].argmax()
            best = int(rows[at])
            if self._bounds[best] < others:
                continue
            self._bounds[best] = -1
            self._like.pop(best, None)
            if self.groups[best] not in seen:
                self._told = np.maximum(self._told, like[at])
                return best

    def _most_promising(self, count: int) -> np.ndarray:
        """Return the rows of the highest bounds of pins that were not taken, highest first."""
        rows: np.ndarray = np.arange(len(self._bounds))
        if len(rows) > count:
            rows = np.sort(np.argpartition(-self._bounds, count - 1)[:count])
        rows = rows[np.argsort(-self._bounds[rows], kind="stable")]
        return rows[self._bounds[rows] >= 0]

    def _gains(self, like: np.ndarray) -> np.ndarray:
        """Return how much more would be told with each of some pins, float32 [r], from `_likeness`."""
        return np.asarray(np.maximum(like - self._told, 0) @ self.worth)

    def _kept_likeness(self, rows: np.ndarray) -> np.ndarray:
        """Return `_likeness`, of those that were asked for before without computing it again."""
        new = np.array([row for row in rows.tolist() if row not in self._like], dtype=int)
        found = dict(zip(new.tolist(), self._likeness(new), strict=True))
        like = np.array([self._like[r] if r in self._like else found[r] for r in rows.tolist()])
        room = max(KEPT - len(self._like), 0)  # the first ones stay: all come up in turn
        self._like.update(islice(found.items(), room))
        return like

    def _likeness(self, rows: np.ndarray) -> np.ndarray:
        """Return the cosines of some pins with those stood for, float32 [r, s]."""
        like = self.vectors[rows] @ self.vectors[: len(self._told)].T
        own = rows < len(self._told)  # what is like nothing, not even itself, tells of itself
        like[own, rows[own]] = 1
        return np.asarray(like)
