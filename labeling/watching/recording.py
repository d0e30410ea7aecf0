"""Watches on record: what each found, for the trend."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select

from labeling.database import Database, as_record
from labeling.tables import WatchRow
from labeling.watching.report import WatchReport

WATCHES = 100
"""That are listed."""


@dataclass(frozen=True, kw_only=True)
class WatchRecord:
    """One watch as it is on record."""

    id: int
    created_at: datetime
    report: WatchReport


def record_watch(database: Database, report: WatchReport, now: datetime) -> None:
    """Put a watch on record."""
    with database.writing() as session:
        session.add(
            WatchRow(
                signal=report.signal,
                collection=report.collection,
                verdict=report.verdict,
                report=report.to_json(),
                created_at=now,
            )
        )


def watched_revisions(database: Database, signal: str, collection: str) -> set[int]:
    """Return the revisions of a collection whose pins some watch of a signal looked at."""
    revision = WatchRow.report["revision"].as_integer()
    wanted = (
        select(revision)
        .where(WatchRow.signal == signal, WatchRow.collection == collection)
        .distinct()
    )
    with database.reading() as session:
        return set(session.scalars(wanted))


def read_watches(database: Database, signal: str, collection: str) -> list[WatchRecord]:
    """Return the last watches of a signal on a collection, newest first."""
    wanted = (
        select(WatchRow)
        .where(WatchRow.signal == signal, WatchRow.collection == collection)
        .order_by(WatchRow.id.desc())
        .limit(WATCHES)
    )
    with database.reading() as session:
        return [
            as_record(WatchRecord, row, report=WatchReport.from_json(row.report))
            for row in session.scalars(wanted)
        ]
