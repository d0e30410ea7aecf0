"""The pins of a collection: searched and filtered, or one of them with its whole story."""

from __future__ import annotations

from dataclasses import fields
from typing import Any

import streamlit as st
from cards import show_found
from findings import last_run
from pin_stories import show_story
from styles import literal
from visit import Visit

from labeling.last_run import DOUBTS, LastRun
from labeling.pins import NO_SPLIT, SPLITS
from labeling.searching import PinQuery
from labeling.signals import NO_LABEL

ANY = "any"
TITLES = {"final": "label"}
"""Of parts of a query, where they are not their names."""
YES_NO = {"yes": True, "no": False}
ASKED = ("words", "label", "doubt", "split", "confidence", "covered", "in_queue", "has_gold")
"""What is asked for: widgets by their keys, which are the names in the address, too."""
EVERY = (0.0, 1.0)


def show(visit: Visit) -> None:
    """Show one pin where the address names one, else the search."""
    st.title("Collection")
    if pin_id := st.query_params.get("pin"):
        st.button("All pins", icon=":material/arrow_back:", on_click=_close)
        show_story(visit, pin_id)
        return
    run = last_run(visit)
    assert visit.job is not None
    latest = visit.workspace.collection(visit.job.collection)
    share = f"{run.report.covered / max(run.report.pins, 1):.0%}"
    st.text(
        f"{run.report.pins:,} pins, {share} with a vote, "
        f"{sum(run.report.labels.values()):,} labelled, {run.report.queue['tasks']:,} put into the queue"
    )
    if latest.revision != run.report.revision:
        st.warning(
            f"This is revision {run.report.revision}, as the last run saw it; there is revision "
            f"{latest.revision} with {latest.pins:,} pins. Run the signal again to see them."
        )
    query = _ask(run)
    show_found(
        visit,
        query,
        key="collection",
        on_open=_open,
        nothing="No pin fits; take back a filter, or use fewer words.",
    )


def _open(pin_id: str) -> None:
    st.query_params["pin"] = pin_id
    st.rerun()


def _close() -> None:
    st.query_params.pop("pin", None)


def _ask(run: LastRun) -> PinQuery:
    """Show the search; return what is asked for."""
    choices = {
        "label": [*run.report.classes, NO_LABEL],
        "doubt": list(DOUBTS),
        "split": [*SPLITS, NO_SPLIT],
    }
    _fill(choices)
    with st.container(horizontal=True, vertical_alignment="bottom"):
        said = st.text_input(
            "Search",
            placeholder="Words in title, description, board or link, or an id",
            icon=":material/search:",
            label_visibility="collapsed",
            key="words",
        )
        with st.popover("Filter", icon=":material/tune:"):
            filters = _filters(choices)
    _keep()
    query = PinQuery(words=said, **filters)
    active = [
        f"{TITLES.get(field.name, field.name.replace('_', ' '))}: {_shown(getattr(query, field.name))}"
        for field in fields(PinQuery)
        if field.name != "words" and getattr(query, field.name) != field.default
    ]
    if active:
        st.caption(literal(", ".join(active)))
    return query


def _shown(value: Any) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    return str(value) or NO_SPLIT


def _fill(choices: dict[str, list[str]]) -> None:
    """Fill the widgets from the address where it is new: a link, a reload, the way back from a pin.
    What it says that cannot be chosen is left out."""
    asked, kept = _in_address(), st.session_state
    if "words" in kept and asked == kept.get("asked"):
        return
    kept["words"] = asked.get("words", "")
    kept["confidence"] = _span(asked.get("confidence", ""))
    for name, known in choices.items():
        kept[name] = asked.get(name) if asked.get(name) in known else None
    for name in ("covered", "in_queue", "has_gold"):
        kept[name] = asked.get(name) if asked.get(name) in YES_NO else None


def _keep() -> None:
    """Keep what the widgets say in the address."""
    said = {name: st.session_state[name] for name in ASKED}
    least, most = said["confidence"]
    said["confidence"] = "" if (least, most) == EVERY else f"{least:g}-{most:g}"
    asked = {name: str(value) for name, value in said.items() if value}
    if asked != _in_address():
        query = st.query_params.to_dict()
        st.query_params.from_dict({k: v for k, v in query.items() if k not in ASKED} | asked)
    st.session_state["asked"] = asked


def _in_address() -> dict[str, str]:
    return {name: st.query_params[name] for name in ASKED if name in st.query_params}


def _span(said: str) -> tuple[float, float]:
    try:
        least, most = map(float, said.split("-"))
    except ValueError:
        return EVERY
    return (least, most) if 0.0 <= least <= most <= 1.0 else EVERY


def _filters(choices: dict[str, list[str]]) -> dict[str, Any]:
    label, doubt, split = (
        st.selectbox(name.capitalize(), known, index=None, placeholder=ANY, key=name)
        for name, known in choices.items()
    )
    # without a value of its own: `_fill` gives it one, and Streamlit warns of two
    st.slider("Confidence of the votes", *EVERY, step=0.05, key="confidence")
    least, most = st.session_state["confidence"]
    answers: dict[str, bool | None] = {}
    for name, title in (("covered", "Has a vote"), ("in_queue", "In queue"), ("has_gold", "Gold")):
        chosen = st.segmented_control(title, list(YES_NO), key=name)
        answers[name] = YES_NO.get(chosen or "")
    return {
        "final": label,
        "doubt": doubt,
        "split": "" if split == NO_SPLIT else split,
        "least_confidence": least,
        "most_confidence": most,
        **answers,
    }
