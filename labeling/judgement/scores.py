"""The scores of a model under many weightings of the rows at once: as they are, and resampled."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from labeling.aligned import Aligned
from labeling.judgement.sample import JudgedRows

BINS = 15
FEWEST_IN_BIN = 10
SMALLEST = 1e-12
"""Probability that the log loss takes for none."""


@dataclass(frozen=True, kw_only=True)
class Scores(Aligned):
    """Scores under b weightings; NaN where no row tells of one."""

    accuracy: np.ndarray
    """float64 [b]."""
    precision: np.ndarray
    """float64 [b, k]."""
    recall: np.ndarray
    """float64 [b, k]."""
    f1: np.ndarray
    """float64 [b, k]."""
    average_precision: np.ndarray
    """float64 [b, k]: the area under precision over recall."""
    ece: np.ndarray
    """float64 [b]: by how much the likeliest class's probability is off, on average over bins."""
    class_ece: np.ndarray
    """float64 [b, k]: the same of each class's probability."""
    brier: np.ndarray
    """float64 [b]: squared distance from the truth, summed over classes, 0 to 2."""
    log_loss: np.ndarray
    """float64 [b]."""

    def mean_of(self, name: str) -> np.ndarray:
        """Return the mean of precision, recall or F1 over the classes that have rows, float64 [b]. One
        that is never given has a precision of 0 there, as scikit-learn's with `zero_division=0`."""
        return macro(np.where(np.isnan(self.recall), np.nan, np.nan_to_num(getattr(self, name))))


class Scorer:
    """What scoring needs of the rows whatever they weigh, made once."""

    def __init__(self, rows: JudgedRows) -> None:
        self.rows = rows
        n, k = rows.probabilities.shape
        self.pairs = np.zeros((n, k * k))
        self.pairs[np.arange(n), rows.reference * k + rows.predicted] = 1
        self.truth = np.eye(k)[rows.reference]
        self.off = _off(rows.probabilities.max(axis=1), rows.right, rows.weights)
        self.class_off = [
            _off(rows.probabilities[:, y], self.truth[:, y], rows.weights) for y in range(k)
        ]
        said = rows.probabilities[np.arange(n), rows.reference]
        self.losses = np.stack(
            [
                ((rows.probabilities - self.truth) ** 2).sum(axis=1),
                -np.log(np.maximum(said, SMALLEST)),
            ],
            axis=1,
        )

    def score(self, weights: np.ndarray) -> Scores:
        """Return the scores under weightings, float64 [b, n]."""
        k = len(self.rows.classes)
        total = weights.sum(axis=1)
        right, given, true = self._counts(weights)
        losses = weights @ self.losses
        ranked = [average_precision(self.rows, y, weights) for y in range(k)]
        return Scores(
            accuracy=right.sum(axis=1) / total,
            precision=_ratio(right, given),
            recall=_ratio(right, true),
            f1=_f1(right, given, true),
            average_precision=np.stack(ranked, axis=1),
            ece=np.abs(weights @ self.off).sum(axis=1) / total,
            class_ece=np.stack(
                [np.abs(weights @ off).sum(axis=1) / total for off in self.class_off], axis=1
            ),
            brier=losses[:, 0] / total,
            log_loss=losses[:, 1] / total,
        )

    def f1(self, weights: np.ndarray) -> np.ndarray:
        """Return F1 alone, float64 [b, k], which costs little."""
        return _f1(*self._counts(weights))

    def _counts(self, weights: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Return what is right, given and true of each class, each float64 [b, k]."""
        k = len(self.rows.classes)
        confusion = (weights @ self.pairs).reshape(-1, k, k)  # [reference, predicted]
        right = np.diagonal(confusion, axis1=1, axis2=2)
        return right, confusion.sum(axis=1), confusion.sum(axis=2)


def macro(values: np.ndarray) -> np.ndarray:
    """Return the mean over the classes that are there, float64 [b], of values [b, k] with NaN for those
    that are not."""
    there = ~np.isnan(values)
    return _ratio(np.where(there, values, 0).sum(axis=1), there.sum(axis=1))


def average_precision(rows: JudgedRows, y: int, weights: np.ndarray) -> np.ndarray:
    """Return the average precision of a class under weightings, float64 [b]: the sum over thresholds of
    the recall gained times the precision there, as scikit-learn's. NaN without a row of the class."""
    scores = rows.probabilities[:, y]
    order = np.argsort(-scores, kind="stable")
    last = np.flatnonzero(np.append(np.diff(scores[order]) != 0, True))
    weighed = weights[:, order]
    hits = np.cumsum(weighed * (rows.reference[order] == y), axis=1)[:, last]
    seen = np.cumsum(weighed, axis=1)[:, last]
    gained = np.diff(hits, axis=1, prepend=0)
    return _ratio((gained * hits / np.maximum(seen, SMALLEST)).sum(axis=1), hits[:, -1])


def mass_bins(scores: np.ndarray, weights: np.ndarray, bins: int = BINS) -> np.ndarray:
    """Return the bin of each row, int64 [n], such that bins weigh about the same and equal scores share
    one: the estimate of a calibration error is less biased so than by bins of equal width (Roelofs et
    al. 2022, "Mitigating Bias in Calibration Error Estimation")."""
    bins = max(1, min(bins, len(scores) // FEWEST_IN_BIN))
    order = np.argsort(scores, kind="stable")
    middle = np.cumsum(weights[order]) - weights[order] / 2
    numbers = np.minimum((middle / weights.sum() * bins).astype(np.int64), bins - 1)
    starts = np.append(True, np.diff(scores[order]) != 0)
    numbers = numbers[np.flatnonzero(starts)][np.cumsum(starts) - 1]
    found = np.empty(len(scores), dtype=np.int64)
    found[order] = np.unique(numbers, return_inverse=True)[1]
    return found


def _off(said: np.ndarray, is_so: np.ndarray, weights: np.ndarray) -> np.ndarray:
    """Return by how much each row is off, in the column of its bin, float64 [n, bins]."""
    bins = mass_bins(said, weights)
    off = np.zeros((len(said), int(bins.max(initial=0)) + 1))
    off[np.arange(len(said)), bins] = said - is_so
    return off


def _f1(right: np.ndarray, given: np.ndarray, true: np.ndarray) -> np.ndarray:
    return _ratio(2 * right, np.where(true > 0, given + true, 0))


def _ratio(part: np.ndarray, whole: np.ndarray) -> np.ndarray:
    return np.divide(part, whole, out=np.full(part.shape, np.nan), where=whole > 0)
