"""Slices of the rows: how good a model is on each, and on which it is worse than on the rest."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from labeling.chance import holm
from labeling.judgement.figures import DIGITS, Figure, from_resamples, share_from_resamples
from labeling.judgement.sample import JudgedRows, effective

FEWEST = 10
"""Rows of a slice that is looked at."""
ALPHA = 0.05


@dataclass(frozen=True, kw_only=True)
class SliceValues:
    """What a column says of n rows; a row is in the slice of its value."""

    column: str
    values: np.ndarray
    """object [n]: "" for nothing."""


@dataclass(frozen=True, kw_only=True)
class SliceGap:
    """A slice against all other rows."""

    column: str
    value: str
    rows: int
    accuracy: Figure
    gap: Figure
    """Its accuracy less that of the other rows."""
    p: float
    """That the gap is chance: two-sided, corrected for all slices that were looked at (Holm 1979)."""
    is_worse: bool


@dataclass(frozen=True, kw_only=True)
class Slice:
    """The rows of one value."""

    column: str
    value: str
    inside: np.ndarray
    """bool [n]."""


def slices_of(columns: Sequence[SliceValues], rows: int) -> list[Slice]:
    """Return the slices that have rows enough, and rows enough outside; the most rows first."""
    found = []
    for column in columns:
        for value in np.unique(column.values.astype(str)):
            inside = column.values == value
            if FEWEST <= inside.sum() <= rows - FEWEST:
                found.append(Slice(column=column.column, value=str(value), inside=inside))
    return sorted(found, key=lambda one: -int(one.inside.sum()))


def find_gaps(
    rows: JudgedRows, slices: Sequence[Slice], resamples: int, seed: int
) -> tuple[SliceGap, ...]:
    """Return each slice against the rest; those that are worse first, by their gap."""
    if not slices:
        return ()
    inside = np.stack([one.inside for one in slices], axis=1).astype(np.float64)
    blocks = [_accuracies(rows, inside, w) for w in rows.resamples(resamples, seed)]
    own, gaps = (np.concatenate(part) for part in zip(*blocks, strict=True))
    (value,), (gap,) = _accuracies(rows, inside, rows.weights[None])
    p = chances(gap, gaps, [_least_spread(rows, one.inside) for one in slices])
    found = [
        SliceGap(
            column=one.column,
            value=one.value,
            rows=int(one.inside.sum()),
            accuracy=share_from_resamples(value[s], own[:, s], effective(rows.weights[one.inside])),
            gap=from_resamples(gap[s], gaps[:, s]),
            p=round(float(p[s]), DIGITS),
            is_worse=bool(gap[s] < 0 and p[s] < ALPHA),
        )
        for s, one in enumerate(slices)
    ]
    return tuple(sorted(found, key=lambda one: (not one.is_worse, one.gap.value or 0.0)))


def chances(difference: np.ndarray, resampled: np.ndarray, least: Sequence[float]) -> np.ndarray:
    """Return the probability of so large a difference by chance, two-sided and corrected for all slices
    (Holm 1979), float64 [s].

    resampled: the differences in resamples, float64 [b, s]; least: the spread that each has at least.
    """
    from scipy.stats import norm

    spread = np.maximum(np.nanstd(resampled, axis=0), least)
    z = np.divide(difference, spread, out=np.zeros(len(spread)), where=spread > 0)
    return holm(2 * norm.sf(np.abs(z)))


def _accuracies(
    rows: JudgedRows, inside: np.ndarray, weights: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Return the accuracy of each slice and how far it is above the rest's, each float64 [b, s]."""
    right = weights * rows.right
    own, own_right = weights @ inside, right @ inside
    rest, rest_right = (
        weights.sum(axis=1)[:, None] - own,
        right.sum(axis=1)[:, None] - own_right,
    )
    with np.errstate(invalid="ignore", divide="ignore"):
        accuracy = own_right / own
        return accuracy, accuracy - rest_right / rest


def _least_spread(rows: JudgedRows, inside: np.ndarray) -> float:
    """Return the spread of a gap with one right and one wrong row added to either side (Agresti & Caffo
    2000): resamples of rows that are all right, or all wrong, have none."""
    total = 0.0
    for part in (inside, ~inside):
        n = effective(rows.weights[part])
        share = (np.average(rows.right[part], weights=rows.weights[part]) * n + 1) / (n + 2)
        total += float(share * (1 - share) / (n + 2))
    return float(np.sqrt(total))
