"""The pins of a collection."""

from __future__ import annotations

import streamlit as st
from visit import Visit


def show(visit: Visit) -> None:
    """Show how many pins there are."""
    assert visit.job is not None
    st.title("Collection")
    found = visit.workspace.collection(visit.job.collection)
    with st.container(horizontal=True):
        st.metric("Pins", f"{found.pins:,}")
        st.metric("With an image", f"{found.images:,}")
        st.metric("Revision", found.revision)
