"""Answers in a real database: those of simulated crowds of known accuracy, and what stands there."""

from __future__ import annotations

import random
from datetime import UTC, datetime, timedelta

import pandas as pd
from sqlalchemy import insert, select

from labeling.database import Database
from labeling.review.tasks import Candidate, enqueue
from labeling.tables import AnnotatorRow, AnswerRow, ReviewTaskRow
from labeling.workspace import Workspace

NOON = datetime(2026, 6, 1, 12, tzinfo=UTC)
FIVE = {"ann": 0.95, "bea": 0.9, "cyd": 0.8, "dee": 0.7, "eve": 0.5}
"""Annotator -> how often they are right."""


def ask(database: Database, signal: str, pins: list[str], wanted: int = 1) -> None:
    """Make some pins open tasks of the collection `pins`."""
    chosen = [
        Candidate(priority=0.5, pin_id=pin, reason="uncertain", group=pin, wanted=wanted)
        for pin in pins
    ]
    enqueue(database, signal, "pins", chosen, now=NOON)


def add_answers(
    database: Database, signal: str, answers: list[tuple[str, str, str | None]], **fields: object
) -> list[int]:
    """Add (pin, annotator, label) as answers on tasks that are full with them; return their ids."""
    with database.writing() as session:
        known = select(ReviewTaskRow).where(ReviewTaskRow.signal == signal)
        tasks = {task.pin_id: task for task in session.scalars(known)}
        count = session.query(AnswerRow).count()
        ids = []
        for number, (pin, annotator, label) in enumerate(answers):
            task = tasks[pin]
            if not fields.get("is_check") and fields.get("kind", "answer") == "answer":
                task.answered += 1
                task.status = "done" if task.answered >= task.wanted else task.status
            row = {
                "submission": f"s{count + number}",
                "task_id": task.id,
                "signal": signal,
                "collection": "pins",
                "pin_id": pin,
                "annotator": annotator,
                "kind": "answer",
                "label": label,
                "seconds": 3.0,
                "created_at": NOON + timedelta(minutes=count + number),
            }
            made = session.execute(insert(AnswerRow).values(row | fields).returning(AnswerRow.id))
            ids.append(made.scalar_one())
    return ids


def simulate(
    truth: dict[str, str], accuracy: dict[str, float], each: int, seed: int = 0
) -> list[tuple[str, str, str]]:
    """Return (pin, annotator, label): every pin answered by `each` of the annotators, drawn anew."""
    draw = random.Random(seed)
    classes = sorted(set(truth.values()))
    answers = []
    for pin, label in truth.items():
        for annotator in draw.sample(sorted(accuracy), each):
            wrong = draw.choice([other for other in classes if other != label])
            is_right = draw.random() < accuracy[annotator]
            answers.append((pin, annotator, label if is_right else wrong))
    return answers


def add_person(database: Database, name: str, role: str = "annotator", **fields: object) -> None:
    """Put an annotator on record."""
    row = {"name": name, "role": role, "created_at": NOON}
    with database.writing() as session:
        session.execute(insert(AnnotatorRow).values(row | fields))


def answers(workspace: Workspace) -> pd.DataFrame:
    """All there are, the oldest first."""
    names = ("id", "pin_id", "annotator", "kind", "label", "comment", "seconds")
    with workspace.database.reading() as session:
        rows = session.execute(
            select(*(getattr(AnswerRow, name) for name in names)).order_by(AnswerRow.id)
        ).all()
    return pd.DataFrame(rows, columns=list(names))


def since(workspace: Workspace, before: pd.DataFrame) -> list[tuple[str, str, str | None]]:
    """Pin, kind and label of the answers that came after those."""
    new = answers(workspace).iloc[len(before) :]
    return [
        (a.pin_id, a.kind, a.label if isinstance(a.label, str) else None) for a in new.itertuples()
    ]
