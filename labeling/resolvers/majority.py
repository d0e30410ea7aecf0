"""Majority vote: every vote counts the same."""

from __future__ import annotations

from labeling.resolvers.evidence import Evidence
from labeling.resolvers.models import VoteShares


def fit(evidence: Evidence) -> VoteShares:
    """Return majority vote; there is nothing to learn."""
    return VoteShares(classes=evidence.classes)
