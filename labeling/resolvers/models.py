"""The two models that resolvers end in: tables of vote weights, and shares of votes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from labeling.vote_model import VoteModel

LEAST_SHARE = 0.01
"""What `log_proba` takes for the share of a class without votes: nothing is impossible."""


@dataclass(frozen=True, kw_only=True)
class VoteTable(VoteModel):
    """A `VoteModel` that also gives logarithms."""

    weights: np.ndarray | None = None
    """float64 [m]: P(vote is right | it voted), NaN without votes; None where it is not learned."""

    @classmethod
    def of(cls, model: VoteModel, weights: np.ndarray | None = None) -> VoteTable:
        """Return the same table."""
        return cls(bias=model.bias, table=model.table, weights=weights)

    def log_proba(self, votes: np.ndarray) -> np.ndarray:
        """Return log P(class | votes), float64 [n, k]."""
        scores = np.tile(self.bias, (len(votes), 1)).astype(np.float64)
        for j in range(votes.shape[1]):
            scores += self.table[j, votes[:, j].astype(np.intp) + 1]
        return log_softmax(scores)


@dataclass(frozen=True, kw_only=True)
class VoteShares:
    """Majority vote: a class is as probable as its share of a pin's votes."""

    classes: int

    def predict_proba(self, votes: np.ndarray) -> np.ndarray:
        """Return the shares, float32 [n, k]; equal shares where no function voted."""
        counts = np.stack([(votes == y).sum(axis=1) for y in range(self.classes)], axis=1)
        total = counts.sum(axis=1, keepdims=True)
        shares = np.where(total > 0, counts / np.maximum(total, 1), 1 / self.classes)
        return shares.astype(np.float32)

    def log_proba(self, votes: np.ndarray) -> np.ndarray:
        """Return the logarithms, float64 [n, k], of the shares kept off zero."""
        shares = np.maximum(self.predict_proba(votes).astype(np.float64), LEAST_SHARE)
        return np.log(shares / shares.sum(axis=1, keepdims=True))

    def to_json(self) -> dict[str, Any]:
        """Return the parameters as JSON values (never pickle)."""
        return {"classes": self.classes}


def log_softmax(scores: np.ndarray) -> np.ndarray:
    """Return the logarithms of the probabilities whose log-weights are the scores, [n, k]."""
    shifted = scores - scores.max(axis=1, keepdims=True)
    return shifted - np.log(np.exp(shifted).sum(axis=1, keepdims=True))
