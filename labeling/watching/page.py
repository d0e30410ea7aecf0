"""A watch as one HTML page: nothing in it is loaded from elsewhere."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from markupsafe import Markup

from labeling.pages import page_template
from labeling.watching.recording import WatchRecord
from labeling.watching.report import WatchReport
from labeling.watching.verdict import Level, Limits

LEVEL_HUES: dict[Level, int] = {"ok": 2, "watch": 4, "alarm": 1}
"""Of the page's colours: green, yellow, red."""
SAID: dict[Level, str] = {
    "ok": "nothing is both large and sure",
    "watch": "look at it when you can",
    "alarm": "look at it now",
}
PSI_SHOWN = 20
"""Comparisons that are drawn, the largest first; the table has all."""
WIDTH, HEIGHT = 100, 40
"""Of the box that a trend is drawn in."""


@dataclass(frozen=True, kw_only=True)
class Trend:
    """Where one figure goes from watch to watch."""

    title: str
    points: Markup
    """Its line and dots as SVG, in a box of 100 x 40."""
    top: str
    """What the upper edge stands for; the lower one is 0."""
    last: str


def render_watch(found: WatchReport, limits: Limits, records: Sequence[WatchRecord] = ()) -> str:
    """Return the page; `records` are the watches on record, the newest first, for the trend. All text of
    pins, functions and classes is escaped."""
    measured = [one for one in found.comparisons if one.measure == "PSI"]
    return page_template("watch.html").render(
        found=found,
        said=SAID[found.verdict],
        hues=LEVEL_HUES,
        limits=limits,
        measured=sorted(measured, key=lambda one: -one.effect)[:PSI_SHOWN],
        n_measured=len(measured),
        trends=_trends([record.report for record in reversed(records)]),
    )


def _trends(reports: Sequence[WatchReport]) -> list[Trend]:
    """Return the trends of two watches or more, the oldest first, in which a figure is known twice."""
    accuracies = [one.accuracy.value if one.accuracy else None for one in reports]
    days = [one.queue.p95_days for one in reports]
    longest = max((value for value in days if value is not None), default=0.0)
    drawn = [
        _trend("Coverage of new pins", [one.coverage_new for one in reports]),
        _trend("Labels right, by the audit", accuracies),
        _trend("Days that one open task in twenty waits", days, top=max(longest, 1.0), unit="d"),
    ]
    return [trend for trend in drawn if trend is not None]


def _trend(
    title: str, values: Sequence[float | None], *, top: float = 1.0, unit: str = "%"
) -> Trend | None:
    known = [(place, value) for place, value in enumerate(values) if value is not None]
    if len(known) < 2:
        return None
    step = WIDTH / (len(values) - 1)
    places = [(f"{step * x:.1f}", f"{HEIGHT * (1 - y / top):.1f}") for x, y in known]
    line = "L".join(f"{x} {y}" for x, y in places)
    dots = Markup().join(Markup('<circle cx="{}" cy="{}" r="1.2"/>').format(*at) for at in places)
    return Trend(
        title=title,
        points=Markup('<path d="M{}" class="line"/>').format(line) + dots,
        top=_figure(top, unit),
        last=_figure(known[-1][1], unit),
    )


def _figure(value: float, unit: str) -> str:
    return f"{value:.1%}" if unit == "%" else f"{value:.1f} days"
