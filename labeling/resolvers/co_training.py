"""Co-training: votes and a probe on vectors teach each other, in turn.

The probe learns from soft labels and from people's answers; what it says of pins that it did not see,
times what their votes say, makes new soft labels, from which the votes are counted anew and the next
probe learns (after Blum & Mitchell, "Combining Labeled and Unlabeled Data with Co-Training", COLT 1998).
Votes start as, and are counted as, in `semi_supervised`.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from labeling.resolvers import semi_supervised
from labeling.resolvers.counting import table_of
from labeling.resolvers.evidence import Evidence, SeenPins, one_hot
from labeling.resolvers.linear_probe import LinearProbe, fit_linear_probe
from labeling.resolvers.models import VoteTable, log_softmax

ROUNDS = 2
ANSWER_WEIGHT = 5.0
"""What an answer weighs to the probe, in unanswered pins."""
POWER = 1.5
"""Of the probe's probabilities beside the votes'. Measured with 100 answers: 1 is too little on yoruba,
youtube and agnews; 2 serves two of them a little better and yoruba worse."""

COMPARED = 2_000
"""Pins by which it is told what vectors tell."""
TINY = 1e-9


@dataclass(frozen=True, kw_only=True)
class CoTrained(VoteTable):
    """The votes' half, a table of vote weights by itself, and the probe."""

    probe: LinearProbe | None = None
    """None where there was nothing to see."""

    def log_proba_of(self, pins: SeenPins) -> np.ndarray:
        """Return log P(class | votes, vectors), float64 [n, k]; by votes alone where nothing is seen."""
        logs = self.log_proba(pins.votes)
        if self.probe is None:
            return logs
        # the probe knows the class balance too: it is not to count twice
        said = POWER * self.probe.log_proba(pins) - self.bias
        return log_softmax(logs + np.where(pins.seen[:, None], said, 0.0))

    def predict_proba_of(self, pins: SeenPins) -> np.ndarray:
        """Return the probabilities, float32 [n, k]."""
        return np.exp(self.log_proba_of(pins)).astype(np.float32)


def fit(evidence: Evidence) -> CoTrained:
    """Return the model; its votes' half alone where no vectors are there."""
    from threadpoolctl import threadpool_limits

    with threadpool_limits(1):  # products so small are many times slower on shared threads
        return _fit(evidence)


def _fit(evidence: Evidence) -> CoTrained:
    votes = semi_supervised.fit(evidence)
    model = CoTrained(bias=votes.bias, table=votes.table)
    others, answered = evidence.seen, evidence.gold_seen
    if others is None or answered is None:
        return model
    k, g = evidence.classes, evidence.answers
    pins = SeenPins.joined([answered, others])
    heavy = pins.seen * np.where(np.arange(len(pins.folds)) < g, ANSWER_WEIGHT, 1.0)
    if not heavy.any():
        return model
    votes_cast = one_hot(others.votes, k)
    counts, weight = semi_supervised.counts_of_answers(evidence, len(others.folds))
    truth = np.eye(k)[evidence.gold_labels]
    for _ in range(ROUNDS):
        soft = np.exp(model.log_proba_of(others))
        probe = fit_linear_probe(pins, np.vstack([truth, soft]), heavy, start=model.probe)
        soft = np.exp(
            CoTrained(bias=model.bias, table=model.table, probe=probe).log_proba_of(others)
        )
        believed = (votes_cast.T @ soft).reshape(-1, k + 1, k)
        per_class = evidence.weighed_per_class + weight * soft.sum(axis=0) + 1
        votes = table_of(counts + weight * believed, per_class)
        model = CoTrained(bias=votes.bias, table=votes.table, probe=probe)
    return model


def told_by_vectors(evidence: Evidence) -> float:
    """Return how much of what the votes tell of the classes a linear model of vectors tells too, of pins
    that it did not see: 1 all of it, 0 or less nothing (.30 to .78 on five sets of real texts)."""
    from threadpoolctl import threadpool_limits

    if evidence.seen is None:
        return 0.0
    pins = evidence.seen.take(np.flatnonzero(evidence.seen.seen)[:COMPARED])
    if len(np.unique(pins.folds)) < 2:  # nearly all are answered, and those tell by themselves
        return 0.0
    soft = evidence.start.predict_proba(pins.votes).astype(np.float64)
    with threadpool_limits(1):
        said = fit_linear_probe(pins, soft, np.ones(len(soft))).log_proba(pins)
    shares = soft.mean(axis=0)
    at_first = -(shares * np.log(np.maximum(shares, TINY))).sum()
    by_votes = -(soft * np.log(np.maximum(soft, TINY))).sum(axis=1).mean()
    by_vectors = -(soft * said).sum(axis=1).mean()
    return float((at_first - by_vectors) / max(at_first - by_votes, TINY))
