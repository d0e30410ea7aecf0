"""An evaluation as one HTML page: nothing in it is loaded from elsewhere."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from markupsafe import Markup

from labeling.models.card import between
from labeling.pages import HUES, page_template

SIDE = 100
"""Of the square that plots are drawn in."""
FIGURES = {
    "accuracy": "Accuracy",
    "macro_f1": "Macro F1",
    "ece": "Calibration error",
    "brier": "Brier score",
    "log_loss": "Log loss",
}


def render_evaluation(evaluation: Mapping[str, Any]) -> str:
    """Return the page of an evaluation (`ModelEvaluation.to_json`). All text of pins and classes is
    escaped."""
    classes = evaluation["classes"]
    return page_template("evaluation.html").render(
        found=evaluation,
        figures=FIGURES,
        between=between,
        hues={one["name"]: number % HUES for number, one in enumerate(classes)},
        reliability=reliability_svg(evaluation["reliability"]),
        by_class=[reliability_svg(one["reliability"]) for one in classes],
        curves=[curve_path(one["curve"]) for one in classes],
    )


def reliability_svg(bins: Sequence[Mapping[str, Any]]) -> Markup:
    """Return the marks of a reliability diagram: a dot with its interval for each bin, said to the
    right and seen upwards, in a square of 100."""
    marks = Markup()
    for one in bins:
        seen = one["seen"]
        x, y = SIDE * one["said"], SIDE * (1 - seen["value"])
        low, high = SIDE * (1 - seen["low"]), SIDE * (1 - seen["high"])
        marks += Markup(
            '<path d="M{x} {low}V{high}" class="interval"/><circle cx="{x}" cy="{y}" r="1.8"/>'
        ).format(x=f"{x:.1f}", y=f"{y:.1f}", low=f"{low:.1f}", high=f"{high:.1f}")
    return marks


def curve_path(points: Sequence[Mapping[str, float]]) -> str:
    """Return a precision-recall curve as an SVG path in a square of 100: recall to the right."""
    places = [f"{SIDE * p['recall']:.1f} {SIDE * (1 - p['precision']):.1f}" for p in points]
    return f"M{'L'.join(places)}" if places else ""
