"""What is shown where nothing was run yet."""

from __future__ import annotations

import streamlit as st

from labeling.review.people import Person


def show(person: Person) -> None:
    """Say what to do first."""
    st.title("Nothing was run yet")
    if not person.may("engineer"):
        st.write("There is nothing for you to decide on yet. Come back when a signal was run.")
        return
    st.write("Import pins and run a signal; its report and its doubtful pins appear here.")
    st.code("labeling import mypins pins.csv\nlabeling run spam mypins", language="bash")
