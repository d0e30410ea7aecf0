"""A reviewer decides: it is gold at once, stays it, and nobody is asked any more."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest
from agreed import SPAM, agree_here, gold, statuses, task_of
from conftest import make_workspace
from crowds import NOON, add_answers, add_person, ask
from sqlalchemy import select

import labeling
from labeling.database import Database
from labeling.errors import ReviewError
from labeling.gold import save_gold
from labeling.recipes import Recipe
from labeling.review.adjudicating import adjudicate, disputed_tasks, pins_without_class
from labeling.review.claiming import ReviewQueue
from labeling.signals import NO_CLASS
from labeling.tables import AnswerRow, ReviewTaskRow


@pytest.fixture
def db(database: Database) -> Database:
    database.migrate()
    add_person(database, "rita", "reviewer")
    return database


def test_a_decision_is_gold_at_once_and_stays_it(db: Database) -> None:
    ask(db, "spam", ["a"], wanted=2)
    add_answers(db, "spam", [("a", "ann", "spam"), ("a", "bea", "ok")])
    agree_here(db)
    made = adjudicate(db, task_of(db, "a"), "rita", "ok", "an advert for a lake", submission="1")
    assert (made.pin_id, made.replayed) == ("a", False)
    assert (gold(db), statuses(db)) == ({"a": "ok"}, {"a": "done"})
    report = agree_here(db)
    assert (report.adjudicated, report.unchanged, report.added) == (1, 1, 0)
    assert disputed_tasks(db, "spam", "pins") == []


def test_the_same_decision_sent_twice_is_kept_once(db: Database) -> None:
    ask(db, "spam", ["a", "b"])
    first, second = (
        adjudicate(db, task_of(db, "a"), "rita", "ok", submission="1") for _ in range(2)
    )
    assert (first.replayed, second.replayed) == (False, True)
    with db.reading() as session:
        assert len(session.scalars(select(AnswerRow)).all()) == 1
    with pytest.raises(ReviewError, match="'1' was used for something else already"):
        adjudicate(db, task_of(db, "b"), "rita", "ok", submission="1")


def test_a_second_decision_overrides_the_first_and_both_are_kept(db: Database) -> None:
    ask(db, "spam", ["a"])
    for submission, label in (("1", "ok"), ("2", "spam")):
        adjudicate(db, task_of(db, "a"), "rita", label, submission=submission)
    assert gold(db) == {"a": "spam"}
    agree_here(db)
    assert gold(db) == {"a": "spam"}
    with db.reading() as session:
        labels = session.scalars(select(AnswerRow.label).order_by(AnswerRow.id)).all()
    assert labels == ["ok", "spam"]


def test_a_pin_that_no_class_fits_is_gold_of_none_and_not_asked_again(db: Database) -> None:
    save_gold(db, "spam", "pins", {"b": "ok"}, source="experts", now=NOON)
    ask(db, "spam", ["a", "b"])
    add_answers(db, "spam", [("a", "ann", "spam")])
    agree_here(db)
    for submission, pin in enumerate("ab"):
        adjudicate(db, task_of(db, pin), "rita", NO_CLASS, submission=str(submission))
    assert gold(db) == {}
    assert pins_without_class(db, "spam", "pins") == {"a", "b"}
    ask(db, "spam", ["a", "b"])
    assert statuses(db) == {"a": "done", "b": "done"}
    report = agree_here(db)
    assert (report.without_class, report.gold) == (2, 0)
    adjudicate(db, task_of(db, "a"), "rita", "ok", submission="later")
    assert pins_without_class(db, "spam", "pins") == {"b"}
    assert gold(db) == {"a": "ok"}


@pytest.mark.parametrize(
    ("who", "label", "says"),
    [
        pytest.param("ann", "ok", "'ann' is an annotator, and only a reviewer", id="role"),
        pytest.param("nobody", "ok", "'nobody' is no active annotator", id="unknown"),
        pytest.param("old", "ok", "'old' is no active annotator", id="deactivated"),
        pytest.param("rita", "scam", "'scam' is no class; decide for one of ok, spam", id="class"),
    ],
)
def test_who_may_not_decide_does_not(db: Database, who: str, label: str, says: str) -> None:
    add_person(db, "ann")
    add_person(db, "old", "admin", is_active=False)
    ask(db, "spam", ["a"])
    with pytest.raises(ReviewError, match=says):
        adjudicate(db, task_of(db, "a"), who, label, submission="1", classes=SPAM.classes, now=NOON)
    assert (gold(db), statuses(db)) == ({}, {"a": "open"})


def test_a_task_that_does_not_exist_cannot_be_decided_on(db: Database) -> None:
    with pytest.raises(ReviewError, match="There is no review task 77"):
        adjudicate(db, 77, "rita", "ok", submission="1")


def test_after_a_decision_nobody_is_asked_any_more(db: Database) -> None:
    ask(db, "spam", ["a"], wanted=3)
    queue = ReviewQueue(db, SPAM, "pins")
    [claimed] = queue.claim("ann")
    queue.flag(claimed, "blurred", seconds=2.0)
    agree_here(db)
    adjudicate(db, task_of(db, "a"), "rita", "ok", submission="1")
    assert queue.claim("bea") == []


def test_a_pin_that_no_class_fits_is_neither_published_nor_asked_about(tmp_path: Path) -> None:
    workspace = make_workspace(tmp_path / "home")
    add_person(workspace.database, "rita", "reviewer")
    before = labeling.run(workspace, "tone", "pins", resolver="majority")
    with workspace.database.reading() as session:
        tasks = {t.pin_id: t.id for t in session.scalars(select(ReviewTaskRow))}
    unfit = sorted(tasks)[:5]
    for pin in unfit:
        adjudicate(workspace.database, tasks[pin], "rita", NO_CLASS, submission=pin)
    after = labeling.run(workspace, "tone", "pins", resolver="majority")
    assert after.dataset["left_out"]["no class fits, said a reviewer"] == 5
    assert "no class fits, said a reviewer" not in before.dataset["left_out"]
    assert after.queue["tasks"] == 20
    waiting = {pin for pin, status in statuses(workspace.database).items() if status == "open"}
    assert not waiting & set(unfit)
    path = Path(after.dataset["path"])
    rows = pd.concat(pd.read_parquet(file) for file in path.glob("data/*.parquet"))
    assert not set(rows["pin_id"]) & set(unfit)
    unheard = labeling.publish(
        workspace, "tone", "pins", resolver="majority", recipe=Recipe(gold=False)
    )
    assert "no class fits, said a reviewer" not in unheard.manifest.left_out
