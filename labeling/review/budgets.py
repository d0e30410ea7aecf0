"""Daily budgets: how many more pins people may answer today."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime

from sqlalchemy.orm import Session

from labeling.review.people import Person
from labeling.review.slots import answered_since


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
