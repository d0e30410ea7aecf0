"""Final labels: the probe's opinion and the resolved votes, each as heavy as people's answers say.

Both are wrong on other pins, the probe where words mislead and the votes where functions do, so their
product is often right where one of them is not. Where the product is no better, answers say so too.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass

import numpy as np

from labeling.resolvers.comparing import MIN_PER_CLASS, calibrated_losses, find_power
from labeling.resolvers.models import log_softmax

WEIGHTS = ((1.0, 0.0), (1.0, 0.5), (1.0, 1.0), (0.5, 1.0), (0.1, 1.0))
"""Exponents of the probe and of the votes. The probe always counts a little: it decides where no
function voted."""
FLOOR = 1e-6
"""Least probability that either is taken to give: nothing is impossible."""


@dataclass(frozen=True, kw_only=True)
class Pool:
    """How heavy each opinion is."""

    probe: float
    votes: float
    power: float
    """Inverse temperature of the product, so that its probabilities mean what they say."""
    log_loss: float
    """On held-back answers, every class as heavy, calibrated."""
    accuracy: float
    """On held-back answers, which are no random sample: doubtful pins are asked first."""

    def to_json(self) -> dict[str, float]:
        """Return the fields, rounded, so that what is read back predicts the same."""
        return {name: round(value, 6) for name, value in asdict(self).items()}

    def log_proba(self, probe: np.ndarray, resolved: np.ndarray) -> np.ndarray:
        """Return log P(class), float64 [n, k], by the logarithms of both; those of the votes are all
        equal where no function voted."""
        return log_softmax(self.power * (self.probe * probe + self.votes * resolved))


def choose_pool(
    probe: np.ndarray, resolved: np.ndarray, labels: np.ndarray, folds: np.ndarray
) -> Pool:
    """Return the weights with which answers held back from both are predicted best.

    probe, resolved: log P(class) of answered pins, float64 [g, k]; labels: the answers, int [g];
    folds: int [g], those whose temperature is set on the others.
    """
    pools = []
    for by_probe, by_votes in WEIGHTS:
        logs = log_softmax(by_probe * probe + by_votes * resolved)
        losses = calibrated_losses(logs, labels, folds)
        pools.append(
            Pool(
                probe=by_probe,
                votes=by_votes,
                power=find_power(logs, labels),
                log_loss=balanced_mean(losses, labels, probe.shape[1]),
                accuracy=float((logs.argmax(axis=1) == labels).mean()),
            )
        )
    return min(pools, key=lambda pool: pool.log_loss)


def balanced_mean(losses: np.ndarray, labels: np.ndarray, classes: int) -> float:
    """Return the mean loss, float [g], with every class that has enough answers as heavy."""
    counts = np.bincount(labels, minlength=classes)
    enough = np.flatnonzero(counts >= min(MIN_PER_CLASS, counts.max()))
    return float(np.mean([losses[labels == y].mean() for y in enough]))


def floored_log(probabilities: np.ndarray) -> np.ndarray:
    """Return the logarithms, float64 [n, k], of probabilities kept off zero."""
    return np.log(np.maximum(probabilities.astype(np.float64), FLOOR))
