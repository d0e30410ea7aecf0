"""Which of two models judges rows better, on people's labels and on weak ones, and how strong one is."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest

from labeling.softmax_regression import fit_softmax
from labeling.training.judging import is_better
from labeling.training.linear import fit_linear
from labeling.training.rows import Rows

ROWS = 400


def rows(*, gold: bool) -> Rows:
    labels = np.random.default_rng(0).integers(0, 2, ROWS)
    return Rows(
        table=pa.table({"pin_id": [str(n) for n in range(ROWS)]}),
        folder=Path(),
        soft=np.eye(2, dtype=np.float32)[labels],
        weights=np.ones(ROWS, dtype=np.float32),
        is_gold=np.full(ROWS, gold),
    )


def logits(judged: Rows, *, right: float, sure: float, seed: int) -> np.ndarray:
    """Return logits, float32 [n, 2], of a model that is right so often, and so sure, more or less."""
    draw = np.random.default_rng(seed)
    hits = draw.random(ROWS) < right
    said = np.where(hits, judged.labels, 1 - judged.labels)
    size = sure * draw.uniform(0.5, 1.5, ROWS)
    return (size[:, None] * np.where(np.eye(2)[said] > 0, 1, -1)).astype(np.float32)


@pytest.mark.parametrize("gold", [True, False])
def test_more_rows_right_are_better_and_fewer_are_not(gold: bool) -> None:
    judged = rows(gold=gold)
    good, bad = (logits(judged, right=share, sure=2, seed=1) for share in (0.95, 0.8))
    assert is_better(good, bad, judged)
    assert not is_better(bad, good, judged)
    assert not is_better(good, good, judged)
    assert not is_better(2 * good, good, judged)  # the temperature takes it back


def test_a_loss_that_is_not_surely_higher_will_do_where_labels_are_weak() -> None:
    before = logits(rows(gold=True), right=0.9, sure=2, seed=1)
    is_right = before.argmax(axis=1) == rows(gold=True).labels
    turned = [*np.flatnonzero(is_right)[:2], *np.flatnonzero(~is_right)[:1]]
    after = before.copy()
    after[turned] = -after[turned]  # two become wrong, one right
    assert not is_better(after, before, rows(gold=True))
    assert is_better(after, before, rows(gold=False))
    after = before.copy()
    turned = np.flatnonzero(is_right)[:12]
    after[turned] = -after[turned]
    assert not is_better(after, before, rows(gold=False))


@pytest.mark.parametrize(("told", "wanted"), [(True, 1_000.0), (False, 1e-3)])
def test_the_first_strength_is_taken_unless_validation_rows_surely_prefer_another(
    told: bool, wanted: float
) -> None:
    draw, judged = np.random.default_rng(0), rows(gold=True)
    seen = draw.normal(size=(ROWS, 40)).astype(np.float32)
    seen[:, 0] *= 0.02
    if told:  # in a column so small that only large weights can read it
        seen[:, 0] += 0.1 * judged.labels
    first, second = np.arange(ROWS // 2), np.arange(ROWS // 2, ROWS)
    given = seen[first], judged.take(first), seen[second], judged.take(second)
    weights, _, _ = fit_linear(*given, (1e-3, 1_000.0))
    assert np.array_equal(weights, fit_linear(*given, (wanted,))[0])


def test_a_feature_that_is_scaled_up_is_regularised_less() -> None:
    draw, judged = np.random.default_rng(0), rows(gold=True)
    seen = (draw.normal(size=(ROWS, 2)) + judged.labels[:, None]).astype(np.float32)
    scales = np.array([1.0, 10.0], dtype=np.float32)
    ours = fit_softmax(seen, judged.soft, judged.weights, 0.01, scales=scales, slope=1e-7)
    theirs = fit_softmax(seen * scales, judged.soft, judged.weights, 0.01, slope=1e-7)
    assert np.allclose(ours.weights, theirs.weights * scales[:, None], atol=1e-3)
    plain = fit_softmax(seen, judged.soft, judged.weights, 0.01, slope=1e-7)
    assert abs(ours.weights[1, 0]) > 1.5 * abs(plain.weights[1, 0])
