"""How far two distributions are apart, and whether chance would do it: effect sizes beside p-values.

An effect without significance is noise, significance without an effect is a large sample: a verdict asks
for both. Effects are population stability indices (PSI): the convention of credit scoring (Siddiqi
2006) is to look from .1 on and to act from .25 on. It has no theory behind it: without drift PSI is
about (bins - 1) * (1/n + 1/m) (Yurdakul 2018), so few pins alone reach .1, and what is rare hardly
moves it.
The first is why a test stands beside it, the second why `doubled` does.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

SMOOTHING = 0.5
"""Added to each count, so that a class that is absent on one side does not make PSI infinite."""
EXPECTED = 5.0
"""With fewer expected in a cell, chi-squared is no good; rare values are pooled."""
EXACT = 20_000
"""Fisher's exact test up to so many hits; beyond, its approximation is as good."""
DOUBLED = 2.0
LEAST_SHARE = 0.01
"""A share that at least doubled or halved is told from this size on, on either side."""


@dataclass(frozen=True, kw_only=True)
class Difference:
    """Two counts of the same k values, held against each other."""

    psi: float
    """Population stability index."""
    p: float
    """That chance alone makes so much of a difference."""
    before: np.ndarray
    """float64 [k]: share of each value."""
    now: np.ndarray
    """float64 [k]."""
    moved: np.ndarray
    """int [k]: the values, those that moved most first (by their part of PSI)."""
    p_of_each: np.ndarray
    """float64 [k]: of each value against all others, times k."""

    @property
    def doubled(self) -> np.ndarray:
        """Which values at least doubled or halved their share, and are no rarity: bool [k]."""
        low, high = np.minimum(self.before, self.now), np.maximum(self.before, self.now)
        return np.asarray((high >= LEAST_SHARE) & (high >= DOUBLED * low))


def compare_counts(before: np.ndarray, now: np.ndarray) -> Difference:
    """Return how far two counts of the same values are apart, each int [k].

    >>> round(compare_counts(np.array([900, 100]), np.array([800, 200])).psi, 3)
    0.081
    """
    n, m = int(before.sum()), int(now.sum())
    k = len(before)
    pairs = zip(before.tolist(), now.tolist(), strict=True)
    each = np.array([min(1.0, k * share_p((a, n), (b, m))) for a, b in pairs])
    parts = _psi_parts(before, now)
    return Difference(
        psi=float(parts.sum()),
        p=_p_of_table(before, now),
        before=before / max(n, 1),
        now=now / max(m, 1),
        moved=np.argsort(-parts, kind="stable"),
        p_of_each=each,
    )


def _psi_parts(before: np.ndarray, now: np.ndarray) -> np.ndarray:
    if not before.sum() or not now.sum():
        return np.zeros(len(before))
    seen = (before + now) > 0
    p, q = ((counts + SMOOTHING) * seen for counts in (before, now))
    p, q = p / p.sum(), q / q.sum()
    parts = np.zeros(len(before))
    parts[seen] = (q[seen] - p[seen]) * np.log(q[seen] / p[seen])
    return parts


def _p_of_table(before: np.ndarray, now: np.ndarray) -> float:
    """Return p of a chi-squared test, values too rare for it pooled; of Fisher's where two are left and
    few fall on one."""
    from scipy.stats import chi2_contingency

    table = _pooled(np.stack([before, now]))
    if table.shape[1] < 2 or not table.sum(axis=1).all():
        return 1.0
    if table.shape[1] == 2:
        (a, b), (n, m) = table[:, 0].tolist(), table.sum(axis=1).tolist()
        return share_p((a, n), (b, m))
    return float(chi2_contingency(table, correction=False).pvalue)


def _pooled(table: np.ndarray) -> np.ndarray:
    """Return counts [2, k] with the rarest values as one, until each is expected often enough."""
    order = np.argsort(-table.sum(axis=0), kind="stable")
    table = table[:, order]
    table = table[:, table.sum(axis=0) > 0]
    smaller = table.sum(axis=1).min() / max(table.sum(), 1)
    while table.shape[1] > 2 and smaller * table[:, -1].sum() < EXPECTED:
        table = np.column_stack([table[:, :-2], table[:, -2:].sum(axis=1)])
    return table


def share_p(before: tuple[int, int], now: tuple[int, int]) -> float:
    """Return p, two-sided, that two shares are the same: Fisher's exact test for (hits, of how many),
    the chi-squared test where there are very many hits.

    >>> share_p((50, 1000), (50, 1000))
    1.0
    """
    from scipy.stats import chi2_contingency, fisher_exact

    (a, n), (b, m) = before, now
    table = np.array([[a, n - a], [b, m - b]])
    if not n or not m or not table.sum(axis=0).all():
        return 1.0
    if min(a + b, n + m - a - b) > EXACT:
        return float(chi2_contingency(table).pvalue)
    return float(fisher_exact(table).pvalue)


def in_tenths(before: np.ndarray, now: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return two histograms over the same fine bins, int [b] each, as counts over at most 10 bins that
    hold a tenth of `before` each; values that many share are not split."""
    total = int(before.sum())
    if not total:
        return before[:1] * 0, now[:1] * 0
    rank = np.cumsum(before) - before / 2
    tenth = np.minimum((10 * rank / total).astype(int), 9)
    return (
        np.bincount(tenth, weights=before, minlength=10).astype(np.int64),
        np.bincount(tenth, weights=now, minlength=10).astype(np.int64),
    )


def kolmogorov_smirnov(before: np.ndarray, now: np.ndarray) -> float:
    """Return the largest difference of two cumulated shares, of histograms int [b]."""
    if not before.sum() or not now.sum():
        return 0.0
    return float(np.abs(np.cumsum(before) / before.sum() - np.cumsum(now) / now.sum()).max())


def jensen_shannon(before: np.ndarray, now: np.ndarray) -> float:
    """Return the Jensen-Shannon divergence of two histograms, int [b], in bits: 0 equal, 1 apart."""
    if not before.sum() or not now.sum():
        return 0.0
    p, q = before / before.sum(), now / now.sum()
    middle = (p + q) / 2
    parts = [(one[one > 0] * np.log2(one[one > 0] / middle[one > 0])).sum() / 2 for one in (p, q)]
    return max(0.0, float(sum(parts)))
