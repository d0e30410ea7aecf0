"""Answers: what people said, without what they took back."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd
from sqlalchemy import select
from sqlalchemy.orm import aliased

from labeling.database import Database
from labeling.tables import AnswerRow

COLUMNS = (
    "id",
    "task_id",
    "pin_id",
    "annotator",
    "kind",
    "label",
    "comment",
    "is_check",
    "source",
    "seconds",
    "created_at",
)
UNDO = aliased(AnswerRow, name="undo")
IS_UNDONE = select(UNDO.id).where(UNDO.undoes == AnswerRow.id).exists()
"""Of an answer in a query: whether it was taken back."""
COUNTED = ("answer", "flag", "adjudication")


def read_answers(
    database: Database, signal: str, collection: str, *, kinds: Sequence[str] = COUNTED
) -> pd.DataFrame:
    """Return the answers, flags and adjudications that stand, oldest first, one row each: COLUMNS.

    Left out are skips, answers that came after their lease was lost, and what was undone; other
    `kinds` can be asked for.
    """
    wanted = (
        select(*(getattr(AnswerRow, name) for name in COLUMNS))
        .where(AnswerRow.signal == signal, AnswerRow.collection == collection)
        .where(AnswerRow.kind.in_(kinds))
        .where(~IS_UNDONE)
        .order_by(AnswerRow.id)
    )
    with database.reading() as session:
        answers = pd.DataFrame(session.execute(wanted).all(), columns=list(COLUMNS))
    return answers.assign(created_at=pd.to_datetime(answers["created_at"], utc=True))
