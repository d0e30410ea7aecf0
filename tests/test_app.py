from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from browsers import WAIT_MS, Reviewer, browsing, chromium, serving
from conftest import ROOT, make_workspace, write_signal

import labeling
from labeling.records import end_run, start_run
from labeling.review.claiming import ReviewQueue
from labeling.review.people import add_person, deactivate, list_people
from labeling.review.tasks import UNCERTAIN, Candidate, enqueue
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
        "answers",
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


def test_who_came_by_the_address_is_still_here_when_the_next_page_does_not_say_who(
    three_jobs: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    page = open_app(three_jobs.home, monkeypatch, "people")
    page.query_params.clear()  # as a click on another page does
    page._page_hash = page_hash("runs")
    look_again(monkeypatch)
    page.run()
    assert page.title[0].value == "Runs"
    assert page.query_params["you"] == "Ada"


def test_someone_deactivated_is_told_so_and_another_may_sign_in(
    three_jobs: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    page = open_app(three_jobs.home, monkeypatch)
    deactivate(three_jobs.database, "Ada")
    look_again(monkeypatch)
    for asked in (page, open_app(three_jobs.home, monkeypatch)):
        asked.run()
        assert "Ada was deactivated" in asked.error[0].value
        asked.text_input[0].set_value("Grace")
        asked.button[0].click().run()
        assert "Grace · annotator" in [caption.value for caption in asked.sidebar.caption]
        assert not asked.error


def test_a_name_typed_in_another_case_is_said_to_be_whose_it_is(
    three_jobs: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    page = open_app(three_jobs.home, monkeypatch, you="")
    page.text_input[0].set_value("ADA")
    page.button[-1].click().run()
    assert page.query_params["you"] == "Ada"
    assert page.toast[0].value == "You are Ada."
    assert len(list_people(three_jobs.database)) == 1


@pytest.fixture
def asked(tmp_path: Path) -> Workspace:
    """Ada, and a queue for her."""
    workspace = make_workspace(tmp_path / "home", 60)
    add_person(workspace.database, "Ada")
    labeling.run(workspace, "tone", "pins")
    return workspace


@pytest.mark.parametrize("name", ["review", "bulk"])
def test_who_signs_out_leaves_their_pins_to_others_and_does_not_come_back_by_the_way_back(
    asked: Workspace, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    queue = ReviewQueue(asked.database, asked.signal("tone"), "pins")
    page = open_app(asked.home, monkeypatch, name)
    (elsewhere,) = queue.claim("Bob")
    assert queue.held("Ada")
    next(button for button in page.button if button.label == "Sign out").click().run()
    assert not queue.held("Ada")
    assert [claimed.lease for claimed in queue.held("Bob")] == [elsewhere.lease]
    assert "you" not in page.query_params
    page.query_params["you"] = "Ada"
    page.run()
    assert page.title[0].value == "Who is here?"


@pytest.mark.skipif(chromium() is None, reason="there is no Chromium on this machine")
def test_who_signs_out_keeps_the_pins_that_are_on_their_page_in_another_browser(
    asked: Workspace, tmp_path: Path
) -> None:
    queue = ReviewQueue(asked.database, asked.signal("tone"), "pins")
    with serving(asked.home, tmp_path / "log") as server, browsing() as browser:
        first, second = (Reviewer(browser, server, "Ada") for _ in range(2))
        assert first.pin == second.pin
        for one, left in ((first, 3), (second, 0)):
            one.page.get_by_role("button", name="Sign out").click()
            one.page.wait_for_selector("text=Who is here?", timeout=WAIT_MS)
            assert len(queue.held("Ada")) == left
            one.context.close()


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
    assert not page.warning


def test_an_address_of_what_is_not_there_says_what_is_shown_instead(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    workspace = make_workspace(tmp_path / "home", 30)
    add_person(workspace.database, "Ada", signals=["mood"])
    record_runs(workspace, "mood", "topic")
    page = open_app(workspace.home, monkeypatch, "runs", on="topic on pins")
    assert page.sidebar.selectbox(key="job").options == ["mood on pins"]
    # in the main part: a phone shows no sidebar
    assert "topic on pins is not there, or not for you" in page.main.warning[0].value


def test_the_browsers_way_back_leads_to_what_was_worked_on_before(
    three_jobs: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    page = open_app(three_jobs.home, monkeypatch, "people", on="tone on pins")
    page.sidebar.selectbox(key="job").set_value("topic on pins").run()
    page.query_params["on"] = "tone on pins"
    page.run()
    assert page.sidebar.selectbox(key="job").value == "tone on pins"
    assert page.query_params["on"] == "tone on pins"


def test_a_pin_in_the_address_ends_with_what_it_is_a_pin_of(
    three_jobs: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    page = open_app(three_jobs.home, monkeypatch, "people", on="tone on pins")
    page.query_params["pin"] = "p00001"
    page.run()
    assert page.query_params["pin"] == "p00001"
    page.sidebar.selectbox(key="job").set_value("topic on pins").run()
    assert page.query_params == {"you": "Ada", "on": "topic on pins"}


def test_where_other_work_waits_is_said(
    three_jobs: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    for signal, count in (("mood", 1), ("tone", 2), ("topic", 3)):
        pins = [f"p{number:05d}" for number in range(count)]
        chosen = [Candidate(priority=0.5, pin_id=p, reason=UNCERTAIN, group=p) for p in pins]
        enqueue(three_jobs.database, signal, "pins", chosen)
    page = open_app(three_jobs.home, monkeypatch, on="tone on pins")
    said = r"2 open here; topic on pins has 3 open, mood on pins 1\."
    assert page.sidebar.caption[0].value == said
    add_person(three_jobs.database, "Bob", signals=["mood", "tone"])
    page = open_app(three_jobs.home, monkeypatch, you="Bob", on="tone on pins")
    assert not any("topic" in caption.value for caption in page.sidebar.caption)
    ReviewQueue(three_jobs.database, three_jobs.signal("tone"), "pins").claim("Ada", 2)
    for name in ("review", "bulk"):
        page = open_app(three_jobs.home, monkeypatch, name, you="Bob", on="tone on pins")
        assert r"mood on pins has 1 open\." in [said.value for said in page.markdown], name


def test_while_a_signals_files_cannot_be_read_people_go_on(
    asked: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    page = open_app(asked.home, monkeypatch)
    write_signal(asked.home, "broken(")
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


def look_again(monkeypatch: pytest.MonkeyPatch) -> None:
    """What a page does by itself after a while: look up who is here."""
    monkeypatch.syspath_prepend(str(ROOT / "app"))
    from screens import signing_in

    monkeypatch.setattr(signing_in, "CHECK_SECONDS", 0.0)


def forget_jobs() -> None:
    """What a page does by itself after a while."""
    import streamlit

    streamlit.cache_data.clear()


def forget_signals() -> None:
    """What a page does by itself after a while."""
    import streamlit

    streamlit.cache_resource.clear()
