"""What probabilities of classes say: the label, how sure it is, and how they lie in a table."""

from __future__ import annotations

import numpy as np

TIE = 1e-5
"""Probabilities closer than this are a tie, as in Snorkel."""
UNSURE = 0.5
"""From this entropy on (1: all classes alike), a soft label is uncertain."""


def best_class(probabilities: np.ndarray) -> np.ndarray:
    """Return the most likely class of each row, int8 [n]; -1 where the best two tie."""
    top = np.partition(probabilities, -2, axis=1)[:, -2:]
    return np.where(top[:, 1] - top[:, 0] < TIE, -1, probabilities.argmax(axis=1)).astype(np.int8)


def entropy(probabilities: np.ndarray) -> np.ndarray:
    """Return the entropy of each row, float [n], 0 (sure) to 1 (all classes alike)."""
    logs = np.log(np.maximum(probabilities, 1e-9))
    return np.asarray(-(probabilities * logs).sum(axis=1) / np.log(probabilities.shape[1]))


def uncertain(soft: np.ndarray) -> np.ndarray:
    """Return which soft labels, [n, k], are uncertain, bool [n]."""
    return entropy(soft) > UNSURE


def disagreeing(labels: np.ndarray, probe: np.ndarray) -> np.ndarray:
    """Return on which pins the probe, float [n, k], holds another class likeliest than their labels,
    int [n], say, bool [n]; where either has none, they do not disagree."""
    predicted = best_class(probe)
    return np.asarray((labels >= 0) & (predicted >= 0) & (labels != predicted))
