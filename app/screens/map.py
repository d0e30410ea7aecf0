"""The map of a collection in the app: a scatter, and the pins behind what is chosen on it."""

from __future__ import annotations

import altair as alt
import pandas as pd
import streamlit as st
from cards import PAGE, places_of, show_cards, show_pager
from findings import SEARCH_SECONDS, last_run, last_run_id
from pin_stories import open_story
from visit import Visit, the_workspace

from labeling.map_points import PinMap, Sources, read_points
from labeling.records import last_report
from labeling.searching import Place, pins_at
from labeling.signals import NO_LABEL

HEIGHT = 540
"""Pixels of the places; the legend comes below them."""
LEGEND_ROW = 18
IN_A_ROW = 2
"""Entries of the legend: a phone has no room for more."""


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
    points = _points(str(workspace.home), last_run_id(visit), drawn, sources)
    ways = ["label", "confidence", "doubt", "flag", "known", *sources.votes]
    way = st.selectbox("Colour by", ways, key="colour")
    points["colour"] = (
        [votes.get(way, "no vote") for votes in points["votes"]]
        if way in sources.votes
        else points[way]
    )
    is_group = way not in ("confidence", "doubt")
    alone = "; click an entry of the legend to see its pins alone" if is_group else ""
    st.caption(f"Click a point, or draw a box, to see its pins below the map{alone}.")
    chart = _chart(points, way, [*sources.classes, NO_LABEL] if is_group else None)
    event = st.altair_chart(
        chart, on_select="rerun", selection_mode=["pick", "box"], key="map", alt="Map of the pins"
    )
    _show_pins(visit, _chosen(points, event["selection"]))


@st.cache_data(
    show_spinner="Reading",
    ttl=SEARCH_SECONDS,
    max_entries=4,
    hash_funcs={PinMap: lambda drawn: drawn.key},
)
def _points(home: str, run_id: int, drawn: PinMap, _sources: Sources) -> pd.DataFrame:
    """Return a row per point."""
    points = pd.DataFrame([vars(point) for point in read_points(the_workspace(), drawn, _sources)])
    points["flag"] = [flags[0] if flags else "nothing" for flags in points["flags"]]
    return points


def _chart(points: pd.DataFrame, way: str, classes: list[str] | None) -> alt.Chart:
    """Return the scatter. Groups are listed in the order of the classes, and one can be seen alone;
    `classes` is None where colours stand for numbers."""
    picks = [
        alt.selection_point(name="pick", fields=["pin_id"]),
        alt.selection_interval(name="box"),
    ]
    legend = alt.Legend(orient="bottom", columns=IN_A_ROW)
    base = alt.Chart(points[["pin_id", "title", "label", "x", "y", "colour"]])
    marks = base.mark_circle(size=36)
    if classes is None:
        coloured, rows = marks.encode(color=alt.Color("colour:Q", title=way, legend=legend)), 2
    else:
        group = alt.selection_point(name="group", fields=["colour"], bind="legend")
        found = sorted(set(points["colour"]))
        order = [name for name in classes if name in found]
        order += [name for name in found if name not in order]
        coloured = marks.encode(
            color=alt.Color("colour:N", title=way, sort=order, legend=legend),
            opacity=alt.when(group).then(alt.value(0.8)).otherwise(alt.value(0.05)),
        )
        picks.append(group)
        rows = -(-len(found) // IN_A_ROW)
    return (
        coloured.encode(
            x=alt.X("x:Q", axis=None),
            y=alt.Y("y:Q", axis=None),
            tooltip=["title", "pin_id", "label"],
        )
        .add_params(*picks)
        .properties(height=HEIGHT + LEGEND_ROW * rows)
    )


def _chosen(points: pd.DataFrame, selection: dict[str, object]) -> pd.DataFrame:
    picked = [entry["pin_id"] for entry in selection.get("pick") or []]  # type: ignore[attr-defined]
    box = selection.get("box") or {}
    inside = pd.Series(bool(box), index=points.index)
    for axis, (low, high) in box.items():  # type: ignore[attr-defined]
        inside &= points[axis].between(low, high)
    return points[inside | points["pin_id"].isin(picked)]


def _show_pins(visit: Visit, pins: pd.DataFrame) -> None:
    """Show the pins chosen on the map, a page at a time."""
    if pins.empty:
        return
    starts = places_of("map", tuple(pins["pin_id"]), 0)
    some = pins.iloc[starts[-1] : starts[-1] + PAGE]
    following = starts[-1] + PAGE if starts[-1] + PAGE < len(pins) else None
    st.caption(f"{len(pins):,} pins chosen")
    run = last_run(visit)
    numbers = {shard.id: number for number, shard in enumerate(run.collection.shards)}
    places = [
        Place(shard=numbers[shard], row=int(row))
        for shard, row in zip(some["shard"], some["row"], strict=True)
    ]
    show_cards(
        visit, pins_at(run, places), key="map", on_open=lambda pin_id: open_story(visit, pin_id)
    )
    if len(pins) > PAGE:
        show_pager("map", starts, following)
