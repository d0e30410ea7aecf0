"""How often a class is right where a model is so sure of it, and how precise it is above thresholds."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from labeling.chance import clopper_pearson_interval
from labeling.judgement.figures import DIGITS, Figure, figure
from labeling.judgement.sample import effective
from labeling.judgement.scores import mass_bins

BINS = 10
POINTS = 60


@dataclass(frozen=True, kw_only=True)
class Bin:
    """Rows of which a model says about the same."""

    said: float
    """The mean probability."""
    seen: Figure
    """The share that is so."""
    rows: int


@dataclass(frozen=True, kw_only=True)
class Point:
    """Precision and recall of a class from a threshold on."""

    threshold: float
    precision: float
    recall: float


def reliability(said: np.ndarray, is_so: np.ndarray, weights: np.ndarray) -> tuple[Bin, ...]:
    """Return the bins, which weigh about the same, from the least sure.

    said: float [n], the probabilities; is_so: bool [n].
    """
    number = mass_bins(said, weights, BINS)
    bins = []
    for one in range(int(number.max(initial=-1)) + 1):
        own = number == one
        w = weights[own]
        share = float(np.average(is_so[own], weights=w))
        low, high = clopper_pearson_interval(share, effective(w))
        bins.append(
            Bin(
                said=round(float(np.average(said[own], weights=w)), DIGITS),
                seen=figure(share, low, high),
                rows=int(own.sum()),
            )
        )
    return tuple(bins)


def precision_recall(
    scores: np.ndarray, is_so: np.ndarray, weights: np.ndarray
) -> tuple[Point, ...]:
    """Return points of the curve, from the highest threshold; none without a row that is so."""
    order = np.argsort(-scores, kind="stable")
    last = np.flatnonzero(np.append(np.diff(scores[order]) != 0, True))
    hits = np.cumsum((weights * is_so)[order])[last]
    seen = np.cumsum(weights[order])[last]
    if not len(hits) or hits[-1] <= 0:
        return ()
    # evenly over recall: most thresholds lie where nothing is gained any more
    wanted = np.searchsorted(hits, np.linspace(hits[0], hits[-1], POINTS))
    return tuple(
        Point(
            threshold=round(float(scores[order][last[at]]), DIGITS),
            precision=round(float(hits[at] / seen[at]), DIGITS),
            recall=round(float(hits[at] / hits[-1]), DIGITS),
        )
        for at in np.unique(np.minimum(wanted, len(hits) - 1))
    )
