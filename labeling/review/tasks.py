"""Review tasks: making the chosen pins the open tasks, with as many slots as answers are wanted."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import String, bindparam, func, insert, or_, select, text, update
from sqlalchemy.orm import Session

from labeling.database import Database, in_chunks
from labeling.tables import ReviewSlotRow, ReviewTaskRow

UNCERTAIN = "uncertain"
CONFLICTING = "conflicting votes"
SUSPECTED = "suspected noise"
DISAGREEING = "probe disagrees"
UNCOVERED = "uncovered"
CONTRADICTED = "contradicts its neighbours"
AUDIT = "random audit"
GOLD_CHECK = "gold check"
ANOTHER_OPINION = "another opinion"
REASONS = (CONTRADICTED, SUSPECTED, CONFLICTING, UNCERTAIN, DISAGREEING, UNCOVERED)
"""Why a doubtful pin is in the queue; where several hold, the first names it."""

APP = "app"
"""The channel of slots that the web app hands out."""

MANY = 1_000
"""New tasks after which PostgreSQL is told to count anew: until it does so by itself, the next claims
read whole tables, at a million tasks for more than a second each."""

Task, Slot = ReviewTaskRow, ReviewSlotRow


@dataclass(frozen=True, kw_only=True, order=True)
class Candidate:
    """A pin worth people's time."""

    priority: float
    """How much its answer is worth; larger comes first."""
    pin_id: str
    reason: str
    group: str
    """Of near-duplicates: one answer says enough for all."""
    wanted: int = field(default=1, compare=False)
    """How many annotators should answer."""
    routed_to: str | None = field(default=None, compare=False)
    """The only annotator to be asked; none: anyone, or whom the pin waits for already."""
    inclusion: float | None = field(default=None, compare=False)
    """Of a random audit: the probability with which the pin came into the sample."""
    stratum: str | None = field(default=None, compare=False)
    """Of a random audit: the stratum it was drawn from."""


@dataclass(frozen=True, kw_only=True)
class QueueReport:
    """What is open in the queue of a signal and a collection now."""

    tasks: int
    added: int
    withdrawn: int
    reasons: dict[str, int]


def enqueue(
    database: Database,
    signal: str,
    collection: str,
    chosen: Sequence[Candidate],
    *,
    round: int = 0,
    now: datetime | None = None,
) -> QueueReport:
    """Make the chosen pins the open tasks, in one transaction; repeating it changes nothing.

    An open task whose pin is no longer chosen is withdrawn: a slot that an annotator holds stays
    theirs, and its answer counts. A task that was answered opens again only for more answers than
    it wanted before. Equal priorities come in the order given.
    """
    wanted = {candidate.pin_id: candidate for candidate in chosen}
    with database.writing() as session:
        columns = (Task.id, Task.pin_id, Task.status, Task.wanted, Task.answered, Task.inclusion)
        known = {
            task.pin_id: task
            for task in session.execute(
                select(*columns, Task.stratum).where(
                    Task.signal == signal, Task.collection == collection
                )
            )
        }
        gone = [t.id for t in known.values() if t.status == "open" and t.pin_id not in wanted]
        _withdraw(session, gone)
        changes = [(t, wanted[id]) for id, t in known.items() if id in wanted]
        reopened = _change(session, signal, collection, changes)
        fresh = [candidate for id, candidate in wanted.items() if id not in known]
        insert_tasks(session, signal, collection, fresh, round=round, now=now or datetime.now(UTC))
        if len(fresh) >= MANY and session.get_bind().dialect.name == "postgresql":
            session.execute(text(f"ANALYZE {Task.__tablename__}, {Slot.__tablename__}"))
    return QueueReport(
        tasks=len(wanted),
        added=len(fresh) + reopened,
        withdrawn=len(gone),
        reasons=dict(Counter(c.reason for c in wanted.values()).most_common()),
    )


# Slots are always changed before their tasks, as a submitted answer does: the other order deadlocks.


def _withdraw(session: Session, tasks: list[int]) -> None:
    for ids in in_chunks(tasks):
        session.execute(
            update(Slot)
            .where(Slot.task_id.in_(ids), Slot.state == "free")
            .values(state="withdrawn")
        )
    for ids in in_chunks(tasks):
        session.execute(update(Task).where(Task.id.in_(ids)).values(status="withdrawn"))


def _change(
    session: Session, signal: str, collection: str, changes: list[tuple[Any, Candidate]]
) -> int:
    """Bring known tasks to what is wanted of them now; return how many opened again."""
    slots: list[dict[str, object]] = []
    extra: list[dict[str, object]] = []
    tasks: list[dict[str, object]] = []
    reopened = 0
    channels = _channels(session, [task.id for task, _ in changes])
    for task, candidate in changes:
        more = max(candidate.wanted - task.wanted, 0)
        opens = task.status == "withdrawn" or (more > 0 and task.status != "open")
        is_open = opens or task.status == "open"
        reopened += opens
        if is_open:
            slots.append({"of": task.id, "now": candidate.priority, "whom": candidate.routed_to})
            channel = channels.get(task.id, APP)
            extra += _slots(task.id, signal, collection, candidate, task.wanted, channel)
        status = "open" if opens else task.status
        if status == "open" and task.answered >= max(task.wanted, candidate.wanted):
            status = "done"
        tasks.append(
            {
                "id": task.id,
                "status": status,
                "reason": candidate.reason,
                "priority": candidate.priority,
                "wanted": task.wanted + more,
                "inclusion": candidate.inclusion or task.inclusion,
                "stratum": candidate.stratum or task.stratum,
            }
        )
    if slots:
        session.connection().execute(
            update(Slot)
            .where(
                Slot.task_id == bindparam("of"),
                or_(Slot.state == "free", Slot.state == "withdrawn"),
            )
            .where(Slot.is_check.is_(False))
            .values(
                state="free",
                priority=bindparam("now"),
                routed_to=func.coalesce(bindparam("whom", type_=String), Slot.routed_to),
            ),
            slots,
        )
    if extra:
        session.execute(insert(Slot), extra)
    if tasks:
        session.execute(update(Task), tasks)
    return reopened


def _channels(session: Session, tasks: list[int]) -> dict[int, str]:
    """Return task -> channel of those that are handed out elsewhere than in the app: what more is
    wanted of them is asked there too, or a pin would be handed out on two sides at once."""
    found: dict[int, str] = {}
    for ids in in_chunks(tasks):
        rows = session.execute(
            select(Slot.task_id, Slot.channel)
            .where(Slot.task_id.in_(ids), Slot.channel != APP)
            .where(Slot.state.in_(("free", "withdrawn")))
        )
        found.update({id: channel for id, channel in rows})
    return found


def insert_tasks(
    session: Session,
    signal: str,
    collection: str,
    candidates: list[Candidate],
    *,
    now: datetime,
    round: int = 0,
    are_open: bool = True,
) -> None:
    """Make tasks of pins that have none; one that is not open is had by asking for its pin alone."""
    rows = [
        {
            "signal": signal,
            "collection": collection,
            "pin_id": candidate.pin_id,
            "reason": candidate.reason,
            "priority": candidate.priority,
            "status": "open" if are_open else "withdrawn",
            "wanted": candidate.wanted,
            "round": round,
            "inclusion": candidate.inclusion,
            "stratum": candidate.stratum,
            "created_at": now,
        }
        for candidate in candidates
    ]
    if not rows:
        return
    inserted = session.execute(insert(Task).returning(Task.id, Task.pin_id), rows)
    ids = {pin_id: id for id, pin_id in inserted}
    # a claim takes the last id among equal priorities, so that one index serves it read backwards
    state = "free" if are_open else "withdrawn"
    slots = [
        slot | {"state": state}
        for candidate in reversed(candidates)
        for slot in _slots(ids[candidate.pin_id], signal, collection, candidate, 0, APP)
    ]
    session.execute(insert(Slot), slots)


def _slots(
    task: int, signal: str, collection: str, candidate: Candidate, first: int, channel: str
) -> Iterator[dict[str, object]]:
    for slot in range(first, candidate.wanted):
        yield {
            "task_id": task,
            "slot": slot,
            "signal": signal,
            "collection": collection,
            "channel": channel,
            "priority": candidate.priority,
            "routed_to": candidate.routed_to,
        }
