"""Many linear models of the same features: in several processes where that is worth starting them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

import numpy as np
import scipy.sparse as sp

from labeling.engine import each
from labeling.errors import EngineError
from labeling.progress import SILENT
from labeling.softmax_regression import SoftmaxRegression, fit_softmax

LARGE = 5e7
"""Values of features times classes that all models read in one step, from which on processes are
used: some three seconds of work for one. To start them takes two, the first time."""


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
    advance: Callable[[int], object] = lambda count: None
    """Told how many models were fitted."""

    def fit(self, features: Any, fits: Sequence[Fit]) -> list[SoftmaxRegression]:
        """Return a model for each, of features float32 [n, d], dense or CSR.

        Where a process dies, most often because memory ran out, this one fits what is left.
        """
        share = (features.nnz if sp.issparse(features) else features.size) / max(
            features.shape[0], 1
        )
        work = sum(share * fit.soft.size for fit in fits)
        found: list[SoftmaxRegression] = []
        step, where = partial(_fit, features), self.processes if work >= LARGE else 1
        try:
            for model in each(step, fits, title="fit", where=where, progress=SILENT):
                self.advance(1)
                found.append(model)
        except EngineError:
            for fit in fits[len(found) :]:
                found.append(step(fit))
                self.advance(1)
        return found


def _fit(features: Any, fit: Fit) -> SoftmaxRegression:
    seen = features[fit.rows]
    if not sp.issparse(seen):
        return fit_softmax(seen, fit.soft, fit.weights, fit.strength)
    # what occurs in no row keeps its weight of zero, and would cost as much as what does
    occurs = np.bincount(seen.indices, minlength=seen.shape[1]) > 0
    used = np.flatnonzero(occurs)
    place = np.cumsum(occurs, dtype=seen.indices.dtype) - 1
    narrow = sp.csr_matrix(
        (seen.data, place[seen.indices], seen.indptr), shape=(len(fit.rows), len(used))
    )
    model = fit_softmax(narrow, fit.soft, fit.weights, fit.strength)
    weights = np.zeros((seen.shape[1], model.weights.shape[1]), dtype=np.float32)
    weights[used] = model.weights
    return replace(model, weights=weights)
