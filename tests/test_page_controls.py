"""What the pages for engineers do where someone uses them, rather than what stands on them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from browsers import WAIT_MS, browsing, chromium, serving
from test_app import open_app

from labeling.review.people import add_person
from labeling.workspace import Workspace

pytest.importorskip("streamlit.testing.v1", reason="the extra `app` is not installed")
in_a_browser = pytest.mark.skipif(chromium() is None, reason="there is no Chromium on this machine")


@pytest.fixture
def ran(run_workspace: Workspace) -> Workspace:
    """A workspace on which `tone` was run, with Ada, an admin."""
    add_person(run_workspace.database, "Ada", role="admin")
    return run_workspace


def test_the_way_back_leads_to_the_function_before_and_the_table_marks_it(
    ran: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    page = open_app(ran.home, monkeypatch, "functions")
    names = [function.name for function in ran.signal("tone")]

    def shown() -> tuple[Any, Any, list[int]]:
        assert not page.exception
        rows = page.session_state["functions"]["selection"]["rows"]
        return page.selectbox(key="function").value, page.query_params.get("function"), rows

    page.selectbox(key="function").set_value(names[0]).run()
    page.selectbox(key="function").set_value(names[1]).run()
    assert shown() == (names[1], names[1], [1])
    page.query_params["function"] = names[0]  # as the browser's way back does
    page.run()
    assert shown() == (names[0], names[0], [0])
    page.query_params.pop("function")
    page.run()
    assert shown() == (None, None, [])
    page.query_params["function"] = "a function that was removed"
    page.run()
    assert shown() == (None, None, [])


@in_a_browser
def test_a_pin_that_opens_over_a_page_has_its_colours(ran: Workspace, tmp_path: Path) -> None:
    with serving(ran.home, tmp_path / "log") as server, browsing() as browser:
        page = browser.new_page()
        page.goto(f"{server.address}/functions?you=Ada&function=sale_words")
        page.locator('[class*="st-key-open_"] button').first.click(timeout=WAIT_MS)
        inks = page.locator("[role=dialog] .bar-second, [role=dialog] .chip-right")
        inks.first.wait_for(timeout=WAIT_MS)
        seen = inks.evaluate_all("all => all.map(one => getComputedStyle(one).backgroundColor)")
        assert seen
        assert "rgba(0, 0, 0, 0)" not in seen
