"""Logistic regression on soft labels: scikit-learn's objective, without a row for each pin and class."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

MAX_STEPS = 300
SLOPE = 1e-3
"""Greatest slope of the mean loss at which to stop, as in scikit-learn."""

HISTORY, SHORT_HISTORY = 10, 5
"""Steps by which L-BFGS knows the curvature: scipy's own number, and one for MANY parameters or more,
where its bookkeeping takes longer than the loss."""
MANY = 1_000_000
UNSEEN = 10.0
"""By how much the logit of a class without any weight lies below the least bias."""


@dataclass(frozen=True, kw_only=True)
class SoftmaxRegression:
    """A multinomial linear model of those classes that it saw."""

    weights: np.ndarray
    """float32 [d, c]."""
    bias: np.ndarray
    """float32 [c]."""
    classes_: np.ndarray
    """int [c]: the classes, as columns of the soft labels."""

    def predict_proba(self, features: Any) -> np.ndarray:
        """Return P(class), float32 [n, c], of features [n, d], dense or sparse."""
        from scipy.special import softmax

        return softmax(features @ self.weights + self.bias, axis=1)

    def over(self, classes: int) -> tuple[np.ndarray, np.ndarray]:
        """Return weights, float32 [d, k], and bias, float32 [k], of all classes: those that it did not
        see are unlikely everywhere."""
        weights = np.zeros((len(self.weights), classes), dtype=np.float32)
        bias = np.full(classes, self.bias.min() - UNSEEN, dtype=np.float32)
        weights[:, self.classes_], bias[self.classes_] = self.weights, self.bias
        return weights, bias


def fit_softmax(
    features: Any,
    soft: np.ndarray,
    weights: np.ndarray,
    strength: float,
    *,
    scales: np.ndarray | None = None,
    start: SoftmaxRegression | None = None,
    max_steps: int = MAX_STEPS,
    slope: float = SLOPE,
    gain: float = 1e-12,
) -> SoftmaxRegression:
    """Return the model that minimises the weighted cross-entropy with soft labels plus |w|^2 / (2 C).

    features: float32 [n, d], dense or CSR; soft: [n, k]; weights: of the pins, [n]; strength: C. It
    is what `LogisticRegression` finds on n * k rows, each pin once per class with its probability as
    sample weight, and with features multiplied by `scales`, float32 [d]: larger ones are regularised
    less. Classes without any weight are left out. It stops where the mean loss is as flat as `slope`,
    or a step gains less than `gain`; `start`, of the same classes and scales, saves steps.
    """
    from scipy.optimize import minimize
    from scipy.special import log_softmax

    target = (soft * weights[:, None]).astype(np.float32)
    classes = np.flatnonzero(target.sum(axis=0) > 0)
    target = target[:, classes]
    mass = target.sum(axis=1, keepdims=True)
    d, c = features.shape[1], len(classes)
    mean = 1 / max(float(mass.sum()), 1e-12)  # so that the tolerance means the same
    wide = np.ones((1, 1), np.float32) if scales is None else scales[:, None].astype(np.float32)

    def loss(flat: np.ndarray) -> tuple[float, np.ndarray]:
        w = flat[: d * c].reshape(d, c).astype(np.float32)
        logs = log_softmax(features @ (wide * w) + flat[d * c :].astype(np.float32), axis=1)
        residual = mass * np.exp(logs) - target
        slopes = (wide * (features.T @ residual)).astype(np.float64) + w / strength
        value = -float((target * logs).sum()) + float((w**2).sum()) / (2 * strength)
        gradient = np.concatenate([slopes.ravel(), residual.sum(axis=0, dtype=np.float64)])
        return value * mean, gradient * mean

    first = np.zeros((d + 1) * c)
    if start is not None and np.array_equal(start.classes_, classes):
        first[:] = np.concatenate([(start.weights / wide).ravel(), start.bias])
    history = HISTORY if len(first) < MANY else SHORT_HISTORY
    options = {"maxiter": max_steps, "gtol": slope, "ftol": gain, "maxcor": history}
    found = minimize(loss, first, jac=True, method="L-BFGS-B", options=options).x
    return SoftmaxRegression(
        weights=wide * found[: d * c].reshape(d, c).astype(np.float32),
        bias=found[d * c :].astype(np.float32),
        classes_=classes,
    )
