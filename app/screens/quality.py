"""What the answers say about pins and people."""

from __future__ import annotations

import streamlit as st
from visit import Visit

from labeling.review.answers import read_answers


def show(visit: Visit) -> None:
    """Show how many answers each person gave."""
    assert visit.job is not None
    st.title("Quality")
    answers = read_answers(visit.workspace.database, visit.job.signal, visit.job.collection)
    if answers.empty:
        st.info("Nobody answered yet.")
        return
    st.dataframe(answers["annotator"].value_counts().rename("answers").reset_index())
