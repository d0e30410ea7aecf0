"""Snorkel's label model as Snorkel fits it, by a seed; the class balance is the signal's, or even."""

from __future__ import annotations

from labeling.label_model import fit_label_model
from labeling.resolvers.evidence import Evidence
from labeling.resolvers.models import VoteTable


def fit(evidence: Evidence) -> VoteTable:
    """Return its weights. Raises ResolveError where it cannot be fitted."""
    model = fit_label_model(evidence.statistics, seed=evidence.seed, balance=evidence.balance)
    return VoteTable.of(model.votes, model.weights)
