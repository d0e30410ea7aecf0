"""Comments: what annotators say to the author of a labeling function about a pin."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime

from sqlalchemy import select

from labeling.database import Database, as_record
from labeling.errors import ReviewError
from labeling.pins import clean
from labeling.tables import FunctionCommentRow

MAX_CHARS = 4_000


@dataclass(frozen=True, kw_only=True)
class FunctionComment:
    """What one person said about a function's vote on a pin."""

    id: int
    signal: str
    function: str
    collection: str
    pin_id: str
    annotator: str
    text: str
    created_at: datetime
    resolved_at: datetime | None
    """When the function's author dealt with it; none: not yet."""

    @property
    def is_open(self) -> bool:
        """Whether it still waits for the author."""
        return self.resolved_at is None


@dataclass(frozen=True, kw_only=True)
class FunctionComments:
    """What was said about one function, in short."""

    function: str
    open: int
    resolved: int
    latest: FunctionComment
    """The newest open one, or the newest of all where none is open."""


def add_comment(
    database: Database,
    signal: str,
    function: str,
    collection: str,
    pin_id: str,
    annotator: str,
    text: str,
    *,
    now: datetime | None = None,
) -> FunctionComment:
    """Put a comment on record and return it. Raises ReviewError for one without words, or a
    longer one than 4,000 characters."""
    said = clean(text).strip()
    if not 0 < len(said) <= MAX_CHARS:
        raise ReviewError(
            f"The comment on {function} has {len(said):,} characters; write 1 to {MAX_CHARS:,}."
        )
    row = FunctionCommentRow(
        signal=signal,
        function=function,
        collection=collection,
        pin_id=pin_id,
        annotator=annotator,
        text=said,
        created_at=now or datetime.now(UTC),
    )
    with database.writing() as session:
        session.add(row)
        session.flush()
        return as_record(FunctionComment, row)


def read_comments(
    database: Database, signal: str, collection: str, *, pin_id: str | None = None
) -> list[FunctionComment]:
    """Return the comments on a signal's functions, or those about one pin: those that are open first,
    and of each kind the newest first."""
    row = FunctionCommentRow
    wanted = select(row).where(row.signal == signal, row.collection == collection)
    if pin_id is not None:
        wanted = wanted.where(row.pin_id == pin_id)
    wanted = wanted.order_by(row.resolved_at.is_not(None), row.id.desc())
    with database.reading() as session:
        return [as_record(FunctionComment, found) for found in session.scalars(wanted)]


def resolve_comment(
    database: Database, comment_id: int, *, now: datetime | None = None
) -> FunctionComment:
    """Mark a comment as dealt with and return it; repeating it keeps the first time.

    Raises ReviewError where there is no such comment.
    """
    with database.writing() as session:
        row = session.get(FunctionCommentRow, comment_id)
        if row is None:
            raise ReviewError(f"There is no comment {comment_id}; read them again.")
        row.resolved_at = row.resolved_at or now or datetime.now(UTC)
        session.flush()
        return as_record(FunctionComment, row)


def by_function(comments: Iterable[FunctionComment]) -> dict[str, FunctionComments]:
    """Return function -> what was said about it, given comments as `read_comments` sorts them."""
    grouped: dict[str, list[FunctionComment]] = {}
    for comment in comments:
        grouped.setdefault(comment.function, []).append(comment)
    return {
        name: FunctionComments(
            function=name,
            open=sum(one.is_open for one in found),
            resolved=sum(not one.is_open for one in found),
            latest=found[0],
        )
        for name, found in grouped.items()
    }
