"""The web app: what the runs found, which pins wait for a person, what was published."""

from __future__ import annotations

import pandas as pd
import streamlit as st
from map_view import show_map
from sqlalchemy import func, select

from labeling.errors import LabelingError
from labeling.pictures import pictures_of
from labeling.records import last_report
from labeling.report_html import render_html
from labeling.report_pictures import read_pictures
from labeling.review.choosing import open_tasks
from labeling.tables import DatasetVersionRow, RunRow
from labeling.workspace import Workspace, open_workspace

REPORT_HEIGHT = 2400


def finished_runs(workspace: Workspace) -> pd.DataFrame:
    """Return signal, collection and time of the last finished run of each, newest first."""
    with workspace.database.reading() as session:
        rows = session.execute(
            select(RunRow.signal, RunRow.collection, func.max(RunRow.ended_at).label("ended"))
            .where(RunRow.status == "done")
            .group_by(RunRow.signal, RunRow.collection)
            .order_by(func.max(RunRow.ended_at).desc())
        )
        return pd.DataFrame(rows.all(), columns=["signal", "collection", "ended"])


def show_report(workspace: Workspace, signal: str, collection: str) -> None:
    """Show the report of the last run, as the page that `labeling report --html` writes."""
    report = last_report(workspace, signal, collection)
    page = render_html(report, read_pictures(workspace, report))
    st.iframe(page, height=REPORT_HEIGHT)


def show_queue(workspace: Workspace, signal: str, collection: str) -> None:
    """Show the open review tasks, most doubtful first, with the text of their pins."""
    tasks = open_tasks(workspace.store, workspace.database, signal, collection)
    if tasks.empty:
        st.info("No pin waits for a person: nothing is in doubt, or this signal was not yet run.")
        return
    reasons = tasks["reason"].value_counts()
    st.caption(", ".join(f"{count} {reason}" for reason, count in reasons.items()))
    pictures = pictures_of(workspace.store, workspace.collection(collection), tasks["pin_id"])
    if pictures:
        tasks.insert(0, "picture", [pictures.get(pin_id) for pin_id in tasks["pin_id"]])
    column = st.column_config.ImageColumn("picture")
    st.dataframe(tasks, hide_index=True, height=640, column_config={"picture": column})


def show_datasets(workspace: Workspace, signal: str, collection: str) -> None:
    """Show the published versions of a signal on a collection."""
    with workspace.database.reading() as session:
        rows = session.scalars(
            select(DatasetVersionRow)
            .where(DatasetVersionRow.signal == signal)
            .where(DatasetVersionRow.collection == collection)
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
    st.dataframe(pd.DataFrame(listed), hide_index=True)
    st.code(f"labeling pull {listed[0]['version']} DIR" if listed else "nothing published yet")


def main() -> None:
    """Draw the page."""
    st.set_page_config(page_title="labeling", layout="wide")
    try:
        workspace = open_workspace()
        runs = finished_runs(workspace)
    except LabelingError as error:
        st.error(str(error))
        return
    if runs.empty:
        st.title("Nothing was run yet")
        st.write("Import pins and run a signal; its report and its doubtful pins appear here.")
        st.code("labeling import mypins pins.csv\nlabeling run spam mypins")
        return
    names = [f"{row.signal} on {row.collection}" for row in runs.itertuples()]
    chosen = st.sidebar.radio("Run", range(len(names)), format_func=names.__getitem__)
    signal, collection = (str(runs.loc[chosen, name]) for name in ("signal", "collection"))
    st.title(names[chosen])
    report, map_, queue, datasets = st.tabs(["Report", "Map", "Review queue", "Datasets"])
    with report:
        show_report(workspace, signal, collection)
    with map_:
        show_map(workspace, signal, collection)
    with queue:
        show_queue(workspace, signal, collection)
    with datasets:
        show_datasets(workspace, signal, collection)


main()
