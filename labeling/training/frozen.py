"""The linear head on frozen encoders: the quick model, the fine-tuning's start, and its baseline.

Fine-tuning starts from the fitted head, which distorts the encoder less than a random one does
(Kumar et al. 2022, "Fine-Tuning can Distort Pretrained Features and Underperform
Out-of-Distribution").
"""

from __future__ import annotations

import numpy as np
import torch

from labeling.training.linear import fit_linear
from labeling.training.model import SignalModel
from labeling.training.rows import Rows

STRENGTHS = (10.0, 1.0, 3.0, 30.0, 100.0)
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
    weights, bias, logits = fit_linear(features, training, unseen, validation, STRENGTHS)
    with torch.no_grad():
        model.head.weight.copy_(torch.from_numpy(weights.T))
        model.head.bias.copy_(torch.from_numpy(bias))
    return logits
