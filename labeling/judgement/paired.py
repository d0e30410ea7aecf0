"""Two models on the same rows: what the second gains, and what chance may have to do with it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from labeling.judgement.figures import DIGITS, Figure, from_resamples
from labeling.judgement.sample import RESAMPLES, JudgedRows, effective
from labeling.judgement.scores import Scorer, macro
from labeling.judgement.slices import ALPHA, Slice, SliceValues, chances, slices_of

CLASS = "class"
"""The column of slices that are the rows of each class: there accuracy is recall."""


@dataclass(frozen=True, kw_only=True)
class SliceDifference:
    """The two models on a slice."""

    column: str
    value: str
    rows: int
    before: float
    """Accuracy of the first model."""
    after: float
    """Of the second."""
    difference: Figure
    p: float
    """That the difference is chance: two-sided, corrected for all slices (Holm 1979)."""
    is_worse: bool
    """Whether the second model is surely worse there."""


@dataclass(frozen=True, kw_only=True)
class Comparison:
    """What the second model gains over the first; below zero where it loses."""

    rows: int
    differing: int
    """Rows on which one is right and the other is not: only these tell them apart."""
    before: float
    """Accuracy of the first model."""
    after: float
    accuracy: Figure
    """The difference."""
    macro_f1: Figure
    probability_worse: float
    """Share of the resamples in which the second has the lower accuracy; ties count half."""
    slices: tuple[SliceDifference, ...]
    """Those that are worse first; the classes are always among them."""

    @property
    def worse_slices(self) -> tuple[SliceDifference, ...]:
        """Those on which the second model is surely worse."""
        return tuple(one for one in self.slices if one.is_worse)


def compare_rows(
    before: JudgedRows,
    after: JudgedRows,
    columns: Sequence[SliceValues] = (),
    *,
    resamples: int = RESAMPLES,
    seed: int = 0,
) -> Comparison:
    """Return what the second model gains on the rows of both, by a paired bootstrap: every resample
    scores both on the same rows, so what is hard for both cancels out (Efron & Tibshirani 1993)."""
    classes = np.array(before.classes, dtype=object)[before.reference]
    slices = slices_of([SliceValues(column=CLASS, values=classes), *columns], len(before))
    inside = np.stack([np.ones(len(before)), *(one.inside for one in slices)], axis=1)
    gain = after.right.astype(np.float64) - before.right
    scorers = Scorer(before), Scorer(after)
    gains, f1 = [], []
    for weights in before.resamples(resamples, seed):
        gains.append(_means(weights, gain, inside))
        f1.append(_f1_gain(scorers, weights))
    resampled, f1_resampled = np.concatenate(gains), np.concatenate(f1)
    now = before.weights[None]
    (value,), (f1_now,) = _means(now, gain, inside), _f1_gain(scorers, now)
    whole = resampled[:, 0]
    return Comparison(
        rows=len(before),
        differing=int((gain != 0).sum()),
        before=_accuracy(before, np.ones(len(before), dtype=bool)),
        after=_accuracy(after, np.ones(len(before), dtype=bool)),
        accuracy=from_resamples(value[0], whole),
        macro_f1=from_resamples(f1_now, f1_resampled),
        probability_worse=round(float(((whole < 0) + (whole == 0) / 2).mean()), DIGITS),
        slices=_differences(before, after, slices, gain, value[1:], resampled[:, 1:]),
    )


def beats_majority(rows: JudgedRows, *, resamples: int = RESAMPLES, seed: int = 0) -> Comparison:
    """Return what a model gains over always saying the class that weighs most among the rows."""
    sums = np.bincount(rows.reference, weights=rows.weights, minlength=len(rows.classes))
    always = np.eye(len(rows.classes))[np.full(len(rows), sums.argmax())]
    found = compare_rows(replace(rows, probabilities=always), rows, resamples=resamples, seed=seed)
    return replace(found, slices=())  # on its own class nothing beats it


def _means(weights: np.ndarray, gain: np.ndarray, inside: np.ndarray) -> np.ndarray:
    """Return the mean gain in each slice, float64 [b, s]; NaN where a resample has none of it."""
    with np.errstate(invalid="ignore", divide="ignore"):
        return ((weights * gain) @ inside) / (weights @ inside)


def _f1_gain(scorers: tuple[Scorer, Scorer], weights: np.ndarray) -> np.ndarray:
    first, second = (macro(scorer.f1(weights)) for scorer in scorers)
    return second - first


def _differences(
    before: JudgedRows,
    after: JudgedRows,
    slices: Sequence[Slice],
    gain: np.ndarray,
    value: np.ndarray,
    resampled: np.ndarray,
) -> tuple[SliceDifference, ...]:
    if not slices:
        return ()
    least = [_least_spread(gain[one.inside], before.weights[one.inside]) for one in slices]
    p = chances(value, resampled, least)
    found = [
        SliceDifference(
            column=one.column,
            value=one.value,
            rows=int(one.inside.sum()),
            before=_accuracy(before, one.inside),
            after=_accuracy(after, one.inside),
            difference=from_resamples(value[s], resampled[:, s]),
            p=round(float(p[s]), DIGITS),
            is_worse=bool(value[s] < 0 and p[s] < ALPHA),
        )
        for s, one in enumerate(slices)
    ]
    return tuple(sorted(found, key=lambda one: (not one.is_worse, one.difference.value or 0.0)))


def _accuracy(rows: JudgedRows, inside: np.ndarray) -> float:
    return round(float(np.average(rows.right[inside], weights=rows.weights[inside])), DIGITS)


def _least_spread(gain: np.ndarray, weights: np.ndarray) -> float:
    """Return the spread of a paired difference with half a row added to each of the four ways in which
    two models can be right and wrong (Agresti & Min 2005): resamples of rows that all say the same have
    none."""
    n = effective(weights)
    better, worse = (np.average(gain == sign, weights=weights) * n + 0.5 for sign in (1, -1))
    return float(np.sqrt(better + worse - (better - worse) ** 2 / (n + 2)) / (n + 2))
