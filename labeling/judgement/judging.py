"""All that is to be said of a model on rows, with intervals."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from labeling.judgement.figures import (
    DIGITS,
    Figure,
    error_from_resamples,
    from_resamples,
    share_from_resamples,
)
from labeling.judgement.reliability import Bin, Point, precision_recall, reliability
from labeling.judgement.sample import RESAMPLES, JudgedRows, effective
from labeling.judgement.scores import Scorer, Scores
from labeling.judgement.slices import SliceGap, SliceValues, find_gaps, slices_of
from labeling.judgement.thresholds import Threshold, find_threshold


@dataclass(frozen=True, kw_only=True)
class ClassJudgement:
    """How well one class is known."""

    name: str
    rows: int
    share: float
    """Of the pins that the rows stand for."""
    precision: Figure
    recall: Figure
    f1: Figure
    average_precision: Figure
    """The area under precision over recall."""
    ece: Figure
    """By how much its probability is off, on average."""
    threshold: Threshold
    reliability: tuple[Bin, ...]
    curve: tuple[Point, ...]


@dataclass(frozen=True, kw_only=True)
class Judgement:
    """A model on rows."""

    rows: int
    effective_rows: float
    """How many rows of equal weight would tell as much."""
    accuracy: Figure
    majority: float
    """Accuracy of always saying the most frequent class."""
    macro_precision: Figure
    macro_recall: Figure
    macro_f1: Figure
    ece: Figure
    brier: Figure
    log_loss: Figure
    classes: tuple[ClassJudgement, ...]
    reliability: tuple[Bin, ...]
    """Of the likeliest class."""
    confusion: tuple[tuple[int, ...], ...]
    """Rows: [class][likeliest class]."""
    slices: tuple[SliceGap, ...]

    def to_json(self) -> dict[str, Any]:
        """Return the judgement as JSON values."""
        return asdict(self)


def judge_rows(
    rows: JudgedRows,
    columns: Sequence[SliceValues] = (),
    *,
    precision: float = 0.9,
    resamples: int = RESAMPLES,
    seed: int = 0,
) -> Judgement:
    """Return what is to be said of the rows; equal arguments give equal figures.

    precision: the one that each class's threshold is to reach.
    """
    scorer = Scorer(rows)
    now = scorer.score(rows.weights[None])
    again = Scores.joined([scorer.score(w) for w in rows.resamples(resamples, seed)])
    k = len(rows.classes)
    shares = np.bincount(rows.reference, weights=rows.weights, minlength=k) / rows.weights.sum()
    confusion = np.zeros((k, k), dtype=np.int64)
    np.add.at(confusion, (rows.reference, rows.predicted), 1)

    def mean_of(name: str) -> Figure:
        return from_resamples(*_first(now.mean_of(name), again.mean_of(name)))

    return Judgement(
        rows=len(rows),
        effective_rows=round(rows.effective, 1),
        accuracy=share_from_resamples(*_first(now.accuracy, again.accuracy), rows.effective),
        majority=round(float(shares.max()), DIGITS),
        macro_precision=mean_of("precision"),
        macro_recall=mean_of("recall"),
        macro_f1=mean_of("f1"),
        ece=error_from_resamples(*_first(now.ece, again.ece)),
        brier=from_resamples(*_first(now.brier, again.brier)),
        log_loss=from_resamples(*_first(now.log_loss, again.log_loss)),
        classes=tuple(_judge_class(rows, y, now, again, shares[y], precision) for y in range(k)),
        reliability=reliability(rows.probabilities.max(axis=1), rows.right, rows.weights),
        confusion=tuple(map(tuple, confusion.tolist())),
        slices=find_gaps(rows, slices_of(columns, len(rows)), resamples, seed),
    )


def _judge_class(
    rows: JudgedRows, y: int, now: Scores, again: Scores, share: float, precision: float
) -> ClassJudgement:
    is_so, given = rows.reference == y, rows.predicted == y
    said = rows.probabilities[:, y]
    return ClassJudgement(
        name=rows.classes[y],
        rows=int(is_so.sum()),
        share=round(float(share), DIGITS),
        precision=share_from_resamples(
            now.precision[0, y], again.precision[:, y], effective(rows.weights[given])
        ),
        recall=share_from_resamples(
            now.recall[0, y], again.recall[:, y], effective(rows.weights[is_so])
        ),
        f1=from_resamples(now.f1[0, y], again.f1[:, y]),
        average_precision=from_resamples(
            now.average_precision[0, y], again.average_precision[:, y]
        ),
        ece=error_from_resamples(now.class_ece[0, y], again.class_ece[:, y]),
        threshold=find_threshold(rows, y, precision),
        reliability=reliability(said, is_so, rows.weights),
        curve=precision_recall(said, is_so, rows.weights),
    )


def _first(now: np.ndarray, again: np.ndarray) -> tuple[float, np.ndarray]:
    return float(now[0]), again
