from __future__ import annotations

import io
import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from conftest import ROOT, SIGNAL, make_pins, make_workspace, write_signal
from PIL import Image
from rich.console import Console

import labeling
from labeling.errors import CollectionError
from labeling.gold import save_gold
from labeling.pin_terminal import show_pin
from labeling.review.comments import add_comment
from labeling.tables import AnswerRow, ReviewTaskRow
from labeling.telling import PinStory, pin_story
from labeling.workspace import Workspace

NOON = datetime(2030, 1, 2, 12, tzinfo=UTC)
FAULTY = '''

@tone.function
def fussy(pin):
    """Raises on one pin."""
    if pin.pin_id == "p00007":
        raise ValueError("cannot read it")
    return -1
'''


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    """A workspace in which one pin of the queue has a long history."""
    workspace = make_workspace(tmp_path_factory.mktemp("told") / "home")
    write_signal(workspace.home, SIGNAL + FAULTY)
    labeling.run(workspace, "tone", "pins")
    return workspace


def add_answers(workspace: Workspace) -> str:
    """Answer a pin of the queue, take it back, answer otherwise, and once too late."""
    with workspace.database.writing() as session:
        task = session.query(ReviewTaskRow).filter_by(status="open").order_by("id").first()
        assert task is not None
        said = [
            ("ada", "answer", "calm", None),
            ("ada", "undo", None, 0),
            ("ada", "answer", "loud", None),
            ("bob", "late", "calm", None),
        ]
        rows: list[AnswerRow] = []
        for number, (annotator, kind, label, undoes) in enumerate(said):
            row = AnswerRow(
                submission=f"s{number}",
                task_id=task.id,
                signal="tone",
                collection="pins",
                pin_id=task.pin_id,
                annotator=annotator,
                kind=kind,
                label=label,
                comment="not sure" if number == 0 else None,
                undoes=None if undoes is None else rows[undoes].id,
                created_at=NOON + timedelta(minutes=number),
            )
            session.add(row)
            session.flush()
            rows.append(row)
        return task.pin_id


@pytest.fixture(scope="module")
def story(told: Workspace) -> PinStory:
    pin_id = add_answers(told)
    save_gold(told.database, "tone", "pins", {pin_id: "loud"}, source="two agree")
    add_comment(told.database, "tone", "sale_words", "pins", pin_id, "ada", "a street's name")
    return pin_story(told, "tone", "pins", pin_id)


def test_the_story_has_the_pins_own_words(story: PinStory) -> None:
    pins = make_pins(300).set_index("pin_id")
    pin = pins.loc[story.pin_id]
    for name in ("title", "description", "link", "split"):
        assert getattr(story, name) == pin[name]
    assert story.reference == pin["label"]
    assert story.domain in ("deals.example", "parks.example")


def test_nothing_that_a_person_did_is_left_out(story: PinStory) -> None:
    assert [(a.annotator, a.kind, a.label) for a in story.answers] == [
        ("ada", "answer", "calm"),
        ("ada", "undo", None),
        ("ada", "answer", "loud"),
        ("bob", "late", "calm"),
    ]
    assert [a.undone_at for a in story.answers] == [NOON + timedelta(minutes=1), None, None, None]
    assert story.task is not None
    assert (story.task.status, story.task.answered) == ("open", 0)
    assert story.gold is not None
    assert (story.gold.label, story.gold.source) == ("loud", "two agree")
    assert [comment.text for comment in story.comments] == ["a street's name"]


def test_votes_labels_and_versions_are_those_of_the_run(told: Workspace, story: PinStory) -> None:
    assert set(vote.function for vote in story.votes) == set(
        function.name for function in told.signal("tone")
    )
    assert max(story.soft_label, key=story.soft_label.__getitem__) == story.label or (
        story.label == "no label"
    )
    assert story.confidence == max(story.soft_label.values())
    held = pin_story(told, "tone", "pins", "p00001").versions
    table = [
        told.store.read_table(f"datasets/tone-pins/{version}/data/{split}-00000-of-00001.parquet")
        for version in [labeling.dataset_table(told)["folder"][0].rsplit("/", 1)[1]]
        for split in ("train", "validation", "test")
    ]
    listed = {id for part in table for id in part.column("pin_id").to_pylist()}
    assert (len(held) == 1) == ("p00001" in listed)
    absent = next(p for p in make_pins(300)["pin_id"] if p not in listed)
    assert pin_story(told, "tone", "pins", absent).versions == ()


def test_a_fault_stands_where_its_vote_would(told: Workspace) -> None:
    votes = {vote.function: vote for vote in pin_story(told, "tone", "pins", "p00007").votes}
    assert votes["fussy"].vote is None
    assert votes["fussy"].fault == "ValueError: cannot read it"
    others = pin_story(told, "tone", "pins", "p00008").votes
    assert [vote.fault for vote in others] == [None] * len(others)


def test_an_unknown_pin_is_one_sentence(told: Workspace) -> None:
    with pytest.raises(CollectionError, match="pins has no pin 'p99' in its revision 1; check"):
        pin_story(told, "tone", "pins", "p99")


def test_the_terminal_and_json_tell_the_same(story: PinStory) -> None:
    console = Console(file=io.StringIO(), width=60)
    show_pin(story, console)
    shown = console.file.getvalue()  # type: ignore[attr-defined]
    assert '2030-01-02 12:00 ada: answer calm "not sure" (taken back 2030-01-02 12:01)' in shown
    assert "bob: late calm" in shown
    assert "gold        loud (two agree" in shown
    assert f"final       {story.final} {story.final_confidence:.2f} by the votes" in shown
    value = json.loads(json.dumps(story.to_json()))
    assert value["answers"][0]["undone_at"] == "2030-01-02T12:01:00+00:00"
    assert value["pin_id"] == story.pin_id


def test_a_hostile_title_is_shown_as_it_stands_and_its_image_is_told(tmp_path: Path) -> None:
    workspace = make_workspace(tmp_path / "home", 60)
    folder = tmp_path / "shown"
    folder.mkdir()
    Image.new("RGB", (40, 30), "red").save(folder / "a.png")
    (folder / "pins.csv").write_text(
        "pin_id,title,image\nh1,[red]free[/] <script>alert(1)</script> [x](javascript:1),a.png\n"
        "h2,sale,gone.png\n"
    )
    labeling.import_collection(workspace, "pins", folder / "pins.csv")
    labeling.run(workspace, "tone", "pins")
    story = pin_story(workspace, "tone", "pins", "h1")
    assert story.image_size == "40 x 30"
    assert pin_story(workspace, "tone", "pins", "h2").image_fault
    console = Console(file=io.StringIO(), width=200)
    show_pin(story, console)
    assert "[red]free[/] <script>alert(1)</script>" in console.file.getvalue()  # type: ignore[attr-defined]


def test_a_long_title_is_clipped_and_the_whole_can_be_opened(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    pytest.importorskip("streamlit", reason="the extra `app` is not installed")
    monkeypatch.syspath_prepend(str(ROOT / "app"))
    from pin_stories import LONG, _title

    assert _title("x" * LONG) == f'<h2 dir="auto">{"x" * LONG}</h2>'
    long = _title(f"{'x' * LONG}<b>")
    assert f"{'x' * LONG}…</h2>" in long
    assert f"{'x' * LONG}&lt;b&gt;</p></details>" in long
