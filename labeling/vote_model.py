"""What every resolver learns: how much each vote speaks for each class. Votes -> probabilities.

A table of log-weights is enough for all of them: for Snorkel's label model and Dawid-Skene an entry
is log P(vote | class), for logistic regression a coefficient, for majority vote a constant.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

CHUNK = 1 << 16


@dataclass(frozen=True, kw_only=True)
class VoteModel:
    """P(class | votes) is the softmax over classes of `bias` plus the entries of a pin's votes."""

    bias: np.ndarray
    """float64 [k]: the log-weight of each class before any vote, e.g. the log class balance."""
    table: np.ndarray
    """float64 [m, k + 1, k]: entry [j, v + 1, y] is what vote v of function j (-1 abstains) adds to
    the log-weight of class y."""

    def predict_proba(self, votes: np.ndarray) -> np.ndarray:
        """Return P(class | votes), float32 [n, k], of votes int8 [n, m]; rows sum to 1."""
        n, m = votes.shape
        result = np.empty((n, len(self.bias)), dtype=np.float32)
        for start in range(0, n, CHUNK):
            block = votes[start : start + CHUNK].astype(np.intp) + 1
            scores = np.tile(self.bias, (len(block), 1))
            for j in range(m):
                scores += self.table[j, block[:, j]]
            scores -= scores.max(axis=1, keepdims=True)
            np.exp(scores, out=scores)
            result[start : start + CHUNK] = scores / scores.sum(axis=1, keepdims=True)
        return result

    def to_json(self) -> dict[str, Any]:
        """Return the parameters as JSON values (never pickle)."""
        return {"bias": self.bias.tolist(), "table": self.table.tolist()}

    @classmethod
    def from_json(cls, value: dict[str, Any]) -> VoteModel:
        """Return what `to_json` wrote."""
        return cls(bias=np.array(value["bias"]), table=np.array(value["table"]))
