"""What new pins are held against: the pins of an earlier run, or another collection.

A collection grows by imports, and each run is on record with the revision it saw. New are the pins that
a revision did not hold as they are now: those in later shards, and in a shard that was written anew
those whose content changed. So what is old and new is read from the store, whenever it is asked.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Literal

import numpy as np
import pyarrow.compute as pc
from sqlalchemy import select

from labeling.collection import Collection, Shard, collection_names, load_revision, read_pins
from labeling.errors import WatchError, WorkspaceError
from labeling.shards import Store
from labeling.tables import RunRow
from labeling.watching.recording import watched_revisions
from labeling.workspace import Workspace

Part = Literal["old", "new", "mixed"]


@dataclass(frozen=True, kw_only=True)
class Baseline:
    """What new pins are held against."""

    against: str
    """`run` or `collection`."""
    collection: str
    revision: int
    run: int | None = None
    since: datetime | None = None
    """When that run ended; None for a collection."""

    @property
    def title(self) -> str:
        """Names it."""
        if self.run is None:
            return f"the collection {self.collection}"
        return f"run {self.run} on revision {self.revision}"


@dataclass(frozen=True, kw_only=True)
class Portion:
    """A shard, and which of its pins are new."""

    collection: Collection
    """Without its shards: a portion travels to other processes."""
    shard: Shard
    part: Part
    earlier: Shard | None = None
    """Of a mixed one: as it was in the baseline."""

    def is_new(self, store: Store) -> np.ndarray:
        """Return which pins are new, bool [n]."""
        if self.earlier is None:
            return np.full(self.shard.rows, self.part == "new")
        # an import leaves every pin of a shard in its row
        was, now = (
            read_pins(store, one, ["digest"]).column("digest") for one in (self.earlier, self.shard)
        )
        return np.asarray(pc.not_equal(was, now).to_numpy(zero_copy_only=False))


def find_baseline(
    workspace: Workspace, signal: str, collection: Collection, against: str | int | None
) -> Baseline:
    """Return the baseline that is named by a collection or a run's number; unnamed, the last finished
    run that did not see all pins there are now, of those whose pins a watch looked at where any did:
    what came since was never looked at. Else the last run.

    Raises WatchError where what is named is none, and WorkspaceError where nothing was run yet.
    """
    against = None if against is None else str(against)
    if against is not None and not (against.isdecimal() and _is_no_collection(workspace, against)):
        return _other_collection(workspace, collection, against)
    done = (
        select(RunRow.id, RunRow.revision, RunRow.ended_at)
        .where(RunRow.signal == signal, RunRow.collection == collection.name)
        .where(RunRow.status == "done")
        .order_by(RunRow.id.desc())
    )
    with workspace.database.reading() as session:
        runs = session.execute(done).all()
    if not runs:
        raise WorkspaceError(
            f"{signal} was not yet run on {collection.name}, so there is nothing to hold its pins "
            f"against; do it with `labeling run {signal} {collection.name}`."
        )
    if against is not None:
        chosen = next((run for run in runs if run.id == int(against)), None)
        if chosen is None:
            some = ", ".join(str(run.id) for run in runs[:5])
            raise WatchError(
                f"There is no finished run {against} of {signal} on {collection.name}; the last ones "
                f"are {some}."
            )
    else:
        seen = watched_revisions(workspace.database, signal, collection.name)
        looked_at = [run for run in runs if run.revision in seen]
        unlike = (
            run
            for run in (*looked_at, *runs)
            if not _saw_all(workspace.store, collection, run.revision)
        )
        chosen = next(unlike, runs[0])
    return Baseline(
        against="run",
        collection=collection.name,
        revision=chosen.revision,
        run=chosen.id,
        since=chosen.ended_at,
    )


def _saw_all(store: Store, collection: Collection, revision: int) -> bool:
    """Whether a revision held all pins there are now, as they are."""
    if revision == collection.revision:
        return True
    shards = load_revision(store, collection.name, revision).shards
    return [shard.key for shard in shards] == [shard.key for shard in collection.shards]


def _is_no_collection(workspace: Workspace, name: str) -> bool:
    return name not in collection_names(workspace.store)


def _other_collection(workspace: Workspace, collection: Collection, name: str) -> Baseline:
    if name == collection.name:
        raise WatchError(
            f"{name} cannot be held against itself; name another collection, or a run's number."
        )
    if _is_no_collection(workspace, name):
        raise WatchError(
            f"--against is {name!r}, which is neither a run's number nor a collection (there are: "
            f"{', '.join(collection_names(workspace.store))})."
        )
    other = workspace.collection(name)
    return Baseline(against="collection", collection=name, revision=other.revision)


def split_pins(
    store: Store, collection: Collection, baseline: Baseline, other: Collection | None
) -> list[Portion]:
    """Return all shards to look at; `other` is the collection that is the baseline, if one is."""
    bare = replace(collection, shards=())
    if other is not None:
        bare_other = replace(other, shards=())
        old = [Portion(collection=bare_other, shard=shard, part="old") for shard in other.shards]
        new = [Portion(collection=bare, shard=shard, part="new") for shard in collection.shards]
        return old + new
    earlier = load_revision(store, collection.name, baseline.revision).shards
    portions = []
    for number, shard in enumerate(collection.shards):
        was = earlier[number] if number < len(earlier) else None
        part: Part = "new" if was is None else "old" if was.key == shard.key else "mixed"
        portions.append(
            Portion(
                collection=bare,
                shard=shard,
                part=part,
                earlier=was if part == "mixed" else None,
            )
        )
    return portions
