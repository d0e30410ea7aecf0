from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from conftest import ROOT, make_workspace, write_signal
from crowds import add_answers, ask

import labeling
from labeling.gold import read_gold
from labeling.records import end_run, start_run
from labeling.review.people import add_person
from labeling.workspace import Workspace

testing = pytest.importorskip("streamlit.testing.v1", reason="the extra `app` is not installed")
APP = str(ROOT / "app" / "main.py")


def open_app(
    home: Path,
    monkeypatch: pytest.MonkeyPatch,
    page: str = "review",
    you: str = "Ada",
    on: str = "",
) -> testing.AppTest:
    """Return a page of the app, opened by its address."""
    monkeypatch.setenv("LABELING_HOME", str(home))
    app = testing.AppTest.from_file(APP, default_timeout=60)
    if you:
        app.query_params["you"] = you
    if on:
        app.query_params["on"] = on
    app._page_hash = page_hash(page)
    return app.run()


def page_hash(page: str) -> str:
    from streamlit.util import calc_hash

    return calc_hash(page)


@pytest.fixture
def home(run_workspace: Workspace) -> Path:
    for role in ("annotator", "reviewer", "engineer", "admin"):
        add_person(run_workspace.database, role, role=role)
    add_person(run_workspace.database, "Ada", role="admin")
    return run_workspace.home


@pytest.mark.parametrize(
    "page",
    [
        "review",
        "bulk",
        "adjudicate",
        "quality",
        "watch",
        "report",
        "map",
        "collection",
        "functions",
        "runs",
        "datasets",
        "people",
    ],
)
def test_every_page_opens(home: Path, monkeypatch: pytest.MonkeyPatch, page: str) -> None:
    app = open_app(home, monkeypatch, page)
    assert not app.exception
    assert not app.error


def test_a_page_is_not_shown_to_a_role_that_may_not_see_it(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    app = open_app(home, monkeypatch, "runs", you="annotator")
    assert not app.dataframe
    assert "for the role engineer, and yours is annotator" in app.info[0].value


def test_the_app_lists_versions(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    versions = open_app(home, monkeypatch, "datasets").dataframe[0].value
    assert versions["version"][0].startswith("tone-pins@v0001-")


def test_an_empty_workspace_says_what_to_do(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    workspace = labeling.init_workspace(tmp_path)
    add_person(workspace.database, "Ada", role="engineer")
    page = open_app(tmp_path, monkeypatch)
    assert page.title[0].value == "Nothing was run yet"
    assert "labeling run spam mypins" in page.code[0].value


def test_the_first_to_sign_in_becomes_the_admin(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    labeling.init_workspace(tmp_path)
    page = open_app(tmp_path, monkeypatch, you="")
    assert page.title[0].value == "Who is here?"
    page.text_input[0].set_value("Grace  Hopper")
    page.button[0].click().run()
    assert "Grace Hopper · admin" in page.sidebar.caption[0].value


def test_a_folder_that_is_no_workspace_is_said_not_raised(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    page = open_app(tmp_path, monkeypatch)
    assert "is not a workspace" in page.error[0].value.replace("\\", "")


def test_the_app_never_loads_torch() -> None:
    code = "import sys, navigation; sys.exit('torch' in sys.modules)"
    folders = os.pathsep.join([str(ROOT / "app"), str(ROOT)])
    environment = os.environ | {"PYTHONPATH": folders}
    command = [sys.executable, "-W", "ignore", "-c", code]
    subprocess.run(command, check=True, env=environment, stderr=subprocess.DEVNULL)


def test_the_app_shows_the_map_that_is_drawn_or_says_how_to_draw_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    workspace = make_workspace(tmp_path / "home")
    add_person(workspace.database, "Ada", role="engineer")
    labeling.run(workspace, "tone", "pins")
    page = open_app(workspace.home, monkeypatch, "map")
    assert not page.exception
    assert page.code[0].value == "labeling map tone pins"
    labeling.map_pins(workspace, "tone", "pins")
    page = open_app(workspace.home, monkeypatch, "map")
    assert not page.exception
    (colours,) = (box for box in page.selectbox if box.key == "colour")
    assert {"label", "doubt", "sale_words"} <= set(colours.options)
    for way in ("doubt", "sale_words"):
        assert not colours.set_value(way).run().exception


@pytest.fixture
def three_jobs(tmp_path: Path) -> Workspace:
    """Ada, an admin, and runs of `mood`, `topic` and `tone`, the newest last."""
    workspace = make_workspace(tmp_path / "home", 30)
    add_person(workspace.database, "Ada", role="admin")
    record_runs(workspace, "mood", "topic", "tone")
    return workspace


def test_what_is_worked_on_stays_the_same_when_another_run_ends(
    three_jobs: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    page = open_app(three_jobs.home, monkeypatch, "people")
    chosen = page.sidebar.selectbox(key="job")
    assert chosen.options == ["tone on pins", "topic on pins", "mood on pins"]
    chosen.select_index(1).run()
    record_runs(three_jobs, "mood")
    forget_jobs()
    page.run()
    chosen = page.sidebar.selectbox(key="job")
    assert chosen.options == ["mood on pins", "tone on pins", "topic on pins"]
    assert page.query_params["on"] == "topic on pins"
    assert chosen.value == "topic on pins"


def test_another_page_goes_on_with_who_is_here_and_what_is_worked_on(
    three_jobs: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    page = open_app(three_jobs.home, monkeypatch, "people")
    page.sidebar.selectbox(key="job").set_value("topic on pins").run()
    page.query_params.clear()  # as a click on another page does
    page._page_hash = page_hash("runs")
    page.run()
    assert page.title[0].value == "Runs"
    assert page.sidebar.selectbox(key="job").value == "topic on pins"
    assert page.query_params == {"you": "Ada", "on": "topic on pins"}
    assert not page.sidebar.warning


def test_an_address_of_what_is_not_there_says_what_is_shown_instead(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    workspace = make_workspace(tmp_path / "home", 30)
    add_person(workspace.database, "Ada", signals=["mood"])
    record_runs(workspace, "mood", "topic")
    page = open_app(workspace.home, monkeypatch, "runs", on="topic on pins")
    assert page.sidebar.selectbox(key="job").options == ["mood on pins"]
    assert "topic on pins is not there, or not for you" in page.sidebar.warning[0].value


def test_while_a_signals_files_cannot_be_read_people_go_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    workspace = make_workspace(tmp_path / "home", 60)
    add_person(workspace.database, "Ada")
    labeling.run(workspace, "tone", "pins")
    page = open_app(workspace.home, monkeypatch)
    write_signal(workspace.home, "broken(")
    forget_signals()
    page.run()
    assert not page.error
    assert [button.label for button in page.button if button.label in ("calm", "loud")]


def test_what_stands_in_the_way_of_a_part_that_runs_alone_is_said(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    code = f"""
import sys
sys.path.insert(0, {str(ROOT / "app")!r})
import streamlit as st
from visit import errors_said
from labeling.errors import CollectionError

@st.fragment
@errors_said()
def part():
    raise CollectionError("pins is *gone*.")

part()
"""
    page = testing.AppTest.from_string(code).run()
    assert not page.exception
    assert page.error[0].value == r"pins is \*gone\*\."


def record_runs(workspace: Workspace, *signals: str) -> None:
    """Put runs of signals on record, the last one newest."""
    for signal in signals:
        run_id = start_run(workspace, signal, workspace.collection("pins"))
        end_run(workspace, run_id, "done")


def forget_jobs() -> None:
    """What a page does by itself after a while."""
    import streamlit

    streamlit.cache_data.clear()


def forget_signals() -> None:
    """What a page does by itself after a while."""
    import streamlit

    streamlit.cache_resource.clear()


def test_a_reviewer_takes_a_decision_back_and_reads_the_guideline(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    workspace = make_workspace(tmp_path / "home")
    add_person(workspace.database, "Ada", role="reviewer")
    ask(workspace.database, "tone", ["p00000"], wanted=2)
    said = [("p00000", "ann", "calm"), ("p00000", "bea", "loud")]  # and nobody compared them
    add_answers(workspace.database, "tone", said)
    page = open_app(workspace.home, monkeypatch, "adjudicate")

    def press(name: str) -> None:
        next(one for one in page.button if one.label == name).click()
        page.run()

    def notice() -> str:
        return next(h.proto.body for h in page.get("html") if "notice" in h.proto.body)

    press("loud")
    assert page.subheader[0].value == "Nothing is disputed"
    press("Undo")
    assert "p00000 again: now loud, decide anew." in notice()
    press("calm")
    assert gold_of(workspace) == {"p00000": "calm"}
    assert page.subheader[0].value == "Nothing is disputed"
    press("Guideline")
    assert workspace.signal("tone").guideline in [text.value for text in page.markdown]


def gold_of(workspace: Workspace) -> dict[str, str]:
    signal = workspace.signal("tone")
    found = read_gold(workspace.database, signal, "pins")
    return {pin: signal.classes[label] for pin, label in found.items()}
