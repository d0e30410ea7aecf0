"""What was there before: a function's earlier vote columns, and the soft labels made last.

Found by what lies in the store. A version's time is when it was last tried, else when its column
was written; so undoing an edit is compared with what was undone.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from time import time

import fsspec

from labeling.collection import Collection, Shard
from labeling.functions import LabelingFunction
from labeling.shards import Store
from labeling.signals import Signal
from labeling.votes import votes_key

KEPT = 50


def previous_version(
    store: Store, signal: Signal, function: LabelingFunction, collection: Collection
) -> LabelingFunction | None:
    """Return the version of a function before the present one, as a name for its votes; None where
    no other has voted on any shard of the collection."""
    folder = votes_key(signal, function, collection, Shard(key="/x", rows=0)).split("/")[:2]
    tried = _tried(store, signal, function)
    found: dict[float, LabelingFunction] = {}
    for key in store.keys("/".join(folder)):
        name, _, digest = key.rsplit("/", 1)[1].rpartition("-")
        if name != function.name or digest == function.fingerprint:
            continue
        version = replace(function.named(), fingerprint=digest)
        columns = (votes_key(signal, version, collection, shard) for shard in collection.shards)
        column = next(filter(store.exists, columns), None)
        if column is not None:
            found[max(tried.get(digest, 0.0), _modified(store, column))] = version
    return found[max(found)] if found else None


def note_tried(
    store: Store,
    signal: Signal,
    function: LabelingFunction,
    clock: Callable[[], float] = time,
) -> None:
    """Put on record that this version of a function is the one that was looked at last."""
    tried = _tried(store, signal, function) | {function.fingerprint: clock()}
    latest = sorted(tried, key=lambda digest: -tried[digest])[:KEPT]
    store.write_json(_record(signal, function), {digest: tried[digest] for digest in latest})


def last_soft_labels(store: Store, signal: Signal, collection: Collection) -> str | None:
    """Return the folder of the soft labels that were made last for these very pins, or None."""
    folders = store.keys(f"soft/{signal.name}/{collection.name}")
    whole: dict[float, str] = {}
    for folder in folders:
        keys = [f"{folder}/{shard.id}.parquet" for shard in collection.shards]
        if keys and set(keys) <= set(store.keys(folder)):
            whole[_modified(store, keys[0])] = folder
    return whole[max(whole)] if whole else None


def _record(signal: Signal, function: LabelingFunction) -> str:
    return f"tried/{signal.name}/{function.name}.json"


def _tried(store: Store, signal: Signal, function: LabelingFunction) -> dict[str, float]:
    key = _record(signal, function)
    return store.read_json(key) if store.exists(key) else {}


def _modified(store: Store, key: str) -> float:
    """Return when an artifact was finished, in seconds since 1970."""
    filesystem, _ = fsspec.core.url_to_fs(store.url)
    return float(filesystem.modified(store.path(key)).timestamp())
