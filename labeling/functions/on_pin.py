"""Functions on one pin: plain Python, called row by row; a fault on one pin leaves the others."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from labeling.functions.code import code_fingerprint
from labeling.functions.function import (
    ABSTAIN,
    BatchVotes,
    LabelingFunction,
    check_name,
    describe,
    vote_of,
)
from labeling.pins import Pin, PinBatch


def on_pin(function: Callable[[Pin], int], name: str | None = None) -> LabelingFunction:
    """Return a labeling function that calls `function(pin)` for every pin.

    It returns a class or ABSTAIN; an exception or any other value is a fault of that pin.
    """

    def vote(batch: PinBatch, classes: int) -> BatchVotes:
        return vote_rows(function, batch.pins, len(batch), classes)

    return LabelingFunction(
        name=check_name(name or function.__name__),
        kind="function",
        fingerprint=code_fingerprint(function),
        polarity=None,
        code=vote,
        doc=(function.__doc__ or "").strip(),
    )


def vote_rows(function: Callable[[Any], Any], rows: Any, n: int, classes: int) -> BatchVotes:
    """Return the votes of a function called on each of n rows."""
    votes = np.full(n, ABSTAIN, dtype=np.int8)
    faults: dict[int, str] = {}
    for number, row in enumerate(rows):
        try:
            value = function(row)
            if type(value) is not int or not ABSTAIN <= value < classes:
                value = vote_of(value, classes)
        except ValueError as error:
            faults[number] = str(error) if str(error).startswith("returned ") else describe(error)
        except (Exception, SystemExit) as error:  # noqa: BLE001 authors raise anything
            faults[number] = describe(error)
        else:
            votes[number] = value
    return BatchVotes(votes=votes, faults=faults)
