"""The linear head on frozen encoders: the quick model, the fine-tuning's start, and its baseline.

Fine-tuning starts from the fitted head, which distorts the encoder less than a random one does
(Kumar et al. 2022, "Fine-Tuning can Distort Pretrained Features and Underperform
Out-of-Distribution").
"""

from __future__ import annotations

import numpy as np
import torch

from labeling.softmax_regression import fit_softmax
from labeling.training.judging import calibrated_loss
from labeling.training.model import SignalModel
from labeling.training.rows import Rows

STRENGTHS = (1.0, 10.0, 100.0, 1_000.0)
"""Inverse regularisation (scikit-learn's C) of the heads that are compared."""


def fit_head(
    model: SignalModel,
    features: np.ndarray,
    training: Rows,
    unseen: np.ndarray,
    validation: Rows,
) -> np.ndarray:
    """Set the model's head to the linear model of the frozen features that judges the validation rows
    best; return its logits on them, float32 [v, k].

    features, unseen: float32 [n, d] and [v, d], of the training and the validation rows.
    """
    k = len(model.classes)
    best: tuple[float, np.ndarray, np.ndarray, np.ndarray] | None = None
    start = None
    for strength in STRENGTHS:
        found = fit_softmax(features, training.soft, training.weights, strength, start=start)
        start = found
        weights, bias = found.over(k)
        logits = unseen @ weights + bias
        loss = calibrated_loss(logits, validation)
        if best is None or loss < best[0]:
            best = (loss, weights, bias, logits)
    assert best is not None
    with torch.no_grad():
        model.head.weight.copy_(torch.from_numpy(best[1].T))
        model.head.bias.copy_(torch.from_numpy(best[2]))
    return best[3]
