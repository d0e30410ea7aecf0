"""What chance may do: intervals of shares, and p-values of many comparisons."""

from __future__ import annotations

from math import sqrt

import numpy as np


def wilson_interval(right: int, n: int) -> tuple[float, float]:
    """Return the 95% Wilson score interval of a proportion (Wilson 1927).

    >>> tuple(round(bound, 3) for bound in wilson_interval(9, 10))
    (0.596, 0.982)
    """
    if n == 0:
        return 0.0, 1.0
    share, z = right / n, 1.96
    centre = share + z * z / (2 * n)
    half = z * sqrt(share * (1 - share) / n + z * z / (4 * n * n))
    scale = 1 + z * z / n
    return max(0.0, (centre - half) / scale), min(1.0, (centre + half) / scale)


def clopper_pearson_interval(
    share: float, n: float, confidence: float = 0.95
) -> tuple[float, float]:
    """Return the interval of Clopper & Pearson (1934) of a share among n, which may be the effective
    number of a sample that is not a simple one (Korn & Graubard 1998).

    >>> tuple(round(bound, 3) for bound in clopper_pearson_interval(1.0, 20))
    (0.832, 1.0)
    """
    from scipy.stats import beta

    hits, misses, tail = share * n, (1 - share) * n, (1 - confidence) / 2
    low = float(beta.ppf(tail, hits, misses + 1)) if hits > 0 else 0.0
    high = float(beta.ppf(1 - tail, hits + 1, misses)) if misses > 0 else 1.0
    return low, high


def holm(p_values: np.ndarray | list[float]) -> np.ndarray:
    """Return p-values corrected for their number (Holm 1979), float64 [c]: that any is below a limit by
    chance is no more likely than the limit.

    >>> holm([0.01, 0.5, 0.02]).tolist()
    [0.03, 0.5, 0.04]
    """
    p = np.asarray(p_values, dtype=np.float64)
    order = np.argsort(p)
    corrected = np.empty(len(p))
    corrected[order] = np.minimum(1.0, np.maximum.accumulate(p[order] * np.arange(len(p), 0, -1)))
    return corrected
