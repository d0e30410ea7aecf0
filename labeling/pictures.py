"""Small pictures of pins, as data URIs that a page can hold."""

from __future__ import annotations

from collections.abc import Iterable

import pyarrow as pa
import pyarrow.compute as pc

from labeling.collection import Collection, Shard, read_pins
from labeling.images.looking import thumbnails_key
from labeling.images.reading import read_thumbnails, small_picture
from labeling.shards import Store

SIDE = 96
"""Pixels."""


def pictures_at(
    store: Store, collection: Collection, shard: Shard, rows: list[int], *, side: int = SIDE
) -> dict[int, str]:
    """Return row -> picture, at most `side` pixels wide and high, of those of a shard's pins that
    have one."""
    if not shard.images or not store.exists(thumbnails_key(collection, shard)):
        return {}
    jpegs = read_thumbnails(store, collection, shard, rows)
    return {row: small_picture(jpeg, side) for row, jpeg in zip(rows, jpegs, strict=True) if jpeg}


def pictures_of(
    store: Store, collection: Collection, pin_ids: Iterable[str], *, side: int = SIDE
) -> dict[str, str]:
    """Return pin id -> picture of those of the pins that have one."""
    wanted = pa.array(list(pin_ids), pa.string())
    found: dict[str, str] = {}
    for shard in collection.shards:
        if not shard.images:
            continue
        ids = read_pins(store, shard, ["pin_id"]).column("pin_id")
        rows = pc.indices_nonzero(pc.is_in(ids, wanted)).to_pylist()
        pictures = pictures_at(store, collection, shard, rows, side=side) if rows else {}
        found |= {ids[row].as_py(): picture for row, picture in pictures.items()}
    return found
