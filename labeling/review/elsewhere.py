"""Answers that were given elsewhere than in the app: recorded on the same slots, taken back again.

Nobody held a lease on them, so an answer takes a free slot of its channel when it is recorded, and
is `late` where there is none.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Select, case, insert, or_, select, update
from sqlalchemy.orm import Session

from labeling.review import slots
from labeling.review.slots import FIRST, IS_UNDONE, OTHER
from labeling.review.tasks import Slot, Task
from labeling.review.undoing import uncount, undo_of
from labeling.tables import AnswerRow


@dataclass(frozen=True, kw_only=True)
class Given:
    """What someone did with a pin."""

    channel: str
    submission: str
    """Names this act: recorded twice, it is one."""
    task_id: int
    annotator: str
    kind: str
    """`answer`, `skip` or `flag`."""
    label: str | None = None
    comment: str | None = None
    seconds: float | None = None
    at: datetime


@dataclass(frozen=True, kw_only=True)
class Recorded:
    """The row that it became."""

    answer_id: int
    is_late: bool


def record(session: Session, given: Given) -> Recorded:
    """Record an act; the answer takes a free slot of its channel, a flag goes to a reviewer."""
    known = session.execute(
        select(AnswerRow.id, AnswerRow.kind).where(AnswerRow.submission == given.submission)
    ).one_or_none()
    if known is not None:
        return Recorded(answer_id=known.id, is_late=known.kind == "late")
    slot_id = _take(session, given) if given.kind == "answer" else None
    kind = "late" if given.kind == "answer" and slot_id is None else given.kind
    task = session.execute(
        select(Task.signal, Task.collection, Task.pin_id).where(Task.id == given.task_id)
    ).one()
    answer_id = session.scalar(
        insert(AnswerRow)
        .values(
            submission=given.submission,
            task_id=given.task_id,
            slot_id=slot_id,
            signal=task.signal,
            collection=task.collection,
            pin_id=task.pin_id,
            annotator=given.annotator,
            kind=kind,
            label=given.label,
            comment=given.comment,
            source=given.channel,
            seconds=given.seconds,
            created_at=given.at,
        )
        .returning(AnswerRow.id)
    )
    assert answer_id is not None
    if kind in ("answer", "flag"):
        slots.count(session, given.task_id, kind)
    return Recorded(answer_id=answer_id, is_late=kind == "late")


def has_room(session: Session, task_id: int, channel: str, annotator: str) -> bool:
    """Whether an answer of an annotator would count."""
    return session.scalar(_free(task_id, channel, annotator)) is not None


def standing(session: Session, task_id: int, channel: str, annotator: str) -> Sequence[int]:
    """Return the answers and skips of an annotator on a task, from a channel, that stand."""
    return session.scalars(
        select(AnswerRow.id)
        .where(AnswerRow.task_id == task_id, AnswerRow.annotator == annotator)
        .where(AnswerRow.source == channel, AnswerRow.kind.in_(("answer", "skip")))
        .where(~IS_UNDONE)
    ).all()


def take_back(session: Session, answer_id: int, at: datetime) -> bool:
    """Undo an act; its slot is free again. Return whether it stood until now."""
    answer = session.scalar(
        select(AnswerRow)
        .where(AnswerRow.id == answer_id, AnswerRow.kind.in_(slots.ACTIONS))
        .where(~IS_UNDONE)
    )
    if answer is None:
        return False
    if answer.slot_id is not None:
        status = session.scalar(select(Task.status).where(Task.id == answer.task_id))
        session.execute(
            update(Slot)
            .where(Slot.id == answer.slot_id, Slot.lease == answer.submission)
            .values(
                state="withdrawn" if status == "withdrawn" else "free", annotator=None, lease=None
            )
            .execution_options(synchronize_session=False)
        )
    session.add(undo_of(answer, at))
    uncount(session, answer)
    return True


def _take(session: Session, given: Given) -> int | None:
    free = _free(given.task_id, given.channel, given.annotator).scalar_subquery()
    return session.scalar(
        update(Slot)
        .where(Slot.id == free)
        .values(
            state="answered", annotator=given.annotator, lease=given.submission, expires_at=None
        )
        .returning(Slot.id)
        .execution_options(synchronize_session=False)
    )


def _free(task_id: int, channel: str, annotator: str) -> Select[Any]:
    """Return the query of the slot that an answer takes; one withdrawn since it was shown counts."""
    another = select(OTHER.id).where(OTHER.task_id == task_id, OTHER.annotator == annotator)
    return (
        select(FIRST.id)
        .where(FIRST.task_id == task_id, FIRST.channel == channel, FIRST.is_check.is_(False))
        .where(FIRST.state.in_(("free", "withdrawn")))
        .where(or_(FIRST.routed_to.is_(None), FIRST.routed_to == annotator), ~another.exists())
        .order_by(case((FIRST.state == "free", 0), else_=1), FIRST.slot)
        .limit(1)
        .with_for_update(of=FIRST)
    )
