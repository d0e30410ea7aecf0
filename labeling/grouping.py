"""The groups step: near-duplicates of a collection, found once for what encoders see of its pins."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from functools import cached_property, partial

import numpy as np
import pyarrow as pa

from labeling.collection import Collection, Shard
from labeling.duplicates import HASH_DISTANCE, HashView, VectorView, find_duplicates
from labeling.encoders import Encoder, read_vectors
from labeling.fingerprints import fingerprint
from labeling.images.reading import read_looks
from labeling.progress import Progress
from labeling.shards import Store

VERSION = 1
"""Of the groups: raise it when others are found, so that nothing old is reused."""


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
        group, and `size`, how many pins that has (int64)."""
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
    start = 0
    for shard in shards:
        rows = slice(start, start + shard.rows)
        table = {"group": pa.array(found.groups[rows], pa.string()), "size": counts[number[rows]]}
        store.write_table(groups.key(shard), pa.table(table))
        start += shard.rows
    summary = GroupSummary(
        groups=int((counts > 1).sum()),
        near_duplicates=int((counts - 1).sum()),
        compared=found.compared,
    )
    store.write_json(groups.summary_key, asdict(summary))
    return summary


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
