"""The pages for engineers and reviewers, on a workspace with a history."""

from __future__ import annotations

import shutil
import sys
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pandas as pd
import pytest
from browsers import DRAWN, browsing, chromium, serving
from conftest import ROOT, SIGNAL, make_workspace, write_signal
from PIL import Image
from sqlalchemy import select
from test_app import open_app

import labeling
from labeling.errors import LabelingError
from labeling.gold import REVIEW, save_gold
from labeling.records import read_runs
from labeling.review.claiming import ReviewQueue
from labeling.review.comments import add_comment, read_comments
from labeling.review.people import add_person
from labeling.review.tasks import AUDIT
from labeling.tables import ReviewTaskRow
from labeling.workspace import Workspace

pytest.importorskip("streamlit.testing.v1", reason="the extra `app` is not installed")
HOSTILE = (
    "<img src=x onerror=alert(1)> **FREE** [sale](javascript:alert(2)) :red[$x$] :material/home:"
)
FAULTY = '''

@tone.function
def fussy(pin):
    """Raises on one pin."""
    if pin.pin_id == "p00007":
        raise ValueError("cannot read it")
    return CALM if "quiet" in pin.title else -1
'''


@pytest.fixture(scope="module")
def lived_in(tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    """A workspace with two versions, a run that failed, answers, a comment and a hostile pin."""
    workspace = make_workspace(tmp_path_factory.mktemp("lived_in") / "home", 160)
    folder = workspace.home / "hostile"
    folder.mkdir()
    Image.new("RGB", (40, 30), "red").save(folder / "a.png")
    (folder / "pins.csv").write_text(
        f'pin_id,title,description,link,image\nhostile,"{HOSTILE}",{HOSTILE},javascript:1,a.png\n'
    )
    labeling.import_collection(workspace, "pins", folder / "pins.csv")
    labeling.run(workspace, "tone", "pins")
    write_signal(workspace.home, SIGNAL.replace('"lake", ', "") + FAULTY)
    with pytest.raises(LabelingError):
        labeling.run(workspace, "tone", "pins", resolver="unheard_of")
    labeling.run(workspace, "tone", "pins")
    for name, role in (("Ada", "engineer"), ("Bob", "annotator"), ("Rita", "reviewer")):
        add_person(workspace.database, name, role=role)  # type: ignore[arg-type]
    queue = ReviewQueue(workspace.database, workspace.signal("tone"), "pins", min_seconds=0.0)
    for label in ("calm", "loud", "calm"):
        (claimed,) = queue.claim("Bob")
        queue.submit(claimed, label, seconds=2.0)
    queue.undo("Bob")
    add_comment(
        workspace.database, "tone", "shouting", "pins", "hostile", "Bob", f"not so: {HOSTILE}"
    )
    return workspace


@pytest.fixture
def lived_in_alone(lived_in: Workspace, tmp_path: Path) -> Workspace:
    """A copy of it, for a test that changes it."""
    return labeling.open_workspace(shutil.copytree(lived_in.home, tmp_path / "home"))


def open_page(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch, page: str, **query: str
) -> Any:
    app = open_app(workspace.home, monkeypatch, page)
    for name, value in query.items():
        app.query_params[name] = value
    if query:
        app.run()
    assert not app.exception, app.exception
    assert not app.error, [error.value for error in app.error]
    return app


def literal(text: str) -> str:
    """Return a text as the app writes it where Streamlit reads Markdown."""
    sys.path.insert(0, str(ROOT / "app"))
    from styles import literal as written

    return str(written(text))


def html_of(app: Any) -> str:
    return "".join(part.proto.body for part in app.get("html"))


def test_functions_shows_the_table_and_where_one_votes(
    lived_in: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    app = open_page(lived_in, monkeypatch, "functions")
    app.selectbox(key="function").set_value("sale_words").run()
    table = app.dataframe[0].value.set_index("function")
    assert list(table.index) == [function.name for function in lived_in.signal("tone")]
    assert table.loc["fussy", "faults"] == 1
    assert table.loc["shouting", "comments"] == 1
    assert html_of(app).count("votes loud") == 24
    (stand,) = (one for one in app.get("button_group") if one.key == "stand_sale_words")
    stand.set_value("against the label").run()
    assert "chip chip-right" not in html_of(app)
    assert "chip chip-wrong" in html_of(app)
    assert 'keywords("sale_words"' in app.code[0].value


def test_a_comment_is_read_and_resolved(
    lived_in: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    app = open_page(lived_in, monkeypatch, "functions")
    app.selectbox(key="function").set_value("shouting").run()
    (comment,) = read_comments(lived_in.database, "tone", "pins")
    assert f"not so: {HOSTILE}" in [text.value for text in app.text]
    app.button(key=f"resolve_{comment.id}").click().run()
    assert not app.exception
    (comment,) = read_comments(lived_in.database, "tone", "pins")
    assert not comment.is_open
    assert not [button for button in app.button if button.key == f"resolve_{comment.id}"]


def test_a_fault_stands_beside_the_code(
    lived_in: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    app = open_page(lived_in, monkeypatch, "functions")
    app.selectbox(key="function").set_value("fussy").run()
    assert "1 faults" in app.error[0].value
    assert "ValueError: cannot read it" in app.dataframe[1].value["what went wrong"][0]


def test_a_search_finds_pins_page_by_page(
    lived_in: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    app = open_page(lived_in, monkeypatch, "collection")
    assert html_of(app).count('class="pin-card"') == 24
    app.button(key="collection_next").click().run()
    assert "Page 2" in [text.value for text in app.text]
    app.text_input(key="words").set_value("p00042").run()
    assert html_of(app).count('class="pin-card"') == 1
    app.text_input(key="words").set_value("").run()
    app.selectbox(key="label").set_value("no label").run()
    assert "chip-label" not in html_of(app) or "no label" in html_of(app)
    app.selectbox(key="label").set_value("loud").run()
    app.selectbox(key="doubt").set_value("conflicting votes").run()
    cards = html_of(app)
    assert cards.count("conflicting votes") == cards.count('class="pin-card"') > 0
    app.text_input(key="words").set_value("no such words").run()
    assert "No pin fits" in app.info[0].value


def test_a_pin_of_the_collection_opens_its_story(
    lived_in: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    app = open_page(lived_in, monkeypatch, "collection")
    first = next(b for b in app.button if b.key and b.key.startswith("open_collection_0_"))
    first.click().run()
    assert app.query_params["pin"] == first.key.removeprefix("open_collection_0_")
    assert "Dataset versions" in html_of(app)
    app.button[0].click().run()
    assert "pin" not in app.query_params
    assert 'class="pin-card"' in html_of(app)


def test_a_search_stays_when_a_pin_was_looked_at_and_can_be_sent(
    lived_in: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    app = open_page(lived_in, monkeypatch, "collection")
    app.text_input(key="words").set_value("sale")
    app.selectbox(key="label").set_value("loud")
    app.slider(key="confidence").set_value((0.05, 1.0)).run()
    found = html_of(app)
    sent = {"words": "sale", "label": "loud", "confidence": "0.05-1"}
    assert sent.items() <= app.query_params.items()
    next(b for b in app.button if b.key and b.key.startswith("open_collection_0_")).click().run()
    assert "Dataset versions" in html_of(app)
    app.button[0].click().run()
    assert html_of(app) == found
    assert app.text_input(key="words").value == "sale"
    app.query_params.pop("words")  # as the browser's way back does
    assert app.run().text_input(key="words").value == ""
    assert app.selectbox(key="label").value == "loud"
    assert html_of(open_page(lived_in, monkeypatch, "collection", **sent)) == found


def test_what_an_address_asks_for_and_is_no_choice_is_left_out(
    lived_in: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    odd = {
        "words": "p00042",
        "label": "sad",
        "doubt": "",
        "split": "TEST",
        "confidence": "nan-2",
        "covered": "maybe",
    }
    app = open_page(lived_in, monkeypatch, "collection", **odd)
    assert html_of(app).count('class="pin-card"') == 1
    assert not set(odd) - {"words"} & set(app.query_params)
    for span in ("0.9-0.1", "-1-1", "x", "1", "0.1-0.2-0.3", "inf-inf"):
        app = open_page(lived_in, monkeypatch, "collection", confidence=span)
        assert app.slider(key="confidence").value == (0.0, 1.0)


def test_what_a_hostile_pin_says_is_text(
    lived_in: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    story = html_of(open_page(lived_in, monkeypatch, "collection", pin="hostile"))
    assert "&lt;img src=x onerror=alert(1)&gt; **FREE**" in story
    assert "<img src=x" not in story
    assert "<a " not in story
    assert 'src="data:image/jpeg;base64,' in story


def test_a_board_written_from_right_to_left_leaves_the_link_beside_it_as_it_is(
    lived_in: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    app = open_page(lived_in, monkeypatch, "collection")
    app.text_input(key="words").set_value("hostile").run()
    assert '<div class="pin-place"><bdi dir="auto">javascript:1</bdi></div>' in html_of(app)


def test_quality_shows_who_answered_or_says_that_nobody_did(
    lived_in: Workspace, run_workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    table = open_page(lived_in, monkeypatch, "quality").dataframe[0].value
    assert list(table["annotator"]) == ["Bob"]
    assert list(table["answers"]) == [2]
    add_person(run_workspace.database, "Ada", role="engineer")
    empty = open_page(run_workspace, monkeypatch, "quality")
    said = [info.value for info in empty.info]
    assert any("Nobody answered yet" in text for text in said)
    assert any("has an agreed answer yet" in text for text in said)


def test_answers_that_are_no_gold_yet_are_not_said_to_be(
    lived_in: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    app = open_page(lived_in, monkeypatch, "quality")
    assert "pins answered, at the next run" in html_of(app)
    assert "labeling agree tone pins" in app.info[0].value.replace("\\", "")


def test_a_score_that_the_run_before_lacked_has_no_change(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend(str(ROOT / "app"))
    from screens import runs

    shown: list[str] = []
    monkeypatch.setattr(runs.st, "html", shown.append)

    def run(**scores: float) -> Any:
        def score(model: str, split: str, name: str) -> float | None:
            return scores.get(model)

        return SimpleNamespace(score=score)

    runs._show_scores([run(majority=0.5), run(majority=0.75, probe=0.8)], "test", "accuracy")
    assert "0.750" in shown[0] and "+0.2500" in shown[0]
    assert "0.800" in shown[0] and "+0.8" not in shown[0]


def test_the_names_beside_the_trend_have_room_on_a_phone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend(str(ROOT / "app"))
    from screens.runs import _trend_chart

    chart = _trend_chart(pd.DataFrame({"run": [1], "score": [0.5], "model": ["probe"]}))
    assert chart.to_dict(validate=False)["encoding"]["color"]["legend"]["columns"] == 2


def test_quality_estimates_the_labels_from_the_random_audit(
    lived_in_alone: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    with lived_in_alone.database.writing() as session:
        tasks = session.scalars(select(ReviewTaskRow).where(ReviewTaskRow.reason == AUDIT)).all()
        for task in tasks:
            task.answered, task.status = 1, "done"
        answers = {task.pin_id: "calm" for task in tasks}
    assert answers
    save_gold(lived_in_alone.database, "tone", "pins", answers, source=REVIEW, replace=True)
    shown = html_of(open_page(lived_in_alone, monkeypatch, "quality"))
    assert "Accuracy" in shown
    assert "pins that are not held out" in shown


def test_quality_shows_the_answers_where_what_the_run_left_was_deleted(
    lived_in_alone: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    workspace = lived_in_alone
    queue = ReviewQueue(workspace.database, workspace.signal("tone"), "pins", min_seconds=0.0)
    reasons = []
    while AUDIT not in reasons:
        (claimed,) = queue.claim("Bob")
        queue.submit(claimed, "calm", seconds=2.0)
        reasons.append(claimed.reason)
    labeling.agree(workspace, "tone", "pins")
    shutil.rmtree(workspace.home / "store" / "doubts")
    app = open_app(workspace.home, monkeypatch, "quality")
    assert "Another run makes anew what is missing" in app.error[0].value
    assert app.code[0].value == "labeling run tone pins"
    assert "Agreement" in html_of(app)
    assert list(app.dataframe[0].value["annotator"]) == ["Bob"]
    labeling.run(workspace, "tone", "pins")
    assert "Accuracy" in html_of(open_page(workspace, monkeypatch, "quality"))


def test_a_reviewer_sees_the_quality_and_not_the_code(
    lived_in: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    app = open_app(lived_in.home, monkeypatch, "quality", you="Rita")
    assert app.dataframe
    app = open_app(lived_in.home, monkeypatch, "functions", you="Rita")
    assert not app.dataframe
    assert not app.code


def test_two_versions_are_compared(lived_in: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    app = open_page(lived_in, monkeypatch, "datasets")
    names = list(app.dataframe[0].value["version"])
    assert [name[:15] for name in names] == ["tone-pins@v0002", "tone-pins@v0001"]
    assert app.code[0].value == f"labeling pull {names[0]} DIR"
    shown = [text.value for text in app.markdown]
    assert literal("functions added: fussy") in shown
    assert literal("functions changed: nature_words") in shown
    assert "Relabelled" in html_of(app)


def test_runs_show_why_one_failed(lived_in: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    app = open_page(lived_in, monkeypatch, "runs")
    table = app.dataframe[0].value
    assert list(table["state"]) == ["done", "failed", "done"]
    assert "unheard_of" in table["why it failed"][1]
    assert "Label model" in html_of(app)
    assert len(read_runs(lived_in)) == 3


@pytest.mark.skipif(chromium() is None, reason="there is no Chromium on this machine")
@pytest.mark.parametrize(
    ("width", "scheme"),
    [pytest.param(1280, "light", id="desk"), pytest.param(390, "dark", id="phone")],
)
def test_a_walk_through_the_pages_in_a_browser(
    lived_in: Workspace, tmp_path: Path, width: int, scheme: str
) -> None:
    with serving(lived_in.home, tmp_path / "log") as server, browsing() as browser:
        context = browser.new_context(viewport={"width": width, "height": 844}, color_scheme=scheme)
        page = context.new_page()
        alerts: list[str] = []
        page.on("dialog", lambda dialog: (alerts.append(dialog.message), dialog.dismiss()))

        def visit(path: str, sees: str) -> None:
            page.goto(f"{server.address}/{path}")
            page.wait_for_selector(sees, timeout=30_000)
            page.wait_for_function(DRAWN)
            assert page.locator('[data-testid="stException"]').count() == 0, path
            wider = page.evaluate(
                "(() => { const main = document.querySelector('[data-testid=stMain]');"
                "return main.scrollWidth - main.clientWidth; })()"
            )
            assert wider <= 0, f"{path} scrolls sideways"

        visit("review?you=Ada", ".pin")
        visit("functions?you=Ada&function=shouting", ".pin-card")
        visit("runs?you=Ada", ".figure")
        visit("datasets?you=Ada", ".facts")
        visit("quality?you=Ada", ".figure")
        visit("collection?you=Ada&pin=hostile", ".story")
        assert "<img src=x onerror=alert(1)> **FREE**" in page.inner_text(".story h2")
        visit("collection?you=Ada", ".pin-card")
        page.locator('[class*="st-key-card_"] button').first.click()
        page.wait_for_selector(".story", timeout=30_000)
        page.get_by_role("button", name="All pins").click()
        page.wait_for_selector(".pin-card", timeout=30_000)
        assert alerts == []


def test_where_no_model_is_the_page_says_how_to_train_one_on_the_newest_version(
    lived_in: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    page = open_page(lived_in, monkeypatch, "models")
    assert [code.value for code in page.code] == ["labeling train tone-pins@v0002"]
