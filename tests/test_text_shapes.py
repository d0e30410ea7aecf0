"""How a text is written, as numbers."""

from __future__ import annotations

import numpy as np
import pytest

from labeling.text_shapes import FURTHEST, describe_shapes, within_reach

LENGTH, SIGNS, CAPITALS, CALLS, LINK = 0, 2, 3, 9, 13


def test_what_is_loud_long_or_linked_shows() -> None:
    calm, loud, linked = describe_shapes(["a calm text", "BUY IT NOW!!!", "see www.pins.example"])
    assert loud[CAPITALS] > calm[CAPITALS] == 0
    assert loud[SIGNS] > calm[SIGNS] == 0
    assert loud[CALLS] == np.float32(np.log(4))
    assert (calm[LINK], loud[LINK], linked[LINK]) == (0, 0, 1)
    assert linked[LENGTH] > calm[LENGTH]


def test_no_text_has_a_shape_too_and_none_is_far_from_all_others() -> None:
    empty, huge = describe_shapes(["", "word " * 100_000])
    assert np.isfinite(empty).all() and np.isfinite(huge).all()
    assert describe_shapes([]).shape == (0, len(empty))
    assert within_reach(np.array([-99.0, 1.0, 99.0])).tolist() == [-FURTHEST, 1.0, FURTHEST]


def test_letters_beyond_ascii_count_as_what_they_are() -> None:
    (found,) = describe_shapes(["ÀÉ ab_٣4—\u00a0x"])
    assert found[SIGNS : SIGNS + 4] == pytest.approx([2 / 11, 2 / 11, 2 / 11, 5 / 11])
