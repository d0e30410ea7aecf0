"""Pins are compared over the shards of their block, whatever the sizes of the imports were."""

from __future__ import annotations

import numpy as np
import pytest

from labeling import pin_vectors
from labeling.encoders.vectors import read_vectors
from labeling.map_points import Sources
from labeling.pin_cards import PinShelf
from labeling.pin_evidence import EvidenceShelf
from labeling.pin_vectors import PinVectors
from labeling.records import last_report
from labeling.workspace import Workspace


def by_hand(workspace: Workspace) -> np.ndarray:
    """Return the mean cosine of each pair of pins."""
    collection = workspace.collection("pins")
    views = [
        np.concatenate([read_vectors(workspace.store, e, collection, s) for s in collection.shards])
        for e in workspace.encoders(collection)
    ]
    return np.mean([np.float32(view) @ np.float32(view).T for view in views], axis=0)


def test_the_nearest_pins_are_those_of_all_small_shards(run_workspace: Workspace) -> None:
    collection = run_workspace.collection("pins")
    assert len(collection.shards) > 2
    vectors, cosines = PinVectors(run_workspace, collection), by_hand(run_workspace)
    for number in (0, 130, 299):
        near = vectors.nearest(number, 8, 0.1)
        others = np.delete(np.arange(300), number)
        found, best = cosines[number, near], np.sort(cosines[number, others])[::-1][:8]
        np.testing.assert_allclose(found, best, atol=1e-3)
        assert number not in near


def test_only_pins_that_are_like_enough_are_returned(run_workspace: Workspace) -> None:
    vectors = PinVectors(run_workspace, run_workspace.collection("pins"))
    cosines = by_hand(run_workspace)
    least = float(np.median(cosines[150]))
    found = vectors.nearest(150, 300, least)
    assert set(np.flatnonzero(cosines[150] >= least + 1e-3)) - {150} <= set(found)
    assert set(found) <= set(np.flatnonzero(cosines[150] >= least - 1e-3)) - {150}


def test_a_block_ends_where_it_would_be_too_large(
    run_workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pin_vectors, "COMPARED", 100)  # shards of 120, 120 and 60
    vectors = PinVectors(run_workspace, run_workspace.collection("pins"))
    assert set(vectors.nearest(10, 300, -1.0)) == set(range(120)) - {10}
    assert set(vectors.nearest(270, 300, -1.0)) == set(range(240, 300)) - {270}


@pytest.mark.parametrize(
    ("sizes", "runs"),
    [
        pytest.param([50_000], [[0]], id="one shard"),
        pytest.param([300] * 4, [[0, 1, 2, 3]], id="small ones"),
        pytest.param(
            [50_000, 50_000, 300, 300], [[0], [1, 2, 3]], id="small ones after large ones"
        ),
        pytest.param([49_900, 300], [[0, 1]], id="a little too many"),
        pytest.param([30_000, 30_000, 20_000], [[0], [1, 2]], id="no more than so many"),
        pytest.param([200_000, 100, 30_000], [[0], [1, 2]], id="a larger shard"),
    ],
)
def test_no_import_is_compared_with_little_but_itself(
    sizes: list[int], runs: list[list[int]]
) -> None:
    assert [list(run) for run in pin_vectors._runs(sizes)] == runs


def test_places_and_numbers_are_each_others_inverse(run_workspace: Workspace) -> None:
    collection = run_workspace.collection("pins")
    vectors = PinVectors(run_workspace, collection)
    places = [(s, row) for s, shard in enumerate(collection.shards) for row in range(shard.rows)]
    numbers = [vectors.number(*place) for place in places]
    assert numbers == list(range(len(places)))
    assert [vectors.place(number) for number in numbers] == places


def test_similar_pins_of_other_shards_are_shown_with_their_labels(run_workspace: Workspace) -> None:
    shelf = PinShelf(run_workspace.store, run_workspace.collection("pins"))
    sources = Sources.of_report(last_report(run_workspace, "tone", "pins"), shelf.collection)
    assert sources is not None
    vectors = PinVectors(run_workspace, shelf.collection)
    evidence = EvidenceShelf(run_workspace, shelf, sources, vectors)
    card = shelf.card("p00010")
    assert card is not None
    similar = evidence.similar(card, 20)
    assert {found.card.shard for found in similar} == {0, 1, 2}
    alike = evidence.look_alikes(card, 20, 0.0)
    assert [found.pin_id for found in alike] == [found.card.pin_id for found in similar]
    assert not evidence.look_alikes(card, 20, 1.1)
    for found in similar:
        assert found.is_gold or found.label == next(iter(evidence.of(found.card).soft))
