"""The map of a collection in the app: a scatter, and the pins behind what is chosen on it."""

from __future__ import annotations

import altair as alt
import pandas as pd
import streamlit as st
from cards import show_cards
from findings import last_run
from pin_stories import open_story
from visit import Visit

from labeling.map_points import PinMap, Sources, read_points
from labeling.records import last_report
from labeling.searching import Place, pins_at

SHOWN = 24
"""Chosen pins that are shown as cards."""


def show(visit: Visit) -> None:
    """Show the map where one is drawn, else how to draw it."""
    assert visit.job is not None
    workspace, signal, collection = visit.workspace, visit.job.signal, visit.job.collection
    st.title("Map")
    drawn = PinMap.of(workspace, collection)
    sources = Sources.of_report(last_report(workspace, signal, collection), drawn.collection)
    if sources is None:
        st.info("Pins were added since the last run; run the signal again to see them on the map.")
        return
    if not workspace.store.exists(drawn.key):
        st.info("No map of this collection was drawn yet.")
        st.code(f"labeling map {signal} {collection}")
        return
    points = pd.DataFrame([vars(point) for point in read_points(workspace, drawn, sources)])
    points["flag"] = [flags[0] if flags else "nothing" for flags in points["flags"]]
    ways = ["label", "confidence", "doubt", "flag", "known", *sources.votes]
    way = st.selectbox("Colour by", ways, key="colour")
    points["colour"] = (
        [votes.get(way, "no vote") for votes in points["votes"]]
        if way in sources.votes
        else points[way]
    )
    kind = "Q" if way in ("confidence", "doubt") else "N"
    chart = (
        alt.Chart(points[["pin_id", "title", "label", "x", "y", "colour"]])
        .mark_circle(size=36)
        .encode(
            x=alt.X("x:Q", axis=None),
            y=alt.Y("y:Q", axis=None),
            color=alt.Color(
                f"colour:{kind}", title=way, legend=alt.Legend(orient="bottom", columns=2)
            ),
            tooltip=["title", "pin_id", "label"],
        )
        .add_params(
            alt.selection_point(name="pick", fields=["pin_id"]), alt.selection_interval(name="box")
        )
        .properties(height=620)
    )
    event = st.altair_chart(chart, on_select="rerun", key="map")
    _show_pins(visit, _chosen(points, event["selection"]))


def _chosen(points: pd.DataFrame, selection: dict[str, object]) -> pd.DataFrame:
    picked = [entry["pin_id"] for entry in selection.get("pick") or []]  # type: ignore[attr-defined]
    box = selection.get("box") or {}
    inside = pd.Series(bool(box), index=points.index)
    for axis, (low, high) in box.items():  # type: ignore[attr-defined]
        inside &= points[axis].between(low, high)
    return points[inside | points["pin_id"].isin(picked)]


def _show_pins(visit: Visit, pins: pd.DataFrame) -> None:
    if pins.empty:
        st.caption("Click a point, or draw a box, to see its pins.")
        return
    some = pins.head(SHOWN)
    st.caption(f"{len(pins):,} pins chosen, {len(some)} shown")
    run = last_run(visit)
    numbers = {shard.id: number for number, shard in enumerate(run.collection.shards)}
    places = [
        Place(shard=numbers[shard], row=int(row))
        for shard, row in zip(some["shard"], some["row"], strict=True)
    ]
    show_cards(
        visit, pins_at(run, places), key="map", on_open=lambda pin_id: open_story(visit, pin_id)
    )
