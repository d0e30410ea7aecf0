"""What embedded pins have in common: the vectors of shards that follow each other, compared together."""

from __future__ import annotations

import threading
from functools import lru_cache

import numpy as np

from labeling.collection import Collection
from labeling.encoders.vectors import read_all_vectors
from labeling.neighbours import blocks_of
from labeling.workspace import Workspace

COMPARED = 50_000
"""Pins that are compared with each other: those of shards that follow each other, up to so many."""
NEAREST = 1_000
"""Pins whose nearest stay in memory: they are found while a person still looks at the pin."""
BLOCKS = 2
"""Blocks whose vectors stay in memory: of 50,000 texts by MiniLM, 38 MB each."""


class PinVectors:
    """The vectors of a collection's pins, for many threads; what was read stays for a while.

    A pin's number is its place in the collection, counted over all shards. Blocks are runs of shards
    with at most COMPARED pins together, or one larger shard; the last is half so large at least, so
    that a small import is compared with what came before it. Time and memory have bounds, however
    large the collection is.
    """

    def __init__(self, workspace: Workspace, collection: Collection) -> None:
        self._workspace, self._collection = workspace, collection
        sizes = [shard.rows for shard in collection.shards]
        self._starts = np.concatenate([[0], np.cumsum(sizes)]).astype(np.int64)
        self._blocks = _runs(sizes)
        self._read = lru_cache(BLOCKS)(self._read_vectors)
        self._nearest = lru_cache(NEAREST)(self._find_nearest)
        self._lock = threading.Lock()

    def number(self, shard: int, row: int) -> int:
        """Return the number of a pin by its place."""
        return int(self._starts[shard]) + row

    def place(self, number: int) -> tuple[int, int]:
        """Return the shard and the row of a pin."""
        shard = int(np.searchsorted(self._starts, number, side="right")) - 1
        return shard, number - int(self._starts[shard])

    def nearest(self, number: int, count: int, least: float) -> list[int]:
        """Return the pins of the same block that are most like a pin, likest first, without itself:
        with a mean cosine of text and image of at least `least`. None where nothing was embedded."""
        return list(self._nearest(number, count, least))

    def _find_nearest(self, number: int, count: int, least: float) -> tuple[int, ...]:
        shard, _ = self.place(number)
        block = next(block for block in self._blocks if shard in block)
        first, end = int(self._starts[block.start]), int(self._starts[block.stop])
        cosines = np.zeros(end - first, dtype=np.float32)
        views = self._vectors(block)
        for vectors in views:
            own = vectors[number - first].astype(np.float32)
            for part in blocks_of(np.arange(end - first)):
                cosines[part] += vectors[part].astype(np.float32) @ own
        cosines /= max(len(views), 1)
        cosines[number - first] = -np.inf
        alike = np.flatnonzero(cosines >= least)
        best = alike[np.argsort(-cosines[alike], kind="stable")][:count]
        return tuple((first + best).tolist())

    def _vectors(self, block: range) -> list[np.ndarray]:
        """Return those of each encoder that saw the whole block, float16 [n, d]."""
        with self._lock:  # two that ask for the same block read it once
            return self._read(block)

    def _read_vectors(self, block: range) -> list[np.ndarray]:
        workspace, collection = self._workspace, self._collection
        shards = [collection.shards[shard] for shard in block]
        views = (
            read_all_vectors(workspace.store, encoder, collection, shards)
            for encoder in workspace.encoders(collection)
        )
        return [view for view in views if view is not None]


def _runs(sizes: list[int]) -> list[range]:
    """Return runs of shards with at most COMPARED pins together, or one shard; the last run takes the
    one before it where it would be less than half so large."""
    runs, start, pins = [], 0, 0
    for shard, size in enumerate(sizes):
        if shard > start and pins + size > COMPARED:
            runs.append(range(start, shard))
            start, pins = shard, 0
        pins += size
    if runs and pins < COMPARED / 2:
        return [*runs[:-1], range(runs[-1].start, len(sizes))]
    return [*runs, range(start, len(sizes))]
