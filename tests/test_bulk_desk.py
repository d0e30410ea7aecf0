"""Look-alikes are sought among the pins that an annotator can get, on the real queue."""

from __future__ import annotations

import sys
from typing import Any

import numpy as np
import pytest
from conftest import ROOT
from test_desk import TONE

from labeling.database import Database
from labeling.pin_cards import PinShelf
from labeling.pin_evidence import EvidenceShelf, Sources
from labeling.pin_vectors import PinVectors
from labeling.records import last_report
from labeling.review.answers import read_answers
from labeling.review.claiming import Outcome, ReviewQueue
from labeling.review.people import add_person, deactivate
from labeling.review.tasks import UNCERTAIN, Candidate, enqueue
from labeling.workspace import Workspace

sys.path.append(str(ROOT / "app"))
IDS = [f"p{number:05d}" for number in range(60)]


@pytest.fixture
def queue(database: Database) -> ReviewQueue:
    database.migrate()
    chosen = [
        Candidate(priority=1 - n / 100, pin_id=pin_id, reason=UNCERTAIN, group=pin_id)
        for n, pin_id in enumerate(IDS)
    ]
    enqueue(database, "tone", "pins", chosen)
    return ReviewQueue(database, TONE, "pins", min_seconds=0)


@pytest.fixture(scope="module")
def shelves(run_workspace: Workspace) -> tuple[PinShelf, EvidenceShelf]:
    shelf = PinShelf(run_workspace.store, run_workspace.collection("pins"))
    sources = Sources.of_report(last_report(run_workspace, "tone", "pins"), shelf.collection)
    assert sources is not None
    vectors = PinVectors(run_workspace, shelf.collection)
    return shelf, EvidenceShelf(run_workspace, shelf, sources, vectors)


def shown(queue: ReviewQueue, annotator: str, shelves: Any) -> list[str]:
    """Return the pins of the group that an annotator is shown first."""
    from bulk_desk import BulkDesk

    group = BulkDesk(queue, annotator).open(*shelves)
    return [] if group is None else [card.pin_id for card in group.cards]


def test_whoever_comes_later_gets_look_alikes_of_what_is_left(
    queue: ReviewQueue, shelves: Any
) -> None:
    seen: set[str] = set()
    for annotator in ("Ada", "Bea", "Cyd", "Dan"):
        group = shown(queue, annotator, shelves)
        assert group
        assert not seen & set(group)
        assert group[0] == next(pin_id for pin_id in IDS if pin_id not in seen)
        seen |= set(group)


def test_all_of_the_queue_can_be_answered(queue: ReviewQueue, shelves: Any) -> None:
    from bulk_desk import BulkDesk

    held = {pin.pin_id for pin in queue.claim("Bea", 30)}  # the 30 worth most
    desk, answered = BulkDesk(queue, "Ada"), set()
    while (group := desk.open(*shelves)) is not None:
        answered |= {card.pin_id for card in group.cards}
        desk.answer("loud", group.first)
    asked = set(IDS) - held
    assert answered >= asked
    assert not answered & held
    shelf, _ = shelves
    assert not {shelf.card(pin).split for pin in answered - asked} & {"valid", "test"}


def test_nothing_is_suggested_for_pins_that_no_function_tells_of(
    queue: ReviewQueue, shelves: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    from bulk_desk import BulkDesk

    shelf, evidence = shelves
    group = BulkDesk(queue, "Ada").open(shelf, evidence)
    assert group is not None
    assert group.suggested in ("calm", "loud")
    monkeypatch.setattr(evidence, "_soft", lambda shard: np.full((120, 2), 0.5, np.float32))
    group = BulkDesk(queue, "Bea").open(shelf, evidence)
    assert group is not None
    assert group.suggested is None
    assert evidence.label(group.cards[0]) == "no label"


def test_what_is_on_the_page_review_stays_there_when_its_group_is_passed_over(
    queue: ReviewQueue, shelves: Any
) -> None:
    from bulk_desk import BulkDesk

    first, *_ = in_review = queue.claim("Ada", 3)
    desk = BulkDesk(queue, "Ada")
    group = desk.open(*shelves)
    assert group is not None
    assert first.pin_id in group.claims
    assert len(group.cards) > len(in_review)
    desk.pass_over()
    assert [pin.lease for pin in queue.held("Ada")] == [pin.lease for pin in in_review]
    assert queue.submit(first, "calm") is Outcome.ACCEPTED


def test_undo_shows_the_groups_again_that_were_answered_last(
    queue: ReviewQueue, shelves: Any, database: Database
) -> None:
    from bulk_desk import BulkDesk

    desk, groups = BulkDesk(queue, "Ada"), []
    for _ in range(2):
        group = desk.open(*shelves)
        assert group is not None
        desk.toggle(group.cards[1].pin_id)
        groups.append([card.pin_id for n, card in enumerate(group.cards) if n != 1])
        desk.answer("loud", group.first)
    for pins in reversed(groups):
        desk.undo()
        assert f"Taken back: {len(pins)}" in desk.notice.text
        group = desk.open(*shelves)
        assert group is not None and desk.taken_out == set()
        assert [card.pin_id for card in group.cards] == pins
        assert {claimed.pin_id for claimed in queue.held("Ada")} == set(pins)
    desk.answer("calm", group.first)
    said = read_answers(database, "tone", "pins")
    assert dict(zip(said["pin_id"], said["label"], strict=True)) == dict.fromkeys(groups[0], "calm")


def test_before_the_first_group_undo_takes_back_one_answer_that_waits(
    queue: ReviewQueue, shelves: Any
) -> None:
    from bulk_desk import BulkDesk

    (first,) = queue.claim("Ada")
    queue.submit(first, "loud")
    desk = BulkDesk(queue, "Ada")
    desk.open(*shelves)
    desk.undo()
    assert f"Taken back: {first.pin_id}" in desk.notice.text
    desk.pass_over()
    assert [claimed.pin_id for claimed in queue.held("Ada")] == [first.pin_id]


def test_what_was_taken_out_stays_out_when_the_page_is_loaded_again(
    queue: ReviewQueue, shelves: Any
) -> None:
    from bulk_desk import BulkDesk, Kept

    kept = Kept()
    desk = BulkDesk(queue, "Ada", kept)
    group = desk.open(*shelves)
    assert group is not None
    pin = group.cards[1].pin_id
    desk.toggle(pin)
    again = BulkDesk(queue, "Ada", kept)
    group = again.open(*shelves)
    assert group is not None and again.taken_out == {pin}
    again.answer("loud", group.first)
    assert queue.held("Ada") == [] and kept == Kept()


def test_what_was_answered_on_another_page_or_is_in_other_hands_leaves_the_group(
    queue: ReviewQueue, shelves: Any
) -> None:
    from bulk_desk import BulkDesk

    desk = BulkDesk(queue, "Ada")
    group = desk.open(*shelves)
    assert group is not None
    first, second, *rest = (card.pin_id for card in group.cards)
    queue.submit(group.claims[first], "loud")
    queue.release("Ada", {group.claims[second].lease})
    desk.renew()
    group = desk.open(*shelves)
    assert group is not None
    assert [card.pin_id for card in group.cards] == rest
    desk.pass_over()
    assert queue.held("Ada") == []


def test_a_group_takes_longer_to_be_seen_than_a_pin(
    queue: ReviewQueue, database: Database, shelves: Any
) -> None:
    from bulk_desk import BulkDesk

    desk = BulkDesk(ReviewQueue(database, TONE, "pins", min_seconds=600), "Ada")
    group = desk.open(*shelves)
    assert group is not None and len(group.cards) > 4
    desk._shown -= 601
    desk.answer("loud", group.first)
    assert "too quick" in desk.notice.text
    desk._shown -= 600 * len(group.cards) / 4
    desk.answer("loud", group.first)
    assert f"{len(group.cards)} answered" in desk.notice.text


def test_who_was_deactivated_answers_no_group(
    database: Database, queue: ReviewQueue, shelves: Any
) -> None:
    from bulk_desk import BulkDesk

    add_person(database, "Ada")
    desk = BulkDesk(queue, "Ada")
    group = desk.open(*shelves)
    assert group is not None
    deactivate(database, "Ada")
    desk.answer("loud", group.first)
    assert "not active any more" in desk.notice.text
    assert read_answers(database, "tone", "pins").empty
    desk.undo()
    assert "not active any more" in desk.notice.text


def test_the_last_of_the_days_budget_goes_to_the_pins_worth_most(
    queue: ReviewQueue, database: Database
) -> None:
    add_person(database, "Ada", daily_budget=2)
    claimed = queue.claim_pins("Ada", ["p00009", "p00003", "p00001"])
    assert {pin.pin_id for pin in claimed} == {"p00009", "p00003"}


def test_pins_that_cannot_be_had_are_not_sought(queue: ReviewQueue) -> None:
    first, second, third = queue.claim("Ada", 3)
    queue.submit(first, "loud")
    queue.skip(second)
    assert queue.free_pins("Ada", 3) == IDS[2:5]  # p00002 is in her own hands
    assert queue.free_pins("Bea", 3) == [second.pin_id, *IDS[3:5]]
    assert third.pin_id == IDS[2]


def test_pins_that_want_several_answers_are_told_once_each(database: Database) -> None:
    database.migrate()
    chosen = [
        Candidate(priority=1 - n / 100, pin_id=pin_id, reason=UNCERTAIN, group=pin_id, wanted=3)
        for n, pin_id in enumerate(IDS)
    ]
    enqueue(database, "tone", "pins", chosen)
    queue = ReviewQueue(database, TONE, "pins")
    assert queue.free_pins("Ada", 40) == IDS[:40]
    assert queue.free_pins("Ada", 400) == IDS
