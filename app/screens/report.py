"""The report of the last run, as `labeling report --html` writes it."""

from __future__ import annotations

import streamlit as st
from visit import Visit

from labeling.records import last_report
from labeling.report import RunReport
from labeling.report_html import Pictures, render_html
from labeling.report_pictures import read_pictures


def show(visit: Visit) -> None:
    """Show the report of the last run."""
    assert visit.job is not None
    st.title("Report")
    show_report(visit, last_report(visit.workspace, visit.job.signal, visit.job.collection))


def show_report(visit: Visit, report: RunReport) -> None:
    """Show the report of a run."""
    page = _page(report, read_pictures(visit.workspace, report))
    st.iframe(page, alt=f"The report of {report.signal} on {report.collection}")


@st.cache_data(
    show_spinner="Drawing", max_entries=16, hash_funcs={RunReport: RunReport.to_json}
)  # its plots take seconds
def _page(report: RunReport, pictures: Pictures) -> str:
    return render_html(report, pictures)
