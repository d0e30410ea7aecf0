"""After a class was renamed or removed: what was said with it judges nobody."""

from __future__ import annotations

from agreed import RULES
from claims import NOON, SPAM, Clock, fill

from labeling import Signal
from labeling.database import Database
from labeling.gold import save_gold
from labeling.review.agreeing import AgreeReport, agree
from labeling.review.claiming import ReviewQueue

RENAMED = Signal("spam", classes=["ok", "junk"])
KNOWN = [f"g{n}" for n in range(8)]


def set_up(database: Database) -> None:
    """Eight pins whose class is known, and sixteen to ask about."""
    database.migrate()
    save_gold(database, "spam", "pins", dict.fromkeys(KNOWN, "spam"), source="expert", now=NOON)
    fill(database, {f"p{n:02}": 1 - n / 100 for n in range(16)})


def answer_all(database: Database, signal: Signal, label: str, clock: Clock) -> int:
    """Answer all that there is, a check after each answer; return how many checks there were."""
    queue = ReviewQueue(database, signal, "pins", check_every=1, clock=clock)
    checks = 0
    while claims := queue.claim("ada"):
        checks += claims[0].is_check
        queue.submit(claims[0], label)
        clock.pass_by(seconds=5)
    return checks


def agree_on(database: Database, signal: Signal) -> AgreeReport:
    return agree(database, signal, "pins", RULES)


def test_checks_answered_before_a_class_was_renamed_judge_nobody(database: Database) -> None:
    set_up(database)
    clock = Clock()
    assert answer_all(database, SPAM, "spam", clock) == len(KNOWN)
    assert agree_on(database, SPAM).distrusted == ()
    save_gold(database, "spam", "pins", dict.fromkeys(KNOWN, "junk"), source="expert", replace=True)
    fill(database, {f"n{n}": 0.5 for n in range(5)})
    answer_all(database, RENAMED, "junk", clock)
    report = agree_on(database, RENAMED)
    assert (report.distrusted, report.gold, report.disputed) == ((), 5, 0)


def test_gold_of_a_class_that_is_gone_judges_nobody(database: Database) -> None:
    set_up(database)
    assert answer_all(database, SPAM, "ok", Clock()) == len(KNOWN)
    assert agree_on(database, SPAM).distrusted == ("ada",)
    assert agree_on(database, RENAMED).distrusted == ()


def test_no_check_is_served_that_nobody_can_answer_rightly(database: Database) -> None:
    set_up(database)
    save_gold(database, "spam", "pins", {"good": "ok"}, source="expert", now=NOON)
    clock = Clock()
    assert answer_all(database, RENAMED, "ok", clock) == 1
    report = agree_on(database, RENAMED)
    assert (report.distrusted, report.gold, report.disputed) == ((), 16, 0)
