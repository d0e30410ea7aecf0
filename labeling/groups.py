"""Groups of rows that belong together: union-find over many pairs at a time."""

from __future__ import annotations

import numpy as np

NO_KEY = 0
"""The key of a row that can equal no other by it."""
WAITING = 1 << 22
"""Pairs that are kept before they are worked in."""


class Groups:
    """Groups of n rows; one is named by its first row, so it keeps its name as pins come.

    Memory: some 24 bytes a row, and as many for each pair that waits.
    """

    def __init__(self, n: int) -> None:
        self._leader = np.arange(n)
        self._waiting: list[tuple[np.ndarray, np.ndarray]] = []
        self._pairs = 0

    def join(self, left: np.ndarray, right: np.ndarray) -> None:
        """Make one group of the groups of each pair of rows, int64 [p] and [p]."""
        apart = self._leader[left] != self._leader[right]
        self._waiting.append((left[apart], right[apart]))
        self._pairs += int(apart.sum())
        if self._pairs > max(WAITING, len(self._leader)):
            self._settle()

    def join_equal(self, keys: np.ndarray) -> None:
        """Join rows with equal keys, int64 [n]; 0 equals nothing."""
        order = np.argsort(keys, kind="stable")
        ordered = keys[order]
        again = np.flatnonzero((ordered[1:] == ordered[:-1]) & (ordered[1:] != NO_KEY))
        self.join(order[again], order[again + 1])

    def leaders(self) -> np.ndarray:
        """Return the first row of every row's group, int64 [n]."""
        self._settle()
        return self._leader

    def _settle(self) -> None:
        from scipy.sparse import coo_array
        from scipy.sparse.csgraph import connected_components

        if not self._pairs:
            return
        n = len(self._leader)
        left, right = (np.concatenate(side) for side in zip(*self._waiting, strict=True))
        pairs = (self._leader[left], self._leader[right])
        edges = coo_array((np.ones(len(left), dtype=bool), pairs), shape=(n, n))
        _, part = connected_components(edges, directed=False)
        first = np.empty(n, dtype=np.int64)
        first[part[::-1]] = np.arange(n)[::-1]  # the last to be written is the first row
        self._leader = first[part[self._leader]]
        self._waiting, self._pairs = [], 0
