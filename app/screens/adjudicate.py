"""Pins that answers did not settle: all of them side by side, and a reviewer's key decides."""

from __future__ import annotations

from functools import partial

import streamlit as st
from bench import Bench
from guideline import guideline_key, guideline_panel
from picture_route import picture_address
from pin_view import Keyed, answers_html, card_html, votes_html
from review_script import page_is_drawn, review_script
from settling import settle
from shelves import evidence_of, shelf_of
from styles import escape, literal
from visit import Visit, errors_said

from labeling.pin_cards import PinCard
from labeling.review.adjudicating import DisputedTask
from labeling.review.comments import MAX_CHARS
from labeling.review.verdicts import Rules
from labeling.signals import NO_CLASS, NONE_FITS
from screens.review import KEYS

ALL = "all pins"


def show(visit: Visit) -> None:
    """Show the pin to decide on."""
    review_script()
    bench = bench_of(visit)
    with st.container(key="review"):
        _work(visit, bench)
    page_is_drawn()


def bench_of(visit: Visit) -> Bench:
    """Return what this browser works on."""
    assert visit.job is not None
    key = (visit.person.name, visit.job)
    known = st.session_state.get("bench")
    if known is None or known[0] != key:
        database, collection = visit.workspace.database, visit.job.collection
        rules = Rules.of(visit.workspace.settings)
        compare = partial(settle, database, visit.signal, collection, rules)
        bench = Bench(database, visit.job.signal, collection, visit.person.name, compare)
        known = st.session_state["bench"] = (key, bench)
    return known[1]


@st.fragment
@errors_said()
def _work(visit: Visit, bench: Bench) -> None:
    assert visit.job is not None
    task = bench.show()
    st.html(
        f'<div class="strip"><span class="signal">{escape(visit.job.signal)}</span>'
        f"<span><b>{len(bench.waiting):,}</b> wait for a decision</span></div>"
        f'<div class="notice" role="status">{escape(bench.take_said())}</div>'
    )
    if task is None:
        _nothing_waits(bench)
    else:
        _pin(visit, task, bench.submission)
        st.html(answers_html(task))
        _class_keys(visit, bench)
    _action_keys(bench)
    guideline_panel(bench, visit.signal)


def _nothing_waits(bench: Bench) -> None:
    st.subheader("Nothing is disputed")
    if bench.is_settled:
        st.write("Pins on which answers differ, or that someone flagged, come here.")
    else:
        st.write("The answers are being compared: pins on which they differ come here in a moment.")
    st.button("Look again", type="primary", shortcut="Enter")


def _pin(visit: Visit, task: DisputedTask, submission: str) -> None:
    assert visit.job is not None
    shelf = shelf_of(visit.workspace, visit.job.collection)
    card = shelf.card(task.pin_id)
    if card is None:
        st.html('<div class="pin"><p>This pin is no longer in the collection.</p></div>')
        return
    keyed = Keyed(lease=submission, why=f"{task.why} ({task.reason})")
    picture, keys = picture_address(shelf, card), len(visit.signal.classes) + 1  # no class fits
    st.html(card_html(card, picture, keyed, keys=keys, votes=_votes(visit, card)))


def _votes(visit: Visit, card: PinCard) -> str:
    assert visit.job is not None
    shown = visit.workspace.settings.show_votes != "never"
    return votes_html(evidence_of(visit.workspace, visit.job) if shown else None, card)


def _class_keys(visit: Visit, bench: Bench) -> None:
    submission = bench.submission
    with st.container(key="classes", horizontal=True):
        for number, name in enumerate((*visit.signal.classes, NO_CLASS)):
            is_none = name == NO_CLASS
            st.button(
                NONE_FITS if is_none else literal(name),
                key=f"class_{number}_{submission}",
                shortcut="0" if is_none else KEYS[number] if number < len(KEYS) else None,
                on_click=_decide,
                args=(visit, bench, submission, name),
                width="stretch",
            )


def _action_keys(bench: Bench) -> None:
    with st.container(key="actions", horizontal=True, vertical_alignment="center"):
        if bench.shown is not None:
            st.button("Later", key=f"later_{bench.submission}", shortcut="S", on_click=bench.later)
        st.button("Undo", key="undo", shortcut="U", on_click=bench.undo)
        guideline_key(bench)
        if bench.shown is not None:
            standing = bench.standing
            st.text_input(
                "Why (optional)",
                standing.comment if standing else "",
                key=f"comment_{bench.submission}",
                placeholder="Why, for those who answered otherwise",
                max_chars=MAX_CHARS,
                label_visibility="collapsed",
                width=320,
            )
        kinds = bench.kinds
        if len(kinds) > 1:
            names = [ALL, *sorted(kinds)]
            st.selectbox(
                "Which pins",
                names,
                index=names.index(bench.why or ALL),
                key="why",
                on_change=_choose,
                args=(bench,),
                label_visibility="collapsed",
                width=220,
            )


def _choose(bench: Bench) -> None:
    why = st.session_state["why"]
    bench.choose(None if why == ALL else why)


def _decide(visit: Visit, bench: Bench, submission: str, label: str) -> None:
    comment = str(st.session_state.get(f"comment_{submission}") or "")
    bench.decide(submission, label, comment, visit.signal.classes)
