"""What a reviewer has before them at the page Adjudicate: what comes first, and deciding anew."""

from __future__ import annotations

import sys
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from agreed import RULES, SPAM, gold, statuses, task_of
from conftest import ROOT, make_workspace
from crowds import add_answers, add_person, ask
from sqlalchemy import select, update

from labeling.database import Database
from labeling.gold import read_gold
from labeling.review.adjudicating import adjudicate
from labeling.signals import NO_CLASS
from labeling.tables import AnswerRow, ReviewTaskRow
from labeling.workspace import Workspace

pytest.importorskip("streamlit", reason="the extra `app` is not installed")
sys.path.append(str(ROOT / "app"))


@pytest.fixture
def db(database: Database) -> Database:
    """A flagged pin, and two on which the answers differ, though nobody compared them yet."""
    database.migrate()
    add_person(database, "rita", "reviewer")
    add_person(database, "rob", "reviewer")
    ask(database, "spam", ["a", "b", "c"], wanted=2)
    with database.writing() as session:
        for priority, pin in enumerate("cba"):
            of_pin = update(ReviewTaskRow).where(ReviewTaskRow.pin_id == pin)
            session.execute(of_pin.values(priority=float(priority)))
    add_answers(database, "spam", [("a", "ann", None)], kind="flag", comment="odd")
    with database.writing() as session:
        flagged = update(ReviewTaskRow).where(ReviewTaskRow.pin_id == "a")
        session.execute(flagged.values(status="disputed"))
    for pin in "bc":
        add_answers(database, "spam", [(pin, "ann", "spam"), (pin, "bea", "ok")])
    return database


def bench_of(db: Database, reviewer: str = "rita") -> Any:
    from bench import Bench
    from settling import settle

    return Bench(db, "spam", "pins", reviewer, partial(settle, db, SPAM, "pins", RULES))


def decide(bench: Any, label: str, comment: str = "") -> str:
    """Decide on the pin that is shown; return it."""
    pin = bench.show().pin_id
    bench.decide(bench.submission, label, comment, SPAM.classes)
    return str(pin)


def decisions(db: Database) -> list[tuple[str, str]]:
    rows = select(AnswerRow.pin_id, AnswerRow.label).where(AnswerRow.kind == "adjudication")
    with db.reading() as session:
        return [(pin, label) for pin, label in session.execute(rows.order_by(AnswerRow.id))]


def test_answers_that_differ_come_without_the_command(db: Database) -> None:
    bench = bench_of(db)
    assert [decide(bench, "ok") for _ in range(3)] == ["a", "b", "c"]
    assert bench.show() is None
    assert bench.is_settled
    assert (gold(db), set(statuses(db).values())) == (dict.fromkeys("abc", "ok"), {"done"})


def test_the_last_decisions_are_made_anew_and_the_last_one_is_gold(db: Database) -> None:
    bench = bench_of(db)
    assert (decide(bench, "spam", "a shop"), decide(bench, NO_CLASS)) == ("a", "b")
    bench.take_said()
    bench.undo()
    assert (bench.show().pin_id, gold(db)) == ("b", {"a": "spam"})
    bench.undo()
    again = bench.show()
    assert (again.pin_id, again.gold, bench.standing.comment) == ("a", "spam", "a shop")
    assert bench.take_said() == "a again: now spam, decide anew."
    assert gold(db) == {"a": "spam"}  # until it is decided anew
    assert decide(bench, "ok") == "a"
    assert bench.take_said() == "Decided: ok."
    assert bench.show().pin_id == "b"
    assert bench.take_said() == "b again: now no class fits, decide anew."
    bench._read_at = -1e9  # the list is read again, and those taken back still come first
    assert decide(bench, "spam") == "b"
    assert gold(db) == {"a": "ok", "b": "spam"}
    assert decisions(db) == [("a", "spam"), ("b", NO_CLASS), ("a", "ok"), ("b", "spam")]
    assert (bench.show().pin_id, set(statuses(db).values())) == ("c", {"done", "disputed"})


def test_undo_without_a_decision_says_so(db: Database) -> None:
    bench = bench_of(db)
    bench.undo()
    assert bench.take_said() == "There is nothing left to take back."
    assert bench.show().pin_id == "a"


def test_what_someone_else_decided_meanwhile_is_not_decided_over(db: Database) -> None:
    bench = bench_of(db)
    decide(bench, "spam")
    bench.undo()
    bench.show()
    adjudicate(db, task_of(db, "a"), "rob", "ok", submission="his")
    decide(bench, "spam")
    assert bench.take_said() == "Someone else had decided on that one already."
    assert (gold(db)["a"], bench.show().pin_id) == ("ok", "b")


def test_a_second_press_decides_nothing(db: Database) -> None:
    bench = bench_of(db)
    bench.show()
    pressed = bench.submission
    for _ in range(2):
        bench.decide(pressed, "ok", "", SPAM.classes)
        bench.show()
    assert decisions(db) == [("a", "ok")]


def test_reviewers_begin_with_different_pins_and_each_keeps_theirs(db: Database) -> None:
    rita, rob = bench_of(db), bench_of(db, "rob")
    assert [rita.show().pin_id, rob.show().pin_id] == ["a", "b"]
    for bench in (rita, rob):
        bench._read_at = -1e9
    assert [rob.show().pin_id, rita.show().pin_id] == ["b", "a"]
    decide(rita, "ok")
    assert rita.show().pin_id == "c"
    assert decide(rob, "ok") == "b"
    assert rob.show().pin_id == "c"  # nothing else is left
    rob.later()
    assert rob.show().pin_id == "c"


def test_only_pins_that_wait_for_one_reason_can_be_shown(db: Database) -> None:
    bench = bench_of(db)
    bench.show()
    assert bench.kinds == {"flagged": 1, "the answers differ": 2}
    bench.choose("the answers differ")
    assert bench.show().pin_id == "b"
    bench.later()
    assert [decide(bench, "ok"), decide(bench, "ok")] == ["c", "b"]
    assert (bench.show().pin_id, bench.why) == ("a", None)  # none of that kind is left


def test_a_reviewer_takes_a_decision_back_and_reads_the_guideline(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from test_app import open_app

    workspace = make_workspace(tmp_path / "home")
    add_person(workspace.database, "Ada", "reviewer")
    ask(workspace.database, "tone", ["p00000"], wanted=2)
    said = [("p00000", "ann", "calm"), ("p00000", "bea", "loud")]  # and nobody compared them
    add_answers(workspace.database, "tone", said)
    page = open_app(workspace.home, monkeypatch, "adjudicate")

    def press(name: str) -> None:
        next(one for one in page.button if one.label == name).click()
        page.run()

    def notice() -> str:
        return next(h.proto.body for h in page.get("html") if "notice" in h.proto.body)

    press("loud")
    assert page.subheader[0].value == "Nothing is disputed"
    press("Undo")
    assert "p00000 again: now loud, decide anew." in notice()
    press("calm")
    assert gold_of(workspace) == {"p00000": "calm"}
    assert page.subheader[0].value == "Nothing is disputed"
    press("Guideline")
    assert workspace.signal("tone").guideline in [text.value for text in page.markdown]
    add_person(workspace.database, "bea")
    page = open_app(workspace.home, monkeypatch, you="bea")
    assert any("p00000 <small>you: loud" in html.proto.body for html in page.get("html"))


def gold_of(workspace: Workspace) -> dict[str, str]:
    signal = workspace.signal("tone")
    found = read_gold(workspace.database, signal, "pins")
    return {pin: signal.classes[label] for pin, label in found.items()}
