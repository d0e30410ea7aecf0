"""What pins are sliced by: their columns, their language and length, what the functions say of them."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from itertools import pairwise

import numpy as np

from labeling.errors import LabelingError, ModelError
from labeling.judgement import SliceValues
from labeling.languages import language_of
from labeling.last_run import LastRun
from labeling.models.rows import EvaluationRows
from labeling.pins import FIELDS, PinBatch
from labeling.workspace import Workspace

DEFAULT = ("board", "domain", "language", "length")
FUNCTIONS = "functions"
FUNCTION = "function:"
MOST_VALUES = 20
"""Of a column; what is rarer is one slice."""
OTHER = "(other)"
NUMBERS = 20
"""Distinct numbers from which a column is cut into quarters."""
LENGTHS = (5, 15, 40)
"""Words."""
MONTHS = 12

_DATE = re.compile(r"(\d{4})-(\d{2})(?:-\d{2}.*)?")


def read_slices(
    workspace: Workspace, rows: EvaluationRows, by: Sequence[str]
) -> tuple[SliceValues, ...]:
    """Return the columns that are asked for: a field or another column of the pins, `domain`,
    `language` (the pins' own column, else what the text seems to be in), `length`,
    `function:NAME` for one function of the last run, `functions` for all.

    Raises ModelError for a column that no pin has.
    """
    found = []
    for name in by or DEFAULT:
        if name == FUNCTIONS or name.startswith(FUNCTION):
            found += _functions(workspace, rows, name)
        else:
            values = np.array(_column(rows, name), dtype=object)
            found.append(SliceValues(column=name, values=values))
    return tuple(found)


def _column(rows: EvaluationRows, name: str) -> list[str]:
    batch = rows.batch
    if name == "language" and not any(batch.column(name)):
        return [language_of(text) for text in batch.column("text")]
    if name == "length":
        return [_length(len(text.split())) for text in batch.column("text")]
    values = batch.column(name)
    if name not in FIELDS and name not in ("domain", "text") and not any(values):
        raise ModelError(
            f"No pin that judges has a column {name!r}; slice by {', '.join(_names(batch))}, length, "
            f"{FUNCTIONS} or {FUNCTION}NAME."
        )
    return _few(values)


def _names(batch: PinBatch) -> list[str]:
    known = {"pin_id", "title", "description", "text", "link", "image"}
    return [*dict.fromkeys([*(n for n in batch.frame.columns if n not in known), "language"])]


def _length(words: int) -> str:
    """Return how long a text is.

    >>> _length(0), _length(7), _length(90)
    ('no words', '6 to 15 words', 'over 40 words')
    """
    if not words:
        return "no words"
    low = 1
    for high in LENGTHS:
        if words <= high:
            return f"{low} to {high} words"
        low = high + 1
    return f"over {LENGTHS[-1]} words"


def _few(values: list[str]) -> list[str]:
    """Return the values with dates as months or years, many numbers as quarters, rare ones as one."""
    said = [value for value in values if value]
    dates = [_DATE.fullmatch(value) for value in said]
    if said and all(dates):
        months = {value[:7] for value in said}
        return [value[:7] if len(months) <= MONTHS else value[:4] for value in values]
    numbers = _numbers(said)
    if numbers is not None and len(set(numbers)) > NUMBERS:
        edges = np.quantile(numbers, (0.25, 0.5, 0.75))
        names = [
            f"up to {edges[0]:g}",
            *(f"{low:g} to {high:g}" for low, high in pairwise(edges)),
            f"over {edges[-1]:g}",
        ]
        return [names[int(np.searchsorted(edges, float(v)))] if v else "" for v in values]
    kept = {value for value, _ in Counter(values).most_common(MOST_VALUES)}
    return [value if value in kept else OTHER for value in values]


def _numbers(values: list[str]) -> list[float] | None:
    try:
        return [float(value) for value in values]
    except ValueError:
        return None


def _functions(workspace: Workspace, rows: EvaluationRows, asked: str) -> list[SliceValues]:
    """Return where functions fire, by the votes of the last run."""
    signal, collection = rows.signal.name, rows.collection
    try:
        run = LastRun.of(workspace, signal, collection.name)
    except LabelingError as error:
        raise ModelError(
            f"Functions cannot slice before they voted: run `labeling run {signal} {collection.name}`."
        ) from error
    names = run.functions if asked == FUNCTIONS else (asked.removeprefix(FUNCTION),)
    for name in names:
        if name not in run.functions:
            raise ModelError(
                f"The last run of {signal} on {collection.name} had no function {name!r}; it had "
                f"{', '.join(run.functions)}."
            )
    there = {shard.id for shard in run.collection.shards}
    places = {shard: at for shard, at in rows.by_shard().items() if shard.id in there}
    found = []
    for name in names:
        values = np.full(len(rows.places), "", dtype=object)
        for shard, (numbers, own) in places.items():
            votes = run.findings(shard).votes_by(name)[own]
            values[numbers] = np.where(votes >= 0, "votes", "abstains")
        found.append(SliceValues(column=f"{FUNCTION}{name}", values=values))
    return found
