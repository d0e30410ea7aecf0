"""Pins that look alike, answered together."""

from __future__ import annotations

import streamlit as st
from bulk_desk import GROUP, BulkDesk, Group, Kept
from desk import Notice
from guideline import guideline_key, guideline_panel
from picture_route import picture_address
from pin_view import cell_html
from review_script import page_is_drawn, review_script
from shelves import evidence_of, in_background, shelf_of
from styles import escape, literal
from visit import Visit, errors_said, open_elsewhere

from labeling.errors import ReviewError
from labeling.pin_cards import PinShelf
from labeling.signals import Signal
from screens.review import KEYS, RENEW_EVERY, queue_of

CELL_KEYS = "qweztasdfg" + "hopxyvbijklm"
"""Of the pins, as they lie on a keyboard, then what else is free; c and r are Streamlit's, n and u the
page's."""


def show(visit: Visit) -> None:
    """Show the next group."""
    desk = desk_of(visit)
    review_script()
    desk.renew()  # what was done on another page is seen
    with st.container(key="bulk"):
        _work(visit, desk)
    _keep(desk)
    page_is_drawn()


def desk_of(visit: Visit) -> BulkDesk:
    """Return what this browser works on."""
    key = (visit.person.name, visit.job)
    known = st.session_state.get("bulk_desk")
    if known is None or known[0] != key:
        kept = _kept(visit.person.name, str(visit.job))
        wanted = visit.workspace.settings.answers_per_pin
        desk = BulkDesk(queue_of(visit), visit.person.name, kept, wanted=wanted)
        known = st.session_state["bulk_desk"] = (key, desk)
    return known[1]


@st.cache_resource(max_entries=1000, show_spinner=False)
def _kept(person: str, job: str) -> Kept:
    """Return what of a person's groups is kept though a reload ends the session."""
    return Kept()


@st.fragment(run_every=RENEW_EVERY)
def _keep(desk: BulkDesk) -> None:
    """Keep the pins for whom the page is open before."""
    desk.renew()


@st.fragment
@errors_said()
def _work(visit: Visit, desk: BulkDesk) -> None:
    assert visit.job is not None
    shelf = shelf_of(visit.workspace, visit.job.collection)
    evidence = evidence_of(visit.workspace, visit.job)
    try:
        group = desk.open(shelf, evidence)
    except ReviewError as error:
        _head(visit.job.signal, desk.take_notice(), None, desk)
        st.subheader("That is all for now")
        st.write(literal(str(error)))
        _undo_key(desk)
        return
    _head(visit.job.signal, desk.take_notice(), group, desk)
    if group is None:
        st.subheader("Nothing waits for you")
        st.write("No pin is open that you did not answer or pass over.")
        if elsewhere := open_elsewhere(visit):
            st.write(literal(f"{elsewhere}."))
        _undo_key(desk)
        return
    _grid(shelf, desk, group, cell_keys(len(visit.signal.classes)))
    _keys(visit.signal, desk, group)
    guideline_panel(desk, visit.signal)
    in_background(desk.look_ahead, shelf, evidence)


def _head(signal: str, notice: Notice | None, group: Group | None, desk: BulkDesk) -> None:
    what = ""
    if group is not None:
        kind = "pins that look alike; take out what does not belong"
        if len(group.cards) == 1:
            kind = "pin; none that is undecided looks like it"
        what = f"<b>{len(group.cards) - len(desk.taken_out)}</b> {kind}"
    said = "" if notice is None else escape(notice.text)
    st.html(
        f'<div class="strip"><span class="signal">{escape(signal)}</span>'
        f'<span class="wraps">{what}</span></div>'
        f'<div class="notice" role="status">{said}</div>'
    )


def cell_keys(n_classes: int) -> list[str | None]:
    """Return a key for each pin of a group; classes have the keys that they have on the page Review, and
    pins those that are left: None where there are none."""
    free = [key for key in CELL_KEYS if key not in KEYS[:n_classes]]
    return [*free, *[None] * GROUP][:GROUP]


def _grid(shelf: PinShelf, desk: BulkDesk, group: Group, keys: list[str | None]) -> None:
    with st.container(key="grid", horizontal=True):
        for number, card in enumerate(group.cards):
            is_out = card.pin_id in desk.taken_out
            with st.container(key=f"cell_{number}"):
                st.html(cell_html(card, picture_address(shelf, card), is_out=is_out))
                st.button(
                    "Put back" if is_out else "Take out",
                    key=f"toggle_{group.claims[card.pin_id].lease}",
                    shortcut=keys[number],
                    on_click=desk.toggle,
                    args=(card.pin_id,),
                    type="tertiary",
                )


def _keys(signal: Signal, desk: BulkDesk, group: Group) -> None:
    lease = group.first
    is_empty = len(desk.taken_out) == len(group.cards)
    with st.container(key="classes", horizontal=True):
        for number, name in enumerate(signal.classes):
            st.button(
                literal(name),
                key=f"class_{number}_{lease}",
                shortcut=KEYS[number] if number < len(KEYS) else None,
                on_click=desk.answer,
                args=(name, lease),
                disabled=is_empty,
                width="stretch",
            )
    with st.container(key="actions", horizontal=True):
        if group.suggested is not None:
            st.button(
                f"All are {literal(group.suggested)}",
                key=f"suggested_{lease}",
                shortcut="Enter",
                on_click=desk.answer,
                args=(group.suggested, lease),
                type="primary",
                disabled=is_empty,
            )
        next_key = None if "n" in KEYS[: len(signal.classes)] else "N"
        st.button("Next group", key=f"next_{lease}", shortcut=next_key, on_click=desk.pass_over)
        _undo_key(desk)
        guideline_key(desk, None)  # its key elsewhere may be a pin's here


def _undo_key(desk: BulkDesk) -> None:
    st.button("Undo", key="bulk_undo", shortcut="U", on_click=desk.undo)
