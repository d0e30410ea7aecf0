"""Agreeing: answers become gold, what they do not settle waits for a reviewer."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass

from sqlalchemy import delete, func, select, update
from sqlalchemy.orm import Session

from labeling.database import Database, in_chunks
from labeling.review.verdicts import (
    CONTRADICTS,
    DISPUTED,
    GOLD,
    REVIEW,
    WAITING,
    WITHOUT_CLASS,
    AnswerEvidence,
    GoldLabel,
    Rules,
    Verdict,
    Verdicts,
    count_rows,
    held_against,
    judge,
    read_evidence,
    read_gold_labels,
)
from labeling.signals import Signal
from labeling.tables import AnswerRow, GoldRow, ReviewTaskRow


@dataclass(frozen=True, kw_only=True)
class Contradiction:
    """Answers against gold that came from elsewhere; a reviewer decides."""

    pin_id: str
    gold: str
    source: str
    """Who said so."""
    answers: str | None
    """The class that the answers speak for; None for no class."""


@dataclass(frozen=True, kw_only=True)
class AgreeReport:
    """What the answers came to, and what changed in gold."""

    signal: str
    collection: str
    pins: int
    """With answers that stand."""
    gold: int
    waiting: int
    """For more answers."""
    disputed: int
    """They wait for a reviewer."""
    without_class: int
    """No class fits, said a reviewer."""
    adjudicated: int
    added: int
    changed: int
    removed: int
    """Gold whose answers were taken back or no longer agree."""
    unchanged: int
    contradictions: tuple[Contradiction, ...]
    distrusted: tuple[str, ...]
    """Annotators who clearly fail the gold checks."""
    late: int
    """Answers that came after their lease was lost; kept, and not counted."""
    set_aside: int
    """Answers with a class that there is no more, or of annotators who were deactivated."""
    answered_meanwhile: int
    """Pins that someone answered during this; they are for the next time."""

    @property
    def note(self) -> str | None:
        """What a person should know."""
        parts = []
        if self.contradictions:
            one = self.contradictions[0]
            parts.append(
                f"the answers on {len(self.contradictions)} pins contradict gold of another source "
                f"(e.g. {one.pin_id} is {one.gold!r} by {one.source!r}) and wait for a reviewer"
            )
        if self.distrusted:
            parts.append(f"{', '.join(self.distrusted)} clearly fail the gold checks")
        text = "; ".join(parts)
        return f"{text[0].upper()}{text[1:]}." if text else None


def agree(database: Database, signal: Signal, collection: str, rules: Rules) -> AgreeReport:
    """Make gold what the answers agree on, in one transaction; repeating it changes nothing.

    Gold from answers is made anew each time, so that what was taken back is gold no more. Gold of
    other sources is left as it is: where answers contradict it, the pin waits for a reviewer. A pin
    that is answered while this computes is left for the next time.
    """
    evidence = read_evidence(database, signal, collection)
    return settle(database, signal, collection, evidence, judge(evidence, rules))


def settle(
    database: Database,
    signal: Signal,
    collection: str,
    evidence: AnswerEvidence,
    verdicts: Verdicts,
) -> AgreeReport:
    """Bring gold and the tasks to verdicts made from evidence that was read before."""
    by_pin = {verdict.pin_id: verdict for verdict in verdicts.pins}
    with database.writing() as session:
        _lock(session, sorted(verdict.task.id for verdict in verdicts.pins))
        rows = count_rows(session, signal.name, collection)
        busy = {pin_id for pin_id, n in rows.items() if evidence.rows.get(pin_id) != n}
        gold = read_gold_labels(session, signal.name, collection)
        held = {
            pin_id: held_against(verdict, gold.get(pin_id))
            for pin_id, verdict in by_pin.items()
            if pin_id not in busy
        }
        changes = Changes.between(held, {p: g for p, g in gold.items() if p not in busy})
        _set_statuses(session, held)
        changes.save(session, signal.name, collection)
        late = session.scalar(
            select(func.count())
            .where(AnswerRow.signal == signal.name, AnswerRow.collection == collection)
            .where(AnswerRow.kind == "late")
        )
    outcomes = Counter(verdict.outcome for verdict in held.values())
    return AgreeReport(
        signal=signal.name,
        collection=collection,
        pins=len(held),
        gold=outcomes[GOLD],
        waiting=outcomes[WAITING],
        disputed=outcomes[DISPUTED],
        without_class=outcomes[WITHOUT_CLASS],
        adjudicated=sum(verdict.adjudicated for verdict in held.values()),
        added=len(changes.added),
        changed=len(changes.changed),
        removed=len(changes.removed),
        unchanged=outcomes[GOLD] - len(changes.added) - len(changes.changed),
        contradictions=tuple(
            Contradiction(
                pin_id=verdict.pin_id,
                gold=gold[verdict.pin_id].label,
                source=gold[verdict.pin_id].source,
                answers=verdict.label,
            )
            for verdict in held.values()
            if verdict.why == CONTRADICTS
        ),
        distrusted=verdicts.distrusted,
        late=late or 0,
        set_aside=verdicts.set_aside,
        answered_meanwhile=len(busy),
    )


def _lock(session: Session, tasks: list[int]) -> None:
    """Let no reviewer decide on these tasks meanwhile (in SQLite nobody writes anyway)."""
    for ids in in_chunks(tasks):
        locked = select(ReviewTaskRow.id).where(ReviewTaskRow.id.in_(ids))
        session.execute(locked.order_by(ReviewTaskRow.id).with_for_update()).all()


@dataclass(frozen=True, kw_only=True)
class Changes:
    """What must change in gold."""

    added: tuple[Verdict, ...]
    changed: tuple[Verdict, ...]
    removed: tuple[str, ...]
    """Pin ids."""

    @classmethod
    def between(cls, verdicts: Mapping[str, Verdict], gold: Mapping[str, GoldLabel]) -> Changes:
        """Return the changes that bring gold to the verdicts (see `held_against`)."""
        added, changed, removed = [], [], []
        for pin_id, verdict in verdicts.items():
            known = gold.get(pin_id)
            if verdict.outcome == GOLD and known is None:
                added.append(verdict)
            elif verdict.outcome == GOLD and known is not None and known.label != verdict.label:
                changed.append(verdict)
            elif known is not None and _falls(verdict, known):
                removed.append(pin_id)
        gone = [p for p, known in gold.items() if known.source == REVIEW and p not in verdicts]
        return cls(added=tuple(added), changed=tuple(changed), removed=(*removed, *gone))

    def save(self, session: Session, signal: str, collection: str) -> None:
        """Write the changes."""
        here = (GoldRow.signal == signal, GoldRow.collection == collection)
        gone = [*self.removed, *(verdict.pin_id for verdict in self.changed)]
        for ids in in_chunks(gone):
            session.execute(delete(GoldRow).where(*here, GoldRow.pin_id.in_(ids)))
        for verdicts in in_chunks((*self.added, *self.changed)):
            rows: list[dict[str, object]] = [
                {
                    "signal": signal,
                    "collection": collection,
                    "pin_id": verdict.pin_id,
                    "label": verdict.label,
                    "source": REVIEW,
                    "created_at": verdict.at,
                }
                for verdict in verdicts
            ]
            save_new_gold(session, rows)


def _falls(verdict: Verdict, known: GoldLabel) -> bool:
    """Return whether saved gold is gold no more. A task that was opened again keeps what its answers
    still speak for."""
    if verdict.outcome == WITHOUT_CLASS:
        return True
    if known.source != REVIEW or verdict.outcome == GOLD:
        return False
    return verdict.outcome == DISPUTED or verdict.label != known.label


def save_new_gold(session: Session, rows: list[dict[str, object]]) -> None:
    """Add rows of gold; of two that add the same pin at once, one does."""
    if session.get_bind().dialect.name == "postgresql":
        from sqlalchemy.dialects.postgresql import insert
    else:
        from sqlalchemy.dialects.sqlite import insert  # type: ignore[assignment]
    session.execute(insert(GoldRow).on_conflict_do_nothing(), rows)


def _set_statuses(session: Session, verdicts: Mapping[str, Verdict]) -> None:
    """Bring the tasks' statuses to the verdicts, unless someone changed them meanwhile."""
    moves: dict[tuple[str, str], list[int]] = {}
    for verdict in verdicts.values():
        before = verdict.task.status
        after = before
        if verdict.outcome == DISPUTED:
            after = "disputed"
        elif verdict.adjudicated or (before == "disputed" and verdict.outcome == GOLD):
            after = "done"
        if after != before:
            moves.setdefault((before, after), []).append(verdict.task.id)
    for (before, after), tasks in sorted(moves.items()):
        for ids in in_chunks(tasks):
            session.execute(
                update(ReviewTaskRow)
                .where(ReviewTaskRow.id.in_(ids))
                .where(ReviewTaskRow.status == before)
                .values(status=after)
            )
