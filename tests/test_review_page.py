"""The review page in a real browser, on the server that `labeling review` starts."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from browsers import DRAWN, WAIT_MS, AppServer, Reviewer, browsing, chromium, serving
from conftest import make_pins, write_signal
from crowds import answers, since
from PIL import Image
from sqlalchemy import select

import labeling
from labeling import pipeline
from labeling.review.adjudicating import adjudicate, disputed_tasks
from labeling.review.claiming import ReviewQueue
from labeling.review.comments import MAX_CHARS
from labeling.review.people import add_person
from labeling.review.tasks import UNCERTAIN, Candidate, enqueue
from labeling.tables import FunctionCommentRow, GoldRow, ReviewTaskRow
from labeling.workspace import Workspace

pytest.importorskip("streamlit", reason="the extra `app` is not installed")
pytest.importorskip("playwright.sync_api", reason="playwright drives the browser")
if chromium() is None:
    pytest.skip("no Chromium on this machine: `apt install chromium`", allow_module_level=True)

PINS = 240
HOSTILE = (
    "<img src=x onerror=alert(1)> **bold** [a](http://evil.example) :smile: $x$ ![](//e.example)"
)


@pytest.fixture(scope="module")
def workspace(tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    """A workspace with pictures, on which `tone` was run; p00000 comes first and is hostile, p00238
    has no picture and that of p00239 is broken."""
    home = tmp_path_factory.mktemp("review") / "home"
    home.mkdir()
    write_signal(home)
    (home / "labeling.toml").write_text('queue_size = 0\nimage_encoder = "none"\n')
    pins = make_pins(PINS)
    pins["image"] = [f"{number}.png" for number in range(len(pins))]
    for number in range(len(pins)):
        colour = (number % 200, 120, 200 - number % 200)
        Image.new("RGB", (200, 150), colour).save(home / f"{number}.png")
    (home / "239.png").write_bytes(b"no picture")
    pins.loc[238, "image"] = ""
    pins.loc[0, "title"] = HOSTILE
    pins.loc[0, "link"] = "javascript:alert(1)"
    pins.to_csv(home / "pins.csv", index=False)
    workspace = labeling.init_workspace(home)
    labeling.import_collection(workspace, "pins", home / "pins.csv")
    labeling.run(workspace, "tone", "pins")
    return workspace


@pytest.fixture(scope="module")
def server(workspace: Workspace) -> Iterator[AppServer]:
    with serving(workspace.home, workspace.home / "app.log") as server:
        yield server


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    with browsing() as browser:
        yield browser


@pytest.fixture
def queue(workspace: Workspace) -> Workspace:
    """The workspace with ten open tasks that nobody answered, and the annotator Ada."""
    add_person(workspace.database, "Ada", role="annotator")
    with workspace.database.reading() as session:
        used = set(session.scalars(select(ReviewTaskRow.pin_id)))
    ids = [f"p{number:05d}" for number in range(PINS) if f"p{number:05d}" not in used][:10]
    chosen = [
        Candidate(priority=1 - n / 100, pin_id=id, reason=UNCERTAIN, group=id)
        for n, id in enumerate(ids)
    ]
    enqueue(workspace.database, "tone", "pins", chosen)
    return workspace


@pytest.fixture
def ada(queue: Workspace, server: AppServer, browser: Any) -> Iterator[Reviewer]:
    reviewer = Reviewer(browser, server, "Ada")
    yield reviewer
    reviewer.context.close()
    # what Ada still holds is taken out, so that the next test begins with ten pins of its own
    enqueue(queue.database, "tone", "pins", [])
    ReviewQueue(queue.database, queue.signal("tone"), "pins").release("Ada")


def test_hostile_text_is_shown_as_it_stands(queue: Workspace, ada: Reviewer) -> None:
    alerts: list[str] = []
    ada.page.on("dialog", lambda dialog: alerts.append(dialog.message))
    assert ada.pin == "p00000"
    assert ada.page.inner_text(".pin h2") == HOSTILE
    assert ada.page.inner_text(".pin .link") == "javascript:alert(1)"
    assert ada.page.locator(".pin a").count() == 0
    assert ada.page.locator(".pin h2 *").count() == 0
    ada.press("1")
    assert HOSTILE in ada.page.inner_text(".previous .said")
    assert ada.page.locator(".previous .said img").count() == 0
    assert not alerts


def test_a_hostile_name_is_shown_as_it_stands(
    queue: Workspace, server: AppServer, browser: Any
) -> None:
    add_person(queue.database, HOSTILE)
    page = browser.new_page()
    page.goto(server.address)
    button = page.locator(".st-key-sign_in button", has_text="bold").first
    shown = button.inner_text(timeout=WAIT_MS).replace("\u2060", "")
    assert shown.strip() == HOSTILE
    assert button.locator("a, img, strong, .katex").count() == 0
    page.close()


def test_a_key_answers_the_pin_and_the_next_is_there_with_its_picture(
    queue: Workspace, ada: Reviewer
) -> None:
    before = answers(queue)
    calm, loud = ada.press("1"), ada.press("2")
    assert since(queue, before) == [(calm, "answer", "calm"), (loud, "answer", "loud")]
    ada.page.wait_for_function(
        "() => { const i = document.querySelector('.pin figure img');"
        " return i.complete && i.naturalWidth === 200 }"
    )
    assert answers(queue)["seconds"].tail(2).between(0.4, 30).all()


def test_the_field_of_what_is_worked_on_gives_the_keys_back(
    queue: Workspace, ada: Reviewer
) -> None:
    before = answers(queue)
    ada.page.focus("[data-testid=stSidebar] input")
    ada.page.keyboard.press("Escape")
    pin = ada.press("2")
    assert since(queue, before) == [(pin, "answer", "loud")]


def test_a_held_key_answers_one_pin(queue: Workspace, ada: Reviewer) -> None:
    before = answers(queue)
    ada.read()
    pin = ada.pin
    ada.page.keyboard.down("1")
    for _ in range(30):
        ada.page.wait_for_timeout(50)
        ada.page.keyboard.down("1")  # the browser marks these as repeats
    ada.page.keyboard.up("1")
    ada.wait_past(pin)
    assert since(queue, before) == [(pin, "answer", "calm")]


def test_keys_pressed_before_a_pin_can_be_read_answer_nothing(
    queue: Workspace, ada: Reviewer
) -> None:
    before = answers(queue)
    ada.page.evaluate(
        """() => {
          const seen = document.querySelector(".pin").dataset.pin;
          new MutationObserver((_, observer) => {
            const pin = document.querySelector(".pin")?.dataset.pin;
            if (pin && pin !== seen && document.querySelector(".st-key-classes")) {
              observer.disconnect();
              const key = { key: "2", code: "Digit2", bubbles: true };
              for (let n = 0; n < 3; n++) document.body.dispatchEvent(new KeyboardEvent("keydown", key));
            }
          }).observe(document.body, { childList: true, subtree: true });
        }"""
    )
    first = ada.press("1")
    ada.read()
    assert since(queue, before) == [(first, "answer", "calm")]


def test_undo_brings_the_last_pin_back(queue: Workspace, ada: Reviewer) -> None:
    before = answers(queue)
    first = ada.press("1")
    second = ada.pin
    ada.page.keyboard.press("u")
    ada.wait_past(second)
    assert ada.pin == first
    ada.press("2")
    assert since(queue, before) == [
        (first, "answer", "calm"),
        (first, "undo", None),
        (first, "answer", "loud"),
    ]


def test_skip_leaves_a_pin_and_flag_hands_it_to_a_reviewer_with_a_comment(
    queue: Workspace, ada: Reviewer
) -> None:
    before = answers(queue)
    skipped = ada.press("s")
    flagged = ada.pin
    ada.read()
    ada.page.keyboard.press("f")
    ada.page.wait_for_selector(".st-key-review input[type=text]:focus")
    ada.page.keyboard.type("1 2 s u: two things in one picture")  # keys of the page, while typing
    ada.page.keyboard.press("Enter")
    ada.wait_past(flagged)
    assert since(queue, before) == [(skipped, "skip", None), (flagged, "flag", None)]
    assert answers(queue)["comment"].iloc[-1] == "1 2 s u: two things in one picture"
    assert (ada.press("0"), "flag", None) == since(queue, before)[-1]
    assert answers(queue)["comment"].iloc[-1] == "No class fits"


def test_two_windows_of_one_person_answer_a_pin_once(
    queue: Workspace, ada: Reviewer, server: AppServer, browser: Any
) -> None:
    before = answers(queue)
    other = Reviewer(browser, server, "Ada")  # as after a reload
    assert other.pin == ada.pin
    pin = ada.press("1")
    assert other.press("2") == pin
    assert "already, in another window" in other.page.inner_text(".notice")
    assert since(queue, before) == [(pin, "answer", "calm")]
    other.context.close()


def test_the_votes_are_hidden_until_the_pin_is_answered(queue: Workspace, ada: Reviewer) -> None:
    assert ada.page.locator(".evidence").count() == 0
    ada.press("1")
    ada.page.wait_for_selector(".previous .evidence")
    assert ada.page.locator(".pin .evidence").count() == 0
    assert ada.page.locator(".similar figure").count() == 3


def test_a_comment_reaches_the_table_of_the_functions_author(
    queue: Workspace, ada: Reviewer
) -> None:
    pin = ada.press("1")
    while ada.page.locator(".st-key-tell").count() == 0:
        pin = ada.press("1")  # on this one no function voted
    ada.page.click(".st-key-tell button")
    ada.page.wait_for_selector("[data-testid=stPopoverBody] textarea:focus")
    before = answers(queue)
    ada.page.keyboard.type("Free")
    ada.page.keyboard.press("Tab")
    ada.wait_for_keys()
    ada.page.keyboard.press("2")  # beside the field: no answer to the pin behind
    field = ada.page.locator("[data-testid=stPopoverBody] textarea")
    assert field.input_value() == "Free" and since(queue, before) == []
    field.fill("x" * (MAX_CHARS + 1))  # more than is kept
    assert len(field.input_value()) <= MAX_CHARS
    field.fill("Free is a name here")
    ada.page.click("[data-testid=stPopoverBody] button:has-text('Send')")
    ada.page.wait_for_selector("text=Sent")
    with queue.database.reading() as session:
        (comment,) = session.scalars(select(FunctionCommentRow)).all()
        assert (comment.pin_id, comment.annotator) == (pin, "Ada")
        assert comment.text == "Free is a name here"


def test_a_server_that_is_killed_loses_nothing_and_the_page_goes_on(
    queue: Workspace, ada: Reviewer, server: AppServer
) -> None:
    before = answers(queue)
    done = [ada.press(key) for key in "12"]
    pin = ada.pin
    server.kill()
    server.start()
    ada.page.wait_for_selector(".pin", timeout=60_000)
    ada.page.wait_for_timeout(2_000)
    assert ada.pin == pin
    done.append(ada.press("1"))
    assert [pin for pin, *_ in since(queue, before)] == done


@pytest.mark.parametrize("width, height", [(1280, 800), (390, 844)])
def test_a_pin_and_its_keys_fit_the_screen(
    queue: Workspace, ada: Reviewer, width: int, height: int
) -> None:
    ada.page.set_viewport_size({"width": width, "height": height})
    ada.read()
    for part in (".pin figure", ".pin h2", ".st-key-classes", ".st-key-actions"):
        box = ada.page.locator(part).bounding_box()
        assert box is not None
        assert box["x"] >= 0
        assert box["x"] + box["width"] <= width
        assert box["y"] + box["height"] <= height, part


def test_the_name_of_a_class_is_shown_to_its_end(ada: Reviewer) -> None:
    label = ada.page.locator(".st-key-classes p").first
    label.evaluate("(p, name) => p.textContent = name", f"one {'very ' * 50}long name")
    shown = ada.page.locator(".st-key-classes .stMarkdownEllipsis").first
    assert shown.evaluate("box => box.scrollWidth <= box.clientWidth")


def test_a_picture_that_cannot_be_had_is_named_and_what_is_like_it_fits(
    queue: Workspace, ada: Reviewer
) -> None:
    chosen = [
        Candidate(priority=2 - n, pin_id=pin, reason=UNCERTAIN, group=pin)
        for n, pin in enumerate(("p00239", "p00238", "p00237"))
    ]
    enqueue(queue.database, "tone", "pins", chosen)
    ReviewQueue(queue.database, queue.signal("tone"), "pins").release("Ada")
    ada.page.reload()
    ada.page.wait_for_selector("[data-pin=p00239] figure:has-text('cannot be shown')")
    ada.press("1")
    assert ada.page.inner_text("[data-pin=p00238] figure") == "No picture"
    ada.press("1")
    ada.page.wait_for_selector(".previous:not(:has(> img)) .similar")
    for figure in ada.page.locator(".similar figure").all():
        box = figure.bounding_box()
        assert box is not None
        assert box["x"] + box["width"] <= 1280


def test_pictures_are_not_served_at_addresses_that_no_page_showed(
    ada: Reviewer, server: AppServer
) -> None:
    address = ada.page.get_attribute(".pin figure img", "src")
    assert address is not None
    shown = ada.page.request.get(server.address + address)
    assert shown.status == 200
    assert shown.headers["content-type"] == "image/jpeg"
    head, row, seal = address.rsplit("/", 2)
    other = f"{head}/{int(row) + 1}/{seal}"
    assert ada.page.request.get(server.address + other).status == 404


def open_page(ada: Reviewer, server: AppServer, path: str, wait: str) -> None:
    """Go to another page as the same person."""
    ada.page.goto(f"{server.address}/{path}?you=Ada")
    ada.page.wait_for_selector(wait, timeout=WAIT_MS)
    ada.read()


def cells(ada: Reviewer) -> list[str | None]:
    return [cell.get_attribute("data-pin") for cell in ada.page.locator(".cell").all()]


def test_bulk_answers_look_alikes_together_but_for_those_taken_out(
    queue: Workspace, ada: Reviewer, server: AppServer
) -> None:
    before = answers(queue)
    tone = ReviewQueue(queue.database, queue.signal("tone"), "pins")
    tone.release("Ada")  # by the page Review
    open_page(ada, server, "bulk", ".st-key-bulk_undo button")
    shown = cells(ada)
    assert len(shown) > 2
    ada.page.keyboard.press("w")
    ada.page.wait_for_selector(".cell.out")
    ada.page.reload()
    ada.page.wait_for_selector(".cell.out")
    ada.page.wait_for_function(DRAWN)
    ada.page.wait_for_timeout(200 * len(shown))  # sooner they would not have been seen
    ada.page.keyboard.press("2")
    ada.page.wait_for_selector(f".notice:has-text('{len(shown) - 1} answered as loud')")
    assert since(queue, before) == [
        (pin, "answer", "loud") for n, pin in enumerate(shown) if n != 1
    ]
    assert shown[1] not in {c.pin_id for c in tone.held("Ada")}  # what was taken out is free
    ada.page.keyboard.press("u")
    ada.page.wait_for_selector(f".notice:has-text('Taken back: {len(shown) - 1}.')")
    ada.page.wait_for_function(
        "pins => [...document.querySelectorAll('.cell')].map(c => c.dataset.pin).join() === pins",
        arg=",".join(str(pin) for n, pin in enumerate(shown) if n != 1),
    )  # its cells are drawn after the notice, one by one


def test_a_reviewer_decides_with_one_key_on_what_was_flagged(
    queue: Workspace, ada: Reviewer, server: AppServer
) -> None:
    tone = ReviewQueue(queue.database, queue.signal("tone"), "pins")
    claims = tone.claim("Bob")
    tone.flag(claims[0], "<b>both</b>")
    add_person(queue.database, "Ada", role="reviewer")
    pipeline.agree(queue, "tone", "pins")
    for task in disputed_tasks(queue.database, "tone", "pins"):  # those of other tests do not wait
        if task.pin_id != claims[0].pin_id:
            adjudicate(queue.database, task.task_id, "Ada", "calm", submission=task.pin_id)
    open_page(ada, server, "adjudicate", ".answers")
    assert ada.pin == claims[0].pin_id
    assert "<b>both</b>" in ada.page.inner_text(".answers")
    before = answers(queue)
    ada.wait_for_keys()
    ada.page.click(".st-key-actions input")
    ada.page.keyboard.type("one of 2")
    ada.page.keyboard.press("Enter")  # gives the keys back
    ada.page.wait_for_selector(".st-key-actions input:not(:focus)")
    ada.page.keyboard.press("2")
    ada.page.wait_for_selector("text=Nothing is disputed")
    assert since(queue, before) == [(claims[0].pin_id, "adjudication", "loud")]
    assert answers(queue)["comment"].iloc[-1] == "one of 2"
    with queue.database.reading() as session:
        gold = session.scalar(select(GoldRow.label).where(GoldRow.pin_id == claims[0].pin_id))
    assert gold == "loud"
    ada.page.keyboard.press("u")
    ada.page.wait_for_selector(f"text={claims[0].pin_id} again: now loud, decide anew.")
