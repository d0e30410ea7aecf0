"""What one answered, to look at it again and change it."""

from __future__ import annotations

from zoneinfo import ZoneInfo

import streamlit as st
from cards import places_of, show_pager
from picture_route import picture_address
from pin_view import own_answer_html
from shelves import shelf_of
from styles import literal
from visit import Visit, errors_said

from labeling.review.own_answers import OwnAnswer, own_answers
from labeling.review.slots import APP
from screens.review import queue_of

PAGE = 20


def show(visit: Visit) -> None:
    """Show the answers of who is here, newest first."""
    st.title("Answers")
    with st.container(key="own_answers"):
        _list(visit)


@st.fragment
@errors_said()
def _list(visit: Visit) -> None:
    assert visit.job is not None
    label = st.selectbox(
        "Your answers",
        visit.signal.classes,
        index=None,
        placeholder="All that you answered",
        label_visibility="collapsed",
        width=320,
        key="answers_of",
    )
    places = places_of("answers", label, 0)
    found = own_answers(
        visit.workspace.database,
        visit.job.signal,
        visit.job.collection,
        visit.person.name,
        label=label,
        skip=places[-1],
        latest=PAGE + 1,
    )
    if not found:
        st.info(literal("You answered nothing here" + (f" with {label}." if label else " yet.")))
    shelf = shelf_of(visit.workspace, visit.job.collection)
    cards = shelf.cards(answer.pin_id for answer in found)
    zone = ZoneInfo(st.context.timezone or "UTC")
    for answer in found[:PAGE]:
        card = cards.get(answer.pin_id)
        picture = picture_address(shelf, card) if card is not None else None
        with st.container(key=f"own_{answer.lease}", horizontal=True, vertical_alignment="center"):
            st.html(own_answer_html(answer, card, picture, answer.given_at.astimezone(zone)))
            if answer.decision is None and answer.source == APP:
                _choice(visit, answer)
    if len(places) > 1 or len(found) > PAGE:
        show_pager("answers", places, places[-1] + PAGE if len(found) > PAGE else None)


def _choice(visit: Visit, answer: OwnAnswer) -> None:
    classes = visit.signal.classes
    st.selectbox(
        f"Your answer on {literal(answer.pin_id)}",
        classes,
        # a class that the signal has no more, and a flag, are none of them
        index=classes.index(answer.label) if answer.label in classes else None,
        placeholder=answer.label or "Flagged",
        label_visibility="collapsed",
        width=220,
        key=f"change_{answer.lease}",
        on_change=_correct,
        args=(visit, answer),
    )


@errors_said()
def _correct(visit: Visit, answer: OwnAnswer) -> None:
    label = st.session_state[f"change_{answer.lease}"]
    if label is None:
        return
    queue_of(visit).correct(visit.person.name, answer.lease, label)
    st.toast(f"Changed: it is {literal(label)} now.", icon=":material/check:")
