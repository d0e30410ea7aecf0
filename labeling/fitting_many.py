"""Many linear models of the same features: in several processes where that is worth starting them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

import numpy as np
import scipy.sparse as sp

from labeling.engine import each
from labeling.progress import Progress
from labeling.softmax_regression import SoftmaxRegression, fit_softmax

LARGE = 5e7
"""Values of features times classes that all models read in one step, from which on processes are
used: some three seconds of work for one. To start them takes two, the first time."""
MOSTLY = 0.9
"""Share of the columns that must occur for all of them to be read: to leave some out is a copy."""


@dataclass(frozen=True, kw_only=True)
class Fit:
    """What one model is fitted to."""

    rows: np.ndarray
    """int64 [r], of the features."""
    soft: np.ndarray
    """[r, k]."""
    weights: np.ndarray
    """[r]."""
    strength: float


@dataclass(frozen=True, kw_only=True)
class Fitter:
    """Fits models; the same ones in however many processes."""

    processes: int = 1
    fitted: Callable[[int], object] = lambda count: None
    """Told how many models were fitted."""

    def fit(self, features: Any, fits: Sequence[Fit]) -> list[SoftmaxRegression]:
        """Return a model for each, of features float32 [n, d], dense or CSR.

        Raises EngineError where a process dies.
        """
        share = (features.nnz if sp.issparse(features) else features.size) / max(
            features.shape[0], 1
        )
        work = sum(share * fit.soft.size for fit in fits)
        where = self.processes if work >= LARGE else 1
        found = []
        for model in each(
            partial(_fit, features), fits, title="fit", where=where, progress=Progress()
        ):
            self.fitted(1)
            found.append(model)
        return found


def _fit(features: Any, fit: Fit) -> SoftmaxRegression:
    seen = features[fit.rows]
    if not sp.issparse(seen):
        return fit_softmax(seen, fit.soft, fit.weights, fit.strength)
    # what occurs in no row keeps its weight of zero, and would cost as much as what does
    used = np.flatnonzero(np.bincount(seen.indices, minlength=seen.shape[1]))
    if len(used) > MOSTLY * seen.shape[1]:
        return fit_softmax(seen, fit.soft, fit.weights, fit.strength)
    model = fit_softmax(seen[:, used], fit.soft, fit.weights, fit.strength)
    weights = np.zeros((seen.shape[1], model.weights.shape[1]), dtype=np.float32)
    weights[used] = model.weights
    return replace(model, weights=weights)
