"""Who is handed pins: budgets of a day, signals, gold checks; on both databases."""

from __future__ import annotations

import pytest
from claims import NOON, Clock, add_annotator, pins_of, queue_of, status

from labeling.database import Database
from labeling.errors import ReviewError
from labeling.gold import save_gold
from labeling.review.adjudicating import adjudicate
from labeling.review.answers import read_answers
from labeling.review.tasks import AUDIT


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


def test_an_answer_to_a_gold_check_is_taken_back_though_a_reviewer_had_decided_on_its_pin(
    filled: Database, clock: Clock
) -> None:
    add_annotator(filled, "rita", role="reviewer")
    queue = queue_of(filled, clock, check_every=1)
    [first] = queue.claim("bob")
    queue.submit(first, "ok")
    adjudicate(filled, first.task_id, "rita", "spam", submission="s", classes=("ok", "spam"))
    queue.submit(queue.claim("ada")[0], "ok")
    [check] = queue.claim("ada")
    assert (check.is_check, check.pin_id) == (True, first.pin_id)
    queue.submit(check, "ok")
    again = queue.undo("ada")
    assert again is not None and (again.is_check, again.pin_id) == (True, first.pin_id)
    queue.submit(again, "spam")
    assert status(filled, first.pin_id) == ("done", 1)


def test_an_answer_is_corrected_in_one_step_however_long_ago(
    filled: Database, clock: Clock
) -> None:
    add_annotator(filled, "ada", daily_budget=1)
    queue = queue_of(filled, clock)
    [claimed] = queue.claim("ada")
    queue.submit(claimed, "ok", seconds=3.0)
    clock.pass_by(days=1)
    corrected = queue.correct("ada", claimed.lease, "spam")
    assert corrected.pin_id == claimed.pin_id and not queue.held("ada")
    assert status(filled, claimed.pin_id) == ("done", 1)
    [answer] = read_answers(filled, "spam", "pins").to_dict("records")
    assert (answer["label"], answer["annotator"]) == ("spam", "ada")
    with pytest.raises(ReviewError, match="does not stand any more"):
        queue.correct("ada", claimed.lease, "ok")
    with pytest.raises(ReviewError, match="does not stand any more"):
        queue.correct("bob", corrected.lease, "ok")
    with pytest.raises(ReviewError, match="is no class of spam"):
        queue.correct("ada", corrected.lease, "ham")


def test_an_answer_on_which_a_reviewer_decided_is_not_corrected(
    filled: Database, clock: Clock
) -> None:
    add_annotator(filled, "rita", role="reviewer")
    queue = queue_of(filled, clock)
    [claimed] = queue.claim("ada")
    queue.flag(claimed, "what is it?")
    adjudicate(filled, claimed.task_id, "rita", "ok", submission="s", classes=("ok", "spam"))
    with pytest.raises(ReviewError, match="A reviewer has decided"):
        queue.correct("ada", claimed.lease, "spam")
    assert status(filled, claimed.pin_id) == ("done", 0)


def test_a_flag_is_corrected_to_a_class(filled: Database, clock: Clock) -> None:
    queue = queue_of(filled, clock)
    [claimed] = queue.claim("ada")
    queue.flag(claimed, "what is it?")
    assert status(filled, claimed.pin_id) == ("disputed", 0)
    queue.correct("ada", claimed.lease, "spam")
    assert status(filled, claimed.pin_id) == ("done", 1)


def test_progress_tells_of_the_queue_and_of_today(filled: Database, clock: Clock) -> None:
    add_annotator(filled, "ada", daily_budget=9)
    queue = queue_of(filled, clock)
    [claimed] = queue.claim("ada")
    queue.submit(claimed, "spam")
    progress = queue.progress("ada")
    assert (progress.open, progress.done, progress.today, progress.budget) == (3, 1, 1, 9)
