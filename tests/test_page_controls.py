"""What the pages for engineers do where someone uses them, rather than what stands on them."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from browsers import DRAWN, WAIT_MS, browsing, chromium, serving
from conftest import ROOT, make_workspace
from test_app import open_app, record_runs
from test_engineer_pages import literal
from test_watch_page import make

import labeling
from labeling.review.people import add_person
from labeling.watching.recording import record_watch
from labeling.workspace import Workspace

pytest.importorskip("streamlit.testing.v1", reason="the extra `app` is not installed")
TOP_IS_SEEN = """
() => {
  const top = document.querySelector('[class*="st-key-cards_"]')?.getBoundingClientRect().top;
  return top >= 0 && top < innerHeight / 2;
}
"""
"""Whether the page of pins is seen from where it begins."""
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


def test_a_report_is_drawn_once_for_all_who_look_at_it(
    ran: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert not open_app(ran.home, monkeypatch, "report").exception
    monkeypatch.delattr("labeling.report_html.vl_convert.vegalite_to_svg")
    page = open_app(ran.home, monkeypatch, "report")
    assert not page.exception
    assert [title.value for title in page.title] == ["Report"]
    (frame,) = page.get("iframe")
    assert "Labeling functions" in frame.proto.srcdoc
    assert frame.proto.alt == "The report of tone on pins"


def test_groups_of_the_map_stand_in_the_order_of_the_classes_and_each_can_be_seen_alone(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.syspath_prepend(str(ROOT / "app"))
    from screens import map as screen

    classes = [f"class {number}" for number in range(12)]
    colours = [*reversed(classes), "no vote"]
    points = pd.DataFrame({"colour": colours, "x": 0.5, "y": 0.5})
    points[["pin_id", "title", "label"]] = "p"
    chart = screen._chart(points, "label", classes).to_dict()
    assert chart["encoding"]["color"]["sort"] == [*classes, "no vote"]
    assert chart["height"] >= screen.HEIGHT + 7 * screen.LEGEND_ROW
    (alone,) = (one for one in chart["params"] if one.get("bind") == "legend")
    assert chart["encoding"]["opacity"]["condition"][0]["param"] == alone["name"]


@in_a_browser
def test_all_pins_in_a_box_on_the_map_can_be_seen(tmp_path: Path) -> None:
    workspace = make_workspace(tmp_path / "home", 60)
    add_person(workspace.database, "Ada", role="engineer")
    labeling.run(workspace, "tone", "pins")
    labeling.map_pins(workspace, "tone", "pins")
    with serving(workspace.home, tmp_path / "log") as server, browsing() as browser:
        page = browser.new_page(viewport={"width": 1280, "height": 1000})
        page.goto(f"{server.address}/map?you=Ada")
        chart = page.locator('[data-testid="stVegaLiteChart"]')
        chart.locator("canvas, svg").first.wait_for(timeout=WAIT_MS)
        page.wait_for_timeout(1000)
        place = chart.bounding_box()
        page.mouse.move(place["x"] + 12, place["y"] + 12)
        page.mouse.down()
        page.mouse.move(place["x"] + place["width"] - 12, place["y"] + 520, steps=5)
        page.mouse.up()
        seen: list[int] = []
        for number in (1, 2, 3):
            page.get_by_text(f"Page {number}", exact=True).wait_for(timeout=WAIT_MS)
            page.wait_for_function(DRAWN)
            seen.append(page.locator(".pin-card").count())
            if number < 3:
                page.get_by_role("button", name="Next").click()
                page.wait_for_function(TOP_IS_SEEN, timeout=WAIT_MS)
        assert page.get_by_text(f"{sum(seen)} pins chosen", exact=True).count() == 1
        assert seen[:2] == [24, 24]
        assert page.get_by_role("button", name="Next").is_disabled()


def test_an_admin_is_told_what_was_saved_and_that_who_may_not_sign_in_can_again(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    add_person(workspace.database, "Ada", role="admin")
    add_person(workspace.database, "Bob *B*")
    page = open_app(workspace.home, monkeypatch, "people")

    def press(name: str) -> list[str]:
        next(button for button in page.button if button.label == name).click().run()
        return [toast.value for toast in page.toast]

    page.selectbox(key="whom").set_value("Bob *B*").run()
    assert press("Save") == [literal("Saved: Bob *B*, annotator, all signals.")]
    assert press("Deactivate") == [literal("Bob *B* may not sign in any more; their answers stay.")]
    (said,) = (one.value for one in page.caption if "may not sign in" in one.value)
    assert "Save lets them in again" in said
    press("Save")
    assert not [one for one in page.caption if "may not sign in" in one.value]


@pytest.mark.parametrize(("revision", "warned"), [(0, True), (1, False)], ids=["old", "newest"])
def test_a_watch_of_before_the_last_import_says_so(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch, revision: int, warned: bool
) -> None:
    add_person(workspace.database, "Ada", role="engineer")
    record_runs(workspace, "tone")
    record_watch(workspace.database, make(revision=revision), datetime.now(UTC))
    page = open_app(workspace.home, monkeypatch, "watch")
    assert not page.exception
    said = [one.value for one in page.warning if "there is revision 1 with 300 pins" in one.value]
    assert bool(said) == warned
    assert ("labeling watch tone pins" in [code.value for code in page.code]) == warned


@in_a_browser
def test_a_watch_leads_to_the_pins_that_it_names(ran: Workspace, tmp_path: Path) -> None:
    gone = "a pin of before"
    told = [replace(one, examples=("p00007", gone)) for one in make().comparisons]
    record_watch(ran.database, make(comparisons=tuple(told)), datetime.now(UTC))
    with serving(ran.home, tmp_path / "log") as server, browsing() as browser:
        page = browser.new_page()
        page.goto(f"{server.address}/watch?you=Ada")
        page.get_by_role("button", name="p00007").first.click(timeout=WAIT_MS)
        story = page.get_by_role("dialog")
        story.get_by_text("Votes (").wait_for(timeout=WAIT_MS)
        page.keyboard.press("Escape")
        story.wait_for(state="hidden", timeout=WAIT_MS)
        page.get_by_role("button", name=gone).first.click(timeout=WAIT_MS)
        story.get_by_text(gone).wait_for(timeout=WAIT_MS)
        assert "Traceback" not in story.inner_text()
