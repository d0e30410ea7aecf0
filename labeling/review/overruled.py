"""What reviewers decided otherwise than an annotator had answered: so that they learn why."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import and_, select
from sqlalchemy.orm import aliased

from labeling.database import Database
from labeling.review.answers import IS_UNDONE
from labeling.tables import AnswerRow

LATEST = 10
"""Decisions that are told of."""
_DECISION = aliased(AnswerRow, name="decision")
_LATER = aliased(AnswerRow, name="later")


@dataclass(frozen=True, kw_only=True)
class Overruled:
    """A reviewer's decision that differs from an annotator's answer."""

    pin_id: str
    label: str
    """What they answered."""
    decision: str
    """A class, or NO_CLASS."""
    comment: str | None
    """Why, as the reviewer said."""
    decided_at: datetime


def overruled(
    database: Database, signal: str, collection: str, annotator: str, *, latest: int = LATEST
) -> list[Overruled]:
    """Return the latest decisions of reviewers that differ from an annotator's answers, newest first.

    Only the last decision on a pin and an answer that stands are compared. Answers to gold checks are
    left out, right or wrong: whoever is told of one knows what is a check.
    """
    later = select(_LATER.id).where(
        _LATER.task_id == _DECISION.task_id,
        _LATER.kind == "adjudication",
        _LATER.id > _DECISION.id,
    )
    is_on_it = and_(_DECISION.task_id == AnswerRow.task_id, _DECISION.kind == "adjudication")
    found = (
        select(
            AnswerRow.pin_id,
            AnswerRow.label,
            _DECISION.label.label("decision"),
            _DECISION.comment,
            _DECISION.created_at.label("decided_at"),
        )
        .join(_DECISION, is_on_it)
        .where(AnswerRow.signal == signal, AnswerRow.collection == collection)
        .where(AnswerRow.annotator == annotator, AnswerRow.kind == "answer")
        .where(AnswerRow.is_check.is_(False), ~IS_UNDONE, ~later.exists())
        .where(_DECISION.annotator != annotator, _DECISION.label != AnswerRow.label)
        .order_by(_DECISION.id.desc())
        .limit(latest)
    )
    with database.reading() as session:
        return [Overruled(**row) for row in session.execute(found).mappings()]
