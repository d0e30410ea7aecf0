"""A signal -> how Label Studio asks about a pin: the labels with their keys, the guideline."""

from __future__ import annotations

import html
from collections.abc import Iterable
from typing import Any
from xml.etree import ElementTree as Xml

from labeling.signals import Signal

QUESTION = "label"
SHOWN = "pin"
KEYS = "1234567890qwetasdfgzxcvbyiopjklnm"
"""Hotkeys, in the order of the classes."""


def label_config(signal: Signal, *, images: bool) -> str:
    """Return the XML of a project: image and text, the link as text that nobody can click, the classes.

    >>> signal = Signal("spam", classes=["ok", "spam"])
    >>> label_config(signal, images=False).count("<Choice ")
    2
    """
    view = Xml.Element("View")
    if images:
        Xml.SubElement(view, "Image", name="image", value="$image", maxWidth="480px")
    Xml.SubElement(view, "Text", name=SHOWN, value="$text", valueType="text")
    Xml.SubElement(view, "Text", name="link", value="$link", valueType="text")
    asked = {"name": QUESTION, "toName": SHOWN, "choice": "single", "required": "true"}
    choices = Xml.SubElement(view, "Choices", asked, showInline="true")
    for number, name in enumerate(signal.classes):
        key = {"hotkey": KEYS[number]} if number < len(KEYS) else {}
        Xml.SubElement(choices, "Choice", {"value": name} | key)
    return Xml.tostring(view, encoding="unicode")


def instruction(signal: Signal) -> str:
    """Return the guideline as the HTML of a project's instruction."""
    lines = html.escape(signal.guideline or f"Which of the classes of {signal.name} is it?")
    return lines.replace("\n", "<br>")


def choice(label: str) -> dict[str, Any]:
    """Return an annotation's result that says a class."""
    return {
        "from_name": QUESTION,
        "to_name": SHOWN,
        "type": "choices",
        "value": {"choices": [label]},
    }


def chosen(result: Iterable[dict[str, Any]]) -> list[str]:
    """Return what an annotation's result chose: one class, where it is as it was asked."""
    regions = [region for region in result if region.get("from_name") == QUESTION]
    return [str(name) for r in regions for name in r.get("value", {}).get("choices", ())]
