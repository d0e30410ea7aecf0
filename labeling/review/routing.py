"""Routing: open pins that wait for one annotator, because they know the subject, or for training.

A task that wants several answers keeps its other slots for others. What is routed stays so when the
next batch is chosen, as long as the pin is among it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Select, func, select, update
from sqlalchemy.orm import Session, aliased

from labeling.database import Database, in_chunks
from labeling.errors import PersonError, ReviewError
from labeling.review.people import list_people
from labeling.review.tasks import APP, Slot, Task
from labeling.tables import AnswerRow

MINE = aliased(Slot, name="mine")


@dataclass(frozen=True, kw_only=True)
class Routing:
    """What waits for an annotator now."""

    signal: str
    collection: str
    annotator: str
    routed: int
    """Pins that were routed now."""
    given_back: int
    """Pins that wait for anyone again."""
    waiting: int
    """Pins that wait for this annotator alone."""


def route(
    database: Database,
    signal: str,
    collection: str,
    annotator: str,
    *,
    count: int = 0,
    pin_ids: Sequence[str] = (),
) -> Routing:
    """Let the next `count` open pins and those of `pin_ids` wait for an annotator.

    Pins that the annotator answered or skipped, and those in someone's hands, in Label Studio or
    routed already, are not among the next. Raises PersonError where nobody active of that name may
    answer, ReviewError for a pin of `pin_ids` that cannot be routed; then nothing is.
    """
    person = next((one for one in list_people(database) if one.name == annotator), None)
    if person is None or not person.is_active or not person.may_answer(signal):
        raise PersonError(
            f"{annotator} is nobody who may answer {signal}; see `labeling annotators`."
        )
    open_slots = _routable(signal, collection, annotator)
    with database.writing() as session:
        slots: dict[str, int] = {}
        for ids in in_chunks(list(pin_ids)):
            slots |= _read_slots(session, open_slots.where(Task.pin_id.in_(ids)))
        for pin_id in pin_ids:
            if pin_id not in slots:
                raise ReviewError(
                    f"The pin {pin_id!r} of {collection} cannot wait for {annotator}: it is not open, "
                    "is in someone's hands, or they had it; name others."
                )
        if count:
            slots |= _read_slots(session, open_slots.limit(count))
        routed = sum(
            _change(session, (Slot.id.in_(ids), Slot.routed_to.is_(None)), annotator)
            for ids in in_chunks(list(slots.values()))
        )
        return _routing(session, signal, collection, annotator, routed=routed)


def give_back(database: Database, signal: str, collection: str, annotator: str) -> Routing:
    """Let all pins that wait for an annotator wait for anyone again."""
    theirs = (
        Slot.signal == signal,
        Slot.collection == collection,
        Slot.routed_to == annotator,
    )
    with database.writing() as session:
        back = _change(session, theirs, None)
        return _routing(session, signal, collection, annotator, given_back=back)


def _routable(signal: str, collection: str, annotator: str) -> Select[str, int]:
    """Return the query of pin id and a free slot of the open tasks that an annotator could get, in
    the order of the queue."""
    theirs = select(MINE.id).where(MINE.task_id == Task.id, MINE.annotator == annotator)
    routed = select(MINE.id).where(MINE.task_id == Task.id, MINE.routed_to.is_not(None))
    skipped = select(AnswerRow.id).where(
        AnswerRow.task_id == Task.id, AnswerRow.annotator == annotator, AnswerRow.kind == "skip"
    )
    return (
        select(Task.pin_id, func.max(Slot.id))
        .join(Slot, Slot.task_id == Task.id)
        .where(Task.signal == signal, Task.collection == collection, Task.status == "open")
        .where(Slot.state == "free", Slot.channel == APP, Slot.is_check.is_(False))
        .where(~theirs.exists(), ~routed.exists(), ~skipped.exists())
        .group_by(Task.id, Task.pin_id, Task.priority)
        .order_by(Task.priority.desc(), Task.id)
    )


def _read_slots(session: Session, wanted: Select[str, int]) -> dict[str, int]:
    return {pin_id: slot for pin_id, slot in session.execute(wanted)}


def _change(session: Session, where: Sequence[Any], routed_to: str | None) -> int:
    """Route free slots and return how many; one that someone took meanwhile stays theirs."""
    rows = session.execute(
        update(Slot)
        .where(*where, Slot.state.in_(("free", "withdrawn")))
        .values(routed_to=routed_to)
        .returning(Slot.id)
        .execution_options(synchronize_session=False)
    )
    return len(rows.all())


def _routing(
    session: Session,
    signal: str,
    collection: str,
    annotator: str,
    *,
    routed: int = 0,
    given_back: int = 0,
) -> Routing:
    waiting = session.scalar(
        select(func.count())
        .select_from(Slot)
        .where(Slot.signal == signal, Slot.collection == collection)
        .where(Slot.routed_to == annotator, Slot.state == "free")
    )
    return Routing(
        signal=signal,
        collection=collection,
        annotator=annotator,
        routed=routed,
        given_back=given_back,
        waiting=waiting or 0,
    )
