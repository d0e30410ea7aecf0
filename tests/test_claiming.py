"""The queue: what is claimed, submitted, skipped, flagged and undone, on both databases."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

import pytest
from claims import NOON, Clock, add_annotator, fill, pins_of, queue_of, status
from sqlalchemy import Select, delete, select, text, update
from sqlalchemy.exc import DatabaseError as RefusedByDatabase

from labeling.database import Database
from labeling.errors import ReviewError
from labeling.review import slots
from labeling.review.adjudicating import adjudicate
from labeling.review.answers import read_answers
from labeling.review.claiming import Outcome
from labeling.tables import AnswerRow, ReviewSlotRow


def kinds(database: Database) -> list[str]:
    with database.reading() as session:
        return list(session.scalars(select(AnswerRow.kind).order_by(AnswerRow.id)))


def test_the_most_urgent_come_first_and_equals_in_the_order_they_were_given(
    filled: Database, clock: Clock
) -> None:
    assert pins_of(queue_of(filled, clock).claim("ada", 4)) == ["c", "a", "b", "d"]


def test_a_second_claim_shows_the_same_pin_and_nobody_else_gets_it(
    filled: Database, clock: Clock
) -> None:
    queue = queue_of(filled, clock)
    first = queue.claim("ada", 2)
    assert queue.claim("ada", 2) == first
    assert pins_of(queue.claim("bob", 3)) == ["b", "d"]
    assert queue.claim("cleo") == []


def test_an_answer_is_kept_once_however_often_it_is_sent(filled: Database, clock: Clock) -> None:
    queue = queue_of(filled, clock)
    [claimed] = queue.claim("ada")
    outcomes = [queue.submit(claimed, "spam", seconds=2) for _ in range(3)]
    assert outcomes == [Outcome.ACCEPTED, Outcome.REPLAYED, Outcome.REPLAYED]
    answers = read_answers(filled, "spam", "pins")
    assert answers[["pin_id", "annotator", "label"]].values.tolist() == [["c", "ada", "spam"]]
    assert status(filled, "c") == ("done", 1)


def test_an_expired_lease_can_be_claimed_again_and_the_late_answer_is_kept_aside(
    filled: Database, clock: Clock
) -> None:
    queue = queue_of(filled, clock, lease_seconds=60)
    [late] = queue.claim("ada")
    clock.pass_by(seconds=61)
    [again] = queue.claim("bob")
    assert again.pin_id == late.pin_id
    assert queue.submit(late, "ok") is Outcome.LOST
    assert queue.submit(late, "ok") is Outcome.LOST
    assert queue.submit(again, "spam") is Outcome.ACCEPTED
    assert kinds(filled) == ["late", "answer"]
    assert read_answers(filled, "spam", "pins")["label"].tolist() == ["spam"]


def test_who_still_holds_the_lease_may_submit_late(filled: Database, clock: Clock) -> None:
    queue = queue_of(filled, clock, lease_seconds=60)
    [claimed] = queue.claim("ada")
    clock.pass_by(hours=3)
    assert queue.submit(claimed, "ok") is Outcome.ACCEPTED


def test_a_renewed_lease_does_not_run_out(filled: Database, clock: Clock) -> None:
    queue = queue_of(filled, clock, lease_seconds=60)
    queue.claim("ada", 2)
    clock.pass_by(seconds=50)
    assert len(queue.held("ada")) == 2
    clock.pass_by(seconds=50)
    assert pins_of(queue.claim("bob", 4)) == ["b", "d"]


def test_what_is_released_is_free_at_once(filled: Database, clock: Clock) -> None:
    queue = queue_of(filled, clock)
    queue.claim("ada", 2)
    assert queue.release("ada") == 2
    assert pins_of(queue.claim("bob", 4)) == ["c", "a", "b", "d"]


def test_a_held_key_answers_one_pin(filled: Database, clock: Clock) -> None:
    queue = queue_of(filled, clock)
    [claimed] = queue.claim("ada")
    assert queue.submit(claimed, "spam", seconds=0.1) is Outcome.TOO_FAST
    assert kinds(filled) == []
    assert queue.submit(claimed, "spam", seconds=0.5) is Outcome.ACCEPTED


def test_a_label_that_is_no_class_is_refused(filled: Database, clock: Clock) -> None:
    queue = queue_of(filled, clock)
    [claimed] = queue.claim("ada")
    with pytest.raises(ReviewError, match="'maybe' is no class of spam; answer with one of ok, "):
        queue.submit(claimed, "maybe")


def test_every_answer_that_is_wanted_comes_from_someone_else(
    database: Database, clock: Clock
) -> None:
    database.migrate()
    fill(database, {"a": 0.5}, wanted=2)
    queue = queue_of(database, clock)
    [first] = queue.claim("ada", 5)
    queue.submit(first, "ok")
    assert queue.claim("ada") == []
    assert status(database, "a") == ("open", 1)
    [second] = queue.claim("bob", 5)
    queue.submit(second, "ok")
    assert queue.claim("cleo") == []
    assert status(database, "a") == ("done", 2)


def test_a_skipped_pin_goes_to_others_and_not_to_oneself(filled: Database, clock: Clock) -> None:
    queue = queue_of(filled, clock)
    [claimed] = queue.claim("ada")
    assert queue.skip(claimed, seconds=2) is Outcome.ACCEPTED
    assert queue.skip(claimed, seconds=2) is Outcome.REPLAYED
    assert pins_of(queue.claim("ada", 4)) == ["a", "b", "d"]
    assert pins_of(queue.claim("bob", 4)) == ["c"]


def test_a_flag_goes_to_a_reviewer_with_its_comment(filled: Database, clock: Clock) -> None:
    queue = queue_of(filled, clock)
    [claimed] = queue.claim("ada")
    with pytest.raises(ReviewError, match="say what is wrong"):
        queue.flag(claimed, "  ")
    queue.flag(claimed, "a private photo")
    assert status(filled, "c") == ("disputed", 0)
    assert pins_of(queue.claim("bob", 4)) == ["a", "b", "d"]
    assert read_answers(filled, "spam", "pins")["comment"].tolist() == ["a private photo"]


def test_undo_gives_the_pin_back_and_another_answer_can_be_given(
    filled: Database, clock: Clock
) -> None:
    queue = queue_of(filled, clock)
    for label in ("spam", "ok"):
        [claimed] = queue.claim("ada")
        queue.submit(claimed, label)
        clock.pass_by(seconds=1)
    back = queue.undo("ada")
    assert back is not None and back.pin_id == "a"
    assert status(filled, "a") == ("open", 0)
    assert pins_of(queue.claim("ada")) == ["a"]
    queue.submit(back, "spam")
    assert kinds(filled) == ["answer", "answer", "undo", "answer"]
    assert read_answers(filled, "spam", "pins")["label"].tolist() == ["spam", "spam"]
    assert status(filled, "a") == ("done", 1)


def test_undo_goes_back_through_the_last_ten_and_no_further(
    database: Database, clock: Clock
) -> None:
    database.migrate()
    fill(database, {f"p{n:02}": 1 - n / 100 for n in range(15)})
    queue = queue_of(database, clock)
    for _ in range(12):
        [claimed] = queue.claim("ada")
        queue.submit(claimed, "ok")
        clock.pass_by(seconds=1)
    undone = [queue.undo("ada") for _ in range(11)]
    assert [claimed and claimed.pin_id for claimed in undone] == [
        *(f"p{n:02}" for n in range(11, 1, -1)),
        None,
    ]


def test_flags_and_skips_can_be_undone(filled: Database, clock: Clock) -> None:
    queue = queue_of(filled, clock)
    first, second = queue.claim("ada", 2)
    queue.flag(first, "unsure")
    clock.pass_by(seconds=1)
    queue.skip(second)
    assert (queue.undo("ada"), queue.undo("ada"), queue.undo("ada")) != (None, None, None)
    assert pins_of(queue.claim("ada", 2)) == ["c", "a"]
    assert status(filled, "c") == ("open", 0)


def test_a_skipped_pin_that_someone_else_has_is_not_taken_from_them(
    filled: Database, clock: Clock
) -> None:
    queue = queue_of(filled, clock)
    [claimed] = queue.claim("ada")
    queue.skip(claimed)
    queue.claim("bob")
    with pytest.raises(ReviewError, match="with someone else by now"):
        queue.undo("ada")


def test_undo_goes_past_what_cannot_be_taken_back(filled: Database, clock: Clock) -> None:
    queue = queue_of(filled, clock)
    first, second, third = queue.claim("ada", 3)
    queue.submit(first, "ok")
    clock.pass_by(seconds=1)
    queue.flag(second, "unsure")
    clock.pass_by(seconds=1)
    queue.skip(third)
    add_annotator(filled, "rita", role="reviewer")
    adjudicate(filled, second.task_id, "rita", "spam", None, submission="s", classes=("ok", "spam"))
    assert pins_of(queue.claim("bob", 2)) == [third.pin_id, "d"]
    back = queue.undo("ada")
    assert back is not None and back.pin_id == first.pin_id
    with pytest.raises(ReviewError, match="with someone else by now"):
        queue.undo("ada")


def test_all_that_was_done_under_some_leases_is_taken_back_as_far_as_it_can_be(
    filled: Database, clock: Clock
) -> None:
    queue = queue_of(filled, clock)
    claimed = queue.claim("ada", 3)
    for one in claimed:
        queue.submit(one, "ok")
    first, second, third = claimed
    add_annotator(filled, "rita", role="reviewer")
    adjudicate(filled, second.task_id, "rita", "spam", None, submission="s", classes=("ok", "spam"))
    back = queue.undo_leases("ada", [first.lease, second.lease])
    assert pins_of(back) == [first.pin_id]
    assert queue.undo_leases("bob", [third.lease]) == []
    assert queue.undo_leases("ada", [first.lease]) == []  # it is taken back already
    assert pins_of(queue.held("ada")) == [first.pin_id]


def test_a_pin_routed_to_an_annotator_waits_for_them(database: Database, clock: Clock) -> None:
    database.migrate()
    fill(database, {"a": 0.5}, routed_to="bob")
    queue = queue_of(database, clock)
    assert queue.claim("ada") == []
    assert pins_of(queue.claim("bob")) == ["a"]


def test_bulk_claims_what_is_free_of_the_pins_asked_for(filled: Database, clock: Clock) -> None:
    queue = queue_of(filled, clock)
    queue.claim("bob")
    assert pins_of(queue.claim_pins("ada", ["a", "b", "c", "unknown"])) == ["a", "b"]
    assert pins_of(queue.claim_pins("ada", ["b"])) == ["b"]


def test_an_answer_in_hand_counts_although_the_pin_was_withdrawn(
    filled: Database, clock: Clock
) -> None:
    queue = queue_of(filled, clock)
    [claimed] = queue.claim("ada")
    fill(filled, {"d": 0.1})
    assert queue.submit(claimed, "spam") is Outcome.ACCEPTED
    assert status(filled, "c") == ("withdrawn", 1)
    assert pins_of(queue.claim("bob", 4)) == ["d"]


def test_a_task_opens_again_for_more_answers_and_not_for_the_same_annotator(
    filled: Database, clock: Clock
) -> None:
    queue = queue_of(filled, clock)
    [claimed] = queue.claim("ada")
    queue.submit(claimed, "spam")
    fill(filled, {"c": 0.9})
    assert status(filled, "c") == ("done", 1)
    fill(filled, {"c": 0.9}, wanted=2)
    assert status(filled, "c") == ("open", 1)
    assert queue.claim("ada") == []
    assert pins_of(queue.claim("bob", 4)) == ["c"]


def test_the_database_refuses_to_change_or_delete_an_answer(filled: Database, clock: Clock) -> None:
    queue = queue_of(filled, clock)
    [claimed] = queue.claim("ada")
    queue.submit(claimed, "spam")
    for change in (update(AnswerRow).values(label="ok"), delete(AnswerRow)):
        with (
            pytest.raises(RefusedByDatabase, match="append-only"),
            filled.engine.begin() as connection,
        ):
            connection.execute(change)


def test_open_tasks_of_an_older_schema_get_their_slots(database: Database) -> None:
    from alembic import command

    command.upgrade(database._alembic(), "0002")
    with database.engine.begin() as connection:
        connection.execute(
            text(
                "INSERT INTO review_tasks (signal, collection, pin_id, reason, priority, status, "
                "created_at) VALUES ('spam', 'pins', 'a', 'uncertain', 0.5, 'open', :now)"
            ),
            {"now": NOON},
        )
    database.migrate()
    assert pins_of(queue_of(database, Clock()).claim("ada")) == ["a"]
    command.downgrade(database._alembic(), "0002")
    database.migrate()


@pytest.mark.parametrize(
    "query", [slots.next_free, partial(slots.free_pins, rows=30)], ids=["the next", "the free ones"]
)
def test_the_claim_reads_one_index_in_its_order(
    filled: Database, query: Callable[[slots.Queue, slots.NewLease], Select[Any]]
) -> None:
    """However many slots there are: no sort, and no scan of the table."""
    fill(filled, {f"p{n}": n / 5000 for n in range(5000)})
    new = slots.NewLease(annotator="ada", token="t", now=NOON, expires_at=NOON)
    wanted = query(slots.Queue(signal="spam", collection="pins", channel="app"), new)
    dialect = filled.engine.dialect
    says = "EXPLAIN QUERY PLAN" if dialect.name == "sqlite" else "EXPLAIN"
    sql = wanted.compile(dialect=dialect, compile_kwargs={"literal_binds": True})
    with filled.engine.begin() as connection:
        if dialect.name == "postgresql":  # else the first claims would know nothing of the tables
            known = "SELECT reltuples FROM pg_class WHERE relname = 'review_slots'"
            assert connection.scalar(text(known)) >= 5000
        plan = "\n".join(str(row) for row in connection.execute(text(f"{says} {sql}")))
    assert "ix_review_slots_queue" in plan
    assert "Sort" not in plan and "TEMP B-TREE" not in plan
    assert "Seq Scan on review_slots first" not in plan and "SCAN first" not in plan
    assert "Seq Scan on review_tasks" not in plan and "SCAN review_tasks" not in plan


def test_slots_are_as_many_as_answers_are_wanted(database: Database) -> None:
    database.migrate()
    fill(database, {"a": 0.5, "b": 0.4}, wanted=3)
    with database.reading() as session:
        found = session.execute(select(ReviewSlotRow.task_id, ReviewSlotRow.slot)).all()
    assert sorted(slot for _, slot in found) == [0, 0, 1, 1, 2, 2]
