"""Pins and functions -> votes: one int8 column per function and shard, with faults beside them."""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Mapping, Sequence
from contextlib import redirect_stdout
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

import numpy as np
import pyarrow as pa

from labeling.collection import Collection, Shard, read_pins, unfinished
from labeling.discovery import load_signal
from labeling.encoders import Encoder, ShardViews
from labeling.errors import FunctionError
from labeling.functions import BatchVotes, LabelingFunction, ScoringRule, vote_all
from labeling.pins import FIELDS, SEEN, PinBatch
from labeling.references import read_references
from labeling.shards import Store
from labeling.signals import Signal

KEPT_FAULTS = 5


def votes_key(
    signal: Signal, function: LabelingFunction, collection: Collection, shard: Shard
) -> str:
    """Return where a function's votes on a shard lie; the path names code and pins."""
    folder = f"votes/{signal.name}-{len(signal.classes)}/{function.name}-{function.fingerprint}"
    return f"{folder}/{collection.name}/{shard.id}.parquet"


def faults_key(
    signal: Signal, function: LabelingFunction, collection: Collection, shard: Shard
) -> str:
    """Return where a function's faults on a shard lie: nothing, where there are none."""
    return f"faults/{votes_key(signal, function, collection, shard).removeprefix('votes/')}"


def scores_key(
    signal: Signal, function: LabelingFunction, collection: Collection, shard: Shard
) -> str:
    """Return where the scores lie from which a scoring function voted on a shard."""
    return f"scores/{votes_key(signal, function, collection, shard).removeprefix('votes/')}"


@dataclass(frozen=True, kw_only=True)
class VoteShard:
    """The step: vote on one shard with those of some functions whose column is not there yet.

    Functions do not travel between processes: a worker loads the signal by name.
    """

    store: Store
    functions_folder: Path
    signal: str
    functions: tuple[str, ...]
    collection: Collection
    references: Mapping[str, str] = field(default_factory=dict)
    """Function -> the key of what it compares pins with, for those that do."""
    encoders: tuple[Encoder, ...] = ()

    def __call__(self, shard: Shard) -> None:
        """Finish the missing columns."""
        signal = load_signal(self.signal, self.functions_folder, self.store)
        functions = [self._ready(signal[name]) for name in self.functions]
        keys = {f.name: votes_key(signal, f, self.collection, shard) for f in functions}
        absent = set(self.store.absent(keys.values()))
        missing = [f for f in functions if keys[f.name] in absent]
        if not missing:
            return
        batch = PinBatch(
            read_pins(self.store, shard, columns_read(missing)),
            views=ShardViews(self.store, self.encoders, self.collection, shard),
        )
        with redirect_stdout(sys.stderr):  # what an author prints is not the command's answer
            results = vote_all(missing, batch, len(signal.classes))
        votes, faults, scores = {}, {}, {}
        for function, result in zip(missing, results, strict=True):
            votes[keys[function.name]] = pa.table({"vote": pa.array(result.votes, pa.int8())})
            if result.faults:
                key = faults_key(signal, function, self.collection, shard)
                faults[key] = _as_table(result)
            if result.scores is not None:
                scores[scores_key(signal, function, self.collection, shard)] = pa.table(
                    {
                        "candidate": pa.array(result.scores.candidates, pa.int8()),
                        "score": pa.array(result.scores.scores, pa.float32()),
                    }
                )
        self.store.write_tables(faults | scores)  # first: whoever sees votes must see these
        self.store.write_tables(votes)

    def _ready(self, function: LabelingFunction) -> LabelingFunction:
        function = function.seeing(self.collection.retries)
        key = self.references.get(function.name)
        return function.prepared(key, read_references(self.store, key)) if key else function


def columns_read(functions: Sequence[LabelingFunction]) -> list[str]:
    """Return the columns of pins that functions can look at; what is coded may look at any."""
    columns: set[str] = set()
    for function in functions:
        if function.kind == "given":
            columns.add("given_votes")
        elif function.kind == "link_domain" or function.field == "domain":
            columns.add("link")
        elif function.field == "text":
            columns |= {"title", "description"}
        elif isinstance(function.rule, ScoringRule) or function.kind == "image_measure":
            columns |= {"pin_id"} | ({"title", "description"} if not function.sees else set())
        elif function.field:
            columns.add(function.field if function.field in FIELDS else "extra")
        else:
            columns |= {*SEEN, "extra"}
    return sorted(columns)


def _as_table(result: BatchVotes) -> pa.Table:
    rows = sorted(result.faults)
    messages = [result.faults[row] for row in rows]
    return pa.table({"row": pa.array(rows, pa.int32()), "fault": pa.array(messages, pa.string())})


def read_votes(
    store: Store,
    signal: Signal,
    functions: tuple[LabelingFunction, ...],
    collection: Collection,
    shard: Shard,
) -> np.ndarray:
    """Return a shard's votes, int8 [n, m], in the order of its pins and of the functions."""
    keys = [votes_key(signal, function, collection, shard) for function in functions]
    votes = np.empty((shard.rows, len(functions)), dtype=np.int8)
    for number, table in enumerate(store.read_tables(keys, ["vote"])):
        votes[:, number] = table.column("vote").to_numpy()
    return votes


def conflicting(votes: np.ndarray) -> np.ndarray:
    """Return which pins have votes for different classes, bool [n]."""
    return votes.max(axis=1) > np.where(votes >= 0, votes, 127).min(axis=1)


@dataclass(frozen=True, kw_only=True)
class FunctionFaults:
    """What went wrong with one function on a collection."""

    function: str
    count: int
    share: float
    """Of all pins."""
    examples: list[tuple[str, str]] = field(default_factory=list)
    """The first few (pin id, message)."""
    messages: dict[str, int] = field(default_factory=dict)
    set_aside: bool = False
    """Whether its share is over the limit, so that its votes are not used."""


def find_faults(
    store: Store,
    signal: Signal,
    functions: Sequence[LabelingFunction],
    collection: Collection,
    max_share: float,
) -> list[FunctionFaults]:
    """Return those of the functions that faulted on any pin, worst first."""
    found = []
    for function in functions:
        messages: Counter[str] = Counter()
        examples: list[tuple[str, str]] = []
        key = partial(faults_key, signal, function, collection)
        none = set(unfinished(store, collection.shards, key))
        for shard in collection.shards:
            if shard in none:
                continue
            table = store.read_table(key(shard))
            messages.update(table.column("fault").to_pylist())
            if len(examples) < KEPT_FAULTS:
                ids = read_pins(store, shard, ["pin_id"]).column("pin_id")
                first = table.slice(0, KEPT_FAULTS - len(examples)).to_pylist()
                examples += [(ids[fault["row"]].as_py(), fault["fault"]) for fault in first]
        if count := messages.total():
            share = count / collection.pins
            found.append(
                FunctionFaults(
                    function=function.name,
                    count=count,
                    share=share,
                    examples=examples,
                    messages=dict(messages.most_common(KEPT_FAULTS)),
                    set_aside=share > max_share,
                )
            )
    return sorted(found, key=lambda fault: -fault.count)


def usable_functions(signal: Signal, faults: list[FunctionFaults]) -> tuple[LabelingFunction, ...]:
    """Return the functions that are not set aside.

    Raises FunctionError where none is left.
    """
    aside = {fault.function for fault in faults if fault.set_aside}
    left = tuple(function for function in signal if function.name not in aside)
    if not left:
        worst = faults[0]
        raise FunctionError(
            f"All {len(signal)} functions of {signal.name} are set aside for their faults; "
            f"the first, {worst.function!r}, says of {worst.examples[0][0]}: {worst.examples[0][1]}."
        )
    return left
