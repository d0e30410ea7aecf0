"""The groups step: near-duplicates of a collection, found once for what encoders see of its pins.

A group shares a fold of whatever is learned and judged on the same pins: what a model says of a pin that
it saw said again is not out of sample.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from functools import cached_property, partial

import numpy as np
import pyarrow as pa

from labeling.collection import Collection, Shard, read_pins
from labeling.duplicates import HASH_DISTANCE, HashView, VectorView, find_duplicates, text_key
from labeling.encoders import Encoder, read_vectors
from labeling.fingerprints import bytes_digest, fingerprint
from labeling.groups import NO_KEY
from labeling.images.reading import read_looks
from labeling.pins import PinBatch
from labeling.probe import fold_of
from labeling.progress import Progress
from labeling.second_opinion import seen_by_any
from labeling.shards import Store

VERSION = 3
"""Of the groups: raise it when others are found, so that nothing old is reused."""
LARGEST = 0.1
"""Share of the pins from which on a group is not kept in one fold: that would leave the others too
little."""


@dataclass(frozen=True, kw_only=True)
class PinGroups:
    """Names the groups of near-duplicates of a collection."""

    collection: Collection
    encoders: tuple[Encoder, ...]
    """That the pins were embedded with; the first reads text."""

    @cached_property
    def folder(self) -> str:
        """Where they lie."""
        retries = self.collection.retries if len(self.encoders) > 1 else 0
        shards = [shard.id for shard in self.collection.shards]
        encoders = [encoder.fingerprint for encoder in self.encoders]
        return f"groups/{self.collection.name}/{fingerprint(VERSION, shards, encoders, retries)}"

    def key(self, shard: Shard) -> str:
        """Return where a shard's groups lie, a row for each pin: `group`, the id of the first pin of its
        group, and `fold`, 0..4 (int8)."""
        return f"{self.folder}/{shard.id}.parquet"

    @property
    def summary_key(self) -> str:
        """Where lies what was found over all shards."""
        return f"{self.folder}/summary.json"


@dataclass(frozen=True, kw_only=True)
class GroupSummary:
    """Groups of a collection."""

    groups: int
    """Of two or more pins."""
    near_duplicates: int
    """Pins that are not the first of their group."""
    compared: str
    """How they were looked for."""


def find_groups(store: Store, groups: PinGroups, progress: Progress) -> GroupSummary:
    """Finish the groups of every shard and return their summary; what is finished is not redone."""
    shards = groups.collection.shards
    if {groups.summary_key, *map(groups.key, shards)}.issubset(store.keys(groups.folder)):
        return GroupSummary(**store.read_json(groups.summary_key))
    found = find_duplicates(store, groups.collection, *_views(store, groups), progress)
    _, number, counts = np.unique(found.leaders, return_inverse=True, return_counts=True)
    is_kept = (counts > 1) & (counts <= LARGEST * len(number))
    start = 0
    for shard in shards:
        rows = slice(start, start + shard.rows)
        named, seen = found.groups[rows], read_seen(store, groups, shard)
        folds = [
            fold_of(group if kept else str(key or id))
            for group, kept, key, id in zip(
                named, is_kept[number[rows]], seen.keys, seen.ids, strict=True
            )
        ]
        table = {"group": pa.array(named, pa.string()), "fold": pa.array(folds, pa.int8())}
        store.write_table(groups.key(shard), pa.table(table))
        start += shard.rows
    summary = GroupSummary(
        groups=int((counts > 1).sum()),
        near_duplicates=int((counts - 1).sum()),
        compared=found.compared,
    )
    store.write_json(groups.summary_key, asdict(summary))
    return summary


def read_folds(store: Store, groups: PinGroups, shard: Shard) -> np.ndarray:
    """Return the fold of each of a shard's pins, int64 [n], 0..4."""
    folds = store.read_table(groups.key(shard), ["fold"]).column("fold").to_numpy()
    return np.asarray(folds.astype(np.int64))


@dataclass(frozen=True, kw_only=True)
class Seen:
    """What is seen of n pins."""

    ids: list[str]
    texts: list[str]
    views: tuple[np.ndarray, ...]
    """Vectors by each encoder, float16 [n, d]; zeros where there was nothing to see."""
    keys: np.ndarray
    """int64 [n]: a key that a pin's duplicates share, that of its words, or else of what else was
    seen of it; 0 where nothing was."""


def read_seen(store: Store, groups: PinGroups, shard: Shard) -> Seen:
    """Return what is seen of a shard's pins."""
    pins = read_pins(store, shard, ["pin_id", "title", "description"])
    texts = PinBatch(pins).column("text")
    keys = np.array([max(text_key(text), NO_KEY) for text in texts], dtype=np.int64)
    first, *others = (read_vectors(store, e, groups.collection, shard) for e in groups.encoders)
    said = (keys != NO_KEY)[:, None]  # an encoder makes a vector of no text, too
    views = (np.where(said, first, np.float16(0)), *others)
    for row in np.flatnonzero((keys == NO_KEY) & seen_by_any(views)):
        keys[row] = bytes_digest(b"".join(view[row].tobytes() for view in views))
    return Seen(ids=pins.column("pin_id").to_pylist(), texts=texts, views=views, keys=keys)


def _views(store: Store, groups: PinGroups) -> tuple[list[VectorView], list[HashView]]:
    """Return what near-duplicates are looked for by."""
    views = [
        VectorView(
            name=encoder.reads,
            read=partial(read_vectors, store, encoder, groups.collection),
            needs_words=encoder.reads == "text",
        )
        for encoder in groups.encoders
    ]
    images = HashView(
        name="perceptual hashes",
        read=partial(_hashes, store, groups.collection),
        distance=HASH_DISTANCE,
    )
    seen = any(encoder.reads == "image" for encoder in groups.encoders)
    return views, [images] if seen else []


def _hashes(store: Store, collection: Collection, shard: Shard) -> np.ndarray:
    """Return the perceptual hashes of a shard's images, int64 [n]; 0 for none."""
    looks = read_looks(store, collection, shard, ["phash", "content"])
    seen = looks.column("content").to_numpy() != 0
    return np.where(seen, looks.column("phash").to_numpy(), 0)
