"""How heavy probe, answers' model and votes are in final labels."""

from __future__ import annotations

import numpy as np

from labeling.pooling import EXPECTED, fit_pool
from labeling.resolvers.models import log_softmax

CLASSES = 3


def say(labels: np.ndarray, right: float, seed: int) -> np.ndarray:
    """Return log P(class), float64 [n, k], of one who is right so often, and 90% sure."""
    draw = np.random.default_rng(seed)
    said = np.where(
        draw.random(len(labels)) < right, labels, draw.integers(0, CLASSES, len(labels))
    )
    sure = np.full((len(labels), CLASSES), 0.05)
    sure[np.arange(len(labels)), said] = 0.9
    return np.log(sure)


def opinions(n: int, *right: float) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    draw = np.random.default_rng(0)
    labels = draw.integers(0, CLASSES, n)
    said = np.stack([say(labels, share, seed) for seed, share in enumerate(right, start=1)])
    return said, labels, draw.integers(0, 5, n)


def test_few_answers_leave_the_weights_as_they_are_expected() -> None:
    pool = fit_pool(*opinions(10, 0.9, 0.9, 0.2), votes_help=True)
    weights = np.array([pool.probe, pool.by_answers, pool.votes])
    assert np.allclose(weights / weights.sum(), np.array(EXPECTED) / sum(EXPECTED), atol=0.08)


def test_many_answers_find_who_is_right() -> None:
    said, labels, folds = opinions(3000, 0.8, 0.8, 0.0)
    pool = fit_pool(said, labels, folds, votes_help=True)
    assert pool.votes < 0.1 * min(pool.probe, pool.by_answers)
    pooled = pool.log_proba(said).argmax(axis=1)
    assert (pooled == labels).mean() > (
        log_softmax(said.sum(axis=0)).argmax(axis=1) == labels
    ).mean()
    assert abs(pool.accuracy - (pooled == labels).mean()) < 0.02


def test_votes_that_are_no_help_are_not_counted() -> None:
    said, labels, folds = opinions(200, 0.8, 0.7, 0.9)
    pool = fit_pool(said, labels, folds, votes_help=False)
    assert pool.votes == 0
    without = np.stack([*said[:2], np.zeros_like(said[2])])
    assert np.allclose(pool.log_proba(said), pool.log_proba(without))


def test_the_pool_is_as_sure_as_it_is_right() -> None:
    said, labels, folds = opinions(3000, 0.3, 0.3, 0.3)
    pool = fit_pool(said, labels, folds, votes_help=True)
    found = np.exp(pool.log_proba(said))
    assert abs(found.max(axis=1).mean() - (found.argmax(axis=1) == labels).mean()) < 0.03
