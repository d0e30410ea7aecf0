"""A collection becomes a map: a sample of its pins in two dimensions, so that like lies by like."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass
from functools import partial

import numpy as np
import pyarrow as pa

from labeling.collection import Shard, read_pins, unfinished
from labeling.encoders import ShardViews, vectors_key
from labeling.errors import MapError
from labeling.fingerprints import draw_of
from labeling.map_points import SEEN, PinMap
from labeling.pins import PinBatch
from labeling.shards import Store
from labeling.workspace import Workspace

DIMENSIONS = 50
"""What vectors are brought down to first (PCA), as t-SNE's authors advise: it removes noise."""
PERPLEXITY = 30
ITERATIONS = 500
"""250 of them with early exaggeration; 750 changed the trustworthiness of synthetic maps by .001."""
CHEAP = 200_000
"""Pins of a collection whose map is drawn without being asked for."""
FEW = 5
"""Fewer pins than this are placed by PCA alone."""


def draw_map(workspace: Workspace, wanted: PinMap) -> None:
    """Finish the points of a map, from vectors that are there; a map that is drawn stays.

    The sample is of the pins whose ids hash lowest, and every shard has one in it while there is
    room. Pins with nothing to see are left out. Raises MapError where no pin has anything.
    """
    store = workspace.store
    if store.exists(wanted.key):
        return
    shards = wanted.collection.shards
    step = SampleShard(store, wanted)
    parts = list(workspace.each(step, shards, title="map: sample"))
    table = pa.concat_tables(part.table for part in parts)
    if not len(table):
        raise MapError(
            f"No pin of {wanted.collection.name!r} has {SEEN[wanted.on]} to place it by; draw the "
            "map on something else (--on), or import pins that have it."
        )
    vectors = np.concatenate([part.vectors for part in parts if len(part.vectors)])
    later = np.concatenate([np.arange(len(part.vectors)) > 0 for part in parts])
    kept = np.lexsort((table.column("draw").to_numpy(), later))[: wanted.pins]
    kept = kept[np.argsort(table.column("draw").to_numpy()[kept], kind="stable")]
    with workspace.progress.bar("map: place", 1) as advance:
        places = place(vectors[kept], wanted.seed)
        advance(1)
    points = table.take(kept).drop_columns(["draw"])
    for name, column in zip("xy", places.T, strict=True):
        points = points.append_column(name, pa.array(column, pa.float32()))
    store.write_table(wanted.key, points)


def draw_if_cheap(workspace: Workspace, wanted: PinMap) -> None:
    """Finish the points of a map where all vectors are there, and not too many to be read at once."""
    store, found = workspace.store, wanted.collection
    keys = [partial(vectors_key, encoder, found) for encoder in wanted.encoders]
    if found.pins <= CHEAP and not any(unfinished(store, found.shards, key) for key in keys):
        with suppress(MapError):
            draw_map(workspace, wanted)


@dataclass(frozen=True, kw_only=True)
class ShardSample:
    """What one shard adds: its pins that hash lowest, lowest first."""

    table: pa.Table
    """pin_id, shard, row, draw."""
    vectors: np.ndarray
    """float16 [s, d]."""


@dataclass(frozen=True)
class SampleShard:
    """The step: the sample of one shard."""

    store: Store
    wanted: PinMap

    def __call__(self, shard: Shard) -> ShardSample:
        """Return it (finishes no artifact)."""
        wanted = self.wanted
        pins = read_pins(self.store, shard, ["pin_id"])
        views = ShardViews(self.store, wanted.encoders, wanted.collection, shard)
        vectors = PinBatch(pins, views=views).vectors(wanted.on)
        draws = np.array([draw_of(id) for id in pins.column("pin_id").to_pylist()], dtype=np.uint64)
        seen = np.flatnonzero(vectors.any(axis=1))
        quota = -(-wanted.pins * shard.rows // wanted.collection.pins)
        rows = seen[np.argsort(draws[seen], kind="stable")][:quota]
        table = pa.table(
            {
                "pin_id": pins.column("pin_id").take(rows).combine_chunks(),
                "shard": pa.array([shard.id] * len(rows), pa.string()),
                "row": pa.array(rows, pa.int32()),
                "draw": pa.array(draws[rows], pa.uint64()),
            }
        )
        return ShardSample(table=table, vectors=vectors[rows])


def place(vectors: np.ndarray, seed: int) -> np.ndarray:
    """Return a place for each vector, float32 [n, 2], 0 to 1: by PCA, then Barnes-Hut t-SNE (van der
    Maaten, JMLR 2014), started from the first two components.

    On one core, where sums have one order: the same map on any number of cores.
    """
    from sklearn.decomposition import PCA
    from sklearn.manifold import TSNE
    from threadpoolctl import threadpool_limits

    wide = vectors.astype(np.float32)
    different = len(np.unique(wide, axis=0))
    with threadpool_limits(1):
        places = np.zeros((len(wide), 2), dtype=np.float32)
        if different > 1:
            parts = min(DIMENSIONS, *wide.shape)
            pca = PCA(parts, svd_solver="randomized", random_state=seed)
            reduced = pca.fit_transform(wide)
            places[:, : min(parts, 2)] = reduced[:, :2]
        if different >= FEW:
            perplexity = min(PERPLEXITY, (len(wide) - 1) / 3)
            tsne = TSNE(init="pca", perplexity=perplexity, max_iter=ITERATIONS, random_state=seed)
            places = tsne.fit_transform(reduced)
    low, high = places.min(axis=0), places.max(axis=0)
    span = float((high - low).max()) or 1.0
    return (places - (low + high) / 2) / span + 0.5
