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
from labeling.review.claiming import Outcome, ReviewQueue
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
        desk.answer("loud", next(iter(group.claims.values())).lease)
    assert answered == set(IDS) - held


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


def test_a_pin_that_was_taken_back_waits_while_the_next_group_is_answered(
    queue: ReviewQueue, shelves: Any
) -> None:
    from bulk_desk import BulkDesk

    desk = BulkDesk(queue, "Ada")
    for _ in range(2):
        group = desk.open(*shelves)
        assert group is not None
        desk.answer("loud", next(iter(group.claims.values())).lease)
        desk.undo()
    assert len(queue.held("Ada")) == 2


def test_pins_that_cannot_be_had_are_not_sought(queue: ReviewQueue) -> None:
    first, second, third = queue.claim("Ada", 3)
    queue.submit(first, "loud")
    queue.skip(second)
    assert queue.free_pins("Ada", 3) == IDS[2:5]  # p00002 is in her own hands
    assert queue.free_pins("Bea", 3) == [second.pin_id, *IDS[3:5]]
    assert third.pin_id == IDS[2]
