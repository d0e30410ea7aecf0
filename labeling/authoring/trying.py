"""One function, tried on a collection: what it votes, where it stands alone or against the others,
and what changed since its last version. Votes with that function only."""

from __future__ import annotations

import time
from dataclasses import dataclass

import numpy as np

from labeling.analysis import KnownLabels, judge
from labeling.authoring.tally import ShardVotes, Tally
from labeling.authoring.trial import ABSTAINS, Changes, Section, Trial, VoteChange
from labeling.authoring.tried_pins import show_pins
from labeling.authoring.versions import last_soft_labels, note_tried, previous_version
from labeling.collection import Collection, Shard
from labeling.errors import CollectionError
from labeling.functions import LabelingFunction
from labeling.known import known_labels
from labeling.pins import SPLITS
from labeling.resolving import read_splits
from labeling.shards import Store
from labeling.signals import Signal
from labeling.votes import find_faults, read_votes, votes_key
from labeling.voting import lacking_shards, ready_signal, vote_with
from labeling.workspace import Workspace

FEW_PINS = 500_000
"""With fewer, one function is done before other processes have started."""


def try_function(
    workspace: Workspace,
    signal: str,
    function: str,
    collection: str,
    *,
    limit: int = 8,
    split: str | None = None,
) -> Trial:
    """Return what one function does on a collection, with up to `limit` pins of each kind.

    The function's column is voted where it is missing, and kept; nothing is fitted. Raises
    FunctionError for an unknown function, CollectionError for a split that no pin has.
    """
    start = time.perf_counter()
    if split is not None and split not in SPLITS:
        raise CollectionError(f"There is no split {split!r}; use {', '.join(SPLITS)}.")
    workspace = workspace.holding(collection)
    pins, store = workspace.collection(collection), workspace.store
    workspace.signal(signal)[function]  # before anything is made ready for it
    found = ready_signal(workspace, signal, collection, [function])
    tried = found[function]
    before = previous_version(store, found, tried, pins)
    lacking = lacking_shards(store, found, tried, pins)
    pins_voted = sum(shard.rows for shard in pins.shards if shard.id in lacking)
    few = pins_voted < FEW_PINS
    vote_with(workspace.in_this_process() if few else workspace, found, [tried], pins)
    note_tried(store, found, tried)
    voted = [other for other in found if not lacking_shards(store, found, other, pins)]
    trying = _Trying(
        store=store,
        signal=found,
        function=tried,
        before=before,
        others=tuple(other for other in voted if other is not tried),
        collection=pins,
        split=split,
        soft=last_soft_labels(store, found, pins),
        known=known_labels(workspace, found, pins),
    )
    tally = Tally(len(found.classes), limit)
    for number, shard in enumerate(pins.shards):
        tally.add(trying.read(number, shard, workspace.settings.seed))
    if split is not None and not tally.pins:
        there = sorted({name for shard in pins.shards for name in set(read_splits(store, shard))})
        named = ", ".join(name or "none" for name in there)
        raise CollectionError(
            f"No pin of {collection} is in the split {split!r}; its are: {named}."
        )
    return trying.report(tally, pins_voted, start, len(found) - len(voted))


@dataclass(frozen=True, kw_only=True)
class _Trying:
    """All that reading a shard and reporting need to know."""

    store: Store
    signal: Signal
    function: LabelingFunction
    before: LabelingFunction | None
    others: tuple[LabelingFunction, ...]
    """Those that have voted on the whole collection."""
    collection: Collection
    split: str | None
    soft: str | None
    known: KnownLabels

    def read(self, number: int, shard: Shard, seed: int) -> ShardVotes:
        """Return what is known of a shard's pins, or of those in the split."""
        rows: np.ndarray = np.arange(shard.rows)
        if self.split is not None:
            rows = np.flatnonzero(read_splits(self.store, shard) == self.split)
        others = read_votes(self.store, self.signal, self.others, self.collection, shard)
        return ShardVotes(
            shard=number,
            rows=rows,
            priority=np.random.default_rng([seed, number]).random(shard.rows)[rows],
            votes=self._votes(self.function, shard)[rows],
            before=self._before(shard, rows),
            others=others[rows],
            resolved=self._resolved(shard)[rows],
            known=self.known.of(shard)[rows],
        )

    def _votes(self, function: LabelingFunction, shard: Shard) -> np.ndarray:
        return read_votes(self.store, self.signal, (function,), self.collection, shard)[:, 0]

    def _before(self, shard: Shard, rows: np.ndarray) -> np.ndarray | None:
        if self.before is None:
            return None
        key = votes_key(self.signal, self.before, self.collection, shard)
        return self._votes(self.before, shard)[rows] if self.store.exists(key) else None

    def _resolved(self, shard: Shard) -> np.ndarray:
        if self.soft is None:
            return np.full(shard.rows, -1)
        table = self.store.read_table(f"{self.soft}/{shard.id}.parquet", ["label"])
        return np.from_dlpack(table.column("label").combine_chunks())

    def report(self, tally: Tally, pins_voted: int, start: float, not_voted: int) -> Trial:
        """Return the trial that the sums amount to."""
        names, pins = self.signal.classes, max(tally.pins, 1)
        votes, judged = int(tally.votes.sum()), int(tally.judged.sum())
        shown = show_pins(
            self.store, self.signal, self.function, self.others, self.collection, tally.samples
        )
        of = {"against_resolved": tally.resolved, "against_known": judged}
        of["changed"] = tally.compared
        sections = {
            name: Section(
                name=name, pins=sample.count, of=of.get(name, votes), sample=tuple(shown[name])
            )
            for name, sample in tally.samples.items()
        }
        changed = sections.pop("changed")
        absent = {
            "alone": not self.others,
            "against_resolved": self.soft is None,
            "against_known": not tally.known,
        }
        return Trial(
            signal=self.signal.name,
            function=self.function.name,
            kind=self.function.kind,
            doc=self.function.doc,
            classes=names,
            collection=self.collection.name,
            revision=self.collection.revision,
            split=self.split,
            pins=tally.pins,
            votes={names[y]: int(tally.votes[y]) for y in np.flatnonzero(tally.votes)},
            coverage=votes / pins,
            overlap=tally.overlap / pins if self.others else None,
            conflict=tally.conflict / pins if self.others else None,
            others=len(self.others),
            source=self.known.source,
            known=tally.known,
            **judge(int(tally.right.sum()), judged),
            by_class=tuple(
                {"class": names[y], "votes": int(tally.votes[y])}
                | judge(int(tally.right[y]), int(tally.judged[y]))
                for y in np.flatnonzero(tally.votes)
            ),
            sections=tuple(part for name, part in sections.items() if not absent.get(name)),
            changes=self._changes(tally, changed),
            notes=tuple(self._notes(tally, absent, not_voted)),
            pins_voted=pins_voted,
            seconds=time.perf_counter() - start,
        )

    def _changes(self, tally: Tally, section: Section) -> Changes | None:
        if self.before is None or not tally.shared:
            return None
        names = [ABSTAINS, *self.signal.classes]
        kinds = [
            VoteChange(
                before=names[was],
                after=names[now],
                pins=int(tally.moves[0, was, now]),
                judged=int(tally.moves[1, was, now]),
                better=int(tally.moves[2, was, now]),
                worse=int(tally.moves[3, was, now]),
            )
            for was, now in zip(*np.nonzero(tally.moves[0]), strict=True)
        ]
        return Changes(
            since=self.before.fingerprint,
            shards=tally.shared,
            of_shards=len(self.collection.shards),
            pins=tally.compared,
            kinds=tuple(sorted(kinds, key=lambda kind: -kind.pins)),
            section=section,
        )

    def _notes(self, tally: Tally, absent: dict[str, bool], not_voted: int) -> list[str]:
        """Return what cannot be shown, and why."""
        notes = []
        name, pins = self.signal.name, self.collection.name
        if not tally.votes.any():
            notes.append(f"{self.function.name} votes on none of these pins.")
        if not_voted:
            notes.append(
                f"{not_voted} other functions have not voted on {pins} yet and are left out; "
                f"`labeling vote {name} {pins}` brings them up to date."
            )
        if absent["against_resolved"]:
            notes.append(
                "There are no resolved labels of these pins to compare with; "
                f"`labeling resolve {name} {pins}` makes them."
            )
        if absent["against_known"]:
            notes.append(
                f"No pin looked at has a known label of {name}, so accuracy cannot be shown; import "
                f"some with a column label or label_{name}."
            )
        faults = self._faults()
        return [*faults, *notes]

    def _faults(self) -> list[str]:
        """Return a note on the pins where the function faulted, anywhere in the collection."""
        faults = find_faults(self.store, self.signal, [self.function], self.collection, 1.0)
        return [
            f"It faulted on {fault.count:,} pins ({fault.share:.1%}), e.g. on {pin_id}: {message}."
            for fault in faults
            for pin_id, message in fault.examples[:1]
        ]
