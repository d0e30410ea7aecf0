"""How good the labels are, estimated from the random audit: a part of the page Quality."""

from __future__ import annotations

from typing import Any

import altair as alt
import pandas as pd
import streamlit as st
from findings import last_run
from marking import figures
from styles import literal
from visit import Visit

from labeling.errors import EstimateError, StoreError, WorkspaceError
from labeling.gold import read_gold
from labeling.review.estimating import Audited, Estimate, LabelEstimates, estimate

WHAT = ["precision", "recall", "share of pins"]
AROUND = 140
"""Pixels of a chart that its legend and axis take."""


def show_estimates(visit: Visit) -> None:
    """Show the accuracy of the last run's labels and a row per class, each with its interval."""
    st.subheader("How good the labels are")
    workspace = visit.workspace
    try:
        run = last_run(visit)
        gold = read_gold(workspace.database, run.signal, run.collection.name)
        audited = Audited(
            signal=run.signal, collection=run.collection, doubts=run.sources.doubts, gold=gold
        )
        found = estimate(workspace.store, workspace.database, audited, seed=workspace.settings.seed)
    except (EstimateError, WorkspaceError) as error:
        st.info(literal(str(error)))
        return
    except StoreError as error:
        # what the run left was deleted: what people answered is shown all the same
        assert visit.job is not None
        st.error(f"{literal(str(error))} Another run makes anew what is missing.")
        st.code(f"labeling run {visit.job.signal} {visit.job.collection}", language="bash")
        return
    st.html(
        figures(
            {
                "Accuracy": (_share(found.accuracy), _interval(found.accuracy)),
                "Audited": (f"{found.answered:,}", f"of {found.drawn:,} pins drawn"),
                "Stand for": (f"{found.pins:,}", "pins that are not held out"),
            }
        )
    )
    st.altair_chart(_chart(found))
    st.caption(
        "Only pins that the random audit drew count: what is asked because it is doubtful would make "
        "the labels look worse than they are. Lines are 95% intervals."
    )
    if found.note:
        st.caption(found.note)


def _share(found: Estimate) -> str:
    return "–" if found.value is None else f"{found.value:.1%}"


def _interval(found: Estimate) -> str:
    return f"{found.low:.1%} to {found.high:.1%}"


def _chart(found: LabelEstimates) -> alt.LayerChart | alt.FacetChart:
    """Return precision, recall and prevalence of each class, each with its interval."""
    rows: list[dict[str, Any]] = [
        {
            "class": one.name,
            "what": what,
            "value": part.value,
            "low": part.low,
            "high": part.high,
            "answers": part.answers,
        }
        for one in found.classes
        for what, part in zip(WHAT, (one.precision, one.recall, one.prevalence), strict=True)
        if part.value is not None
    ]
    base = alt.Chart(pd.DataFrame(rows)).encode(
        y=alt.Y("class:N", title=None, sort=None, axis=alt.Axis(labelLimit=140)),
        yOffset=alt.YOffset("what:N", sort=WHAT),
        color=alt.Color(
            "what:N", title=None, sort=WHAT, legend=alt.Legend(orient="top", columns=2)
        ),
    )
    rules = base.mark_rule(strokeWidth=2, opacity=0.55).encode(
        x=alt.X("low:Q", title=None, axis=alt.Axis(format="%", tickCount=5)).scale(domain=[0, 1]),
        x2="high:Q",
    )
    shares = [alt.Tooltip(f"{name}:Q", format=".1%") for name in ("value", "low", "high")]
    dots = base.mark_circle(size=70, opacity=1).encode(
        x="value:Q", tooltip=["class", "what", *shares, "answers"]
    )
    return alt.layer(rules, dots).properties(height=54 * len(found.classes) + AROUND)
