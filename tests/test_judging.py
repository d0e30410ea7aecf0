"""Which of two models judges rows better, on people's labels and on weak ones."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest

from labeling.training.judging import is_better
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
