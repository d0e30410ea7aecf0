"""Gold from answers: what becomes gold, what waits for whom, and what never happens silently."""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path

import pandas as pd
import pytest
from agreed import RULES, SPAM, agree_here, gold, statuses, task_of
from conftest import make_pins, make_workspace
from crowds import FIVE, NOON, add_answers, add_person, ask, simulate
from sqlalchemy import select
from test_cli import call

import labeling
from labeling.database import Database
from labeling.gold import read_gold, save_gold
from labeling.review.adjudicating import adjudicate, disputed_tasks
from labeling.review.agreeing import settle
from labeling.review.claiming import ReviewQueue
from labeling.review.tasks import Candidate, enqueue
from labeling.review.verdicts import (
    CONTRADICTS,
    DIFFER,
    DISTRUSTED,
    FLAGGED,
    Rules,
    judge,
    read_evidence,
)
from labeling.tables import AnswerRow, GoldRow, ReviewTaskRow

A_SECOND = timedelta(seconds=1)


@pytest.fixture
def db(database: Database) -> Database:
    database.migrate()
    add_person(database, "rita", "reviewer")
    return database


def sources(database: Database) -> dict[str, str]:
    with database.reading() as session:
        return dict(session.execute(select(GoldRow.pin_id, GoldRow.source)).all())


def undo(database: Database, answer: int, status: str = "open") -> None:
    """Take an answer back, as the queue does."""
    with database.writing() as session:
        undone = session.get_one(AnswerRow, answer)
        task = session.get_one(ReviewTaskRow, undone.task_id)
        fields = ("signal", "collection", "pin_id", "annotator", "task_id", "is_check")
        values = {name: getattr(undone, name) for name in fields}
        session.add(
            AnswerRow(
                **values, submission=f"u{answer}", kind="undo", undoes=answer, created_at=NOON
            )
        )
        task.answered, task.status = task.answered - 1, status


def test_one_answer_where_one_is_wanted_is_gold(db: Database) -> None:
    ask(db, "spam", ["a", "b"])
    add_answers(db, "spam", [("a", "ann", "spam"), ("b", "bea", "ok")])
    report = agree_here(db)
    assert (report.gold, report.added, report.disputed) == (2, 2, 0)
    assert gold(db) == {"a": "spam", "b": "ok"}
    assert sources(db) == {"a": "review", "b": "review"}


def test_few_answers_in_common_turn_no_answer_round(db: Database) -> None:
    """With two classes who is outvoted on two pins of four looks worse than chance, so that all they
    said elsewhere would speak for the other class."""
    alone = {f"{name}{n}": (name, "spam" if n % 3 else "ok") for name in FIVE for n in range(12)}
    ask(db, "spam", list(alone), wanted=1)
    add_answers(db, "spam", [(pin, name, label) for pin, (name, label) in alone.items()])
    ask(db, "spam", ["w", "x", "y", "z"], wanted=2)
    add_answers(db, "spam", [("w", "ann", "ok"), ("w", "cyd", "ok")])
    add_answers(db, "spam", [("x", "ann", "ok"), ("x", "cyd", "spam")])
    add_answers(db, "spam", [("y", "bea", "spam"), ("y", "cyd", "spam")])
    add_answers(db, "spam", [("z", "ann", "ok"), ("z", "bea", "spam")])
    report = agree_here(db)
    assert (report.gold, report.disputed) == (len(alone) + 2, 2)
    assert gold(db) == {p: label for p, (_, label) in alone.items()} | {"w": "ok", "y": "spam"}


def test_repeating_it_changes_nothing(db: Database) -> None:
    truth = {f"p{n:03}": "spam" if n % 3 else "ok" for n in range(60)}
    ask(db, "spam", list(truth), wanted=3)
    add_answers(db, "spam", simulate(truth, FIVE, 3))

    def everything() -> list[tuple[object, ...]]:
        columns = (GoldRow.id, GoldRow.pin_id, GoldRow.label, GoldRow.source, GoldRow.created_at)
        with db.reading() as session:
            return [tuple(row) for row in session.execute(select(*columns).order_by(GoldRow.id))]

    first, before, tasks = agree_here(db), everything(), statuses(db)
    again = agree_here(db)
    assert first.added == first.gold > 30
    assert (again.added, again.changed, again.removed) == (0, 0, 0)
    assert again.unchanged == first.gold
    assert (everything(), statuses(db)) == (before, tasks)


def test_answers_that_differ_wait_for_a_reviewer(db: Database) -> None:
    ask(db, "spam", ["a", "b"], wanted=2)
    add_answers(db, "spam", [("a", "ann", "spam"), ("a", "bea", "ok")])
    add_answers(db, "spam", [("b", "ann", "ok"), ("b", "bea", "ok")])
    assert agree_here(db).disputed == 1
    assert gold(db) == {"b": "ok"}
    assert statuses(db) == {"a": "disputed", "b": "done"}
    [task] = disputed_tasks(db, "spam", "pins")
    assert (task.pin_id, task.why, task.gold) == ("a", DIFFER, None)
    assert [(a.annotator, a.label, a.seconds) for a in task.answers] == [
        ("ann", "spam", 3.0),
        ("bea", "ok", 3.0),
    ]


def test_a_pin_that_wants_more_answers_is_no_gold_yet(db: Database) -> None:
    ask(db, "spam", ["a"], wanted=2)
    add_answers(db, "spam", [("a", "ann", "spam")])
    assert agree_here(db).waiting == 1
    assert (gold(db), statuses(db)) == ({}, {"a": "open"})


def test_a_pin_asked_again_keeps_its_gold_until_the_answer_comes(db: Database) -> None:
    ask(db, "spam", ["a"])
    add_answers(db, "spam", [("a", "ann", "spam")])
    agree_here(db)
    ask(db, "spam", ["a"], wanted=2)
    report = agree_here(db)
    assert (report.waiting, report.removed) == (1, 0)
    assert gold(db) == {"a": "spam"}
    add_answers(db, "spam", [("a", "bea", "ok")])
    report = agree_here(db)
    assert (report.disputed, report.removed) == (1, 1)
    assert gold(db) == {}


def test_an_answer_taken_back_is_gold_no_more(db: Database) -> None:
    ask(db, "spam", ["a", "b"])
    first, _ = add_answers(db, "spam", [("a", "ann", "spam"), ("b", "ann", "ok")])
    agree_here(db)
    undo(db, first)
    report = agree_here(db)
    assert (report.removed, report.unchanged) == (1, 1)
    assert gold(db) == {"b": "ok"}


def test_an_answer_given_anew_changes_the_gold(db: Database) -> None:
    ask(db, "spam", ["a"])
    [first] = add_answers(db, "spam", [("a", "ann", "spam")])
    agree_here(db)
    undo(db, first)
    add_answers(db, "spam", [("a", "ann", "ok")])
    assert agree_here(db).changed == 1
    assert gold(db) == {"a": "ok"}


def test_a_pin_answered_while_gold_is_made_is_left_for_the_next_time(db: Database) -> None:
    ask(db, "spam", ["a", "b"], wanted=1)
    first, _ = add_answers(db, "spam", [("a", "ann", "spam"), ("b", "ann", "ok")])
    evidence = read_evidence(db, SPAM, "pins")
    undo(db, first)
    report = settle(db, SPAM, "pins", evidence, judge(evidence, RULES))
    assert (report.answered_meanwhile, report.added) == (1, 1)
    assert gold(db) == {"b": "ok"}


def test_a_decision_made_while_gold_is_made_is_not_overruled(db: Database) -> None:
    ask(db, "spam", ["a"])
    add_answers(db, "spam", [("a", "ann", "spam")])
    evidence = read_evidence(db, SPAM, "pins")
    adjudicate(db, task_of(db, "a"), "rita", "ok", submission="1")
    settle(db, SPAM, "pins", evidence, judge(evidence, RULES))
    assert gold(db) == {"a": "ok"}


def test_many_at_once_come_to_the_same_gold(db: Database) -> None:
    pins = [f"p{n:02}" for n in range(40)]
    ask(db, "spam", pins)
    add_answers(db, "spam", [(pin, "ann", "spam") for pin in pins])
    with ThreadPoolExecutor(6) as pool:
        runs = [pool.submit(agree_here, db) for _ in range(6)]
        decisions = [
            pool.submit(adjudicate, db, task_of(db, pin), "rita", "ok", submission=pin[:2] + pin)
            for pin in pins[:10]
            for _ in range(2)
        ]
        assert sum(not decision.result().replayed for decision in decisions) == 10
        for run in runs:
            run.result()
    agree_here(db)
    assert gold(db) == {pin: "ok" if pin in pins[:10] else "spam" for pin in pins}


@pytest.mark.parametrize("kind", ["late", "skip"])
def test_what_does_not_count_makes_no_gold(db: Database, kind: str) -> None:
    ask(db, "spam", ["a"])
    label = "spam" if kind == "late" else None
    add_answers(db, "spam", [("a", "ann", label)], kind=kind)
    report = agree_here(db)
    assert (report.pins, report.late) == (0, int(kind == "late"))
    assert gold(db) == {}


def test_an_answer_to_a_gold_check_is_no_answer_on_the_pin(db: Database) -> None:
    ask(db, "spam", ["a"])
    add_answers(db, "spam", [("a", "ann", "spam")], is_check=True)
    assert agree_here(db).pins == 0
    assert gold(db) == {}


def test_a_flag_waits_for_a_reviewer_even_on_a_gold_check(db: Database) -> None:
    ask(db, "spam", ["a", "b"])
    add_answers(db, "spam", [("a", "ann", "spam"), ("b", "ann", "ok")])
    agree_here(db)
    add_answers(db, "spam", [("a", "bea", None)], kind="flag", comment="two pins in one")
    add_answers(db, "spam", [("b", "cyd", None)], kind="flag", comment="odd", is_check=True)
    assert agree_here(db).removed == 2
    assert [task.why for task in disputed_tasks(db, "spam", "pins")] == [FLAGGED, FLAGGED]
    assert disputed_tasks(db, "spam", "pins")[0].answers[1].comment == "two pins in one"


def test_gold_of_another_source_stays_and_the_contradiction_is_told(db: Database) -> None:
    save_gold(db, "spam", "pins", {"a": "ok", "b": "ok"}, source="experts", now=NOON)
    ask(db, "spam", ["a", "b"])
    add_answers(db, "spam", [("a", "ann", "spam"), ("b", "ann", "ok")])
    report = agree_here(db)
    [told] = report.contradictions
    assert (told.pin_id, told.gold, told.source, told.answers) == ("a", "ok", "experts", "spam")
    assert report.note is not None and "a is 'ok' by 'experts'" in report.note
    assert gold(db) == {"a": "ok", "b": "ok"}
    assert sources(db) == {"a": "experts", "b": "experts"}
    [task] = disputed_tasks(db, "spam", "pins")
    assert (task.pin_id, task.why, task.gold_source) == ("a", CONTRADICTS, "experts")
    assert agree_here(db).contradictions == report.contradictions


def test_a_reviewer_decides_over_gold_of_another_source_until_it_is_imported_anew(
    db: Database,
) -> None:
    save_gold(db, "spam", "pins", {"a": "ok"}, source="experts", now=NOON)
    ask(db, "spam", ["a"])
    add_answers(db, "spam", [("a", "ann", "spam")])
    agree_here(db)
    adjudicate(db, task_of(db, "a"), "rita", "spam", submission="1", now=NOON + A_SECOND)
    assert (gold(db), sources(db)) == ({"a": "spam"}, {"a": "review"})
    assert agree_here(db).unchanged == 1
    later = NOON + 2 * A_SECOND
    save_gold(db, "spam", "pins", {"a": "ok"}, source="experts", replace=True, now=later)
    assert len(agree_here(db).contradictions) == 1
    assert (gold(db), statuses(db)) == ({"a": "ok"}, {"a": "disputed"})


def test_who_clearly_fails_the_gold_checks_makes_no_gold(db: Database) -> None:
    known = {f"g{n}": "ok" for n in range(12)}
    save_gold(db, "spam", "pins", known, source="experts", now=NOON)
    ask(db, "spam", ["a", "b", "c", *known])
    checks = [(pin, "eve", "ok" if n < 3 else "spam") for n, pin in enumerate(known)]
    checks += [(pin, "ann", "spam" if n < 3 else "ok") for n, pin in enumerate(known)]
    add_answers(db, "spam", checks, is_check=True)
    add_answers(db, "spam", [("a", "eve", "spam"), ("b", "ann", "spam")])
    report = agree_here(db)
    assert report.distrusted == ("eve",)
    assert gold(db) == {**known, "b": "spam"}
    [task] = disputed_tasks(db, "spam", "pins")
    assert (task.pin_id, task.why) == ("a", DISTRUSTED)
    lenient = Rules(gold_quality=0.9, min_check_accuracy=0.1, count_inactive=True)
    assert agree_here(db, lenient).distrusted == ()
    assert (gold(db)["a"], statuses(db)["a"]) == ("spam", "done")


def test_a_check_against_another_single_answer_judges_nobody(db: Database) -> None:
    pins = [f"p{n}" for n in range(12)]
    ask(db, "spam", pins)
    add_answers(db, "spam", [(pin, "eve", "spam") for pin in pins])
    agree_here(db)
    add_answers(db, "spam", [(pin, "ann", "ok") for pin in pins], is_check=True)
    assert agree_here(db).distrusted == ()


def test_answers_of_deactivated_annotators_count_unless_told_otherwise(db: Database) -> None:
    add_person(db, "gone", is_active=False)
    ask(db, "spam", ["a"])
    add_answers(db, "spam", [("a", "gone", "spam")])
    assert agree_here(db).gold == 1
    strict = Rules(gold_quality=0.9, min_check_accuracy=0.7, count_inactive=False)
    report = agree_here(db, strict)
    assert (report.removed, report.set_aside) == (1, 1)
    assert gold(db) == {}


def test_a_class_that_there_is_no_more_is_set_aside(db: Database) -> None:
    ask(db, "spam", ["a"])
    add_answers(db, "spam", [("a", "ann", "scam")])
    report = agree_here(db)
    assert (report.pins, report.set_aside) == (0, 1)


def answer_with_truth(workspace: labeling.Workspace, count: int) -> dict[str, str]:
    """Answer the next pins of the queue with their true labels; return what was answered."""
    truth = make_pins(300).set_index("pin_id")["label"]
    queue = ReviewQueue(workspace.database, workspace.signal("tone"), "pins")
    answered = {}
    for _ in range(count):
        [claimed] = queue.claim("ann")
        queue.submit(claimed, truth[claimed.pin_id], seconds=2.0)
        answered[claimed.pin_id] = truth[claimed.pin_id]
    return answered


def test_answers_come_back_as_gold_in_the_next_run(tmp_path: Path) -> None:
    workspace = make_workspace(tmp_path / "home")
    first = labeling.run(workspace, "tone", "pins")
    assert "agree" in first.seconds
    assert first.resolvers == ()
    pins = make_pins(300)
    train = pins[pins["split"] == "train"]["pin_id"].head(120)
    chosen = [Candidate(priority=1.0, pin_id=pin, reason="uncertain", group=pin) for pin in train]
    enqueue(workspace.database, "tone", "pins", chosen)
    answered = answer_with_truth(workspace, 120)
    report = labeling.run(workspace, "tone", "pins")
    assert "gold labels" in report.resolver_reason
    assert len(report.resolvers) == 9
    found = workspace.signal("tone")
    gold = read_gold(workspace.database, found, "pins")
    assert gold == {pin: found.classes.index(label) for pin, label in answered.items()}
    again = labeling.run(workspace, "tone", "pins")
    assert not again.dataset["is_new"]
    assert again.dataset["version"] == report.dataset["version"]


def test_agree_goes_round_the_command_line(tmp_path: Path) -> None:
    workspace = make_workspace(tmp_path)
    ask(workspace.database, "tone", ["p00000", "p00001"])
    answered = answer_with_truth(workspace, 2)
    home = ("--home", tmp_path)
    value = json.loads(call(*home, "agree", "tone", "pins", "--json").stdout)
    assert (value["gold"], value["added"], value["disputed"]) == (2, 2, 0)
    assert "2 pins answered: 2 gold (0 added" in call(*home, "agree", "tone", "pins").stdout
    counted = json.loads(call(*home, "gold", "tone", "pins", "--json").stdout)
    assert counted["labels"] == pd.Series(answered).value_counts().to_dict() | {
        name: 0 for name in {"calm", "loud"} - set(answered.values())
    }
    bad = call(*home, "agree", "nothing", "pins")
    assert bad.returncode == 1
    assert "Traceback" not in bad.stderr
