"""The queue at a real Label Studio server: each pin once there, each answer once here."""

from __future__ import annotations

from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from label_studio_server import RunningServer
from label_studio_there import ADA, BOB, EVE, PINS, There, make_there
from sqlalchemy import update

import labeling
from labeling.database import Database
from labeling.errors import LabelStudioError
from labeling.label_studio.asking import choice
from labeling.label_studio.pushing import push, take_back
from labeling.label_studio.server import Server
from labeling.label_studio.watching import Watched, watch
from labeling.review.claiming import ReviewQueue
from labeling.tables import (
    AnnotatorRow,
    AnswerRow,
    LabelStudioTaskRow,
    LabelStudioTrailRow,
)
from labeling.workspace import Workspace


@pytest.fixture(scope="session")
def tokens(label_studio: RunningServer) -> dict[str, str]:
    return {email: label_studio.sign_up(email) for email in (ADA, BOB, EVE)}


@pytest.fixture
def both(
    database: Database,
    run_workspace: Workspace,
    label_studio: RunningServer,
    tokens: dict[str, str],
) -> There:
    """On both databases."""
    return make_there(database, run_workspace, label_studio, tokens)


@pytest.fixture
def there(
    tmp_path: Path,
    run_workspace: Workspace,
    label_studio: RunningServer,
    tokens: dict[str, str],
) -> There:
    database = Database(f"sqlite:///{tmp_path / 'there.db'}")
    return make_there(database, run_workspace, label_studio, tokens)


def test_the_open_tasks_go_there_once_with_what_is_known_of_them(both: There) -> None:
    first, again = both.push(), both.push()
    assert (first.is_new, first.sent, first.handed_over) == (True, 6, 6)
    assert (again.is_new, again.sent, again.withdrawn, again.predictions) == (False, 0, 0, 0)
    tasks = {task["data"]["pin_id"]: task for task in both.tasks()}
    assert sorted(tasks) == PINS
    for task in tasks.values():
        (prediction,) = task["predictions"]
        (region,) = prediction["result"] or [None]
        if region is not None:
            soft = region["meta"]["soft_label"]
            assert prediction["score"] == max(soft.values()) == soft[region["value"]["choices"][0]]
    project = both.outside.call("GET", f"/api/projects/{both.project}").json()
    assert "Is it shouting?" in project["expert_instruction"]
    assert project["sampling"] == "Uncertainty sampling"


def test_the_most_doubtful_pin_is_served_first(there: There) -> None:
    there.push()
    scores = {task["id"]: task["predictions"][0]["score"] for task in there.tasks()}
    path = f"/api/projects/{there.project}/next"
    served = there.outside.call("GET", path, token=there.tokens[ADA]).json()
    assert scores[served["id"]] == min(scores.values())


def test_a_pin_is_never_handed_out_on_both_sides(both: There) -> None:
    queue = ReviewQueue(both.database, both.workspace.signal("tone"), "pins")
    (held,) = queue.claim(ADA)
    report = both.push()
    assert report.sent == 5
    assert held.pin_id not in {task["data"]["pin_id"] for task in both.tasks()}
    assert queue.claim(BOB) == []
    queue.release(ADA)
    assert both.push().sent == 1
    assert queue.claim(BOB) == []


def test_more_answers_wanted_of_a_pin_that_is_there_are_wanted_there(there: There) -> None:
    there.push()
    there.ask(PINS, wanted=2)
    assert there.slots() == {("label-studio", "free"): 12}
    there.push()
    project = there.outside.call("GET", f"/api/projects/{there.project}").json()
    assert project["maximum_annotations"] == 2


def test_answers_come_back_with_author_and_time_each_once(both: There) -> None:
    both.ask(PINS, wanted=2)
    both.push()
    both.annotate(ADA, PINS[0], "loud")
    both.annotate(BOB, PINS[0], "calm")
    both.annotate(ADA, PINS[1], "calm")
    first, again = both.pull(), both.pull()
    assert (first.new, again.new) == ({"taken": 3}, {})
    assert both.answers() == {
        (PINS[0], ADA): "loud",
        (PINS[0], BOB): "calm",
        (PINS[1], ADA): "calm",
    }
    assert (both.status(PINS[0]), both.status(PINS[1])) == (("done", 2), ("open", 1))
    rows = both.rows(AnswerRow)
    assert {(row.source, row.seconds) for row in rows} == {("label-studio", 3.5)}
    assert both.slots()["label-studio", "answered"] == 3


def test_an_answer_in_anothers_name_is_not_taken_and_leaves_a_trail(both: There) -> None:
    both.push()
    both.annotate(EVE, PINS[0], "loud", completed_by=both.users[ADA])
    forged = both.annotate(EVE, PINS[1], "loud")
    both.change(EVE, forged, completed_by=both.users[ADA], updated_by=both.users[ADA])
    both.outside.call(
        "POST",
        f"/api/projects/{both.project}/import",
        [
            {
                "data": {"pin_id": PINS[2], "text": "a copy", "link": "-"},
                "annotations": [
                    {"completed_by": both.users[ADA], "result": [choice("loud")]},
                ],
            }
        ],
    )
    both.push()  # notes the copy as one of this pin
    report = both.pull()
    assert report.new == {"untrusted": 3}
    assert f"{EVE} wrote it in the name of {ADA}" in report.not_taken
    assert f"it was imported in the name of {ADA}" in report.not_taken
    assert both.answers() == {}
    assert both.status(PINS[0]) == ("disputed", 0)
    trail = both.rows(LabelStudioTrailRow)
    assert [(row.author, row.sender) for row in trail] == [(ADA, EVE), (ADA, EVE), (ADA, None)]
    flags = [row for row in both.rows(AnswerRow) if row.kind == "flag"]
    assert [row.annotator for row in flags] == [EVE, EVE, "label-studio"]
    assert both.pull().new == {}


def test_what_an_author_said_stands_when_someone_writes_over_it(there: There) -> None:
    there.push()
    own = there.annotate(ADA, PINS[0], "calm")
    there.pull()
    there.change(EVE, own, result=[choice("loud")])
    stolen = there.annotate(ADA, PINS[1], "calm")
    there.pull()
    there.change(EVE, stolen, completed_by=there.users[EVE])
    assert there.pull().new == {"untrusted": 1}
    assert there.answers() == {(PINS[0], ADA): "calm", (PINS[1], ADA): "calm"}
    there.change(ADA, own, result=[choice("loud")])  # she agrees after all
    assert there.pull().new == {"taken": 1}
    assert there.answers()[PINS[0], ADA] == "loud"
    assert there.status(PINS[0]) == ("done", 1)


def test_edits_and_deletions_there_are_followed_here(both: There) -> None:
    both.push()
    annotation = both.annotate(ADA, PINS[0], "loud")
    both.pull()
    both.change(ADA, annotation, result=[choice("calm")])
    edited = both.pull()
    assert (edited.new, edited.undone) == ({"taken": 1}, 1)
    assert both.answers() == {(PINS[0], ADA): "calm"}
    both.outside.call("DELETE", f"/api/annotations/{annotation}", token=both.tokens[ADA])
    deleted = both.pull()
    assert (deleted.new, deleted.undone) == ({"deleted": 1}, 1)
    assert both.answers() == {}
    assert both.status(PINS[0]) == ("open", 0)
    assert both.slots() == {("label-studio", "free"): 6}
    kinds = [row.kind for row in both.rows(AnswerRow)]
    assert kinds == ["answer", "undo", "answer", "undo"]  # nothing is ever changed


def test_of_two_answers_of_one_person_the_last_counts_once(both: There) -> None:
    both.ask(PINS, wanted=2)
    both.push()
    both.annotate(ADA, PINS[0], "loud")
    both.pull()
    second = both.annotate(ADA, PINS[0], "calm")
    assert both.pull().new == {"superseded": 1, "taken": 1}
    assert both.answers() == {(PINS[0], ADA): "calm"}
    assert both.status(PINS[0]) == ("open", 1)
    both.outside.call("DELETE", f"/api/annotations/{second}", token=both.tokens[ADA])
    both.pull()
    assert both.answers() == {(PINS[0], ADA): "loud"}


def test_more_answers_than_wanted_are_kept_and_not_counted(there: There) -> None:
    there.push()
    there.annotate(ADA, PINS[0], "loud")
    there.annotate(BOB, PINS[0], "calm")
    assert there.pull().new == {"taken": 1, "late": 1}
    assert there.pull().new == {}
    assert there.status(PINS[0]) == ("done", 1)
    there.ask(PINS, wanted=2)
    there.push()
    assert there.pull().new == {"taken": 1}
    assert there.status(PINS[0]) == ("done", 2)


def test_skips_unknown_labels_and_unknown_people_are_no_answers(there: There) -> None:
    there.push()
    there.annotate(ADA, PINS[0], "loud", was_cancelled=True, result=[])
    there.annotate(ADA, PINS[1], "deafening")
    there.annotate(EVE, PINS[2], "loud")
    report = there.pull()
    assert report.new == {"skipped": 1, "no class": 1, "no annotator": 1}
    assert set(report.not_taken) == {
        f"{ADA} said 'deafening'",
        f"no annotator is named {EVE}",
    }
    assert there.answers() == {}
    there.add_annotator(EVE)
    assert there.pull().new == {"taken": 1}
    assert there.answers() == {(PINS[2], EVE): "loud"}


@pytest.mark.parametrize(
    ("more", "says"),
    [
        pytest.param({"is_active": False}, "is not active any more", id="inactive"),
        pytest.param({"signals": ["spam"]}, "may not answer tone", id="another signal's"),
    ],
)
def test_who_may_not_answer_here_may_not_there(
    there: There, more: dict[str, Any], says: str
) -> None:
    with there.database.writing() as session:
        session.execute(update(AnnotatorRow).where(AnnotatorRow.name == ADA).values(**more))
    there.push()
    there.annotate(ADA, PINS[0], "loud")
    assert there.pull().not_taken == (f"{ADA} {says}",)
    assert there.answers() == {}


def test_a_pin_that_is_not_asked_any_more_leaves_unless_someone_touched_it(there: There) -> None:
    there.push()
    there.annotate(ADA, PINS[0], "loud")
    there.ask(PINS[2:])
    report = there.push()
    assert report.withdrawn == 1
    left = {task["data"]["pin_id"] for task in there.tasks()}
    assert left == {PINS[0], *PINS[2:]}
    there.pull()
    assert there.answers() == {(PINS[0], ADA): "loud"}  # her work is not lost


def test_copies_of_a_pin_are_removed_whoever_made_them(there: There) -> None:
    there.push()
    copy = {"data": {"pin_id": PINS[0], "text": "a copy", "link": "-"}}
    other = {"data": {"text": "a pin of others", "link": "-"}}
    path = f"/api/projects/{there.project}/import"
    there.outside.call("POST", path, [copy, copy, other])
    report = there.push()
    assert (report.duplicates, report.foreign, report.sent) == (2, 1, 0)
    pins = Counter(task["data"].get("pin_id") for task in there.tasks())
    assert pins == {**dict.fromkeys(PINS, 1), None: 1}


def test_a_push_that_was_killed_before_it_noted_its_tasks_goes_on(there: There) -> None:
    there.push()
    with there.database.writing() as session:
        session.query(LabelStudioTaskRow).delete()
    report = there.push()
    assert (report.sent, report.duplicates) == (0, 0)
    there.annotate(ADA, PINS[0], "loud")
    there.pull()
    assert there.answers() == {(PINS[0], ADA): "loud"}


def test_old_predictions_give_way_to_new_ones(there: There) -> None:
    there.push()
    old = {"model_version": "older", "score": 0.1, "result": []}
    there.outside.call("POST", "/api/predictions", old | {"task": there.task(PINS[0])})
    assert there.push().predictions == 1
    versions = [{p["model_version"] for p in task["predictions"]} for task in there.tasks()]
    assert all(len(version) == 1 for version in versions)
    assert len(set.union(*versions)) == 1


def test_tasks_can_be_taken_back_to_the_app(both: There) -> None:
    both.push()
    both.annotate(ADA, PINS[0], "loud")
    report = take_back(both.workspace, both.server, "tone", "pins")
    assert report.slots == 5
    assert both.answers() == {(PINS[0], ADA): "loud"}
    queue = ReviewQueue(both.database, both.workspace.signal("tone"), "pins")
    assert len(queue.claim(BOB, 10)) == 5


def test_a_project_that_was_deleted_gives_its_slots_back(there: There) -> None:
    there.push()
    there.annotate(ADA, PINS[0], "loud")
    there.pull()
    there.outside.call("DELETE", f"/api/projects/{there.project}")
    with pytest.raises(LabelStudioError, match=r"has no project \d+ any more. Its 5 unanswered"):
        there.pull()
    assert there.answers() == {(PINS[0], ADA): "loud"}
    assert there.slots()["app", "free"] == 5
    assert there.push().sent == 5


def test_a_project_on_a_lost_server_can_be_given_up(there: There) -> None:
    there.push()
    report = take_back(there.workspace, None, "tone", "pins")
    assert (report.slots, report.pulled) == (6, None)
    assert there.slots() == {("app", "free"): 6}


def test_the_pins_are_at_one_server_at_a_time(there: There) -> None:
    there.push()
    elsewhere = Server(there.outside.url.replace("127.0.0.1", "localhost"), there.outside.token)
    with pytest.raises(LabelStudioError, match="take them back from there first"):
        push(there.workspace, elsewhere, "tone", "pins")


def test_pulls_at_the_same_time_take_each_annotation_once(both: There) -> None:
    both.ask(PINS, wanted=2)
    both.push()
    for pin in PINS[:4]:
        both.annotate(ADA, pin, "loud")
    with ThreadPoolExecutor(3) as pool:
        reports = list(pool.map(lambda _: both.pull(), range(3)))
    assert sum(report.new.get("taken", 0) for report in reports) == 4
    assert len(both.rows(AnswerRow)) == 4
    assert both.slots() == {("label-studio", "answered"): 4, ("label-studio", "free"): 8}


def test_the_trail_is_append_only(both: There) -> None:
    both.push()
    both.annotate(EVE, PINS[0], "loud", completed_by=both.users[ADA])
    both.pull()
    with (
        pytest.raises(labeling.LabelingError, match="append-only"),
        both.database.writing() as session,
    ):
        session.execute(update(LabelStudioTrailRow).values(verdict="taken"))


def test_watching_brings_answers_as_they_are_given(there: There) -> None:
    there.push()
    watched = Watched()
    moments = iter(
        [
            lambda: there.annotate(ADA, PINS[0], "loud"),
            lambda: None,
            lambda: there.annotate(ADA, PINS[1], "calm"),
        ]
    )

    def wait(seconds: float) -> None:
        next(moments)()

    reports = watch(there.workspace, there.server, "tone", "pins", watched, every=0.0, wait=wait)
    assert [next(reports).new for _ in range(3)] == [{}, {"taken": 1}, {"taken": 1}]
    assert (watched.new, watched.polls, watched.pulls) == ({"taken": 2}, 4, 3)
