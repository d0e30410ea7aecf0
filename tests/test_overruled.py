"""Annotators are told what reviewers decided otherwise, and never what was a gold check."""

from __future__ import annotations

from datetime import timedelta

import pytest
from agreed import task_of
from crowds import NOON, add_answers, add_person, ask
from sqlalchemy import insert

from labeling.database import Database
from labeling.review.adjudicating import adjudicate
from labeling.review.overruled import Overruled, overruled
from labeling.signals import NO_CLASS
from labeling.tables import AnswerRow


@pytest.fixture
def db(database: Database) -> Database:
    """Ann said spam of all pins; rita decided on a, b and c."""
    database.migrate()
    add_person(database, "rita", "reviewer")
    ask(database, "spam", ["a", "b", "c", "d"])
    add_answers(database, "spam", [(pin, "ann", "spam") for pin in "abcd"])
    add_answers(database, "spam", [("a", "bea", "ok")])
    decide(database, "a", "ok", "a lake, no shop")
    decide(database, "b", NO_CLASS)
    decide(database, "c", "spam")
    return database


def decide(database: Database, pin: str, label: str, comment: str | None = None) -> None:
    with database.reading() as session:
        number = session.query(AnswerRow).count()
    at = NOON + timedelta(hours=number)
    task = task_of(database, pin)
    adjudicate(database, task, "rita", label, comment, submission=f"d{number}", now=at)


def pins(database: Database, annotator: str = "ann", **limits: int) -> list[str]:
    return [one.pin_id for one in overruled(database, "spam", "pins", annotator, **limits)]


def test_decisions_that_differ_from_ones_answers_come_newest_first(db: Database) -> None:
    assert pins(db) == ["b", "a"]
    assert overruled(db, "spam", "pins", "ann")[1] == Overruled(
        pin_id="a",
        label="spam",
        decision="ok",
        comment="a lake, no shop",
        decided_at=NOON + timedelta(hours=5),
    )
    assert pins(db, latest=1) == ["b"]
    assert pins(db, "bea") == pins(db, "rita") == []
    assert overruled(db, "spam", "others", "ann") == []


def test_the_last_decision_on_a_pin_counts(db: Database) -> None:
    decide(db, "a", "spam")
    decide(db, "c", "ok")
    assert pins(db) == ["c", "b"]
    assert pins(db, "bea") == ["a"]


def test_an_answer_that_was_taken_back_is_not_told_of(db: Database) -> None:
    with db.writing() as session:
        undone = session.query(AnswerRow).filter_by(annotator="ann", pin_id="a").one()
        copied = ("task_id", "signal", "collection", "pin_id", "annotator")
        row = {name: getattr(undone, name) for name in copied}
        row |= {"submission": "u", "kind": "undo", "undoes": undone.id, "created_at": NOON}
        session.execute(insert(AnswerRow).values(row))
    assert pins(db) == ["b"]


def test_gold_checks_are_never_told_of(db: Database) -> None:
    add_answers(db, "spam", [("c", "eve", "ok"), ("a", "eve", "spam")], is_check=True)
    assert pins(db, "eve") == []
