"""A signal's guideline over the page on which pins are decided."""

from __future__ import annotations

import streamlit as st

from labeling.signals import Signal


def guideline_panel(signal: Signal) -> None:
    """Show the guideline."""
    with st.container(key="guideline_panel"):
        st.markdown(signal.guideline or "_Nobody wrote a guideline for this signal yet._")
