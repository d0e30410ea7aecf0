"""The statements on slots: how one is found, leased, finished and taken back.

One statement claims the first slot that is free or whose lease ran out, so nothing has to sweep up
after an annotator who left. Its form on PostgreSQL is procrastinate's (a CTE with FOR UPDATE SKIP
LOCKED); on SQLite every writer has the database to itself.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import (
    ColumnElement,
    ScalarSelect,
    Select,
    and_,
    case,
    func,
    insert,
    literal_column,
    or_,
    select,
    update,
)
from sqlalchemy.orm import Session, aliased

from labeling.review.answers import IS_UNDONE
from labeling.review.tasks import APP as APP
from labeling.review.tasks import GOLD_CHECK, Slot, Task
from labeling.tables import AnswerRow, GoldRow


def _of_task(column: Any, slot: Any) -> ScalarSelect[Any]:
    """Return what a slot's task has in a column, as a value: a join, or an EXISTS, may be planned as a
    read of all open tasks."""
    return select(column).where(Task.id == slot.task_id).correlate(slot).scalar_subquery()


GIVEN = ("answer", "flag")
LEASED = (Slot.id, Slot.task_id, Slot.lease, Slot.is_check, Slot.priority)
ACTIONS = (*GIVEN, "skip")
FIRST = aliased(Slot, name="first")
OTHER = aliased(Slot, name="other")
# literals: with parameters neither database knows that the partial index holds the rows
IS_OPEN = FIRST.state.in_((literal_column("'free'"), literal_column("'leased'")))
IS_ASKED = _of_task(Task.status, FIRST) == "open"
GIVEN_BACK = case(
    (_of_task(Task.status, Slot).in_(("open", "disputed")), "free"), else_="withdrawn"
)
"""What becomes of a slot that is left: of a task withdrawn or decided meanwhile nobody else is asked.
One that was flagged may open again by an undo."""


@dataclass(frozen=True, kw_only=True)
class Queue:
    """Whose slots."""

    signal: str
    collection: str
    channel: str


@dataclass(frozen=True, kw_only=True)
class NewLease:
    """A lease to be given."""

    annotator: str
    token: str
    now: datetime
    expires_at: datetime

    @property
    def values(self) -> dict[str, Any]:
        """What a slot holds under this lease."""
        return {
            "state": "leased",
            "annotator": self.annotator,
            "lease": self.token,
            "expires_at": self.expires_at,
        }


@dataclass(frozen=True, kw_only=True)
class Lease:
    """A slot in an annotator's hands."""

    annotator: str
    task_id: int
    slot_id: int
    token: str
    expires_at: datetime
    is_check: bool
    order: tuple[bool, float, int] = field(repr=False)
    """The place in the queue: a gold check last, then the priority."""


def held(session: Session, queue: Queue, new: NewLease) -> list[Lease]:
    """Return what the annotator holds, in the order of the queue, each kept until the new expiry."""
    mine = (Slot.annotator == new.annotator, Slot.state == "leased")
    leases = change(session, new, *_of(Slot, queue), *mine, expires_at=new.expires_at)
    return sorted(leases, key=lambda lease: lease.order)


def next_free(queue: Queue, new: NewLease) -> Select[int]:
    """Return the query of the slot that an annotator gets next."""
    return (
        select(FIRST.id)
        .where(*_of(FIRST, queue), *_free(new), ~_skipped(new).exists())
        .order_by(FIRST.priority.desc(), FIRST.id.desc())
        .limit(1)
        .with_for_update(skip_locked=True, of=FIRST)
    )


def free_pins(queue: Queue, new: NewLease, rows: int) -> Select[str]:
    """Return the query of the pins that an annotator holds or could get, in the order of the queue; a
    pin comes once for each slot."""
    return (
        select(_of_task(Task.pin_id, FIRST))
        .where(*_of(FIRST, queue), IS_OPEN, _to_get(new))
        .order_by(FIRST.priority.desc(), FIRST.id.desc())
        .limit(rows)
    )


def obtainable(session: Session, queue: Queue, new: NewLease, pin_ids: Collection[str]) -> set[str]:
    """Return those of some pins that an annotator holds or could get, of tasks open or withdrawn."""
    here = (Task.signal == queue.signal, Task.collection == queue.collection)
    slots = select(Task.pin_id).join(FIRST, FIRST.task_id == Task.id)
    to_get = (*_of(FIRST, queue), _to_get(new, is_asked=False))
    return set(session.scalars(slots.where(*here, Task.pin_id.in_(pin_ids), *to_get)))


def take_next(session: Session, queue: Queue, new: NewLease) -> Lease | None:
    """Lease the next slot to the annotator, or return None where none is left for them."""
    return _take(session, next_free(queue, new), new)


def take_pin(
    session: Session, queue: Queue, new: NewLease, pin_id: str, *, is_asked: bool = True
) -> Lease | None:
    """Lease a slot of a pin to the annotator, or return None where none is free; `is_asked`: only of a
    pin that the queue asks about."""
    of_pin = select(Task.id).where(
        Task.signal == queue.signal, Task.collection == queue.collection, Task.pin_id == pin_id
    )
    task = of_pin.scalar_subquery()
    mine = (Slot.annotator == new.annotator, Slot.state == "leased")
    here = (Slot.task_id == task, Slot.channel == queue.channel)
    for lease in change(session, new, *here, *mine, expires_at=new.expires_at):
        return lease
    free = (
        select(FIRST.id)
        .where(FIRST.task_id == task, FIRST.channel == queue.channel, *_free(new, is_asked))
        .order_by(FIRST.id)
        .limit(1)
        .with_for_update(skip_locked=True, of=FIRST)
    )
    return _take(session, free, new)


def _take(session: Session, wanted: Select[int], new: NewLease) -> Lease | None:
    first = wanted.cte("wanted")
    is_first = Slot.id == select(first.c.id).scalar_subquery()
    return next(iter(change(session, new, is_first, **new.values)), None)


def change(
    session: Session, new: NewLease, *where: ColumnElement[bool], **values: Any
) -> list[Lease]:
    """Change slots to be, or to stay, in the annotator's hands, and return them."""
    rows = session.execute(
        update(Slot)
        .where(*where)
        .values(**values)
        .returning(*LEASED)
        .execution_options(synchronize_session=False)
    )
    return [_lease(row, new) for row in rows]


def check_is_due(session: Session, queue: Queue, annotator: str, every: int) -> bool:
    """Whether the annotator's last answers, `every` in number, had no gold check among them."""
    last = session.scalars(
        select(AnswerRow.is_check)
        .where(AnswerRow.annotator == annotator, AnswerRow.kind.in_(GIVEN))
        .where(AnswerRow.signal == queue.signal, AnswerRow.collection == queue.collection)
        .order_by(AnswerRow.created_at.desc(), AnswerRow.id.desc())
        .limit(every)
    ).all()
    return len(last) == every and not any(last)


def take_check(
    session: Session, queue: Queue, new: NewLease, classes: Sequence[str]
) -> Lease | None:
    """Lease a pin whose class is known, as one of `classes`, to the annotator, one they never had; None
    for none left."""
    theirs = (
        select(OTHER.id)
        .join(Task, Task.id == OTHER.task_id)
        .where(Task.signal == GoldRow.signal, Task.collection == GoldRow.collection)
        .where(Task.pin_id == GoldRow.pin_id, OTHER.annotator == new.annotator)
    )
    pin_id = session.scalar(
        select(GoldRow.pin_id)
        .where(GoldRow.signal == queue.signal, GoldRow.collection == queue.collection)
        .where(GoldRow.label.in_(classes), ~theirs.exists())
        .order_by(func.random())
        .limit(1)
    )
    if pin_id is None:
        return None
    place = {"signal": queue.signal, "collection": queue.collection}
    task = session.scalar(select(Task.id).filter_by(**place, pin_id=pin_id))
    if task is None:
        known = {"reason": GOLD_CHECK, "priority": 0.0, "status": "done", "wanted": 0}
        task = session.scalar(
            insert(Task)
            .values(**place, **known, pin_id=pin_id, created_at=new.now)
            .returning(Task.id)
        )
    # below zero, where no slot of an answer that counts can be
    number = session.scalar(
        select(func.coalesce(func.min(Slot.slot), 0) - 1).where(
            Slot.task_id == task, Slot.slot <= 0
        )
    )
    values = {"task_id": task, "slot": number, "is_check": True, "priority": 0.0}
    row = session.execute(
        insert(Slot)
        .values(**place, **values, **new.values, channel=queue.channel)
        .returning(*LEASED)
    ).one()
    return _lease(row, new)


def finish(session: Session, slot_id: int, lease: str, kind: str, is_check: bool) -> bool:
    """End a lease by what the annotator did; return whether the lease was still theirs."""
    ends: dict[str, Any] = {"state": "answered"}
    if kind == "skip":  # to others it goes on, except a check, which was this annotator's alone
        ends = {"state": "withdrawn"} if is_check else {"state": GIVEN_BACK, "annotator": None}
        ends["lease"] = None
    result = session.execute(
        update(Slot)
        .where(Slot.id == slot_id, Slot.lease == lease, Slot.state == "leased")
        .values(**ends, expires_at=None)
        .execution_options(synchronize_session=False)
        .returning(Slot.id)
    )
    return result.one_or_none() is not None


def count(session: Session, task_id: int, kind: str) -> None:
    """Count an answer or a flag on its task."""
    if kind == "skip":
        return
    if kind == "flag":
        changes: dict[str, Any] = {"status": "disputed"}
    else:
        is_full = and_(Task.status == "open", Task.answered + 1 >= Task.wanted)
        changes = {
            "answered": Task.answered + 1,
            "status": case((is_full, "done"), else_=Task.status),
        }
    session.execute(
        update(Task)
        .where(Task.id == task_id)
        .values(**changes)
        .execution_options(synchronize_session=False)
    )


def release(
    session: Session, queue: Queue, annotator: str, leases: Collection[str] | None = None
) -> int:
    """Give back what the annotator holds, or those leases of it; return how many slots that is. A
    check is theirs alone."""
    freed: dict[str, Any] = {"annotator": None, "lease": None, "expires_at": None}
    mine = (*_of(Slot, queue), Slot.annotator == annotator, Slot.state == "leased")
    if leases is not None:
        mine = (*mine, Slot.lease.in_(leases))
    done = 0
    for is_check, state in ((False, GIVEN_BACK), (True, "withdrawn")):
        rows = session.execute(
            update(Slot)
            .where(*mine, Slot.is_check.is_(is_check))
            .values(**freed, state=state)
            .returning(Slot.id)
            .execution_options(synchronize_session=False)
        )
        done += len(rows.all())
    return done


def answered_since(session: Session, annotator: str, since: datetime) -> int:
    """Return how many answers and flags of an annotator stand since a time."""
    total = session.scalar(
        select(func.count())
        .select_from(AnswerRow)
        .where(AnswerRow.annotator == annotator, AnswerRow.created_at >= since)
        .where(AnswerRow.kind.in_(GIVEN), ~IS_UNDONE)
    )
    return int(total or 0)


def _to_get(new: NewLease, is_asked: bool = True) -> ColumnElement[bool]:
    """Return what holds of a slot that an annotator holds or could get."""
    is_theirs = and_(FIRST.annotator == new.annotator, FIRST.state == "leased", ~FIRST.is_check)
    return or_(is_theirs, and_(*_free(new, is_asked), ~_skipped(new).exists()))


def _skipped(new: NewLease) -> Select[int]:
    return select(AnswerRow.id).where(
        AnswerRow.task_id == FIRST.task_id,
        AnswerRow.annotator == new.annotator,
        AnswerRow.kind == "skip",
    )


def _of(slot: Any, queue: Queue) -> tuple[ColumnElement[bool], ...]:
    return (
        slot.signal == queue.signal,
        slot.collection == queue.collection,
        slot.channel == queue.channel,
    )


def _free(new: NewLease, is_asked: bool = True) -> tuple[ColumnElement[bool], ...]:
    """Return what holds of a slot that this annotator may get, of a task that is open, or is withdrawn
    as well."""
    another = select(OTHER.id).where(
        OTHER.task_id == FIRST.task_id, OTHER.annotator == new.annotator, OTHER.id != FIRST.id
    )
    return (
        IS_OPEN if is_asked else FIRST.state != "answered",
        or_(FIRST.state != "leased", FIRST.expires_at < new.now),
        FIRST.is_check.is_(False),
        or_(FIRST.routed_to.is_(None), FIRST.routed_to == new.annotator),
        ~another.exists(),
        IS_ASKED if is_asked else _of_task(Task.status, FIRST).in_(("open", "withdrawn")),
    )


def _lease(row: Any, new: NewLease) -> Lease:
    return Lease(
        annotator=new.annotator,
        task_id=row.task_id,
        slot_id=row.id,
        token=row.lease,
        expires_at=new.expires_at,
        is_check=bool(row.is_check),
        order=(bool(row.is_check), -row.priority, -row.id),
    )
