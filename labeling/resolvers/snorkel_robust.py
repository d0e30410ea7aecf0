"""Snorkel's label model, made robust as `labeling.robust_label_model` does.

Of gold it reads the class balance alone: the signal's counts first, then that of enough answers, with
one more for each class (Laplace), else that of the votes.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from labeling.errors import ResolveError
from labeling.label_model import MIN_FUNCTIONS
from labeling.resolvers.evidence import Evidence
from labeling.resolvers.models import VoteShares, VoteTable
from labeling.robust_label_model import RobustFit, fit_robust, sample_votes

SAMPLE = 20_000
"""Pins by which the class balance and the spread over seeds are estimated."""


def fit(evidence: Evidence) -> VoteTable:
    """Return its weights. Raises ResolveError where it could not be fitted."""
    if evidence.label_model is None:
        raise ResolveError(f"Snorkel's label model was not fitted: {evidence.distrust}.")
    return VoteTable.of(evidence.label_model.votes, evidence.label_model.model.weights)


def class_balance(evidence: Evidence) -> np.ndarray | None:
    """Return the class balance to assume, float64 [k]; None for that of the votes."""
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
        found = fit_robust(
            evidence.statistics,
            sample_votes(evidence.sample, SAMPLE),
            functions=evidence.function_names,
            classes=evidence.class_names,
            balance=class_balance(evidence),
            discount=evidence.discount,
        )
    except ResolveError as error:
        return replace(without, distrust=str(error).split(";")[0].rstrip("."))
    if found.distrust is not None:
        return replace(without, label_model=found, distrust=found.distrust)
    return replace(without, label_model=found, start=VoteTable.of(found.votes))


def with_balance_anew(evidence: Evidence) -> Evidence:
    """Return the evidence with the class balance of the label model taken from its answers again.

    The rest of the model stays: fitting it once for each fold would take most of the time, and the
    balance is all that it has from answers.
    """
    balance = class_balance(evidence)
    if evidence.label_model is None or balance is None:
        return evidence
    found = with_balance(evidence.label_model, balance)
    start = evidence.start if evidence.distrust else VoteTable.of(found.votes)
    return replace(evidence, label_model=found, start=start)


def with_balance(found: RobustFit, balance: np.ndarray) -> RobustFit:
    """Return the fit with another class balance."""
    return replace(
        found,
        model=replace(found.model, balance=balance),
        votes=replace(found.votes, bias=np.log(balance)),
    )
