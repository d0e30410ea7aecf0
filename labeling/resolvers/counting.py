"""Counts of votes per class -> a model, and back: the two halves of expectation maximisation.

An abstention is an outcome like a vote, because functions stay silent on some classes more than on
others. That is Dawid & Skene's model (JRSS C 1979) with one outcome more.
"""

from __future__ import annotations

import numpy as np

from labeling.resolvers.evidence import Patterns, one_hot
from labeling.resolvers.models import VoteTable

LEAST = 1e-12
STOP = 1e-6
"""Mean change of a probability at which iterating ends."""


def table_of(counts: np.ndarray, per_class: np.ndarray) -> VoteTable:
    """Return the model by counts of votes per class, float [m, k + 1, k], and of pins per class,
    float [k]."""
    totals = np.maximum(counts.sum(axis=1, keepdims=True), LEAST)
    table = np.log(np.maximum(counts, LEAST)) - np.log(totals)
    return VoteTable(bias=np.log(np.maximum(per_class, LEAST) / per_class.sum()), table=table)


def answered_counts(votes: np.ndarray, truth: np.ndarray) -> np.ndarray:
    """Return how often each vote falls on each class among answered pins, float64 [m, k + 1, k].

    votes: int8 [g, m]; truth: float64 [g, k], zero but for each pin's class, where its weight stands.
    """
    classes = truth.shape[1]
    return (one_hot(votes, classes).T @ truth).reshape(-1, classes + 1, classes)


def prior_counts(patterns: Patterns, *, answers: float, favour: float) -> np.ndarray:
    """Return the votes on `answers` imagined pins of each class, float64 [m, k + 1, k]: each
    function votes as it does on all pins, with `favour` pins more for the class it votes for."""
    k = patterns.classes
    counts = np.repeat((answers * patterns.rates)[:, :, None], k, axis=2)
    for y in range(k):
        counts[:, y + 1, y] += favour * patterns.rates[:, y + 1]
    return counts


def maximise_expectation(
    patterns: Patterns,
    soft: np.ndarray,
    *,
    prior: np.ndarray,
    steps: int,
) -> VoteTable:
    """Return the model that counting and resolving in turn end in, from probabilities `soft`,
    float64 [p, k]; `prior` counts, float [m, k + 1, k], are added each time."""
    model = _count(patterns, soft, prior)
    for _ in range(steps - 1):
        before, soft = soft, np.exp(model.log_proba(patterns.votes))
        model = _count(patterns, soft, prior)
        if np.average(np.abs(soft - before).mean(axis=1), weights=patterns.counts) < STOP:
            break
    return model


def _count(patterns: Patterns, soft: np.ndarray, prior: np.ndarray) -> VoteTable:
    per_class = (soft * patterns.counts[:, None]).sum(axis=0)
    smoothing = 1.0 if prior.any() else 0.0
    return table_of(patterns.expected(soft) + prior, per_class + smoothing)
