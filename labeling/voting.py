"""Bringing the votes of functions on a collection up to date, on the engine of the workspace."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

from labeling.collection import Collection, unfinished
from labeling.embedding import embed_with
from labeling.errors import FunctionError
from labeling.functions import LabelingFunction, ModelVotes
from labeling.predicting import predict_with
from labeling.preparing import example_collections, prepare
from labeling.seeing import look_at_new
from labeling.shards import Store
from labeling.signals import Signal
from labeling.votes import VoteShard, votes_key
from labeling.workspace import Workspace


def ready_signal(
    workspace: Workspace, signal: str, collection: str, only: Sequence[str] | None = None
) -> Signal:
    """Return a signal that can vote on a collection: the vectors, looks and predictions that its
    functions (or `only` some of them) read are brought up to date, and so is what they compare pins
    with."""
    found, pins = workspace.signal(signal), workspace.collection(collection)
    asked = [function for function in found if only is None or function.name in only]
    sees = {part for function in asked for part in function.sees}
    others = {name for function in asked for name in example_collections(function)} - {collection}
    for name in (collection, *sorted(others)):
        there = workspace.collection(name)
        if "looks" in sees and there.images:
            look_at_new(workspace, there)
        for encoder in workspace.encoders(there):
            if encoder.reads in sees:
                embed_with(workspace, encoder, there)
    for function in asked:
        if isinstance(function.rule, ModelVotes):
            function.rule.check(function.name, found.classes)
            predict_with(workspace, function.rule.model, pins)
    return prepare(workspace, found, pins, only)


def vote_with(
    workspace: Workspace,
    signal: Signal,
    functions: Sequence[LabelingFunction],
    collection: Collection,
) -> dict[str, int]:
    """Bring the votes of some functions up to date; return function -> shards it voted on now, for
    those that lacked any.

    Raises FunctionError for a function whose code is another in each process.
    """
    lacking = {f.name: lacking_shards(workspace.store, signal, f, collection) for f in functions}
    todo = [s for s in collection.shards if any(s.id in shards for shards in lacking.values())]
    step = VoteShard(
        store=workspace.store,
        functions_folder=workspace.settings.functions_folder,
        signal=signal.name,
        functions=tuple(lacking),
        collection=collection,
        references={f.name: f.references_key for f in functions if f.references_key},
        encoders=workspace.encoders(collection),
    )
    workspace.run_step(step, todo, title="vote: shards")
    for function in functions:
        if lacking[function.name] and lacking_shards(workspace.store, signal, function, collection):
            raise FunctionError(
                f"{function.name} changed while it voted: its file was edited, or it refers to a "
                "value that is new in each process (a clock, a random number); run it again, or "
                "make that value inside the function."
            )
    return {name: len(shards) for name, shards in lacking.items() if shards}


def lacking_shards(
    store: Store, signal: Signal, function: LabelingFunction, collection: Collection
) -> set[str]:
    """Return the ids of the shards that lack a function's votes."""
    key = partial(votes_key, signal, function, collection)
    return {shard.id for shard in unfinished(store, collection.shards, key)}
