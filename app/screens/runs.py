"""The runs of a signal on a collection: how each ended, what it found, and where scores go."""

from __future__ import annotations

import altair as alt
import pandas as pd
import streamlit as st
from marking import apply_pin_styles, figures, headings, lasting, table_height, when
from visit import Visit

from labeling.records import RunRecord, read_runs
from labeling.report_html import KINDS
from screens.report import show_report

SCORES = {"macro_f1": "macro-F1", "accuracy": "accuracy"}


def show(visit: Visit) -> None:
    """Show the runs, newest first, and one of them."""
    assert visit.job is not None
    st.title("Runs")
    apply_pin_styles()
    runs = read_runs(visit.workspace, signal=visit.job.signal, collection=visit.job.collection)
    if not runs:
        st.info("Nothing was run yet.")
        st.code(f"labeling run {visit.job.signal} {visit.job.collection}", language="bash")
        return
    _show_trend(runs)
    table = pd.DataFrame([_row(run) for run in runs])
    table = table.loc[:, (table != "").any()]
    event = st.dataframe(
        table,
        hide_index=True,
        on_select="rerun",
        selection_mode="single-row",
        key="runs",
        height=table_height(len(runs), 320),
        column_config={
            **headings(list(table)),
            "run": st.column_config.NumberColumn("Run", pinned=True, width="small"),
        },
    )
    rows = event["selection"]["rows"]
    if not rows:
        st.caption("Choose a run to see its report, or why it failed.")
        return
    _show_run(visit, runs[rows[0]])


def _row(run: RunRecord) -> dict[str, object]:
    report = run.report
    return {
        "run": run.id,
        "state": run.status,
        "started": when(run.started_at),
        "took": lasting(run.seconds),
        "revision": run.revision,
        "pins": f"{report.pins:,}" if report else "",
        "covered": f"{report.covered / max(report.pins, 1):.1%}" if report else "",
        "resolver": report.resolver if report else "",
        "version": str(report.dataset.get("version", "")).partition("-")[0] if report else "",
        "why it failed": run.error or "",
    }


def _show_run(visit: Visit, run: RunRecord) -> None:
    st.subheader(f"Run {run.id}")
    if run.error:
        st.error("It did not finish.", icon=":material/error:")
        st.code(run.error, language=None, wrap_lines=True)
    if run.report is not None:
        steps = pd.DataFrame(list(run.report.seconds.items()), columns=["step", "seconds"])
        st.altair_chart(_steps_chart(steps))
        show_report(visit, run.report)
    elif not run.error:
        st.info("It is running; its report appears here when it is done.")


def _steps_chart(steps: pd.DataFrame) -> alt.Chart:
    return (
        alt.Chart(steps)
        .mark_bar(cornerRadius=3)
        .encode(
            x=alt.X("seconds:Q", title="seconds", axis=alt.Axis(tickCount=5)),
            y=alt.Y("step:N", sort=None, title=None),
            tooltip=["step", alt.Tooltip("seconds:Q", format=".1f")],
        )
        .properties(height=26 * len(steps) + 40)
    )


def _show_trend(runs: list[RunRecord]) -> None:
    """Show the scores of the runs where reference labels exist."""
    done = [run for run in reversed(runs) if run.report is not None and run.report.scores]
    splits = sorted({split for run in done for of in run.report.scores.values() for split in of})  # type: ignore[union-attr]
    if not splits:
        return
    with st.container(horizontal=True, vertical_alignment="bottom"):
        split = st.selectbox(
            "Scores on the split",
            splits,
            index=splits.index("test") if "test" in splits else 0,
            key="split_of_scores",
            width=220,
        )
        score = st.selectbox(
            "Score", list(SCORES), key="score", format_func=SCORES.__getitem__, width=220
        )
    _show_scores(done, split, score)
    if len(done) > 1:
        points = [
            {
                "run": run.id,
                "started": run.started_at,
                "model": title,
                "score": run.score(model, split, score),
            }
            for run in done
            for model, title in KINDS.items()
        ]
        st.altair_chart(_trend_chart(pd.DataFrame(points).dropna()))


def _show_scores(done: list[RunRecord], split: str, score: str) -> None:
    """Show what the last run reached, and how that changed where the one before was scored, too."""
    shown: dict[str, tuple[str, str]] = {}
    for model, title in KINDS.items():
        *before, now = (run.score(model, split, score) for run in done[-2:])
        if now is not None:
            changes = [now - was for was in before if was is not None]
            said = (f"{by:+.4f}" if round(by, 4) else "as in the run before" for by in changes)
            shown[title.capitalize()] = (f"{now:.3f}", "".join(said))
    st.html(figures(shown))


def _trend_chart(points: pd.DataFrame) -> alt.Chart:
    return (
        alt.Chart(points)
        .mark_line(point=alt.OverlayMarkDef(size=70), strokeWidth=2)
        .encode(
            x=alt.X("run:O", title="run", axis=alt.Axis(labelAngle=0)),
            y=alt.Y("score:Q", title=None, scale=alt.Scale(zero=False, padding=12)),
            # in two columns, as a phone has no room for all in a row
            color=alt.Color("model:N", title=None, legend=alt.Legend(orient="top", columns=2)),
            tooltip=["run", "model", alt.Tooltip("score:Q", format=".4f"), "started:T"],
        )
        .properties(height=300)
    )
