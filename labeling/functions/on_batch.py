"""Functions on a batch: called once per shard with a DataFrame; vectorised code runs fastest here."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

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
from labeling.pins import PinBatch

if TYPE_CHECKING:
    import pandas as pd


def on_batch(function: Callable[[pd.DataFrame], Any], name: str | None = None) -> LabelingFunction:
    """Return a labeling function that calls `function(frame)` once per shard.

    The frame has a row per pin (see `PinBatch.frame`); it returns one vote per row (array, Series
    or list). An exception or a wrong length is a fault of every pin of the shard, a wrong vote one
    of its pin.
    """

    def vote(batch: PinBatch, classes: int) -> BatchVotes:
        n = len(batch)
        try:
            values = np.asarray(function(batch.frame.copy(deep=False)))
            if values.shape != (n,):
                raise ValueError(f"returned shape {values.shape}, wanted one vote for {n} pins")
        except (Exception, SystemExit) as error:  # noqa: BLE001 authors raise anything
            message = describe(error)
            return BatchVotes(
                votes=np.full(n, ABSTAIN, dtype=np.int8), faults=dict.fromkeys(range(n), message)
            )
        return _checked(values, classes)

    return LabelingFunction(
        name=check_name(name or function.__name__),
        kind="batch_function",
        fingerprint=code_fingerprint(function),
        polarity=None,
        code=vote,
        doc=(function.__doc__ or "").strip(),
    )


def _checked(values: np.ndarray, classes: int) -> BatchVotes:
    """Return the values as votes; those that are none become faults."""
    if values.dtype.kind in "iu":
        wrong = np.flatnonzero((values < ABSTAIN) | (values >= classes))
    else:
        wrong = np.arange(len(values))
    votes = np.full(len(values), ABSTAIN, dtype=np.int8)
    good = np.ones(len(values), dtype=bool)
    good[wrong] = False
    votes[good] = values[good].astype(np.int8)
    faults: dict[int, str] = {}
    for number in wrong.tolist():
        try:
            votes[number] = vote_of(values[number], classes)
        except ValueError as error:
            faults[number] = str(error)
    return BatchVotes(votes=votes, faults=faults)
