"""Which pins of a collection judge a model, with the class that is known of each: unbiased gold, or
reference labels; never a pin that the model was made with."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, Literal

import numpy as np
import pyarrow as pa

from labeling.analysis import read_reference
from labeling.collection import Collection, Shard, read_pins
from labeling.errors import LabelingError, ModelError, UnjudgedError
from labeling.evaluation_splits import SPLIT_NAMES
from labeling.fingerprints import draws_of, text_digest
from labeling.gold import read_gold
from labeling.groups import Groups
from labeling.last_run import LastRun
from labeling.models.made_with import TRAINED, PinKeys, made_with, trained_as_gold
from labeling.pins import PinBatch
from labeling.review.audit_sample import read_audit
from labeling.signals import Signal
from labeling.wording import listed
from labeling.workspace import Workspace

On = Literal["gold", "reference", "auto"]
FEWEST_GOLD = 30
"""Rows of gold from which `auto` takes it."""
ALL = "all"
BIASED = 0.1
"""Share of the audit that trained a model, from which the rest of it tells little."""
MOST = 50_000
"""Rows with a reference label; of more a sample judges, whose accuracy is sure to half a percent."""
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
    least. A pin is left out where it trained or chose a model, or is a near-duplicate of one that did;
    reference labels of the split `valid` judge although they chose, and a note says so.
    Raises ModelError where none is left.
    """
    search = _Search(workspace, signal, collection, tuple(dict.fromkeys(datasets)), split)
    gold = search.gold() if on in ("gold", "auto") else None
    if gold is not None and (on == "gold" or len(gold.reference) >= FEWEST_GOLD):
        found = gold
    else:
        found = search.reference(0 if gold is None else len(gold.reference))
    if len(found.reference):
        return found
    out = ", ".join(f"{count:,} {why}" for why, count in found.left_out.items() if count)
    raise UnjudgedError(
        f"No pin of {collection.name} can judge the model: {found.why.rstrip('.')}"
        f"{f' ({out})' if out else ''}; answer some of the random audit, import gold, or name other "
        "pins with --split."
    )


@dataclass(frozen=True)
class _Found:
    """Pins whose class is known, shard by shard."""

    tables: list[pa.Table] = field(default_factory=list)
    places: list[tuple[Shard, int]] = field(default_factory=list)
    reference: list[np.ndarray] = field(default_factory=list)
    groups: list[str] = field(default_factory=list)

    @property
    def ids(self) -> list[str]:
        return [id for table in self.tables for id in table.column("pin_id").to_pylist()]


@dataclass(frozen=True)
class _Search:
    workspace: Workspace
    signal: Signal
    collection: Collection
    datasets: tuple[str, ...]
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
        store, database = self.workspace.store, self.workspace.database
        classes = read_gold(database, self.signal, self.collection.name)
        seed = self.workspace.settings.seed
        sample = read_audit(store, database, self.signal.name, self.collection, classes, seed=seed)
        audited, imported = sample.audited, sample.imported
        found = _Found()
        for shard in self.collection.shards:
            ids = read_pins(store, shard, ["pin_id"]).column("pin_id").to_pylist()
            labels = np.array([classes.get(id, -1) for id in ids], dtype=np.int64)
            unbiased = np.array([id in audited or id in imported for id in ids], dtype=bool)
            self._add(found, shard, labels, unbiased)
        ids = found.ids
        drawn = np.array([id in audited for id in ids], dtype=bool)
        out = self._made(found, with_chosen=True)
        kept = ~np.any([np.zeros(len(ids), dtype=bool), *out.values()], axis=0)
        notes = []
        trained = drawn & out.get(TRAINED, np.zeros(len(ids), dtype=bool))
        for version in self.datasets if trained.any() else ():
            as_gold = trained_as_gold(store, version, self.collection.name)
            trained &= ~np.array([id in as_gold for id in ids], dtype=bool)
        if int(trained.sum()) > BIASED * int(drawn.sum()):
            notes.append(
                f"{int(trained.sum()):,} of {int(drawn.sum()):,} pins that the audit drew trained "
                "the model, as its dataset is older than their answers; the others are rather those "
                "that were not fit for training, so the figures look worse than they are. Train on a "
                "newer version."
            )
        return self._rows(
            found,
            out,
            on="gold",
            why=f"{int(kept.sum()):,} pins with unbiased gold ({int((drawn & kept).sum()):,} drawn by "
            f"the audit, {int((~drawn & kept).sum()):,} imported).",
            weights=np.array([sample.weight(id) for id in ids]),
            strata=np.where(drawn, DRAWN, IMPORTED),
            notes=tuple(notes),
        )

    def reference(self, gold: int) -> EvaluationRows:
        """Return the pins of the split with a reference label; `gold` is how many have unbiased gold."""
        if self.split not in (*SPLIT_NAMES, ALL):
            raise ModelError(
                f"There is no split {self.split!r} to evaluate on; use {', '.join(SPLIT_NAMES)} or "
                f"{ALL}."
            )
        known = [self._known(shard) for shard in self.collection.shards]
        total = sum(int((labels >= 0).sum()) for labels in known)
        found = _Found()
        for shard, labels in zip(self.collection.shards, known, strict=True):
            drawn: np.ndarray = np.ones(shard.rows, dtype=bool)
            if total > MOST:
                ids = read_pins(self.workspace.store, shard, ["pin_id"]).column("pin_id")
                drawn = draws_of(ids.to_pylist()) < MOST / total
            self._add(found, shard, labels, drawn)
        out = self._made(found, with_chosen=self.split != "valid")
        n = len(found.places) - sum(int(there.sum()) for there in out.values())
        sampled = f", a random sample of {total:,}," if total > MOST else ""
        pins_have = "pin has" if gold == 1 else "pins have"
        few = f", as only {gold:,} {pins_have} unbiased gold" if gold else ""
        where = "in all splits" if self.split == ALL else f"in the split {self.split}"
        notes: tuple[str, ...] = ()
        if self.split == "valid":
            notes = (
                "Pins of the split valid chose the model's epoch and temperature, so the figures look "
                "better than they are.",
            )
        return self._rows(
            found,
            out,
            on="reference",
            why=f"{n:,} pins{sampled} with a reference label {where}{few}.",
            weights=np.ones(len(found.places)),
            strata=np.zeros(len(found.places), dtype=np.int64),
            notes=notes,
        )

    def _known(self, shard: Shard) -> np.ndarray:
        """Return the reference labels of the split's pins, int64 [n]; -1 for all others."""
        labels = read_reference(self.workspace.store, self.signal, shard)
        split = read_pins(self.workspace.store, shard, ["split"]).column("split").to_pylist()
        inside = np.array([self.split in (ALL, one) for one in split], dtype=bool)
        return np.where(inside, labels, -1)

    def _add(self, found: _Found, shard: Shard, labels: np.ndarray, wanted: np.ndarray) -> None:
        """Add the wanted pins of a shard whose class is known."""
        rows = np.flatnonzero(wanted & (labels >= 0))
        if not len(rows):
            return
        pins = read_pins(self.workspace.store, shard).take(pa.array(rows))
        groups = pins.column("pin_id")
        if self._run is not None:
            groups = self._run.findings(shard).groups.take(pa.array(rows))
        found.tables.append(pins)
        found.places.extend((shard, int(row)) for row in rows)
        found.reference.append(labels[rows])
        found.groups.extend(groups.to_pylist())

    def _made(self, found: _Found, *, with_chosen: bool) -> dict[str, np.ndarray]:
        """Return why -> the pins that are left out for it, bool [n]; a pin has one reason."""
        if not found.tables:
            return {}
        keys = PinKeys.of(pa.concat_tables(found.tables), found.groups)
        reasons: dict[str, np.ndarray] = {}
        for version in self.datasets:
            there = made_with(
                self.workspace.store,
                version,
                self.collection.name,
                keys,
                with_chosen=with_chosen,
            )
            for why, pins in there.items():
                reasons[why] = reasons.get(why, False) | pins
        taken = np.zeros(len(keys.ids), dtype=bool)
        for why, pins in reasons.items():
            reasons[why] = pins & ~taken
            taken |= pins
        return reasons

    def _rows(
        self,
        found: _Found,
        out: Mapping[str, np.ndarray],
        *,
        weights: Any,
        strata: Any,
        on: str,
        notes: tuple[str, ...],
        **said: Any,
    ) -> EvaluationRows:
        """Return the pins that are not left out."""
        n = len(found.places)
        kept = np.flatnonzero(~np.any([np.zeros(n, dtype=bool), *out.values()], axis=0))
        pins = pa.concat_tables(found.tables).take(pa.array(kept)) if n else pa.table({})
        groups = Groups(len(kept))
        if len(kept):
            keys = PinKeys.of(pins, [found.groups[row] for row in kept])
            named = np.array([text_digest(group) for group in keys.groups], dtype=np.int64)
            for one in (keys.texts, keys.links, named):
                groups.join_equal(one)
        reference = np.concatenate([np.empty(0, dtype=np.int64), *found.reference])[kept]
        return EvaluationRows(
            signal=self.signal,
            collection=self.collection,
            pins=pins,
            places=tuple(found.places[row] for row in kept),
            reference=reference,
            weights=weights[kept],
            groups=groups.leaders(),
            strata=strata[kept],
            left_out={why: int(there.sum()) for why, there in out.items()},
            on=on,
            notes=(*notes, *self._unjudged(reference, on)),
            **said,
        )

    def _unjudged(self, reference: np.ndarray, on: str) -> list[str]:
        """Return a note where no pin is of some classes."""
        absent = [name for y, name in enumerate(self.signal.classes) if y not in reference]
        if not absent:
            return []
        more = ", or judge by reference labels (--on reference)" if on == "gold" else ""
        return [
            f"None of these pins is of the class {listed(absent)}, so nothing is known of how good the "
            f"model is there; import gold on more pins, drawn at random{more}."
        ]
