"""The map of a collection: the same each time, made once, safe to open."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from conftest import make_workspace
from test_report_html import HOSTILE, Page

import labeling
from labeling.errors import MapError
from labeling.map_html import render_map, write_map
from labeling.map_points import MapPoint, PinMap, Sources
from labeling.mapping import draw_map, place
from labeling.pipeline import DrawnMap
from labeling.report_html import Pictures, render_html
from labeling.report_pictures import read_pictures
from labeling.workspace import Workspace

BROWSER = Path("/usr/bin/chromium")


@pytest.fixture(scope="module")
def mapped(tmp_path_factory: pytest.TempPathFactory) -> tuple[Workspace, DrawnMap]:
    workspace = make_workspace(tmp_path_factory.mktemp("map") / "home", 300)
    labeling.run(workspace, "tone", "pins")
    return workspace, labeling.map_pins(workspace, "tone", "pins", pins=200)


def test_a_map_is_drawn_once_and_the_same_when_drawn_again(
    mapped: tuple[Workspace, DrawnMap],
) -> None:
    workspace, drawn = mapped
    path = Path(workspace.store.path(drawn.pin_map.key))
    before, made = path.read_bytes(), path.stat().st_mtime_ns
    labeling.map_pins(workspace, "tone", "pins", pins=200)
    assert path.stat().st_mtime_ns == made, "what is there stays"
    path.unlink()
    labeling.map_pins(workspace, "tone", "pins", pins=200)
    assert path.read_bytes() == before


def test_every_shard_is_in_the_sample_and_all_points_are_in_the_square(
    mapped: tuple[Workspace, DrawnMap],
) -> None:
    _, drawn = mapped
    assert len(drawn.points) == 200
    assert {p.shard for p in drawn.points} == {s.id for s in drawn.pin_map.collection.shards}
    assert all(0 <= at <= 1 for p in drawn.points for at in (p.x, p.y))


def test_points_carry_what_the_run_found(mapped: tuple[Workspace, DrawnMap]) -> None:
    workspace, drawn = mapped
    report = labeling.last_report(workspace, "tone", "pins")
    assert Sources.of_report(report, drawn.pin_map.collection) == drawn.sources
    for point in drawn.points:
        assert point.label in ("calm", "loud", "no label")
        assert point.known in ("calm", "loud")
        if not point.votes:
            assert point.label == "no label"


def test_text_and_both_are_one_map_where_there_are_no_images(workspace: Workspace) -> None:
    assert PinMap.of(workspace, "pins").key == PinMap.of(workspace, "pins", on="text").key


def test_a_map_of_images_where_there_are_none_says_what_to_do(workspace: Workspace) -> None:
    with pytest.raises(
        MapError, match="has an image to place it by; draw the map on something else"
    ):
        draw_map(workspace, PinMap.of(workspace, "pins", on="image"))


@pytest.mark.parametrize("n", [1, 2, 3, 4, 5, 8])
@pytest.mark.parametrize("equal", [False, True], ids=["different", "all equal"])
def test_few_pins_and_equal_pins_have_places_too(n: int, equal: bool) -> None:
    vectors = np.random.default_rng(0).normal(size=(1 if equal else n, 16)).astype(np.float16)
    places = place(np.broadcast_to(vectors, (n, 16)), 0)
    assert places.shape == (n, 2)
    assert np.isfinite(places).all()


def hostile_page(drawn: DrawnMap) -> str:
    point = MapPoint(
        **{**vars(drawn.points[0]), "title": HOSTILE, "link": HOSTILE, "pin_id": HOSTILE}
    )
    return render_map(drawn.pin_map, drawn.sources, [point], {})


def test_hostile_text_stays_data(mapped: tuple[Workspace, DrawnMap]) -> None:
    page = Page(hostile_page(mapped[1]))
    assert page.tags.count("script") == 2
    assert "img" not in page.tags
    assert not [name for name, _ in page.attributes if name.startswith("on")]
    policy = next(value for _, value in page.attributes if "default-src" in value)
    assert "default-src 'none'" in policy
    assert "script-src 'sha256-" in policy


def test_the_page_works_in_a_browser(mapped: tuple[Workspace, DrawnMap], tmp_path: Path) -> None:
    sync = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
    if not BROWSER.exists():
        pytest.skip(f"no browser at {BROWSER}")
    workspace, drawn = mapped
    write_map(workspace.store, drawn.pin_map, drawn.sources, drawn.points, tmp_path / "map.html")
    (tmp_path / "hostile.html").write_text(hostile_page(drawn))
    with sync.sync_playwright() as started:
        browser = started.chromium.launch(executable_path=str(BROWSER), args=["--no-sandbox"])
        page = browser.new_page(viewport={"width": 390, "height": 800})
        errors: list[str] = []
        page.on("console", lambda message: errors.append(message.text))
        page.on("pageerror", lambda error: errors.append(str(error)))
        page.on("dialog", lambda dialog: errors.append("a dialog opened"))
        page.goto((tmp_path / "map.html").as_uri())
        page.focus("#map")
        page.keyboard.press("ArrowRight")
        assert "resolved" in page.inner_text("#panel")
        for radio in page.query_selector_all("input[name=colour]"):
            radio.check()
            assert page.query_selector_all("#legend button")
        assert page.evaluate("document.documentElement.scrollWidth") <= 390
        page.goto((tmp_path / "hostile.html").as_uri())
        page.focus("#map")
        page.keyboard.press("ArrowRight")
        assert "<script>alert(1)</script>" in page.inner_text("#panel")
        browser.close()
    assert errors == []


def test_a_report_shows_the_map_only_where_one_is_drawn(
    mapped: tuple[Workspace, DrawnMap],
) -> None:
    workspace, _ = mapped
    report = labeling.last_report(workspace, "tone", "pins")
    assert read_pictures(workspace, report) == Pictures()
    labeling.map_pins(workspace, "tone", "pins")
    pictures = read_pictures(workspace, report)
    assert set(pictures.map) <= {"calm", "loud", "no label"}
    assert "labeling map tone pins" in Page(render_html(report, pictures)).text
