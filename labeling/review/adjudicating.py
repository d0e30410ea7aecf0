"""Adjudication: a reviewer decides on what answers did not settle, and that stands."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields
from datetime import UTC, datetime

from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from labeling.database import Database, as_record
from labeling.errors import ReviewError
from labeling.review.agreeing import save_new_gold
from labeling.review.answers import COUNTED, IS_UNDONE, read_answers
from labeling.review.verdicts import (
    CONTRADICTS,
    DIFFER,
    DISTRUSTED,
    FLAGGED,
    REVIEW,
    GoldLabel,
    read_gold_labels,
)
from labeling.signals import NO_CLASS
from labeling.tables import AnnotatorRow, AnswerRow, GoldRow, ReviewSlotRow, ReviewTaskRow

ROLES = ("reviewer", "engineer", "admin")
"""Who may decide."""


@dataclass(frozen=True, kw_only=True)
class GivenAnswer:
    """What someone said about a disputed pin."""

    annotator: str
    kind: str
    """answer, flag or adjudication."""
    label: str | None
    comment: str | None
    seconds: float | None
    is_check: bool
    created_at: datetime


_GIVEN = tuple(getattr(AnswerRow, field.name) for field in fields(GivenAnswer))


@dataclass(frozen=True, kw_only=True)
class DisputedTask:
    """A pin that waits for a reviewer."""

    task_id: int
    pin_id: str
    why: str
    """What is disputed about it."""
    reason: str
    """Why the pin was asked about at all."""
    priority: float
    answers: tuple[GivenAnswer, ...]
    """Those that stand, oldest first."""
    gold: str | None
    """The class that it has as gold already."""
    gold_source: str | None


@dataclass(frozen=True, kw_only=True)
class Adjudication:
    """A decision that is kept."""

    task_id: int
    pin_id: str
    label: str
    """A class, or NO_CLASS."""
    replayed: bool
    """Whether it was made already, by the same submission."""


def disputed_tasks(database: Database, signal: str, collection: str) -> list[DisputedTask]:
    """Return the tasks that wait for a reviewer, those worth most first."""
    is_here = (ReviewTaskRow.signal == signal, ReviewTaskRow.collection == collection)
    is_disputed = (*is_here, ReviewTaskRow.status == "disputed")
    with database.reading() as session:
        tasks = session.execute(
            select(
                ReviewTaskRow.id,
                ReviewTaskRow.pin_id,
                ReviewTaskRow.reason,
                ReviewTaskRow.priority,
            )
            .where(*is_disputed)
            .order_by(ReviewTaskRow.priority.desc(), ReviewTaskRow.id)
        ).all()
        answers = session.execute(
            select(AnswerRow.task_id, *_GIVEN)
            .join(ReviewTaskRow, ReviewTaskRow.id == AnswerRow.task_id)
            .where(*is_disputed, AnswerRow.kind.in_(COUNTED), ~IS_UNDONE)
            .order_by(AnswerRow.id)
        ).all()
        gold = read_gold_labels(session, signal, collection) if tasks else {}
    of_task: dict[int, list[GivenAnswer]] = {}
    for row in answers:
        of_task.setdefault(row.task_id, []).append(as_record(GivenAnswer, row))
    found = []
    for id, pin_id, reason, priority in tasks:
        said = tuple(of_task.get(id, ()))
        known = gold.get(pin_id)
        found.append(
            DisputedTask(
                task_id=id,
                pin_id=pin_id,
                why=_why(said, known),
                reason=reason,
                priority=priority,
                answers=said,
                gold=known.label if known else None,
                gold_source=known.source if known else None,
            )
        )
    return found


def still_waits(database: Database, task_id: int, *, after: str | None = None) -> bool:
    """Return whether a task waits for a reviewer; given the submission of a decision on it, which is to
    be made anew, whether that is the last one."""
    decisions = (
        select(AnswerRow.submission)
        .where(AnswerRow.task_id == task_id, AnswerRow.kind == "adjudication")
        .order_by(AnswerRow.id.desc())
    )
    with database.reading() as session:
        if after is not None:
            return session.scalar(decisions.limit(1)) == after
        status = select(ReviewTaskRow.status).where(ReviewTaskRow.id == task_id)
        return session.scalar(status) == "disputed"


def _why(answers: Sequence[GivenAnswer], known: GoldLabel | None) -> str:
    labels = {a.label for a in answers if a.kind == "answer" and not a.is_check}
    if any(answer.kind == "flag" for answer in answers):
        return FLAGGED
    if known is not None and known.source != REVIEW and labels and labels != {known.label}:
        return CONTRADICTS
    return DIFFER if len(labels) > 1 else DISTRUSTED


def adjudicate(
    database: Database,
    task_id: int,
    reviewer: str,
    label: str,
    comment: str | None = None,
    *,
    submission: str,
    classes: Sequence[str] | None = None,
    now: datetime | None = None,
) -> Adjudication:
    """Decide on a task's pin: it is gold of that class from now on, or, for NO_CLASS, gold of none.

    The decision is added to the answers and never taken from them; a later one on the same task
    overrides it. The same `submission` again changes nothing. Whatever the task's status was, it is
    done. Raises ReviewError for someone who may not decide, a task that does not exist, or a label
    that is none of `classes`.
    """
    now = now or datetime.now(UTC)
    if classes is not None and label not in (*classes, NO_CLASS):
        raise ReviewError(
            f"{label!r} is no class; decide for one of {', '.join(classes)}, or for {NO_CLASS!r}."
        )
    with database.writing() as session:
        _check_may_decide(session, reviewer)
        if replay := _replay(session, submission, task_id, reviewer, label):
            return replay
        # slots before their task, as everywhere: the other order deadlocks
        session.execute(
            update(ReviewSlotRow)
            .where(ReviewSlotRow.task_id == task_id, ReviewSlotRow.state == "free")
            .where(ReviewSlotRow.is_check.is_(False))
            .values(state="withdrawn")
        )
        task = session.get(ReviewTaskRow, task_id, with_for_update=True)
        if task is None:
            raise ReviewError(f"There is no review task {task_id}; reload the list of those open.")
        if replay := _replay(session, submission, task_id, reviewer, label):  # made meanwhile
            return replay
        task.status = "done"
        session.add(
            AnswerRow(
                submission=submission,
                task_id=task_id,
                signal=task.signal,
                collection=task.collection,
                pin_id=task.pin_id,
                annotator=reviewer,
                kind="adjudication",
                label=label,
                comment=comment,
                created_at=now,
            )
        )
        _settle(session, task, label, now)
        return Adjudication(task_id=task_id, pin_id=task.pin_id, label=label, replayed=False)


def pins_without_class(database: Database, signal: str, collection: str) -> frozenset[str]:
    """Return the ids of the pins of which a reviewer said last that no class fits."""
    answers = read_answers(database, signal, collection, kinds=("adjudication",))
    last = answers.drop_duplicates("pin_id", keep="last")
    return frozenset(last.loc[last["label"] == NO_CLASS, "pin_id"])


def _check_may_decide(session: Session, reviewer: str) -> None:
    person = session.scalar(select(AnnotatorRow).where(AnnotatorRow.name == reviewer))
    if person is None or not person.is_active:
        raise ReviewError(
            f"{reviewer!r} is no active annotator here; an admin can add or activate them."
        )
    if person.role not in ROLES:
        raise ReviewError(
            f"{reviewer!r} is an {person.role}, and only a {', '.join(ROLES[:-1])} or {ROLES[-1]} "
            "decides on disputed pins; ask one, or an admin for another role."
        )


def _replay(
    session: Session, submission: str, task_id: int, reviewer: str, label: str
) -> Adjudication | None:
    """Return the decision that a submission made already; None where it is new."""
    made = session.scalar(select(AnswerRow).where(AnswerRow.submission == submission))
    if made is None:
        return None
    if (made.task_id, made.annotator, made.label) != (task_id, reviewer, label) or (
        made.kind != "adjudication"
    ):
        raise ReviewError(
            f"The submission {submission!r} was used for something else already; give every "
            "decision a submission of its own."
        )
    return Adjudication(task_id=task_id, pin_id=made.pin_id, label=label, replayed=True)


def _settle(session: Session, task: ReviewTaskRow, label: str, now: datetime) -> None:
    """Make gold of the pin what was decided; gold of another source that says the same stays."""
    of_pin = (
        GoldRow.signal == task.signal,
        GoldRow.collection == task.collection,
        GoldRow.pin_id == task.pin_id,
    )
    if label == NO_CLASS:
        session.execute(delete(GoldRow).where(*of_pin))
        return
    session.execute(delete(GoldRow).where(*of_pin, GoldRow.label != label))
    row = {
        "signal": task.signal,
        "collection": task.collection,
        "pin_id": task.pin_id,
        "label": label,
        "source": REVIEW,
        "created_at": now,
    }
    save_new_gold(session, [row])
