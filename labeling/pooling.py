"""Final labels: the probe's opinion and the resolved votes, each as heavy as people's answers say.

Both are wrong on other pins, the probe where words mislead and the votes where functions do, so their
product is often right where one of them is not. Where the product is no better, answers say so too.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass

import numpy as np

from labeling.resolvers.comparing import MIN_PER_CLASS, calibrated_losses, find_power
from labeling.resolvers.models import log_softmax

WEIGHTS = ((1.0, 1.0), (1.0, 0.5), (1.0, 0.0), (0.5, 1.0), (0.1, 1.0))
"""Exponents of the probe and of the votes. The probe always counts a little: it decides where no
function voted."""
SURE = 3.0
"""Standard errors by which others must beat what is taken without answers. Most answers are on pins that
were asked because their labels are doubtful: they make too little of weak labels, and err together."""
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
    probe: np.ndarray,
    resolved: np.ndarray,
    labels: np.ndarray,
    folds: np.ndarray,
    *,
    first: tuple[float, float],
) -> Pool:
    """Return the weights `first`, or others with which answers held back from both are surely predicted
    better.

    probe, resolved: log P(class) of answered pins, float64 [g, k]; labels: the answers, int [g];
    folds: int [g], those whose temperature is set on the others; first: one of WEIGHTS.
    """
    k = probe.shape[1]
    weights = [first, *(pair for pair in WEIGHTS if pair != first)]
    logs = [log_softmax(by_probe * probe + by_votes * resolved) for by_probe, by_votes in weights]
    losses = [calibrated_losses(one, labels, folds) for one in logs]
    taken = surely_lowest(losses, labels, k)
    return Pool(
        probe=weights[taken][0],
        votes=weights[taken][1],
        power=find_power(logs[taken], labels),
        log_loss=float(losses[taken] @ balanced(labels, k)),
        accuracy=float((logs[taken].argmax(axis=1) == labels).mean()),
    )


def surely_lowest(losses: Sequence[np.ndarray | None], labels: np.ndarray, classes: int) -> int:
    """Return which losses, float [g] each, are the lowest, every class as heavy: the first ones unless
    others are lower by more than chance. None among them: there are no such losses."""
    weights = balanced(labels, classes)
    first, best, lowest = losses[0], 0, 0.0
    for number, found in enumerate(losses[1:], start=1):
        if found is None:
            continue
        if first is None:
            first, best = found, number
            continue
        paired = found - first
        mean = float(paired @ weights)
        error = float(paired.std() * np.sqrt((weights**2).sum()))
        if mean < lowest and mean < -SURE * error:
            best, lowest = number, mean
    return best


def balanced(labels: np.ndarray, classes: int) -> np.ndarray:
    """Return weights of answers, float64 [g], that sum to 1, with every class that has enough answers
    as heavy; the others' weigh nothing."""
    counts = np.bincount(labels, minlength=classes)
    enough = counts >= min(MIN_PER_CLASS, counts.max())
    shares = np.divide(enough, counts, where=counts > 0, out=np.zeros(classes))
    return np.asarray(shares[labels] / enough.sum())


def floored_log(probabilities: np.ndarray) -> np.ndarray:
    """Return the logarithms, float64 [n, k], of probabilities kept off zero."""
    return np.log(np.maximum(probabilities.astype(np.float64), FLOOR))
