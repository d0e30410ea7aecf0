"""The queue as an annotator works on it: claim, submit, skip, flag, undo; each answer exactly once.

What was handed out is fenced by its lease, not by the clock: who still holds the lease submits,
however late; who lost it to someone else does not, and what they chose is kept aside.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable, Collection, Iterable
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from labeling.database import Database
from labeling.errors import ReviewError
from labeling.review import slots, unasked, undoing
from labeling.review.budgets import check_person, midnight, room_of
from labeling.review.slots import Lease
from labeling.review.tasks import AUDIT, GOLD_CHECK, Task
from labeling.signals import Signal
from labeling.tables import AnnotatorRow, AnswerRow


class Outcome(StrEnum):
    """What became of a submit."""

    ACCEPTED = "accepted"
    REPLAYED = "replayed"
    """It is here already: a double click, or a retry after a reply that got lost."""
    LOST = "lost"
    """The lease had run out and someone else has the pin; the answer is kept, not counted."""
    TOO_FAST = "too fast"
    """Nobody reads that quickly: a held key. Nothing was kept, the pin is still theirs."""


@dataclass(frozen=True, kw_only=True)
class Claimed:
    """A pin in the hands of an annotator, until the lease runs out."""

    annotator: str
    task_id: int
    slot_id: int
    lease: str
    pin_id: str
    reason: str
    """Why it is here. A gold check looks like a random audit, or it would be no check."""
    priority: float
    expires_at: datetime
    is_check: bool


@dataclass(frozen=True, kw_only=True)
class Progress:
    """How far the queue is, and an annotator today."""

    open: int
    done: int
    """Answered as often as asked, or waiting for a reviewer."""
    today: int
    budget: int | None
    """Answers a day; None for as many as there are."""


class ReviewQueue:
    """The queue of a signal and a collection. One object may serve many annotators and threads."""

    def __init__(
        self,
        database: Database,
        signal: Signal,
        collection: str,
        *,
        channel: str = slots.APP,
        lease_seconds: float = 900.0,
        min_seconds: float = 0.4,
        check_every: int = 0,
        source: str = slots.APP,
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        """`min_seconds`: nobody reads a pin in less. `check_every`: after so many answers an annotator
        gets a gold check; 0 for none.
        `source`: what answers say they came by."""
        self._database = database
        self._signal = signal
        self._where = slots.Queue(signal=signal.name, collection=collection, channel=channel)
        self._lease_time = timedelta(seconds=lease_seconds)
        self.min_seconds = min_seconds
        self._check_every = check_every
        self._source = source
        self._clock = clock

    def claim(self, annotator: str, count: int = 1) -> list[Claimed]:
        """Return up to `count` pins for an annotator: those they hold already, then the next ones.

        So a page that is loaded again shows the same pin. Empty when nothing is left for them.
        Raises ReviewError where they may not answer, or not any more today.
        """

        def work(session: Session) -> list[Claimed]:
            room = min(count, room_of(session, annotator, self._where.signal, self._clock()))
            leases = slots.held(session, self._where, self._new(annotator))[:room]
            while len(leases) < room:
                lease = self._check(session, annotator, leases) or slots.take_next(
                    session, self._where, self._new(annotator)
                )
                if lease is None:
                    break
                leases.append(lease)
            return self._claimed(session, leases)

        return self._database.transact(work)

    def claim_pins(
        self, annotator: str, pin_ids: Iterable[str], *, unasked_wanted: int = 0
    ) -> list[Claimed]:
        """Return those of the pins that the annotator holds or that are free, claimed for them: the
        first of them where the day's budget is too small for all.

        unasked_wanted: how many answers are wanted of pins that the queue does not ask about; 0: none
        of these. Raises ReviewError as `claim` does.
        """
        wanted = list(dict.fromkeys(pin_ids))

        def work(session: Session) -> list[Claimed]:
            first = wanted[: room_of(session, annotator, self._where.signal, self._clock())]
            if unasked_wanted:
                unasked.ask(session, self._where, first, unasked_wanted, self._clock())
            leases = []
            for pin_id in sorted(first):  # everyone in one order, or two would wait for each other
                lease = slots.take_pin(
                    session, self._where, self._new(annotator), pin_id, is_asked=not unasked_wanted
                )
                if lease is not None:
                    leases.append(lease)
            return self._claimed(session, leases)

        return self._database.transact(work)

    def free_pins(self, annotator: str, most: int) -> list[str]:
        """Return so many pins that the annotator holds or could claim, those worth most first."""
        new, rows = self._new(annotator), most
        with self._database.reading() as session:
            while True:
                found = session.scalars(slots.free_pins(self._where, new, rows)).all()
                pins = list(dict.fromkeys(found))
                if len(pins) >= most or len(found) < rows:
                    return pins[:most]
                rows *= 2  # a pin comes once for each of its slots

    def askable(self, annotator: str, pin_ids: Collection[str]) -> set[str]:
        """Return those of the pins that the annotator holds or could claim, asked about or not: without
        gold, not answered as often as wanted, in nobody else's hands, and not skipped by them."""
        with self._database.reading() as session:
            return unasked.askable(session, self._where, self._new(annotator), pin_ids)

    def submit(
        self,
        claimed: Claimed,
        label: str,
        *,
        seconds: float | None = None,
        comment: str | None = None,
    ) -> Outcome:
        """Answer with a class's name; `seconds` is the time since the pin was shown.

        Raises ReviewError for a label that is no class of the signal, and where the annotator may not
        answer any more.
        """
        self._check_label(label)
        return self._finish(claimed, "answer", seconds, label=label, comment=comment)

    def skip(
        self, claimed: Claimed, *, seconds: float | None = None, comment: str | None = None
    ) -> Outcome:
        """Leave a pin to others; it does not come back to this annotator."""
        return self._finish(claimed, "skip", seconds, comment=comment)

    def flag(self, claimed: Claimed, comment: str, *, seconds: float | None = None) -> Outcome:
        """Hand a pin to a reviewer, saying why. Raises ReviewError without a comment."""
        if not comment.strip():
            raise ReviewError("A flag without a comment helps no reviewer; say what is wrong.")
        return self._finish(claimed, "flag", seconds, comment=comment)

    def undo(self, annotator: str) -> Claimed | None:
        """Take back the last of an annotator's ten last actions that can be, and return its pin, which
        is theirs again; None where there is none.

        Raises ReviewError where they may not answer, and where none can be taken back: reviewers have
        decided on those pins, or others have them since.
        """

        def work(session: Session) -> Claimed | None:
            check_person(session, annotator, self._where.signal)
            refused = None
            for answer in undoing.last_actions(session, self._where, annotator):
                try:
                    lease = undoing.take_back(session, answer, self._new(annotator))
                    return self._claimed(session, [lease])[0]
                except ReviewError as error:
                    refused = refused or error
            if refused is not None:
                raise refused
            return None

        return self._database.transact(work)

    def undo_leases(self, annotator: str, leases: Collection[str]) -> list[Claimed]:
        """Take back what an annotator did under leases, however long ago, as far as it can be; return
        the pins, which are theirs again.

        Raises ReviewError where they may not answer.
        """

        def work(session: Session) -> list[Claimed]:
            check_person(session, annotator, self._where.signal)
            taken = []
            for answer in undoing.actions_under(session, self._where, annotator, leases):
                with suppress(ReviewError):
                    taken.append(undoing.take_back(session, answer, self._new(annotator)))
            return self._claimed(session, taken)

        return self._database.transact(work)

    def correct(self, annotator: str, lease: str, label: str) -> Claimed:
        """Answer anew what an annotator did under a lease, however long ago, and return its pin under
        the lease that the new answer came by: the old one is taken back in the same step.

        Raises ReviewError where it cannot be taken back (a reviewer has decided on the pin, or it was
        taken back before), for a label that is no class, and where they may not answer.
        """
        self._check_label(label)

        def work(session: Session) -> Claimed:
            check_person(session, annotator, self._where.signal)
            for action in undoing.actions_under(session, self._where, annotator, [lease]):
                taken = undoing.take_back(session, action, self._new(annotator))
                claimed = self._claimed(session, [taken])[0]
                self._end(session, self._answer(claimed, "answer", label=label))
                return claimed
            raise ReviewError(
                "That answer does not stand any more: it was changed, maybe in another window."
            )

        return self._database.transact(work)

    def held(self, annotator: str) -> list[Claimed]:
        """Return what an annotator holds, kept for another lease time."""

        def work(session: Session) -> list[Claimed]:
            leases = slots.held(session, self._where, self._new(annotator))
            return self._claimed(session, leases)

        return self._database.transact(work)

    def release(self, annotator: str, leases: Collection[str] | None = None) -> int:
        """Give back what an annotator holds, unanswered, or those leases of it; return how many pins
        that is."""
        return self._database.transact(
            lambda session: slots.release(session, self._where, annotator, leases)
        )

    def progress(self, annotator: str) -> Progress:
        """Return how far the queue is, and the annotator today."""
        budget = select(AnnotatorRow.daily_budget).where(AnnotatorRow.name == annotator)
        with self._database.reading() as session:
            counts = dict(
                session.execute(
                    select(Task.status, func.count())
                    .where(Task.signal == self._where.signal)
                    .where(Task.collection == self._where.collection)
                    .group_by(Task.status)
                ).all()
            )
            return Progress(
                open=counts.get("open", 0),
                done=counts.get("done", 0) + counts.get("disputed", 0),
                today=slots.answered_since(session, annotator, midnight(self._clock())),
                budget=session.scalar(budget),
            )

    def _finish(
        self,
        claimed: Claimed,
        kind: str,
        seconds: float | None,
        *,
        label: str | None = None,
        comment: str | None = None,
    ) -> Outcome:
        if seconds is not None and seconds < self.min_seconds:
            return Outcome.TOO_FAST
        answer = self._answer(claimed, kind, label=label, comment=comment, seconds=seconds)

        def work(session: Session) -> Outcome:
            check_person(session, claimed.annotator, self._where.signal)
            if self._end(session, answer):
                return Outcome.ACCEPTED
            earlier = session.scalar(
                select(AnswerRow.kind).where(AnswerRow.submission == claimed.lease)
            )
            if earlier is not None:
                return Outcome.LOST if earlier == "late" else Outcome.REPLAYED
            session.add(AnswerRow(**answer | {"kind": "late"}))
            return Outcome.LOST

        return self._database.transact(work)

    def _answer(self, claimed: Claimed, kind: str, **values: Any) -> dict[str, Any]:
        """Return the row of what is done with a pin."""
        return {
            "submission": claimed.lease,
            "task_id": claimed.task_id,
            "slot_id": claimed.slot_id,
            "signal": self._where.signal,
            "collection": self._where.collection,
            "pin_id": claimed.pin_id,
            "annotator": claimed.annotator,
            "kind": kind,
            "is_check": claimed.is_check,
            "source": self._source,
            "created_at": self._clock(),
            **values,
        }

    def _end(self, session: Session, answer: dict[str, Any]) -> bool:
        """End a lease by an answer, and count it; return whether the lease was still theirs."""
        kind, is_check = answer["kind"], answer["is_check"]
        if not slots.finish(session, answer["slot_id"], answer["submission"], kind, is_check):
            return False
        session.add(AnswerRow(**answer))
        if not is_check:
            slots.count(session, answer["task_id"], kind)
        return True

    def _check_label(self, label: str) -> None:
        if label not in self._signal.classes:
            raise ReviewError(
                f"{label!r} is no class of {self._signal.name}; "
                f"answer with one of {', '.join(self._signal.classes)}."
            )

    def _check(self, session: Session, annotator: str, leases: list[Lease]) -> Lease | None:
        """Claim a gold check where one is due."""
        if self._check_every == 0 or any(lease.is_check for lease in leases):
            return None
        if not slots.check_is_due(session, self._where, annotator, self._check_every):
            return None
        new = self._new(annotator)
        return slots.take_check(session, self._where, new, self._signal.classes)

    def _claimed(self, session: Session, leases: list[Lease]) -> list[Claimed]:
        columns = (Task.id, Task.pin_id, Task.reason, Task.priority)
        ids = [lease.task_id for lease in leases]
        tasks = {
            task.id: task for task in session.execute(select(*columns).where(Task.id.in_(ids)))
        }
        return [
            Claimed(
                annotator=lease.annotator,
                task_id=lease.task_id,
                slot_id=lease.slot_id,
                lease=lease.token,
                pin_id=task.pin_id,
                reason=AUDIT if lease.is_check or task.reason == GOLD_CHECK else task.reason,
                priority=task.priority,
                expires_at=lease.expires_at,
                is_check=lease.is_check,
            )
            for lease in leases
            for task in [tasks[lease.task_id]]
        ]

    def _new(self, annotator: str) -> slots.NewLease:
        now = self._clock()
        return slots.NewLease(
            annotator=annotator,
            token=secrets.token_hex(16),
            now=now,
            expires_at=now + self._lease_time,
        )
