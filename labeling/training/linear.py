"""A linear model whose strength the validation rows choose: of frozen features, or of words."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from labeling.softmax_regression import fit_softmax
from labeling.training.judging import surely_best
from labeling.training.rows import Rows

SLOPE = 3e-4
"""Greatest slope of the mean loss at which to stop. By log loss on true labels, of models of words that
learned from labels of 100 answers: 1e-3 stops too early on clickbait (.085 against .067), 1e-4 learns
what is wrong in the labels of youtube (.138 against .132)."""


def fit_linear(
    seen: Any,
    training: Rows,
    unseen: Any,
    validation: Rows,
    strengths: Sequence[float],
    scales: np.ndarray | None = None,
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return weights, float32 [d, k], bias, float32 [k], and logits of the validation rows, float32
    [v, k], of the model that judges these best.

    seen, unseen: float32 [n, d] and [v, d], dense or CSR, of the training and the validation rows;
    strengths: inverse regularisations (scikit-learn's C) that are compared, the first one taken unless
    another is surely better; scales: by what features are multiplied, float32 [d].
    """
    found = []
    for strength in strengths:
        model = fit_softmax(  # each from zero: from a stronger one it would stop where it starts
            seen, training.soft, training.weights, strength, scales=scales, slope=SLOPE
        )
        weights, bias = model.over(training.soft.shape[1])
        found.append((weights, bias, np.asarray(unseen @ weights + bias)))
    return found[surely_best([logits for _, _, logits in found], validation)]
