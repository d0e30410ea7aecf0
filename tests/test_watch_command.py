"""Watching a real workspace: what is new, what it is held against, what people's part says."""

from __future__ import annotations

import io
import json
from datetime import timedelta
from pathlib import Path

import numpy as np
import pytest
from conftest import make_pins, make_workspace
from crowds import NOON, add_answers, ask
from rich.console import Console
from sqlalchemy import insert, select, update
from test_cli import call

import labeling
from labeling.database import Database
from labeling.errors import WatchError, WorkspaceError
from labeling.gold import save_gold
from labeling.records import read_runs
from labeling.review.auditing import number_of
from labeling.review.people import add_person
from labeling.review.tasks import AUDIT, Candidate, enqueue
from labeling.signals import Signal
from labeling.tables import DatasetVersionRow, ModelRow, ReviewTaskRow, WatchRow
from labeling.watching.baseline import find_baseline, split_pins
from labeling.watching.people import (
    compare_agreement,
    compare_queue,
    read_agreement,
    read_answered,
    read_gold_since_model,
    read_queue_age,
)
from labeling.watching.recording import read_watches, record_watch
from labeling.watching.report import WatchReport
from labeling.watching.terminal import show_watch
from labeling.watching.verdict import Limits, judge
from labeling.watching.watch import watch
from labeling.workspace import Workspace


@pytest.fixture(scope="module")
def grown(tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    """A workspace in which `tone` was run before pins came that lack the word sale."""
    workspace = make_workspace(tmp_path_factory.mktemp("grown") / "home", 240)
    labeling.run(workspace, "tone", "pins")
    watch(workspace, "tone", "pins")
    pins = make_pins(240, seed=7)
    pins["pin_id"] = "n" + pins["pin_id"]
    for field in ("title", "description"):
        for word in ("sale", "free", "gratis"):
            pins[field] = pins[field].str.replace(f"(?i){word}", "bargain", regex=True)
    edited = make_pins(240).head(3).assign(title="a title of today")
    for number, frame in enumerate((pins, edited)):
        file = workspace.home / f"more{number}.csv"
        frame.to_csv(file, index=False)
        labeling.import_collection(workspace, "pins", file)
    return workspace


@pytest.fixture(scope="module")
def found(grown: Workspace) -> WatchReport:
    return watch(grown, "tone", "pins")


def test_new_pins_are_held_against_the_last_run_that_did_not_see_them(found: WatchReport) -> None:
    assert (found.pins_before, found.pins_new) == (237, 243)
    assert found.baseline["run"] == 1
    assert found.against == "run 1 on revision 1"
    assert found.verdict == "alarm"
    assert found.exit_code == 3


def test_what_drifted_is_named_first_with_what_to_do(found: WatchReport) -> None:
    value = found.to_json()
    assert list(value)[:2] == ["verdict", "drifted"]
    first = value["drifted"][0]
    assert (first["level"], first["aspect"], first["name"]) == ("alarm", "function", "sale_words")
    assert "sale_words went silent" in first["sentence"]
    assert "labeling try tone sale_words pins" in value["actions"][0]
    named = {(one["aspect"], one["name"]) for one in value["drifted"]}
    assert ("new words", "bargain") in named
    assert not {("function", "nature_words"), ("function", "parks")} & named
    vectors = next(one for one in found.comparisons if one.aspect == "vectors")
    assert all(
        id.startswith("n") or id in ("p00000", "p00001", "p00002") for id in vectors.examples
    )


def test_a_report_that_is_read_back_is_the_same(database: Database, found: WatchReport) -> None:
    database.migrate()
    value = json.loads(json.dumps(found.to_json(), allow_nan=False))
    assert WatchReport.from_json(value).to_json() == value
    record_watch(database, found, NOON)
    (record,) = read_watches(database, "tone", "pins")
    assert record.report.to_json() == value
    assert record.created_at == NOON


def test_the_same_state_gives_the_same_verdict(grown: Workspace, found: WatchReport) -> None:
    again = watch(grown, "tone", "pins", against="1")
    assert [one for one in again.comparisons if one.aspect != "queue"] == [
        one for one in found.comparisons if one.aspect != "queue"
    ]


def test_the_command_exits_with_3_on_an_alarm_and_prints_one_object(
    grown: Workspace, tmp_path: Path
) -> None:
    page = tmp_path / "watch.html"
    done = call("--home", grown.home, "watch", "tone", "pins", "--json", "--html", page)
    assert done.returncode == 3, done.stderr
    value = json.loads(done.stdout)
    assert value["drifted"][0]["name"] == "sale_words"
    html = page.read_text("utf-8")
    assert "<title>tone on pins: alarm</title>" in html
    assert html.index(value["drifted"][0]["sentence"]) < html.index("Watch by watch")


def test_the_terminal_says_verdict_names_and_what_to_do(found: WatchReport) -> None:
    console = Console(width=200, record=True, file=io.StringIO())
    show_watch(found, console)
    said = console.export_text()
    assert "243 new pins against 237 of run 1 on revision 1" in said
    assert said.index("alarm") < said.index("sale_words went silent") < said.index("to do")
    assert "retrain: 0 new gold labels and no model yet" in said


def test_a_changed_pin_is_new_and_its_neighbours_in_the_shard_are_old(grown: Workspace) -> None:
    pins = grown.collection("pins")
    baseline = find_baseline(grown, "tone", pins, None)
    portions = split_pins(grown.store, pins, baseline, None)
    assert [portion.part for portion in portions] == ["mixed", "old", "new", "new"]
    assert portions[0].is_new(grown.store).nonzero()[0].tolist() == [0, 1, 2]


@pytest.mark.parametrize(
    ("against", "says"),
    [
        pytest.param("99", "no finished run 99 of tone on pins; the last ones are", id="run"),
        pytest.param("pin", "neither a run's number nor a collection", id="name"),
        pytest.param("pins", "cannot be held against itself", id="itself"),
    ],
)
def test_a_baseline_that_is_none_is_refused(grown: Workspace, against: str, says: str) -> None:
    with pytest.raises(WatchError, match=says):
        watch(grown, "tone", "pins", against=against)


def test_pins_of_a_run_that_no_watch_followed_are_still_new(tmp_path: Path) -> None:
    workspace = make_workspace(tmp_path / "home", 40)
    labeling.run(workspace, "tone", "pins")
    watch(workspace, "tone", "pins")
    for count in (60, 80):  # the first of the two was killed between its run and its watch
        make_pins(count).to_csv(tmp_path / "more.csv", index=False)
        labeling.import_collection(workspace, "pins", tmp_path / "more.csv")
        labeling.run(workspace, "tone", "pins")
    for _ in range(2):
        found = watch(workspace, "tone", "pins")
        assert (found.against, found.pins_new) == ("run 1 on revision 1", 40)
    make_pins(100).to_csv(tmp_path / "more.csv", index=False)
    labeling.import_collection(workspace, "pins", tmp_path / "more.csv")
    assert find_baseline(workspace, "tone", workspace.collection("pins"), None).revision == 3
    pins = workspace.collection("pins")
    assert find_baseline(workspace, "tone", pins, 2).run == 2
    labeling.import_collection(workspace, "2", tmp_path / "more.csv")
    assert find_baseline(workspace, "tone", pins, "2").against == "collection", "a name wins"


def test_another_collection_is_voted_on_by_the_same_functions(grown: Workspace) -> None:
    make_pins(200, seed=11).to_csv(grown.home / "other.csv", index=False)
    labeling.import_collection(grown, "other", grown.home / "other.csv")
    found = watch(grown, "tone", "pins", against="other")
    assert (found.pins_before, found.pins_new) == (200, 480)
    assert found.against == "the collection other"
    levels = {(one.aspect, one.name): one.level for one in found.comparisons}
    assert levels["function", "sale_words"] != "ok"
    assert levels["function", "nature_words"] == "ok"
    assert read_runs(grown, collection="other") == []


def test_without_new_pins_only_peoples_part_is_looked_at(grown: Workspace) -> None:
    first = read_watches(grown.database, "tone", "pins")[-1].report
    assert (first.verdict, first.pins_new, first.exit_code) == ("ok", 0, 0)
    assert first.notes == (
        "No pins came since run 1 on revision 1, so only people's part was looked at.",
    )
    assert [one.aspect for one in first.comparisons] == ["queue"]
    with pytest.raises(WorkspaceError, match="other was not yet run on pins"):
        find_baseline(grown, "other", grown.collection("pins"), None)


def test_the_queues_age_is_that_of_its_oldest_tasks(database: Database) -> None:
    database.migrate()
    chosen = [
        Candidate(priority=0.5, pin_id=f"p{n}", reason="uncertain", group="") for n in range(40)
    ]
    enqueue(database, "tone", "pins", chosen, now=NOON)
    task = ReviewTaskRow
    with database.writing() as session:
        session.execute(
            update(task).where(task.pin_id == "p3").values(created_at=NOON - timedelta(days=20))
        )
        session.execute(
            update(task).where(task.pin_id == "p4").values(created_at=NOON - timedelta(days=9))
        )
    found = read_queue_age(database, "tone", "pins", NOON + timedelta(days=1))
    assert (found.open, found.oldest_days, found.p95_days) == (40, 21.0, 10.0)
    (late,) = compare_queue(found, 7.0)
    assert (late.level, late.name) == ("watch", "queue")
    assert [one.level for one in compare_queue(found, 12.0)] == ["ok"]
    assert list(compare_queue(read_queue_age(database, "tone", "none", NOON), 7.0)) == []


def test_gold_since_what_the_newest_model_learned_is_counted(database: Database) -> None:
    database.migrate()
    save_gold(database, "tone", "pins", {"p1": "calm", "p2": "loud"}, source="test", now=NOON)
    found = read_gold_since_model(database, "tone", "pins")
    assert (found.dataset, found.gold) == (None, 2)
    both = {"name": "tone-pins", "signal": "tone"}
    for day, version in ((-1, 3), (1, 4)):
        at, folder = NOON + timedelta(days=day), f"tone-pins/v{version:04d}-0123456789ab"
        row = {"version": version, "folder": f"datasets/{folder}", "rows": 2, "created_at": at}
        row["digest"] = folder
        with database.writing() as session:
            session.add(DatasetVersionRow(**both, **row, collection="pins"))
    assert read_gold_since_model(database, "tone", "pins").gold == 2, "no model learned from it"
    for version, newer in ((3, 2), (4, 0)):
        dataset = f"tone-pins@v{version:04d}-0123456789ab"
        row = both | {"digest": dataset, "version": version, "folder": "m", "dataset": dataset}
        with database.writing() as session:
            session.add(ModelRow(**row, created_at=NOON))
        found = read_gold_since_model(database, "tone", "pins")
        assert (found.dataset, found.gold) == (dataset, newer)


def test_a_verdict_that_is_none_is_refused_by_the_database(database: Database) -> None:
    database.migrate()
    row = {"signal": "tone", "collection": "pins", "report": {}, "created_at": NOON}
    with pytest.raises(labeling.LabelingError), database.writing() as session:
        session.execute(insert(WatchRow), [{**row, "verdict": "fine"}])
    with database.reading() as session:
        assert session.scalars(select(WatchRow)).all() == []


def test_help_says_what_a_scheduler_needs(tmp_path: Path) -> None:
    said = " ".join(call("watch", "--help", cwd=tmp_path).stdout.split())
    assert "Exit code 3 for an alarm" in said


def test_agreement_that_fell_since_the_baseline_is_named(database: Database) -> None:
    database.migrate()
    pins = [f"p{number:03d}" for number in range(120)]
    ask(database, "tone", pins, wanted=2)
    signal = Signal("tone", classes=["calm", "loud"])
    random = np.random.default_rng(0)
    first = [str(label) for label in random.choice(signal.classes, 120)]
    agrees = np.where(np.arange(120) < 60, 0.95, 0.55) > random.random(120)
    other = {"calm": "loud", "loud": "calm"}
    second = [f if same else other[f] for f, same in zip(first, agrees, strict=True)]
    for part, at in ((slice(0, 60), NOON), (slice(60, 120), NOON + timedelta(days=9))):
        for name, labels in (("ann", first), ("bea", second)):
            triples = [
                (pin, name, label) for pin, label in zip(pins[part], labels[part], strict=True)
            ]
            add_answers(database, "tone", triples, created_at=at)
    trend = read_agreement(database, signal, "pins", NOON + timedelta(days=1))
    (found,) = judge(list(compare_agreement(trend)), Limits())
    assert (found.level, found.name) == ("alarm", "agreement")
    assert found.effect > 0.5
    halves = read_agreement(database, signal, "pins", None)
    assert halves == trend
    assert read_agreement(database, signal, "none", None) is None
    assert list(compare_agreement(None)) == []


def test_only_what_the_audit_drew_is_audited_and_late_is_what_came_after(
    database: Database,
) -> None:
    database.migrate()
    signal = Signal("tone", classes=["calm", "loud"])
    pins = sorted((f"p{number}" for number in range(40)), key=lambda id: number_of(id, 0))
    chosen = [Candidate(priority=0.5, pin_id=pins[9], reason=AUDIT, group="", inclusion=0.25)]
    enqueue(database, "tone", "pins", chosen, now=NOON)
    add_answers(database, "tone", [(pins[9], "ann", "calm")])
    save_gold(database, "tone", "pins", dict.fromkeys(pins[5:10], "calm"), source="a", now=NOON)
    later = NOON + timedelta(days=2)
    save_gold(database, "tone", "pins", dict.fromkeys(pins[8:15], "calm"), source="b", now=later)
    found = read_answered(database, signal, "pins", since=NOON + timedelta(days=1), seed=0)
    assert set(found.gold) == set(pins[5:15])
    assert found.audited == set(pins[5:10])
    assert found.late == set(pins[10:15])


def test_the_page_shows_the_newest_verdict_and_what_to_do(
    grown: Workspace, found: WatchReport, monkeypatch: pytest.MonkeyPatch
) -> None:
    pytest.importorskip("streamlit.testing.v1", reason="the extra `app` is not installed")
    from test_app import open_app

    add_person(grown.database, "Ada", role="engineer")
    app = open_app(grown.home, monkeypatch, "watch")
    assert not app.exception
    assert not app.error
    html = "".join(part.proto.body for part in app.get("html"))
    newest = read_watches(grown.database, "tone", "pins")[0].report
    worst = newest.drifted[0]
    assert html.index(newest.verdict) < html.index(worst.sentence)
    assert worst.name == "sale_words"
    assert "`labeling try tone sale_words pins`" in app.markdown[0].value
    table = app.dataframe[0].value
    assert table["compared"][0] == "function sale_words"
    assert len(table) == len(newest.comparisons)
