"""The probe of co-training: linear models on vectors, each pin predicted by one that never saw it.

A pin's fold is drawn by its content, so that equal texts (or images) share one, in whichever shard or
split they stand. A pin of the splits valid and test is no exception: nothing is fitted on it, nor on
pins with its content by the model that predicts it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from labeling.resolvers.evidence import SeenPins
from labeling.resolvers.models import log_softmax

FOLDS = 5
STRENGTH = 1.0
"""Inverse regularisation, as scikit-learn's C."""
STEPS = 100
DIGITS = 6
"""Decimals of a weight that are kept, so that a model written as JSON predicts the same bits."""


@dataclass(frozen=True, kw_only=True)
class LinearProbe:
    """A linear model per fold, fitted on the other folds."""

    weights: np.ndarray
    """float32 [FOLDS, d + 1, k]; the last row is the offset."""

    def log_proba(self, pins: SeenPins) -> np.ndarray:
        """Return log P(class | vectors), float64 [n, k], by the model that did not see the fold."""
        scores = np.zeros((len(pins.folds), self.weights.shape[2]))
        for fold, weights in enumerate(self.weights):
            rows = np.flatnonzero(pins.folds == fold)
            scores[rows] = pins.vectors[rows].astype(np.float32) @ weights[:-1] + weights[-1]
        return log_softmax(scores)

    def to_json(self) -> dict[str, Any]:
        """Return the parameters as JSON values (never pickle)."""
        return {"weights": self.weights.astype(np.float64).round(DIGITS).tolist()}

    @classmethod
    def from_json(cls, value: dict[str, Any]) -> LinearProbe:
        """Return what `to_json` wrote."""
        return cls(weights=np.array(value["weights"], dtype=np.float32))


def fit_linear_probe(
    pins: SeenPins, soft: np.ndarray, weights: np.ndarray, start: LinearProbe | None = None
) -> LinearProbe:
    """Return the probe of pins with class probabilities `soft`, float64 [n, k], and weights, float64
    [n]; `start` saves steps."""
    vectors = pins.vectors.astype(np.float32)
    k, d = soft.shape[1], vectors.shape[1]
    models = []
    for fold in range(FOLDS):
        rows = np.flatnonzero((pins.folds != fold) & (weights > 0))
        first = np.zeros((d + 1, k)) if start is None else start.weights[fold].astype(np.float64)
        models.append(_fit(vectors[rows], soft[rows], weights[rows], first))
    rounded = np.stack(models).round(DIGITS)
    return LinearProbe(weights=rounded.astype(np.float32))


def _fit(
    vectors: np.ndarray, soft: np.ndarray, weights: np.ndarray, start: np.ndarray
) -> np.ndarray:
    """Return multinomial logistic regression, float64 [d + 1, k]; scikit-learn's would need a row for
    each class of a pin, and takes many times as long."""
    from scipy.optimize import minimize

    targets, heavy = soft.astype(np.float32), weights.astype(np.float32)[:, None]

    def loss(flat: np.ndarray) -> tuple[float, np.ndarray]:
        theta = flat.reshape(start.shape)
        slopes = theta[:-1]
        logs = log_softmax(vectors @ slopes.astype(np.float32) + theta[-1].astype(np.float32))
        residual = heavy * (np.exp(logs) - targets)
        value = -float((heavy * targets * logs).sum(dtype=np.float64))
        gradient = np.vstack([vectors.T @ residual, residual.sum(axis=0)]).astype(np.float64)
        gradient[:-1] += slopes / STRENGTH
        return value + float((slopes**2).sum()) / (2 * STRENGTH), gradient.ravel()

    options = {"maxiter": STEPS, "ftol": 1e-6}
    found = minimize(loss, start.ravel(), jac=True, method="L-BFGS-B", options=options)
    return found.x.reshape(start.shape)
