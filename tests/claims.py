"""A queue of four pins for tests: filled, claimed, with a clock that a test moves."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from sqlalchemy import insert, select

from labeling import Signal
from labeling.database import Database
from labeling.review.claiming import Claimed, ReviewQueue
from labeling.review.tasks import Candidate, enqueue
from labeling.tables import AnnotatorRow, ReviewTaskRow

SPAM = Signal("spam", classes=["ok", "spam"])
NOON = datetime(2026, 6, 1, 12, tzinfo=UTC)


class Clock:
    """A clock that a test moves."""

    def __init__(self) -> None:
        self.now = NOON

    def __call__(self) -> datetime:
        return self.now

    def pass_by(self, **time: float) -> None:
        self.now += timedelta(**time)


def fill(database: Database, pins: dict[str, float], **fields: object) -> None:
    chosen = [
        Candidate(priority=priority, pin_id=pin, reason="uncertain", group=pin, **fields)
        for pin, priority in pins.items()
    ]
    enqueue(database, "spam", "pins", chosen, now=NOON)


def queue_of(database: Database, clock: Clock, **options: object) -> ReviewQueue:
    return ReviewQueue(database, SPAM, "pins", clock=clock, **options)


def pins_of(claims: list[Claimed]) -> list[str]:
    return [claimed.pin_id for claimed in claims]


def add_annotator(database: Database, name: str, **fields: object) -> None:
    row = {"name": name, "role": "annotator", "created_at": NOON}
    with database.engine.begin() as connection:
        connection.execute(insert(AnnotatorRow).values(row | fields))


def status(database: Database, pin_id: str) -> tuple[str, int]:
    columns = (ReviewTaskRow.status, ReviewTaskRow.answered)
    with database.reading() as session:
        found = session.execute(select(*columns).where(ReviewTaskRow.pin_id == pin_id)).one()
        return found.status, found.answered
