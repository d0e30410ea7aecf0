"""The statements that take an action back: the slot is its annotator's again, and answers are only
added."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, case, or_, select, update
from sqlalchemy.orm import Session

from labeling.errors import ReviewError
from labeling.review import slots
from labeling.review.answers import IS_UNDONE
from labeling.review.tasks import Slot, Task
from labeling.tables import AnswerRow

UNDOABLE = 10
"""How far back an annotator can take an answer back, one by one."""


def last_actions(session: Session, queue: slots.Queue, annotator: str) -> list[AnswerRow]:
    """Return those of the annotator's last ten actions that were not taken back, newest first."""
    recent = session.execute(
        select(AnswerRow, IS_UNDONE)
        .where(*_actions(queue, annotator))
        .order_by(AnswerRow.created_at.desc(), AnswerRow.id.desc())
        .limit(UNDOABLE)
    )
    return [answer for answer, is_undone in recent if not is_undone]


def actions_under(
    session: Session, queue: slots.Queue, annotator: str, leases: Collection[str]
) -> list[AnswerRow]:
    """Return what the annotator did under leases and did not take back."""
    wanted = select(AnswerRow).where(*_actions(queue, annotator), ~IS_UNDONE)
    wanted = wanted.where(AnswerRow.submission.in_(leases)).order_by(AnswerRow.id)
    return list(session.scalars(wanted))


def _actions(queue: slots.Queue, annotator: str) -> tuple[ColumnElement[bool], ...]:
    return (
        AnswerRow.annotator == annotator,
        AnswerRow.kind.in_(slots.ACTIONS),
        AnswerRow.signal == queue.signal,
        AnswerRow.collection == queue.collection,
        AnswerRow.source == queue.channel,
    )


def take_back(session: Session, answer: AnswerRow, new: slots.NewLease) -> slots.Lease:
    """Lease the slot of an action to its annotator again, as if they had not done it, and note that.

    Raises ReviewError where a reviewer has decided on the pin, or someone else has the slot.
    """
    # a decision is what most checks are known by, and to hear of it would tell what is a check
    decided = _of_kind(answer.task_id, "adjudication").limit(1)
    if not answer.is_check and session.scalar(decided) is not None:
        raise ReviewError(
            "A reviewer has decided on that pin, so it cannot be undone any more; "
            "tell them if the decision is wrong."
        )
    is_ours = and_(Slot.state == "answered", Slot.lease == answer.submission)
    if answer.kind == "skip":
        freed = and_(Slot.state == "withdrawn", Slot.annotator == answer.annotator)
        still_here = and_(Slot.state.in_(("free", "withdrawn")), Slot.channel == answer.source)
        is_ours = freed if answer.is_check else still_here
    leases = slots.change(session, new, Slot.id == answer.slot_id, is_ours, **new.values)
    if not leases:
        raise ReviewError("That pin is with someone else by now; go on with the next one.")
    session.add(undo_of(answer, new.now))
    uncount(session, answer)
    return leases[0]


def undo_of(answer: AnswerRow, at: datetime) -> AnswerRow:
    """Return the row that takes an action back."""
    return AnswerRow(
        submission=f"undo-{answer.id}",
        task_id=answer.task_id,
        slot_id=answer.slot_id,
        signal=answer.signal,
        collection=answer.collection,
        pin_id=answer.pin_id,
        annotator=answer.annotator,
        kind="undo",
        is_check=answer.is_check,
        source=answer.source,
        undoes=answer.id,
        created_at=at,
    )


def uncount(session: Session, answer: AnswerRow) -> None:
    """Bring a task to what stands now that an action was taken back; a reviewer's decision stays."""
    if answer.kind == "skip" or answer.is_check:
        return
    answered = Task.answered - int(answer.kind == "answer")
    status = case(
        (or_(_of_kind(Task.id, "adjudication").exists(), Task.status == "withdrawn"), Task.status),
        (_of_kind(Task.id, "flag").where(~IS_UNDONE).exists(), "disputed"),
        (answered >= Task.wanted, "done"),
        else_="open",
    )
    session.execute(
        update(Task)
        .where(Task.id == answer.task_id)
        .values(answered=answered, status=status)
        .execution_options(synchronize_session=False)
    )


def _of_kind(task_id: Any, kind: str) -> Select[int]:
    return select(AnswerRow.id).where(AnswerRow.task_id == task_id, AnswerRow.kind == kind)
