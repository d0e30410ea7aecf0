"""Pins that answers did not settle: all of them side by side, and a reviewer's key decides."""

from __future__ import annotations

import secrets
import time
from dataclasses import dataclass, field

import streamlit as st
from picture_route import picture_address
from pin_view import Keyed, answers_html, card_html, votes_html
from review_script import page_is_drawn, review_script
from shelves import evidence_of, shelf_of
from sqlalchemy import select
from styles import escape, literal
from visit import Visit, errors_said

from labeling.errors import LabelingError
from labeling.pin_cards import PinCard
from labeling.review.adjudicating import DisputedTask, adjudicate, disputed_tasks
from labeling.review.comments import MAX_CHARS
from labeling.signals import NO_CLASS
from labeling.tables import ReviewTaskRow
from screens.review import KEYS

FRESH_SECONDS = 30.0
"""How old the list of those that wait may be."""


@dataclass
class Bench:
    """What one reviewer has before them."""

    waiting: list[DisputedTask] = field(default_factory=list)
    read_at: float = -FRESH_SECONDS
    passed: set[int] = field(default_factory=set)
    submission: str = ""
    """Of the decision on the task that is shown; a second press of a key is known by it."""
    said: str = ""

    def refresh(self, visit: Visit) -> None:
        """Read what waits, where it was not read lately."""
        assert visit.job is not None
        if time.monotonic() - self.read_at > FRESH_SECONDS or not self.waiting:
            job = visit.job
            found = disputed_tasks(visit.workspace.database, job.signal, job.collection)
            self.waiting = sorted(found, key=lambda task: task.task_id in self.passed)
            self.read_at = time.monotonic()

    def leave(self) -> None:
        """Put the task that is shown behind the others."""
        self.passed.add(self.waiting[0].task_id)
        self.waiting.append(self.waiting.pop(0))
        self.submission = ""


def show(visit: Visit) -> None:
    """Show the pin to decide on."""
    review_script()
    key = (visit.person.name, visit.job)
    known = st.session_state.get("bench")
    if known is None or known[0] != key:
        known = st.session_state["bench"] = (key, Bench())
    with st.container(key="review"):
        _work(visit, known[1])
    page_is_drawn()


@st.fragment
@errors_said()
def _work(visit: Visit, bench: Bench) -> None:
    assert visit.job is not None
    bench.refresh(visit)
    said, bench.said = bench.said, ""
    st.html(
        f'<div class="strip"><span class="signal">{escape(visit.job.signal)}</span>'
        f"<span><b>{len(bench.waiting):,}</b> wait for a decision</span></div>"
        f'<div class="notice" role="status">{escape(said)}</div>'
    )
    if not bench.waiting:
        st.subheader("Nothing is disputed")
        st.write("Pins on which answers differ, or that someone flagged, come here.")
        return
    task = bench.waiting[0]
    bench.submission = bench.submission or f"adjudication-{secrets.token_hex(16)}"
    _pin(visit, task, bench.submission)
    st.html(answers_html(task))
    _keys(visit, bench, task)


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


def _keys(visit: Visit, bench: Bench, task: DisputedTask) -> None:
    submission = bench.submission
    comment = f"comment_{submission}"
    with st.container(key="classes", horizontal=True):
        for number, name in enumerate((*visit.signal.classes, NO_CLASS)):
            is_none = name == NO_CLASS
            st.button(
                "No class fits" if is_none else literal(name),
                key=f"class_{number}_{submission}",
                shortcut="0" if is_none else KEYS[number] if number < len(KEYS) else None,
                on_click=_decide,
                args=(visit, bench, task, submission, name, comment),
                width="stretch",
            )
    with st.container(key="actions", horizontal=True, vertical_alignment="center"):
        st.button("Later", key=f"later_{submission}", shortcut="S", on_click=bench.leave)
        st.text_input(
            "Why (optional)",
            key=comment,
            placeholder="Why, for those who answered otherwise",
            max_chars=MAX_CHARS,
            label_visibility="collapsed",
            width=420,
        )


def _decide(
    visit: Visit, bench: Bench, task: DisputedTask, submission: str, label: str, comment: str
) -> None:
    if submission != bench.submission:
        return
    database = visit.workspace.database
    with database.reading() as session:
        status = session.scalar(
            select(ReviewTaskRow.status).where(ReviewTaskRow.id == task.task_id)
        )
    if status != "disputed":
        bench.said = "Someone else had decided on that one already."
    else:
        try:
            adjudicate(
                database,
                task.task_id,
                visit.person.name,
                label,
                st.session_state.get(comment) or None,
                submission=submission,
                classes=visit.signal.classes,
            )
        except LabelingError as error:
            bench.said = str(error)
            return
        bench.said = f"Decided: {label}."
    bench.waiting = [one for one in bench.waiting if one.task_id != task.task_id]
    bench.submission = ""
