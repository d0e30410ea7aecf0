"""Estimates as a person reads them."""

from __future__ import annotations

from rich.console import Console
from rich.table import Table

from labeling.review.estimating import Estimate, LabelEstimates


def show_estimates(found: LabelEstimates, console: Console) -> None:
    """Print what was drawn, the accuracy and a line per class."""
    console.print(
        f"{found.answered:,} of {found.drawn:,} pins that the random audit drew from {found.pins:,} "
        "have an agreed answer."
    )
    console.print(f"accuracy {_said(found.accuracy)}")
    table = Table(box=None)
    table.add_column("class")
    for name in ("precision", "recall", "share of pins"):
        table.add_column(name, justify="right")
    for one in found.classes:
        table.add_row(one.name, _said(one.precision), _said(one.recall), _said(one.prevalence))
    console.print(table)
    if found.note:
        console.print(f"[yellow]note[/] {found.note}")


def _said(found: Estimate) -> str:
    if found.value is None:
        return "no answer"
    return f"{found.value:.2f} ({found.low:.2f}-{found.high:.2f})"
