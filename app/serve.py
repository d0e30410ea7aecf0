"""The server of the web app: its pages, and what is served beside them."""

from __future__ import annotations

import gc

import navigation  # noqa: F401 the first visitor need not wait for what pages import
import streamlit as st
from picture_route import picture_routes

# what is imported stays: a collection that walked through it would hold up a key for some 150 ms
gc.collect()
gc.freeze()

app = st.App("main.py", routes=picture_routes())
