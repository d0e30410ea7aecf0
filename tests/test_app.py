from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from conftest import ROOT, make_workspace

import labeling
from labeling.review.choosing import open_tasks
from labeling.workspace import Workspace

testing = pytest.importorskip("streamlit.testing.v1", reason="the extra `app` is not installed")
APP = str(ROOT / "app" / "main.py")


def open_app(home: Path, monkeypatch: pytest.MonkeyPatch) -> testing.AppTest:
    monkeypatch.setenv("LABELING_HOME", str(home))
    return testing.AppTest.from_file(APP, default_timeout=60).run()


def test_the_app_shows_the_run_its_queue_and_its_versions(
    run_workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    page = open_app(run_workspace.home, monkeypatch)
    assert not page.exception
    assert page.title[0].value == "tone on pins"
    queue, versions = (table.value for table in page.dataframe)
    assert len(queue) == 20
    assert list(queue["priority"]) == sorted(queue["priority"], reverse=True)
    assert versions["version"][0].startswith("tone-pins@v0001-")


def test_an_empty_workspace_says_what_to_do(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    labeling.init_workspace(tmp_path)
    page = open_app(tmp_path, monkeypatch)
    assert page.title[0].value == "Nothing was run yet"
    assert "labeling run spam mypins" in page.code[0].value


def test_a_folder_that_is_no_workspace_is_said_not_raised(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    page = open_app(tmp_path, monkeypatch)
    assert "is not a workspace" in page.error[0].value


def test_the_app_never_loads_torch() -> None:
    code = "import sys, labeling.review.choosing, labeling.report_html, labeling.records\n"
    code += "import labeling.map_points, labeling.pictures, labeling.report_pictures\n"
    code += "sys.exit('torch' in sys.modules)"
    subprocess.run([sys.executable, "-c", code], check=True)


def test_every_open_task_comes_with_its_pins_text(run_workspace: Workspace) -> None:
    tasks = open_tasks(run_workspace.store, run_workspace.database, "tone", "pins")
    assert len(tasks) == 20
    assert tasks["title"].notna().all()


def test_the_app_shows_the_map_that_is_drawn_or_says_how_to_draw_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    workspace = make_workspace(tmp_path / "home")
    labeling.run(workspace, "tone", "pins")
    page = open_app(workspace.home, monkeypatch)
    assert not page.exception
    assert page.code[0].value == "labeling map tone pins"
    labeling.map_pins(workspace, "tone", "pins")
    page = open_app(workspace.home, monkeypatch)
    assert not page.exception
    assert {"label", "doubt", "sale_words"} <= set(page.selectbox[0].options)
    for way in ("doubt", "sale_words"):
        assert not page.selectbox[0].set_value(way).run().exception
