"""The runs of a signal on a collection."""

from __future__ import annotations

import pandas as pd
import streamlit as st
from sqlalchemy import select
from visit import Visit

from labeling.tables import RunRow

COLUMNS = ("id", "status", "started_at", "ended_at", "error")


def show(visit: Visit) -> None:
    """Show the runs, newest first."""
    assert visit.job is not None
    st.title("Runs")
    with visit.workspace.database.reading() as session:
        rows = session.execute(
            select(*(getattr(RunRow, name) for name in COLUMNS))
            .where(RunRow.signal == visit.job.signal, RunRow.collection == visit.job.collection)
            .order_by(RunRow.id.desc())
        ).all()
    st.dataframe(pd.DataFrame(rows, columns=list(COLUMNS)), hide_index=True)
