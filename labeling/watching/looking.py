"""The step: what a shard's pins add to the counts of old and of new pins."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from labeling.collection import read_pins
from labeling.encoders import Encoder, read_vectors
from labeling.list_columns import read_lists
from labeling.resolving import Resolution, is_held_out, soft_labels
from labeling.shards import Store
from labeling.soft_labels import best_class
from labeling.votes import read_votes
from labeling.watching.baseline import Portion
from labeling.watching.counting import Counts, Shares, WatchedPins
from labeling.watching.people import Answered

COLUMNS = ["pin_id", "title", "description", "link", "board", "image"]
TEXTS = 20_000
"""Pins on each side whose words, languages and the like are counted."""
VECTORS = 2_000
"""Pins on each side whose vectors are compared."""


@dataclass(frozen=True, kw_only=True)
class Sides:
    """What was counted of old and of new pins."""

    before: Counts
    now: Counts

    def __add__(self, other: Sides) -> Sides:
        return Sides(before=self.before + other.before, now=self.now + other.now)


@dataclass(frozen=True)
class CountNew:
    """The step: how many pins of a shard are new."""

    store: Store

    def __call__(self, portion: Portion) -> int:
        """Return the count."""
        return int(portion.is_new(self.store).sum())


@dataclass(frozen=True, kw_only=True)
class CountShard:
    """The step: the counts of a shard's old and new pins (finishes no artifact)."""

    store: Store
    resolution: Resolution
    encoders: tuple[Encoder, ...]
    doubts: str
    """The folder of the doubts about both sides; empty where one is another collection, which has
    others: then labels are what the one resolver makes of the votes."""
    takes_probe: bool
    """Whether final labels are what the probe says, too; then P(class) is the probe's."""
    answered: Answered
    shares: tuple[Shares, Shares]
    """Of old and of new pins in the samples."""

    def __call__(self, portion: Portion) -> Sides:
        """Return the counts."""
        pins = self._read(portion)
        is_new = portion.is_new(self.store)
        before, now = (
            Counts.of(pins.take(np.flatnonzero(is_new == side)), self.shares[side])
            for side in (False, True)
        )
        return Sides(before=before, now=now)

    def _read(self, portion: Portion) -> WatchedPins:
        r, shard, collection = self.resolution, portion.shard, portion.collection
        table = read_pins(self.store, shard, [*COLUMNS, "split"])
        votes = read_votes(self.store, r.signal, r.functions, collection, shard)
        scores = soft_labels(self.store, r, collection, shard, votes)
        labels = np.where((votes >= 0).any(axis=1), best_class(scores), -1)
        if self.doubts:
            key = f"{self.doubts}/{shard.id}.probe.parquet"
            probed = self.store.read_table(key, ["probe", "unaided"])
            labels = probed.column("unaided").to_numpy()
            scores = read_lists(probed.column("probe")) if self.takes_probe else scores
        ids = table.column("pin_id").to_pylist()
        held_out = is_held_out(table)
        return WatchedPins(
            table=table.select(COLUMNS),
            votes=votes,
            labels=labels,
            scores=scores,
            vectors={
                one.reads: read_vectors(self.store, one, collection, shard) for one in self.encoders
            },
            answers=np.array([self.answered.gold.get(id, -1) for id in ids], dtype=np.int64),
            audited=np.array([id in self.answered.audited for id in ids], dtype=bool) & ~held_out,
            late=np.array([id in self.answered.late for id in ids], dtype=bool),
        )


def shares_of(pins: int) -> Shares:
    """Return which share of so many pins makes samples of the sizes wanted."""
    return Shares(texts=min(1.0, TEXTS / max(pins, 1)), vectors=min(1.0, VECTORS / max(pins, 1)))


def total(parts: Iterable[Sides]) -> Sides:
    """Return the sum; one part after the other, as all together would be large."""
    parts = iter(parts)
    found = next(parts)
    for part in parts:
        found = found + part
    return found
