"""The report of the last run, as `labeling report --html` writes it."""

from __future__ import annotations

import streamlit as st
from visit import Visit

from labeling.records import last_report
from labeling.report_html import render_html
from labeling.report_pictures import read_pictures


def show(visit: Visit) -> None:
    """Show the report of the last run."""
    assert visit.job is not None
    st.title(str(visit.job))
    report = last_report(visit.workspace, visit.job.signal, visit.job.collection)
    st.iframe(render_html(report, read_pictures(visit.workspace, report)))
