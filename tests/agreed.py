"""What answers came to, for tests: gold, tasks, and making them anew."""

from __future__ import annotations

from sqlalchemy import select

from labeling import Signal
from labeling.database import Database
from labeling.gold import read_gold
from labeling.review.agreeing import AgreeReport, agree
from labeling.review.verdicts import Rules
from labeling.tables import ReviewTaskRow

SPAM = Signal("spam", classes=["ok", "spam"])
RULES = Rules(gold_quality=0.9, min_check_accuracy=0.7, count_inactive=True)


def agree_here(database: Database, rules: Rules = RULES) -> AgreeReport:
    return agree(database, SPAM, "pins", rules)


def gold(database: Database) -> dict[str, str]:
    return {p: SPAM.classes[y] for p, y in read_gold(database, SPAM, "pins").items()}


def statuses(database: Database) -> dict[str, str]:
    with database.reading() as session:
        return dict(session.execute(select(ReviewTaskRow.pin_id, ReviewTaskRow.status)).all())


def task_of(database: Database, pin: str) -> int:
    with database.reading() as session:
        found = session.scalar(select(ReviewTaskRow.id).where(ReviewTaskRow.pin_id == pin))
        assert found is not None
        return found
