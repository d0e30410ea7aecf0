"""The web app: run anew by Streamlit for every visitor and click."""

from __future__ import annotations

from navigation import main

main()
