"""Final labels: what the probe, the answers' own model and the resolved votes say, weighed by answers.

They err on other pins, the probe where words mislead and the votes where functions do, so their weighted
product (a logarithmic opinion pool, Genest & Zidek 1986) is often right where one of them is not.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass

import numpy as np

from labeling.resolvers.comparing import find_power, losses_of
from labeling.resolvers.models import log_softmax
from labeling.resolvers.stacked import find_weights, said_by_stack

EXPECTED = (0.5, 0.4, 0.35)
"""Weights of the three before answers say otherwise: measured with 60 to 100 answers on four sets."""
PULL = 27.0
"""How strongly weights are drawn towards these: most answers are on pins that were asked because their
labels are doubtful; they make too little of weak labels, and err together."""
FLOOR = 1e-6
"""Least probability that any is taken to give: nothing is impossible."""


@dataclass(frozen=True, kw_only=True)
class Pool:
    """How heavy each opinion is; together they are as sure as answers show them to be right."""

    probe: float
    by_answers: float
    votes: float
    log_loss: float
    """On answers held back from the opinions and from the weights, in nats."""
    accuracy: float
    """On the same, which are no random sample: doubtful pins are asked first."""

    def to_json(self) -> dict[str, float]:
        """Return the fields, rounded, so that what is read back predicts the same."""
        return {name: round(value, 6) for name, value in asdict(self).items()}

    def log_proba(self, said: np.ndarray) -> np.ndarray:
        """Return log P(class), float64 [n, k], by the logarithms of probe, answers' model and votes,
        float64 [3, n, k]; all equal for who says nothing of a pin."""
        return log_softmax(np.tensordot((self.probe, self.by_answers, self.votes), said, 1))


def fit_pool(said: np.ndarray, labels: np.ndarray, folds: np.ndarray, *, votes_help: bool) -> Pool:
    """Return the weights with which answers are predicted best, near those that are expected.

    said: log P(class) of answered pins, held back from who says it, float64 [3, g, k]; labels: the
    answers, int [g]; folds: int [g]; votes_help: whether the votes count at all.
    """
    if not votes_help:
        said = np.stack([*said[:2], np.zeros_like(said[2])])
    expected = np.array(EXPECTED) * (1, 1, votes_help)
    weights = find_weights(said, labels, expected, PULL)
    weights = weights * find_power(log_softmax(np.tensordot(weights, said, 1)), labels)
    held_back = said_by_stack(said, labels, folds, expected, PULL)
    return Pool(
        probe=float(weights[0]),
        by_answers=float(weights[1]),
        votes=float(weights[2]),
        log_loss=float(losses_of(held_back, labels).mean()),
        accuracy=float((held_back.argmax(axis=1) == labels).mean()),
    )


def floored_log(probabilities: np.ndarray) -> np.ndarray:
    """Return the logarithms, float64 [n, k], of probabilities kept off zero."""
    return np.log(np.maximum(probabilities.astype(np.float64), FLOOR))
