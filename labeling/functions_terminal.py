"""The table of functions in the terminal, as wide as the terminal is."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from rich.console import Console
from rich.markup import escape
from rich.measure import Measurement
from rich.table import Table
from rich.text import Text

if TYPE_CHECKING:
    from labeling.authoring.function_report import FunctionReport

LESS_TELLING = ("log loss", "of", "overlap", "votes for", "labels", "conflict")
"""Columns in the order in which a narrow terminal goes without them."""
FIGURES = {
    "coverage": ("coverage", "{:.1%}"),
    "overlap": ("overlap", "{:.1%}"),
    "conflict": ("conflict", "{:.1%}"),
    "of": ("judged", "{:,.0f}"),
    "weight": ("weight", "{:.2f}"),
    "accuracy": ("accuracy_without", "{:+.3f}"),
    "log loss": ("log_loss_without", "{:+.3f}"),
    "labels": ("changed_without", "{:.1%}"),
}
"""Heading -> column of the table (see `analysis.tabulate`), and how it is written."""
WITHOUT = ("accuracy", "log loss", "labels")


def show_functions(report: FunctionReport, console: Console) -> None:
    """Print what `labeling functions` found: the table, what it is measured on, notes."""
    pins = max(report.pins, 1)
    console.print(
        f"[bold]{report.signal}[/] on {report.collection}: {report.pins:,} pins, covered "
        f"{report.covered / pins:.1%}, conflicting votes {report.conflicted / pins:.1%}\n"
    )
    console.print(functions_table(report.table, console))
    console.print()
    if report.known:
        console.print(f"[dim]accuracy: votes against {report.known:,} {report.source} labels[/]")
    if report.left_out is not None:
        found = report.left_out
        whole = f"; with all: accuracy {found.accuracy:.3f}, log loss {found.log_loss:.3f}"
        console.print(
            f"[dim]without: what changes on {found.pins:,} pins when {report.resolver} resolves "
            f"without the function{whole if found.judged else ''}[/]"
        )
    if report.curves:
        console.print("\nfunctions that score, and where they would be right how often:")
        console.print(_curves_table(report))
    for name, said in report.comments.items():
        latest = said.latest
        counts = f"{name} {said.open} open, {said.resolved} resolved; {latest.annotator} on "
        text = f"{counts}{latest.pin_id}: {' '.join(latest.text.split())}"
        console.print("[cyan]comments[/]", Text(text), soft_wrap=True)
    for note in report.notes:
        console.print("[yellow]note[/]", Text(note))


def functions_table(frame: Any, console: Console) -> Table:
    """Return a table of functions, less its least telling columns where the console is narrow. A
    function that votes for several classes has a line for each below its own."""
    rows = [line for row in frame.to_dict("records") for line in _lines(row)]
    headings = ["function", "votes for", "coverage", "overlap", "conflict"]
    if any(_known(row.get("accuracy")) for row in rows):
        headings += ["accuracy (95%)", "of"]
    headings += [h for h in ("weight", *WITHOUT) if any(_known(r.get(FIGURES[h][0])) for r in rows)]
    dropped = iter(LESS_TELLING)
    unbound = console.options.update(width=1000)
    while True:
        table = _table(headings, rows)
        fits = Measurement.get(console, unbound, table).maximum <= console.width
        drop = next(dropped, None)
        if fits or drop is None:
            return table
        headings = [heading for heading in headings if heading != drop]


def _curves_table(report: FunctionReport) -> Table:
    table = Table(box=None, header_style="bold", pad_edge=False, padding=(0, 2, 0, 0))
    table.add_column("function", overflow="fold")
    table.add_column("votes at", justify="right")
    for wanted in report.curves[0].wanted:
        table.add_column(f"{wanted['wanted']:.0%} right: at, covers", justify="right")
    for curve in report.curves:
        cells = [
            "never"
            if one["threshold"] is None
            else f"{one['threshold']:.3f}  {one['coverage']:4.0%}"
            for one in curve.wanted
        ]
        now = "waits for gold" if curve.threshold is None else f"{curve.threshold:.3f}"
        table.add_row(curve.function, now, *cells)
    return table


def _table(headings: list[str], rows: list[dict[str, Any]]) -> Table:
    table = Table(box=None, header_style="bold", pad_edge=False, padding=(0, 1, 0, 0))
    two_lines = any(heading in WITHOUT for heading in headings)
    for heading in headings:
        first = "without\n" if heading in WITHOUT else "\n" if two_lines else ""
        if heading in ("function", "votes for"):
            style = "dim" if heading == "votes for" else ""
            table.add_column(first + heading, overflow="fold", style=style)
        else:
            table.add_column(first + heading, justify="right", no_wrap=True)
    for row in rows:
        table.add_row(*(_cell(heading, row) for heading in headings), style=row.get("style", ""))
    return table


def _lines(row: dict[str, Any]) -> list[dict[str, Any]]:
    """Return a function's row and, where it votes for several classes, one for each of them."""
    by_class = row.get("by_class") or []
    if len(by_class) < 2:
        return [row]
    pins = row["votes"] / row["coverage"]
    parts = [
        {**part, "function": f"  {part['class']}", "coverage": part["votes"] / pins}
        for part in by_class
    ]
    return [row, *({**part, "style": "dim"} for part in parts)]


def _cell(heading: str, row: dict[str, Any]) -> str:
    if heading == "function":
        return escape(str(row["function"]))
    if heading == "votes for":
        return escape(row.get("votes_for", "")) or ("" if "class" in row else "-")
    if heading == "accuracy (95%)":
        if not _known(row.get("accuracy")):
            return "-"
        return f"{row['accuracy']:.2f} ({row['accuracy_low']:.2f}-{row['accuracy_high']:.2f})"
    column, form = FIGURES[heading]
    value = row.get(column)
    return form.format(value) if _known(value) else "" if "class" in row else "-"


def _known(value: float | None) -> bool:
    return value is not None and not math.isnan(value)
