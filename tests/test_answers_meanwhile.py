"""What is answered while the answers are read is left for the next time."""

from __future__ import annotations

from collections.abc import Callable

import pandas as pd
import pytest
from agreed import agree_here, gold
from claims import Clock, fill, queue_of

from labeling.database import Database
from labeling.review import verdicts


def meanwhile(monkeypatch: pytest.MonkeyPatch, act: Callable[[], object]) -> None:
    """Let someone act once the tasks are read, before the answers are."""
    read = verdicts.read_answers

    def late(*given: object, **more: object) -> pd.DataFrame:
        monkeypatch.setattr(verdicts, "read_answers", read)
        act()
        return read(*given, **more)  # type: ignore[arg-type]

    monkeypatch.setattr(verdicts, "read_answers", late)


@pytest.mark.parametrize("kind", ["answer", "flag"])
def test_the_first_answer_on_a_new_pin_waits_for_the_next_time(
    database: Database, monkeypatch: pytest.MonkeyPatch, kind: str
) -> None:
    database.migrate()
    fill(database, {"a": 1.0, "b": 0.5})
    queue = queue_of(database, Clock())
    queue.submit(queue.claim("ada")[0], "spam")

    def act() -> None:
        [claimed] = queue.claim("bob")
        queue.submit(claimed, "ok") if kind == "answer" else queue.flag(claimed, "what is it?")

    meanwhile(monkeypatch, act)
    report = agree_here(database)
    assert (report.pins, report.answered_meanwhile, gold(database)) == (1, 1, {"a": "spam"})
    report = agree_here(database)
    assert (report.pins, report.answered_meanwhile) == (2, 0)
    assert gold(database) == ({"a": "spam", "b": "ok"} if kind == "answer" else {"a": "spam"})
