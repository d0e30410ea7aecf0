"""How precise the votes of scoring functions are, and how much they cover, at other thresholds."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from labeling.analysis import KnownLabels
from labeling.calibrating import find_threshold, precision_curve
from labeling.collection import Collection
from labeling.functions import LabelingFunction
from labeling.references import read_references
from labeling.shards import Store
from labeling.signals import Signal
from labeling.votes import scores_key

POINTS = 40
WANTED = (0.8, 0.9, 0.95)
"""Precisions for which a threshold is named."""


@dataclass(frozen=True, kw_only=True)
class ScoreCurve:
    """One function."""

    function: str
    threshold: float | None
    """What it votes at now; None where it waits for gold."""
    known: int
    """Pins with a score and a known label."""
    points: tuple[dict[str, float], ...]
    """threshold, precision, coverage (share of all pins) and judged, from the highest threshold."""
    wanted: tuple[dict[str, Any], ...]
    """For each of some precisions the threshold and coverage that reach it; None where none does."""


def score_curves(
    store: Store,
    signal: Signal,
    functions: Sequence[LabelingFunction],
    collection: Collection,
    known: KnownLabels,
) -> tuple[ScoreCurve, ...]:
    """Return a curve for each scoring function with known labels to judge it by.

    Memory: 13 bytes per pin, for one function at a time.
    """
    scoring = [function for function in functions if function.references_key]
    truth = [known.of(shard) for shard in collection.shards] if scoring else []
    curves = (_curve(store, signal, f, collection, truth) for f in scoring)
    return tuple(curve for curve in curves if curve.known)


def _curve(
    store: Store,
    signal: Signal,
    function: LabelingFunction,
    collection: Collection,
    truth: Sequence[np.ndarray],
) -> ScoreCurve:
    scores, rights, judged = [], [], []
    for shard, labels in zip(collection.shards, truth, strict=True):
        table = store.read_table(scores_key(signal, function, collection, shard))
        scores.append(table.column("score").to_numpy())
        judged.append(labels >= 0)
        rights.append(table.column("candidate").to_numpy() == labels)
    score, right, there = (np.concatenate(parts) for parts in (scores, rights, judged))
    curve = precision_curve(score[there], right[there])
    falling = -np.sort(-score[~np.isnan(score)])
    above = np.searchsorted(-falling, -curve.thresholds, side="right") / max(len(score), 1)
    chosen = np.unique(np.linspace(0, len(curve.thresholds) - 1, POINTS).astype(int))
    threshold = read_references(store, function.references_key).threshold

    def point(number: int) -> dict[str, float]:
        return {
            "threshold": float(curve.thresholds[number]),
            "precision": float(curve.precision[number]),
            "coverage": float(above[number]),
            "judged": int(curve.judged[number]),
        }

    wanted = []
    for precision in WANTED:
        least = find_threshold(curve, precision)
        found: dict[str, Any] = {"threshold": None, "coverage": None}
        if least is not None:
            found = point(int(np.flatnonzero(curve.thresholds == least)[0]))
        wanted.append({"wanted": precision, **found})
    return ScoreCurve(
        function=function.name,
        threshold=threshold if np.isfinite(threshold) else None,
        known=int(curve.judged[-1]) if len(curve.judged) else 0,
        points=tuple(point(n) for n in chosen) if len(curve.judged) else (),
        wanted=tuple(wanted),
    )
