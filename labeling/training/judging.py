"""How good logits are on rows: by the loss that is left when they are scaled to be calibrated."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy.optimize import minimize_scalar
from scipy.special import log_softmax

from labeling.evaluation import score
from labeling.training.rows import Rows

COLDEST, HOTTEST = 0.05, 20.0
SAME = 1e-3
"""A mean change of the loss below which nothing was learned."""
SURE = 1.96
"""Standard errors of a difference that is more than chance."""
FEWEST = 30
"""Rows that can fit a temperature; with fewer it stays 1."""


@dataclass(frozen=True, kw_only=True)
class ModelScores:
    """Scores of a model on rows."""

    rows: int
    accuracy: float
    macro_f1: float
    loss: float
    """Cross-entropy at the temperature that suits the rows."""


def judge(logits: np.ndarray, rows: Rows) -> ModelScores:
    """Return the scores of logits, float32 [n, k]."""
    found = score(rows.labels, logits.argmax(axis=1), logits.shape[1])
    assert found is not None
    return ModelScores(
        rows=found.pins,
        accuracy=round(found.accuracy, 4),
        macro_f1=round(found.macro_f1, 4),
        loss=round(calibrated_loss(logits, rows), 4),
    )


def calibrated_loss(logits: np.ndarray, rows: Rows) -> float:
    """Return the weighted cross-entropy with the soft labels at the best temperature."""
    return float(_at_best(logits, rows) @ _shares(rows))


def is_better(logits: np.ndarray, than: np.ndarray, rows: Rows) -> bool:
    """Return whether logits judge rows better than others do: by a lower loss, each at its best
    temperature, and not surely more of them wrong.

    Where labels are weak, a loss that is not surely higher is enough: they come from a linear model of
    vectors and words, and such a one agrees with them more often than it is right.
    """
    ours, theirs = (_at_best(each, rows) for each in (logits, than))
    if float(np.abs(ours - theirs) @ _shares(rows)) < SAME:
        return False
    mean, error = _paired(ours, theirs, rows)
    if not rows.is_gold.all():
        return mean < SURE * error
    lost, won = (
        int(((one.argmax(axis=1) != rows.labels) & (other.argmax(axis=1) == rows.labels)).sum())
        for one, other in ((logits, than), (than, logits))
    )
    return mean < 0 and lost - won <= np.sqrt(lost + won)


def surely_best(logits: Sequence[np.ndarray], rows: Rows) -> int:
    """Return which of some logits judge rows best: the first ones, unless others' loss is lower, each at
    its best temperature, by more than chance (a paired difference of 1.96 standard errors)."""
    losses = [_at_best(each, rows) for each in logits]
    best, lowest = 0, 0.0
    for number, found in enumerate(losses):
        mean, error = _paired(found, losses[0], rows)
        if mean < lowest and mean < -SURE * error:
            best, lowest = number, mean
    return best


def fit_temperature(logits: np.ndarray, rows: Rows) -> float:
    """Return the T by which logits are divided to be calibrated (Guo et al. 2017, "On Calibration of
    Modern Neural Networks"); 1 for too few rows to tell."""
    if len(rows) < FEWEST:
        return 1.0
    found = minimize_scalar(
        lambda log: _loss(logits / np.exp(log), rows),
        bounds=(np.log(COLDEST), np.log(HOTTEST)),
        method="bounded",
    )
    return float(np.exp(found.x))


def _at_best(logits: np.ndarray, rows: Rows) -> np.ndarray:
    return _losses(logits / fit_temperature(logits, rows), rows)


def _paired(ours: np.ndarray, theirs: np.ndarray, rows: Rows) -> tuple[float, float]:
    """Return the mean difference of losses, float64 [n] each, and its standard error."""
    shares, paired = _shares(rows), ours - theirs
    mean = float(paired @ shares)
    return mean, float(np.sqrt(((paired - mean) ** 2) @ shares**2))


def _shares(rows: Rows) -> np.ndarray:
    """Return what rows weigh, float32 [n], that sum to 1."""
    return rows.weights / np.float32(max(float(rows.weights.sum()), 1e-12))


def _loss(logits: np.ndarray, rows: Rows) -> float:
    return float(_losses(logits, rows) @ _shares(rows))


def _losses(logits: np.ndarray, rows: Rows) -> np.ndarray:
    return -(rows.soft * log_softmax(logits.astype(np.float64), axis=1)).sum(axis=1)
