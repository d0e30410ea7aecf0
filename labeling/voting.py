"""Bringing the votes of functions on a collection up to date, on the engine of the workspace."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

from labeling.collection import Collection, unfinished
from labeling.errors import FunctionError
from labeling.functions import LabelingFunction
from labeling.shards import Store
from labeling.signals import Signal
from labeling.votes import VoteShard, votes_key
from labeling.workspace import Workspace


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
