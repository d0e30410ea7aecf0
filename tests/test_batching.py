"""The next batch: what was begun comes first, and the random audit goes on among the rest."""

from __future__ import annotations

from pathlib import Path

from conftest import make_workspace

import labeling
from labeling.review.claiming import Claimed, ReviewQueue
from labeling.review.tasks import ANOTHER_OPINION, AUDIT
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


def test_pins_that_were_begun_come_first_and_the_audit_is_not_starved(tmp_path: Path) -> None:
    workspace = make_workspace(tmp_path / "home", answers_per_pin=2)

    def ask() -> None:
        labeling.enqueue(workspace, "tone", "pins", resolver="majority")

    ask()
    begun = answered(workspace, "ann", 6)
    ask()
    handed = answered(workspace, "bea", 16)
    assert [pin.pin_id for pin in handed[:6]] == [pin.pin_id for pin in begun]
    new = [pin.reason for pin in handed[6:]]
    assert all(AUDIT in new[place : place + 4] for place in range(len(new) - 3))
    assert new.count(AUDIT) < len(new)
    ask()
    handed = answered(workspace, "cyd", 16)
    once_more = [pin.reason for pin in handed].count(ANOTHER_OPINION)
    assert once_more <= 2  # a tenth of the queue
    assert {pin.pin_id for pin in handed[:10]} >= {
        pin.pin_id for pin in handed if pin.priority > 0.6
    }
