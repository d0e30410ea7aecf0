"""What is decided without a server: how it is asked, whose word counts, what has to change there."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from xml.etree import ElementTree as Xml

import pandas as pd
import pytest
from conftest import make_pins, make_workspace
from image_server import jpeg

import labeling
from labeling import Signal, pipeline
from labeling.database import Database
from labeling.doctor import examine
from labeling.errors import LabelStudioError, ReviewError
from labeling.label_studio.asking import choice, chosen, instruction, label_config
from labeling.label_studio.handing import Wanted, hand_over
from labeling.label_studio.judging import Author, Court, Ruling, Verdict, last_of_each
from labeling.label_studio.projects import which_collection
from labeling.label_studio.reconciling import reconcile
from labeling.label_studio.sending import NO_PICTURE, model_version, sendings
from labeling.label_studio.server import Annotation, SentTask, Server
from labeling.review import elsewhere
from labeling.review.claiming import ReviewQueue
from labeling.review.people import Person
from labeling.review.tasks import Candidate, enqueue
from labeling.settings import load_settings
from labeling.tables import ReviewSlotRow, ReviewTaskRow
from labeling.workspace import Workspace

NOON = datetime(2026, 6, 1, 12, tzinfo=UTC)
SPAM = Signal("spam", classes=["ok", "spam"], guideline="Would a person <feel> cheated?\nSay so.")
ADA, BOB, EVE = 1, 2, 3
FIRST = Author(email="ada@x.example", user=ADA)
COURT = Court(
    signal=SPAM,
    users={ADA: "ada@x.example", BOB: "bob@x.example", EVE: "eve@x.example"},
    members={
        "ada@x.example": Person(name="Ada@x.example"),
        "bob@x.example": Person(name="bob@x.example", signals=("spam",)),
    },
)


def annotation(**changes: object) -> Annotation:
    plain = Annotation(
        id=7,
        task=70,
        author=ADA,
        sender=ADA,
        result=(choice("spam"),),
        is_skip=False,
        seconds=2.0,
        written_at=NOON,
    )
    return replace(plain, **changes)


@pytest.mark.parametrize(
    ("changes", "first", "verdict"),
    [
        pytest.param({}, None, Verdict.TAKEN, id="its author's own"),
        pytest.param({"sender": EVE}, None, Verdict.UNTRUSTED, id="sent by another"),
        pytest.param({"sender": None}, None, Verdict.UNTRUSTED, id="imported"),
        pytest.param({"author": BOB, "sender": BOB}, FIRST, Verdict.UNTRUSTED, id="taken over"),
        pytest.param(
            {"author": BOB, "sender": BOB},
            replace(FIRST, user=None),
            Verdict.UNTRUSTED,
            id="taken over, of a number that was not noted",
        ),
        pytest.param(
            {}, replace(FIRST, email="ada@old.example"), Verdict.TAKEN, id="of another address"
        ),
        pytest.param(
            {"sender": BOB},
            replace(FIRST, email="bob@x.example"),
            Verdict.UNTRUSTED,
            id="sent by who has their old address now",
        ),
        pytest.param({"author": None}, None, Verdict.NO_ANNOTATOR, id="nobody's"),
        pytest.param({"author": EVE, "sender": EVE}, None, Verdict.NO_ANNOTATOR, id="a stranger's"),
        pytest.param({"is_skip": True, "result": ()}, None, Verdict.SKIPPED, id="a skip"),
        pytest.param({"result": ()}, None, Verdict.NO_CLASS, id="empty"),
        pytest.param({"result": (choice("eggs"),)}, None, Verdict.NO_CLASS, id="no class"),
        pytest.param(
            {"result": (choice("ok"), choice("spam"))}, None, Verdict.NO_CLASS, id="two classes"
        ),
    ],
)
def test_an_annotation_is_judged_by_what_the_server_notes(
    changes: dict[str, object], first: Author | None, verdict: Verdict
) -> None:
    judged = COURT.judge(annotation(**changes), first)
    assert judged.verdict == verdict
    assert bool(judged.why) == (verdict not in (Verdict.TAKEN, Verdict.SKIPPED))


def test_an_answer_is_recorded_under_the_annotators_own_name() -> None:
    assert COURT.judge(annotation(), None).annotator == "Ada@x.example"
    assert COURT.judge(annotation(sender=EVE), None).annotator == "eve@x.example"


def test_only_the_last_of_a_persons_annotations_of_a_pin_counts() -> None:
    told = [
        annotation(id=1, written_at=NOON + timedelta(minutes=5)),
        annotation(id=2),
        annotation(id=3, author=BOB, sender=BOB),
        annotation(id=4, sender=EVE, written_at=NOON + timedelta(minutes=9)),
    ]
    judged: list[Ruling] = last_of_each([COURT.judge(one, None) for one in told])
    assert [one.verdict for one in judged] == ["taken", "superseded", "taken", "untrusted"]


def test_classes_and_guideline_travel_whatever_they_are() -> None:
    odd = Signal("odd", classes=['"<&>"', "ok"], guideline="<script>alert(1)</script>")
    view = Xml.fromstring(label_config(odd, images=True))
    assert [c.get("value") for c in view.iter("Choice")] == ['"<&>"', "ok"]
    assert [c.get("hotkey") for c in view.iter("Choice")] == ["1", "2"]
    assert "<script>" not in instruction(odd)
    assert chosen([choice('"<&>"')]) == ['"<&>"']


def test_each_of_many_classes_has_another_key_or_none() -> None:
    many = Signal("many", classes=[f"c{n}" for n in range(60)])
    keys = [
        c.get("hotkey") for c in Xml.fromstring(label_config(many, images=False)).iter("Choice")
    ]
    given = [key for key in keys if key]
    assert len(keys) == 60
    assert len(set(given)) == len(given) > 10


def sent(id: int, pin: str | None, *, version: str = "v2", touched: bool = False) -> SentTask:
    return SentTask(id=id, pin_id=pin, versions=frozenset({version}), is_touched=touched)


def test_what_has_to_change_there() -> None:
    there = [
        sent(1, "right"),
        sent(2, "old", version="v1"),
        sent(3, "gone"),
        sent(4, "gone but touched", touched=True),
        sent(5, "copied"),
        sent(6, "copied", touched=True),
        sent(7, "copied"),
        sent(8, None),
        sent(9, "not a pin of ours"),
        sent(10, "unnoted"),
    ]
    pins = {"right": 1, "old": 2, "gone": 3, "gone but touched": 4, "copied": 5, "unnoted": 6}
    pins["missing"] = 7
    asked = ("right", "old", "copied", "unnoted", "missing")
    plan = reconcile(
        there,
        {1: 1, 2: 2, 3: 3, 4: 4, 5: 5, 99: 1},
        [Wanted(task_id=pins[pin], pin_id=pin) for pin in asked],
        pins,
        "v2",
    )
    assert [one.pin_id for one in plan.missing] == ["missing"]
    assert plan.stale == {2: "old"}
    assert plan.withdrawn == (3,)
    assert plan.duplicates == (5, 7)
    assert plan.adopted == {6: 5, 10: 6}
    assert plan.vanished == (99,)
    assert plan.foreign == 2


def queue_of(database: Database, wanted: int = 1) -> int:
    """Return the only task of a fresh queue, handed over."""
    database.migrate()
    asked = Candidate(priority=1.0, pin_id="a", reason="uncertain", group="a", wanted=wanted)
    enqueue(database, "spam", "pins", [asked])
    with database.writing() as session:
        hand_over(session, "spam", "pins")
        (task,) = session.query(ReviewTaskRow.id).one()
    return task


def given(task: int, who: str, submission: str, kind: str = "answer") -> elsewhere.Given:
    label = "ok" if kind == "answer" else None
    return elsewhere.Given(
        channel="label-studio",
        submission=submission,
        task_id=task,
        annotator=who,
        kind=kind,
        label=label,
        at=NOON,
    )


def state(database: Database) -> tuple[str, int, list[str]]:
    with database.reading() as session:
        task = session.query(ReviewTaskRow).one()
        slots = [row.state for row in session.query(ReviewSlotRow).order_by(ReviewSlotRow.slot)]
        return task.status, task.answered, slots


def test_an_answer_from_elsewhere_takes_a_slot_once_and_gives_it_back(database: Database) -> None:
    task = queue_of(database, wanted=2)
    with database.writing() as session:
        first = elsewhere.record(session, given(task, "ada", "s1"))
        assert elsewhere.record(session, given(task, "ada", "s1")) == first
        assert elsewhere.record(session, given(task, "ada", "s2")).is_late
        elsewhere.record(session, given(task, "bob", "s3"))
    assert state(database) == ("done", 2, ["answered", "answered"])
    with database.writing() as session:
        assert elsewhere.take_back(session, first.answer_id, NOON)
        assert not elsewhere.take_back(session, first.answer_id, NOON)
    assert state(database) == ("open", 1, ["free", "answered"])


def test_a_flag_that_is_taken_back_leaves_the_task_as_its_answers_say(database: Database) -> None:
    task = queue_of(database)
    with database.writing() as session:
        elsewhere.record(session, given(task, "ada", "s1"))
        flag = elsewhere.record(session, given(task, "eve", "s2", "flag"))
    assert state(database) == ("disputed", 1, ["answered"])
    with database.writing() as session:
        elsewhere.take_back(session, flag.answer_id, NOON)
    assert state(database) == ("done", 1, ["answered"])


def test_a_pin_withdrawn_meanwhile_still_takes_its_answer(database: Database) -> None:
    task = queue_of(database)
    enqueue(database, "spam", "pins", [])
    with database.writing() as session:
        answer = elsewhere.record(session, given(task, "ada", "s1"))
        assert not answer.is_late
    assert state(database) == ("withdrawn", 1, ["answered"])
    with database.writing() as session:
        elsewhere.take_back(session, answer.answer_id, NOON)
    assert state(database) == ("withdrawn", 0, ["withdrawn"])


def test_a_pin_that_someone_holds_in_the_app_stays_there_with_all_its_slots(
    database: Database,
) -> None:
    database.migrate()
    asked = Candidate(priority=1.0, pin_id="a", reason="uncertain", group="a", wanted=3)
    enqueue(database, "spam", "pins", [asked])
    queue = ReviewQueue(database, SPAM, "pins")
    queue.claim("ada")
    with database.writing() as session:
        assert hand_over(session, "spam", "pins") == 0
    queue.release("ada")
    with database.writing() as session:
        assert hand_over(session, "spam", "pins") == 3
    assert queue.claim("ada") == []


def test_a_skip_in_the_app_cannot_be_undone_once_the_pin_is_elsewhere(database: Database) -> None:
    database.migrate()
    asked = Candidate(priority=1.0, pin_id="a", reason="uncertain", group="a")
    enqueue(database, "spam", "pins", [asked])
    queue = ReviewQueue(database, SPAM, "pins")
    (claimed,) = queue.claim("ada")
    queue.skip(claimed)
    with database.writing() as session:
        assert hand_over(session, "spam", "pins") == 1
    with pytest.raises(ReviewError, match="is with someone else by now"):
        queue.undo("ada")


def test_the_only_collection_with_tasks_needs_no_name(database: Database) -> None:
    database.migrate()
    with pytest.raises(LabelStudioError, match="has no review tasks in any collection"):
        which_collection(database, "spam", None)
    asked = [Candidate(priority=1.0, pin_id="a", reason="uncertain", group="a")]
    enqueue(database, "spam", "pins", asked)
    assert which_collection(database, "spam", None) == "pins"
    enqueue(database, "spam", "more", asked)
    with pytest.raises(LabelStudioError, match="in more, pins; say which"):
        which_collection(database, "spam", None)


@pytest.fixture(scope="module")
def pictured(tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    """A workspace whose first pin has a file, and whose second an address, as its image."""
    home = tmp_path_factory.mktemp("pictured") / "home"
    workspace = make_workspace(home, count=10)
    (home / "one.jpg").write_bytes(jpeg(600, 400))
    frame: pd.DataFrame = make_pins(40)
    frame["image"] = ["one.jpg", "http://127.0.0.1:9/two.jpg", *[""] * 38]
    frame.to_csv(home / "pictured.csv", index=False)
    labeling.import_collection(workspace, "pictured", home / "pictured.csv")
    pipeline.look_at_images(workspace, "pictured")
    return workspace


def test_files_travel_in_their_tasks_and_addresses_as_they_are(pictured: Workspace) -> None:
    resolution = pipeline.resolve(pictured, "tone", "pictured", resolver="majority")
    pins = ["p00000", "p00001", "p00002", "not there"]
    found = sendings(pictured.store, resolution, pins, images=True)
    images = [found[pin].data["image"] for pin in pins[:3]]
    assert images[0].startswith("data:image/jpeg;base64,")
    assert 1_000 < len(images[0]) < 60_000
    assert images[1:] == ["http://127.0.0.1:9/two.jpg", NO_PICTURE]
    assert "not there" not in found
    for one in found.values():
        assert one.prediction["model_version"] == model_version(resolution)
        assert one.data["link"].startswith("https://")


@pytest.mark.parametrize(
    ("url", "token", "says"),
    [
        pytest.param("", "t", "name it with --url or LABELING_LABEL_STUDIO_URL", id="no server"),
        pytest.param("label.example", "t", "is no address; use http://HOST", id="no address"),
        pytest.param("http://a:secret@h", "t", "holds a user or a password", id="a password"),
        pytest.param("http://h", "", "set LABELING_LABEL_STUDIO_TOKEN", id="no token"),
    ],
)
def test_what_names_no_server_is_refused_in_a_sentence(url: str, token: str, says: str) -> None:
    with pytest.raises(LabelStudioError, match=says) as caught:
        Server(url, token)
    assert "secret" not in str(caught.value)


def test_a_server_that_is_not_there_is_one_sentence() -> None:
    pytest.importorskip("label_studio_sdk")
    with pytest.raises(LabelStudioError, match=r"cannot be reached .*; start it, or correct"):
        Server("http://127.0.0.1:9", "t").check()


def test_without_the_sdk_it_says_what_to_install() -> None:
    code = (
        "import sys\n"
        "sys.modules['label_studio_sdk'] = None\n"
        "from labeling.label_studio.server import Server\n"
        "Server('http://h', 't')\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert "is not installed; install labeling[label-studio]." in done.stderr


def test_the_token_does_not_show_in_the_settings(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LABELING_LABEL_STUDIO_TOKEN", "very-secret")
    settings = load_settings(tmp_path)
    assert "very-secret" not in repr(settings) + settings.model_dump_json()
    assert settings.label_studio_token.get_secret_value() == "very-secret"


@pytest.mark.parametrize(
    ("token", "says"),
    [
        pytest.param("", "No token for Label Studio; copy one", id="no token"),
        pytest.param("f" * 40, "127.0.0.1:9 cannot be reached", id="no server"),
    ],
)
def test_the_doctor_says_why_label_studio_cannot_be_used(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, token: str, says: str
) -> None:
    labeling.init_workspace(tmp_path)
    monkeypatch.setenv("LABELING_LABEL_STUDIO_URL", "http://127.0.0.1:9")
    monkeypatch.setenv("LABELING_LABEL_STUDIO_TOKEN", token)
    (check,) = (one for one in examine(str(tmp_path)) if one.name == "Label Studio")
    assert not check.ok
    assert says in check.says
    assert "ffff" not in check.says
