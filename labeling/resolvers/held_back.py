"""What resolvers say of answers that were held back from them: cross-validation on gold."""

from __future__ import annotations

import numpy as np

from labeling.resolvers.evidence import Evidence, Resolver

FOLDS = 10


def folds(evidence: Evidence) -> np.ndarray:
    """Return the fold of each answer, int [g], drawn by the seed; each class is spread evenly."""
    labels = evidence.gold_labels
    order = np.random.default_rng(evidence.seed).permutation(len(labels))
    order = order[np.argsort(labels[order], kind="stable")]
    result = np.empty(len(labels), dtype=np.int64)
    result[order] = np.arange(len(labels)) % FOLDS
    return result


def said_of_held_back(evidence: Evidence, fit: Resolver, *, learns: bool) -> np.ndarray:
    """Return log P(class | votes) of each answered pin, float64 [g, k], by the resolver fitted
    without that pin's fold; one that does not learn from answers is fitted once."""
    if not learns:
        return fit(evidence).log_proba(evidence.gold_votes)
    fold = folds(evidence)
    result = np.empty((evidence.answers, evidence.classes))
    for number in np.unique(fold):
        out = fold == number
        model = fit(evidence.with_answers(np.flatnonzero(~out)))
        result[out] = model.log_proba(evidence.gold_votes[out])
    return result
