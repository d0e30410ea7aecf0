"""Searching a collection by words and by what the last run found out, page by page.

A page is filled from one shard after the other, so nothing grows with the collection.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from sqlalchemy import ColumnElement, select, true

from labeling.collection import read_pins
from labeling.database import Database
from labeling.errors import CollectionError
from labeling.last_run import DOUBTS, LastRun, ShardFindings
from labeling.report import RunReport
from labeling.signals import NO_LABEL
from labeling.soft_labels import best_class
from labeling.tables import GoldRow, ReviewTaskRow

SEARCHED = ("title", "description", "board", "link")
MOST_PINS = 500_000
"""Pins that one call looks at; a rare word is then looked for further by the next call."""


@dataclass(frozen=True, kw_only=True)
class PinQuery:
    """Which pins are wanted; what is not said does not matter."""

    words: str = ""
    """All must occur in the title, description, board or link; or the whole is the pin's id."""
    final: str | None = None
    """The class that is published, or `no label`."""
    label: str | None = None
    """The resolved class, or `no label`."""
    least_confidence: float = 0.0
    most_confidence: float = 1.0
    covered: bool | None = None
    in_queue: bool | None = None
    """Whether it waits for an annotator or a reviewer."""
    has_gold: bool | None = None
    split: str | None = None
    """`""` for pins that came without one."""
    doubt: str | None = None
    """One of `last_run.DOUBTS`."""
    function: str | None = None
    """Only pins on which it voted."""
    vote: str | None = None
    """What it voted."""
    agrees: bool | None = None
    """Whether it voted for the resolved class."""


@dataclass(frozen=True, kw_only=True, order=True)
class Place:
    """Where a search goes on."""

    shard: int = 0
    row: int = 0


@dataclass(frozen=True, kw_only=True)
class FoundPin:
    """One pin that fits."""

    pin_id: str
    title: str
    description: str
    link: str
    board: str
    split: str
    final: str
    """The class that is published, or `no label`."""
    final_confidence: float
    label: str
    """The resolved class, or `no label`."""
    confidence: float
    probe: str
    votes: dict[str, str]
    """Function -> class, for those that voted."""
    doubts: tuple[str, ...]
    shard: int
    row: int


@dataclass(frozen=True, kw_only=True)
class PinPage:
    """Some pins that fit, in the collection's order."""

    pins: tuple[FoundPin, ...]
    next: Place | None
    """Where to go on; None at the collection's end."""
    looked_at: int
    """Pins that this call looked at."""


def find_pins(
    run: LastRun,
    database: Database,
    query: PinQuery,
    *,
    start: Place | None = None,
    count: int = 24,
    most_pins: int = MOST_PINS,
) -> PinPage:
    """Return up to `count` pins that fit, from a place on; fewer where `most_pins` were looked at.

    Raises CollectionError for a class, a doubt or a function that the run does not know.
    """
    _check(run, query)
    ids = _PinIds(database, run.report)
    start = start or Place()
    pins: list[FoundPin] = []
    looked_at = 0
    shards = run.collection.shards
    for number in range(start.shard, len(shards)):
        if looked_at >= most_pins:
            return PinPage(pins=tuple(pins), next=Place(shard=number), looked_at=looked_at)
        findings = run.findings(shards[number])
        rows = _matching(findings, query, ids)
        if number == start.shard:
            rows = rows[rows >= start.row]
        taken = rows[: count - len(pins)].tolist()
        pins += _describe(findings, number, taken)
        looked_at += shards[number].rows
        if len(rows) > len(taken):
            place = Place(shard=number, row=int(rows[len(taken)]))
            return PinPage(pins=tuple(pins), next=place, looked_at=looked_at)
    return PinPage(pins=tuple(pins), next=None, looked_at=looked_at)


def pins_at(run: LastRun, places: Sequence[Place]) -> tuple[FoundPin, ...]:
    """Return the pins at some places, sorted by place."""
    rows: dict[int, list[int]] = {}
    for place in sorted(places):
        rows.setdefault(place.shard, []).append(place.row)
    shards = run.collection.shards
    return tuple(
        pin
        for number, wanted in rows.items()
        for pin in _describe(run.findings(shards[number]), number, wanted)
    )


def _check(run: LastRun, query: PinQuery) -> None:
    classes = (*run.report.classes, NO_LABEL)
    for what, value, known in (
        ("class", query.final, classes),
        ("class", query.label, classes),
        ("class", query.vote, run.report.classes),
        ("doubt", query.doubt, DOUBTS),
        ("function", query.function, run.functions),
    ):
        if value is not None and value not in known:
            raise CollectionError(
                f"The last run of {run.report.signal} knows no {what} {value!r}; it knows "
                f"{', '.join(known)}."
            )
    if query.function is None and (query.vote is not None or query.agrees is not None):
        raise CollectionError("A vote can only be searched for with the function that gave it.")


class _PinIds:
    """Pin ids that the database knows, read where a query asks for them."""

    def __init__(self, database: Database, report: RunReport) -> None:
        self.database, self.report = database, report

    @cached_property
    def waiting(self) -> pa.Array:
        """Of open and disputed tasks."""
        return self._read(ReviewTaskRow, ReviewTaskRow.status.in_(("open", "disputed")))

    @cached_property
    def gold(self) -> pa.Array:
        """Of pins that people agreed on."""
        return self._read(GoldRow, true())

    def _read(self, table: type[ReviewTaskRow | GoldRow], which: ColumnElement[bool]) -> pa.Array:
        wanted = select(table.pin_id).where(
            table.signal == self.report.signal, table.collection == self.report.collection, which
        )
        with self.database.reading() as session:
            return pa.array(session.scalars(wanted).all(), pa.string())


def _matching(findings: ShardFindings, query: PinQuery, ids: _PinIds) -> np.ndarray:
    """Return the rows of a shard that fit, int [found]."""
    fits = np.ones(findings.shard.rows, dtype=bool)
    for condition in (*_by_pins(findings, query, ids), *_by_findings(findings, query)):
        fits &= condition
    return np.flatnonzero(fits)


def _by_pins(findings: ShardFindings, query: PinQuery, ids: _PinIds) -> Iterator[np.ndarray]:
    columns = ["pin_id", "split"] + (list(SEARCHED) if query.words.strip() else [])
    pins = read_pins(findings.store, findings.shard, columns)
    if words := query.words.split():
        said = np.ones(len(pins), dtype=bool)
        for word in words:
            holds = [
                _as_mask(pc.match_substring(pins.column(name), word, ignore_case=True))
                for name in SEARCHED
            ]
            said &= np.logical_or.reduce(holds)
        yield said | _as_mask(pc.equal(pins.column("pin_id"), query.words.strip()))
    if query.split is not None:
        yield _as_mask(pc.equal(pc.fill_null(pins.column("split"), ""), query.split))
    if query.in_queue is not None:
        yield _as_mask(pc.is_in(pins.column("pin_id"), ids.waiting)) == query.in_queue
    if query.has_gold is not None:
        yield _as_mask(pc.is_in(pins.column("pin_id"), ids.gold)) == query.has_gold


def _by_findings(findings: ShardFindings, query: PinQuery) -> Iterator[np.ndarray]:
    classes = findings.sources.classes
    if query.final is not None:
        yield findings.final_labels == _number(classes, query.final)
    if query.label is not None:
        yield findings.labels == _number(classes, query.label)
    if query.least_confidence > 0 or query.most_confidence < 1:
        sure = findings.confidence
        yield (sure >= query.least_confidence) & (sure <= query.most_confidence)
    if query.covered is not None:
        yield findings.covered == query.covered
    if query.doubt is not None:
        yield findings.doubt(query.doubt)
    if query.function is not None:
        votes = findings.votes_by(query.function)
        yield votes >= 0
        if query.vote is not None:
            yield votes == classes.index(query.vote)
        if query.agrees is not None:
            yield (votes == findings.labels) == query.agrees


def _number(classes: Sequence[str], name: str) -> int:
    return -1 if name == NO_LABEL else classes.index(name)


def _as_mask(column: pa.ChunkedArray) -> np.ndarray:
    return np.asarray(pc.fill_null(column, False).to_numpy(), dtype=bool)


def _describe(findings: ShardFindings, number: int, rows: list[int]) -> list[FoundPin]:
    if not rows:
        return []
    columns = ["pin_id", "split", *SEARCHED]
    pins = findings.store.read_rows(findings.shard.key, rows).select(columns).to_pylist()
    probe = best_class(findings.probe)
    return [
        FoundPin(
            **{name: text or "" for name, text in pin.items()},
            final=findings.name(int(findings.final_labels[row])),
            final_confidence=float(findings.final[row].max()),
            label=findings.name(int(findings.labels[row])),
            confidence=float(findings.confidence[row]),
            probe=findings.name(int(probe[row])),
            votes=findings.votes_of(row),
            doubts=doubts,
            shard=number,
            row=row,
        )
        for pin, row, doubts in zip(pins, rows, findings.doubts_of(rows), strict=True)
    ]
