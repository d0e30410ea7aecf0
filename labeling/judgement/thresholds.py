"""The probability from which a class can be believed: as low as a wanted precision allows."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from labeling.chance import clopper_pearson_interval
from labeling.judgement.figures import DIGITS, Figure, figure
from labeling.judgement.sample import JudgedRows, effective

RISK = 0.05
"""Of naming a threshold that is too low."""
STEPS = 80
"""Thresholds that are tried, at most."""
STARTS = 4


@dataclass(frozen=True, kw_only=True)
class Threshold:
    """From where a class is believed, and what is left then."""

    wanted: float
    """The precision asked for."""
    threshold: float | None
    """None where no threshold surely reaches it."""
    precision: Figure
    """Of the rows whose likeliest class it is, from the threshold on (from 0 where there is none)."""
    recall: float | None
    """Of the class's rows, the share found there; None where it has no rows."""
    coverage: float
    """Of all rows, the share that gets the class."""


def find_threshold(rows: JudgedRows, y: int, wanted: float) -> Threshold:
    """Return the lowest threshold above which the class, where it is the likeliest, is right so often.

    Thresholds are tested from high to low by the lower bound of their precision, up to the first that
    fails, from some starts that share the risk: so that all tests together name a wrong one once in
    twenty times (fixed-sequence testing with fallback: Angelopoulos et al. 2021, "Learn then Test").
    With few rows it is therefore high, or there is none: 29 right of 29 are the fewest that show 90%.
    """
    own = np.flatnonzero(rows.predicted == y)
    own = own[np.argsort(-rows.probabilities[own, y], kind="stable")]
    right, weights = rows.right[own], rows.weights[own]
    last = _lowest(rows.probabilities[own, y], right, weights, wanted)
    kept = slice(0, len(own) if last is None else last + 1)
    w, share, bounds = weights[kept], np.nan, (np.nan, np.nan)
    if len(w):
        share = float(np.average(right[kept], weights=w))
        bounds = clopper_pearson_interval(share, effective(w))
    of_class = float(rows.weights[rows.reference == y].sum())
    return Threshold(
        wanted=wanted,
        threshold=None if last is None else float(rows.probabilities[own[last], y]),
        precision=figure(share, *bounds),
        recall=round(float((w * right[kept]).sum()) / of_class, DIGITS) if of_class else None,
        coverage=round(float(w.sum() / rows.weights.sum()), DIGITS),
    )


def _lowest(
    scores: np.ndarray, right: np.ndarray, weights: np.ndarray, wanted: float
) -> int | None:
    """Return the number of the last row that is believed, of rows from the surest on; None for none."""
    if not len(scores) or wanted >= 1:  # no sample shows that none is wrong
        return None
    last = np.flatnonzero(np.append(np.diff(scores) != 0, True))
    seen = np.cumsum(weights)[last]
    counts = seen**2 / np.cumsum(weights**2)[last]
    precision = np.cumsum(weights * right)[last] / seen
    fewest = np.log(RISK) / np.log(wanted)  # that show it with no mistake among them
    starts = int(np.clip(np.log2(max(counts[-1] / fewest, 1)), 1, STARTS))
    risk = RISK / starts
    first = np.log(risk) / np.log(wanted)
    if counts[-1] < first:
        return None
    steps = np.unique(np.searchsorted(counts, np.geomspace(first, counts[-1], STEPS)))
    steps = np.minimum(steps, len(counts) - 1)
    found = None
    for start in range(starts):
        for at in steps[len(steps) * start // starts :]:
            if clopper_pearson_interval(precision[at], counts[at], 1 - 2 * risk)[0] < wanted:
                break
            found = max(found or 0, int(last[at]))
    return found
