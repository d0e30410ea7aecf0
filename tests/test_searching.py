from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from conftest import make_pins, make_workspace

import labeling
from labeling.errors import CollectionError, WorkspaceError
from labeling.gold import save_gold
from labeling.last_run import DOUBTS, LastRun
from labeling.searching import FoundPin, PinQuery, Place, find_pins, pins_at
from labeling.workspace import Workspace


@pytest.fixture(scope="module")
def searched(tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    """A workspace that was run, in three shards, with two gold labels."""
    workspace = make_workspace(tmp_path_factory.mktemp("searched") / "home")
    labeling.run(workspace, "tone", "pins")
    save_gold(
        workspace.database, "tone", "pins", {"p00003": "calm", "p00200": "loud"}, source="test"
    )
    return workspace


@pytest.fixture(scope="module")
def last(searched: Workspace) -> LastRun:
    return LastRun.of(searched, "tone", "pins")


def all_pins(
    workspace: Workspace, run: LastRun, query: PinQuery, count: int = 1000
) -> list[FoundPin]:
    return [pin for page in pages(workspace, run, query, count) for pin in page]


def pages(
    workspace: Workspace, run: LastRun, query: PinQuery, count: int
) -> Iterator[tuple[FoundPin, ...]]:
    place: Place | None = Place()
    while place is not None:
        page = find_pins(run, workspace.database, query, start=place, count=count)
        yield page.pins
        place = page.next


@pytest.mark.parametrize(
    ("query", "fits"),
    [
        pytest.param(PinQuery(words="LAKE forest"), {"words": ["lake", "forest"]}, id="words"),
        pytest.param(PinQuery(words="deals.example"), {"link": "deals"}, id="link"),
        pytest.param(PinQuery(split="test"), {"split": "test"}, id="split"),
    ],
)
def test_pins_are_found_by_what_they_are(
    searched: Workspace, last: LastRun, query: PinQuery, fits: dict[str, object]
) -> None:
    pins = make_pins(300)
    text = (pins["title"] + " " + pins["description"] + " " + pins["link"]).str.lower()
    wanted = pd.Series(True, index=pins.index)
    for word in query.words.lower().split():
        wanted &= text.str.contains(word, regex=False)
    if query.split:
        wanted &= pins["split"] == query.split
    assert 0 < wanted.sum() < 300, fits
    assert [p.pin_id for p in all_pins(searched, last, query)] == list(pins["pin_id"][wanted])


def test_an_id_finds_its_pin(searched: Workspace, last: LastRun) -> None:
    (pin,) = all_pins(searched, last, PinQuery(words=" p00123 "))
    assert (pin.pin_id, pin.shard, pin.row) == ("p00123", 1, 3)


def test_pages_join_up_to_all_that_fit(searched: Workspace, last: LastRun) -> None:
    query = PinQuery(label="loud", least_confidence=0.6)
    found = list(pages(searched, last, query, 7))
    assert [len(page) for page in found[:-1]] == [7] * (len(found) - 1)
    ids = [pin.pin_id for page in found for pin in page]
    assert ids == sorted(set(ids))
    assert ids == [pin.pin_id for pin in all_pins(searched, last, query)]


def test_labels_confidence_and_cover_divide_the_pins(searched: Workspace, last: LastRun) -> None:
    by_label = [
        len(all_pins(searched, last, PinQuery(label=name))) for name in ("calm", "loud", "no label")
    ]
    assert sum(by_label) == 300
    assert by_label[:2] == list(last.report.labels.values())
    covered = all_pins(searched, last, PinQuery(covered=True))
    assert len(covered) == last.report.covered
    assert all(pin.votes for pin in covered)
    assert all(
        0.5 <= pin.confidence <= 0.7
        for pin in all_pins(searched, last, PinQuery(least_confidence=0.5, most_confidence=0.7))
    )


def test_final_labels_divide_the_pins_and_are_peoples_where_they_answered(
    workspace: Workspace,
) -> None:
    run = labeling.run(workspace, "tone", "pins")
    last = LastRun.of(workspace, "tone", "pins")
    first = all_pins(workspace, last, PinQuery())[0]
    assert (first.final, first.final_confidence) == (first.label, first.confidence)
    other = next(name for name in run.classes if name != first.final)
    save_gold(workspace.database, "tone", "pins", {first.pin_id: other}, source="test")
    labeling.run(workspace, "tone", "pins")
    last = LastRun.of(workspace, "tone", "pins")
    found = [
        all_pins(workspace, last, PinQuery(final=name)) for name in ("calm", "loud", "no label")
    ]
    assert sum(map(len, found)) == 300
    (answered,) = (pin for pins in found for pin in pins if pin.pin_id == first.pin_id)
    assert (answered.final, answered.final_confidence) == (other, 1.0)
    assert answered.label == first.label
    story = labeling.pin_story(workspace, "tone", "pins", first.pin_id)
    assert (story.final, story.final_source, story.label) == (other, "gold", first.label)


def test_a_search_knows_the_queue_and_gold(searched: Workspace, last: LastRun) -> None:
    waiting = all_pins(searched, last, PinQuery(in_queue=True))
    assert len(waiting) == last.report.queue["tasks"] == 20
    gold = all_pins(searched, last, PinQuery(has_gold=True))
    assert [pin.pin_id for pin in gold] == ["p00003", "p00200"]
    assert len(all_pins(searched, last, PinQuery(has_gold=False))) == 298


def test_each_doubt_finds_those_that_have_it(searched: Workspace, last: LastRun) -> None:
    everything = all_pins(searched, last, PinQuery())
    for doubt in DOUBTS:
        having = [pin.pin_id for pin in everything if doubt in pin.doubts]
        assert [pin.pin_id for pin in all_pins(searched, last, PinQuery(doubt=doubt))] == having
    conflicting = all_pins(searched, last, PinQuery(doubt="conflicting votes"))
    assert len(conflicting) == last.report.conflicted
    assert all(len(set(pin.votes.values())) == 2 for pin in conflicting)


def test_a_functions_votes_agree_with_the_label_or_not(searched: Workspace, last: LastRun) -> None:
    votes = PinQuery(function="sale_words")
    agreeing, against = (
        all_pins(searched, last, replace(votes, agrees=agrees)) for agrees in (True, False)
    )
    row = last.report.functions.set_index("function").loc["sale_words"]
    assert len(agreeing) + len(against) == row["votes"]
    assert all(pin.label == pin.votes["sale_words"] == "loud" for pin in agreeing)
    assert against
    assert all(pin.label != pin.votes["sale_words"] for pin in against)
    assert all_pins(searched, last, replace(votes, vote="calm")) == []


def test_a_rare_word_is_looked_for_further_by_the_next_call(
    searched: Workspace, last: LastRun
) -> None:
    query = PinQuery(words="p00299")
    first = find_pins(last, searched.database, query, most_pins=100)
    assert (first.pins, first.next, first.looked_at) == ((), Place(shard=1), 120)
    second = find_pins(last, searched.database, query, start=Place(shard=2))
    assert [pin.pin_id for pin in second.pins] == ["p00299"]


def test_pins_at_places_are_those_that_a_search_finds_there(
    searched: Workspace, last: LastRun
) -> None:
    found = all_pins(searched, last, PinQuery(label="loud"))[::9]
    places = [Place(shard=pin.shard, row=pin.row) for pin in reversed(found)]
    assert pins_at(last, places) == tuple(found)


@pytest.mark.parametrize(
    ("query", "says"),
    [
        pytest.param(PinQuery(label="quiet"), "no class 'quiet'; it knows calm, loud", id="class"),
        pytest.param(PinQuery(doubt="odd"), "no doubt 'odd'", id="doubt"),
        pytest.param(PinQuery(function="shout"), "no function 'shout'", id="function"),
        pytest.param(PinQuery(agrees=True), "with the function that gave it", id="agrees"),
    ],
)
def test_what_the_run_does_not_know_is_said(
    searched: Workspace, last: LastRun, query: PinQuery, says: str
) -> None:
    with pytest.raises(CollectionError, match=says):
        find_pins(last, searched.database, query)


def test_pins_imported_since_wait_for_the_next_run(tmp_path: object, workspace: Workspace) -> None:
    with pytest.raises(WorkspaceError, match="was not yet run"):
        LastRun.of(workspace, "tone", "pins")
    labeling.run(workspace, "tone", "pins")
    more = make_pins(310, seed=0).tail(10)
    more.to_csv(workspace.home / "more.csv", index=False)
    labeling.import_collection(workspace, "pins", workspace.home / "more.csv")
    run = LastRun.of(workspace, "tone", "pins")
    assert run.collection.revision == 1
    assert workspace.collection("pins").revision == 2
    assert len(all_pins(workspace, run, PinQuery())) == 300
    assert np.isfinite([pin.confidence for pin in all_pins(workspace, run, PinQuery())]).all()
