"""Comments: what annotators say to the authors of labeling functions, about a pin."""

from __future__ import annotations

from datetime import UTC, datetime

from labeling.database import Database
from labeling.errors import ReviewError
from labeling.tables import FunctionCommentRow

LONGEST = 4_000


def add_comment(
    database: Database,
    signal: str,
    function: str,
    collection: str,
    pin_id: str,
    annotator: str,
    text: str,
) -> int:
    """Return the id of a comment to a function's author. Raises ReviewError for an empty one, or one
    of more than 4,000 characters."""
    said = text.strip()
    if not said or len(said) > LONGEST:
        raise ReviewError(
            f"The comment has {len(said):,} characters; write between 1 and {LONGEST:,}."
        )
    with database.writing() as session:
        row = FunctionCommentRow(
            signal=signal,
            function=function,
            collection=collection,
            pin_id=pin_id,
            annotator=annotator,
            text=said,
            created_at=datetime.now(UTC),
        )
        session.add(row)
        session.flush()
        return row.id
