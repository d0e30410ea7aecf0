"""Open tasks of a queue go to a project of Label Studio, and come back from there."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import select

from labeling import pipeline
from labeling.database import in_chunks
from labeling.errors import LabelStudioError
from labeling.label_studio.asking import instruction, label_config
from labeling.label_studio.handing import Wanted, hand_over, overlap, wanted_there
from labeling.label_studio.projects import (
    Project,
    add_project,
    close_project,
    note_tasks,
    open_project,
    project_at,
    shown_tasks,
)
from labeling.label_studio.pulling import PullReport, pull_project
from labeling.label_studio.reconciling import Plan, reconcile
from labeling.label_studio.sending import Sending, model_version, sendings
from labeling.label_studio.server import HEAVY_PAGE, ProjectGone, Server
from labeling.review.budgets import room_today
from labeling.review.people import Person, list_people
from labeling.review.tasks import Task
from labeling.workspace import Workspace


@dataclass(frozen=True, kw_only=True)
class PushReport:
    """What a push changed."""

    signal: str
    collection: str
    page: str
    is_new: bool
    """Whether the project was made now."""
    handed_over: int
    """Slots that the app does not hand out any more."""
    tasks: int
    """That people should answer there now."""
    sent: int
    withdrawn: int
    duplicates: int
    predictions: int
    """Renewed on tasks that were there."""
    gone: int
    """Pins that the collection does not have any more; they were not sent."""
    foreign: int
    """Tasks in the project that do not come from here; they are left alone."""


@dataclass(frozen=True, kw_only=True)
class BackReport:
    """What came back from a project."""

    signal: str
    collection: str
    page: str
    slots: int
    """That the app hands out again."""
    pulled: PullReport | None
    """None where the project could not be asked any more."""


def push(workspace: Workspace, server: Server, signal: str, collection: str) -> PushReport:
    """Bring a queue's project to what should be answered there: its open tasks, each once, and no more
    than the daily budgets of those who may answer there leave for today.

    Repeating it changes nothing; a push that was killed goes on. Where the project was deleted its
    slots go back first, and a new one is made. Raises LabelStudioError.
    """
    server.check()
    workspace = workspace.holding(collection)
    database = workspace.database
    resolution = pipeline.resolve(workspace, signal, collection)
    version, images = model_version(resolution), resolution.collection.images > 0
    asked = {
        "label_config": label_config(resolution.signal, images=images),
        "expert_instruction": instruction(resolution.signal),
        "show_instruction": bool(resolution.signal.guideline),
    }
    project = project_at(database, server, signal, collection)
    if project is not None:
        try:
            server.update_project(project.outside_id, **asked)
        except ProjectGone:
            close_project(database, project)
            project = None
    is_new = project is None
    if project is None:
        outside_id = server.create_project(title=_title(signal, collection), **asked, **SERVING)
        project = add_project(database, server, signal, collection, outside_id)
    members = members_of(list_people(database, active_only=True), signal, server.users().values())
    with database.writing() as session:
        room = room_today(session, members, datetime.now(UTC))
        handed_over = hand_over(session, signal, collection, room)
    wanted = wanted_there(database, signal, collection)
    shown = shown_tasks(database, project)
    there = server.tasks(project.outside_id)
    plan = reconcile(there, shown, wanted, _pins(workspace, signal, collection), version)
    pins = [one.pin_id for one in plan.missing] + list(plan.stale.values())
    found = sendings(workspace.store, resolution, pins, images=images)
    server.update_project(
        project.outside_id, maximum_annotations=overlap(database, signal, collection)
    )
    _tidy(workspace, server, project, plan, shown)
    sent = _send(workspace, server, project, plan.missing, found)
    stale = {task: found[pin].prediction for task, pin in plan.stale.items() if pin in found}
    server.replace_predictions(project.outside_id, stale)
    server.update_project(project.outside_id, model_version=version)
    return PushReport(
        signal=signal,
        collection=collection,
        page=project.page,
        is_new=is_new,
        handed_over=handed_over,
        tasks=len(wanted),
        sent=sent,
        withdrawn=len(plan.withdrawn),
        duplicates=len(plan.duplicates),
        predictions=len(stale),
        gone=len(plan.missing) - sent,
        foreign=plan.foreign,
    )


def members_of(people: Iterable[Person], signal: str, emails: Iterable[str]) -> list[Person]:
    """Return the people who may answer a signal and have an account of their name at the server."""
    known = {email.lower() for email in emails}
    return [one for one in people if one.may_answer(signal) and one.name.lower() in known]


SERVING: dict[str, Any] = {
    "sampling": "Uncertainty sampling",
    "skip_queue": "REQUEUE_FOR_OTHERS",
    "show_collab_predictions": True,
}
"""How a project hands its tasks out: the lowest score first, what one skips to the others."""


def take_back(
    workspace: Workspace, server: Server | None, signal: str, collection: str
) -> BackReport:
    """Take a queue back from its project: untouched tasks are deleted there, answers are pulled, and
    the app hands out the rest. Without a server the project is given up unasked.

    Raises LabelStudioError where nothing is there.
    """
    database = workspace.database
    project = open_project(database, signal, collection)
    if project is None:
        raise LabelStudioError(f"Nothing of {signal} on {collection} is at Label Studio.")
    pulled = None
    if server is not None:
        project_at(database, server, signal, collection)
        try:
            tasks = server.tasks(project.outside_id)
            shown = shown_tasks(database, project)
            untouched = [t.id for t in tasks if t.id in shown and not t.is_touched]
            server.delete_tasks(project.outside_id, untouched)
            pulled = pull_project(workspace, server, project)
        except ProjectGone:
            pulled = None
    slots = close_project(database, project)
    return BackReport(
        signal=signal, collection=collection, page=project.page, slots=slots, pulled=pulled
    )


def _title(signal: str, collection: str) -> str:
    return f"{signal} on {collection}"[:50]  # the server takes no longer one


def _pins(workspace: Workspace, signal: str, collection: str) -> dict[str, int]:
    """Return pin id -> review task, of all there ever were."""
    with workspace.database.reading() as session:
        rows = session.execute(
            select(Task.pin_id, Task.id).where(Task.signal == signal, Task.collection == collection)
        )
        return {pin_id: id for pin_id, id in rows}


def _tidy(
    workspace: Workspace, server: Server, project: Project, plan: Plan, shown: dict[int, int]
) -> None:
    deleted = [*plan.withdrawn, *plan.duplicates]
    server.delete_tasks(project.outside_id, deleted)
    gone = {*deleted, *plan.vanished} & shown.keys()
    note_tasks(workspace.database, project, added=plan.adopted, gone=gone)


def _send(
    workspace: Workspace,
    server: Server,
    project: Project,
    missing: Sequence[Wanted],
    found: dict[str, Sending],
) -> int:
    """Send tasks in parts, each noted before the next; return how many."""
    there = [one for one in missing if one.pin_id in found]
    with workspace.progress.bar("push: tasks", len(there)) as advance:
        for some in in_chunks(there, HEAVY_PAGE):
            ids = server.import_tasks(project.outside_id, [found[one.pin_id].task for one in some])
            added = {id: one.task_id for id, one in zip(ids, some, strict=True)}
            note_tasks(workspace.database, project, added=added, gone=())
            advance(len(some))
    return len(there)
