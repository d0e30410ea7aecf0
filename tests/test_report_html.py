"""The HTML report: complete, self-contained, and deaf to what hostile pins say."""

from __future__ import annotations

import re
from dataclasses import replace
from html.parser import HTMLParser
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from rich.console import Console

from labeling.errors import LabelingError
from labeling.pages import write_page
from labeling.report import RunReport
from labeling.report_html import INKS, render_html
from labeling.report_terminal import show_report

HOSTILE = """"><script>alert(1)</script><img src=x onerror='alert(2)'> ' onload="x"""


class Page(HTMLParser):
    """What a browser would make of the page: its elements, their attributes, its text."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.attributes: list[tuple[str, str]] = []
        self.text = ""
        self.feed(html)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.attributes += [(name, value or "") for name, value in attrs]

    def handle_data(self, data: str) -> None:
        self.text += data


def function(name: str, **more: Any) -> dict[str, Any]:
    return {
        "function": name,
        "kind": "keyword",
        "votes_for": "SPAM",
        "votes": 40,
        "coverage": 0.4,
        "overlap": 0.3,
        "conflict": 0.1,
        "accuracy": 0.9,
        "accuracy_low": 0.77,
        "accuracy_high": 0.96,
        "weight": 0.8,
    } | more


def example(**more: Any) -> dict[str, Any]:
    return {
        "pin_id": "p-1",
        "title": "Check out my channel",
        "reason": "conflicting votes",
        "label": "SPAM",
        "confidence": 0.948,
        "probe": "HAM",
        "votes": {"asks_to_subscribe": "SPAM"},
    } | more


def make(**more: Any) -> RunReport:
    scores = {"pins": 50, "accuracy": 0.84, "macro_f1": 0.83, "coverage": 0.9}
    value: dict[str, Any] = {
        "signal": "spam",
        "collection": "comments",
        "revision": 3,
        "classes": ["HAM", "SPAM"],
        "pins": 100,
        "covered": 80,
        "conflicted": 20,
        "tied": 2,
        "resolver": "snorkel",
        "resolver_reason": "best on the gold labels",
        "columns_voted": {"asks_to_subscribe": 2},
        "columns_total": 6,
        "functions": [
            function("asks_to_subscribe"),
            function("links_out"),
            function("silent", votes=0, votes_for="", coverage=0, overlap=0, conflict=0)
            | {"accuracy": None, "accuracy_low": None, "accuracy_high": None},
        ],
        "labels": {"HAM": 48, "SPAM": 30},
        "doubts": {
            "probed": True,
            "label_issues": 4,
            "outliers": 1,
            "near_duplicates": 7,
            "groups": 3,
            "compared": "all pairs",
        },
        "examples": [example()],
        "faults": [
            {
                "function": "links_out",
                "count": 12,
                "share": 0.12,
                "examples": [["p-7", "KeyError: 'link'"]],
                "messages": {"KeyError: 'link'": 12},
                "set_aside": True,
            }
        ],
        "queue": {"tasks": 9, "added": 9, "withdrawn": 0, "reasons": {"conflicting votes": 9}},
        "dataset": {
            "name": "spam-comments",
            "version": "v0002-abcdef",
            "path": "datasets/spam-comments/v0002-abcdef",
            "rows": 70,
            "splits": {"train": 60, "test": 10},
            "left_out": {"no label (uncovered, or a tie)": 22},
            "is_new": True,
        },
        "notes": ["silent never voted: no pin fits it."],
        "seconds": {"embed": 1.5, "vote": 0.1},
        "label_model": {"test": scores},
        "majority": {"test": scores | {"accuracy": 0.8}},
    }
    return RunReport.from_json(value | more)


def without(report: RunReport, *names: str) -> RunReport:
    value = report.to_json()
    return RunReport.from_json({name: part for name, part in value.items() if name not in names})


def test_the_file_holds_the_whole_report(tmp_path: Path) -> None:
    path = tmp_path / "report.html"
    write_page(render_html(make()), path)
    html = path.read_text(encoding="utf-8")
    page = Page(html)
    for word in (
        "spam on comments, revision 3",
        "best on the gold labels",
        "2 of 6 vote columns",
        "asks_to_subscribe",
        "links_out",
        "silent never voted: no pin fits it.",
        "KeyError: 'link'",
        "set aside",
        "0.77 – 0.96",
        "7 in 3 groups (all pairs compared)",
        "labeling pull spam-comments@v0002-abcdef DIR",
    ):
        assert word in re.sub(r"\s+", " ", page.text), word
    assert page.tags.count("svg") == 6
    assert [file.name for file in tmp_path.iterdir()] == ["report.html"]


def test_the_same_report_gives_the_same_page() -> None:
    assert render_html(make()) == render_html(make())


HOSTILE_PLACES = {
    "title": {"examples": [example(title=HOSTILE)]},
    "pin id": {"examples": [example(pin_id=HOSTILE)]},
    "label": {"examples": [example(label=HOSTILE, probe=HOSTILE, votes={HOSTILE: HOSTILE})]},
    "fault": {
        "faults": [
            {
                "function": "links_out",
                "count": 1,
                "share": 0.01,
                "examples": [[HOSTILE, HOSTILE]],
                "set_aside": False,
            }
        ]
    },
    "function": {"functions": [function(HOSTILE, votes_for=HOSTILE)]},
    "class": {"classes": [HOSTILE, "SPAM"], "labels": {HOSTILE: 48, "SPAM": 30}},
    "note": {"notes": [HOSTILE]},
    "names": {"signal": HOSTILE, "collection": HOSTILE, "resolver_reason": HOSTILE},
    "step": {"seconds": {HOSTILE: 1.0}},
}


@pytest.mark.parametrize("place", HOSTILE_PLACES)
def test_hostile_text_stays_text(place: str) -> None:
    page = Page(render_html(make(**HOSTILE_PLACES[place])))
    assert not {"script", "img"} & set(page.tags)
    assert not [name for name, _ in page.attributes if name.startswith("on")]
    assert "<script>alert(1)</script>" in page.text, "it is shown, not dropped"


def test_the_page_loads_nothing_from_elsewhere() -> None:
    html = render_html(make(examples=[example(title="see https://example.org/a.png")]))
    page = Page(html)
    assert not [name for name, _ in page.attributes if name in ("src", "href", "xlink:href")]
    assert not {"script", "link", "iframe", "object", "base"} & set(page.tags)
    assert not re.search(r"@import|url\(", html)
    policy = next(value for _, value in page.attributes if "default-src" in value)
    assert policy.startswith("default-src 'none'; style-src 'unsafe-inline'")


def test_every_colour_of_a_plot_has_a_light_and_dark_form() -> None:
    html = render_html(make())
    drawn = set(re.findall(r'<(?:path|line|text)[^>]*?(?:fill|stroke)="(#\w+)"', html))
    assert drawn <= set(INKS.values())
    for name in INKS:
        assert len(re.findall(rf"--{name}: #", html)) == 2, name


@pytest.mark.parametrize(
    ("report", "said", "unsaid"),
    [
        pytest.param(
            without(make(), "label_model", "majority"),
            "nothing could be scored",
            "Accuracy by split",
            id="no scores",
        ),
        pytest.param(
            make(functions=[function("alone", accuracy=None, accuracy_low=None)]),
            "the accuracy of the functions is not known",
            "95% interval",
            id="no reference labels",
        ),
        pytest.param(
            make(functions=[function("alone", accuracy=None, weight=None)]),
            "Coverage",
            "Learned weight",
            id="neither accuracy nor weights",
        ),
        pytest.param(make(faults=[]), "Labels", "Faults", id="no faults"),
        pytest.param(
            make(doubts=make().doubts | {"probed": False}),
            "or all were of one class",
            "probe says",
            id="unprobed",
        ),
        pytest.param(
            make(examples=[], queue={"tasks": 0, "reasons": {}}),
            "Nothing is in doubt.",
            "conflicting votes",
            id="no doubts",
        ),
        pytest.param(
            make(functions=[], labels={"HAM": 0, "SPAM": 0}, pins=0, covered=0, conflicted=0),
            "0 functions",
            "nan",
            id="nothing at all",
        ),
        pytest.param(
            make(columns_voted={}), "None of 6 vote columns", "0 of 6", id="nothing recomputed"
        ),
        pytest.param(make(seconds={}), "Labels", "Time per step", id="no times"),
        pytest.param(make(examples=[example(title=" ")]), "(no title)", "None", id="no title"),
    ],
)
def test_what_is_missing_is_said_or_left_out(report: RunReport, said: str, unsaid: str) -> None:
    text = Page(render_html(report)).text.split("Labeling report", 1)[1]
    assert said in re.sub(r"\s+", " ", text)
    assert unsaid not in text


def test_a_title_that_is_no_valid_unicode_is_written_all_the_same(tmp_path: Path) -> None:
    report = make(examples=[example(title="half \ud83d an emoji")])
    write_page(render_html(report), tmp_path / "report.html")
    assert "half ? an emoji" in (tmp_path / "report.html").read_text(encoding="utf-8")


@pytest.mark.parametrize("place", ["missing/report.html", "file/report.html", "folder"])
def test_a_path_that_cannot_be_written_is_one_sentence(tmp_path: Path, place: str) -> None:
    (tmp_path / "file").write_text("")
    (tmp_path / "folder").mkdir()
    with pytest.raises(LabelingError, match=r"cannot be written to .*; name a file in a folder"):
        write_page(render_html(make()), tmp_path / place)
    assert sorted(file.name for file in tmp_path.iterdir()) == ["file", "folder"]


def test_an_older_report_is_replaced(tmp_path: Path) -> None:
    path = tmp_path / "report.html"
    write_page(render_html(make()), path)
    write_page(render_html(make(revision=4)), path)
    assert "revision 4" in path.read_text(encoding="utf-8")


def in_terminal(report: RunReport) -> str:
    console = Console(file=StringIO(), width=160)
    show_report(report, console)
    return console.file.getvalue()


def test_the_terminal_says_how_sure_a_label_is_and_nothing_of_none() -> None:
    assert "resolved SPAM (0.95), probe says HAM" in in_terminal(make())
    unlabelled = make(examples=[example(label="no label", confidence=0.57, votes={})])
    assert "resolved no label, probe says HAM; no votes" in in_terminal(unlabelled)


def test_one_group_of_near_duplicates_is_one_group() -> None:
    report = make()
    assert "near-duplicates 7 in 3 groups (all pairs" in in_terminal(report)
    alone = replace(report, doubts={**report.doubts, "near_duplicates": 1, "groups": 1})
    assert "near-duplicates 1 in 1 group (all pairs" in in_terminal(alone)
