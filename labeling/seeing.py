"""Pins become seen: the images of a collection are looked at, in parts, by the engine."""

from __future__ import annotations

from dataclasses import replace

from labeling.collection import Collection, Shard, save_revision, unfinished
from labeling.images.counting import CountLooks, FaultCount, ImagesReport, add_up
from labeling.images.limits import Limits
from labeling.images.looking import (
    LookAgain,
    LookPart,
    LookShard,
    looks_key,
    parts_folder,
    parts_of,
)
from labeling.progress import SILENT
from labeling.workspace import Workspace


def look_at_images(workspace: Workspace, collection: str, *, again: bool = False) -> ImagesReport:
    """Bring what is known of a collection's images up to date: each is fetched, checked, measured
    and kept as a thumbnail once. With `again`, those that had a fault are tried anew."""
    found = workspace.collection(collection)
    todo = look_at_new(workspace, found)
    gained = 0
    if again:
        seen = set(found.shards).difference(todo)
        before = [shard for shard in found.shards if shard in seen]
        step = LookAgain(
            store=workspace.store, collection=_bare(found), limits=Limits.of(workspace.settings)
        )
        gained = sum(workspace.run_step(step, before, title="images: faults again"))
    if gained:
        made = replace(found, revision=found.revision + 1, retries=found.retries + 1)
        save_revision(workspace.store, made)
    return _report(workspace, found, len(todo), gained)


def look_at_new(workspace: Workspace, collection: Collection) -> list[Shard]:
    """Look at the images of the shards that nobody looked at yet, and return those shards."""
    store = workspace.store
    todo = unfinished(store, collection.shards, lambda shard: looks_key(collection, shard))
    _delete_joined(workspace, collection, todo)
    if not todo:
        return todo
    bare = _bare(collection)
    step = LookPart(store=store, collection=bare, limits=Limits.of(workspace.settings))
    parts = [part for shard in todo for part in parts_of(shard)]
    silent = replace(workspace, progress=SILENT)
    with workspace.progress.bar("images", sum(shard.images for shard in todo)) as advance:
        for images in silent.each(step, parts, title="images: parts"):
            advance(images)
    silent.run_step(LookShard(store=store, collection=bare), todo, title="images: shards")
    return todo


def _bare(collection: Collection) -> Collection:
    """Return a collection without its shards: steps travel with it, to each of thousands of parts."""
    return replace(collection, shards=())


def _delete_joined(workspace: Workspace, collection: Collection, todo: list[Shard]) -> None:
    """Delete parts that a killed run had joined and not deleted yet."""
    needed = {shard.id for shard in todo}
    for key in workspace.store.keys(parts_folder(collection)):
        if key.rpartition("/")[2].rpartition("-")[0] not in needed:
            workspace.store.delete(key)


def _report(workspace: Workspace, collection: Collection, looked: int, gained: int) -> ImagesReport:
    silent = replace(workspace, progress=SILENT)
    step = CountLooks(store=workspace.store, collection=_bare(collection))
    counts = add_up(silent.each(step, collection.shards, title="images: count"))
    return ImagesReport(
        collection=collection.name,
        pins=collection.pins,
        images=counts.seen + sum(counts.reasons.values()),
        seen=counts.seen,
        faults=tuple(
            FaultCount(reason=reason, count=count, examples=tuple(counts.examples[reason]))
            for reason, count in counts.reasons.most_common()
        ),
        issues=dict(counts.issues.most_common()),
        shards=len(collection.shards),
        shards_looked=looked,
        gained=gained,
    )
