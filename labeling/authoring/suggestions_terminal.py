"""Suggested words in the terminal: what they are worth, then code to paste."""

from __future__ import annotations

from rich.console import Console
from rich.table import Table
from rich.text import Text

from labeling.authoring.suggestions import Suggestion, Suggestions


def show_suggestions(found: Suggestions, console: Console) -> None:
    """Print the suggestions: what they were mined from, a table, functions."""
    labels = ", ".join(f"{count:,} {source}" for source, count in found.labels.items())
    console.print(
        f"[bold]{found.signal}[/] on {found.collection}: {found.pins:,} training pins ({labels} "
        f"labels); on {found.open_share:.1%} no function votes, or they contradict each other.\n"
        "Words are chosen on one half of the pins and judged on the other.\n"
    )
    table = Table(box=None, header_style="bold", pad_edge=False, padding=(0, 1, 0, 0))
    for name in ("words", "for"):
        table.add_column(name, overflow="fold")
    for name in ("precision (95%)", "of", "coverage", "new"):
        table.add_column(name, justify="right", no_wrap=True)
    table.add_column("labels", style="dim", overflow="fold")
    for row in found.suggestions:
        table.add_row(
            Text(", ".join(row.words)),
            Text(row.class_name),
            _precision(row),
            f"{row.judged:,}",
            f"{row.coverage:.2%}",
            f"{row.new_coverage:.2%}",
            row.source,
        )
    if found.suggestions:
        console.print(table)
    else:
        console.print("No word says enough that is new.")
    console.print()
    for function in found.functions:
        worth = function.worth
        console.print(
            f"[dim]# precision {_precision(worth)} by {worth.judged:,} {worth.source} labels; on "
            f"{worth.coverage:.1%} of the pins, on {worth.new_coverage:.1%} new[/]",
            soft_wrap=True,
        )
        console.print(Text(f"{function.code},\n"), soft_wrap=True)
    for note in found.notes:
        console.print("[yellow]note[/]", Text(note))


def _precision(row: Suggestion) -> str:
    return f"{row.precision:.2f} ({row.precision_low:.2f}-{row.precision_high:.2f})"
