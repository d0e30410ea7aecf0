"""The review queue under fire: many annotators at once, killed, late and clicking twice.

    python benchmarks/claiming.py [--database sqlite|postgresql] [--tasks 20000] [--processes 50]
    python benchmarks/claiming.py --database postgresql --open 1000000     claims among many open tasks

The first form ends with an exact account: every task answered as often as it asks, never twice by
one annotator, and every answer that was acknowledged is there. The second times claims and submits
on a queue of a million open tasks.
"""

from __future__ import annotations

import argparse
import multiprocessing
import os
import random
import signal
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
from sqlalchemy import create_engine, func, select, text

from labeling import Signal
from labeling.database import Database
from labeling.review.claiming import Claimed, Outcome, ReviewQueue
from labeling.review.tasks import Candidate, enqueue
from labeling.tables import AnswerRow, ReviewTaskRow

SPAM = Signal("spam", classes=["ok", "spam"])
WANTED = (1, 1, 2, 3)
"""How many annotators the tasks ask for, in turns."""
LATE, DOUBLE, SKIP, UNDO, VANISH = 0.002, 0.05, 0.02, 0.02, 0.001
"""How often an annotator dawdles, clicks twice, skips, undoes, leaves without a word."""


@contextmanager
def server(kind: str) -> Iterator[str]:
    """Yield the URL of an empty database."""
    with tempfile.TemporaryDirectory(prefix="labeling-queue-") as folder:
        Path(folder).chmod(0o755)  # as root the server runs as another user, who must get in
        if kind == "sqlite":
            yield f"sqlite:///{folder}/queue.db"
            return
        import pgserver

        running = pgserver.get_server(folder, cleanup_mode="stop")
        url = running.get_uri().replace("postgresql://", "postgresql+psycopg://")
        admin = create_engine(url, isolation_level="AUTOCOMMIT")
        with admin.connect() as connection:
            connection.execute(text("ALTER SYSTEM SET max_connections = 200"))
        admin.dispose()
        running.cleanup()
        running = pgserver.get_server(folder, cleanup_mode="stop")
        yield url
        running.cleanup()


def fill(database: Database, tasks: int) -> None:
    """Enqueue tasks that ask for one, two or three answers."""
    enqueue(
        database,
        "spam",
        "pins",
        [
            Candidate(
                priority=round(random.random(), 3),
                pin_id=f"p{number}",
                reason="uncertain",
                group=f"p{number}",
                wanted=WANTED[number % len(WANTED)],
            )
            for number in range(tasks)
        ],
    )


def annotate(url: str, name: str, seed: int, folder: str, lease: float) -> None:
    """Work on the queue until nothing is left, badly; write down each acknowledged answer."""
    draw = random.Random(seed)
    queue = ReviewQueue(Database(url), SPAM, "pins", lease_seconds=lease, min_seconds=0)
    idle = 0
    with Path(folder, name).open("a", encoding="ascii") as acknowledged:

        def submit(claimed: Claimed) -> None:
            for _ in range(2 if draw.random() < DOUBLE else 1):
                if queue.submit(claimed, draw.choice(SPAM.classes)) is Outcome.ACCEPTED:
                    acknowledged.write(claimed.lease + "\n")
                    acknowledged.flush()

        while idle < 2 * lease:
            claims = queue.claim(name, 3)
            idle = 0 if claims else idle + 0.5
            if not claims:
                time.sleep(0.5)
            for claimed in claims:
                if draw.random() < VANISH:
                    os._exit(1)
                if draw.random() < LATE:
                    time.sleep(lease * 1.5)
                if draw.random() < SKIP:
                    queue.skip(claimed)
                    continue
                submit(claimed)
                if draw.random() < UNDO:
                    back = queue.undo(name)
                    if back is not None:
                        submit(back)


def is_open(url: str) -> bool:
    """Whether the queue has open tasks still."""
    database = Database(url)
    with database.reading() as session:
        found = session.scalar(
            select(ReviewTaskRow.id).where(ReviewTaskRow.status == "open").limit(1)
        )
    database.engine.dispose()
    return found is not None


def storm(url: str, processes: int, kill_every: float, lease: float, folder: str) -> int:
    """Let annotators work until the queue is empty, killing one now and then; return the kills."""
    context = multiprocessing.get_context("fork")
    draw = random.Random(0)
    started = kills = 0
    running: dict[str, multiprocessing.process.BaseProcess] = {}

    def start(name: str) -> None:
        nonlocal started
        started += 1
        running[name] = context.Process(target=annotate, args=(url, name, started, folder, lease))
        running[name].start()

    for number in range(processes):
        start(f"annotator-{number}")
    killed_at = time.monotonic()
    while running:
        time.sleep(0.05)
        for name, process in list(running.items()):
            if process.is_alive():
                continue
            del running[name]
            if process.exitcode != 0:  # killed or vanished: the same person comes back
                start(name)
        if running and time.monotonic() - killed_at > kill_every and is_open(url):
            victim = running[draw.choice(sorted(running))]
            if victim.pid is not None and victim.is_alive():
                os.kill(victim.pid, signal.SIGKILL)
                kills += 1
            killed_at = time.monotonic()
    return kills


def account(database: Database, folder: str) -> dict[str, int]:
    """Return what is wrong, by kind, and what was seen; raises nothing."""
    with database.reading() as session:
        tasks = session.execute(
            select(ReviewTaskRow.id, ReviewTaskRow.wanted, ReviewTaskRow.answered)
        ).all()
        undone = set(session.scalars(select(AnswerRow.undoes).where(AnswerRow.kind == "undo")))
        answers = session.execute(
            select(
                AnswerRow.id, AnswerRow.task_id, AnswerRow.annotator, AnswerRow.submission
            ).where(AnswerRow.kind == "answer")
        ).all()
        kinds = dict(
            session.execute(select(AnswerRow.kind, func.count()).group_by(AnswerRow.kind)).all()
        )
    standing = [answer for answer in answers if answer.id not in undone]
    per_task = Counter(answer.task_id for answer in standing)
    pairs = Counter((answer.task_id, answer.annotator) for answer in standing)
    acknowledged = [
        lease for file in Path(folder).iterdir() for lease in file.read_text("ascii").split()
    ]
    known = {answer.submission for answer in answers}
    return {
        "tasks": len(tasks),
        "answers wanted": sum(task.wanted for task in tasks),
        "answers standing": len(standing),
        "acknowledged": len(acknowledged),
        **{f"kind {kind}": count for kind, count in sorted(kinds.items())},
        "WRONG tasks answered too often or too seldom": sum(
            not task.wanted == task.answered == per_task[task.id] for task in tasks
        ),
        "WRONG tasks answered twice by one annotator": sum(n > 1 for n in pairs.values()),
        "WRONG acknowledged answers that are not there": len(set(acknowledged) - known),
        "WRONG acknowledged twice": len(acknowledged) - len(set(acknowledged)),
    }


def time_claims(database: Database, count: int) -> None:
    """Print how long claims and submits take, and the same claim by SELECT, then UPDATE."""
    queue = ReviewQueue(database, SPAM, "pins", min_seconds=0)
    spent: dict[str, list[float]] = {"claim": [], "submit": []}
    for number in range(count):
        name = f"annotator-{number % 50}"
        start = time.perf_counter()
        [claimed] = queue.claim(name)
        middle = time.perf_counter()
        queue.submit(claimed, "spam")
        spent["submit"].append(time.perf_counter() - middle)
        spent["claim"].append(middle - start)
    for what, seconds in spent.items():
        p50, p95, p99 = np.percentile(np.array(seconds) * 1000, [50, 95, 99])
        print(f"  {what:8} median {p50:6.2f} ms   p95 {p95:6.2f} ms   p99 {p99:6.2f} ms")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--database", choices=["sqlite", "postgresql"], default="sqlite")
    parser.add_argument("--tasks", type=int, default=20_000)
    parser.add_argument("--processes", type=int, default=50)
    parser.add_argument("--kill-every", type=float, default=1.0, help="seconds between two kills")
    parser.add_argument(
        "--lease", type=float, default=5.0, help="seconds until a pin is free again"
    )
    parser.add_argument("--open", type=int, default=0, help="time claims on so many open tasks")
    options = parser.parse_args()
    with server(options.database) as url, tempfile.TemporaryDirectory() as folder:
        database = Database(url)
        database.migrate()
        start = time.perf_counter()
        fill(database, options.open or options.tasks)
        print(f"{options.database}: enqueued in {time.perf_counter() - start:.1f} s")
        if options.open:
            time_claims(database, 2_000)
            return
        database.engine.dispose()  # no connection may be shared with the processes forked below
        start = time.perf_counter()
        kills = storm(url, options.processes, options.kill_every, options.lease, folder)
        spent = time.perf_counter() - start
        print(f"{options.processes} processes, {kills} kills, {spent:.0f} s")
        found = account(database, folder)
        for what, count in found.items():
            print(f"  {what:50} {count:8,}")
        if any(count for what, count in found.items() if what.startswith("WRONG")):
            raise SystemExit(1)


if __name__ == "__main__":
    main()
