"""Who may sign in, what they may do, how much they are asked."""

from __future__ import annotations

import streamlit as st
from marking import headings
from styles import literal
from visit import Visit

from labeling.errors import LabelingError
from labeling.review.people import ROLES, Person, add_person, deactivate, list_people


def show(visit: Visit) -> None:
    """Show the people, and a form for each."""
    st.title("People")
    people = list_people(visit.workspace.database)
    st.dataframe(
        [
            {
                "name": person.name,
                "role": person.role,
                "a day": f"{person.daily_budget:,}" if person.daily_budget else "no limit",
                "signals": ", ".join(person.signals) if person.signals else "all",
                "active": person.is_active,
                "signs in": person.signs_in,
            }
            for person in people
        ],
        hide_index=True,
        column_config={
            **headings(["role", "a day", "signals", "active"]),
            "signs in": st.column_config.CheckboxColumn(
                "Signs in", help="At the identity provider, not by a name alone."
            ),
            "name": st.column_config.TextColumn("Name", pinned=True, width="medium"),
        },
        alt="Who may sign in",
    )
    by_name = {person.name: person for person in people}
    name = st.selectbox(
        "Add or change", list(by_name), index=None, accept_new_options=True, key="whom",
        placeholder="A name; type a new one to add someone",
    )  # fmt: skip
    if name:
        _form(visit, str(name), by_name.get(str(name)))


def _form(visit: Visit, name: str, known: Person | None) -> None:
    if known is not None and not known.is_active:
        st.caption(literal(f"{name} may not sign in; Save lets them in again."))
    with st.form(f"person_{name}"):
        role = st.selectbox("Role", ROLES, index=ROLES.index(known.role) if known else 0)
        budget = st.number_input(
            "Answers a day (0: as many as there are)",
            min_value=0,
            value=(known.daily_budget or 0) if known else 0,
        )
        asked = list(known.signals or ()) if known else []
        signals = st.multiselect(
            "Signals (none: all)", sorted({*visit.workspace.signals(), *asked}), default=asked
        )
        with st.container(horizontal=True):
            saved = st.form_submit_button("Save", type="primary")
            left = st.form_submit_button(
                "Deactivate", disabled=known is None or not known.is_active
            )
    try:
        if left and name == visit.person.name:
            st.error("That is you: let another admin do it.")
        elif left:
            deactivate(visit.workspace.database, name)
            _say(f"{name} may not sign in any more; their answers stay.")
            st.rerun()
        elif saved and known and name == visit.person.name and role != known.role:
            st.error("That is you: let another admin change your role.")
        elif saved:
            person = add_person(
                visit.workspace.database,
                name,
                role=role,
                daily_budget=int(budget),
                signals=signals,
            )
            about = ", ".join(person.signals) if person.signals else "all signals"
            _say(f"Saved: {person.name}, {person.role}, {about}.")
            st.rerun()
    except LabelingError as error:
        st.error(literal(str(error)))


def _say(done: str) -> None:
    st.toast(literal(done), icon=":material/check:")
