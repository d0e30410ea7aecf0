"""Where one row of a dataset version comes from: the votes by the code that was, the resolver, the
answers of people, the recipe."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

import pyarrow.compute as pc

from labeling.collection import load_revision
from labeling.datasets import LEFT_OUT, Manifest, find_version
from labeling.errors import DatasetError
from labeling.last_run import ShardFindings, find_pin
from labeling.map_points import Sources
from labeling.report import plain
from labeling.shards import Store
from labeling.telling import StoryAnswer, StoryGold, people_on, votes_on
from labeling.workspace import Workspace


@dataclass(frozen=True, kw_only=True)
class LineageVote:
    """What one function, as its code was for the version, made of the pin."""

    function: str
    kind: str
    fingerprint: str
    """Of its code and settings."""
    vote: str | None
    """The class; None where it abstained."""
    fault: str | None


@dataclass(frozen=True, kw_only=True)
class RowLineage:
    """All that made a pin's row, or kept it out."""

    version: str
    pin_id: str
    title: str
    signal: str
    collection: str
    revision: int
    left_out: str | None
    """Why the version lacks the pin; None where it has it, and all below stands for it."""
    split: str | None
    label: str | None
    confidence: float | None
    label_source: str | None
    weight: float | None
    inclusion: float | None
    resolver: str
    resolution: str
    """Fingerprint of the resolved labels."""
    resolved: str
    """What the votes came to, or `no label`."""
    resolved_confidence: float
    probe: dict[str, float]
    doubts: tuple[str, ...]
    votes: tuple[LineageVote, ...]
    recipe: dict[str, Any]
    gold: StoryGold | None
    """What people agree on now."""
    answers: tuple[StoryAnswer, ...]
    """All that people did with the pin until now, with annotator and time."""

    def to_json(self) -> dict[str, Any]:
        """Return the lineage as JSON values."""
        return plain(asdict(self))


def row_lineage(workspace: Workspace, reference: str, pin_id: str) -> RowLineage:
    """Return where a pin's row of a version comes from, read from what the version was made of.

    Raises DatasetError for a version that is not there, CollectionError for a pin that its collection
    did not have, and StoreError where what it was made of was deleted since.
    """
    store = workspace.store
    key, manifest = find_version(store, reference)
    collection = load_revision(store, manifest.collection, manifest.revision)
    shard, row = find_pin(store, collection, pin_id)
    found = ShardFindings(store=store, shard=shard, sources=_sources(manifest))
    made = {f["name"]: f for f in manifest.lineage["functions"]}
    people = people_on(workspace.database, manifest.signal, manifest.collection, pin_id)
    (pin,) = store.read_rows(shard.key, [row]).select(["title"]).to_pylist()
    return RowLineage(
        version=manifest.reference,
        pin_id=pin_id,
        title=pin["title"] or "",
        signal=manifest.signal,
        collection=manifest.collection,
        revision=manifest.revision,
        **_row(store, key, manifest, pin_id),
        resolver=manifest.lineage["resolver"],
        resolution=manifest.lineage["resolution"],
        resolved=found.name(int(found.labels[row])),
        resolved_confidence=float(found.confidence[row]),
        probe=dict(zip(manifest.classes, found.probe[row].tolist(), strict=True)),
        doubts=found.doubts_of([row])[0],
        votes=tuple(
            LineageVote(
                function=vote.function,
                kind=made[vote.function]["kind"],
                fingerprint=made[vote.function]["fingerprint"],
                vote=vote.vote,
                fault=vote.fault,
            )
            for vote in votes_on(found, row)
        ),
        recipe=manifest.lineage["recipe"],
        gold=people["gold"],
        answers=people["answers"],
    )


def _sources(manifest: Manifest) -> Sources:
    """Return where lies what a version was made of."""
    of = f"{manifest.signal}/{manifest.collection}"
    votes = f"votes/{manifest.signal}-{len(manifest.classes)}"
    return Sources(
        signal=manifest.signal,
        classes=manifest.classes,
        revision=manifest.revision,
        soft=f"soft/{of}/{manifest.lineage['resolution']}",
        doubts=f"doubts/{of}/{manifest.lineage['doubts']}",
        votes={
            f["name"]: f"{votes}/{f['name']}-{f['fingerprint']}/{manifest.collection}"
            for f in manifest.lineage["functions"]
        },
    )


def _row(store: Store, key: str, manifest: Manifest, pin_id: str) -> dict[str, Any]:
    """Return what the version has of the pin, by the names of RowLineage."""
    names = ("label", "confidence", "label_source", "weight", "inclusion")
    for file in manifest.data_files():
        where = f"{key}/{file.path}"
        place = pc.index(store.read_table(where, ["pin_id"]).column("pin_id"), pin_id).as_py()
        if place >= 0:
            (values,) = store.read_rows(where, [place]).to_pylist()
            of_row = {name: values[name] for name in names}
            of_row["label"] = manifest.classes[values["label"]]
            return {**of_row, "split": file.split, "left_out": None}
    table = store.read_table(f"{key}/{LEFT_OUT}")
    place = pc.index(table.column("pin_id"), pin_id).as_py()
    if place < 0:
        raise DatasetError(
            f"{manifest.reference} says nothing of the pin {pin_id!r}, which its "
            "collection has; verify the version."
        )
    reason = table.column("reason")[place].as_py()
    return {**dict.fromkeys((*names, "split")), "left_out": reason}
