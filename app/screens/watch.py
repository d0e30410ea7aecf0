"""What drifted: the newest verdict, what it rests on, and where coverage, accuracy and the queue go."""

from __future__ import annotations

from typing import Any

import altair as alt
import pandas as pd
import streamlit as st
from marking import apply_pin_styles, chip, figures, tag, when, words
from pin_stories import open_story
from styles import literal
from visit import Visit, errors_said

from labeling.watching.recording import WatchRecord, read_watches
from labeling.watching.report import WatchReport
from labeling.watching.verdict import Comparison, Level

CHIPS: dict[Level, str] = {"ok": "right", "watch": "doubt", "alarm": "wrong"}
SAID: dict[Level, str] = {
    "ok": "nothing drifted",
    "watch": "look at it when you can",
    "alarm": "look at it now",
}
WIDTH = 420
"""Of what is said of one thing that drifted, in pixels."""
TRENDS = {
    "coverage": "Coverage of new pins",
    "accuracy": "Labels right, by the audit",
    "days": "Days that one open task in twenty waits",
}


def show(visit: Visit) -> None:
    """Show the newest watch, and the trend of all."""
    assert visit.job is not None
    st.title("Watch")
    apply_pin_styles()
    records = read_watches(visit.workspace.database, visit.job.signal, visit.job.collection)
    if not records:
        st.info(
            "Nobody watched yet. A watch says what drifted since the newest pins came; a scheduler "
            "can ask for one after every import."
        )
        st.code(f"labeling watch {visit.job.signal} {visit.job.collection}", language="bash")
        return
    newest = records[0].report
    _show_figures(records[0])
    with errors_said():  # what was watched is shown even where the pins are gone
        _say_if_old(visit, newest)
    for note in newest.notes:
        st.info(literal(note))
    if newest.drifted:
        st.subheader("What drifted")
        _show_drifted(visit, newest)
        if newest.untold:
            st.caption(f"In the table below {newest.untold}.")
    if newest.actions:
        st.subheader("What to do")
        st.markdown("\n".join(f"{n}. {_advice(one)}" for n, one in enumerate(newest.actions, 1)))
    if len(records) > 1:
        st.subheader("Watch by watch")
        _show_trend(records)
    st.subheader("All that was compared")
    _show_comparisons(newest)


def _say_if_old(visit: Visit, newest: WatchReport) -> None:
    latest = visit.workspace.collection(newest.collection)
    if latest.revision > newest.revision:
        st.warning(
            f"Nobody watched since the last import: there is revision {latest.revision} with "
            f"{latest.pins:,} pins."
        )
        st.code(f"labeling watch {newest.signal} {newest.collection}", language="bash")


def _show_figures(record: WatchRecord) -> None:
    found = record.report
    accuracy, queue = found.accuracy, found.queue
    has_accuracy = accuracy is not None and accuracy.value is not None
    shown = {
        "Verdict": (found.verdict, SAID[found.verdict]),
        "New pins": (f"{found.pins_new:,}", f"against {found.pins_before:,} of {found.against}"),
        "Coverage of new pins": (
            _percent(found.coverage_new),
            f"before {_percent(found.coverage_before)}",
        ),
        "Labels right": (
            _percent(accuracy.value) if accuracy is not None and has_accuracy else "–",
            f"{accuracy.low:.1%} to {accuracy.high:.1%}"
            if accuracy is not None and has_accuracy
            else "the audit has no answers",
        ),
        "Open tasks": (
            f"{queue.open:,}",
            "none waits"
            if queue.oldest_days is None
            else f"the oldest for {queue.oldest_days:.1f} days",
        ),
        "Retrain": (
            "yes" if found.retraining.is_due else "no",
            f"{found.retraining.new_gold:,} new gold labels",
        ),
    }
    st.html(figures(shown))
    st.caption(f"Watched {when(record.created_at)} UTC, revision {found.revision}.")


def _percent(share: float | None) -> str:
    return "–" if share is None else f"{share:.1%}"


def _show_drifted(visit: Visit, newest: WatchReport) -> None:
    """Show what drifted, and the keys to the pins to look at."""
    with st.container(horizontal=True, gap="large"):
        for number, one in enumerate(newest.told):
            with st.container(width=WIDTH, gap=None):
                st.html(_part(one))
                for pin_id in one.examples:
                    if st.button(
                        literal(pin_id),
                        key=f"example_{number}_{pin_id}",
                        icon=":material/image:",
                        type="tertiary",
                    ):
                        open_story(visit, pin_id)


def _part(one: Comparison) -> str:
    """Return what drifted as HTML: how bad, and what."""
    inner = tag("div", chip(one.level, CHIPS[one.level]) + chip(one.title), "chips")
    return tag("div", inner + words(one.sentence, "", "p"), "part")


def _advice(text: str) -> str:
    """Return advice as Markdown: what stands between backquotes is code, the rest as it stands."""
    parts = text.split("`")
    return "".join(f"`{part}`" if n % 2 else literal(part) for n, part in enumerate(parts))


def _show_trend(records: list[WatchRecord]) -> None:
    points = pd.DataFrame([_point(record) for record in reversed(records)])
    for column, name in zip(st.columns(len(TRENDS)), TRENDS, strict=True):
        part = points[["watch", "verdict", "watched", name]].dropna()
        with column:
            st.caption(TRENDS[name])
            if part.empty:
                st.caption("nothing to show yet")
            else:
                st.altair_chart(_trend_chart(part, name))


def _point(record: WatchRecord) -> dict[str, Any]:
    found = record.report
    return {
        "watch": record.id,
        "verdict": found.verdict,
        "watched": when(record.created_at),
        "coverage": found.coverage_new,
        "accuracy": None if found.accuracy is None else found.accuracy.value,
        "days": found.queue.p95_days,
    }


def _trend_chart(points: pd.DataFrame, name: str) -> alt.LayerChart | alt.FacetChart:
    share = name != "days"
    axis = alt.Axis(format="%", tickCount=4) if share else alt.Axis(tickCount=4)
    scale = alt.Scale(domain=[0, 1]) if share else alt.Scale(zero=True)
    base = alt.Chart(points).encode(
        x=alt.X("watch:O", title=None, axis=alt.Axis(labelAngle=0, labelOverlap=True)),
        y=alt.Y(f"{name}:Q", title=None, axis=axis, scale=scale),
    )
    dots = base.mark_point(size=70, opacity=1, filled=True).encode(
        shape=alt.Shape("verdict:N", title=None, sort=list(CHIPS), legend=None),
        tooltip=["watch", "watched", "verdict", alt.Tooltip(f"{name}:Q", format=".3f")],
    )
    return alt.layer(base.mark_line(strokeWidth=2), dots).properties(height=180)


def _show_comparisons(found: WatchReport) -> None:
    st.caption(
        "A difference counts where it is both large and sure: the p-values are corrected for all that "
        "was compared."
    )
    number, text = st.column_config.NumberColumn, st.column_config.TextColumn
    st.dataframe(
        pd.DataFrame([_row(one) for one in found.comparisons]),
        hide_index=True,
        column_config={
            "level": text("Verdict", width="small"),
            "compared": text("Compared", pinned=True),
            "moved": text("What moved most"),
            "before": text("Before"),
            "now": text("Now"),
            "measure": text("Measure"),
            "effect": number("Effect", format="%.2f"),
            "p": text("p"),
        },
    )


def _row(one: Comparison) -> dict[str, Any]:
    change = one.changes[0] if one.changes else None
    return {
        "level": one.level,
        "compared": one.title,
        "moved": change.what if change else "",
        "before": f"{change.before:.1%}" if change else "",
        "now": f"{change.now:.1%}" if change else "",
        "measure": one.measure,
        "effect": one.effect,
        "p": one.said_p,
    }
