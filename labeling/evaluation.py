"""How good labels are against reference labels: scores, and intervals that say how sure we are."""

from __future__ import annotations

from dataclasses import dataclass
from math import sqrt

import numpy as np

TIE = 1e-5
"""Probabilities closer than this are a tie, as in Snorkel."""


def best_class(probabilities: np.ndarray) -> np.ndarray:
    """Return the most likely class of each row, int8 [n]; -1 where the best two tie."""
    top = np.partition(probabilities, -2, axis=1)[:, -2:]
    return np.where(top[:, 1] - top[:, 0] < TIE, -1, probabilities.argmax(axis=1)).astype(np.int8)


@dataclass(frozen=True, kw_only=True)
class Scores:
    """Scores of labels against reference labels; a pin that got no label counts as a guess."""

    pins: int
    accuracy: float
    macro_f1: float
    coverage: float
    """Share of pins that got a label."""
    accuracy_covered: float | None
    """Accuracy on those alone; None where there are none."""


def score(reference: np.ndarray, labels: np.ndarray, classes: int) -> Scores | None:
    """Return the scores of int labels [n] (-1: none) against int reference labels [n] (-1: unknown).

    A pin without a label counts 1/k right, which is the mean of Snorkel's random tie-breaking (and
    of WRENCH's) without its randomness. None where no reference label is known.
    """
    known = reference >= 0
    if not known.any():
        return None
    reference, labels = reference[known].astype(int), labels[known].astype(int)
    covered = labels >= 0
    confusion = np.zeros((classes, classes))  # [reference, label]
    np.add.at(confusion, (reference[covered], labels[covered]), 1)
    guessed = np.bincount(reference[~covered], minlength=classes)
    confusion += guessed[:, None] / classes
    right = np.diag(confusion)
    per_class = 2 * right / np.maximum(confusion.sum(axis=0) + confusion.sum(axis=1), 1e-12)
    present = confusion.sum(axis=1) > 0
    on_covered = float((reference == labels)[covered].mean()) if covered.any() else None
    return Scores(
        pins=len(reference),
        accuracy=float(right.sum() / len(reference)),
        macro_f1=float(per_class[present].mean()),
        coverage=float(covered.mean()),
        accuracy_covered=on_covered,
    )


def wilson_interval(right: int, n: int, z: float = 1.96) -> tuple[float, float]:
    """Return the Wilson score interval of a proportion (Wilson 1927), 95% by default.

    >>> tuple(round(bound, 3) for bound in wilson_interval(9, 10))
    (0.596, 0.982)
    """
    if n == 0:
        return 0.0, 1.0
    share = right / n
    centre = share + z * z / (2 * n)
    half = z * sqrt(share * (1 - share) / n + z * z / (4 * n * n))
    scale = 1 + z * z / n
    return max(0.0, (centre - half) / scale), min(1.0, (centre + half) / scale)


def clopper_pearson_interval(
    share: float, n: float, confidence: float = 0.95
) -> tuple[float, float]:
    """Return the interval of Clopper & Pearson (1934) of a share among n, which may be the effective
    number of a sample that is not a simple one (Korn & Graubard 1998).

    >>> tuple(round(bound, 3) for bound in clopper_pearson_interval(1.0, 20))
    (0.832, 1.0)
    """
    from scipy.stats import beta

    hits, misses, tail = share * n, (1 - share) * n, (1 - confidence) / 2
    low = float(beta.ppf(tail, hits, misses + 1)) if hits > 0 else 0.0
    high = float(beta.ppf(1 - tail, hits + 1, misses)) if misses > 0 else 1.0
    return low, high
