"""The registered models of a signal: how good each is, what was decided about it and why. Read-only."""

from __future__ import annotations

import pandas as pd
import streamlit as st
from marking import apply_pin_styles, when
from styles import literal
from visit import Visit

from labeling.models.card import said
from labeling.models.page import render_evaluation
from labeling.models.registry import EVALUATED, TrailEntry, read_trail
from labeling.models.table import ListedModel, list_models
from labeling.records import dataset_table


def show(visit: Visit) -> None:
    """Show the models, and of one its newest evaluation and what was decided."""
    assert visit.job is not None
    st.title("Models")
    apply_pin_styles()
    models = [one for one in list_models(visit.workspace) if one.signal == visit.job.signal]
    if not models:
        versions = dataset_table(visit.workspace, visit.job.signal)
        if versions.empty:
            st.info("No model is registered yet, and no version is published to train one on:")
            st.code(f"labeling publish {visit.job.signal} {visit.job.collection}", language="bash")
        else:
            st.info("No model is registered yet; train one on a published version:")
            newest = versions.iloc[0]
            version = f"{newest['name']}@v{newest['version']:04d}"
            st.code(f"labeling train {version}", language="bash")
        return
    _show_table(models)
    chosen = st.selectbox("Model", [one.model for one in models], key="model")
    trail = [e for e in read_trail(visit.workspace) if e.model.reference == chosen]
    _show_decisions([entry for entry in trail if entry.kind != EVALUATED])
    evaluation = next((entry for entry in trail if entry.kind == EVALUATED), None)
    if evaluation is None:
        st.info("It was not evaluated yet:")
        st.code(f"labeling evaluate {chosen} {visit.job.collection}", language="bash")
        return
    st.caption(literal(f"Evaluated {when(evaluation.created_at)} UTC"))
    st.iframe(render_evaluation(evaluation.report), alt=f"The evaluation of {chosen}")


def _show_table(models: list[ListedModel]) -> None:
    rows = [
        {
            "Model": one.model,
            "State": one.state,
            "Accuracy": "not evaluated" if one.accuracy is None else said(one.accuracy),
            "On": one.evaluated_on or "",
            "Trained on": one.dataset,
            "Registered": when(one.created_at),
        }
        for one in models
    ]
    st.dataframe(pd.DataFrame(rows), hide_index=True, height=min(36 * (len(rows) + 1) + 2, 260))


def _show_decisions(trail: list[TrailEntry]) -> None:
    for entry in trail:
        st.markdown(literal(f"{when(entry.created_at)} {entry.kind}: {entry.why}"))
