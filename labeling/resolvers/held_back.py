"""What resolvers say of answers that were held back from them: cross-validation on gold."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np

from labeling.resolvers.co_training import CoTrained
from labeling.resolvers.evidence import Evidence, Resolver, VotePredictor
from labeling.resolvers.snorkel_robust import with_balance_anew

FOLDS = 10
SEEN = 2_000
"""Pins with vectors that are learned from beside the answers: enough to judge by, and quicker."""


@dataclass(frozen=True)
class HeldBack:
    """The evidence in folds: each fold's answers are held back once, from everything."""

    evidence: Evidence
    given: np.ndarray | None = None
    """The fold of each answer, int [g]; else they are drawn."""

    @cached_property
    def folds(self) -> np.ndarray:
        """The fold of each answer, int [g]: given, or drawn by the seed, each class spread evenly."""
        if self.given is not None:
            return self.given
        labels = self.evidence.gold_labels
        order = np.random.default_rng(self.evidence.seed).permutation(len(labels))
        order = order[np.argsort(labels[order], kind="stable")]
        result = np.empty(len(labels), dtype=np.int64)
        result[order] = np.arange(len(labels)) % FOLDS
        return result

    @cached_property
    def others(self) -> dict[int, Evidence]:
        """Fold -> the evidence without its answers."""
        seen = self.evidence.seen
        fewer = replace(self.evidence, seen=seen and seen.take(np.arange(len(seen.folds))[:SEEN]))
        return {
            int(fold): with_balance_anew(fewer.with_answers(np.flatnonzero(self.folds != fold)))
            for fold in np.unique(self.folds)
        }

    def models(self, fit: Resolver) -> dict[int, VotePredictor]:
        """Return, for each fold with answers, the resolver fitted without these."""
        return {fold: fit(others) for fold, others in self.others.items()}

    def said_by(self, fit: Resolver) -> np.ndarray:
        """Return log P(class) of each answered pin, float64 [g, k], by the resolver fitted
        without the answers of that pin's fold."""
        evidence = self.evidence
        result = np.empty((evidence.answers, evidence.classes))
        for fold, model in self.models(fit).items():
            out = self.folds == fold
            if isinstance(model, CoTrained) and evidence.gold_seen is not None:
                result[out] = model.log_proba_of(evidence.gold_seen.take(np.flatnonzero(out)))
            else:
                result[out] = model.log_proba(evidence.gold_votes[out])
        return result
