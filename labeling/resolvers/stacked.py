"""Stacked: the resolvers that learn from answers, weighted by what they say of answers held back.

A weighted product of their probabilities (a logarithmic opinion pool, Genest & Zidek 1986) is a table
of vote weights again. The weights are not negative (Breiman, "Stacked Regressions", Machine Learning
24, 1996), minimise the log loss on held-back answers and are drawn towards equal ones.
"""

from __future__ import annotations

import numpy as np

from labeling.resolvers import logistic, semi_supervised, weighted_majority
from labeling.resolvers.evidence import Evidence
from labeling.resolvers.held_back import HeldBack
from labeling.resolvers.models import VoteTable, log_softmax

MEMBERS = {
    "semi_supervised": semi_supervised.fit,
    "logistic": logistic.fit,
    "weighted_majority": weighted_majority.fit,
}
PULL = 1.0
"""How strongly weights are drawn towards equal ones."""


def fit(evidence: Evidence) -> VoteTable:
    """Return the product of the members."""
    held_back = HeldBack(evidence)
    said = [held_back.said_by(member) for member in MEMBERS.values()]
    weights = find_weights(np.stack(said), evidence.gold_labels)
    models = [member(evidence) for member in MEMBERS.values()]
    return VoteTable(
        bias=sum(w * model.bias for w, model in zip(weights, models, strict=True)),
        table=sum(w * model.table for w, model in zip(weights, models, strict=True)),
    )


def find_weights(
    said: np.ndarray,
    labels: np.ndarray,
    towards: np.ndarray | None = None,
    pull: float = PULL,
) -> np.ndarray:
    """Return the members' weights, float64 [b], by their log probabilities of answered pins,
    float64 [b, g, k], and the answers, int [g]; drawn towards equal ones, or those given."""
    from scipy.optimize import minimize

    members, g, _ = said.shape
    start = np.full(members, 1 / members) if towards is None else towards
    strength = pull * members
    rows = np.arange(g)

    def loss(weights: np.ndarray) -> tuple[float, np.ndarray]:
        logs = log_softmax(np.tensordot(weights, said, 1))
        residual = np.exp(logs)
        residual[rows, labels] -= 1
        drawn = strength * (weights - start)
        value = -logs[rows, labels].sum() + (drawn * (weights - start)).sum() / 2
        return value, (said * residual).sum(axis=(1, 2)) + drawn

    bounds = [(0, None)] * members
    return minimize(loss, start, jac=True, bounds=bounds, method="L-BFGS-B").x


def said_by_stack(
    said: np.ndarray,
    labels: np.ndarray,
    fold: np.ndarray,
    towards: np.ndarray | None = None,
    pull: float = PULL,
) -> np.ndarray:
    """Return the stack's log probabilities of answered pins, float64 [g, k], each with weights found
    on the other folds."""
    result = np.empty(said.shape[1:])
    for number in np.unique(fold):
        out = fold == number
        weights = find_weights(said[:, ~out], labels[~out], towards, pull)
        result[out] = log_softmax(np.tensordot(weights, said[:, out], 1))
    return result
