"""Who is handed pins: budgets of a day, signals, gold checks; on both databases."""

from __future__ import annotations

import pytest
from claims import NOON, Clock, add_annotator, fill, pins_of, queue_of, status

from labeling.database import Database
from labeling.errors import ReviewError
from labeling.gold import save_gold
from labeling.review.answers import read_answers
from labeling.review.tasks import AUDIT


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def filled(database: Database) -> Database:
    """Pins a, b, c, d: c is the most urgent, then a, b, d."""
    database.migrate()
    fill(database, {"a": 0.5, "b": 0.5, "c": 0.9, "d": 0.1})
    return database


@pytest.mark.parametrize(
    ("fields", "says"),
    [
        pytest.param({"is_active": False}, "ada is not active any more", id="left"),
        pytest.param({"signals": ["topic"]}, "ada answers topic, and this is spam", id="signal"),
        pytest.param({"daily_budget": 0}, "answered 0 pins today, which is the day", id="budget"),
    ],
)
def test_an_annotator_who_may_not_answer_is_told_why(
    filled: Database, clock: Clock, fields: dict[str, object], says: str
) -> None:
    add_annotator(filled, "ada", **fields)
    with pytest.raises(ReviewError, match=says):
        queue_of(filled, clock).claim("ada")


@pytest.mark.parametrize("fields", [{"is_active": False}, {"signals": ["topic"]}], ids=str)
def test_who_may_not_answer_any_more_neither_answers_nor_takes_back_what_they_hold(
    filled: Database, clock: Clock, fields: dict[str, object]
) -> None:
    queue = queue_of(filled, clock)
    first, second = queue.claim("ada", 2)
    queue.submit(first, "ok")
    add_annotator(filled, "ada", **fields)
    acts = (
        lambda: queue.submit(second, "ok"),
        lambda: queue.skip(second),
        lambda: queue.undo("ada"),
        lambda: queue.undo_leases("ada", [first.lease]),
    )
    for act in acts:
        with pytest.raises(ReviewError, match="an admin can change that"):
            act()
    assert len(read_answers(filled, "spam", "pins")) == 1


def test_the_day_s_budget_counts_what_stands_today(filled: Database, clock: Clock) -> None:
    add_annotator(filled, "ada", daily_budget=2)
    queue = queue_of(filled, clock)
    assert len(queue.claim("ada", 4)) == 2
    for claimed in queue.claim("ada", 4):
        queue.submit(claimed, "ok")
    with pytest.raises(ReviewError, match="answered 2 pins today"):
        queue.claim("ada")
    queue.undo("ada")
    assert len(queue.claim("ada", 4)) == 1
    clock.pass_by(days=1)
    assert len(queue.claim("ada", 4)) == 2


def test_a_gold_check_comes_after_so_many_answers_and_does_not_count_for_its_pin(
    filled: Database, clock: Clock
) -> None:
    save_gold(filled, "spam", "pins", {"known": "spam"}, source="import", now=NOON)
    queue = queue_of(filled, clock, check_every=2)
    for claimed in queue.claim("ada", 2):
        queue.submit(claimed, "ok")
    [check] = queue.claim("ada")
    assert (check.pin_id, check.reason, check.is_check) == ("known", AUDIT, True)
    assert pins_of(queue.claim("ada")) == ["known"]
    queue.submit(check, "ok")
    assert status(filled, "known") == ("done", 0)
    assert pins_of(queue.claim("ada", 4)) == ["b", "d"]
    [answer] = read_answers(filled, "spam", "pins").query("is_check").to_dict("records")
    assert (answer["pin_id"], answer["label"]) == ("known", "ok")


def test_a_skipped_gold_check_goes_to_nobody(filled: Database, clock: Clock) -> None:
    save_gold(filled, "spam", "pins", {"known": "spam"}, source="import", now=NOON)
    queue = queue_of(filled, clock, check_every=1)
    [claimed] = queue.claim("ada")
    queue.submit(claimed, "ok")
    [check] = queue.claim("ada")
    queue.skip(check)
    assert "known" not in pins_of(queue.claim("bob", 9)) + pins_of(queue.claim("ada", 9))


def test_progress_tells_of_the_queue_and_of_today(filled: Database, clock: Clock) -> None:
    add_annotator(filled, "ada", daily_budget=9)
    queue = queue_of(filled, clock)
    [claimed] = queue.claim("ada")
    queue.submit(claimed, "spam")
    progress = queue.progress("ada")
    assert (progress.open, progress.done, progress.today, progress.budget) == (3, 1, 1, 9)
