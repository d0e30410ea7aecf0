"""A row object against the Series that pandas gives for the same row."""

from __future__ import annotations

import copy
from collections.abc import Callable
from typing import Any

import pandas as pd
import pytest

from labeling.functions.series_rows import SeriesRows

FRAME = pd.DataFrame(
    {"title": ["Sale!", "é"], "index": ["a", "b"], "my column": ["x", ""], "count": ["1", "2"]},
    index=[7, 9],
)

USES: dict[str, Callable[[Any], Any]] = {
    "attribute": lambda x: x.title,
    "item": lambda x: x["title"] + x["my column"],
    "an attribute that a Series has itself": lambda x: list(x.index),
    "its item": lambda x: x["index"] + x["count"],
    "a method of the same name": lambda x: x.count(),
    "get": lambda x: (x.get("title"), x.get("nothing", 3)),
    "name": lambda x: x.name,
    "dtype": lambda x: str(x.dtype),
    "is a Series": lambda x: isinstance(x, pd.Series),
    "in": lambda x: ("title" in x, "nothing" in x, 0 in x),
    "length": len,
    "iteration": list,
    "dictionary": dict,
    "to_dict": lambda x: x.to_dict(),
    "text": str,
    "comparison": lambda x: (x == "x").tolist(),
    "sum": lambda x: (x + "!").tolist(),
    "slice": lambda x: x[["title", "count"]].tolist(),
    "a copy": lambda x: copy.deepcopy(x).title,
    "a changed value": lambda x: (setattr(x, "title", "new"), x.title, x["title"], x.tolist()),
    "a changed item": lambda x: (x.__setitem__("title", "new"), x.title, x.tolist()),
    "a new attribute": lambda x: (setattr(x, "words", 3), x.words),
    "a missing attribute": lambda x: x.nothing,
    "a missing item": lambda x: x["nothing"],
    "truth": bool,
}


def rows_of(frame: pd.DataFrame) -> SeriesRows:
    return SeriesRows(frame, [frame[name].tolist() for name in frame.columns])


def outcome(use: Callable[[Any], Any], row: Any) -> Any:
    try:
        return use(row)
    except Exception as error:  # noqa: BLE001 whatever pandas raises
        return type(error), str(error)


@pytest.mark.parametrize("use", USES.values(), ids=USES)
@pytest.mark.filterwarnings("ignore")
def test_a_row_does_what_the_series_of_iterrows_does(use: Callable[[Any], Any]) -> None:
    ours = [outcome(use, row) for row in rows_of(FRAME.copy())]
    assert ours == [outcome(use, row) for _, row in FRAME.copy().iterrows()]


def test_a_changed_row_leaves_the_others_and_the_frame_alone() -> None:
    frame = FRAME.copy()
    rows = rows_of(frame)
    for row in rows:
        row["title"] = "spoilt"
    assert [row.title for row in rows] == ["Sale!", "é"]
    assert [row.title for row in rows_of(frame)] == ["Sale!", "é"]
