"""The labeling functions of a signal, as the last run found them."""

from __future__ import annotations

import streamlit as st
from visit import Visit

from labeling.records import last_report


def show(visit: Visit) -> None:
    """Show a row for each function."""
    assert visit.job is not None
    st.title("Functions")
    report = last_report(visit.workspace, visit.job.signal, visit.job.collection)
    st.dataframe(report.functions, hide_index=True)
