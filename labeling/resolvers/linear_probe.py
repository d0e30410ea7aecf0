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
from labeling.softmax_regression import SoftmaxRegression, fit_softmax

FOLDS = 5
STRENGTH = 1.0
"""Inverse regularisation, as scikit-learn's C."""
STEPS = 100
GAIN = 1e-6
"""Of the mean loss in a step, at which to stop."""
ABSENT = -30.0
"""The offset of a class that no pin of the other folds may have."""
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
    [n]; `start` saves steps. A model with no pin to learn from takes all classes for alike."""
    vectors = pins.vectors.astype(np.float32)
    k = soft.shape[1]
    models = np.zeros((FOLDS, vectors.shape[1] + 1, k), dtype=np.float32)
    models[:, -1] = ABSENT
    for fold in range(FOLDS):
        rows = np.flatnonzero((pins.folds != fold) & (weights > 0))
        if not len(rows):
            continue  # all classes alike
        first = None
        if start is not None:
            known = start.weights[fold]
            first = SoftmaxRegression(weights=known[:-1], bias=known[-1], classes_=np.arange(k))
        model = fit_softmax(
            vectors[rows],
            soft[rows],
            weights[rows],
            STRENGTH,
            start=first,
            max_steps=STEPS,
            slope=0.0,
            gain=GAIN,
        )
        models[fold][:, model.classes_] = np.vstack([model.weights, model.bias])
    return LinearProbe(weights=models.astype(np.float64).round(DIGITS).astype(np.float32))
