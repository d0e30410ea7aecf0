"""Pins that the queue does not ask about, claimed because they look like one that it does.

Their tasks are withdrawn from the start: what is given back is asked of nobody, and an answer counts, as
it does where a pin was withdrawn while someone had it.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from labeling.review.slots import NewLease, Queue, obtainable
from labeling.review.tasks import Candidate, Task, insert_tasks
from labeling.tables import GoldRow

ALIKE = "looks like one asked about"


def askable(session: Session, queue: Queue, new: NewLease, pin_ids: Collection[str]) -> set[str]:
    """Return those of some pins that an annotator holds or can have, asked about or not: without gold,
    not answered as often as wanted, in nobody else's hands, and not skipped by them."""
    had = _with(Task, session, queue, pin_ids) - obtainable(session, queue, new, pin_ids)
    return set(pin_ids) - had - _with(GoldRow, session, queue, pin_ids)


def ask(
    session: Session, queue: Queue, pin_ids: Collection[str], wanted: int, now: datetime
) -> None:
    """Make tasks of those of some pins that have none, each of so many answers."""
    known = _with(Task, session, queue, pin_ids)
    fresh = [
        Candidate(priority=0.0, pin_id=pin_id, reason=ALIKE, group=pin_id, wanted=wanted)
        for pin_id in pin_ids
        if pin_id not in known
    ]
    insert_tasks(session, queue.signal, queue.collection, fresh, now=now, are_open=False)


def _with(row: Any, session: Session, queue: Queue, pin_ids: Collection[str]) -> set[str]:
    """Return those of some pins that have a row in a table."""
    found = select(row.pin_id).where(row.pin_id.in_(pin_ids))
    here = (row.signal == queue.signal, row.collection == queue.collection)
    return set(session.scalars(found.where(*here)))
