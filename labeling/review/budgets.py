"""Who may answer, and how many more pins today."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from labeling.errors import ReviewError
from labeling.review.people import Person
from labeling.review.slots import answered_since
from labeling.tables import AnnotatorRow


def midnight(now: datetime) -> datetime:
    """Return when the day began where this runs."""
    # without its zone, as the clock's offset may have changed since midnight
    local = now.astimezone().replace(tzinfo=None)
    return local.replace(hour=0, minute=0, second=0, microsecond=0).astimezone(UTC)


def room_today(session: Session, people: Iterable[Person], now: datetime) -> int | None:
    """Return how many more answers people may give today, all of them together; None where one of
    them has no budget, or there is nobody."""
    since, room = midnight(now), None
    for person in people:
        if person.daily_budget is None:
            return None
        left = person.daily_budget - answered_since(session, person.name, since)
        room = (room or 0) + max(left, 0)
    return room


def check_person(session: Session, annotator: str, signal: str) -> int | None:
    """Return the annotator's daily budget; raise ReviewError where they may not answer this signal."""
    row = session.scalar(select(AnnotatorRow).where(AnnotatorRow.name == annotator))
    if row is None:
        return None
    if not row.is_active:
        raise ReviewError(f"{annotator} is not active any more; an admin can change that.")
    if row.signals is not None and signal not in row.signals:
        raise ReviewError(
            f"{annotator} answers {', '.join(row.signals) or 'no signal'}, and this is "
            f"{signal}; an admin can change that."
        )
    return row.daily_budget


def room_of(session: Session, annotator: str, signal: str, now: datetime) -> int:
    """Return how many more pins the annotator may answer today; raise ReviewError for none."""
    budget = check_person(session, annotator, signal)
    if budget is None:
        return 10**9
    today = answered_since(session, annotator, midnight(now))
    if today >= budget:
        raise ReviewError(
            f"{annotator} has answered {today} pins today, which is the day's budget; "
            "go on tomorrow, or let an admin raise it."
        )
    return budget - today
