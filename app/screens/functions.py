"""The labeling functions of a signal: what each does, where it fires, what annotators say of it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import altair as alt
import pandas as pd
import streamlit as st
from cards import show_found
from findings import last_run
from marking import apply_pin_styles, table_height, when
from pin_stories import open_story
from styles import literal
from visit import Visit

from labeling.function_source import find_source
from labeling.report import RunReport
from labeling.review.comments import (
    FunctionComment,
    FunctionComments,
    by_function,
    read_comments,
    resolve_comment,
)
from labeling.searching import PinQuery

STANDS = {"all": None, "with the label": True, "against the label": False}
"""How a vote may stand to the resolved label -> `PinQuery.agrees`."""


def show(visit: Visit) -> None:
    """Show the table of functions, and one of them."""
    assert visit.job is not None
    st.title("Functions")
    run = last_run(visit)
    report = run.report
    comments = read_comments(visit.workspace.database, visit.job.signal, visit.job.collection)
    said = by_function(comments)
    st.text(
        f"{len(report.functions)} functions on {report.pins:,} pins: "
        f"{report.covered / max(report.pins, 1):.1%} covered, "
        f"{report.conflicted / max(report.pins, 1):.1%} with votes that conflict; "
        f"resolved by {report.resolver}"
    )
    name = _choose(report, said)
    for note in report.notes:
        if name is not None and note.startswith(f"{name} "):
            st.warning(literal(note))
    if name is None:
        _show_notes(report)
        return
    own = [comment for comment in comments if comment.function == name]
    waiting = sum(comment.is_open for comment in own)
    fires, code, talk = st.tabs(["Where it votes", "Code", f"Comments ({waiting})"])
    with fires:
        _show_votes(visit, report, name)
    with code:
        _show_code(visit, report, name)
    with talk:
        _show_comments(visit, own)


def _choose(report: RunReport, said: Mapping[str, FunctionComments]) -> str | None:
    """Show a row for each function; return the chosen one."""
    table = _table(report, said)
    if table.empty:
        st.info("The last run had no functions.")
        return None
    names = table["function"].tolist()
    _fill(names)
    st.dataframe(
        table,
        hide_index=True,
        on_select=lambda: _pick(names),
        selection_mode="single-row",
        key="functions",
        height=table_height(len(table), 460),
        placeholder="",
        column_config=_columns(float(table["coverage"].max())),
        alt="The functions of the last run",
    )
    chosen = st.selectbox(
        "Function",
        names,
        index=None,
        placeholder="Choose a function, here or in the table",
        key="function",
        label_visibility="collapsed",
    )
    if chosen is None:
        st.query_params.pop("function", None)
    else:
        st.query_params["function"] = chosen
    st.session_state["function_asked"] = chosen
    return chosen


def _fill(names: list[str]) -> None:
    """Choose what the address names where it is new: a link, a reload, the browser's way back. The
    table marks what is chosen, wherever that was done."""
    asked, kept = st.query_params.get("function"), st.session_state
    if "function" not in kept or asked != kept.get("function_asked"):
        kept["function"] = asked
    if kept["function"] not in names:
        kept["function"] = None
    rows = [] if kept["function"] is None else [names.index(kept["function"])]
    if "functions" not in kept or kept["functions"]["selection"]["rows"] != rows:
        kept["functions"] = {"selection": {"rows": rows, "columns": [], "cells": []}}


def _pick(names: list[str]) -> None:
    rows = st.session_state["functions"]["selection"]["rows"]
    st.session_state["function"] = names[rows[0]] if rows else None


def _table(report: RunReport, said: Mapping[str, FunctionComments]) -> pd.DataFrame:
    faults = {fault["function"]: fault["count"] for fault in report.faults}
    found = report.functions
    if found.empty:
        return found
    table = found[["function", "votes_for"]].copy()
    for share in ("coverage", "overlap", "conflict"):
        table[share] = found[share].astype(float) * 100
    table["accuracy"] = found["accuracy"].astype(float)
    table["interval"] = [
        "" if pd.isna(low) else f"{low:.2f} to {high:.2f} of {judged:,.0f}"
        for low, high, judged in zip(
            found["accuracy_low"], found["accuracy_high"], found["judged"], strict=True
        )
    ]
    table["weight"] = found["weight"].astype(float)
    table["faults"] = [faults.get(name, 0) for name in found["function"]]
    table["comments"] = [said[name].open if name in said else 0 for name in found["function"]]
    table["kind"] = found["kind"]
    return table.dropna(axis="columns", how="all")


def _columns(widest: float) -> dict[str, Any]:
    return {
        "function": st.column_config.TextColumn("Function", pinned=True),
        "votes_for": st.column_config.TextColumn("Votes for"),
        "coverage": st.column_config.ProgressColumn(
            "Coverage",
            help="Pins on which it votes.",
            min_value=0.0,
            max_value=max(widest, 1.0),
            format="%.1f%%",
        ),
        "overlap": st.column_config.NumberColumn(
            "Overlap", help="Pins on which another votes too.", format="%.1f%%"
        ),
        "conflict": st.column_config.NumberColumn(
            "Conflict", help="Pins on which another votes otherwise.", format="%.1f%%"
        ),
        "accuracy": st.column_config.NumberColumn(
            "Accuracy",
            help="Its votes on pins whose class is known: gold, else the label that came with them.",
            format="%.2f",
        ),
        "interval": st.column_config.TextColumn("95%", help="Of the accuracy, and over how many."),
        "weight": st.column_config.NumberColumn(
            "Learned", help="How accurate the label model takes it for.", format="%.2f"
        ),
        "faults": st.column_config.NumberColumn("Faults", help="Pins on which it raised."),
        "comments": st.column_config.NumberColumn("Comments", help="Open ones of annotators."),
        "kind": st.column_config.TextColumn("Kind"),
    }


def _show_notes(report: RunReport) -> None:
    if report.notes:
        with st.expander(f"Notes ({len(report.notes)})", icon=":material/lightbulb:"):
            for note in report.notes:
                st.markdown(literal(note))


def _show_votes(visit: Visit, report: RunReport, name: str) -> None:
    with st.container(horizontal=True, vertical_alignment="bottom"):
        stand = st.segmented_control(
            "Votes", list(STANDS), default="all", key=f"stand_{name}", label_visibility="collapsed"
        )
        row = report.functions.set_index("function").loc[name]
        classes = [part["class"] for part in row["by_class"]]
        vote = None
        if len(classes) > 1:
            vote = st.selectbox(
                "Vote",
                ["any vote", *classes],
                key=f"vote_{name}",
                label_visibility="collapsed",
                width=240,
            )
    query = PinQuery(
        function=name,
        vote=None if vote in (None, "any vote") else vote,
        agrees=STANDS[stand or "all"],
    )
    show_found(
        visit,
        query,
        key=f"votes_{name}",
        on_open=lambda pin_id: open_story(visit, pin_id),
        nothing="It votes on no such pin.",
        function=name,
    )


def _show_code(visit: Visit, report: RunReport, name: str) -> None:
    assert visit.job is not None
    folder = visit.workspace.settings.functions_folder
    found = find_source(folder, visit.job.signal, name)
    if found is None:
        st.info(
            "Its name stands in no file of the signal: its votes came with the pins, or it is made "
            "in a loop."
        )
    else:
        st.text(f"{found.file}, line {found.line}")
        st.code(found.code, language="python", wrap_lines=True)
    for fault in report.faults:
        if fault["function"] == name:
            aside = "; its votes were not used" if fault["set_aside"] else ""
            st.error(literal(f"{fault['count']:,} faults ({fault['share']:.1%} of pins){aside}"))
            st.dataframe(
                pd.DataFrame(fault["examples"], columns=["pin", "what went wrong"]),
                hide_index=True,
            )
    for curve in report.curves:
        if curve["function"] == name:
            st.altair_chart(_curve_chart(pd.DataFrame(curve["points"]), curve["threshold"]))


def _curve_chart(points: pd.DataFrame, threshold: float | None) -> alt.LayerChart | alt.FacetChart:
    """Return how precise a scoring function is, and how much it covers, at each threshold."""
    shares = points.melt("threshold", ["precision", "coverage"], "what", "share")
    lines = (
        alt.Chart(shares)
        .mark_line(point=True)
        .encode(
            x=alt.X("threshold:Q", title="votes where its score is at least"),
            y=alt.Y(
                "share:Q", title=None, scale=alt.Scale(domain=[0, 1]), axis=alt.Axis(format="%")
            ),
            color=alt.Color("what:N", title=None, legend=alt.Legend(orient="top")),
        )
    )
    now = pd.DataFrame({"threshold": [] if threshold is None else [threshold]})
    rule = alt.Chart(now).mark_rule(strokeDash=[4, 4], color="#808495").encode(x="threshold:Q")
    return alt.layer(lines, rule).properties(height=260)


def _show_comments(visit: Visit, comments: list[FunctionComment]) -> None:
    if not comments:
        st.info("No annotator said anything about this function.")
        return
    apply_pin_styles()
    for comment in comments:
        with st.container(border=True, key=f"comment_{comment.id}"):
            st.text(comment.text)
            state = "" if comment.is_open else f", resolved {when(comment.resolved_at)}"
            with st.container(horizontal=True, vertical_alignment="center"):
                st.caption(literal(f"{comment.annotator}, {when(comment.created_at)}{state}"))
                if st.button(
                    "See the pin", key=f"see_{comment.id}", type="tertiary", icon=":material/image:"
                ):
                    open_story(visit, comment.pin_id)
                if comment.is_open:
                    st.button(
                        "Resolve",
                        key=f"resolve_{comment.id}",
                        icon=":material/check:",
                        on_click=_resolve,
                        args=(visit, comment.id),
                    )


def _resolve(visit: Visit, comment_id: int) -> None:
    resolve_comment(visit.workspace.database, comment_id)
