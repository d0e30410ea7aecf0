"""A queue of six pins, and a project of its own on a real Label Studio server."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any

from label_studio_server import RunningServer
from sqlalchemy import insert, select

from labeling.database import Database
from labeling.label_studio.asking import choice
from labeling.label_studio.projects import open_project
from labeling.label_studio.pulling import PullReport, pull
from labeling.label_studio.pushing import push
from labeling.label_studio.server import Server
from labeling.review.answers import read_answers
from labeling.review.tasks import Candidate, enqueue
from labeling.tables import (
    AnnotatorRow,
    ReviewSlotRow,
    ReviewTaskRow,
)
from labeling.workspace import Workspace

ADA, BOB, EVE = "ada@example.com", "bob@example.com", "eve@example.com"


PINS = [f"p{number:05d}" for number in range(6)]


@dataclass(frozen=True, kw_only=True)
class There:
    """A queue of six pins, and a project of its own on the real server."""

    workspace: Workspace
    outside: RunningServer
    tokens: dict[str, str]
    users: dict[str, int]

    @property
    def database(self) -> Database:
        return self.workspace.database

    @property
    def server(self) -> Server:
        return Server(self.outside.url, self.outside.token)

    @property
    def project(self) -> int:
        found = open_project(self.database, "tone", "pins")
        assert found is not None
        return found.outside_id

    def ask(self, pins: list[str], wanted: int = 1) -> None:
        chosen = [
            Candidate(priority=1.0, pin_id=pin, reason="uncertain", group=pin, wanted=wanted)
            for pin in pins
        ]
        enqueue(self.database, "tone", "pins", chosen)

    def push(self) -> Any:
        return push(self.workspace, self.server, "tone", "pins")

    def pull(self) -> PullReport:
        return pull(self.workspace, self.server, "tone", "pins")

    def tasks(self) -> list[dict[str, Any]]:
        path = f"/api/tasks?project={self.project}&fields=all&page_size=100"
        return self.outside.call("GET", path).json()["tasks"]

    def task(self, pin: str) -> int:
        return next(task["id"] for task in self.tasks() if task["data"].get("pin_id") == pin)

    def annotate(self, who: str, pin: str, label: str, **more: Any) -> int:
        body = {"result": [choice(label)], "lead_time": 3.5} | more
        path = f"/api/tasks/{self.task(pin)}/annotations"
        return self.outside.call("POST", path, body, token=self.tokens[who]).json()["id"]

    def change(self, who: str, annotation: int, **body: Any) -> None:
        path = f"/api/annotations/{annotation}"
        self.outside.call("PATCH", path, body, token=self.tokens[who])

    def answers(self) -> dict[tuple[str, str], str]:
        """Return (pin, annotator) -> label, of the answers that stand."""
        found = read_answers(self.database, "tone", "pins")
        found = found[found["kind"] == "answer"]
        keys = list(zip(found["pin_id"], found["annotator"], strict=True))
        assert len(set(keys)) == len(keys), "an answer counts twice"
        return dict(zip(keys, found["label"], strict=True))

    def rows(self, table: Any) -> list[Any]:
        with self.database.reading() as session:
            found = list(session.scalars(select(table).order_by(table.id)))
            session.expunge_all()
            return found

    def status(self, pin: str) -> tuple[str, int]:
        (row,) = (row for row in self.rows(ReviewTaskRow) if row.pin_id == pin)
        return row.status, row.answered

    def slots(self) -> Counter[tuple[str, str]]:
        return Counter((row.channel, row.state) for row in self.rows(ReviewSlotRow))

    def add_annotator(self, name: str, **more: Any) -> None:
        values = {"name": name, "role": "annotator", "created_at": datetime.now(UTC)} | more
        with self.database.writing() as session:
            session.execute(insert(AnnotatorRow).values(**values))


def make_there(
    database: Database, run: Workspace, outside: RunningServer, tokens: dict[str, str]
) -> There:
    database.migrate()
    found = outside.call("GET", "/api/users").json()
    there = There(
        workspace=replace(run, database=database),
        outside=outside,
        tokens=tokens,
        users={user["email"]: user["id"] for user in found},
    )
    for name in (ADA, BOB):
        there.add_annotator(name)
    there.ask(PINS)
    return there
