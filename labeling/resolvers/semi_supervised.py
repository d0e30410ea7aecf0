"""Semi-supervised: counts of votes per class, from people's answers and from unanswered pins.

An answered pin counts for its class alone (it is clamped; see `Evidence.answer_weights`), an unanswered
one as the resolver that knows no answer believes; all unanswered pins together weigh as much as all
answers, because they are many and may be wrong (EM-lambda of Nigam et al., "Text Classification from
Labeled and Unlabeled Documents using EM", Machine Learning 39, 2000). One step of EM: more steps forget
the answers. An abstention is an outcome.
"""

from __future__ import annotations

import numpy as np

from labeling.resolvers.counting import answered_counts, prior_counts, table_of
from labeling.resolvers.evidence import Evidence
from labeling.resolvers.models import VoteTable

IMAGINED = 3.0
"""Imagined pins of each class on which functions vote as on all, and as many on which they vote for
the class they mean: what to believe of a class without answers."""
UNANSWERED = 1.0
"""Weight of all unanswered pins together, in answers per answer."""


def fit(evidence: Evidence) -> VoteTable:
    """Return the model."""
    patterns = evidence.patterns
    counts, weight = counts_of_answers(evidence, patterns.counts.sum())
    counts += weight * evidence.first_counts
    believed = (evidence.first_belief * patterns.counts[:, None]).sum(axis=0)
    return table_of(counts, evidence.weighed_per_class + weight * believed + 1)


def counts_of_answers(evidence: Evidence, unanswered: float) -> tuple[np.ndarray, float]:
    """Return the votes on answered and on imagined pins, float64 [m, k + 1, k], and what each of so
    many unanswered pins weighs beside them."""
    truth = np.eye(evidence.classes)[evidence.gold_labels] * evidence.answer_weights[:, None]
    counts = answered_counts(evidence.gold_votes, truth)
    counts += prior_counts(evidence.patterns, answers=IMAGINED, favour=IMAGINED)
    return counts, min(1.0, UNANSWERED * evidence.answers / max(unanswered, 1.0))
