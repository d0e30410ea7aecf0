"""The page of a watch: the verdict and its reasons, self-contained, deaf to what names say."""

from __future__ import annotations

import io
import re
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
from rich.console import Console
from test_report_html import HOSTILE, Page

from labeling.errors import StoreError
from labeling.pages import write_page
from labeling.review.estimating import Estimate
from labeling.watching.page import render_watch
from labeling.watching.people import QueueAge
from labeling.watching.recording import WatchRecord
from labeling.watching.report import WatchReport
from labeling.watching.terminal import show_watch
from labeling.watching.verdict import Change, Comparison, Limits, Retraining

SILENT = Comparison(
    aspect="function",
    name="sale_words",
    measure="PSI",
    effect=2.86,
    p=1e-9,
    level="alarm",
    sentence="sale_words went silent: it voted on 47.3% of the pins before and on none of 243 new ones.",
    advice="Look at function sale_words (`labeling try tone sale_words pins`).",
    changes=(Change(what="loud", before=0.473, now=0.0),),
    examples=("p7", "p8"),
)
CALM = replace(SILENT, name="parks", effect=0.14, p=0.4, level="ok", sentence="parks is as it was.")
QUEUE = Comparison(
    aspect="queue",
    name="queue",
    measure="days",
    effect=2.5,
    p=None,
    level="ok",
    sentence="The queue is young.",
    advice="",
)


def make(**more: object) -> WatchReport:
    report = WatchReport(
        verdict="alarm",
        actions=(SILENT.advice,),
        signal="tone",
        collection="pins",
        revision=3,
        against="run 1 on revision 1",
        baseline={"since": "2026-01-02T03:04:05+00:00"},
        pins_before=237,
        pins_new=243,
        coverage_before=1.0,
        coverage_new=0.963,
        comparisons=(SILENT, CALM, QUEUE),
        queue=QueueAge(open=20, oldest_days=3.0, p95_days=2.5),
        accuracy=Estimate(value=0.91, low=0.85, high=0.95, answers=60),
        retraining=Retraining(is_due=False, new_gold=7, reason="7 new gold labels: 50 are needed."),
        notes=("Only few pins are new.",),
    )
    return replace(report, **more)  # type: ignore[arg-type]


def recorded(*reports: WatchReport) -> list[WatchRecord]:
    at = datetime(2026, 1, 3, tzinfo=UTC)
    return [WatchRecord(id=n, created_at=at, report=one) for n, one in enumerate(reports)]


def test_the_page_says_the_verdict_then_each_alarm_with_its_reason() -> None:
    page = Page(render_watch(make(), Limits()))
    text = re.sub(r"\s+", " ", page.text)
    for said in (
        "243 new pins against 237 of run 1 on revision 1, which ended 2026-01-02 03:04 UTC",
        "Verdictalarmlook at it now",
        "sale_words went silent: it voted on 47.3% of the pins before",
        "PSI 2.86, p < .0001",
        "47.3% → 0.0%",
        "Pins: p7, p8",
        "labeling try tone sale_words pins",
        "7 new gold labels: 50 are needed.",
        "Only few pins are new.",
        "Labels right91.0%85.0% – 95.0%, 60 answers",
        "the oldest for 3.0 days",
    ):
        assert said in text, said
    assert text.index("look at it now") < text.index("went silent") < text.index("What to do")
    assert "parks is as it was" not in text, "what is ok stands in the table alone"
    assert text.count("function parks") == 2


def test_where_all_shifted_the_worst_of_each_aspect_are_told_and_the_rest_is_counted() -> None:
    functions = [replace(SILENT, name=f"f{n}", sentence=f"f{n} went silent.") for n in range(9)]
    labels = replace(SILENT, aspect="labels", name="labels", sentence="Labels moved.")
    found = make(comparisons=(*functions, labels, CALM))
    assert [one.name for one in found.told] == ["f0", "f1", "f2", "f3", "labels"]
    assert found.untold == "function: 5 more"
    text = Page(render_watch(found, Limits())).text
    assert "f3 went silent." in text and "f4 went silent." not in text and "function f8" in text
    assert "In the table below function: 5 more." in text
    console = Console(width=200, record=True, file=io.StringIO())
    show_watch(found, console)
    said = console.export_text()
    assert "f3 went silent." in said and "f4 went silent." not in said and "function f8" in said
    assert len(found.to_json()["drifted"]) == 10 and not make().untold


def test_bars_are_as_long_as_what_they_stand_for() -> None:
    page = Page(render_watch(make(), Limits(watch=0.1, alarm=0.25)))
    styles = [value for name, value in page.attributes if name == "style"]
    widths = [float(found[1]) for one in styles if (found := re.search(r"width: ([\d.]+)%", one))]
    assert widths == [47.3, 0.0, 100.0, 28.0], "before and now; PSI 2.86 is cut off, then .14 of .5"
    limits = [float(found[1]) for one in styles if (found := re.search(r"left: ([\d.]+)%", one))]
    assert limits == [20.0, 50.0] * 2


HOSTILE_PLACES = {
    "names": {"signal": HOSTILE, "collection": HOSTILE, "against": HOSTILE},
    "function": {"comparisons": (replace(SILENT, name=HOSTILE, sentence=HOSTILE),)},
    "class": {
        "comparisons": (replace(SILENT, changes=(Change(what=HOSTILE, before=0.1, now=0.2),)),)
    },
    "pin": {"comparisons": (replace(SILENT, examples=(HOSTILE,)),)},
    "action": {"actions": (f"Look at {HOSTILE} and `{HOSTILE}`",)},
    "note": {"notes": (HOSTILE,)},
}


@pytest.mark.parametrize("place", HOSTILE_PLACES)
def test_hostile_text_stays_text(place: str) -> None:
    page = Page(render_watch(make(**HOSTILE_PLACES[place]), Limits()))
    assert not {"script", "img"} & set(page.tags)
    assert not [name for name, _ in page.attributes if name.startswith("on")]
    assert "<script>alert(1)</script>" in page.text, "it is shown, not dropped"


def test_the_page_loads_nothing_from_elsewhere() -> None:
    html = render_watch(make(), Limits(), recorded(make(), make()))
    page = Page(html)
    assert not [name for name, _ in page.attributes if name in ("src", "href", "xlink:href")]
    assert not {"script", "link", "iframe", "object", "base"} & set(page.tags)
    assert not re.search(r"@import|url\(", html)
    policy = next(value for _, value in page.attributes if "default-src" in value)
    assert policy.startswith("default-src 'none'; style-src 'unsafe-inline'; base-uri")


def test_trends_go_from_the_oldest_watch_to_the_newest() -> None:
    first = make(
        coverage_new=0.5, accuracy=None, queue=QueueAge(open=0, oldest_days=None, p95_days=None)
    )
    html = render_watch(make(), Limits(), recorded(make(), make(coverage_new=None), first))
    assert 'd="M0.0 20.0L100.0 1.5"' in html, "of coverage, over the watch that had no new pins"
    assert "Labels right, by the audit" in html and "one open task in twenty" in html
    assert html.count("<circle") == 6
    alone = render_watch(make(), Limits(), recorded(make()))
    assert "Watch by watch" not in alone


def test_where_nothing_drifted_the_page_says_so(tmp_path: Path) -> None:
    calm = make(verdict="ok", comparisons=(CALM,), actions=(), notes=(), accuracy=None)
    path = tmp_path / "watch.html"
    write_page(render_watch(calm, Limits()), path)
    text = Page(path.read_text("utf-8")).text
    assert "no difference is both large and sure" in text and "Nothing now." in text
    assert "the audit has no answers" in text and "alarm" not in text.split("Verdict", 1)[1]
    empty = Page(render_watch(replace(calm, comparisons=(), coverage_new=None), Limits())).text
    assert "How far it moved" not in empty and "All that was compared" not in empty
    with pytest.raises(StoreError, match="cannot be written to"):
        write_page(render_watch(calm, Limits()), tmp_path / "missing" / "watch.html")
