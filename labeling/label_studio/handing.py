"""Slots between the app and Label Studio: a pin is never handed out on both sides at once."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

from sqlalchemy import case, func, select, update
from sqlalchemy.orm import Session

from labeling.database import Database, in_chunks
from labeling.review.tasks import APP, Slot, Task

LABEL_STUDIO = "label-studio"
"""The channel of the slots that are handed out there, and the source of the answers."""


@dataclass(frozen=True, kw_only=True)
class Wanted:
    """A review task that is asked at Label Studio."""

    task_id: int
    pin_id: str


def hand_over(session: Session, signal: str, collection: str, most: int | None = None) -> int:
    """Give the free slots of open tasks to Label Studio, until `most` wait there; return how many.

    Left to the app are pins that someone holds there, and those that wait for one annotator alone. The
    rows are locked first, so a claim at the same moment finds them gone, or this finds the pin held.
    """
    columns = (Slot.id, Slot.task_id, Slot.state, Slot.channel, Slot.routed_to, Slot.is_check)
    rows = session.execute(
        select(*columns, Slot.priority)
        .join(Task, Task.id == Slot.task_id)
        .where(Slot.signal == signal, Slot.collection == collection, Task.status == "open")
        .where(Slot.state.in_(("free", "leased")))
        .order_by(Slot.id)
        .with_for_update(of=Slot)
    ).all()
    held = {row.task_id for row in rows if row.state == "leased" or row.routed_to is not None}
    by_task: dict[int, list[int]] = {}
    for row in sorted(rows, key=lambda row: (-row.priority, -row.id)):
        is_ours = row.state == "free" and row.channel == APP and not row.is_check
        if is_ours and row.task_id not in held:
            by_task.setdefault(row.task_id, []).append(row.id)
    free: list[int] = []
    waiting = sum(row.state == "free" and row.channel == LABEL_STUDIO for row in rows)
    for slots in by_task.values():
        if most is not None and waiting + len(free) + len(slots) > most:
            break
        free += slots
    for ids in in_chunks(sorted(free)):
        session.execute(
            update(Slot)
            .where(Slot.id.in_(ids))
            .values(channel=LABEL_STUDIO)
            .execution_options(synchronize_session=False)
        )
    return len(free)


def hand_back(session: Session, signal: str, collection: str) -> int:
    """Give what nobody has answered back to the app; return how many slots that is."""
    rows = session.execute(
        update(Slot)
        .where(Slot.signal == signal, Slot.collection == collection)
        .where(Slot.channel == LABEL_STUDIO, Slot.state.in_(("free", "withdrawn")))
        .values(channel=APP)
        .returning(Slot.state)
        .execution_options(synchronize_session=False)
    )
    return Counter(rows.scalars())["free"]


def wanted_there(database: Database, signal: str, collection: str) -> list[Wanted]:
    """Return the open tasks with a free slot at Label Studio, the most urgent first."""
    free = select(Slot.id).where(
        Slot.task_id == Task.id, Slot.channel == LABEL_STUDIO, Slot.state == "free"
    )
    with database.reading() as session:
        rows = session.execute(
            select(Task.id, Task.pin_id)
            .where(Task.signal == signal, Task.collection == collection, Task.status == "open")
            .where(free.exists())
            .order_by(Task.priority.desc(), Task.pin_id)
        )
        return [Wanted(task_id=id, pin_id=pin_id) for id, pin_id in rows]


def overlap(database: Database, signal: str, collection: str) -> int:
    """Return how many annotators the project should ask about a pin: the most that one wants."""
    given = case((Slot.state.in_(("free", "answered")), 1), else_=0)
    counts = (
        select(func.sum(given).label("slots"))
        .where(Slot.signal == signal, Slot.collection == collection)
        .where(Slot.channel == LABEL_STUDIO)
        .group_by(Slot.task_id)
        .subquery()
    )
    with database.reading() as session:
        return max(session.scalar(select(func.max(counts.c.slots))) or 1, 1)
