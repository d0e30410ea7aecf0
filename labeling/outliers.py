"""How unlike all others a pin is, by cleanlab's distance to its nearest neighbours."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

SAMPLE = 10_000
"""About how many pins stand for "all others"."""
NEIGHBOURS = 10


@dataclass(frozen=True, kw_only=True)
class OutlierScores:
    """Cleanlab's OutOfDistribution fitted to a sample of vectors."""

    model: Any

    @classmethod
    def fit(cls, vectors: np.ndarray) -> OutlierScores | None:
        """Return scores against the vectors, float16 [n, d]; None for too few to have neighbours."""
        if len(vectors) <= NEIGHBOURS:
            return None
        from cleanlab.outlier import OutOfDistribution

        model = OutOfDistribution({"k": NEIGHBOURS})
        sample = vectors[:: max(1, len(vectors) // SAMPLE)]
        model.fit(features=sample.astype(np.float32), verbose=False)
        return cls(model=model)

    def score(self, vectors: np.ndarray) -> np.ndarray:
        """Return how like the others each pin is, float32 [n]: near 0 for an outlier, at most 1."""
        return np.asarray(self.model.score(features=vectors.astype(np.float32)), dtype=np.float32)
