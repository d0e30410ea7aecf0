"""One pin at a time, and one key for each class."""

from __future__ import annotations

import streamlit as st
from visit import Visit

from labeling.pictures import pictures_of
from labeling.review.choosing import open_tasks


def show(visit: Visit) -> None:
    """Show the open review tasks, most doubtful first, with the text of their pins."""
    assert visit.job is not None
    workspace, job = visit.workspace, visit.job
    st.title("Review")
    tasks = open_tasks(workspace.store, workspace.database, job.signal, job.collection)
    if tasks.empty:
        st.info("No pin waits for a person: nothing is in doubt, or this signal was not yet run.")
        return
    reasons = tasks["reason"].value_counts()
    st.caption(", ".join(f"{count} {reason}" for reason, count in reasons.items()))
    pictures = pictures_of(workspace.store, workspace.collection(job.collection), tasks["pin_id"])
    if pictures:
        tasks.insert(0, "picture", [pictures.get(pin_id) for pin_id in tasks["pin_id"]])
    column = st.column_config.ImageColumn("picture")
    st.dataframe(tasks, hide_index=True, height=640, column_config={"picture": column})
