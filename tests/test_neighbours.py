"""Neighbours and near-duplicates are what comparing all pairs finds, or nearly."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from cleanlab.outlier import OutOfDistribution

from labeling import near_pairs
from labeling.encoders import Encoder
from labeling.groups import Groups
from labeling.near_pairs import VectorBlocks, join_near_hashes, join_near_vectors
from labeling.neighbours import NeighbourIndex
from labeling.outliers import OutlierScores


def make_vectors(n: int, seed: int = 0) -> np.ndarray:
    """Return unit vectors in topics, float16 [n, 384]; every tenth is a near-duplicate."""
    draw = np.random.default_rng(seed)
    spectrum = (1 + np.arange(384)) ** -0.35  # as of real text: a few directions say most
    noise = draw.normal(size=(n, 384)) * spectrum * (384**0.5 / np.linalg.norm(spectrum))
    wide = draw.normal(size=(40, 384))[draw.integers(0, 40, n)] + noise
    copies = np.arange(0, n, 10)
    wide[copies] = wide[draw.permutation(n)[: len(copies)]]
    wide[copies] += 0.3 * draw.normal(size=(len(copies), 384))
    return (wide / np.linalg.norm(wide, axis=1, keepdims=True)).astype(np.float16)


@pytest.fixture(scope="module")
def headlines(real_data: Path) -> np.ndarray:
    """Vectors of 600 real headlines and of as many with a word before them."""
    titles = pd.read_csv(real_data / "clickbait/test.csv", nrows=600)["headline"].tolist()
    return Encoder(name="minilm").encode_texts(titles + [f"New: {title}" for title in titles])


def recall(wanted: np.ndarray, found: np.ndarray) -> float:
    shared = [len(set(i) & set(j)) / len(i) for i, j in zip(wanted, found, strict=True)]
    return float(np.mean(shared))


def by_all_pairs(near: np.ndarray) -> np.ndarray:
    """Return the first row of every row's group, from a symmetric bool [n, n], by walking it."""
    leaders = np.full(len(near), -1)
    for row in range(len(near)):
        waiting = [row] if leaders[row] < 0 else []
        while waiting:
            at = waiting.pop()
            if leaders[at] < 0:
                leaders[at] = row
                waiting.extend(np.flatnonzero(near[at] & (leaders < 0)).tolist())
    return leaders


def near_of(vectors: np.ndarray, threshold: float = 0.95) -> np.ndarray:
    wide = vectors.astype(np.float32)
    return wide @ wide.T >= threshold


def grouped(vectors: np.ndarray, threshold: float = 0.95) -> np.ndarray:
    groups = Groups(len(vectors))
    join_near_vectors(groups, VectorBlocks.of(vectors), threshold)
    return groups.leaders()


def test_exact_neighbours_are_those_of_the_full_matrix() -> None:
    vectors = make_vectors(2_000)
    rows, cosines = NeighbourIndex.of(vectors).nearest(vectors[:50], 5)
    full = vectors[:50].astype(np.float32) @ vectors.astype(np.float32).T
    np.testing.assert_allclose(cosines, -np.sort(-full, axis=1)[:, :5], atol=1e-5)
    np.testing.assert_allclose(np.take_along_axis(full, rows, axis=1), cosines, atol=1e-5)


def test_approximate_neighbours_are_nearly_the_exact_ones() -> None:
    vectors = make_vectors(30_000)
    own = np.arange(0, 30_000, 100)
    exact, _ = NeighbourIndex.of(vectors, exact=True).nearest(vectors[own], 10, own=own)
    index = NeighbourIndex.of(vectors, exact=False)
    found, cosines = index.nearest(vectors[own], 10, own=own)
    assert recall(exact, found) >= 0.95
    again = NeighbourIndex.of(vectors, exact=False).nearest(vectors[own], 10, own=own)
    np.testing.assert_array_equal(found, again[0])
    np.testing.assert_array_equal(cosines, again[1])


def test_approximate_neighbours_of_real_headlines(headlines: np.ndarray) -> None:
    own = np.arange(len(headlines))
    exact, _ = NeighbourIndex.of(headlines, exact=True).nearest(headlines, 10, own=own)
    found, _ = NeighbourIndex.of(headlines, exact=False).nearest(headlines, 10, own=own)
    assert recall(exact, found) >= 0.95


@pytest.mark.parametrize("exact", [True, False])
def test_zeros_have_and_are_no_neighbours(exact: bool) -> None:
    vectors = make_vectors(1_500)
    vectors[::3] = 0
    rows, cosines = NeighbourIndex.of(vectors, exact=exact).nearest(vectors, 4)
    assert (rows[::3] == -1).all()
    assert (cosines[::3] == -1).all()
    assert (rows[1::3] % 3 != 0).all()


@pytest.mark.parametrize("exact", [True, False])
def test_nobody_is_their_own_neighbour_when_their_row_is_named(exact: bool) -> None:
    vectors = make_vectors(1_500)
    vectors[7] = vectors[8] = vectors[9]
    own = np.arange(1_500)
    rows, _ = NeighbourIndex.of(vectors, exact=exact).nearest(vectors, 3, own=own)
    assert (rows != own[:, None]).all()
    assert {8, 9} <= set(rows[7])


def test_missing_neighbours_are_told() -> None:
    vectors = make_vectors(3)
    rows, cosines = NeighbourIndex.of(vectors).nearest(vectors, 4, own=np.arange(3))
    assert (rows[:, 2:] == -1).all() and (cosines[:, 2:] == -1).all()
    assert sorted(rows[0, :2]) == [1, 2]
    none, _ = NeighbourIndex.of(np.zeros((5, 8), dtype=np.float16)).nearest(vectors[:, :8], 2)
    assert (none == -1).all()


@pytest.mark.parametrize("limit", [20_000, 300], ids=["all pairs", "cells in cells"])
def test_groups_are_those_of_all_pairs(limit: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(near_pairs, "EXACT_ROWS", limit)
    vectors = make_vectors(3_000)
    vectors[100:160] = vectors[5]
    vectors[[3, 4]] = 0
    np.testing.assert_array_equal(grouped(vectors), by_all_pairs(near_of(vectors)))


def test_groups_of_real_headlines_hardly_miss_a_pair(
    headlines: np.ndarray, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(near_pairs, "EXACT_ROWS", 100)
    left, right = np.nonzero(np.triu(near_of(headlines), 1))
    assert len(left) > 300
    leaders = grouped(headlines)
    assert (leaders[left] == leaders[right]).mean() >= 0.99
    wanted = by_all_pairs(near_of(headlines))
    assert (wanted[leaders] == wanted).all(), "only pairs that are near are joined"


def test_vectors_that_do_not_fit_are_compared_in_passes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(near_pairs, "EXACT_ROWS", 300)
    vectors = make_vectors(3_000)
    monkeypatch.setattr(near_pairs, "MEMORY", 2 * 384 * 500)
    ends = [0, 900, 900, 2_000, 3_000]
    blocks = VectorBlocks(
        read=lambda number: vectors[ends[number] : ends[number + 1]],
        sizes=tuple(np.diff(ends).tolist()),
    )
    told: list[int] = []
    groups = Groups(3_000)
    join_near_vectors(groups, blocks, 0.95, told.append)
    assert sum(told) == 3_000
    np.testing.assert_array_equal(groups.leaders(), grouped(vectors))


def test_a_crowd_of_nearly_equal_vectors_is_one_group(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(near_pairs, "EXACT_ROWS", 500)
    draw = np.random.default_rng(0)
    wide = draw.normal(size=384) + 0.1 * draw.normal(size=(3_000, 384))
    vectors = (wide / np.linalg.norm(wide, axis=1, keepdims=True)).astype(np.float16)
    assert (grouped(vectors) == 0).all()


@pytest.mark.parametrize("distance", [0, 1, 4, 7, 10])
def test_hashes_are_joined_as_comparing_all_pairs_joins_them(distance: int) -> None:
    draw = np.random.default_rng(0)
    hashes = draw.integers(-(2**63), 2**63, 2_000)
    bits = 1 << np.arange(64, dtype=np.uint64)
    for row in range(500):  # copies in which 0 to 12 bits differ
        flipped = np.bitwise_xor.reduce(draw.choice(bits, row % 13, replace=False), initial=0)
        hashes[1_000 + row] = hashes[row] ^ np.uint64(flipped).astype(np.int64)
    apart = np.bitwise_count((hashes[:, None] ^ hashes[None, :]).view(np.uint64))
    groups = Groups(len(hashes))
    join_near_hashes(groups, hashes, distance)
    np.testing.assert_array_equal(groups.leaders(), by_all_pairs(apart <= distance))


@pytest.mark.parametrize("picture", ["white", "black", "gradient", "halves"])
def test_plain_pictures_do_not_join_by_their_hash(picture: str) -> None:
    import imagehash
    from PIL import Image

    image = Image.new("L", (200, 200), 255 * (picture == "white"))
    if picture == "gradient":
        image = Image.linear_gradient("L")
    if picture == "halves":
        image.paste(255, (0, 100, 200, 200))
    number = int(str(imagehash.phash(image)), 16)
    groups = Groups(3)
    join_near_hashes(groups, np.full(3, number, dtype=np.uint64).view(np.int64), 4)
    assert groups.leaders().tolist() == [0, 1, 2]


def test_pairs_in_any_order_make_the_same_groups() -> None:
    draw = np.random.default_rng(0)
    left, right = draw.integers(0, 5_000, (2, 3_000))
    at_once, one_by_one = Groups(5_000), Groups(5_000)
    at_once.join(left, right)
    for i, j in zip(right[::-1], left[::-1], strict=True):
        one_by_one.join(np.array([i]), np.array([j]))
    np.testing.assert_array_equal(at_once.leaders(), one_by_one.leaders())
    assert (at_once.leaders() <= np.arange(5_000)).all()


def test_outlier_scores_are_cleanlabs() -> None:
    vectors = make_vectors(2_000)
    vectors[::10] = make_vectors(200, seed=1)  # no near-duplicates: cleanlab treats ties specially
    theirs = OutOfDistribution({"k": 10})
    theirs.fit(features=vectors.astype(np.float32), verbose=False)
    ours = OutlierScores.fit(vectors)
    assert ours is not None
    asked = make_vectors(500, seed=2)
    np.testing.assert_allclose(
        ours.score(asked), theirs.score(features=asked.astype(np.float32)), atol=1e-4
    )
    assert np.isnan(ours.score(np.zeros((1, 384), dtype=np.float16))).all()
