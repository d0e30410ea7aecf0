"""The script of the pages on which keys answer."""

from __future__ import annotations

from pathlib import Path

import streamlit as st

_SCRIPT = Path(__file__).with_name("review.js").read_text("utf-8")


def review_script() -> None:
    """Add the script to the page; it installs itself once."""
    st.html(f"<script>{_SCRIPT}</script>", unsafe_allow_javascript=True)
