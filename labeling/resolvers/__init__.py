"""Resolvers: votes -> probabilities, one small module each, all behind `fit(evidence) -> model`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from labeling.resolvers import (
    co_training,
    dawid_skene,
    logistic,
    majority,
    semi_supervised,
    snorkel,
    snorkel_robust,
    stacked,
    weighted_majority,
)
from labeling.resolvers.co_training import CoTrained
from labeling.resolvers.evidence import Evidence, Patterns, Resolver, SeenPins, VotePredictor
from labeling.resolvers.linear_probe import LinearProbe
from labeling.resolvers.models import VoteShares, VoteTable

__all__ = [
    "RESOLVERS",
    "CoTrained",
    "Evidence",
    "Kind",
    "LinearProbe",
    "Patterns",
    "SeenPins",
    "VotePredictor",
    "VoteShares",
    "VoteTable",
]


@dataclass(frozen=True, kw_only=True)
class Kind:
    """One resolver and what it makes of people's answers."""

    fit: Resolver
    answers: Literal["ignores", "balance", "uses", "needs"]
    """`balance`: for the class balance alone."""
    reads_vectors: bool = False


RESOLVERS = {
    "majority": Kind(fit=majority.fit, answers="ignores"),
    "weighted_majority": Kind(fit=weighted_majority.fit, answers="uses"),
    "snorkel": Kind(fit=snorkel.fit, answers="ignores"),
    "snorkel_robust": Kind(fit=snorkel_robust.fit, answers="balance"),
    "dawid_skene": Kind(fit=dawid_skene.fit, answers="ignores"),
    "semi_supervised": Kind(fit=semi_supervised.fit, answers="needs"),
    "logistic": Kind(fit=logistic.fit, answers="needs"),
    "stacked": Kind(fit=stacked.fit, answers="needs"),
    "co_training": Kind(fit=co_training.fit, answers="needs", reads_vectors=True),
}
