"""The server of the web app: its pages, and what is served beside them."""

from __future__ import annotations

import streamlit as st

app = st.App("main.py")
