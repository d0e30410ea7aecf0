"""How the app looks beyond its theme: room, and nothing of the tool it is made with."""

from __future__ import annotations

import html
import re
from pathlib import Path

import streamlit as st

_MARKS = re.compile(r"([\\`*_{}\[\]()#+\-.!|<>~$:&])")
_STYLES = Path(__file__).with_name("styles.css")


def apply_styles() -> None:
    """Add the style sheet to the page."""
    st.html(_STYLES)


def escape(text: str) -> str:
    """Return a text that HTML shows as it stands."""
    return html.escape(text.replace("\0", ""), quote=True)


def literal(text: str) -> str:
    """Return a text that Markdown shows as it stands: no link, image, colour or symbol of it is
    interpreted. For what people or pins say, wherever Streamlit takes only Markdown."""
    # an entity, as emoji codes and colours are looked for after backslashes are gone
    return _MARKS.sub(r"\\\1", text).replace("\\:", "&#58;\u2060").replace("\n", " ")
