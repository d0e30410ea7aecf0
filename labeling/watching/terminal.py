"""A watch as a person reads it: the verdict, what drifted and what to do, then everything compared."""

from __future__ import annotations

from rich.console import Console
from rich.markup import escape
from rich.table import Table
from rich.text import Text

from labeling.watching.report import WatchReport
from labeling.watching.verdict import Level

COLOURS: dict[Level, str] = {"ok": "green", "watch": "yellow", "alarm": "red"}
NAME_CHARS = 28


def show_watch(found: WatchReport, console: Console) -> None:
    """Print the report."""
    console.print(
        f"\n[bold]{found.signal}[/] on [bold]{found.collection}[/] (revision {found.revision}): "
        f"{found.pins_new:,} new pins against {found.pins_before:,} of {found.against}"
    )
    colour = COLOURS[found.verdict]
    console.print(f"[bold {colour}]{found.verdict}[/]\n")
    for one in found.told:
        console.print(f"  [{COLOURS[one.level]}]{one.level}[/]", Text(one.sentence))
        if one.examples:
            console.print("    e.g. " + ", ".join(one.examples), style="dim", markup=False)
    if found.untold:
        console.print(f"  and below {found.untold}", markup=False)
    if found.actions:
        console.print("\n[bold]to do[/]")
        for action in found.actions:
            console.print("  -", Text(action))
    console.print()
    console.print(comparison_table(found))
    _people(found, console)
    for note in found.notes:
        console.print("  [yellow]note[/]", Text(note))


def comparison_table(found: WatchReport) -> Table:
    """Return everything that was compared, the worst first."""
    table = Table(box=None, header_style="bold", pad_edge=False, padding=(0, 1, 0, 0))
    for name in ("", "compared", "what moved most", "before", "now", "effect", "p"):
        table.add_column(name, justify="right" if name in ("before", "now", "p") else "left")
    for one in found.comparisons:
        change = one.changes[0] if one.changes else None
        table.add_row(
            f"[{COLOURS[one.level]}]{one.level}[/]",
            escape(one.title),
            escape(change.what[:NAME_CHARS]) if change else "",
            f"{change.before:.1%}" if change else "",
            f"{change.now:.1%}" if change else "",
            f"{one.measure} {one.effect:.2f}",
            one.said_p,
        )
    return table


def _people(found: WatchReport, console: Console) -> None:
    console.print()
    if found.accuracy is not None and found.accuracy.value is not None:
        a = found.accuracy
        console.print(
            f"  labels are right on {a.value:.1%} of the pins ({a.low:.1%} to {a.high:.1%}, from "
            f"{a.answers:,} answers of the audit)"
        )
    retrain = "[yellow]retrain[/]" if found.retraining.is_due else "no need to retrain"
    console.print(f"  {retrain}: {found.retraining.reason}")
