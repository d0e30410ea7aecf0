"""Snorkel's own LabelingFunction objects, registered unchanged: they see the rows they would see
under Snorkel's PandasLFApplier (a pandas Series per pin)."""

from __future__ import annotations

from typing import Any

from labeling.fingerprints import fingerprint
from labeling.functions.code import code_fingerprint, value_fingerprint
from labeling.functions.function import BatchVotes, LabelingFunction, check_name
from labeling.functions.on_pin import vote_rows
from labeling.pins import PinBatch


def is_snorkel_function(value: Any) -> bool:
    """Whether the value is a snorkel.labeling.LabelingFunction; does not import snorkel."""
    return any(
        base.__module__.startswith("snorkel.") and base.__name__ == "LabelingFunction"
        for base in type(value).__mro__
    )


def from_snorkel(function: Any) -> LabelingFunction:
    """Return a labeling function that calls a Snorkel one (shape and meaning as in snorkel 0.10)."""

    def vote(batch: PinBatch, classes: int) -> BatchVotes:
        if function._pre:  # preprocessors copy and extend the row: they get the real one
            real = (row for _, row in batch.frame.iterrows())
            return vote_rows(function, real, len(batch), classes)
        if "series_rows" not in batch.kept:
            from labeling.functions.series_rows import SeriesRows  # pandas, which few need

            columns = [batch.column(str(name)) for name in batch.frame.columns]
            batch.kept["series_rows"] = SeriesRows(batch.frame, columns)
        return vote_rows(function, batch.kept["series_rows"], len(batch), classes)

    parts = [code_fingerprint(function._f), value_fingerprint(function._resources)]
    for mapper in function._pre:
        kept = {key: value for key, value in vars(mapper).items() if key != "_cache"}
        parts.append(value_fingerprint([type(mapper), kept]))
    return LabelingFunction(
        name=check_name(function.name),
        kind="snorkel",
        fingerprint=fingerprint("snorkel", *parts),
        polarity=None,
        code=vote,
        doc=(function._f.__doc__ or "").strip(),
    )
