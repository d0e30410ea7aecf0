"""What is at Label Studio: the open project of a queue, its tasks, the end of it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

from sqlalchemy import delete, insert, select, update

from labeling.database import Database, as_record, in_chunks
from labeling.errors import LabelStudioError
from labeling.label_studio.handing import hand_back
from labeling.label_studio.server import Server
from labeling.tables import LabelStudioProjectRow as ProjectRow
from labeling.tables import LabelStudioTaskRow as TaskRow
from labeling.tables import ReviewTaskRow


@dataclass(frozen=True, kw_only=True)
class Project:
    """The open project of a queue."""

    id: int
    signal: str
    collection: str
    url: str
    outside_id: int

    @property
    def page(self) -> str:
        """Where people work on it."""
        return f"{self.url}/projects/{self.outside_id}/data"


def which_collection(database: Database, signal: str, collection: str | None) -> str:
    """Return the collection that is meant: the one named, or the only one that has review tasks.

    Raises LabelStudioError where there is none, or several.
    """
    if collection is not None:
        return collection
    with database.reading() as session:
        found = session.scalars(
            select(ReviewTaskRow.collection)
            .where(ReviewTaskRow.signal == signal)
            .distinct()
            .order_by(ReviewTaskRow.collection)
        ).all()
    if not found:
        raise LabelStudioError(
            f"{signal} has no review tasks in any collection; `labeling enqueue {signal} COLLECTION` "
            "makes them."
        )
    if len(found) > 1:
        raise LabelStudioError(
            f"{signal} has review tasks in {', '.join(found)}; say which collection is meant."
        )
    return found[0]


def open_project(database: Database, signal: str, collection: str) -> Project | None:
    """Return the open project of a queue, or None."""
    with database.reading() as session:
        row = session.scalar(
            select(ProjectRow).where(
                ProjectRow.signal == signal,
                ProjectRow.collection == collection,
                ProjectRow.closed_at.is_(None),
            )
        )
        return None if row is None else as_record(Project, row)


def project_at(database: Database, server: Server, signal: str, collection: str) -> Project | None:
    """Return the open project of a queue, or None. Raises LabelStudioError where it is elsewhere."""
    project = open_project(database, signal, collection)
    if project is not None and project.url != server.url:
        raise LabelStudioError(
            f"The pins of {signal} on {collection} are at {project.url}, not at {server.url}; take "
            "them back from there first with `labeling label-studio push --back`."
        )
    return project


def add_project(
    database: Database, server: Server, signal: str, collection: str, outside_id: int
) -> Project:
    """Note a new project as the open one of a queue."""
    with database.writing() as session:
        id = session.scalar(
            insert(ProjectRow)
            .values(
                signal=signal,
                collection=collection,
                url=server.url,
                outside_id=outside_id,
                created_at=datetime.now(UTC),
            )
            .returning(ProjectRow.id)
        )
    assert id is not None
    return Project(
        id=id, signal=signal, collection=collection, url=server.url, outside_id=outside_id
    )


def close_project(database: Database, project: Project) -> int:
    """Let the app hand out a project's slots again; return how many. What was answered stays."""
    with database.writing() as session:
        session.execute(
            update(ProjectRow)
            .where(ProjectRow.id == project.id)
            .values(closed_at=datetime.now(UTC))
        )
        return hand_back(session, project.signal, project.collection)


def shown_tasks(database: Database, project: Project) -> dict[int, int]:
    """Return task of the project -> review task."""
    with database.reading() as session:
        rows = session.execute(
            select(TaskRow.outside_id, TaskRow.task_id).where(TaskRow.project_id == project.id)
        )
        return {outside: task for outside, task in rows}


def note_tasks(
    database: Database,
    project: Project,
    *,
    added: Mapping[int, int],
    gone: Iterable[int],
) -> None:
    """Note tasks of the project -> review tasks, and those that are not there any more."""
    rows = [
        {"project_id": project.id, "outside_id": outside, "task_id": task}
        for outside, task in added.items()
    ]
    left = sorted(gone)
    with database.writing() as session:
        if rows:
            session.execute(insert(TaskRow), rows)
        for ids in in_chunks(left):
            session.execute(
                delete(TaskRow).where(TaskRow.project_id == project.id, TaskRow.outside_id.in_(ids))
            )
