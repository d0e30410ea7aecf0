"""Pins that the queue does not ask about are had by name: once, by one, and left behind by nobody."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest
from claims import SPAM, Clock, fill, pins_of, queue_of, status

from labeling.database import Database
from labeling.gold import save_gold
from labeling.review.agreeing import agree
from labeling.review.claiming import Outcome
from labeling.review.reasking import _begun
from labeling.review.tasks import enqueue
from labeling.review.unasked import ALIKE
from labeling.review.verdicts import Rules

RULES = Rules(gold_quality=0.8, min_check_accuracy=0.5, count_inactive=True)


@pytest.fixture
def filled(database: Database) -> Database:
    """Pins a and b are asked about."""
    database.migrate()
    fill(database, {"a": 0.5, "b": 0.4})
    return database


def test_a_pin_that_is_not_asked_about_is_answered_like_another(
    filled: Database, clock: Clock
) -> None:
    queue = queue_of(filled, clock)
    first, other = queue.claim_pins("ada", ["a", "x"], unasked_wanted=1)
    assert (first.pin_id, other.pin_id, other.reason) == ("a", "x", ALIKE)
    assert pins_of(queue.claim_pins("ada", ["x"], unasked_wanted=1)) == ["x"]
    assert queue.submit(other, "spam") is Outcome.ACCEPTED
    assert status(filled, "x") == ("withdrawn", 1)
    report = agree(filled, SPAM, "pins", RULES)
    assert report.gold == report.added == 1
    [again] = queue.undo_leases("ada", [other.lease])
    assert (again.pin_id, status(filled, "x")) == ("x", ("withdrawn", 0))


def test_what_is_given_back_is_asked_of_nobody(filled: Database, clock: Clock) -> None:
    queue = queue_of(filled, clock, lease_seconds=60)
    queue.claim_pins("ada", ["x", "y"], unasked_wanted=1)
    assert queue.progress("ada").open == 2
    queue.release("ada")
    assert pins_of(queue.claim("bob", 9)) == ["a", "b"]
    assert pins_of(queue.claim_pins("bob", ["x"])) == []
    queue.claim_pins("ada", ["y"], unasked_wanted=1)
    clock.pass_by(seconds=61)
    assert pins_of(queue.claim_pins("bob", ["x", "y"], unasked_wanted=1)) == ["x", "y"]


def test_nobody_can_have_what_is_decided_in_other_hands_or_was_skipped(
    filled: Database, clock: Clock
) -> None:
    queue = queue_of(filled, clock)
    save_gold(filled, "spam", "pins", {"known": "ok"}, source="file")
    done, held, skipped, free = queue.claim_pins(
        "ada", ["done", "held", "skipped", "free"], unasked_wanted=1
    )
    by_pin = {claimed.pin_id: claimed for claimed in (done, held, skipped, free)}
    queue.submit(by_pin["done"], "ok")
    queue.skip(by_pin["skipped"])
    queue.release("ada", [by_pin["free"].lease])
    pins = ("a", "known", "done", "held", "skipped", "free", "new")
    assert queue.askable("ada", pins) == {"a", "held", "free", "new"}
    assert queue.askable("bob", pins) == {"a", "skipped", "free", "new"}
    got = queue.claim_pins("bob", [*pins[2:]], unasked_wanted=1)
    assert sorted(pins_of(got)) == ["free", "new", "skipped"]


def test_where_several_answers_are_wanted_the_next_batch_asks_for_the_rest(
    filled: Database, clock: Clock
) -> None:
    queue = queue_of(filled, clock)
    for annotator in ("ada", "bob", "cleo"):
        got = queue.claim_pins(annotator, ["x"], unasked_wanted=2)
        assert pins_of(got) == ([] if annotator == "cleo" else ["x"])
        if annotator == "ada":
            queue.submit(got[0], "spam")
    queue.release("bob")
    begun = _begun(filled, "spam", "pins")
    assert [(c.pin_id, c.wanted) for c in begun] == [("x", 2)]
    assert pins_of(queue.claim("cleo", 9)) == ["a", "b"]
    enqueue(filled, "spam", "pins", begun)
    assert pins_of(queue.claim("ada", 9)) == []
    [last] = queue.claim("dan", 9)
    queue.submit(last, "spam")
    assert status(filled, "x") == ("done", 2)
    assert _begun(filled, "spam", "pins") == []


def test_a_pin_that_is_chosen_later_is_asked_of_all(filled: Database, clock: Clock) -> None:
    queue = queue_of(filled, clock)
    queue.claim_pins("ada", ["x", "y"], unasked_wanted=1)
    queue.release("ada", [c.lease for c in queue.held("ada") if c.pin_id == "y"])
    fill(filled, {"x": 0.9, "y": 0.8})
    assert pins_of(queue.claim("bob", 9)) == ["y"]
    assert pins_of(queue.claim("ada", 9)) == ["x"]


def test_of_many_who_want_the_same_unasked_pins_one_gets_each(
    filled: Database, clock: Clock
) -> None:
    queue, pins = queue_of(filled, clock), [f"x{n}" for n in range(20)]

    def take(number: int) -> list[str]:
        wanted = pins if number % 2 else pins[::-1]
        return pins_of(queue.claim_pins(f"one {number}", wanted[:12], unasked_wanted=1))

    with ThreadPoolExecutor(8) as threads:
        taken = [pin for got in threads.map(take, range(8)) for pin in got]
    assert sorted(taken) == sorted(pins)
