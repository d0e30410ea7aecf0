"""One pin at a time, and one key for each class."""

from __future__ import annotations

from datetime import timedelta
from functools import partial

import streamlit as st
from desk import Desk, Heard
from guideline import guideline_key, guideline_panel
from picture_route import picture_address
from pin_view import Keyed, card_html, overruled_html, picture_html, previous_html, votes_html
from review_script import page_is_drawn, review_script
from shelves import evidence_of, read_ahead, shelf_of
from styles import escape, literal
from visit import Visit, errors_said, open_elsewhere

from labeling.errors import LabelingError
from labeling.pin_cards import PinShelf
from labeling.pin_evidence import EvidenceShelf
from labeling.review.claiming import Claimed, ReviewQueue
from labeling.review.comments import MAX_CHARS, add_comment
from labeling.review.own_agreement import own_agreement
from labeling.review.own_answers import overruled
from labeling.signals import NONE_FITS, Signal

KEYS = "123456789abdegijklmnopqtvwxyz"
"""Of the classes in their order; c and r are Streamlit's, s, f, u, h and 0 are the page's."""
SIMILAR = 3
RENEW_EVERY = timedelta(seconds=60)


def show(visit: Visit) -> None:
    """Show the pin to decide on."""
    desk = desk_of(visit)
    review_script()
    desk.fill()  # what was done on another page is seen
    with st.container(key="review"):
        _work(visit, desk)
    _keep(desk)
    page_is_drawn()


def desk_of(visit: Visit) -> Desk:
    """Return what this browser works on."""
    key = (visit.person.name, visit.job)
    known = st.session_state.get("desk")
    if known is None or known[0] != key:
        desk = Desk(queue_of(visit), visit.person.name, partial(_listen, visit))
        known = st.session_state["desk"] = (key, desk)
    return known[1]


def _listen(visit: Visit) -> Heard:
    assert visit.job is not None
    theirs = (
        visit.workspace.database,
        visit.job.signal,
        visit.job.collection,
        visit.person.name,
    )
    return Heard(agreement=own_agreement(*theirs).share, overruled=overruled(*theirs))


def queue_of(visit: Visit) -> ReviewQueue:
    """Return the queue of what is worked on."""
    assert visit.job is not None
    return ReviewQueue(
        visit.workspace.database,
        visit.signal,
        visit.job.collection,
        lease_seconds=visit.workspace.settings.lease_seconds,
        check_every=visit.workspace.settings.check_every,
    )


@st.fragment
@errors_said()
def _work(visit: Visit, desk: Desk) -> None:
    """Draw the pin and its keys; a key runs only this again."""
    assert visit.job is not None
    claimed = desk.show()
    shelf = shelf_of(visit.workspace, visit.job.collection)
    evidence = evidence_of(visit.workspace, visit.job)
    show_votes = visit.workspace.settings.show_votes
    st.html(_strip(visit.job.signal, desk, claimed))
    _say(desk)
    if claimed is None:
        _nothing_left(visit, desk)
    else:
        _pin(visit.signal, shelf, claimed, evidence if show_votes == "always" else None)
        _class_keys(visit.signal, desk, claimed)
    _action_keys(desk, claimed)
    if desk.last is not None:
        _previous(visit, desk, shelf, evidence if show_votes != "never" else None)
    guideline_panel(desk, visit.signal)
    desk.fill()  # what is next is claimed when this one is drawn already
    desk.count()
    cards = shelf.cards(c.pin_id for c in desk.hand)
    pictures = (picture_address(shelf, card) for card in cards.values())
    st.html("<div hidden>" + "".join(map(picture_html, filter(None, pictures))) + "</div>")
    if show_votes != "never":
        read_ahead(evidence, cards.values(), SIMILAR)


@st.fragment(run_every=RENEW_EVERY)
def _keep(desk: Desk) -> None:
    """Keep the pins for whom the page is open before."""
    st.html(f'<span hidden class="lease-renewed" data-seconds="{desk.renew():.0f}"></span>')


def _strip(signal: str, desk: Desk, claimed: Claimed | None) -> str:
    progress = desk.progress()
    total = progress.open + progress.done
    share = progress.done / total if total else 1.0
    today = f"<b>{progress.today:,}</b> today"
    if progress.budget is not None:
        today = f"<b>{progress.today:,}</b> of {progress.budget:,} today"
    share_agreed = desk.heard().agreement
    agreed = (
        ""
        if share_agreed is None
        else f'<span class="spare">agreement <b>{share_agreed:.2f}</b></span>'
    )
    lease = f'<span class="lease" data-seconds="{desk.seconds_left():.0f}"></span>'
    return (
        f'<div class="strip"><span class="signal">{escape(signal)}</span><span>{today}</span>'
        f'<span class="bar" title="{progress.done:,} of {total:,} done">'
        f'<i style="width:{100 * share:.1f}%"></i></span>'
        f"<span><b>{progress.open:,}</b> open</span>{agreed}{lease if claimed else ''}</div>"
    )


def _say(desk: Desk) -> None:
    notice = desk.take_notice()
    text = "" if notice is None else escape(notice.text)
    kind = "warning" if notice is not None and notice.is_warning else "note"
    # always there, so that what lies below keeps its place
    st.html(f'<div class="notice {kind}" role="status">{text}</div>')


def _pin(signal: Signal, shelf: PinShelf, claimed: Claimed, evidence: EvidenceShelf | None) -> None:
    card = shelf.card(claimed.pin_id)
    if card is None:
        st.html(
            '<div class="pin"><p>This pin is no longer in the collection. '
            "Skip it with <kbd>S</kbd>.</p></div>"
        )
        return
    votes = votes_html(evidence, card)
    keyed, keys = Keyed(lease=claimed.lease, why=claimed.reason), len(signal.classes)
    st.html(card_html(card, picture_address(shelf, card), keyed, keys=keys, votes=votes))


def _class_keys(signal: Signal, desk: Desk, claimed: Claimed) -> None:
    if desk.is_flagging:
        with st.form(f"flag_{claimed.lease}", border=False):
            comment = st.text_input(
                "What is wrong with this pin?", key=f"why_{claimed.lease}", max_chars=MAX_CHARS
            )
            with st.container(horizontal=True):
                sent = st.form_submit_button("Flag it", type="primary")
                left = st.form_submit_button("Back")
        if sent or left:
            if sent:
                desk.flag(claimed.lease, comment)
            else:
                desk.is_flagging = False
            st.rerun(scope="fragment")
        return
    with st.container(key="classes", horizontal=True):
        for number, name in enumerate(signal.classes):
            st.button(
                literal(name),
                # the lease is part of the key: a press on a pin that is gone by now does nothing
                key=f"class_{number}_{claimed.lease}",
                shortcut=KEYS[number] if number < len(KEYS) else None,
                on_click=desk.answer,
                args=(claimed.lease, name),
                width="stretch",
            )


def _action_keys(desk: Desk, claimed: Claimed | None) -> None:
    with st.container(key="actions", horizontal=True):
        if claimed is not None and not desk.is_flagging:
            lease = claimed.lease
            st.button("Skip", key=f"skip_{lease}", shortcut="S", on_click=desk.skip, args=(lease,))
            st.button("Flag", key=f"flag_{lease}", shortcut="F", on_click=_flag, args=(desk,))
            st.button(  # a reviewer decides, by the same key, whether the pin is given no class
                NONE_FITS,
                key=f"none_{lease}",
                shortcut="0",
                on_click=desk.flag,
                args=(lease, NONE_FITS),
            )
        st.button("Undo", key="undo", shortcut="U", on_click=desk.undo)
        guideline_key(desk)
        if decided := desk.heard().overruled:
            with st.popover(f"Decided otherwise: {len(decided)}", key="overruled"):
                st.html(overruled_html(decided))


def _flag(desk: Desk) -> None:
    desk.is_flagging = True


def _nothing_left(visit: Visit, desk: Desk) -> None:
    with st.container(key="nothing_left"):
        if desk.closed is not None:
            st.subheader("That is all for now")
            st.write(literal(desk.closed))
            return
        progress = desk.progress()
        st.subheader("Nothing waits for you")
        if progress.open:
            st.write(
                f"{progress.open:,} pins are in other people's hands, or you answered them already. "
                "What they leave comes back here."
            )
        elif progress.done:
            st.write(f"All {progress.done:,} pins are decided. Thank you.")
        else:
            st.write("No pin is in doubt. A run of the signal puts those that are into this queue.")
        if elsewhere := open_elsewhere(visit):
            st.write(literal(f"{elsewhere}."))
        st.button("Look again", type="primary", shortcut="Enter")


def _previous(visit: Visit, desk: Desk, shelf: PinShelf, evidence: EvidenceShelf | None) -> None:
    assert desk.last is not None and visit.job is not None
    done = desk.last
    card = shelf.card(done.claimed.pin_id)
    if card is None:
        return
    found = similar = None
    try:
        if evidence is not None:
            found, similar = evidence.of(card), evidence.similar(card, SIMILAR)
    except LabelingError:  # what the run left was deleted meanwhile: the pin alone is shown
        found = similar = None
    with st.container(key="previous"):
        st.html(previous_html(shelf, card, done.verb, done.label, found, similar or []))
        if found is not None and found.votes:
            with st.popover("Tell an author", key="tell"):
                _comment(visit, card.pin_id, list(found.votes))


def _comment(visit: Visit, pin_id: str, functions: list[str]) -> None:
    assert visit.job is not None
    with st.form(f"comment_{pin_id}", border=False, clear_on_submit=True):
        function = st.selectbox("Function", functions, key=f"function_{pin_id}")
        text = st.text_area(
            "What does it get wrong here?", key=f"text_{pin_id}", height=80, max_chars=MAX_CHARS
        )
        if st.form_submit_button("Send", type="primary"):
            if not text.strip():
                st.caption("Write what it gets wrong first.")
                return
            add_comment(
                visit.workspace.database,
                visit.job.signal,
                str(function),
                visit.job.collection,
                pin_id,
                visit.person.name,
                text.strip(),
            )
            st.caption("Sent: it is shown beside the function.")
