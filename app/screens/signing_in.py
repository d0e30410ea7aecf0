"""Who is here: by the identity provider where one is set up, else by asking."""

from __future__ import annotations

import time
from contextlib import suppress

import streamlit as st
from streamlit import runtime
from streamlit.runtime.scriptrunner import get_script_run_ctx
from styles import literal

from labeling.errors import LabelingError, PersonError
from labeling.review.people import Identity, Person, list_people, sign_in
from labeling.workspace import Workspace

FEW = 6
"""People who get a button each; more are a list."""
CHECK_SECONDS = 20.0
"""How long a role that was changed, or a person who was deactivated, may go unnoticed."""

_sessions: dict[str, str] = {}
"""Session -> who is there, of the browsers on this server."""


def has_provider() -> bool:
    """Whether an identity provider is set up."""
    try:
        return "auth" in st.secrets
    except FileNotFoundError:
        return False


def who_is_here(workspace: Workspace) -> Person | None:
    """Return who is signed in. Raises PersonError for someone for whom the provider vouches and who may
    not be; where nobody signs in at one, the page that asks says so."""
    known = st.session_state.get("person")
    if known is not None and time.monotonic() - known[1] < CHECK_SECONDS:
        return known[0]
    if not has_provider():
        person = _named(workspace)
    elif (identity := _identity()) is not None:
        admins = workspace.settings.admin_emails
        person = sign_in(workspace.database, identity.name, identity, admins=admins)
    else:
        person = None
    if person is not None:
        st.session_state["person"] = (person, time.monotonic())
        _note_session(person)
    return person


def _named(workspace: Workspace) -> Person | None:
    """Return who said their name in this browser, else who stands in the address."""
    st.session_state.pop("refused", None)
    name = said = st.session_state.get("you")
    # the browser's way back from signing out leads to an address, too
    if said is None and "signed_out" not in st.session_state:
        name = st.query_params.get("you")
        known = {person.name.casefold() for person in list_people(workspace.database)}
        if name is None or name.casefold() not in known:
            return None  # an old address must not make a person
    if name is None:
        return None
    try:
        person = sign_in(workspace.database, name)
    except PersonError as error:
        st.session_state.pop("you", None)
        st.session_state["refused"] = str(error)
        return None
    st.session_state["you"] = person.name  # another page's address does not say it
    return person


def in_address(person: Person) -> dict[str, str]:
    """Return what the address says of who is here, so that a reload finds them: nothing where an
    identity provider knows."""
    return {} if has_provider() else {"you": person.name}


def _identity() -> Identity | None:
    if not has_provider() or not st.user.is_logged_in:
        return None
    claims = st.user.to_dict()
    email = claims.get("email") if claims.get("email_verified") else None
    return Identity(
        issuer=str(claims["iss"]),
        subject=str(claims["sub"]),
        name=str(claims.get("name") or claims.get("email") or "someone"),
        email=str(email).lower() if email else None,
    )


def show(workspace: Workspace) -> None:
    """Ask who is here."""
    with st.container(key="sign_in"):
        st.title("Who is here?")
        if has_provider():
            st.write("Sign in to review pins.")
            st.button("Sign in", type="primary", on_click=st.login)
            return
        if refused := st.session_state.get("refused"):
            st.error(literal(refused))
        people = [p for p in list_people(workspace.database, active_only=True) if not p.signs_in]
        st.write("Your answers are kept under your name.")
        if len(people) > FEW:
            names = [person.name for person in people]
            name = st.selectbox("Your name", names, index=None, placeholder="Type or choose")
            if name:
                _be(workspace, name)
                st.rerun()
        for number, person in enumerate(people if len(people) <= FEW else []):
            st.button(
                literal(person.name),
                key=f"person_{number}",
                on_click=_be,
                args=(workspace, person.name),
                width="stretch",
            )
        with st.form("new_person", border=False):
            name = st.text_input("Someone else" if people else "Your name", max_chars=128)
            if not people:
                st.caption("You are the first, so you can change everything here.")
            if st.form_submit_button("Start", type="primary"):
                if not name.strip():
                    st.error("Type your name first.")
                else:
                    _be(workspace, name)
                    if st.session_state.get("you"):
                        st.rerun()


def _be(workspace: Workspace, name: str) -> None:
    try:
        person = sign_in(workspace.database, name)
    except LabelingError as error:
        st.error(literal(str(error)))
        return
    st.session_state.pop("signed_out", None)
    st.session_state["you"] = person.name
    if person.name != " ".join(name.split()):
        st.toast(f"You are {literal(person.name)}.", icon=":material/person:")


def show_person(person: Person) -> None:
    """Show who is here, and how to leave."""
    with st.container(key="person", horizontal=True, vertical_alignment="center"):
        st.caption(f"{literal(person.name)} · {person.role}")
        st.button("Sign out", type="tertiary", on_click=_leave, args=(person,))


def _leave(person: Person) -> None:
    with suppress(LabelingError):  # what is not given back now is free when its lease runs out
        _give_back(person)
    for name in ("person", "you"):
        st.session_state.pop(name, None)
    st.session_state["signed_out"] = True
    st.query_params.pop("you", None)
    if has_provider():
        st.logout()


def _give_back(person: Person) -> None:
    """Leave the pins in the hands of this browser to others."""
    _, desk = st.session_state.pop("desk", (None, None))
    _, bulk_desk = st.session_state.pop("bulk_desk", (None, None))
    if _is_elsewhere(person):  # where the same pins may be in their hands
        return
    if desk is not None:
        desk.queue.release(desk.annotator, [claimed.lease for claimed in desk.hand])
    if bulk_desk is not None:
        bulk_desk.pass_over()


def _session() -> str:
    context = get_script_run_ctx()
    return "" if context is None else context.session_id


def _is_open(session: str) -> bool:
    return runtime.exists() and runtime.get_instance().is_active_session(session)


def _note_session(person: Person) -> None:
    for session in [one for one in list(_sessions) if not _is_open(one)]:
        _sessions.pop(session, None)
    _sessions[_session()] = person.name


def _is_elsewhere(person: Person) -> bool:
    """Whether a person is here in another browser, too."""
    others = [one for one, name in list(_sessions.items()) if name == person.name]
    return any(one != _session() and _is_open(one) for one in others)
