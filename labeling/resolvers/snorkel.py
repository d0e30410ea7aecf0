"""Snorkel's label model, as `labeling.label_model` fits it.

Of gold it reads the class balance alone: the signal's counts first, then that of enough answers, with
one more for each class (Laplace), else every class is taken for equally frequent, as Snorkel does.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from labeling.errors import ResolveError
from labeling.label_model import MIN_FUNCTIONS, LabelModel, VoteStatistics, fit_label_model
from labeling.resolvers.evidence import Evidence
from labeling.resolvers.models import VoteShares, VoteTable


def fit(evidence: Evidence) -> VoteTable:
    """Return its weights. Raises ResolveError where it could not be fitted."""
    if evidence.label_model is None:
        raise ResolveError(f"Snorkel's label model was not fitted: {evidence.distrust}.")
    return VoteTable.of(evidence.label_model.votes)


def class_balance(evidence: Evidence) -> np.ndarray | None:
    """Return the class balance to assume, float64 [k]; None for an even one."""
    if evidence.balance is not None or not evidence.choosable:
        return evidence.balance
    counts = evidence.answers_per_class + 1
    if evidence.uncovered_answers is not None:
        counts = counts + evidence.uncovered_answers
    return counts / counts.sum()


def with_label_model(evidence: Evidence) -> Evidence:
    """Return the evidence with the label model, and the reason why not to trust it, if any."""
    start = VoteShares(classes=evidence.classes)
    without = replace(evidence, label_model=None, start=start, distrust="")
    if evidence.functions < MIN_FUNCTIONS:
        return replace(without, distrust=f"only {evidence.functions} functions")
    try:
        model = fit_label_model(
            evidence.statistics, seed=evidence.seed, balance=class_balance(evidence)
        )
    except ResolveError as error:
        return replace(without, distrust=str(error).split(";")[0].rstrip("."))
    why = reason_to_distrust(model, evidence.statistics)
    if why is not None:
        return replace(without, label_model=model, distrust=why)
    return replace(without, label_model=model, start=VoteTable.of(model.votes))


def with_balance_anew(evidence: Evidence) -> Evidence:
    """Return the evidence with the class balance of the label model taken from its answers again.

    The rest of the model stays: fitting it once for each fold would take most of the time, and the
    balance is all that it has from answers.
    """
    balance = class_balance(evidence)
    if evidence.label_model is None or balance is None:
        return evidence
    model = replace(evidence.label_model, balance=balance)
    start = evidence.start if evidence.distrust else VoteTable.of(model.votes)
    return replace(evidence, label_model=model, start=start)


def reason_to_distrust(model: LabelModel, statistics: VoteStatistics) -> str | None:
    """Return why the label model should not decide, or None: votes for one class alone, or most
    votes from functions learned as worse than chance, say nothing of how far to trust any."""
    k = statistics.classes
    votes = np.diag(statistics.overlaps).reshape(statistics.functions, k)
    if (votes.sum(axis=0) > 0).sum() == 1:
        return "all votes are for one class"
    worse = np.nan_to_num(model.weights, nan=1.0) < 1 / k
    if votes[worse].sum() > votes.sum() / 2:
        return "the label model takes most votes for worse than chance"
    return None
