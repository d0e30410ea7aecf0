"""What the database has on record: runs with their reports, and published versions."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import pandas as pd
from sqlalchemy import select, update

from labeling.collection import Collection
from labeling.database import as_record
from labeling.datasets import latest_folder
from labeling.errors import WorkspaceError
from labeling.publishing import Publication
from labeling.report import RunReport
from labeling.tables import DatasetVersionRow, RunRow
from labeling.workspace import Workspace

RUNS = 200
"""Runs that are listed, unless told otherwise."""


@dataclass(frozen=True, kw_only=True)
class RunRecord:
    """One run as it is on record."""

    id: int
    signal: str
    collection: str
    revision: int
    status: str
    """running, done or failed."""
    started_at: datetime
    ended_at: datetime | None
    error: str | None
    report: RunReport | None
    """Of a run that is done."""

    @property
    def seconds(self) -> float | None:
        """How long it took; None while it runs."""
        return (self.ended_at - self.started_at).total_seconds() if self.ended_at else None

    def score(self, of: str, split: str, name: str = "macro_f1") -> float | None:
        """Return a score of `label_model`, `majority`, `probe` or `final` on a split; None where no
        reference labels exist."""
        scores = self.report.scores if self.report else {}
        return scores.get(of, {}).get(split, {}).get(name)


def read_runs(
    workspace: Workspace,
    *,
    signal: str | None = None,
    collection: str | None = None,
    limit: int = RUNS,
) -> list[RunRecord]:
    """Return the last runs, newest first: all, or those of a signal, of a collection."""
    wanted = select(RunRow).order_by(RunRow.id.desc()).limit(limit)
    if signal is not None:
        wanted = wanted.where(RunRow.signal == signal)
    if collection is not None:
        wanted = wanted.where(RunRow.collection == collection)
    with workspace.database.reading() as session:
        return [
            as_record(RunRecord, row, report=row.report and RunReport.from_json(row.report))
            for row in session.scalars(wanted)
        ]


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


def record_version(workspace: Workspace, publication: Publication, run_id: int | None) -> None:
    """Put a published version on record, once."""
    manifest = publication.manifest
    with workspace.database.writing() as session:
        known = session.scalar(
            select(DatasetVersionRow).where(
                DatasetVersionRow.name == manifest.name,
                DatasetVersionRow.version == manifest.version,
            )
        )
        if known is not None and known.folder != publication.key:  # the store was emptied since
            session.delete(known)
            session.flush()
            known = None
        if known is None:
            session.add(
                DatasetVersionRow(
                    name=manifest.name,
                    version=manifest.version,
                    digest=manifest.content,
                    signal=manifest.signal,
                    collection=manifest.collection,
                    rows=manifest.rows,
                    folder=publication.key,
                    run_id=run_id,
                    created_at=datetime.now(UTC),
                )
            )


def dataset_table(
    workspace: Workspace, signal: str | None = None, collection: str | None = None
) -> pd.DataFrame:
    """Return one row per published version, newest first: of all, or of a signal or a collection.
    `latest` says which is NAME@latest: not the newest where what an older one holds was found again."""
    columns = ("name", "version", "signal", "collection", "rows", "created_at", "folder")
    chosen = select(DatasetVersionRow).order_by(DatasetVersionRow.id.desc())
    if signal is not None:
        chosen = chosen.where(DatasetVersionRow.signal == signal)
    if collection is not None:
        chosen = chosen.where(DatasetVersionRow.collection == collection)
    with workspace.database.reading() as session:
        values = [[getattr(row, c) for c in columns] for row in session.scalars(chosen)]
    table = pd.DataFrame(values, columns=list(columns))
    names = set(table["name"])
    latest = [f"datasets/{name}/{latest_folder(workspace.store, name)}" for name in names]
    return table.assign(latest=table["folder"].isin(latest))
