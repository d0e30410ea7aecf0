"""HTML in which whatever pins and people say is text: every value is escaped on its way in."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from pathlib import Path
from typing import Any

import streamlit as st
from styles import escape

from labeling.signals import NO_LABEL

_STYLES = Path(__file__).with_name("pins.css")


def apply_pin_styles() -> None:
    """Add the style sheet of pins to the page."""
    st.html(_STYLES)


def tag(name: str, inner: str, css: str = "", **attributes: str) -> str:
    """Return an element around what is HTML already; attributes are escaped."""
    given = {"class": css, **attributes} if css else attributes
    said = "".join(f' {key}="{escape(value)}"' for key, value in given.items())
    return f"<{name}{said}>{inner}</{name}>"


def words(text: str, css: str, name: str = "div") -> str:
    """Return an element with a text that is shown as it stands, in the direction of its own writing;
    nothing for no text."""
    return tag(name, escape(text), css, dir="auto") if text.strip() else ""


def chip(text: str, kind: str = "plain") -> str:
    """Return a small label: plain, label, right, wrong or doubt."""
    return tag("span", escape(text), f"chip chip-{kind}")


def label_chip(label: str, confidence: float) -> str:
    """Return a final label and how sure it is."""
    return chip(label if label == NO_LABEL else f"{label} {confidence:.2f}", "label")


def picture(source: str | None, css: str = "pin-picture") -> str:
    """Return a pin's picture, or the place where one would be."""
    if source is None or not source.startswith("data:image/jpeg;base64,"):
        return tag("div", "no image", f"{css} pin-no-picture")
    return tag("div", f'<img alt="" src="{escape(source)}">', css)


def facts(values: dict[str, str]) -> str:
    """Return a list of names and values, without those that have none."""
    listed = (words(k, "", "dt") + words(v, "", "dd") for k, v in values.items() if v.strip())
    return tag("dl", "".join(listed), "facts")


def figures(values: dict[str, tuple[str, str]]) -> str:
    """Return tiles of name -> (a figure, a word on it)."""
    tiles = (
        tag(
            "div",
            words(name, "figure-name") + words(value, "figure-value") + words(about, "quiet"),
            "figure",
        )
        for name, (value, about) in values.items()
    )
    return tag("div", "".join(tiles), "figures")


def headings(columns: Iterable[Any]) -> dict[str, Any]:
    """Return the headings of a table's columns (`column_config`): their names as people write them."""
    return {name: str(name).replace("_", " ").capitalize() for name in columns}


def table_height(rows: int, most: int) -> int:
    """Return how high a table is that shows all its rows, or as many as fit; in pixels."""
    return min(35 * (rows + 1) + 3, most)


def bar(share: float, css: str) -> str:
    """Return a bar of a share of its place."""
    width = f"width:{min(max(share, 0.0), 1.0):.1%}"
    return tag("div", tag("div", "", f"bar-fill {css}", style=width), "bar")


def when(moment: datetime | None) -> str:
    """Return a time as people read it, in UTC."""
    return "" if moment is None else f"{moment:%Y-%m-%d %H:%M}"


def lasting(seconds: float | None) -> str:
    """Return a duration as people read it."""
    if seconds is None:
        return ""
    if seconds < 90:
        return f"{seconds:.1f} s"
    minutes, rest = divmod(round(seconds), 60)
    return f"{minutes} min {rest} s" if minutes < 60 else f"{minutes // 60} h {minutes % 60} min"
