"""What one annotator answered: to look at it again, to change it, to learn what reviewers decided."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Select, and_, select
from sqlalchemy.orm import aliased

from labeling.database import Database
from labeling.review import slots
from labeling.review.answers import IS_UNDONE
from labeling.tables import AnswerRow

_DECISION = aliased(AnswerRow, name="decision")
_LATER = aliased(AnswerRow, name="later")
_IS_LAST = ~(
    select(_LATER.id)
    .where(_LATER.task_id == _DECISION.task_id, _LATER.kind == "adjudication")
    .where(_LATER.id > _DECISION.id)
    .exists()
)
# nothing is told of a gold check, right or wrong: whoever is told of one knows what is a check
_DECIDED = and_(
    _DECISION.task_id == AnswerRow.task_id,
    _DECISION.kind == "adjudication",
    AnswerRow.is_check.is_(False),
    _IS_LAST,
)


@dataclass(frozen=True, kw_only=True)
class OwnAnswer:
    """An answer or a flag that stands, and what a reviewer decided on the pin."""

    lease: str
    """By which it is changed: `ReviewQueue.correct`."""
    pin_id: str
    label: str | None
    """None for a flag."""
    comment: str | None
    source: str
    """By which way it came: `app` or `label-studio`."""
    given_at: datetime
    decision: str | None
    """A class, or NO_CLASS; None where no reviewer decided."""
    why: str | None
    """What the reviewer said of it."""


def own_answers(
    database: Database,
    signal: str,
    collection: str,
    annotator: str,
    *,
    label: str | None = None,
    skip: int = 0,
    latest: int = 10,
) -> list[OwnAnswer]:
    """Return the latest answers and flags of an annotator, newest first, without the first `skip`;
    those alone that said the class `label`, where one is named."""
    found = _answers(signal, collection, annotator).outerjoin(_DECISION, _DECIDED)
    found = found.order_by(AnswerRow.created_at.desc(), AnswerRow.id.desc())
    if label is not None:
        found = found.where(AnswerRow.label == label)
    return _read(database, found.offset(skip).limit(latest))


def overruled(
    database: Database, signal: str, collection: str, annotator: str, *, latest: int = 10
) -> list[OwnAnswer]:
    """Return the answers of an annotator of which a reviewer's last decision differs, the latest
    decision first. Gold checks are left out."""
    found = _answers(signal, collection, annotator).join(_DECISION, _DECIDED)
    found = found.where(_DECISION.annotator != annotator, _DECISION.label != AnswerRow.label)
    return _read(database, found.order_by(_DECISION.id.desc()).limit(latest))


def _answers(signal: str, collection: str, annotator: str) -> Select[*tuple[Any, ...]]:
    return (
        select(
            AnswerRow.submission.label("lease"),
            AnswerRow.pin_id,
            AnswerRow.label,
            AnswerRow.comment,
            AnswerRow.source,
            AnswerRow.created_at.label("given_at"),
            _DECISION.label.label("decision"),
            _DECISION.comment.label("why"),
        )
        .where(AnswerRow.signal == signal, AnswerRow.collection == collection)
        .where(AnswerRow.annotator == annotator, AnswerRow.kind.in_(slots.GIVEN), ~IS_UNDONE)
    )


def _read(database: Database, found: Select[*tuple[Any, ...]]) -> list[OwnAnswer]:
    with database.reading() as session:
        return [OwnAnswer(**row) for row in session.execute(found).mappings()]
