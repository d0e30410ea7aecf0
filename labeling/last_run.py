"""The last finished run, seen by those who look at its pins: where each lies and what was found.

Nothing is made here and no author's code is loaded, so the web app can read it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from labeling.collection import Collection, Shard, load_revision, read_pins
from labeling.errors import CollectionError, WorkspaceError
from labeling.list_columns import read_lists
from labeling.map_points import Sources
from labeling.records import last_report
from labeling.report import RunReport
from labeling.review.tasks import (
    CONFLICTING,
    CONTRADICTED,
    DISAGREEING,
    SUSPECTED,
    UNCERTAIN,
    UNCOVERED,
)
from labeling.shards import Store
from labeling.signals import NO_LABEL, Signal
from labeling.soft_labels import disagreeing, uncertain
from labeling.votes import conflicting
from labeling.workspace import Workspace

OUTLIER = "outlier"
DUPLICATE = "near-duplicate"
DOUBTS = (
    CONTRADICTED,
    SUSPECTED,
    CONFLICTING,
    UNCERTAIN,
    DISAGREEING,
    UNCOVERED,
    OUTLIER,
    DUPLICATE,
)
"""What can speak against a pin's label, or for a look at it."""


@dataclass(frozen=True, kw_only=True)
class LastRun:
    """The last finished run of a signal on a collection, with the pins as they were then."""

    report: RunReport
    collection: Collection
    sources: Sources
    store: Store

    @classmethod
    def of(cls, workspace: Workspace, signal: str, collection: str) -> LastRun:
        """Return it. Raises WorkspaceError where there is none, or one of an older version."""
        report = last_report(workspace, signal, collection)
        pins = load_revision(workspace.store, collection, report.revision)
        sources = Sources.of_report(report, pins)
        if sources is None:
            raise WorkspaceError(
                f"The last run of {signal} on {collection} does not say where its results lie; "
                f"do it again with `labeling run {signal} {collection}`."
            )
        return cls(report=report, collection=pins, sources=sources, store=workspace.store)

    @property
    def signal(self) -> Signal:
        """The question, without its functions' code."""
        return Signal(self.report.signal, classes=list(self.report.classes))

    @property
    def functions(self) -> tuple[str, ...]:
        """The names of the functions that voted, in their order."""
        return tuple(self.sources.votes)

    def findings(self, shard: Shard) -> ShardFindings:
        """Return what the run found out about a shard."""
        return ShardFindings(store=self.store, shard=shard, sources=self.sources)

    def place(self, pin_id: str) -> tuple[Shard, int]:
        """Return a pin's shard and its row there. Raises CollectionError where there is no such
        pin."""
        return find_pin(self.store, self.collection, pin_id)


def find_pin(store: Store, collection: Collection, pin_id: str) -> tuple[Shard, int]:
    """Return a pin's shard and its row there. Raises CollectionError where there is no such pin."""
    for shard in collection.shards:
        row = pc.index(read_pins(store, shard, ["pin_id"]).column("pin_id"), pin_id)
        if row.as_py() >= 0:
            return shard, row.as_py()
    raise CollectionError(
        f"{collection.name} has no pin {pin_id!r} in its revision {collection.revision}; check the "
        "id, or run the signal again where the pin is new."
    )


@dataclass(frozen=True, kw_only=True)
class ShardFindings:
    """What a run found out about the n pins of a shard; each part is read when it is asked for."""

    store: Store
    shard: Shard
    sources: Sources

    @cached_property
    def soft(self) -> np.ndarray:
        """The soft labels, float32 [n, k]."""
        return read_lists(self._resolved.column("soft"))

    @cached_property
    def labels(self) -> np.ndarray:
        """The resolved classes, int [n]; -1 where there is none."""
        return np.asarray(self._resolved.column("label").to_numpy())

    @cached_property
    def confidence(self) -> np.ndarray:
        """The probability of the likeliest class, float32 [n]."""
        return np.asarray(self.soft.max(axis=1))

    @cached_property
    def votes(self) -> np.ndarray:
        """The votes, int8 [n, m]; -1 abstains."""
        keys = [f"{folder}/{self.shard.id}.parquet" for folder in self.sources.votes.values()]
        columns = [t.column("vote").to_numpy() for t in self.store.read_tables(keys, ["vote"])]
        return np.stack(columns, axis=1)

    @cached_property
    def probe(self) -> np.ndarray:
        """The probe's probabilities, float32 [n, k]."""
        return read_lists(self._probed.column("probe"))

    @cached_property
    def final(self) -> np.ndarray:
        """The probabilities that are published, float32 [n, k] (see `final_labels`)."""
        return read_lists(self._published.column("final"))

    @cached_property
    def final_labels(self) -> np.ndarray:
        """The classes that are published, int [n]; -1 where there is none."""
        return np.asarray(self._published.column("label").to_numpy())

    @cached_property
    def final_sources(self) -> list[str]:
        """Where each final label comes from: gold, model or weak; "" where there is none."""
        return list(self._published.column("source").to_pylist())

    @cached_property
    def quality(self) -> np.ndarray:
        """cleanlab's score of each label, float [n]; NaN where it was not judged."""
        return np.asarray(self._probed.column("quality").to_numpy())

    @cached_property
    def groups(self) -> pa.ChunkedArray:
        """The first pin of each pin's group of near-duplicates, string [n]."""
        return self._flags.column("group")

    def doubt(self, reason: str) -> np.ndarray:
        """Return the pins of which a doubt (see DOUBTS) holds, bool [n]."""
        if reason == CONTRADICTED:
            return self._flag("contradicted")
        if reason == SUSPECTED:
            return self._flag("is_issue")
        if reason == OUTLIER:
            return self._flag("is_outlier")
        if reason == CONFLICTING:
            return np.asarray(conflicting(self.votes))
        if reason == UNCOVERED:
            return ~self.covered
        if reason == UNCERTAIN:
            return self.covered & uncertain(self.soft)
        if reason == DISAGREEING:
            return disagreeing(self.labels, self.probe)
        ids = read_pins(self.store, self.shard, ["pin_id"]).column("pin_id")
        return pc.not_equal(ids, self.groups).to_numpy()

    @cached_property
    def covered(self) -> np.ndarray:
        """Which pins have a vote, bool [n]."""
        return np.asarray((self.votes >= 0).any(axis=1))

    def doubts_of(self, rows: Sequence[int]) -> list[tuple[str, ...]]:
        """Return the doubts that hold of each of some rows."""
        masks = {reason: self.doubt(reason) for reason in DOUBTS}
        return [tuple(reason for reason in DOUBTS if masks[reason][row]) for row in rows]

    def votes_by(self, function: str) -> np.ndarray:
        """Return one function's votes, int8 [n]."""
        key = f"{self.sources.votes[function]}/{self.shard.id}.parquet"
        return np.asarray(self.store.read_table(key, ["vote"]).column("vote").to_numpy())

    def votes_of(self, row: int) -> dict[str, str]:
        """Return function -> class, for those that voted on a pin."""
        fired = zip(self.sources.votes, self.votes[row].tolist(), strict=True)
        return {name: self.sources.classes[vote] for name, vote in fired if vote >= 0}

    def name(self, number: int) -> str:
        """Return a class's name, or `no label` for -1."""
        return self.sources.classes[number] if number >= 0 else NO_LABEL

    @cached_property
    def _resolved(self) -> pa.Table:
        return self.store.read_table(f"{self.sources.soft}/{self.shard.id}.parquet")

    @cached_property
    def _probed(self) -> pa.Table:
        columns = ["probe", "quality"]
        return self.store.read_table(
            f"{self.sources.doubts}/{self.shard.id}.probe.parquet", columns
        )

    @cached_property
    def _published(self) -> pa.Table:
        columns = ["final", "label", "source"]
        return self.store.read_table(
            f"{self.sources.doubts}/{self.shard.id}.probe.parquet", columns
        )

    @cached_property
    def _flags(self) -> pa.Table:
        return self.store.read_table(f"{self.sources.doubts}/{self.shard.id}.flags.parquet")

    def _flag(self, column: str) -> np.ndarray:
        return np.asarray(self._flags.column(column).to_numpy(zero_copy_only=False))
