"""What is made of equal contents is made once: artifacts of a row per pin, with the digest of what each
row was made of beside it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence

import numpy as np
import pyarrow as pa

from labeling.collection import Shard
from labeling.fingerprints import text_digest
from labeling.list_columns import list_column, read_lists
from labeling.shards import Store

NOTHING = 0
"""The content of a pin of which there is nothing to see; its row is all zeros."""

Advance = Callable[[int], None]


def content_of(text: str) -> int:
    """Return the content of a text; NOTHING where it is blank."""
    return text_digest(text) if text.strip() else NOTHING


def holders(
    store: Store,
    folder: str,
    todo: Iterable[Shard],
    contents: Callable[[Shard], np.ndarray],
) -> dict[str, tuple[str, ...]]:
    """Return, for each shard to make, the finished artifacts of any collection below a folder that hold
    some of its contents, int64 [n]: an edited pin leaves what was made of the others as it is.

    Memory: 8 bytes for each pin to make.
    """
    finished = [key for name in store.keys(folder) for key in store.keys(name)]
    if not finished:
        return {}
    wanted = {shard.id: np.unique(contents(shard)) for shard in todo}
    found: dict[str, list[str]] = {}
    for key in finished:
        held = store.read_table(key, ["content"]).column("content").to_numpy()
        held = np.unique(held[held != NOTHING])
        for id, distinct in wanted.items():
            if np.isin(distinct, held, assume_unique=True).any():
                found.setdefault(id, []).append(key)
    return {id: tuple(keys) for id, keys in found.items()}


def make_once(
    store: Store,
    contents: np.ndarray,
    held_by: Sequence[str],
    columns: Sequence[str],
    make: Callable[[np.ndarray], Sequence[np.ndarray]],
    advance: Advance,
) -> list[np.ndarray] | None:
    """Return a row for each content, [n, d] for each column, zeros for NOTHING; None where there is
    nothing but that.

    Rows that the artifacts `held_by` have in their columns are taken from there, and `make` is called
    with the first pin of each other content, int [m] with m at least 1. `advance` hears of pins that
    need no making.
    """
    distinct, first, row = np.unique(contents, return_index=True, return_inverse=True)
    known = _known(store, held_by, columns, distinct)
    lacking = [
        number
        for number, content in enumerate(distinct.tolist())
        if content != NOTHING and content not in known
    ]
    advance(len(contents) - len(lacking))
    fresh = make(first[lacking]) if lacking else None
    some = next((v for v in (fresh, *known.values()) if v is not None), None)
    if some is None:
        return None
    made = [np.zeros((len(distinct), part.shape[-1]), dtype=part.dtype) for part in some]
    held = [number for number, content in enumerate(distinct.tolist()) if content in known]
    for place, part in enumerate(made):
        if fresh is not None:
            part[lacking] = fresh[place]
        for number in held:
            part[number] = known[int(distinct[number])][place]
    return [part[row] for part in made]


def _known(
    store: Store, held_by: Sequence[str], columns: Sequence[str], distinct: np.ndarray
) -> dict[int, Sequence[np.ndarray]]:
    known: dict[int, Sequence[np.ndarray]] = {}
    for key in held_by:
        table = store.read_table(key, ["content", *columns])
        held = table.column("content").to_numpy()
        rows = np.flatnonzero(np.isin(held, distinct) & (held != NOTHING))
        parts = [read_lists(table.column(column))[rows] for column in columns]
        known.update(zip(held[rows].tolist(), zip(*parts, strict=True), strict=True))
    return known


def with_contents(contents: np.ndarray, rows: Mapping[str, np.ndarray]) -> pa.Table:
    """Return the artifact: the contents, int64 [n], and for each column a row for each, [n, d]."""
    columns = {name: list_column(part) for name, part in rows.items()}
    return pa.table({"content": pa.array(contents, pa.int64()), **columns})
