"""The published versions of a signal on a collection."""

from __future__ import annotations

import pandas as pd
import streamlit as st
from sqlalchemy import select
from visit import Visit

from labeling.tables import DatasetVersionRow


def show(visit: Visit) -> None:
    """Show the versions, newest first, and how to pull one."""
    assert visit.job is not None
    st.title("Datasets")
    with visit.workspace.database.reading() as session:
        rows = session.scalars(
            select(DatasetVersionRow)
            .where(DatasetVersionRow.signal == visit.job.signal)
            .where(DatasetVersionRow.collection == visit.job.collection)
            .order_by(DatasetVersionRow.version.desc())
        ).all()
        listed = [
            {
                "version": f"{row.name}@{row.folder.rsplit('/', 1)[1]}",
                "rows": row.rows,
                "published": row.created_at,
            }
            for row in rows
        ]
    if not listed:
        st.info("Nothing was published yet; `labeling publish` or a run does it.")
        return
    st.dataframe(pd.DataFrame(listed), hide_index=True)
    st.code(f"labeling pull {listed[0]['version']} DIR", language="bash")
