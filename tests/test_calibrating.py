"""Thresholds from a few known pins: as low as the wanted precision allows, and never out of nothing."""

from __future__ import annotations

import numpy as np
import pytest

from labeling.calibrating import best_reached, find_threshold, precision_curve


def test_the_curve_counts_pins_at_or_above_each_score() -> None:
    scores = np.array([0.9, 0.5, np.nan, 0.9, 0.1])
    right = np.array([True, False, True, False, True])
    curve = precision_curve(scores, right)
    assert curve.thresholds.tolist() == [0.9, 0.5, 0.1]
    assert curve.judged.tolist() == [2, 3, 4]
    assert curve.right.tolist() == [1, 1, 2]


def test_the_lowest_threshold_that_gives_the_precision_is_taken() -> None:
    scores = np.linspace(1, 0, 101)
    right = scores > 0.405  # 60 right ones above, then only wrong ones
    threshold = find_threshold(precision_curve(scores, right), 0.9)
    assert threshold is not None
    chosen = scores >= threshold
    assert 0.9 <= (right[chosen].sum() + 0.5) / (chosen.sum() + 1) < 0.92
    assert threshold == pytest.approx(0.35, abs=0.02)


def test_three_right_of_three_are_no_certainty() -> None:
    curve = precision_curve(np.array([0.9, 0.8, 0.7]), np.array([True] * 3))
    assert find_threshold(curve, 0.5) is None
    assert best_reached(curve) is None


def test_what_cannot_be_reached_is_said_with_the_best_there_is() -> None:
    scores = np.linspace(1, 0, 20)
    curve = precision_curve(scores, np.arange(20) % 2 == 0)
    assert find_threshold(curve, 0.9) is None
    best = best_reached(curve)
    assert best is not None and best[0] < 0.7


def test_no_known_pin_is_an_empty_curve() -> None:
    curve = precision_curve(np.empty(0), np.empty(0, dtype=bool))
    assert find_threshold(curve, 0.5) is None
    assert not len(curve.precision)


@pytest.mark.parametrize("seed", range(5))
def test_a_calibrated_function_keeps_about_its_word_on_pins_it_never_saw(seed: int) -> None:
    draw = np.random.default_rng(seed)
    scores = draw.random(20_200)
    right = draw.random(20_200) < scores  # precision above t is (1 + t) / 2
    threshold = find_threshold(precision_curve(scores[:200], right[:200]), 0.8)
    assert threshold is not None
    unseen = scores[200:] >= threshold
    assert right[200:][unseen].mean() == pytest.approx(0.8, abs=0.07)
