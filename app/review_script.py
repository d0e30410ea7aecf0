"""The script of the pages on which keys answer."""

from __future__ import annotations

import secrets
from datetime import timedelta
from pathlib import Path

import streamlit as st

_SCRIPT = Path(__file__).with_name("review.js").read_text("utf-8")
_EVERY = timedelta(seconds=60)


def review_script() -> None:
    """Add the script to the page; it installs itself once."""
    st.html(f"<script>{_SCRIPT}</script>", unsafe_allow_javascript=True)


@st.fragment(run_every=_EVERY)
def page_is_drawn() -> None:
    """Tell the script that the page is drawn and its session knows the keys on it; comes last.

    It runs by itself because a browser asks a server that was started again for its page only where
    something does: else the keys would be those of a session that is no more, and all of them dead.
    """
    st.html(f'<span hidden class="drawn" data-run="{secrets.token_hex(8)}"></span>')
