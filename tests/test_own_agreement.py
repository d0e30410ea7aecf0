from __future__ import annotations

from datetime import UTC, datetime

import pytest

from labeling.database import Database
from labeling.review.claiming import ReviewQueue
from labeling.review.own_agreement import FEWEST, own_agreement
from labeling.review.tasks import UNCERTAIN, Candidate, enqueue
from labeling.signals import Signal
from labeling.tables import GoldRow


@pytest.fixture
def answered(database: Database) -> Database:
    """Ada answered `loud` on twelve pins; the last was undone."""
    database.migrate()
    chosen = [
        Candidate(priority=1 - n / 100, pin_id=f"p{n:02d}", reason=UNCERTAIN, group=f"p{n:02d}")
        for n in range(12)
    ]
    enqueue(database, "tone", "pins", chosen)
    queue = ReviewQueue(database, Signal("tone", classes=["calm", "loud"]), "pins")
    for _ in range(12):
        queue.submit(queue.claim("Ada")[0], "loud")
    queue.undo("Ada")
    return database


def add_gold(database: Database, labels: dict[str, str], source: str) -> None:
    with database.writing() as session:
        for pin_id, label in labels.items():
            session.add(
                GoldRow(
                    signal="tone",
                    collection="pins",
                    pin_id=pin_id,
                    label=label,
                    source=source,
                    created_at=datetime.now(UTC),
                )
            )


def test_answers_are_compared_with_gold_of_others(answered: Database) -> None:
    labels = {f"p{n:02d}": "loud" if n < 8 else "calm" for n in range(12)}
    add_gold(answered, labels, "vendor")
    found = own_agreement(answered, "tone", "pins", "Ada")
    assert (found.answers, found.agree) == (11, 8)  # what was undone does not count
    assert found.share == pytest.approx(8 / 11)
    assert own_agreement(answered, "tone", "pins", "Grace").answers == 0


def test_gold_by_ones_answer_alone_says_nothing(answered: Database) -> None:
    add_gold(answered, {f"p{n:02d}": "loud" for n in range(11)}, "review")
    assert own_agreement(answered, "tone", "pins", "Ada").answers == 0


def test_a_few_answers_are_no_share(answered: Database) -> None:
    add_gold(answered, {f"p{n:02d}": "loud" for n in range(FEWEST - 1)}, "vendor")
    assert own_agreement(answered, "tone", "pins", "Ada").share is None
