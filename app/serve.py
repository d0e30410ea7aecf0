"""The server of the web app: its pages, and what is served beside them."""

from __future__ import annotations

import navigation  # noqa: F401 the first visitor need not wait for what pages import
import streamlit as st
from picture_route import picture_routes

app = st.App("main.py", routes=picture_routes())
