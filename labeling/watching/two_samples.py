"""Whether vectors moved: a classifier that tells new ones from old (Lopez-Paz & Oquab 2017).

It learns from one half of both samples and is judged on the other, so its ranks there are those of
independent draws, and the Mann-Whitney test of them holds: an exact stand-in for permutations that costs
one fit.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

LEAST = 100
"""Vectors on each side, to say anything."""
EXAMPLES = 5


@dataclass(frozen=True, kw_only=True)
class VectorDrift:
    """How well new vectors can be told from old ones."""

    auc: float
    """0.5: not at all; 1: always."""
    p: float
    newest: tuple[int, ...]
    """Rows of the new vectors that look least like the old ones, the least first."""


def tell_apart(before: np.ndarray, now: np.ndarray, *, seed: int = 0) -> VectorDrift | None:
    """Return how far vectors float [n, d] and [m, d] can be told apart; None for too few."""
    from scipy.stats import mannwhitneyu
    from sklearn.linear_model import LogisticRegression

    if min(len(before), len(now)) < LEAST:
        return None
    random = np.random.default_rng(seed)
    halves = [random.permutation(len(one)) for one in (before, now)]
    fit = [order[: len(order) // 2] for order in halves]
    held = [order[len(order) // 2 :] for order in halves]
    x = np.concatenate([before[fit[0]], now[fit[1]]]).astype(np.float32)
    y = np.repeat([0, 1], [len(fit[0]), len(fit[1])])
    model = LogisticRegression(C=1.0, max_iter=200, class_weight="balanced").fit(x, y)
    old = model.decision_function(before[held[0]].astype(np.float32))
    new = model.decision_function(now[held[1]].astype(np.float32))
    test = mannwhitneyu(new, old, alternative="greater", method="asymptotic")
    return VectorDrift(
        auc=round(float(test.statistic) / (len(old) * len(new)), 4),
        p=float(test.pvalue),
        newest=tuple(held[1][np.argsort(-new, kind="stable")[:EXAMPLES]].tolist()),
    )
