"""Agreement: how far annotators say the same, chance taken off."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import combinations

import numpy as np

from labeling.review.crowd import Crowd

DRAWS = 1_000
"""Of pins, with replacement, for the interval."""
FEWEST_SHARED = 10
"""Pins that two annotators must both have answered, for a figure on the two."""


@dataclass(frozen=True, kw_only=True)
class Agreement:
    """Krippendorff's alpha on classes: 1 is perfect, 0 what chance gives."""

    alpha: float | None
    """None where no pin has two answers, or all answers are one class."""
    low: float | None
    """Of the 95% interval, by bootstrap over pins."""
    high: float | None
    pins: int
    """With two answers or more."""
    answers: int
    """On those pins."""


@dataclass(frozen=True, kw_only=True)
class PairAgreement:
    """Two annotators on the pins that both answered."""

    first: str
    second: str
    pins: int
    share: float
    """On which they gave the same class."""
    kappa: float | None
    """Cohen's kappa; None where both gave one and the same class throughout."""


def find_agreement(crowd: Crowd, seed: int = 0) -> Agreement:
    """Return Krippendorff's alpha of a crowd, by the `krippendorff` package, with its interval."""
    import krippendorff

    counts = crowd.counts[crowd.several]
    alpha = low = high = None
    if np.count_nonzero(counts.sum(axis=0)) > 1:
        found = krippendorff.alpha(value_counts=counts, level_of_measurement="nominal")
        alpha = round(float(found), 4)
        drawn = _draw_alphas(counts, np.random.default_rng(seed))
        if len(drawn):
            low, high = (round(float(x), 4) for x in np.percentile(drawn, [2.5, 97.5]))
    return Agreement(alpha=alpha, low=low, high=high, pins=len(counts), answers=int(counts.sum()))


def _draw_alphas(counts: np.ndarray, random: np.random.Generator) -> np.ndarray:
    """Return alpha on samples of the pins; samples that are all one class have none.

    Coincidences add up over pins, so a sample is a weight for each kind of row in `counts`.
    """
    kinds, often = np.unique(counts, axis=0, return_counts=True)
    k = kinds.shape[1]
    pairs = kinds[:, :, None] * kinds[:, None, :] - kinds[:, :, None] * np.eye(k)
    pairs = pairs / (kinds.sum(axis=1) - 1)[:, None, None]
    weights = random.multinomial(len(counts), often / len(counts), size=DRAWS)
    together = (weights @ pairs.reshape(len(kinds), -1)).reshape(DRAWS, k, k)
    values = together.sum(axis=2)
    n = values.sum(axis=1)
    chance = n**2 - (values**2).sum(axis=1)
    observed = n - np.trace(together, axis1=1, axis2=2)
    some = chance > 0
    return 1 - (n[some] - 1) * observed[some] / chance[some]


def compare_pairs(crowd: Crowd) -> tuple[PairAgreement, ...]:
    """Return how far each two annotators agree, the least first; those with few pins in common are
    left out."""
    from sklearn.metrics import cohen_kappa_score

    found = []
    for a, b in combinations(range(len(crowd.annotators)), 2):
        both = (crowd.labels[:, a] >= 0) & (crowd.labels[:, b] >= 0)
        if both.sum() < FEWEST_SHARED:
            continue
        first, second = crowd.labels[both, a], crowd.labels[both, b]
        one_class = len(np.unique([first, second])) == 1
        found.append(
            PairAgreement(
                first=crowd.annotators[a],
                second=crowd.annotators[b],
                pins=int(both.sum()),
                share=round(float((first == second).mean()), 4),
                kappa=None if one_class else round(float(cohen_kappa_score(first, second)), 4),
            )
        )
    return tuple(sorted(found, key=lambda pair: (pair.share, pair.first, pair.second)))
