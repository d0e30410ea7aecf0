"""A linear model whose strength the validation rows choose: of frozen features, or of words."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from labeling.softmax_regression import fit_softmax
from labeling.training.judging import calibrated_loss
from labeling.training.rows import Rows


def fit_linear(
    seen: Any, training: Rows, unseen: Any, validation: Rows, strengths: Sequence[float]
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return weights, float32 [d, k], bias, float32 [k], and logits of the validation rows, float32
    [v, k], of the model that judges these best.

    seen, unseen: float32 [n, d] and [v, d], dense or CSR, of the training and the validation rows;
    strengths: inverse regularisations (scikit-learn's C) that are compared, rising.
    """
    best: tuple[float, np.ndarray, np.ndarray, np.ndarray] | None = None
    found = None
    for strength in strengths:
        found = fit_softmax(seen, training.soft, training.weights, strength, start=found)
        weights, bias = found.over(training.soft.shape[1])
        logits = np.asarray(unseen @ weights + bias)
        loss = calibrated_loss(logits, validation)
        if best is None or loss < best[0]:
            best = (loss, weights, bias, logits)
    assert best is not None
    return best[1:]
