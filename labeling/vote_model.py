"""What every resolver learns: how much each vote speaks for each class. Votes -> probabilities.

A table of log-weights is enough for all of them: for Snorkel's label model and Dawid-Skene an entry
is log P(vote | class), for logistic regression a coefficient, for majority vote a constant.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

CHUNK = 1 << 14
ENTRIES = 1 << 12
"""Largest number of vote patterns that one lookup table holds; more would leave the cache."""


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
        result = np.empty((len(votes), len(self.bias)), dtype=np.float32)
        # class 0 is the reference, so that two classes take one sum
        bias, table = self.bias[1:] - self.bias[0], self.table[..., 1:] - self.table[..., :1]
        groups = _pattern_tables(table)
        for start in range(0, len(votes), CHUNK):
            rows = slice(start, start + CHUNK)
            scores = _sum_patterns(votes[rows], bias, groups)
            result[rows] = _softmax_with_zero(scores).T
        return result

    def to_json(self) -> dict[str, Any]:
        """Return the parameters as JSON values (never pickle)."""
        return {"bias": self.bias.tolist(), "table": self.table.tolist()}

    @classmethod
    def from_json(cls, value: dict[str, Any]) -> VoteModel:
        """Return what `to_json` wrote."""
        return cls(bias=np.array(value["bias"]), table=np.array(value["table"]))


def _pattern_tables(table: np.ndarray) -> list[np.ndarray]:
    """Return for each few functions the sums of all patterns of their votes, float64 [c, v, v, ..].

    One lookup then adds the votes of several functions. The axes are the votes of the group's
    functions in order.
    """
    m, outcomes, classes = table.shape
    size = max(1, int(np.log(ENTRIES) / np.log(outcomes)))
    groups = []
    for first in range(0, m, size):
        sums = np.zeros((classes, 1))
        for entries in table[first : first + size]:
            sums = (sums[:, :, None] + entries.T[:, None]).reshape(classes, -1)
        groups.append(sums.reshape(classes, *[outcomes] * len(table[first : first + size])))
    return groups


def _sum_patterns(votes: np.ndarray, bias: np.ndarray, groups: list[np.ndarray]) -> np.ndarray:
    """Return the log-weights of the classes after the reference class, float64 [k - 1, n]."""
    columns = np.add(votes.T, 1, dtype=np.int32, order="C")
    scores = np.repeat(bias[:, None], len(votes), axis=1)
    first = 0
    for sums in groups:
        classes, *outcomes = sums.shape
        index = columns[first].copy()
        for j, base in enumerate(outcomes[1:], start=first + 1):
            index *= base
            index += columns[j]
        for score, entries in zip(scores, sums.reshape(classes, -1), strict=True):
            score += entries.take(index)
        first += len(outcomes)
    return scores


def _softmax_with_zero(scores: np.ndarray) -> np.ndarray:
    """Return the softmax of log-weights, with 0 for the reference class before them: [k, n]."""
    top = np.maximum(scores.max(axis=0), 0)
    weights = np.empty((len(scores) + 1, scores.shape[1]))
    weights[0] = -top
    np.subtract(scores, top, out=weights[1:])
    np.exp(weights, out=weights)
    weights /= weights.sum(axis=0)
    return weights
