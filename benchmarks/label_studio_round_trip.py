"""A round trip by Label Studio: 1,000 tasks pushed, answered by two annotators, pulled twice.

python benchmarks/label_studio_round_trip.py [--tasks 1000]

The server is a real one, on this machine (see tests/label_studio_server.py). Two annotators answer
over its API, each with a token of their own: of what the pins really are they say 95% right. Among
their answers are forged ones, double ones, edits, deletions, skips and labels that are no class. What
must be here afterwards is worked out from what was done there, and compared.
"""

from __future__ import annotations

import argparse
import json
import random
import sys
import tempfile
import time
from collections import Counter
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from sqlalchemy import insert, select

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "tests"))

from conftest import make_pins, make_workspace  # noqa: E402
from label_studio_server import RunningServer, running_server  # noqa: E402

from labeling import pipeline  # noqa: E402
from labeling.label_studio.asking import choice  # noqa: E402
from labeling.label_studio.projects import open_project, shown_tasks  # noqa: E402
from labeling.label_studio.pulling import pull  # noqa: E402
from labeling.label_studio.pushing import push  # noqa: E402
from labeling.label_studio.server import Server  # noqa: E402
from labeling.review.answers import read_answers  # noqa: E402
from labeling.review.tasks import Candidate, enqueue  # noqa: E402
from labeling.tables import AnnotatorRow, LabelStudioTrailRow, ReviewTaskRow  # noqa: E402
from labeling.workspace import Workspace  # noqa: E402

PEOPLE = ("ada@example.com", "bob@example.com")
FORGER = "eve@example.com"
CLASSES = ("calm", "loud")
SEED = 0


@dataclass(kw_only=True)
class Told:
    """What was done on the server, and what must be here for it."""

    answers: dict[tuple[str, str], str] = field(default_factory=dict)
    forged: int = 0
    acts: Counter[str] = field(default_factory=Counter)


def answer_all(
    server: RunningServer, tokens: dict[str, str], tasks: dict[str, int], truth: dict[str, str]
) -> Told:
    """Answer every pin twice over the API, with everything that can go wrong."""
    draw, told = random.Random(SEED), Told()
    users = {user["email"]: user["id"] for user in server.call("GET", "/api/users").json()}
    for pin, task in tasks.items():
        path = f"/api/tasks/{task}/annotations"
        for person in PEOPLE:
            right = truth[pin]
            wrong = CLASSES[1 - CLASSES.index(right)]
            label = right if draw.random() < 0.95 else wrong
            body: dict[str, Any] = {"result": [choice(label)], "lead_time": 2.0}
            kind = draw.choices(
                ["plain", "edited", "twice", "deleted", "skipped", "no class", "forged"],
                [88, 2, 2, 2, 2, 2, 2],
            )[0]
            told.acts[kind] += 1
            token = tokens[person]
            if kind == "skipped":
                body |= {"result": [], "was_cancelled": True}
            elif kind == "no class":
                body["result"] = [choice("deafening")]
            elif kind == "forged":
                body |= {"completed_by": users[person]}
                token = tokens[FORGER]
                told.forged += 1
            elif kind in ("edited", "twice"):
                body["result"] = [choice(wrong)]
            id = server.call("POST", path, body, token=token).json()["id"]
            if kind == "edited":
                change = {"result": [choice(label)]}
                server.call("PATCH", f"/api/annotations/{id}", change, token=token)
            elif kind == "twice":
                server.call("POST", path, {"result": [choice(label)]}, token=token)
            elif kind == "deleted":
                server.call("DELETE", f"/api/annotations/{id}", token=token)
            if kind in ("plain", "edited", "twice"):
                told.answers[pin, person] = label
    return told


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--tasks", type=int, default=1_000)
    parser.add_argument("--json", action="store_true")
    args = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder, running_server(Path(folder)) as server:
        figures = round_trip(Path(folder), server, args.tasks)
    if args.json:
        print(json.dumps(figures))
        return
    for name, value in figures.items():
        print(f"{name:<44} {value}")


def round_trip(folder: Path, server: RunningServer, count: int) -> dict[str, Any]:
    workspace = make_workspace(folder / "home", count=count)
    tokens = {email: server.sign_up(email) for email in (*PEOPLE, FORGER)}
    with workspace.database.writing() as session:
        for name in PEOPLE:
            row = {"name": name, "role": "annotator", "created_at": datetime.now(UTC)}
            session.execute(insert(AnnotatorRow).values(**row))
    pins = make_pins(count)
    truth = dict(zip(pins["pin_id"], pins["label"], strict=True))
    chosen = [
        Candidate(priority=1.0, pin_id=pin, reason="uncertain", group=pin, wanted=2)
        for pin in truth
    ]
    enqueue(workspace.database, "tone", "pins", chosen)
    pipeline.resolve(workspace, "tone", "pins")
    api = Server(server.url, server.token)
    seconds: dict[str, float] = {}

    def timed(name: str, work: Any) -> Any:
        start = time.perf_counter()
        done = work()
        seconds[name] = round(time.perf_counter() - start, 1)
        return done

    sent = timed("push", lambda: push(workspace, api, "tone", "pins"))
    again = timed("push again", lambda: push(workspace, api, "tone", "pins"))
    project = open_project(workspace.database, "tone", "pins")
    assert project is not None
    with workspace.database.reading() as session:
        names = dict(session.execute(select(ReviewTaskRow.id, ReviewTaskRow.pin_id)).all())
    tasks = {names[task]: id for id, task in shown_tasks(workspace.database, project).items()}
    told = timed("answering over the API", lambda: answer_all(server, tokens, tasks, truth))
    first = timed("pull", lambda: pull(workspace, api, "tone", "pins"))
    second = timed("pull again", lambda: pull(workspace, api, "tone", "pins"))
    return {
        "tasks sent, then again": (sent.sent, again.sent),
        "done there": dict(told.acts),
        "annotations pulled": first.annotations,
        "new at the first pull": first.new,
        "new at the second pull": second.new,
        **judge(workspace, told, truth),
        **{f"seconds: {name}": value for name, value in seconds.items()},
    }


def judge(workspace: Workspace, told: Told, truth: dict[str, str]) -> dict[str, Any]:
    """Compare what is here with what was done there."""
    found = read_answers(workspace.database, "tone", "pins")
    given = found[found["kind"] == "answer"]
    keys = list(zip(given["pin_id"], given["annotator"], strict=True))
    here = dict(zip(keys, given["label"], strict=True))
    votes: dict[str, set[str]] = {}
    for (pin, _), label in here.items():
        votes.setdefault(pin, set()).add(label)
    agreed = {pin: labels.pop() for pin, labels in votes.items() if len(labels) == 1}
    with workspace.database.reading() as session:
        trail = session.execute(
            select(LabelStudioTrailRow.author, LabelStudioTrailRow.sender).where(
                LabelStudioTrailRow.verdict == "untrusted"
            )
        ).all()
        counts = session.execute(select(ReviewTaskRow.pin_id, ReviewTaskRow.answered)).all()
    by_pin = Counter(pin for pin, _ in keys)
    return {
        "answers here, and due": (len(keys), len(told.answers)),
        "equal to what was said there": here == told.answers,
        "answers that count twice": len(keys) - len(set(keys)),
        "tasks whose count is right": f"{sum(by_pin[p] == n for p, n in counts)} of {len(counts)}",
        "forged, and trailed with their sender": (
            told.forged,
            sum(author in PEOPLE and sender == FORGER for author, sender in trail),
        ),
        "forged ones among the answers": len(here.keys() - told.answers.keys()),
        "agreed pins": len(agreed),
        "of them right": sum(truth[pin] == label for pin, label in agreed.items()),
    }


if __name__ == "__main__":
    main()
