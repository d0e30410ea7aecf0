from __future__ import annotations

import io
import json
from datetime import UTC, datetime, timedelta

import pytest
from rich.console import Console

import labeling
from labeling.authoring.function_report import report_functions
from labeling.database import Database
from labeling.errors import ReviewError
from labeling.functions_terminal import show_functions
from labeling.review.comments import (
    FunctionComment,
    add_comment,
    by_function,
    read_comments,
    resolve_comment,
)
from labeling.workspace import Workspace

NOON = datetime(2030, 1, 2, 12, tzinfo=UTC)


def say(database: Database, text: str, **other: str) -> FunctionComment:
    about = {"function": "shouting", "pin_id": "p1", "annotator": "ada"} | other
    return add_comment(database, "tone", collection="pins", text=text, now=NOON, **about)


def test_open_comments_come_first_and_then_the_newest(database: Database) -> None:
    database.migrate()
    said = [say(database, text) for text in ("first", "second", "third")]
    resolve_comment(database, said[2].id)
    found = read_comments(database, "tone", "pins")
    assert [one.text for one in found] == ["second", "first", "third"]
    assert [one.is_open for one in found] == [True, True, False]
    assert found[0] == said[1]  # with its time zone, from either database


def test_comments_are_of_one_signal_collection_and_pin(database: Database) -> None:
    database.migrate()
    say(database, "here")
    say(database, "elsewhere", function="parks", pin_id="p2")
    assert read_comments(database, "tone", "others") == []
    assert read_comments(database, "spam", "pins") == []
    assert [c.text for c in read_comments(database, "tone", "pins", pin_id="p1")] == ["here"]


def test_a_comment_is_resolved_once(database: Database) -> None:
    database.migrate()
    comment = say(database, "it is a song title")
    first = resolve_comment(database, comment.id, now=NOON)
    again = resolve_comment(database, comment.id, now=NOON + timedelta(days=1))
    assert first.resolved_at == again.resolved_at == NOON
    with pytest.raises(ReviewError, match="There is no comment 99"):
        resolve_comment(database, 99)


@pytest.mark.parametrize(
    ("text", "says"),
    [
        pytest.param("  \n", "has 0 characters", id="blank"),
        pytest.param("x" * 4_001, "has 4,001 characters", id="too long"),
    ],
)
def test_a_comment_has_words_and_an_end(workspace: Workspace, text: str, says: str) -> None:
    with pytest.raises(ReviewError, match=says):
        say(workspace.database, text)


def test_the_latest_of_a_function_is_the_newest_that_waits(database: Database) -> None:
    database.migrate()
    older, newer = say(database, "older"), say(database, "newer")
    resolve_comment(database, newer.id)
    found = by_function(read_comments(database, "tone", "pins"))["shouting"]
    assert (found.open, found.resolved, found.latest) == (1, 1, older)


def test_labeling_functions_shows_what_annotators_said(workspace: Workspace) -> None:
    say(workspace.database, "[bold]capitals\n\x1bare its name[/]", pin_id="p00007")
    report = report_functions(workspace, "tone", "pins", without=False)
    console = Console(file=io.StringIO(), width=100)
    show_functions(report, console)
    shown = console.file.getvalue()  # type: ignore[attr-defined]
    assert "shouting 1 open, 0 resolved; ada on p00007: [bold]capitals are its name[/]" in shown
    value = json.loads(json.dumps(report.to_json()))["comments"]["shouting"]
    assert (value["open"], value["latest"]["pin_id"]) == (1, "p00007")
    assert labeling.function_table(workspace, "tone", "pins") is not None
