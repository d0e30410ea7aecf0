"""A figure with its 95% interval."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from labeling.chance import clopper_pearson_interval

TAIL = 2.5
"""Percent on each side."""
DIGITS = 4


@dataclass(frozen=True, kw_only=True)
class Figure:
    """What was measured, and between what it may lie."""

    value: float | None
    """None where no row tells of it."""
    low: float | None
    high: float | None


NOTHING = Figure(value=None, low=None, high=None)


def figure(value: float, low: float, high: float) -> Figure:
    """Return a rounded figure whose interval holds the value; NOTHING where it is not a number."""
    if not np.isfinite(value):
        return NOTHING
    low, high = (bound if np.isfinite(bound) else value for bound in (low, high))
    bounds = min(low, value), max(high, value)
    return Figure(
        value=round(float(value), DIGITS),
        low=round(float(bounds[0]), DIGITS),
        high=round(float(bounds[1]), DIGITS),
    )


def from_resamples(value: float, resampled: np.ndarray) -> Figure:
    """Return a figure by the percentiles of its resamples, float [b]."""
    there = resampled[np.isfinite(resampled)]
    if not len(there):
        return figure(value, np.nan, np.nan)
    low, high = np.percentile(there, (TAIL, 100 - TAIL))
    return figure(value, low, high)


def share_from_resamples(value: float, resampled: np.ndarray, rows: float) -> Figure:
    """Return a share by the interval of Clopper & Pearson on the rows that would tell as much by chance
    alone (Korn & Graubard 1998): percentiles are too narrow for few rows, and nothing at 0 and 1.

    rows: the effective number of rows, which serves where resamples do not differ.
    """
    if not np.isfinite(value) or rows <= 0:
        return NOTHING
    there = resampled[np.isfinite(resampled)]
    spread = float(there.var()) if len(there) else 0.0
    if spread > 0 and 0 < value < 1:
        rows = min(rows, value * (1 - value) / spread)
    return figure(value, *clopper_pearson_interval(value, rows))


def error_from_resamples(value: float, resampled: np.ndarray) -> Figure:
    """Return a calibration error. Its resamples lie above it, as the noise in each bin adds to the
    error, so the lower bound is reflected at the value (the basic interval), and the upper is not."""
    high = float(np.percentile(resampled, 100 - TAIL))
    return figure(value, max(0.0, 2 * value - high), high)
