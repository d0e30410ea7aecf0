"""One's own answers: looked at again and changed; what reviewers decided otherwise is told, and never
what was a gold check."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest
from agreed import task_of
from conftest import make_workspace
from crowds import NOON, add_answers, add_person, ask
from sqlalchemy import insert

import labeling
from labeling.database import Database
from labeling.review.adjudicating import adjudicate
from labeling.review.claiming import ReviewQueue
from labeling.review.own_answers import OwnAnswer, overruled, own_answers
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
    assert overruled(db, "spam", "pins", "ann")[1] == OwnAnswer(
        lease="s0",
        pin_id="a",
        label="spam",
        comment=None,
        source="app",
        given_at=NOON,
        decision="ok",
        why="a lake, no shop",
    )
    assert pins(db, latest=1) == ["b"]
    assert pins(db, "bea") == pins(db, "rita") == []
    assert overruled(db, "spam", "others", "ann") == []


def test_the_last_decision_on_a_pin_counts(db: Database) -> None:
    decide(db, "a", "spam")
    decide(db, "c", "ok")
    assert pins(db) == ["c", "b"]
    assert pins(db, "bea") == ["a"]


def test_ones_answers_come_newest_first_with_what_a_reviewer_decided(db: Database) -> None:
    add_answers(db, "spam", [("d", "ann", None)], kind="flag", comment="what is it?")
    found = own_answers(db, "spam", "pins", "ann")
    assert [(one.pin_id, one.label, one.decision) for one in found] == [
        ("d", None, None),
        ("d", "spam", None),
        ("c", "spam", "spam"),
        ("b", "spam", NO_CLASS),
        ("a", "spam", "ok"),
    ]
    assert found[0].comment == "what is it?" and found[-1].why == "a lake, no shop"
    assert own_answers(db, "spam", "pins", "ann", skip=1, latest=2) == found[1:3]
    assert own_answers(db, "spam", "pins", "ann", label="spam") == found[1:]
    assert own_answers(db, "spam", "pins", "ann", label="ok") == []


def test_an_answer_that_was_taken_back_is_not_told_of(db: Database) -> None:
    with db.writing() as session:
        undone = session.query(AnswerRow).filter_by(annotator="ann", pin_id="a").one()
        copied = ("task_id", "signal", "collection", "pin_id", "annotator")
        row = {name: getattr(undone, name) for name in copied}
        row |= {"submission": "u", "kind": "undo", "undoes": undone.id, "created_at": NOON}
        session.execute(insert(AnswerRow).values(row))
    assert pins(db) == ["b"]
    assert [one.pin_id for one in own_answers(db, "spam", "pins", "ann")] == ["d", "c", "b"]


def test_nothing_is_told_of_a_gold_check(db: Database) -> None:
    add_answers(db, "spam", [("c", "eve", "ok"), ("a", "eve", "spam")], is_check=True)
    assert pins(db, "eve") == []
    assert [one.decision for one in own_answers(db, "spam", "pins", "eve")] == [None, None]


def test_the_page_lists_ones_answers_and_changes_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pytest.importorskip("streamlit", reason="the extra `app` is not installed")
    from test_app import open_app

    workspace = make_workspace(tmp_path / "home", 60)
    add_person(workspace.database, "Ada", "annotator")
    labeling.run(workspace, "tone", "pins")
    queue = ReviewQueue(workspace.database, workspace.signal("tone"), "pins")
    calm, loud, flagged = queue.claim("Ada", 3)
    queue.submit(calm, "calm")
    queue.submit(loud, "loud")
    queue.flag(flagged, "<b>both</b>")
    page = open_app(workspace.home, monkeypatch, "answers")
    _, *answers = page.main.selectbox
    assert [one.value for one in answers] == [None, "loud", "calm"]
    assert "&lt;b&gt;both" in page.main.get("html")[0].proto.body
    answers[1].select("calm").run()
    assert page.toast[0].value == "Changed: it is calm now."
    stands = own_answers(workspace.database, "tone", "pins", "Ada")
    said = [(one.pin_id, one.label) for one in stands]
    assert said == [(loud.pin_id, "calm"), (flagged.pin_id, None), (calm.pin_id, "calm")]
    queue.correct("Ada", stands[2].lease, "loud")  # in another window
    page.main.selectbox[3].select("loud").run()
    assert "does not stand any more" in page.error[0].value
    page.main.selectbox[0].select("loud").run()
    assert [one.value for one in page.main.selectbox[1:]] == ["loud"]
    assert not page.exception
