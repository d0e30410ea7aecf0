"""Pages on which keys answer, while their server is away and when it is back, in a real browser."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from typing import Any

import pytest
from browsers import WAIT_MS, AppServer, browsing, chromium, serving
from conftest import make_pins, write_signal

import labeling
from labeling.review.answers import read_answers
from labeling.review.claiming import ReviewQueue
from labeling.review.people import add_person
from labeling.review.tasks import UNCERTAIN, Candidate, enqueue
from labeling.workspace import Workspace

pytest.importorskip("streamlit", reason="the extra `app` is not installed")
playwright = pytest.importorskip("playwright.sync_api", reason="playwright drives the browser")
if chromium() is None:
    pytest.skip("no Chromium on this machine: `apt install chromium`", allow_module_level=True)

PEOPLE = {"bulk": "Bob", "review": "Ada", "adjudicate": "Cleo"}
AWAY = "The server is away, keys work again when it is back."
NOT_TAKEN = "The server is back. Your last press was not taken."

PRESS_WHEN_CONNECTED = """
() => {
  const app = document.querySelector(".stApp");
  new MutationObserver((_, observer) => {
    if (app.dataset.testConnectionState !== "CONNECTED") return;
    observer.disconnect();
    const key = { key: "2", code: "Digit2", bubbles: true, cancelable: true };
    document.body.dispatchEvent(new KeyboardEvent("keydown", key));
    window.said = document.querySelector(".server-line")?.textContent;
  }).observe(app, { attributes: true });
}
"""
"""Presses 2 where the page can send it, but the session that it goes to knows no key yet."""

SHOWN = """
() => document.querySelector(".pin")?.dataset.pin
  ?? document.querySelector("[class*=st-key-class_0_]")?.className
"""


@pytest.fixture(scope="module")
def workspace(tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    """A workspace with open tasks, one of them disputed, and a person for each page."""
    home = tmp_path_factory.mktemp("restart") / "home"
    home.mkdir()
    write_signal(home)
    (home / "labeling.toml").write_text('queue_size = 0\nimage_encoder = "none"\n')
    make_pins(40).to_csv(home / "pins.csv", index=False)
    workspace = labeling.init_workspace(home)
    labeling.import_collection(workspace, "pins", home / "pins.csv")
    for page, name in PEOPLE.items():
        add_person(
            workspace.database, name, role="reviewer" if page == "adjudicate" else "annotator"
        )
    ids = [f"p{number:05d}" for number in range(30)]
    chosen = [
        Candidate(priority=1 - n / 100, pin_id=id, reason=UNCERTAIN, group=id)
        for n, id in enumerate(ids)
    ]
    enqueue(workspace.database, "tone", "pins", chosen)
    queue = ReviewQueue(workspace.database, workspace.signal("tone"), "pins")
    queue.flag(queue.claim("Bob")[0], "both")
    queue.release("Bob")
    return workspace


@pytest.fixture(scope="module")
def server(workspace: Workspace) -> Iterator[AppServer]:
    with serving(workspace.home, workspace.home / "app.log") as server:
        yield server


@pytest.fixture(scope="module")
def pages(server: AppServer) -> Iterator[dict[str, Any]]:
    """Each page with keys, open; nothing was pressed."""
    with browsing() as browser:
        opened = {}
        for path, name in PEOPLE.items():
            page = opened[path] = browser.new_page()
            address = "" if path == "review" else path
            page.goto(f"{server.address}/{address}?you={name}")
            page.wait_for_selector(".st-key-classes button", timeout=WAIT_MS)
            page.wait_for_selector(".drawn", state="attached")
        yield opened


def said(page: Any, text: str) -> None:
    """Wait until the page says this on its server."""
    try:
        page.wait_for_function(
            "text => document.querySelector('.server-line')?.textContent === text",
            arg=text,
            timeout=10_000,
        )
    except playwright.TimeoutError:
        now = page.evaluate("document.querySelector('.server-line')?.textContent")
        raise AssertionError(f"the page says {now!r}, not {text!r}") from None


def moves(page: Any, shown: str) -> None:
    """Wait until the page shows something else."""
    page.wait_for_function(f"shown => ({SHOWN})() !== shown", arg=shown, timeout=5_000)


def answered(workspace: Workspace) -> int:
    return len(read_answers(workspace.database, "tone", "pins"))


def test_no_key_is_lost_without_a_word_and_the_first_one_counts_when_the_server_is_back(
    workspace: Workspace, server: AppServer, pages: dict[str, Any]
) -> None:
    before = answered(workspace)
    shown = {path: page.evaluate(SHOWN) for path, page in pages.items()}
    server.kill()
    for page in pages.values():
        said(page, AWAY)
        page.keyboard.press("1")
        said(page, f"{AWAY} Your last press was not taken.")
        page.evaluate(PRESS_WHEN_CONNECTED)
    server.start()
    for path, page in pages.items():
        said(page, NOT_TAKEN)
        assert page.evaluate("window.said").startswith("The server is back, keys work in a moment.")
        if path != "bulk":  # whose next group may be another
            assert page.evaluate(SHOWN) == shown[path]
    assert answered(workspace) == before
    for page in pages.values():
        again = page.evaluate(SHOWN)
        page.keyboard.press("1")
        moves(page, again)
        said(page, "")
    labels = read_answers(workspace.database, "tone", "pins")["label"]
    assert set(labels.tail(len(labels) - before)) == {"calm"}


def test_a_key_that_went_down_with_the_server_is_said_to_be_lost_and_counts_when_pressed_again(
    workspace: Workspace, server: AppServer, pages: dict[str, Any]
) -> None:
    page, before = pages["review"], answered(workspace)
    page.wait_for_timeout(550)
    pages["bulk"].keyboard.press("q")
    pages["bulk"].wait_for_selector('[data-test-script-state="notRunning"] .cell.out')
    shown = page.evaluate(SHOWN)
    assert server.process is not None
    server.process.send_signal(signal.SIGSTOP)  # so that it cannot take what the browser sends
    page.keyboard.press("1")
    page.wait_for_timeout(200)
    server.kill()
    server.start()
    said(page, NOT_TAKEN)
    assert page.evaluate(SHOWN) == shown
    assert answered(workspace) == before
    said(pages["bulk"], "The server is back. What you took out is in again.")  # no press was lost
    assert pages["bulk"].query_selector(".cell.out") is None
    pages["bulk"].keyboard.press("q")
    said(pages["bulk"], "")
    page.keyboard.press("1")
    moves(page, shown)
    assert answered(workspace) == before + 1
