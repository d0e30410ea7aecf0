"""The training pins that words are mined from: texts, labels, and what functions already say."""

from __future__ import annotations

from dataclasses import dataclass
from hashlib import blake2b

import numpy as np
import pyarrow as pa

from labeling.analysis import KnownLabels
from labeling.authoring.versions import last_soft_labels
from labeling.collection import Collection, read_pins
from labeling.errors import CollectionError
from labeling.list_columns import read_lists
from labeling.resolving import is_held_out
from labeling.shards import Store
from labeling.signals import Signal
from labeling.votes import conflicting, read_votes
from labeling.voting import lacking_shards

SAMPLE_PINS = 50_000
"""Words are mined from a random sample of at most this many pins."""
CONFIDENT = 0.9
"""A resolved label counts from this probability on."""


@dataclass(frozen=True, kw_only=True)
class TrainTexts:
    """A sample of pins, none of the splits valid or test."""

    pins: pa.Table
    """Columns title and description, [n]."""
    labels: dict[str, np.ndarray]
    """Source (`reference` or `gold or reference`, then `resolved`) -> int64 [n], -1 for none."""
    open: np.ndarray
    """bool [n]: no function votes on it, or functions contradict each other."""
    first_half: np.ndarray
    """bool [n]: words are chosen on these and judged on the others."""
    notes: tuple[str, ...]


def read_texts(
    store: Store, signal: Signal, collection: Collection, known: KnownLabels, seed: int
) -> TrainTexts:
    """Return the training pins of a collection, or a sample of them; nothing is voted or fitted.

    Raises CollectionError where all pins are held out.
    """
    functions = tuple(
        function for function in signal if not lacking_shards(store, signal, function, collection)
    )
    soft = last_soft_labels(store, signal, collection)
    share = min(1.0, SAMPLE_PINS / max(collection.pins, 1))
    tables, truths, resolved, open_rows = [], [], [], []
    for number, shard in enumerate(collection.shards):
        draw = np.random.default_rng([seed, number]).random(shard.rows)
        train = ~is_held_out(read_pins(store, shard, ["split"]))
        rows = np.flatnonzero(train & (draw < share))
        votes = read_votes(store, signal, functions, collection, shard)[rows]
        tables.append(read_pins(store, shard, ["title", "description"]).take(rows))
        truths.append(known.of(shard)[rows])
        none = np.full(len(rows), -1)
        key = f"{soft}/{shard.id}.parquet"
        resolved.append(_confident(store, key, rows) if soft else none)
        silent = (votes < 0).all(axis=1)
        open_rows.append(silent | (conflicting(votes) if functions else silent))
    pins = pa.concat_tables(tables) if tables else None
    if pins is None or not len(pins):
        raise CollectionError(
            f"Every pin of {collection.name} is in the split valid or test, and no word is mined "
            "from those; import pins of the split train."
        )
    notes = []
    if len(functions) < len(signal):
        notes.append(
            f"{len(signal) - len(functions)} functions have not voted on {collection.name} yet, so "
            f"what they say counts as new; run `labeling vote {signal.name} {collection.name}`."
        )
    return TrainTexts(
        pins=pins,
        labels={known.source: np.concatenate(truths), "resolved": np.concatenate(resolved)},
        open=np.concatenate(open_rows),
        first_half=_first_half(pins),
        notes=tuple(notes),
    )


def _confident(store: Store, key: str, rows: np.ndarray) -> np.ndarray:
    """Return the resolved labels of some rows, -1 where they are not sure enough."""
    table = store.read_table(key, ["soft", "label"])
    sure = read_lists(table.column("soft")).max(axis=1) >= CONFIDENT
    return np.where(sure, table.column("label").to_numpy(), -1)[rows].astype(np.int64)


def _first_half(pins: pa.Table) -> np.ndarray:
    """Return which pins are in the first half; equal texts always are in the same one."""
    texts = zip(*(column.to_pylist() for column in pins.columns), strict=True)
    digests = (blake2b("\n".join(text).encode(), digest_size=1).digest() for text in texts)
    return np.array([digest[0] < 128 for digest in digests], dtype=bool)
