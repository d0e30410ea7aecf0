"""Answers come back from Label Studio, each once however often this runs."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import NoReturn

from sqlalchemy import select

from labeling.database import Database, in_chunks
from labeling.errors import LabelStudioError
from labeling.label_studio.judging import Court, Verdict
from labeling.label_studio.projects import Project, close_project, project_at, shown_tasks
from labeling.label_studio.recording import Change, Recorder
from labeling.label_studio.server import Annotation, ProjectGone, Server
from labeling.review.people import people_by_name
from labeling.tables import LabelStudioTrailRow as TrailRow
from labeling.workspace import Workspace

TOGETHER = 200
"""Review tasks in one transaction, so that annotators in the app never wait long."""
EXAMPLES = 20


@dataclass(frozen=True, kw_only=True)
class PullReport:
    """What a pull found, and what of it is new."""

    signal: str
    collection: str
    page: str
    annotations: int
    """That there are on the project's tasks now."""
    new: dict[str, int]
    """What became of those that are new or changed (see `judging.Verdict`)."""
    undone: int
    """Answers taken back, because what they were made of was changed or deleted."""
    not_taken: tuple[str, ...]
    """The first sentences on those that were not taken, and why."""
    foreign: int
    """Annotations on tasks that were not sent from here."""


def pull(workspace: Workspace, server: Server, signal: str, collection: str) -> PullReport:
    """Bring the answers of a queue back from its project, and return what changed.

    Raises LabelStudioError where nothing is there; where the project was deleted, after its slots
    went back to the app.
    """
    project = need_project(workspace.database, server, signal, collection)
    try:
        return pull_project(workspace, server, project)
    except ProjectGone as error:
        _say_closed(workspace.database, project, error)


def need_project(database: Database, server: Server, signal: str, collection: str) -> Project:
    """Return the open project of a queue. Raises LabelStudioError where there is none."""
    project = project_at(database, server, signal, collection)
    if project is None:
        raise LabelStudioError(
            f"Nothing of {signal} on {collection} is at Label Studio; "
            f"`labeling label-studio push {signal} {collection}` sends its open tasks."
        )
    return project


def pull_project(workspace: Workspace, server: Server, project: Project) -> PullReport:
    """Bring the answers back from a project. Raises ProjectGone where it is not there any more."""
    database = workspace.database
    listed_at = datetime.now(UTC)
    shown = shown_tasks(database, project)
    tasks: dict[int, list[Annotation]] = {task: [] for task in _with_trail(database, project)}
    count = foreign = 0
    for annotation in server.annotations(project.outside_id):
        count += 1
        task = shown.get(annotation.task)
        if task is None:
            foreign += 1
        else:
            tasks.setdefault(task, []).append(annotation)
    court = Court(
        signal=workspace.signal(project.signal),
        users=server.users(),
        members={name.lower(): one for name, one in people_by_name(database).items()},
    )
    recorder = Recorder(project=project, court=court, listed_at=listed_at, now=datetime.now(UTC))
    changes: list[Change] = []
    ids = sorted(tasks)
    with workspace.progress.bar("pull: pins", len(ids)) as advance:
        for some in in_chunks(ids, TOGETHER):
            with database.writing() as session:
                changes += recorder.record(session, {id: tasks[id] for id in some})
            advance(len(some))
    said = [change.why for change in changes if change.why]
    return PullReport(
        signal=project.signal,
        collection=project.collection,
        page=project.page,
        annotations=count,
        new=dict(Counter(str(change.verdict) for change in changes).most_common()),
        undone=sum(change.undone for change in changes),
        not_taken=tuple(said[:EXAMPLES]),
        foreign=foreign,
    )


def _say_closed(database: Database, project: Project, error: ProjectGone) -> NoReturn:
    slots = close_project(database, project)
    raise LabelStudioError(
        f"{error} Its {slots} unanswered slots are the app's again, what was pulled stays; "
        "push makes a new project."
    ) from None


def _with_trail(database: Database, project: Project) -> set[int]:
    """Return the review tasks that ever had an annotation: it may have been deleted."""
    with database.reading() as session:
        rows = session.scalars(
            select(TrailRow.task_id).where(
                TrailRow.project_id == project.id, TrailRow.verdict != Verdict.DELETED
            )
        )
        return set(rows)
