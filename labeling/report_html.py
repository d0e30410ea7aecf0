"""A run's report as one HTML page with plots: nothing in it is loaded from elsewhere."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import altair as alt
import numpy as np
import pandas as pd
import vl_convert
from markupsafe import Markup

from labeling.pages import HUES, INKS, page_template
from labeling.report import RunReport, mistakes
from labeling.signals import NO_LABEL

WIDTH = 400
KINDS = {
    "label_model": "label model",
    "majority": "majority vote",
    "probe": "probe",
    "final": "final labels",
}
SPLITS = ("train", "valid", "validation", "test", "all")


@dataclass(frozen=True, kw_only=True)
class Pictures:
    """What a report shows of pins beside their text; all of it may be absent."""

    thumbnails: dict[str, str] = field(default_factory=dict)
    """Pin id -> data URI."""
    map: dict[str, str] = field(default_factory=dict)
    """Class, or `no label` -> the places of its pins as an SVG path in a square of 100."""


def render_html(report: RunReport, pictures: Pictures | None = None) -> str:
    """Return the page. All text of pins, functions and faults is escaped."""
    value = report.to_json()
    functions, scores = value["functions"], _score_rows(report)
    judged, weighed = (any(row[n] is not None for row in functions) for n in ("accuracy", "weight"))
    hues = {name: number % HUES for number, name in enumerate(report.classes)}
    return page_template("report.html").render(
        report=value,
        scores=scores,
        mistakes=mistakes(report),
        voted=sum(report.columns_voted.values()),
        judged=judged,
        weighed=weighed,
        hues=hues,
        no_label=NO_LABEL,
        pictures=pictures or Pictures(),
        plots={
            "coverage": _coverage_plot(functions),
            "accuracy": _accuracy_plot(functions, len(report.classes)),
            "labels": _labels_plot(report, hues),
            "votes": _votes_plot(report),
            "scores": _scores_plot(scores),
            "seconds": _seconds_plot(report.seconds),
            "curves": _curves_plot(value["curves"]),
        },
    )


def _score_rows(report: RunReport) -> list[dict[str, Any]]:
    """Return the scores split by split, in the order in which data is used."""
    rows = [
        {"kind": KINDS[kind], "split": split, **found}
        for kind in KINDS
        for split, found in report.scores.get(kind, {}).items()
        if found
    ]
    order = {split: place for place, split in enumerate(SPLITS)}
    return sorted(rows, key=lambda row: (order.get(row["split"], len(SPLITS)), row["split"]))


def _rows_axis(names: list[str]) -> alt.Y:
    axis = alt.Axis(labelLimit=150, labelPadding=8, title=None)
    return alt.Y("name:N", axis=axis, scale=alt.Scale(domain=names, paddingInner=0.3))


def _share_axis(field: str, *, start: float | None = None, **more: Any) -> alt.X:
    scale = alt.Undefined if start is None else alt.Scale(domain=[start, 1], nice=False)
    axis = alt.Axis(format="%", title=None, tickCount=5, labelFlush=False)
    return alt.X(f"{field}:Q", axis=axis, scale=scale, **more)


def _svg(chart: Any, *, step: int = 24, height: int | None = None) -> Markup:
    """Return the chart as inline SVG; Vega escapes its text. Clips would need ids, which clash."""
    fit = {"type": "fit-x", "contains": "padding"}
    finished = (
        chart.properties(width=WIDTH, height=height or alt.Step(step), autosize=fit)
        .configure(aria=False, background="transparent", font="sans-serif", view={"stroke": None})
        .configure_axis(labelColor=INKS["ink"], labelFontSize=12, domain=False, ticks=False)
        .configure_axisX(gridColor=INKS["line"])
        .configure_axisY(grid=False)
        .configure_text(color=INKS["ink"], fontSize=12)
    )
    return Markup(vl_convert.vegalite_to_svg(finished.to_json(), allowed_base_urls=[]))


def _coverage_plot(functions: list[dict[str, Any]]) -> Markup | None:
    """Return bars of each function's coverage: voting alone, agreeing, in conflict."""
    if not functions:
        return None
    parts = []
    for row in functions:
        alone, agree = row["coverage"] - row["overlap"], row["overlap"] - row["conflict"]
        shares = {"alone": alone, "agree": agree, "conflict": row["conflict"]}
        for place, (ink, share) in enumerate(shares.items()):
            named = {"name": row["function"], "ink": INKS[ink], "place": place}
            parts.append({**named, "share": max(share, 0)})
    bars = alt.Chart(pd.DataFrame(parts)).mark_bar()
    return _svg(
        bars.encode(
            y=_rows_axis([row["function"] for row in functions]),
            x=_share_axis("share", stack="zero"),
            color=alt.Color("ink:N", scale=None),
            order="place:Q",
        )
    )


def _accuracy_plot(functions: list[dict[str, Any]], classes: int) -> Markup | None:
    """Return dots of accuracy with intervals and of learned weights; None where neither exists."""
    fields = ("accuracy", "accuracy_low", "accuracy_high", "weight")
    rows = [{"name": row["function"]} | {f: row[f] for f in fields} for row in functions]
    known = [row for row in rows if row["accuracy"] is not None]
    weighed = [row for row in rows if row["weight"] is not None]
    if not known and not weighed:
        return None
    axis = _rows_axis([row["name"] for row in rows])
    lows = [row["accuracy_low"] for row in known] + [row["weight"] for row in weighed]
    start = int(min(*lows, 1 / classes) * 10) / 10
    chance = alt.Chart(pd.DataFrame({"at": [1 / classes]}))
    dashes = chance.mark_rule(strokeDash=[4, 4], color=INKS["ink"])
    layers: list[alt.Chart] = [dashes.encode(x=_share_axis("at", start=start))]
    if known:
        base = alt.Chart(pd.DataFrame(known)).encode(y=axis)
        line = base.mark_rule(color=INKS["known"], strokeWidth=2)
        layers += [
            line.encode(x=_share_axis("accuracy_low", start=start), x2="accuracy_high:Q"),
            base.mark_point(filled=True, opacity=1, size=70, color=INKS["known"]).encode(
                x=_share_axis("accuracy", start=start)
            ),
        ]
    if weighed:
        points = alt.Chart(pd.DataFrame(weighed)).mark_point(
            shape="diamond", size=70, strokeWidth=2, opacity=1, color=INKS["weight"]
        )
        layers.append(points.encode(y=axis, x=_share_axis("weight", start=start)))
    return _svg(alt.layer(*layers))


def _bars(values: dict[str, float], inks: list[str], texts: list[str]) -> Markup | None:
    """Return one bar per name with a text beside it; None where there are no names."""
    if not values:
        return None
    rows = pd.DataFrame({"name": list(values), "value": list(values.values()), "text": texts})
    top = max(rows["value"].max(), 1e-9)
    base = alt.Chart(rows.assign(ink=[INKS[ink] for ink in inks])).encode(
        y=_rows_axis(list(values)),
        x=alt.X("value:Q", axis=None, scale=alt.Scale(domain=[0, top * 1.5], nice=False)),
    )
    bars = base.mark_bar().encode(color=alt.Color("ink:N", scale=None))
    return _svg(bars + base.mark_text(align="left", dx=8).encode(text="text:N"), step=28)


def _counts_plot(counts: dict[str, int], inks: list[str]) -> Markup | None:
    total = max(sum(counts.values()), 1)
    texts = [f"{n:,}  ·  {n / total:.1%}" for n in counts.values()]
    return _bars(dict(counts), inks, texts)


def _votes_plot(report: RunReport) -> Markup | None:
    """Return how the votes on the pins stand to each other."""
    counts = {
        "one class": report.covered - report.conflicted,
        "several classes": report.conflicted,
        "no vote": report.pins - report.covered,
    }
    return _counts_plot(counts, ["agree", "conflict", "alone"])


def _labels_plot(report: RunReport, hues: dict[str, int]) -> Markup | None:
    """Return how many pins got each class, or none."""
    inks = [f"c{hues[name]}" for name in report.labels]
    none = {NO_LABEL: report.pins - sum(report.labels.values())}
    return _counts_plot(report.labels | none, [*inks, "alone"])


def _seconds_plot(seconds: dict[str, float]) -> Markup | None:
    return _bars(seconds, ["majority"] * len(seconds), [f"{s:.1f} s" for s in seconds.values()])


def _scores_plot(rows: list[dict[str, Any]]) -> Markup | None:
    """Return dots of accuracy per split and kind."""
    if not rows:
        return None
    inks = dict(zip(KINDS.values(), ("label-model", "majority", "probe", "final"), strict=True))
    frame = pd.DataFrame(rows).assign(ink=[INKS[inks[row["kind"]]] for row in rows])
    start = int(min(frame["accuracy"].min(), 0.99) * 10) / 10
    dots = alt.Chart(frame.rename(columns={"split": "name"})).mark_point(filled=True, size=110)
    return _svg(
        dots.encode(
            y=_rows_axis(list(dict.fromkeys(frame["split"]))),
            x=_share_axis("accuracy", start=start),
            yOffset=alt.YOffset("kind:N", sort=list(KINDS.values())),
            color=alt.Color("ink:N", scale=None),
            opacity=alt.value(1),
        ),
        step=18,
    )


def _curves_plot(curves: list[dict[str, Any]]) -> Markup | None:
    """Return a line per scoring function, precision over coverage, with a dot where it votes now;
    of as many as there are colours."""
    if not curves:
        return None
    rows = [
        {"ink": INKS[f"c{number}"], **point}
        for number, curve in enumerate(curves[:HUES])
        for point in curve["points"]
    ]
    dots = []
    for number, curve in enumerate(curves[:HUES]):
        limit = np.inf if curve["threshold"] is None else curve["threshold"]
        now = [point for point in curve["points"] if point["threshold"] >= limit]
        dots += [{"ink": INKS[f"c{number}"], **now[-1]}] if now else []
    ink = alt.Color("ink:N", scale=None)
    low = int(min(row["precision"] for row in rows) * 10) / 10
    scale = alt.Scale(domain=[low, 1], nice=False)
    axis = alt.Axis(format="%", title=None, tickCount=5)
    encoding = {"x": _share_axis("coverage"), "color": ink}
    encoding["y"] = alt.Y("precision:Q", axis=axis, scale=scale)
    lines = alt.Chart(pd.DataFrame(rows)).mark_line(strokeWidth=2)
    chart = lines.encode(order="coverage:Q", **encoding)
    if dots:
        marks = alt.Chart(pd.DataFrame(dots)).mark_point(filled=True, size=90, opacity=1)
        chart += marks.encode(**encoding)
    return _svg(chart, height=200)
