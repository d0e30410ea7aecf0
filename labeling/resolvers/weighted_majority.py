"""Weighted majority: a function's vote counts by the log-odds that it is right.

How often a function is right is one number, as in the one-coin model of Dawid & Skene; the weights
are optimal for independent voters (Nitzan & Paroush 1982). It starts from how often the function
agrees with the others' votes on a pin, and answers correct it.
"""

from __future__ import annotations

import numpy as np

from labeling.resolvers.evidence import Evidence
from labeling.resolvers.models import VoteTable

AGREEMENT_COUNTS = 10.0
"""Agreement with the others weighs as much as this many answers."""


def fit(evidence: Evidence) -> VoteTable:
    """Return the weights; they need no answers, and use those there are."""
    k, m = evidence.classes, evidence.functions
    gold = evidence.gold_votes
    fired = (gold >= 0).sum(axis=0)
    right = (gold == evidence.gold_labels[:, None]).sum(axis=0)
    agreed = agreement(evidence)
    accuracy = (right + AGREEMENT_COUNTS * agreed) / (fired + AGREEMENT_COUNTS)
    accuracy = np.clip(accuracy, 1e-3, 1 - 1e-3)
    weights = np.log(accuracy * (k - 1) / (1 - accuracy))
    table = np.zeros((m, k + 1, k))
    for y in range(k):
        table[:, y + 1, y] = weights
    return VoteTable(bias=np.zeros(k), table=table)


def agreement(evidence: Evidence) -> np.ndarray:
    """Return which share of the others' votes on its pins agrees with each function, float64 [m];
    1/k where no other votes."""
    patterns, k = evidence.patterns, evidence.classes
    votes = patterns.votes
    cast = np.stack([(votes == y).sum(axis=1) for y in range(k)], axis=1)
    shares = np.empty(votes.shape[1])
    for j, column in enumerate(votes.T):
        rows = np.flatnonzero(column >= 0)
        others = cast[rows].sum(axis=1) - 1
        agreeing = cast[rows, column[rows]] - 1
        weight = patterns.counts[rows] * (others > 0)
        agreed = (weight * agreeing / np.maximum(others, 1)).sum()
        shares[j] = (agreed + 1) / (weight.sum() + k)
    return shares
