"""How good labels are against reference labels."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True, kw_only=True)
class Scores:
    """Scores of labels against reference labels; a pin that got no label counts as a guess."""

    pins: int
    accuracy: float
    macro_f1: float
    coverage: float
    """Share of pins that got a label."""
    accuracy_covered: float | None
    """Accuracy on those alone; None where there are none."""


def score(reference: np.ndarray, labels: np.ndarray, classes: int) -> Scores | None:
    """Return the scores of int labels [n] (-1: none) against int reference labels [n] (-1: unknown).

    A pin without a label counts 1/k right, which is the mean of Snorkel's random tie-breaking (and
    of WRENCH's) without its randomness. None where no reference label is known.
    """
    known = reference >= 0
    if not known.any():
        return None
    reference, labels = reference[known].astype(int), labels[known].astype(int)
    covered = labels >= 0
    confusion = np.zeros((classes, classes))  # [reference, label]
    np.add.at(confusion, (reference[covered], labels[covered]), 1)
    guessed = np.bincount(reference[~covered], minlength=classes)
    confusion += guessed[:, None] / classes
    right = np.diag(confusion)
    per_class = 2 * right / np.maximum(confusion.sum(axis=0) + confusion.sum(axis=1), 1e-12)
    present = confusion.sum(axis=1) > 0
    on_covered = float((reference == labels)[covered].mean()) if covered.any() else None
    return Scores(
        pins=len(reference),
        accuracy=float(right.sum() / len(reference)),
        macro_f1=float(per_class[present].mean()),
        coverage=float(covered.mean()),
        accuracy_covered=on_covered,
    )
