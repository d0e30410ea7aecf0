"""A user of Label Studio whose address changes there is the same person, by their number."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from agreed import agree_here, gold
from alembic import command
from claims import NOON, SPAM, add_annotator, fill
from sqlalchemy import insert, select, text
from test_label_studio_rules import annotation

from labeling.database import Database
from labeling.label_studio.asking import choice
from labeling.label_studio.handing import hand_over
from labeling.label_studio.judging import Court, Verdict
from labeling.label_studio.projects import Project
from labeling.label_studio.recording import Change, Recorder
from labeling.label_studio.server import Annotation
from labeling.review.answers import read_answers
from labeling.review.people import Person
from labeling.tables import LabelStudioProjectRow, ReviewTaskRow

ADA, BOB = 1, 2
OLD, NEW, OTHER = "ada@old.example", "ada@new.example", "bob@x.example"
LATER = NOON + timedelta(hours=1)
BEFORE = {ADA: OLD, BOB: OTHER}
SINCE = {ADA: NEW, BOB: OTHER}


def members(*names: str) -> dict[str, Person]:
    return {name: Person(name=name) for name in names}


@pytest.fixture
def annotations(database: Database) -> list[Annotation]:
    """Ada's, one on each of three pins of a queue that is handed over."""
    database.migrate()
    fill(database, {"a": 1.0, "b": 0.5, "c": 0.4})
    for name in (OLD, NEW, OTHER):
        add_annotator(database, name, is_active=True)
    place = {"signal": "spam", "collection": "pins", "url": "http://x", "outside_id": 1}
    with database.writing() as session:
        hand_over(session, "spam", "pins")
        session.execute(insert(LabelStudioProjectRow).values(**place, id=1, created_at=NOON))
        tasks = session.scalars(select(ReviewTaskRow.id).order_by(ReviewTaskRow.id)).all()
    return [annotation(id=task, task=task, written_at=NOON) for task in tasks]


def pull(
    database: Database,
    told: list[Annotation],
    users: dict[int, str],
    known: dict[str, Person],
    at: datetime = LATER,
) -> list[Change]:
    project = Project(id=1, signal="spam", collection="pins", url="http://x", outside_id=1)
    court = Court(signal=SPAM, users=users, members=known)
    tasks: dict[int, list[Annotation]] = {}
    for one in told:
        tasks.setdefault(one.task, []).append(one)
    with database.writing() as session:
        recorder = Recorder(project=project, court=court, listed_at=at, now=at)
        return recorder.record(session, tasks)


def answered_by(database: Database) -> list[str]:
    return sorted(read_answers(database, "spam", "pins")["annotator"])


@pytest.mark.parametrize(
    ("known", "names"),
    [
        pytest.param(members(OLD), [OLD] * 3, id="the new one is no annotator yet"),
        pytest.param(members(OLD, NEW), [OLD] * 3, id="both are"),
        pytest.param(members(NEW), [NEW] * 3, id="the old one is no more"),
    ],
)
def test_what_they_said_before_stays_gold(
    database: Database, annotations: list[Annotation], known: dict[str, Person], names: list[str]
) -> None:
    pull(database, annotations, BEFORE, members(OLD), NOON)
    assert agree_here(database).gold == 3
    changes = pull(database, annotations, SINCE, known)
    assert {change.verdict for change in changes} <= {Verdict.TAKEN}
    assert len(changes) == (0 if OLD in known else 3)
    assert answered_by(database) == names
    report = agree_here(database)
    assert (report.gold, report.disputed, report.removed) == (3, 0, 0)
    assert gold(database) == {"a": "spam", "b": "spam", "c": "spam"}
    assert pull(database, annotations, SINCE, known, LATER + timedelta(hours=1)) == []


def test_another_answer_of_theirs_on_a_pin_counts_alone(
    database: Database, annotations: list[Annotation]
) -> None:
    pull(database, annotations, BEFORE, members(OLD), NOON)
    anew = replace(annotations[0], id=99, result=(choice("ok"),), written_at=LATER)
    pull(database, [*annotations, anew], SINCE, members(OLD, NEW))
    assert agree_here(database).gold == 3
    assert gold(database) == {"a": "ok", "b": "spam", "c": "spam"}
    assert answered_by(database) == [NEW, OLD, OLD]


def test_an_answer_that_is_moved_to_another_user_is_flagged_whatever_their_address(
    database: Database, annotations: list[Annotation]
) -> None:
    pull(database, annotations, BEFORE, members(OLD), NOON)
    moved = [replace(annotations[0], author=BOB, sender=BOB), *annotations[1:]]
    changes = pull(database, moved, {ADA: NEW, BOB: OLD}, members(OLD, NEW))
    assert [change.verdict for change in changes] == [Verdict.UNTRUSTED]
    assert agree_here(database).disputed == 1


def test_answers_noted_before_numbers_were_are_known_by_their_address(
    database: Database, annotations: list[Annotation]
) -> None:
    note = (
        "INSERT INTO label_studio_trail (project_id, task_id, annotation, revision, author, sender, "
        "label, verdict, seen_at) VALUES (1, :task, :task, 1, :who, :who, 'spam', 'no annotator', :at)"
    )
    command.downgrade(database._alembic(), "0006")
    with database.engine.begin() as connection:
        for one in annotations:
            connection.execute(text(note), {"task": one.task, "who": OLD, "at": NOON})
    database.migrate()
    told = [annotations[0], replace(annotations[1], author=BOB, sender=BOB)]
    changes = pull(database, told, BEFORE, members(OLD, OTHER))
    assert [change.verdict for change in changes] == [Verdict.TAKEN, Verdict.UNTRUSTED]
