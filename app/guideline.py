"""A signal's guideline over the pages on which pins are decided."""

from __future__ import annotations

from typing import Protocol

import streamlit as st

from labeling.signals import Signal


class Shows(Protocol):
    """What one browser works on."""

    shows_guideline: bool


def guideline_key(desk: Shows, shortcut: str | None = "H") -> None:
    """Draw what shows and hides the guideline."""
    st.button("Guideline", key="guideline", shortcut=shortcut, on_click=_toggle, args=(desk,))


def guideline_panel(desk: Shows, signal: Signal) -> None:
    """Draw the guideline where it is shown."""
    if desk.shows_guideline:
        with st.container(key="guideline_panel"):
            st.markdown(signal.guideline or "_Nobody wrote a guideline for this signal yet._")


def _toggle(desk: Shows) -> None:
    desk.shows_guideline = not desk.shows_guideline
