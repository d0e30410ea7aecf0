"""From a key to the next pin and its picture, drawn by a headless Chromium, on a queue of 100,000.

`python benchmarks/review_page.py` makes the queue in a temporary folder, answers with one browser,
then with five at once, then with five while the server is killed and started again, and counts what
the database holds. `--home DIR` measures on a workspace that is there, `--parts 3` one part alone.
"""

from __future__ import annotations

import argparse
import io
import random
import sys
import tempfile
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from time import monotonic

import numpy as np
import pandas as pd
import pyarrow as pa
from PIL import Image, ImageDraw
from sqlalchemy import select

import labeling
from labeling.images.looking import GROUP_ROWS, THUMBNAILS, thumbnails_key
from labeling.review.people import add_person
from labeling.review.tasks import UNCERTAIN, Candidate, enqueue
from labeling.tables import AnswerRow
from labeling.workspace import Workspace, open_workspace

sys.path.insert(0, str(Path(__file__).parent.parent / "tests"))
from browsers import MEASURE, AppServer, Reviewer, browsing, serving

SIGNAL = """
from labeling import Signal, keywords
taste = Signal("taste", classes=["good", "fine", "bad", "broken"], guideline="Would you keep it?")
taste.add(keywords("nice", 0, ["nice"]))
"""
PICTURES = 50
PEOPLE = [f"person{number}" for number in range(5)]


def make_workspace(home: Path, tasks: int) -> Workspace:
    """Return a workspace with so many review tasks, each with a picture."""
    folder = home / "labeling_functions" / "taste"
    folder.mkdir(parents=True)
    (folder.parent / "__init__.py").touch()
    (folder / "__init__.py").write_text(SIGNAL, "utf-8")
    workspace = labeling.init_workspace(home)
    pictures = [picture(number) for number in range(PICTURES)]
    pins = pd.DataFrame(
        {
            "pin_id": [f"pin{number:06d}" for number in range(tasks)],
            "title": [f"Pin number {number} of many" for number in range(tasks)],
            "description": ["A few words on what can be seen. " * 6] * tasks,
            "link": [f"https://shop.example/{number}" for number in range(tasks)],
            "board": ["Home"] * tasks,
            "image": [f"{number % PICTURES}.jpg" for number in range(tasks)],
        }
    )
    pins.to_csv(home / "pins.csv", index=False)
    labeling.import_collection(workspace, "pins", home / "pins.csv")
    collection = workspace.collection("pins")
    for shard in collection.shards:  # what the step `images` leaves, without its hours
        parts = (
            pa.table({"jpeg": [pictures[row % PICTURES] for row in range(start, stop)]}, THUMBNAILS)
            for start in range(0, shard.rows, 1024)
            for stop in [min(start + 1024, shard.rows)]
        )
        workspace.store.write_in_groups(thumbnails_key(collection, shard), parts, GROUP_ROWS)
    draw = np.random.default_rng(0).random(tasks)
    chosen = [
        Candidate(priority=float(p), pin_id=pin_id, reason=UNCERTAIN, group=pin_id)
        for p, pin_id in zip(draw, pins["pin_id"], strict=True)
    ]
    enqueue(workspace.database, "taste", "pins", chosen)
    return workspace


def picture(number: int) -> bytes:
    """Return a JPEG as large as thumbnails are."""
    image = Image.new("RGB", (384, 288), (number * 5 % 256, 90, 160))
    ImageDraw.Draw(image).text((40, 120), f"picture {number}", fill="white", font_size=48)
    sink = io.BytesIO()
    image.save(sink, "JPEG", quality=85)
    return sink.getvalue()


@dataclass
class Found:
    """What browsers saw."""

    milliseconds: list[float] = field(default_factory=list)
    answered: list[tuple[str, str]] = field(default_factory=list)
    """Who, and which pin."""
    again: int = 0
    """Keys pressed again as the page said that it had not taken them."""
    silent: int = 0
    """Keys pressed again as nothing had happened, nor been said, for long."""


def measure(
    server: AppServer, browsers: int, answers: int, *, pause: float, kill: bool = False
) -> Found:
    """Return what so many people saw, each of whom looks at a pin for about `pause` seconds. One
    presses a key while the pages of others still change, as chance has it."""
    found, draw = Found(), random.Random(0)
    with browsing() as browser:
        people = [(you, Reviewer(browser, server, you)) for you in PEOPLE[:browsers]]
        for _, reviewer in people:
            reviewer.read(1)
            reviewer.page.evaluate(MEASURE)
        pressed: dict[str, tuple[str, str]] = {}
        for number in range(answers):
            you, reviewer = people[number % browsers]
            if you in pressed:
                asked = monotonic()
                settle(you, reviewer, *pressed.pop(you), found)
                if monotonic() - asked > 0.1:
                    reviewer.read()  # the pin has only just come: the page takes no key for it yet
            reviewer.read(pause / browsers * draw.uniform(0.5, 1.5))
            reviewer.wait_for_keys()
            pressed[you] = (reviewer.pin, "1234"[number % 4])
            reviewer.page.keyboard.press(pressed[you][1])
            if kill and number == answers // 2:
                server.kill()
                server.start()
        for you, reviewer in people:
            settle(you, reviewer, *pressed[you], found)
            found.milliseconds += reviewer.page.evaluate("window.moved")
    return found


def settle(you: str, reviewer: Reviewer, pin: str, key: str, found: Found) -> None:
    """Wait until a pin that was answered has gone, pressing again where the key was not taken."""
    from playwright.sync_api import TimeoutError as Waited

    while True:
        try:
            if reviewer.was_taken(pin):
                found.answered.append((you, pin))
                return
            found.again += 1
        except Waited:
            found.silent += 1
        reviewer.wait_for_keys()
        if reviewer.pin != pin:
            return  # somebody else has it now
        reviewer.page.keyboard.press(key)


def report(name: str, found: Found) -> None:
    """Print how long it took from a key to the next pin."""
    ms = found.milliseconds
    median, p95 = np.percentile(ms, [50, 95])
    print(
        f"{name:<36} {len(ms):>5} keys   median {median:>4.0f} ms   p95 {p95:>4.0f} ms   "
        f"longest {max(ms) / 1000:.1f} s   {found.again} pressed again as the page asked for it, "
        f"{found.silent} as it said nothing",
        flush=True,
    )


def check(workspace: Workspace, answered: list[tuple[str, str]]) -> None:
    """Print what the database holds of what was answered."""
    with workspace.database.reading() as session:
        rows = session.execute(
            select(AnswerRow.annotator, AnswerRow.pin_id).where(AnswerRow.kind == "answer")
        ).all()
    kept = Counter(map(tuple, rows))
    twice = sum(count > 1 for count in Counter(pin for _, pin in rows).values())
    lost = sum(1 for one in answered if one not in kept)
    print(
        f"{len(answered):,} answers seen by people, {len(rows):,} kept, {lost} lost, {twice} twice"
    )


def main() -> None:
    """Measure."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--tasks", type=int, default=100_000)
    parser.add_argument("--answers", type=int, default=1_000)
    parser.add_argument("--home", type=Path)
    parser.add_argument("--parts", type=int, nargs="+", default=[1, 2, 3], choices=[1, 2, 3])
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="labeling-review-") as folder:
        start = monotonic()
        home = options.home or Path(folder) / "home"
        workspace = open_workspace(home) if options.home else make_workspace(home, options.tasks)
        for name in PEOPLE:
            add_person(workspace.database, name)
        print(f"made in {monotonic() - start:.0f} s", flush=True)
        seen = []
        with serving(home, Path(folder) / "app.log") as server:
            parts = (
                ("one browser", 1, 10, 1.0, False),
                ("five browsers", 5, 4, 2.0, False),
                ("five browsers, server killed once", 5, 1, 1.25, True),
            )
            for name, browsers, share, pause, kill in (parts[n - 1] for n in options.parts):
                count = options.answers // share
                seen.append(measure(server, browsers, count, pause=pause, kill=kill))
                report(name, seen[-1])
        check(workspace, [one for found in seen for one in found.answered])


if __name__ == "__main__":
    main()
