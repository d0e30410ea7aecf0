"""How unlike all others a pin is, by cleanlab's distance to its nearest neighbours."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

SAMPLE = 10_000
"""About how many pins stand for "all others"."""
NEIGHBOURS = 10
BLOCK = 1_024
LEAST = 1e-12


@dataclass(frozen=True, kw_only=True)
class OutlierScores:
    """Cleanlab's `OutOfDistribution` score, exp(-d / s): d is a pin's mean cosine distance to its
    nearest neighbours in a sample, s the median of the sample's own.

    Its formula, not its search: exact cosines in blocks take a fraction of the time.
    """

    others: np.ndarray
    """float32 [s, d], unit vectors."""
    scale: float

    @classmethod
    def fit(cls, vectors: np.ndarray) -> OutlierScores | None:
        """Return scores against the vectors, float16 [n, d]; None for too few to have neighbours."""
        if len(vectors) <= NEIGHBOURS:
            return None
        others = _unit(vectors[:: max(1, len(vectors) // SAMPLE)])
        distances = _distances(others, others, but_itself=True)
        return cls(others=others, scale=max(float(np.median(distances)), LEAST))

    def score(self, vectors: np.ndarray) -> np.ndarray:
        """Return how like the others each pin is, float32 [n]: near 0 for an outlier, at most 1."""
        return np.exp(-_distances(_unit(vectors), self.others) / self.scale).astype(np.float32)


def _unit(vectors: np.ndarray) -> np.ndarray:
    wide = vectors.astype(np.float32)
    return wide / np.maximum(np.linalg.norm(wide, axis=1, keepdims=True), LEAST)


def _distances(pins: np.ndarray, others: np.ndarray, *, but_itself: bool = False) -> np.ndarray:
    """Return each pin's mean cosine distance to the nearest of the others, float64 [n]."""
    result = np.empty(len(pins))
    for start in range(0, len(pins), BLOCK):
        cosines = pins[start : start + BLOCK] @ others.T
        if but_itself:
            own = np.arange(len(cosines))
            cosines[own, start + own] = -np.inf
        nearest = np.partition(cosines, -NEIGHBOURS, axis=1)[:, -NEIGHBOURS:]
        result[start : start + BLOCK] = 1 - nearest.mean(axis=1)
    return np.maximum(result, 0)
