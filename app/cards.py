"""Pins as cards with their picture and words, page by page; a click opens one."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from typing import Any, TypeVar

import streamlit as st
from findings import pictures, search
from marking import apply_pin_styles, chip, label_chip, picture, tag, words
from styles import literal
from visit import Visit

from labeling.searching import FoundPin, PinQuery, Place

Begin = TypeVar("Begin")
PAGE = 24


def show_found(
    visit: Visit,
    query: PinQuery,
    *,
    key: str,
    on_open: Callable[[str], None],
    nothing: str,
    function: str | None = None,
) -> None:
    """Show the pins that fit, a page at a time. `key` tells searches of one page apart; `function`
    is the one whose votes are looked at."""
    places = places_of(key, query, Place())
    page = search(visit, query, places[-1], PAGE)
    if page.pins:
        show_cards(visit, page.pins, key=key, on_open=on_open, function=function)
    elif page.next is not None:
        st.info(f"None of {page.looked_at:,} pins fits so far; there are more to look at.")
    else:
        st.info(nothing)
    if len(places) > 1 or page.next is not None:
        show_pager(key, places, page.next)


def places_of(key: str, query: Any, first: Begin) -> list[Begin]:
    """Return where the pages seen so far of what is asked for begin, the one to show last; `first`
    where something else is asked for than before."""
    kept = st.session_state.get(f"{key}_places")
    if kept is None or kept[0] != query:
        kept = (query, [first])
        st.session_state[f"{key}_places"] = kept
    return kept[1]


def show_pager(key: str, places: list[Begin], following: Begin | None) -> None:
    """Show the keys to the page before and the next one; there is none where `following` is None."""
    with st.container(
        key=f"{key}_pager",
        horizontal=True,
        horizontal_alignment="center",
        vertical_alignment="center",
    ):
        st.button(
            "Previous",
            key=f"{key}_previous",
            icon=":material/chevron_left:",
            disabled=len(places) == 1,
            on_click=_turn,
            args=(key, places, None),
        )
        st.text(f"Page {len(places)}")
        st.button(
            "Next",
            key=f"{key}_next",
            icon=":material/chevron_right:",
            icon_position="right",
            disabled=following is None,
            on_click=_turn,
            args=(key, places, following),
        )
    if st.session_state.pop(f"{key}_turned", False):
        # the keys stand below the pins: who turned the page would see the end of the next one
        # as Streamlit names it, and no quote ends the string
        name = re.sub(r"[^a-zA-Z0-9_-]", "-", key)
        drawn = f".st-key-cards_{name}, .st-key-own_{name}"
        top = f"document.querySelector('{drawn}')?.scrollIntoView()"
        st.html(f"<script>{top} // {len(places)}</script>", unsafe_allow_javascript=True)


def _turn(key: str, places: list[Begin], following: Begin | None) -> None:
    """Go to the page that follows, or back where there is none to go to."""
    if following is None:
        places.pop()
    else:
        places.append(following)
    st.session_state[f"{key}_turned"] = True


def show_cards(
    visit: Visit,
    pins: Sequence[FoundPin],
    *,
    key: str,
    on_open: Callable[[str], None],
    function: str | None = None,
) -> None:
    """Show pins as cards; a click on one calls `on_open` with its id."""
    apply_pin_styles()
    seen = pictures(visit, [(pin.shard, pin.row) for pin in pins])
    with st.container(key=f"cards_{key}"):
        for number, pin in enumerate(pins):
            with st.container(key=f"card_{key}_{number}"):
                st.html(_card(pin, seen.get((pin.shard, pin.row)), bool(seen), function))
                name = literal((pin.title or pin.description or pin.pin_id)[:80])
                if st.button(f"Open {name}", key=f"open_{key}_{number}_{pin.pin_id}"):
                    on_open(pin.pin_id)


def _place(pin: FoundPin) -> str:
    """Return board and link, each with the direction of its own writing."""
    parts = (words(part, "", "bdi") for part in (pin.board, pin.link[:80]))
    said = " · ".join(filter(None, parts))
    return tag("div", said, "pin-place") if said else ""


def _card(pin: FoundPin, source: str | None, has_pictures: bool, function: str | None) -> str:
    chips = [label_chip(pin.final, pin.final_confidence)]
    if pin.label != pin.final:
        chips.append(chip(f"by votes {pin.label}"))
    if function is not None:
        vote = pin.votes.get(function, "")
        chips.append(chip(f"votes {vote}", "right" if vote == pin.label else "wrong"))
    chips += [chip(doubt, "doubt") for doubt in pin.doubts[:2]]
    if len(pin.doubts) > 2:
        chips.append(chip(f"+{len(pin.doubts) - 2}", "doubt"))
    text = (
        words(pin.title or pin.pin_id, "pin-title")
        + words(pin.description[:300], "pin-words")
        + _place(pin)
        + tag("div", "".join(chips), "chips")
    )
    shown = picture(source) if has_pictures else ""
    return tag("div", shown + tag("div", text, "pin-card-text"), "pin-card")
