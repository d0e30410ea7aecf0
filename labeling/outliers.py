"""How unlike all others a pin is, by cleanlab's distance to its nearest neighbours."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from labeling.neighbours import NeighbourIndex, spread

SAMPLE = 10_000
"""About how many pins stand for "all others"."""
NEIGHBOURS = 10


@dataclass(frozen=True, kw_only=True)
class OutlierScores:
    """Cleanlab's OutOfDistribution for a sample of vectors, whose own search compares twice."""

    index: NeighbourIndex
    usual: float
    """Mean distance to its neighbours of the median vector of the sample."""

    @classmethod
    def fit(cls, vectors: np.ndarray) -> OutlierScores | None:
        """Return scores against the vectors, float16 [n, d]; None for too few to have neighbours."""
        sample = spread(vectors[vectors.any(axis=1)], SAMPLE)
        if len(sample) <= NEIGHBOURS:
            return None
        index = NeighbourIndex.of(sample, exact=True)
        _, cosines = index.nearest(sample, NEIGHBOURS, own=np.arange(len(sample)))
        usual = float(np.median(_distances(cosines)))
        return cls(index=index, usual=max(usual, 1e-12))

    def score(self, vectors: np.ndarray) -> np.ndarray:
        """Return how like the others each pin is, float32 [n]: near 0 for an outlier, at most 1, NaN
        for a vector of zeros."""
        from cleanlab.internal.outlier import transform_distances_to_scores

        _, cosines = self.index.nearest(vectors, NEIGHBOURS)
        scores = transform_distances_to_scores(
            _distances(cosines), t=1, scaling_factor=self.usual
        ).astype(np.float32)
        scores[~vectors.any(axis=1)] = np.nan
        return scores


def _distances(cosines: np.ndarray) -> np.ndarray:
    return np.clip(1 - cosines.astype(np.float64), 0, None).mean(axis=1)
