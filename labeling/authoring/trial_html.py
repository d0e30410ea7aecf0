"""What one function does, as one HTML page: nothing in it is loaded from elsewhere."""

from __future__ import annotations

from typing import Any

from markupsafe import Markup, escape

from labeling.authoring.trial import TITLES, Section, Trial, TriedPin, pieces, snippet
from labeling.pages import HUES, page_template

INTROS = {
    "fires": "A random sample of its votes.",
    "alone": "No other function votes on these.",
    "against_resolved": "The votes of all functions were last resolved to another class.",
    "against_known": "Here it is wrong, or the label is.",
}
DESCRIPTION = 280
"""Characters of a pin's description."""


def render_trial(trial: Trial) -> str:
    """Return the page. All text of pins and functions is escaped."""
    sections = [
        {"title": TITLES[s.name].format(source=trial.source), "intro": INTROS[s.name]} | _section(s)
        for s in trial.sections
    ]
    return page_template("trial.html").render(
        trial=trial.to_json(),
        sections=sections,
        changes=trial.changes and _section(trial.changes.section),
        hues={name: number % HUES for number, name in enumerate(trial.classes)},
    )


def _section(section: Section) -> dict[str, Any]:
    return {
        "name": section.name,
        "count": section.pins,
        "of": section.of,
        "pins": [
            {
                "pin": pin,
                "title": _marked(pin, pin.title, 400),
                "description": _marked(pin, pin.description, DESCRIPTION),
            }
            for pin in section.sample
        ],
    }


def _marked(pin: TriedPin, text: str, width: int) -> Markup:
    """Return the text around its marks, escaped, each mark in a <mark>."""
    shown = Markup()
    for piece in pieces(snippet(text, pin.marks, width), pin.marks):
        shown += Markup("<mark>%s</mark>") % piece.text if piece.marked else escape(piece.text)
    return shown
