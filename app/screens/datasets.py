"""The published versions of a signal on a collection: what is in them, where they come from, and
what changed between two."""

from __future__ import annotations

from typing import Any

import altair as alt
import pandas as pd
import streamlit as st
from marking import apply_pin_styles, facts, figures, headings, table_height, when
from pin_stories import open_story
from styles import literal
from visit import Visit, the_workspace

from labeling.dataset_diff import (
    WHEN_LEFT_OUT,
    LineageChange,
    RowChange,
    VersionDiff,
    diff_versions,
)
from labeling.datasets import Manifest, find_version
from labeling.records import dataset_table
from labeling.wording import in_words

EXAMPLES = 20
AROUND = 130
"""Pixels of a chart that its legend and axis take."""
KINDS = {"added": "New rows", "removed": "Rows gone", "relabelled": "Relabelled rows"}
OWN_PLACE = ("functions",)
"""Of the lineage: what is shown otherwise."""


def show(visit: Visit) -> None:
    """Show the versions, and one of them or the difference of two."""
    assert visit.job is not None
    st.title("Datasets")
    apply_pin_styles()
    table = dataset_table(visit.workspace, visit.job.signal, visit.job.collection)
    if table.empty:
        st.info("Nothing was published yet; a run does it, or this:")
        st.code(f"labeling publish {visit.job.signal} {visit.job.collection}", language="bash")
        return
    names = [f"{row['name']}@{row['folder'].rsplit('/', 1)[1]}" for row in table.to_dict("records")]
    listed = pd.DataFrame(
        {
            "version": names,
            "rows": table["rows"].to_numpy(),
            "published": [when(moment) for moment in table["created_at"]],
            "latest": ["latest" if is_latest else "" for is_latest in table["latest"]],
        }
    )
    st.dataframe(
        listed,
        hide_index=True,
        height=table_height(len(listed), 260),
        column_config={
            **headings(listed),
            "rows": st.column_config.NumberColumn("Rows", format="localized"),
            "latest": "",
        },
    )
    one, two = st.tabs(["One version", "Compare two"])
    with one:
        chosen = st.selectbox("Version", names, key="version", format_func=_short)
        _show_version(_manifest(str(visit.workspace.home), chosen), chosen)
    with two:
        _compare(visit, names)


def _short(version: str) -> str:
    """Return a version without the digest: luma@v0007."""
    return version.rpartition("-")[0]


@st.cache_data(show_spinner=False, max_entries=64)
def _manifest(home: str, version: str) -> Manifest:
    return find_version(the_workspace().store, version)[1]


@st.cache_data(show_spinner="Comparing", max_entries=16)
def _diff(home: str, before: str, after: str) -> VersionDiff:
    return diff_versions(the_workspace().store, before, after, examples=EXAMPLES)


def _show_version(manifest: Manifest, version: str) -> None:
    st.code(f"labeling pull {version} DIR", language="bash")
    parts = {split.capitalize(): rows for split, rows in manifest.rows_by_split.items()}
    parts = {"Rows": manifest.rows, **parts, "Left out": sum(manifest.left_out.values())}
    st.html(figures({name: (f"{rows:,}", "") for name, rows in parts.items()}))
    for why, count in manifest.left_out.items():
        st.caption(literal(f"{count:,} left out: {why}"))
    st.subheader("Where it comes from")
    st.html(facts(_lineage(manifest)))
    functions = pd.DataFrame(manifest.lineage["functions"])
    st.dataframe(
        functions,
        hide_index=True,
        height=table_height(len(functions), 400),
        column_config={
            **headings(functions),
            "name": st.column_config.TextColumn("Function", pinned=True),
        },
    )


def _lineage(manifest: Manifest) -> dict[str, str]:
    values: dict[str, Any] = {
        "signal": manifest.signal,
        "classes": ", ".join(manifest.classes),
        "collection": f"{manifest.collection}, revision {manifest.revision}",
        "version before it": manifest.parent or "none",
        **{name: value for name, value in manifest.lineage.items() if name not in OWN_PLACE},
        "content": manifest.content,
    }
    return {name.replace("_", " "): in_words(value) for name, value in values.items()}


def _compare(visit: Visit, names: list[str]) -> None:
    if len(names) < 2:
        st.info("There is one version so far; the next one can be compared with it.")
        return
    with st.container(horizontal=True, vertical_alignment="bottom"):
        before = st.selectbox("From", names, index=1, key="before", format_func=_short, width=320)
        after = st.selectbox("To", names, index=0, key="after", format_func=_short, width=320)
    if before == after:
        st.info("Choose two versions that differ.")
        return
    diff = _diff(str(visit.workspace.home), before, after)
    change = diff.rows_after - diff.rows_before
    st.html(
        figures(
            {
                "Rows": (f"{diff.rows_after:,}", f"{change:+,}" if change else "as many as before"),
                "In": (f"{diff.added:,}", "new rows"),
                "Out": (f"{diff.removed:,}", "rows gone"),
                "Relabelled": (f"{diff.relabelled:,}", "another class"),
                "Moved": (f"{diff.moved:,}", "to another split"),
            }
        )
    )
    _show_lineage_change(diff.lineage)
    st.altair_chart(_labels_chart(diff))
    if diff.relabellings:
        changes = pd.DataFrame([vars(one) for one in diff.relabellings])
        st.dataframe(changes, hide_index=True, height="content", column_config=headings(changes))
    for kind, title in KINDS.items():
        if diff.examples[kind]:
            st.subheader(f"{title} ({getattr(diff, kind):,})")
            for line in diff.why_left_out(kind):
                st.caption(literal(line))
            _show_rows(visit, kind, getattr(diff, kind), diff.examples[kind])


def _show_rows(visit: Visit, kind: str, count: int, rows: tuple[RowChange, ...]) -> None:
    if count > len(rows):
        st.caption(f"The first {len(rows)} by id. Choose one to see its story.")
    table = pd.DataFrame([vars(row) for row in rows])[
        ["title", "before", "after", "left_out", "pin_id"]
    ]
    table = table.loc[:, (table != "").any()]
    event = st.dataframe(
        table,
        hide_index=True,
        on_select="rerun",
        selection_mode="single-row",
        key=f"rows_{kind}",
        height=table_height(len(table), 320),
        column_config={
            **headings(table),
            "left_out": WHEN_LEFT_OUT.get(kind, "").capitalize(),
        },
    )
    chosen = [rows[number].pin_id for number in event["selection"]["rows"]]
    if chosen and st.session_state.get(f"opened_{kind}") != chosen:
        open_story(visit, chosen[0])
    st.session_state[f"opened_{kind}"] = chosen


def _show_lineage_change(change: LineageChange) -> None:
    lines = [
        f"functions {what}: {', '.join(names)}"
        for what, names in (
            ("added", change.functions_added),
            ("removed", change.functions_removed),
            ("changed", change.functions_changed),
        )
        if names
    ]
    lines += [
        f"{name.replace('_', ' ')}: {in_words(was)} → {in_words(now)}"
        for name, (was, now) in change.settings.items()
    ]
    for line in lines or ["Made from the same functions and settings."]:
        st.markdown(literal(line))


def _labels_chart(diff: VersionDiff) -> alt.Chart:
    counts = pd.DataFrame(
        [
            {"version": version, "class": name, "rows": rows}
            for version, labels in (
                ("before", diff.labels_before),
                ("after", diff.labels_after),
            )
            for name, rows in labels.items()
        ]
    )
    return (
        alt.Chart(counts)
        .mark_bar(cornerRadius=3)
        .encode(
            x=alt.X("rows:Q", title="rows"),
            y=alt.Y("class:N", sort=None, title=None, axis=alt.Axis(labelLimit=160)),
            yOffset=alt.YOffset("version:N", sort=["before", "after"]),
            color=alt.Color(
                "version:N",
                title=None,
                sort=["before", "after"],
                scale=alt.Scale(domain=["before", "after"], range=["#9aa1b5", "#6366f1"]),
                legend=alt.Legend(orient="top"),
            ),
            tooltip=["class", "version", "rows"],
        )
        .properties(height=44 * counts["class"].nunique() + AROUND)
    )
