"""The next batch: what was begun comes first, and the random audit goes on among the rest."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import labeling
from labeling.database import Database
from labeling.review.batching import next_batch
from labeling.review.choosing import draw
from labeling.review.claiming import Claimed, ReviewQueue
from labeling.review.tasks import ANOTHER_OPINION, AUDIT, enqueue
from labeling.workspace import Workspace


def answered(workspace: Workspace, annotator: str, count: int) -> list[Claimed]:
    """Return the pins that the queue hands to an annotator, each answered with `calm`."""
    queue = ReviewQueue(workspace.database, workspace.signal("tone"), "pins")
    found = []
    for _ in range(count):
        (pin,) = queue.claim(annotator)
        queue.submit(pin, "calm")
        found.append(pin)
    return found


def ids(pins: list[Claimed]) -> list[str]:
    return [pin.pin_id for pin in pins]


def test_pins_that_were_begun_come_first_and_the_audit_is_not_starved(
    run_workspace: Workspace, tmp_path: Path
) -> None:
    doubts, _ = labeling.doubt(run_workspace, "tone", "pins")
    database = Database(f"sqlite:///{tmp_path / 'queue.db'}")
    database.migrate()
    settings = run_workspace.settings.model_copy(update={"answers_per_pin": 2})
    workspace = replace(run_workspace, database=database, settings=settings)

    def ask() -> None:
        enqueue(database, "tone", "pins", next_batch(workspace, doubts))

    ask()
    begun = answered(workspace, "ann", 6)
    ask()
    handed = answered(workspace, "bea", 16)
    assert ids(handed[:6]) == ids(begun)
    new = [pin.reason for pin in handed[6:]]
    assert all(AUDIT in new[place : place + 5] for place in range(len(new) - 4))
    assert new.count(AUDIT) < len(new)
    ask()
    half, handed = handed[6:], answered(workspace, "cyd", 16)
    assert ids(handed[:10]) == ids(half)
    assert [pin.reason for pin in handed].count(ANOTHER_OPINION) <= 2  # a tenth of the queue


def test_pins_that_were_flagged_take_no_places_of_the_next_batch(workspace: Workspace) -> None:
    doubts, _ = labeling.doubt(workspace, "tone", "pins")
    enqueue(workspace.database, "tone", "pins", next_batch(workspace, doubts))
    queue = ReviewQueue(workspace.database, workspace.signal("tone"), "pins")
    flagged = set()
    while claims := queue.claim("ann"):
        queue.flag(claims[0], "what is it?")
        flagged.add(claims[0].pin_id)
    chosen = next_batch(workspace, doubts)
    drawn = draw(workspace.store, workspace.database, doubts, len(flagged))
    assert not flagged & {c.pin_id for c in (*chosen, *drawn)}
    report = enqueue(workspace.database, "tone", "pins", chosen)
    assert report.tasks == report.added == len(flagged)
