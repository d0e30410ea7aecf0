"""Logistic regression on votes, abstentions too, fitted to people's answers.

The one model here that sees that functions repeat each other. A few unanswered pins, with what the
resolver that knows no answer believes, tell it of votes and classes that no answer shows.
"""

from __future__ import annotations

import warnings

import numpy as np

from labeling.resolvers.evidence import Evidence, Patterns, one_hot
from labeling.resolvers.models import VoteTable

STRENGTH = 1.0
"""Inverse regularisation (scikit-learn's C)."""
UNANSWERED = 0.1
"""Weight of all unanswered pins together, in answers per answer."""
UNANSWERED_PINS = 2_000
LEAST_WEIGHT = 0.01
"""A class that is believed less than this is not worth a row."""
UNSEEN = -30.0
"""Log-weight of a class that neither answers nor beliefs know."""


def fit(evidence: Evidence) -> VoteTable:
    """Return the model."""
    import scipy.sparse as sp
    from sklearn.linear_model import LogisticRegression

    k, m, g = evidence.classes, evidence.functions, evidence.answers
    pins = Patterns.of(evidence.sample[:UNANSWERED_PINS], k)
    soft = evidence.start.predict_proba(pins.votes).astype(np.float64)
    rows, believed = np.nonzero(soft >= LEAST_WEIGHT)
    # where the only answer is held back, the unanswered pins are all there is
    shares = pins.counts / pins.counts.sum() * UNANSWERED * max(g, 1)
    features = sp.vstack([one_hot(evidence.gold_votes, k), one_hot(pins.votes, k)[rows]]).tocsr()
    weights = np.concatenate([np.ones(g), shares[rows] * soft[rows, believed]])
    labels = np.concatenate([evidence.gold_labels, believed])
    bias, table = np.full(k, UNSEEN), np.zeros((m * (k + 1), k))
    known = np.unique(labels)
    if len(known) == 1:
        bias[known] = 0.0
        return VoteTable(bias=bias, table=table.reshape(m, k + 1, k))
    model = LogisticRegression(C=STRENGTH, max_iter=300, tol=1e-4)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # not fully converged is good enough to be compared
        model.fit(features, labels, sample_weight=weights)
    slopes, offsets = model.coef_, model.intercept_
    if len(known) == 2:  # scikit-learn keeps one row, the second class's log-odds
        slopes, offsets = np.vstack([-slopes, slopes]) / 2, np.append(-offsets, offsets) / 2
    bias[known], table[:, known] = offsets, slopes.T
    return VoteTable(bias=bias, table=table.reshape(m, k + 1, k))
