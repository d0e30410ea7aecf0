"""Scores against known labels: how precise votes are above a threshold, and which one to take."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

FEWEST = 5
"""Known pins above a threshold that say anything about it."""


@dataclass(frozen=True, kw_only=True)
class Curve:
    """Precision against coverage, one point per distinct score, from the highest."""

    thresholds: np.ndarray
    """float64 [t], falling."""
    judged: np.ndarray
    """int64 [t]: known pins that score at least the threshold."""
    right: np.ndarray
    """int64 [t]: those whose candidate class is right."""

    @property
    def precision(self) -> np.ndarray:
        """Share of right ones, float64 [t]."""
        return self.right / self.judged

    @property
    def expected(self) -> np.ndarray:
        """The precision to expect of pins that are not known, float64 [t]: the mean of its posterior
        under Jeffreys' prior, so that 3 right of 3 are no certainty."""
        return (self.right + 0.5) / (self.judged + 1)


def precision_curve(scores: np.ndarray, right: np.ndarray) -> Curve:
    """Return the curve of known pins: scores float [n], NaN for none, and which candidates are right,
    bool [n]."""
    there = ~np.isnan(scores)
    scores, right = scores[there].astype(np.float64), right[there]
    order = np.argsort(-scores, kind="stable")
    falling = scores[order]
    last = np.flatnonzero(np.append(falling[1:] != falling[:-1], True)) if len(falling) else order
    return Curve(
        thresholds=falling[last],
        judged=last + 1,
        right=np.cumsum(right[order], dtype=np.int64)[last],
    )


def find_threshold(curve: Curve, precision: float) -> float | None:
    """Return the lowest threshold above which votes are expected to be right that often, None where
    there is none with at least 5 known pins."""
    good = np.flatnonzero((curve.judged >= FEWEST) & (curve.expected >= precision))
    return float(curve.thresholds[good[-1]]) if len(good) else None


def best_reached(curve: Curve) -> tuple[float, float] | None:
    """Return the highest precision to expect and its threshold; None with fewer than 5 known pins."""
    enough = np.flatnonzero(curve.judged >= FEWEST)
    if not len(enough):
        return None
    best = enough[curve.expected[enough].argmax()]
    return float(curve.expected[best]), float(curve.thresholds[best])
