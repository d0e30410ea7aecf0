"""Vote statistics -> which functions repeat each other, and what a vote of each is still worth.

A label model multiplies votes as if functions erred independently, so six copies of one function
count six times, and their agreement makes each look accurate. Here pairs that agree suspiciously
are left out of the model's objective, the accuracies follow from the other pairs, and what a
suspected pair agrees beyond those accuracies is its dependence: accurate functions are cleared.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from labeling.vote_statistics import VoteStatistics

MIN_SHARED = 30
"""Pins on which two functions both vote, below which nothing is concluded of the pair."""
SUSPECT = 0.6
"""Chance-corrected agreement (Cohen's kappa) from which a pair is looked at."""
DEPENDENT = 0.6
"""Excess of agreement from which a pair is dependent: copies that differ on 10% of the pins have .63,
and the closest pair of the four real sets (two keyword lists of agnews) .54."""
STANDARD_ERRORS = 4
"""How clearly an excess must stand out from chance, as some hundreds of pairs are looked at."""
PRECISION = 0.7
"""Snorkel's start: each vote is right 7 times of 10."""
ROUNDS = 3


@dataclass(frozen=True, kw_only=True)
class Dependence:
    """What functions share beyond what their accuracies explain."""

    pairs: np.ndarray
    """bool [m, m]: dependent pairs; symmetric, False on the diagonal."""
    agreement: np.ndarray
    """float64 [m, m]: share of the pins on which both vote where they agree; 0 for few pins."""
    powers: np.ndarray
    """float64 [m]: the power that a function's votes keep, 1 / (1 + the copies that vote with it on
    average), so that copies together count as one function."""

    @property
    def groups(self) -> list[tuple[int, ...]]:
        """The functions that hang together by dependent pairs, each group in order."""
        left, found = set(np.flatnonzero(self.pairs.any(axis=1)).tolist()), []
        while left:
            group, new = set(), {min(left)}
            while new:
                group |= new
                new = set(np.flatnonzero(self.pairs[list(new)].any(axis=0)).tolist()) - group
            left -= group
            found.append(tuple(sorted(group)))
        return found


def no_dependence(functions: int) -> Dependence:
    """Return the dependence of functions that are taken to be independent."""
    none = np.zeros((functions, functions))
    return Dependence(pairs=none > 0, agreement=none, powers=np.ones(functions))


def find_dependence(statistics: VoteStatistics, balance: np.ndarray) -> Dependence:
    """Return which functions depend on each other, given the class balance, float64 [k]."""
    counts = _blocks(statistics.overlaps, statistics.classes)
    both = counts.sum(axis=(2, 3))
    agreement = np.where(both < MIN_SHARED, 0, np.trace(counts, 0, 2, 3) / np.maximum(both, 1))
    pairs = _suspects(counts, agreement)
    for _ in range(ROUNDS):
        excess = _excess(statistics, balance, _best_conditionals(statistics, balance, pairs))
        before, pairs = pairs, excess >= DEPENDENT
        if (pairs == before).all():
            break
    company = both / np.maximum(np.diag(both)[:, None], 1)  # how often the other votes too
    powers = 1 / (1 + np.where(pairs, excess * company, 0).sum(axis=1))
    return Dependence(pairs=pairs, agreement=agreement, powers=powers)


def _suspects(counts: np.ndarray, agreement: np.ndarray) -> np.ndarray:
    """Return the pairs that may be copies, bool [m, m], from their contingency tables."""
    both = np.maximum(counts.sum(axis=(2, 3)), 1)
    rows, columns = counts.sum(axis=3) / both[..., None], counts.sum(axis=2) / both[..., None]
    chance = (rows * columns).sum(axis=2)
    kappa = (agreement - chance) / np.maximum(1 - chance, 0.01)
    own = np.diag(both)
    jaccard = both / (own[:, None] + own[None] - both)  # tells of functions for one class alone
    pairs: np.ndarray = (kappa >= SUSPECT) | ((jaccard >= 0.8) & (agreement >= 0.9))
    np.fill_diagonal(pairs, False)
    # an accuracy follows from two partners or more; where fewer are left only plain copies are told
    alone = len(pairs) - 1 - pairs.sum(axis=1) < 2
    copies = (jaccard >= 0.95) & (agreement >= 0.98)
    return pairs & (copies | (~alone[:, None] & ~alone[None]))


def _best_conditionals(
    statistics: VoteStatistics, balance: np.ndarray, pairs: np.ndarray
) -> np.ndarray:
    """Return the optimum of Snorkel's objective without some pairs, P(vote | class) [m*k, k].

    Votes that do not occur are left out, with 0: of many classes most functions vote for few.
    """
    from scipy.optimize import minimize

    n, k = statistics.pins, statistics.classes
    voted = np.flatnonzero(np.diag(statistics.overlaps))
    observed = statistics.overlaps[np.ix_(voted, voted)] / n
    alone = np.diag(observed)
    functions, votes = voted // k, voted % k
    counted = (~pairs & ~np.eye(len(pairs), dtype=bool))[np.ix_(functions, functions)]
    low = min(0.01, 1 / n)
    start = np.zeros((len(voted), k))
    start[np.arange(len(voted)), votes] = alone * PRECISION / balance[votes]

    def loss(flat: np.ndarray) -> tuple[float, np.ndarray]:
        mu = flat.reshape(-1, k)
        joint = mu * balance
        pair, single = counted * (observed - joint @ mu.T), joint.sum(axis=1) - alone
        gradient = 2 * np.outer(single, balance) - 4 * pair @ joint
        return float((pair**2).sum() + (single**2).sum()), gradient.ravel()

    bounds = [(low, 1 - low)] * start.size
    options = {"maxiter": 500, "ftol": 1e-12, "gtol": 1e-9}
    found = minimize(
        loss,
        start.clip(low, 1 - low).ravel(),
        jac=True,
        method="L-BFGS-B",
        bounds=bounds,
        options=options,
    )
    mu = np.zeros((len(statistics.overlaps), k))
    mu[voted] = found.x.reshape(-1, k)
    return mu


def _excess(statistics: VoteStatistics, balance: np.ndarray, mu: np.ndarray) -> np.ndarray:
    """Return how far pairs agree beyond what P(vote | class) `mu` explains, 0 to 1: [m, m].

    1 is the most that is possible: agreeing on all pins on which both vote, or (for functions that
    vote for one class alone, which always agree) voting together wherever the rarer one votes.
    """
    n, k = statistics.pins, statistics.classes
    counts, told = _blocks(statistics.overlaps, k), _blocks(mu * balance @ mu.T, k)
    both, same = counts.sum(axis=(2, 3)), np.trace(counts, 0, 2, 3)
    same_told = np.trace(told, 0, 2, 3)
    share_told = same_told / np.maximum(told.sum(axis=(2, 3)), 1e-12)
    most = np.minimum(statistics.votes[:, None], statistics.votes[None]).sum(axis=2)
    excess = np.maximum(_beyond(same, share_told * both, both), _beyond(same, same_told * n, most))
    excess[both < MIN_SHARED] = 0
    np.fill_diagonal(excess, 0)
    return excess


def _beyond(seen: np.ndarray, expected: np.ndarray, most: np.ndarray) -> np.ndarray:
    """Return (seen - expected) / (most - expected), from 0 to 1; 0 where it may be chance."""
    room = most - expected
    clear = seen - expected > STANDARD_ERRORS * np.sqrt(np.maximum(expected, 1))
    return np.where(clear & (room > 0), (seen - expected) / np.where(room > 0, room, 1), 0).clip(
        0, 1
    )


def _blocks(matrix: np.ndarray, classes: int) -> np.ndarray:
    """Return a matrix [m*k, m*k] as [m, m, k, k]."""
    m = len(matrix) // classes
    return matrix.reshape(m, classes, m, classes).swapaxes(1, 2)
