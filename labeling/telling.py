"""One pin's whole story: what it is, what functions and models say, what people said, where it went."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

import numpy as np
import pyarrow.compute as pc
from sqlalchemy import select

from labeling.analysis import KnownLabels
from labeling.collection import Shard
from labeling.database import Database, as_record
from labeling.datasets import find_version
from labeling.images.looking import looks_key
from labeling.images.reading import read_looks
from labeling.last_run import LastRun, ShardFindings
from labeling.pins import domain_of
from labeling.report import plain
from labeling.review.comments import FunctionComment, read_comments
from labeling.shards import Store
from labeling.soft_labels import best_class
from labeling.tables import AnswerRow, DatasetVersionRow, GoldRow, ReviewTaskRow
from labeling.workspace import Workspace

VERSIONS = 20
"""Dataset versions that are looked through, the newest first."""


@dataclass(frozen=True, kw_only=True)
class StoryVote:
    """What one function made of the pin."""

    function: str
    vote: str | None
    """The class; None where it abstained."""
    score: float | None
    """Of a function that scores: how near it came."""
    fault: str | None
    """What went wrong with it on this pin."""


@dataclass(frozen=True, kw_only=True)
class StoryTask:
    """What people were asked, and why."""

    reason: str
    priority: float
    status: str
    wanted: int
    answered: int
    round: int
    stratum: str | None
    created_at: datetime


@dataclass(frozen=True, kw_only=True)
class StoryAnswer:
    """One thing that a person did with the pin; nothing is left out."""

    annotator: str
    kind: str
    label: str | None
    comment: str | None
    is_check: bool
    source: str
    seconds: float | None
    created_at: datetime
    undone_at: datetime | None
    """When it was taken back."""


@dataclass(frozen=True, kw_only=True)
class StoryGold:
    """What people agreed on."""

    label: str
    source: str
    created_at: datetime


@dataclass(frozen=True, kw_only=True)
class StoryVersion:
    """A dataset version that holds the pin."""

    version: str
    split: str
    label: str
    confidence: float
    label_source: str


@dataclass(frozen=True, kw_only=True)
class PinStory:
    """All that is known of one pin for one signal, as of the last run."""

    signal: str
    collection: str
    revision: int
    """Of the collection, at the last run."""
    shard: str
    row: int
    pin_id: str
    title: str
    description: str
    link: str
    domain: str
    board: str
    split: str
    image: str
    image_fault: str | None
    image_size: str | None
    """In pixels, as 640 x 480; None where it was not seen."""
    final: str
    """The class that is published, or `no label`."""
    final_confidence: float
    final_source: str
    """gold (people's answers), model (probe and votes together) or weak (the resolved votes); "" where
    there is no label."""
    resolver: str
    label: str
    """The resolved class, or `no label`."""
    confidence: float
    soft_label: dict[str, float]
    probe: dict[str, float]
    probe_label: str
    quality: float | None
    """cleanlab's score of the label, 0 (doubtful) to 1; None where it was not judged."""
    doubts: tuple[str, ...]
    group: str
    """The first pin of its group of near-duplicates."""
    reference: str
    """The true label that came with the pin, or `no label`."""
    votes: tuple[StoryVote, ...]
    task: StoryTask | None
    answers: tuple[StoryAnswer, ...]
    gold: StoryGold | None
    comments: tuple[FunctionComment, ...]
    versions: tuple[StoryVersion, ...]

    def to_json(self) -> dict[str, Any]:
        """Return the story as JSON values."""
        return plain(asdict(self))


def pin_story(workspace: Workspace, signal: str, collection: str, pin_id: str) -> PinStory:
    """Return one pin's story.

    Raises WorkspaceError where the signal was not run on the collection, and CollectionError where
    there is no such pin.
    """
    run = LastRun.of(workspace, signal, collection)
    shard, row = run.place(pin_id)
    found = run.findings(shard)
    people = people_on(workspace.database, signal, collection, pin_id)
    quality = float(found.quality[row])
    known = KnownLabels(store=workspace.store, signal=run.signal)
    probe = found.probe[row]
    return PinStory(
        signal=signal,
        collection=collection,
        revision=run.collection.revision,
        shard=shard.id,
        row=row,
        **_pin(run, shard, row),
        final=found.name(int(found.final_labels[row])),
        final_confidence=float(found.final[row].max()),
        final_source=found.final_sources[row],
        resolver=run.report.resolver,
        label=found.name(int(found.labels[row])),
        confidence=float(found.confidence[row]),
        soft_label=_named(run, found.soft[row]),
        probe=_named(run, probe),
        probe_label=found.name(int(best_class(probe[None])[0])),
        quality=None if np.isnan(quality) else quality,
        doubts=found.doubts_of([row])[0],
        group=found.groups[row].as_py(),
        reference=found.name(int(known.of(shard)[row])),
        votes=votes_on(found, row),
        comments=tuple(read_comments(workspace.database, signal, collection, pin_id=pin_id)),
        versions=_versions(workspace, signal, collection, pin_id),
        **people,
    )


def _named(run: LastRun, probabilities: np.ndarray) -> dict[str, float]:
    return dict(zip(run.report.classes, probabilities.tolist(), strict=True))


def _pin(run: LastRun, shard: Shard, row: int) -> dict[str, Any]:
    names = ["pin_id", "title", "description", "link", "board", "split", "image"]
    (values,) = run.store.read_rows(shard.key, [row]).select(names).to_pylist()
    pin = {name: text or "" for name, text in values.items()}
    fault = size = None
    if pin["image"] and run.store.exists(looks_key(run.collection, shard)):
        looks = read_looks(run.store, run.collection, shard, ["fault", "width", "height"])
        look = looks.slice(row, 1).to_pylist()[0]
        fault = look["fault"] or None
        size = f"{look['width']} x {look['height']}" if look["width"] else None
    return {**pin, "domain": domain_of(pin["link"]), "image_fault": fault, "image_size": size}


def votes_on(found: ShardFindings, row: int) -> tuple[StoryVote, ...]:
    """Return what every function made of a pin, those that voted first."""
    votes = [
        StoryVote(
            function=name,
            vote=None if vote < 0 else found.name(vote),
            score=_beside(found, "scores", folder, row),
            fault=_beside(found, "faults", folder, row),
        )
        for (name, folder), vote in zip(
            found.sources.votes.items(), found.votes[row].tolist(), strict=True
        )
    ]
    return tuple(sorted(votes, key=lambda one: one.vote is None))


def _beside(found: ShardFindings, what: str, votes: str, row: int) -> Any:
    """Return the score or fault of a function on a row; None where there is none."""
    key = f"{what}/{votes.removeprefix('votes/')}/{found.shard.id}.parquet"
    if not found.store.exists(key):
        return None
    table = found.store.read_table(key)
    if what == "scores":
        score = table.column("score")[row].as_py()
        return None if score is None or np.isnan(score) else score
    place = pc.index(table.column("row"), row).as_py()
    return table.column("fault")[place].as_py() if place >= 0 else None


def people_on(database: Database, signal: str, collection: str, pin_id: str) -> dict[str, Any]:
    """Return what people were asked and said of a pin: `task`, `gold` and `answers` of a story."""

    def of(table: Any) -> Any:
        return select(table).where(
            table.signal == signal, table.collection == collection, table.pin_id == pin_id
        )

    with database.reading() as session:
        task = session.scalar(of(ReviewTaskRow))
        gold = session.scalar(of(GoldRow))
        rows = session.scalars(of(AnswerRow).order_by(AnswerRow.id)).all()
        undone = {row.undoes: row.created_at for row in rows if row.kind == "undo"}
        return {
            "task": None if task is None else as_record(StoryTask, task),
            "gold": None if gold is None else as_record(StoryGold, gold),
            "answers": tuple(
                as_record(StoryAnswer, row, undone_at=undone.get(row.id)) for row in rows
            ),
        }


def _versions(
    workspace: Workspace, signal: str, collection: str, pin_id: str
) -> tuple[StoryVersion, ...]:
    """Return the versions that hold a pin, newest first."""
    row = DatasetVersionRow
    with workspace.database.reading() as session:
        folders = session.scalars(
            select(row.folder)
            .where(row.signal == signal, row.collection == collection)
            .order_by(row.version.desc())
            .limit(VERSIONS)
        ).all()
    found = (_in_version(workspace.store, folder, pin_id) for folder in folders)
    return tuple(version for version in found if version is not None)


def _in_version(store: Store, folder: str, pin_id: str) -> StoryVersion | None:
    _, name, version = folder.split("/")
    if not store.exists(f"{folder}/manifest.json"):
        return None  # the store was emptied since
    _, manifest = find_version(store, f"{name}@{version}")
    for file in manifest.data_files():
        key = f"{folder}/{file.path}"
        row = pc.index(store.read_table(key, ["pin_id"]).column("pin_id"), pin_id).as_py()
        if row >= 0:
            (values,) = store.read_rows(key, [row]).to_pylist()
            return StoryVersion(
                version=f"{name}@{version.partition('-')[0]}",
                split=file.split,
                label=manifest.classes[values["label"]],
                confidence=values["confidence"],
                label_source=values["label_source"],
            )
    return None
