"""Which pins of a collection judge a model, with the class that is known of each: unbiased gold, or
reference labels; never a pin that the model was made with."""

from __future__ import annotations

import io
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Literal

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from labeling.analysis import read_reference
from labeling.collection import Collection, Shard, read_pins
from labeling.datasets import Manifest, find_version
from labeling.duplicates import link_key, text_key
from labeling.errors import DatasetError, LabelingError, ModelError
from labeling.evaluation_splits import SPLIT_NAMES
from labeling.fingerprints import text_digest
from labeling.gold import read_audited, read_gold, read_imported
from labeling.groups import NO_KEY, Groups
from labeling.last_run import LastRun
from labeling.pins import PinBatch
from labeling.shards import Store
from labeling.signals import Signal
from labeling.workspace import Workspace

On = Literal["gold", "reference", "auto"]
FEWEST_GOLD = 30
"""Rows of gold from which `auto` takes it."""
ALL = "all"
BIASED = 0.1
"""Share of the audit that trained a model, from which the rest of it tells little."""
TRAINED = "trained the model"
CHOSE = "chose its epoch and its temperature"
DRAWN, IMPORTED = 0, 1
"""Strata of gold."""


@dataclass(frozen=True, kw_only=True)
class EvaluationRows:
    """n pins whose class is known."""

    signal: Signal
    collection: Collection
    pins: pa.Table
    """Their columns, as the collection has them."""
    places: tuple[tuple[Shard, int], ...]
    """Where each lies."""
    reference: np.ndarray
    """int64 [n]."""
    weights: np.ndarray
    """float64 [n]: 1 / the probability with which each came among those that people answered."""
    groups: np.ndarray
    """int64 [n]: near-duplicates share a number."""
    strata: np.ndarray
    """int64 [n]: drawn by the audit, or imported."""
    on: str
    """gold or reference."""
    why: str
    """One sentence."""
    left_out: dict[str, int]
    """Pins whose class is known, too, and why they do not judge."""
    notes: tuple[str, ...]

    @cached_property
    def batch(self) -> PinBatch:
        """The pins, as functions see them."""
        return PinBatch(self.pins)

    def by_shard(self) -> dict[Shard, tuple[list[int], list[int]]]:
        """Return the numbers of the pins from each shard, and their rows there."""
        found: dict[Shard, tuple[list[int], list[int]]] = {}
        for number, (shard, row) in enumerate(self.places):
            numbers, rows = found.setdefault(shard, ([], []))
            numbers.append(number)
            rows.append(row)
        return found


def find_rows(
    workspace: Workspace,
    signal: Signal,
    collection: Collection,
    datasets: Sequence[str],
    *,
    on: On = "auto",
    split: str = "test",
) -> EvaluationRows:
    """Return the rows that judge models which were trained on some dataset versions.

    gold: pins that the random audit drew, with their weights, and imported gold, in any split.
    reference: the reference labels of a split, or of all pins. auto: gold where there are 30 rows at
    least. A pin is left out where it trained or chose a model (those that chose one stay where the split
    `valid` is asked for), or is a near-duplicate of one that did. Raises ModelError where none is left.
    """
    seen = [
        one
        for version in dict.fromkeys(datasets)
        for one in _read_seen(workspace.store, version, collection, with_chosen=split != "valid")
    ]
    search = _Search(workspace, signal, collection, tuple(seen), split)
    gold = search.gold() if on in ("gold", "auto") else None
    if gold is not None and (on == "gold" or len(gold.reference) >= FEWEST_GOLD):
        found = gold
    else:
        found = search.reference(0 if gold is None else len(gold.reference))
    if len(found.reference):
        return found
    out = ", ".join(f"{count:,} {why}" for why, count in found.left_out.items() if count)
    raise ModelError(
        f"No pin of {collection.name} can judge the model: {found.why}"
        f"{f' ({out})' if out else ''}; answer some of the random audit, import gold, or name other "
        "pins with --split."
    )


@dataclass(frozen=True, kw_only=True)
class _Seen:
    """The pins of a dataset version that a model was made with."""

    why: str
    ids: frozenset[str]
    """Of pins of the same collection."""
    groups: frozenset[str]
    texts: np.ndarray
    """Keys of what they say, int64."""
    links: np.ndarray

    def has(self, ids: list[str], groups: list[str], keys: _Keys) -> np.ndarray:
        """Return which pins are among them, or near-duplicates of them, bool [n]."""
        by_name = [
            id in self.ids or group in self.groups for id, group in zip(ids, groups, strict=True)
        ]
        return (
            np.array(by_name, dtype=bool)
            | np.isin(keys.texts, self.texts)
            | np.isin(keys.links, self.links)
        )


@dataclass(frozen=True, kw_only=True)
class _Keys:
    """What equal pins share, int64 [n] each; 0 for nothing."""

    texts: np.ndarray
    links: np.ndarray

    @classmethod
    def of(cls, pins: pa.Table) -> _Keys:
        texts = map(text_key, PinBatch(pins).column("text"))
        links = map(link_key, pins.column("link").to_pylist())
        return cls(texts=np.array([*texts], np.int64), links=np.array([*links], np.int64))


def _read_seen(
    store: Store, version: str, collection: Collection, *, with_chosen: bool
) -> list[_Seen]:
    """Return the pins that trained a model and, where wanted, those that chose it."""
    try:
        key, manifest = find_version(store, version)
    except DatasetError as error:
        raise ModelError(
            f"The model was trained on {version}, which is not in the store {store.url}, so nobody can "
            "say which pins trained it; evaluate it in the workspace that published the version."
        ) from error
    wanted = {"train": TRAINED} | ({"validation": CHOSE} if with_chosen else {})
    return [_read_split(store, key, manifest, split, wanted[split], collection) for split in wanted]


def _read_split(
    store: Store, key: str, manifest: Manifest, split: str, why: str, collection: Collection
) -> _Seen:
    ids, groups, texts, links = set[str](), set[str](), [], []
    for file in manifest.files:
        if file.split != split:
            continue
        columns = ["pin_id", "title", "description", "link", "group"]
        with pq.ParquetFile(io.BytesIO(store.read_bytes(f"{key}/{file.path}"))) as rows:
            for number in range(rows.num_row_groups):
                table = rows.read_row_group(number, columns)
                keys = _Keys.of(table)
                texts.append(keys.texts)
                links.append(keys.links)
                if manifest.collection == collection.name:  # else ids may be other pins'
                    ids.update(table.column("pin_id").to_pylist())
                    groups.update(table.column("group").to_pylist())
    none = np.empty(0, dtype=np.int64)
    distinct = (np.setdiff1d(np.concatenate([none, *parts]), [NO_KEY]) for parts in (texts, links))
    return _Seen(
        why=why,
        ids=frozenset(ids),
        groups=frozenset(groups),
        **dict(zip(("texts", "links"), distinct, strict=True)),
    )


class _Found:
    """Rows as they are found, shard by shard."""

    def __init__(self) -> None:
        self.tables: list[pa.Table] = []
        self.places: list[tuple[Shard, int]] = []
        self.reference: list[np.ndarray] = []
        self.groups: list[str] = []
        self.left_out: dict[str, int] = {}


@dataclass(frozen=True)
class _Search:
    workspace: Workspace
    signal: Signal
    collection: Collection
    seen: tuple[_Seen, ...]
    split: str

    @cached_property
    def _run(self) -> LastRun | None:
        """The last run, which knows the groups of near-duplicates; None where it saw other pins."""
        try:
            run = LastRun.of(self.workspace, self.signal.name, self.collection.name)
        except LabelingError:
            return None
        return run if run.collection == self.collection else None

    def gold(self) -> EvaluationRows:
        """Return the unbiased gold."""
        asked = self.workspace.database, self.signal.name, self.collection.name
        classes = read_gold(self.workspace.database, self.signal, self.collection.name)
        audited, imported = read_audited(*asked), read_imported(*asked)
        found, audit_out = _Found(), 0
        for shard in self.collection.shards:
            ids = read_pins(self.workspace.store, shard, ["pin_id"]).column("pin_id").to_pylist()
            labels = np.array([classes.get(id, -1) for id in ids], dtype=np.int64)
            unbiased = np.array([id in audited or id in imported for id in ids], dtype=bool)
            for id in self._add(found, shard, labels, unbiased):
                audit_out += id in audited
        ids = [id for table in found.tables for id in table.column("pin_id").to_pylist()]
        drawn = sum(id in audited for id in ids)
        notes = []
        if audit_out > BIASED * (drawn + audit_out):
            notes.append(
                f"{audit_out:,} of {drawn + audit_out:,} pins that the audit drew made the model, as "
                "its dataset is older than their answers; the others are rather those that were not fit "
                "for training, so the figures look worse than they are. Train on a newer version."
            )
        return self._rows(
            found,
            on="gold",
            why=f"{len(ids):,} pins with unbiased gold ({drawn:,} drawn by the audit, "
            f"{len(ids) - drawn:,} imported).",
            weights=np.array([1 / audited.get(id, 1.0) for id in ids]),
            strata=np.array([DRAWN if id in audited else IMPORTED for id in ids], dtype=np.int64),
            notes=tuple(notes),
        )

    def reference(self, gold: int) -> EvaluationRows:
        """Return the pins of the split with a reference label; `gold` is how many have unbiased gold."""
        if self.split not in (*SPLIT_NAMES, ALL):
            raise ModelError(
                f"There is no split {self.split!r} to evaluate on; use {', '.join(SPLIT_NAMES)} or "
                f"{ALL}."
            )
        found = _Found()
        for shard in self.collection.shards:
            split = read_pins(self.workspace.store, shard, ["split"]).column("split")
            inside = np.array([self.split in (ALL, one) for one in split.to_pylist()], dtype=bool)
            self._add(
                found, shard, read_reference(self.workspace.store, self.signal, shard), inside
            )
        n = len(found.places)
        few = f", as only {gold:,} pins have unbiased gold" if gold else ""
        where = "in all splits" if self.split == ALL else f"in the split {self.split}"
        notes: tuple[str, ...] = ()
        if self.split == "valid":
            notes = (
                "Pins of the split valid chose the model's epoch and temperature, so the figures look "
                "better than they are.",
            )
        return self._rows(
            found,
            on="reference",
            why=f"{n:,} pins with a reference label {where}{few}.",
            weights=np.ones(n),
            strata=np.zeros(n, dtype=np.int64),
            notes=notes,
        )

    def _add(
        self, found: _Found, shard: Shard, labels: np.ndarray, wanted: np.ndarray
    ) -> list[str]:
        """Add the wanted pins of a shard whose class is known; return the ids of those left out."""
        rows = np.flatnonzero(wanted & (labels >= 0))
        if not len(rows):
            return []
        pins = read_pins(self.workspace.store, shard).take(pa.array(rows))
        ids = pins.column("pin_id").to_pylist()
        groups = ids
        if self._run is not None:
            groups = self._run.findings(shard).groups.take(pa.array(rows)).to_pylist()
        out = np.zeros(len(rows), dtype=bool)
        keys = _Keys.of(pins)
        for seen in self.seen:
            there = seen.has(ids, groups, keys) & ~out
            found.left_out[seen.why] = found.left_out.get(seen.why, 0) + int(there.sum())
            out |= there
        kept = np.flatnonzero(~out)
        found.tables.append(pins.take(pa.array(kept)))
        found.places += [(shard, int(rows[row])) for row in kept]
        found.reference.append(labels[rows[kept]])
        found.groups += [groups[row] for row in kept]
        return [ids[row] for row in np.flatnonzero(out)]

    def _rows(self, found: _Found, **said: Any) -> EvaluationRows:
        pins = pa.concat_tables(found.tables) if found.tables else pa.table({})
        n = len(found.places)
        groups = Groups(n)
        if n:
            keys = _Keys.of(pins)
            named = np.array([text_digest(group) for group in found.groups], dtype=np.int64)
            for one in (keys.texts, keys.links, named):
                groups.join_equal(one)
        return EvaluationRows(
            signal=self.signal,
            collection=self.collection,
            pins=pins,
            places=tuple(found.places),
            reference=np.concatenate([np.empty(0, dtype=np.int64), *found.reference]),
            groups=groups.leaders(),
            left_out=found.left_out,
            **said,
        )
