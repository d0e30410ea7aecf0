"""Which pins tell most of all that are worth asking about."""

from __future__ import annotations

import numpy as np
import pytest

from labeling.review import covering
from labeling.review.covering import Cover


def unit(rows: np.ndarray) -> np.ndarray:
    return (rows / np.linalg.norm(rows, axis=1, keepdims=True)).astype(np.float32)


def all_of(cover: Cover) -> list[int]:
    """Return the rows in the order in which they are taken."""
    taken, groups = [], set()
    while (row := cover.next(groups)) is not None:
        taken.append(row)
        groups.add(cover.groups[row])
    return taken


def made(count: int, *, groups: list[str] | None = None, known: int = 0, seed: int = 0) -> Cover:
    chance = np.random.default_rng(seed)
    vectors = unit(chance.normal(size=(count + known, 5)))
    return Cover(
        worth=chance.uniform(0.1, 2, count),
        groups=groups or [str(n) for n in range(count)],
        vectors=vectors[:count],
        known=vectors[count:],
    )


def greedily(cover: Cover, known: np.ndarray) -> list[int]:
    """Return the same order by counting every gain anew each time."""
    like = np.maximum(cover.vectors @ cover.vectors.T, 0).astype(float)
    told = np.maximum((cover.vectors @ known.T).max(axis=1, initial=0), 0).astype(float)
    left, taken = set(range(len(like))), []
    while left:
        gains = {row: (np.maximum(like[row] - told, 0) * cover.worth).sum() for row in left}
        best = max(sorted(left), key=lambda row: gains[row])
        left.remove(best)
        taken.append(best)
        told = np.maximum(told, like[best])
    return taken


@pytest.mark.parametrize("known", [0, 3])
def test_each_pin_tells_most_beside_those_before_it(known: int) -> None:
    for seed in range(5):
        cover = made(60, known=known, seed=seed)
        chance = np.random.default_rng(seed)
        answered = unit(chance.normal(size=(60 + known, 5)))[60:]
        wanted = greedily(cover, answered)
        assert all_of(cover)[:30] == wanted[:30], "of the last ones, none tells anything"


def test_the_first_stands_for_the_many_and_the_second_for_the_others() -> None:
    chance = np.random.default_rng(0)
    many = unit(np.array([1.0, 0, 0]) + 0.1 * chance.normal(size=(30, 3)))
    few = unit(np.array([0, 1.0, 0]) + 0.1 * chance.normal(size=(10, 3)))
    lone = np.array([[0, 0, 1.0]], dtype=np.float32)
    vectors = np.concatenate([lone, few, many])
    names = [str(n) for n in range(len(vectors))]
    cover = Cover(
        worth=np.ones(41), groups=names, vectors=vectors, known=np.empty((0, 3), np.float32)
    )
    first, second, third = all_of(cover)[:3]
    assert (first >= 11, 1 <= second < 11, third) == (True, True, 0)


def test_answers_on_the_many_leave_the_others_to_ask() -> None:
    vectors = unit(np.array([[1, 0], [1, 0.1], [1, -0.1], [0, 1]]))
    worth = np.array([1.0, 1.0, 1.0, 0.5])
    cover = Cover(worth=worth, groups=list("abcd"), vectors=vectors, known=vectors[:1])
    assert cover.next(()) == 3


def test_of_a_group_one_is_taken_and_every_pin_comes_once() -> None:
    cover = made(30, groups=[str(n // 3) for n in range(30)])
    taken = all_of(cover)
    assert sorted(row // 3 for row in taken) == list(range(10))
    assert cover.next(()) is None


def test_pins_that_nothing_is_seen_of_stand_for_themselves() -> None:
    vectors = np.zeros((3, 4), dtype=np.float32)
    worth = np.array([0.1, 0.9, 0.5])
    cover = Cover(worth=worth, groups=list("abc"), vectors=vectors, known=vectors[:0])
    assert all_of(cover) == [1, 2, 0]


def test_a_pin_past_those_stood_for_is_taken_where_it_tells_most_of_them(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(covering, "STOOD_FOR", 6)
    around = np.hstack([np.eye(6), np.ones((6, 1))])  # all nearer to the middle than to each other
    vectors = unit(np.vstack([around, np.eye(7)[6:], np.eye(7)[:3]]))
    names = [str(n) for n in range(10)]
    cover = Cover(worth=np.ones(10), groups=names, vectors=vectors, known=vectors[:0])
    taken = all_of(cover)
    assert taken[0] == 6
    assert sorted(taken) == list(range(10))


def test_no_pins_are_no_cover() -> None:
    none = np.empty((0, 4), dtype=np.float32)
    cover = Cover(worth=np.empty(0), groups=[], vectors=none, known=none)
    assert cover.next(()) is None
