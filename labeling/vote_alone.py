"""Voting with one function alone: what its author waits for."""

from __future__ import annotations

import sys
from contextlib import redirect_stdout
from dataclasses import dataclass
from pathlib import Path

from labeling.collection import Collection, Shard, read_pins
from labeling.discovery import load_signal
from labeling.engine import run_step
from labeling.errors import FunctionError
from labeling.functions import LabelingFunction
from labeling.pins import FIELDS, PinBatch
from labeling.progress import Progress
from labeling.shards import Store
from labeling.signals import Signal
from labeling.votes import _as_table, votes_key
from labeling.workspace import Workspace

MANY_PINS = 500_000
"""From here on starting more processes costs less than it saves."""
READ_BY = {"text": ["title", "description"], "domain": ["link"]}


@dataclass(frozen=True, kw_only=True)
class VoteAlone:
    """The step: vote on one shard with one function."""

    store: Store
    functions_folder: Path
    signal: str
    function: str
    collection: Collection

    def __call__(self, shard: Shard) -> None:
        """Finish the function's column."""
        signal = load_signal(self.signal, self.functions_folder, self.store)
        function = signal[self.function]
        batch = PinBatch(read_pins(self.store, shard, _columns(function)))
        with redirect_stdout(sys.stderr):  # what an author prints is not the command's answer
            result = function.vote(batch, len(signal.classes))
        key = votes_key(signal, function, self.collection, shard)
        self.store.write_table(key, _as_table(result))


def _columns(function: LabelingFunction) -> list[str]:
    """Return which columns of the pins a function needs to vote."""
    if function.kind == "given":
        return ["given_votes"]
    if function.field in READ_BY:
        return READ_BY[function.field]
    return [function.field] if function.field in FIELDS else [*FIELDS[:-2], "extra"]


def has_voted(store: Store, signal: Signal, function: LabelingFunction, pins: Collection) -> bool:
    """Return whether a function's columns are there for all shards of a collection."""
    return all(store.exists(votes_key(signal, function, pins, shard)) for shard in pins.shards)


def vote_alone(
    workspace: Workspace, signal: Signal, function: LabelingFunction, pins: Collection
) -> int:
    """Vote on the shards that lack the function's column; return on how many pins."""
    store = workspace.store
    todo = [s for s in pins.shards if not store.exists(votes_key(signal, function, pins, s))]
    rows = sum(shard.rows for shard in todo)
    step = VoteAlone(
        store=store,
        functions_folder=workspace.settings.functions_folder,
        signal=signal.name,
        function=function.name,
        collection=pins,
    )
    many = rows >= MANY_PINS
    run_step(
        step,
        todo,
        title="vote: shards",
        workers=workspace.settings.processes if many else 1,
        progress=workspace.progress if many else Progress(),
    )
    if not has_voted(store, signal, function, pins):
        raise FunctionError(
            f"{function.name} changed while it voted: its file was edited, or it refers to a value "
            "that is new at each import (a clock, a random number); try it again."
        )
    return rows
