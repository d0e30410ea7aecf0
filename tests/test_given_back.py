"""What an annotator leaves goes on to others only while the pin is still asked about."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from agreed import task_of
from claims import Clock, add_annotator, fill, pins_of, queue_of, status

from labeling.database import Database
from labeling.review.adjudicating import adjudicate
from labeling.review.claiming import Claimed, ReviewQueue

Leave = Callable[[ReviewQueue, Claimed, Clock], object]
LEAVES = [
    pytest.param(lambda queue, pin, clock: queue.skip(pin), id="skip"),
    pytest.param(lambda queue, pin, clock: queue.release("ada"), id="release"),
    pytest.param(lambda queue, pin, clock: clock.pass_by(hours=1), id="lease ran out"),
]


def withdraw(database: Database) -> None:
    fill(database, {"other": 0.5})


def decide(database: Database) -> None:
    add_annotator(database, "rita", role="reviewer", is_active=True)
    adjudicate(database, task_of(database, "a"), "rita", "spam", submission="1")


def nothing(database: Database) -> None:
    """The task stays open."""


@pytest.fixture
def held(database: Database) -> tuple[ReviewQueue, Claimed, Clock]:
    """A queue of `a` and `other`; ada holds `a`."""
    database.migrate()
    fill(database, {"a": 1.0, "other": 0.5})
    clock = Clock()
    queue = queue_of(database, clock)
    [claimed] = queue.claim("ada")
    return queue, claimed, clock


@pytest.mark.parametrize("leave", LEAVES)
@pytest.mark.parametrize(
    ("happens", "became", "next_ones"),
    [
        pytest.param(withdraw, "withdrawn", ["other"], id="withdrawn"),
        pytest.param(decide, "done", ["other"], id="decided"),
        pytest.param(nothing, "open", ["a", "other"], id="open"),
    ],
)
def test_what_is_left_goes_on_only_while_it_is_asked(
    database: Database,
    held: tuple[ReviewQueue, Claimed, Clock],
    leave: Leave,
    happens: Callable[[Database], None],
    became: str,
    next_ones: list[str],
) -> None:
    queue, claimed, clock = held
    happens(database)
    leave(queue, claimed, clock)
    assert status(database, "a") == (became, 0)
    assert queue.free_pins("bob", 9) == next_ones
    assert pins_of(queue.claim_pins("bob", ["a"])) == [pin for pin in next_ones if pin == "a"]
    assert sorted(pins_of(queue.claim("bob", 9))) == next_ones


@pytest.mark.parametrize("leave", LEAVES)
def test_what_was_left_is_asked_again_with_its_pin(
    database: Database, held: tuple[ReviewQueue, Claimed, Clock], leave: Leave
) -> None:
    queue, claimed, clock = held
    withdraw(database)
    leave(queue, claimed, clock)
    fill(database, {"a": 1.0})
    assert pins_of(queue.claim("bob", 9)) == ["a"]


def test_a_skip_of_a_pin_withdrawn_meanwhile_can_be_undone(
    database: Database, held: tuple[ReviewQueue, Claimed, Clock]
) -> None:
    queue, claimed, _ = held
    withdraw(database)
    queue.skip(claimed)
    back = queue.undo("ada")
    assert back is not None
    assert back.pin_id == "a"
    queue.submit(back, "spam")
    assert status(database, "a") == ("withdrawn", 1)


@pytest.mark.parametrize("leave", LEAVES)
def test_what_is_left_of_a_flagged_pin_goes_on_once_the_flag_is_taken_back(
    database: Database, leave: Leave
) -> None:
    database.migrate()
    fill(database, {"a": 1.0}, wanted=2)
    clock = Clock()
    queue = queue_of(database, clock)
    [claimed] = queue.claim("ada")
    queue.flag(queue.claim("bob")[0], "what is it?")
    leave(queue, claimed, clock)
    assert queue.claim("cyd") == []
    queue.undo("bob")
    assert pins_of(queue.claim("cyd")) == ["a"]
