"""Snorkel's label model, as `labeling.label_model` fits it.

Of gold it reads the class balance alone, when the signal gives none.
"""

from __future__ import annotations

from labeling.errors import ResolveError
from labeling.resolvers.evidence import Evidence
from labeling.resolvers.models import VoteTable


def fit(evidence: Evidence) -> VoteTable:
    """Return its weights. Raises ResolveError where it could not be fitted."""
    if evidence.label_model is None:
        raise ResolveError(f"Snorkel's label model was not fitted: {evidence.distrust}.")
    return VoteTable.of(evidence.label_model.votes)
