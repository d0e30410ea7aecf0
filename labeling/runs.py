"""Runs on record: started, ended, and the report of the last one."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from sqlalchemy import select, update

from labeling.collection import Collection
from labeling.errors import WorkspaceError
from labeling.report import RunReport
from labeling.tables import RunRow
from labeling.workspace import Workspace


def start_run(workspace: Workspace, signal: str, pins: Collection) -> int:
    """Put a run on record and return its id; one that never ended is marked as failed."""
    with workspace.database.writing() as session:
        session.execute(
            update(RunRow)
            .where(RunRow.signal == signal, RunRow.collection == pins.name)
            .where(RunRow.status == "running")
            .values(status="failed", error="it did not finish: killed, or overtaken by a later run")
        )
        row = RunRow(
            signal=signal,
            collection=pins.name,
            revision=pins.revision,
            status="running",
            started_at=datetime.now(UTC),
        )
        session.add(row)
        session.flush()
        return row.id


def end_run(
    workspace: Workspace,
    run_id: int,
    status: str,
    *,
    report: dict[str, Any] | None = None,
    error: str | None = None,
) -> None:
    """Put on record how a run ended."""
    with workspace.database.writing() as session:
        row = session.get_one(RunRow, run_id)
        row.status, row.report, row.error = status, report, error
        row.ended_at = datetime.now(UTC)


def last_report(workspace: Workspace, signal: str, collection: str) -> RunReport:
    """Return the report of the last finished run. Raises WorkspaceError where there is none."""
    with workspace.database.reading() as session:
        value = session.scalar(
            select(RunRow.report)
            .where(RunRow.signal == signal, RunRow.collection == collection)
            .where(RunRow.status == "done")
            .order_by(RunRow.id.desc())
            .limit(1)
        )
    if value is None:
        raise WorkspaceError(
            f"{signal} was not yet run on {collection}; do it with "
            f"`labeling run {signal} {collection}`."
        )
    return RunReport.from_json(value)
