"""Bringing the vectors of a collection up to date, on the engine of the workspace."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial

from labeling.collection import Collection, unfinished
from labeling.encoders import EmbedShard, Encoder, reusable, vectors_key
from labeling.seeing import look_at_new
from labeling.workspace import Workspace


@dataclass(frozen=True, kw_only=True)
class EmbedReport:
    """What embedding did."""

    collection: str
    pins: int
    shards: int
    encoders: dict[str, str]
    """What is read (`text`, `image`) -> the encoder's name."""
    shards_embedded: dict[str, int]
    """The same -> shards that were embedded now; the rest was there already."""


def embed(workspace: Workspace, collection: str) -> EmbedReport:
    """Bring the vectors of a collection's pins up to date: of their texts and of their images."""
    workspace = workspace.holding(collection)
    found = workspace.collection(collection)
    encoders = workspace.encoders(found)
    return EmbedReport(
        collection=collection,
        pins=found.pins,
        shards=len(found.shards),
        encoders={encoder.reads: encoder.name for encoder in encoders},
        shards_embedded={
            encoder.reads: embed_with(workspace, encoder, found) for encoder in encoders
        },
    )


def embed_with(workspace: Workspace, encoder: Encoder, collection: Collection) -> int:
    """Bring one encoder's vectors up to date; return how many shards lacked them."""
    if encoder.reads == "image":
        look_at_new(workspace, collection)
    store = workspace.store
    todo = unfinished(store, collection.shards, partial(vectors_key, encoder, collection))
    reuse = reusable(store, encoder, collection, todo)
    step = EmbedShard(store=store, encoder=encoder, collection=collection, reuse=reuse)
    workspace.run_model(step, todo, title=f"embed: {encoder.reads}")
    return len(todo)
