"""How often one annotator says what is agreed on: cheap enough to be shown while they work."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import and_, or_, select

from labeling.database import Database
from labeling.review.answers import IS_UNDONE
from labeling.review.verdicts import REVIEW
from labeling.tables import AnswerRow, GoldRow, ReviewTaskRow

LATEST = 200
"""Answers that are looked at."""
FEWEST = 10
"""Answers that say anything."""


@dataclass(frozen=True, kw_only=True)
class OwnAgreement:
    """Of an annotator's latest answers on pins whose class is gold by more than their answer alone."""

    answers: int
    agree: int

    @property
    def share(self) -> float | None:
        """The share that is the gold class; None for too few to tell."""
        return self.agree / self.answers if self.answers >= FEWEST else None


def own_agreement(database: Database, signal: str, collection: str, annotator: str) -> OwnAgreement:
    """Return how the latest 200 answers of an annotator compare with gold."""
    mine = (
        select(AnswerRow.task_id, AnswerRow.pin_id, AnswerRow.label)
        .where(AnswerRow.signal == signal, AnswerRow.collection == collection)
        .where(AnswerRow.annotator == annotator, AnswerRow.kind == "answer")
        .where(~IS_UNDONE)
        .order_by(AnswerRow.id.desc())
        .limit(LATEST)
        .subquery()
    )
    of_pin = and_(
        GoldRow.signal == signal,
        GoldRow.collection == collection,
        GoldRow.pin_id == mine.c.pin_id,
    )
    by_more = or_(GoldRow.source != REVIEW, ReviewTaskRow.answered > 1)
    with database.reading() as session:
        rows = session.execute(
            select(mine.c.label, GoldRow.label)
            .join(GoldRow, of_pin)
            .join(ReviewTaskRow, ReviewTaskRow.id == mine.c.task_id)
            .where(by_more)
        ).all()
    return OwnAgreement(answers=len(rows), agree=sum(own == gold for own, gold in rows))
