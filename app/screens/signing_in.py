"""Who is here: by the identity provider where one is set up, else by asking."""

from __future__ import annotations

import time

import streamlit as st
from styles import literal

from labeling.errors import LabelingError
from labeling.review.people import Identity, Person, list_people, sign_in
from labeling.workspace import Workspace

FEW = 6
"""People who get a button each; more are a list."""
CHECK_SECONDS = 20.0
"""How long a role that was changed, or a person who was deactivated, may go unnoticed."""


def has_provider() -> bool:
    """Whether an identity provider is set up."""
    try:
        return "auth" in st.secrets
    except FileNotFoundError:
        return False


def who_is_here(workspace: Workspace) -> Person | None:
    """Return who is signed in. Raises PersonError for someone who may not be."""
    known = st.session_state.get("person")
    if known is not None and time.monotonic() - known[1] < CHECK_SECONDS:
        return known[0]
    identity = _identity()
    name = st.session_state.get("you") or st.query_params.get("you")
    if has_provider():
        if identity is None:
            return None
        admins = workspace.settings.admin_emails
        person = sign_in(workspace.database, identity.name, identity, admins=admins)
    elif name:
        known_names = {person.name for person in list_people(workspace.database, active_only=True)}
        if name not in known_names and name != st.session_state.get("you"):
            return None  # an old address must not make a person
        person = sign_in(workspace.database, name)
    else:
        return None
    st.session_state["person"] = (person, time.monotonic())
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
        st.session_state["you"] = sign_in(workspace.database, name).name
    except LabelingError as error:
        st.error(literal(str(error)))


def show_person(person: Person) -> None:
    """Show who is here, and how to leave."""
    with st.container(key="person", horizontal=True, vertical_alignment="center"):
        st.caption(f"{literal(person.name)} · {person.role}")
        st.button("Sign out", type="tertiary", on_click=_leave)


def _leave() -> None:
    for name in ("person", "you"):
        st.session_state.pop(name, None)
    st.query_params.pop("you", None)
    if has_provider():
        st.logout()
