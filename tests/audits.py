"""A random audit that was answered, for tests."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import numpy as np
from sqlalchemy import update

from labeling.gold import REVIEW, save_gold
from labeling.review.auditing import number_of
from labeling.review.estimating import JudgedLabels
from labeling.review.tasks import AUDIT, Candidate, enqueue
from labeling.tables import ReviewTaskRow
from labeling.workspace import Workspace


def in_turn(ids: Iterable[str], seed: int = 0) -> list[str]:
    """The pins as the audit draws them."""
    return sorted(ids, key=lambda id: number_of(id, seed))


def answer_pins(
    workspace: Workspace, collection: str, labels: Mapping[str, str], reason: str = AUDIT
) -> None:
    """Have pins of the signal `tone` asked for a reason, answered and agreed on."""
    asked = [Candidate(priority=0.5, pin_id=id, reason=reason, group=id) for id in labels]
    enqueue(workspace.database, "tone", collection, asked)
    save_gold(workspace.database, "tone", collection, labels, source=REVIEW)
    with workspace.database.writing() as session:
        done = update(ReviewTaskRow).where(ReviewTaskRow.pin_id.in_(labels))
        session.execute(done.values(status="done", answered=1))


def drawn_from(frame: int, labels: np.ndarray, answers: np.ndarray) -> JudgedLabels:
    """Answered pins that all came together, each standing for as many of the frame."""
    n = len(answers)
    weights = np.full(n, frame / n)
    return JudgedLabels(
        labels=labels, answers=answers, weights=weights, drawn=n, frame=frame, answered=n
    )
