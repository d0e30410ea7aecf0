"""Dawid & Skene's model by expectation maximisation, with an abstention as an outcome.

Dawid & Skene, "Maximum Likelihood Estimation of Observer Error-Rates Using the EM Algorithm",
JRSS C 28 (1979). It reads no answers.
"""

from __future__ import annotations

from labeling.resolvers.counting import maximise_expectation, prior_counts
from labeling.resolvers.evidence import Evidence
from labeling.resolvers.models import VoteShares, VoteTable

STEPS = 50
IMAGINED = 1.0
"""Imagined pins of each class on which functions vote as on all: keeps every count off zero."""


def fit(evidence: Evidence, *, imagined: float = IMAGINED, steps: int = STEPS) -> VoteTable:
    """Return the model, started from majority vote."""
    patterns = evidence.patterns
    start = VoteShares(classes=evidence.classes).predict_proba(patterns.votes)
    prior = prior_counts(patterns, answers=imagined, favour=0.0)
    return maximise_expectation(patterns, start.astype(float), prior=prior, steps=steps)
