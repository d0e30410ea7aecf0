"""What an evaluation adds to a model's card: its figures, its thresholds, and where it is worse."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from labeling.errors import StoreError
from labeling.models.files import CARD
from labeling.shards import Store

HEADING = "\n## Evaluated\n"


def write_card(store: Store, folder: str, evaluation: Mapping[str, Any]) -> None:
    """Put the newest evaluation on the card of a registered model, in the place of the one before."""
    key = f"{folder}/{CARD}"
    try:
        card = store.read_bytes(key).decode("utf-8")
    except StoreError:  # a model that came without a card
        card = f"# {evaluation['model']}\n"
    store.write_bytes(key, (card.partition(HEADING)[0] + evaluated(evaluation)).encode())


def evaluated(evaluation: Mapping[str, Any]) -> str:
    """Return the part of the card."""
    figures = "\n".join(
        f"| {name.replace('_', ' ')} | {said(evaluation[name])} |"
        for name in ("accuracy", "macro_f1", "ece", "brier", "log_loss")
    )
    classes = "\n".join(
        f"| {_cell(one['name'])} | {said(one['precision'])} | {said(one['recall'])} | "
        f"{said(one['average_precision'])} | {_threshold(one['threshold'])} |"
        for one in evaluation["classes"]
    )
    wanted = evaluation["classes"][0]["threshold"]["wanted"]
    worse = "\n".join(
        f"- {_cell(one['column'])} {_cell(one['value'])}: accuracy {said(one['accuracy'])} on "
        f"{one['rows']:,} pins, {one['gap']['value']:+.3f} against the rest"
        for one in evaluation["slices"]
        if one["is_worse"]
    )
    notes = "".join(f"\n- {note}" for note in evaluation["notes"])
    return f"""{HEADING}
On {evaluation["why"]} They are of the collection `{evaluation["collection"]}`, revision
{evaluation["revision"]}; none trained the model. Intervals are of 95%.
{notes}

| | |
|---|---|
{figures}

| class | precision | recall | average precision | threshold for precision {wanted:g} |
|---|---|---|---|---|
{classes}

Slices on which it is worse than on the rest, of {len(evaluation["slices"])} that were looked at:

{worse or "- none"}
"""


def between(figure: Mapping[str, Any], digits: int = 3, to: str = "-") -> str:
    """Return a figure's interval; resampling finds none where every draw gives the same."""
    low, high = figure["low"], figure["high"]
    if low == high:
        return "no interval"
    return f"{low:.{digits}f}{' to ' if low < 0 else to}{high:.{digits}f}"


def said(figure: Mapping[str, float | None], digits: int = 3) -> str:
    """Return a figure with its interval.

    >>> said({"value": 0.9, "low": 0.85, "high": 0.94}), said({"value": 0, "low": -1, "high": 1}, 1)
    ('0.900 (0.850-0.940)', '0.0 (-1.0 to 1.0)')
    >>> said({"value": 1.0, "low": 1.0, "high": 1.0})
    '1.000 (no interval)'
    """
    if figure["value"] is None:
        return "–"
    return f"{figure['value']:.{digits}f} ({between(figure, digits)})"


def _threshold(found: Mapping[str, Any]) -> str:
    if found["threshold"] is None:
        return "none reaches it"
    return f"{found['threshold']:.3f}, which leaves {found['coverage']:.1%} of the pins"


def _cell(text: str) -> str:
    """Return a text that breaks no table."""
    return " ".join(text.replace("|", "\\|").split())
