"""The command that makes answers gold."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING

from labeling.cli.words import CollectionArg, Json, SignalArg, app, open_here, say

if TYPE_CHECKING:
    from rich.console import Console


@app.command()
def agree(signal: SignalArg, collection: CollectionArg, as_json: Json = False) -> None:
    """Make gold what the answers agree on; what they do not settle waits for a reviewer."""
    from labeling import pipeline

    report = pipeline.agree(open_here(), signal, collection)

    def show(console: Console) -> None:
        console.print(
            f"{report.pins:,} pins answered: {report.gold:,} gold ({report.added:,} added, "
            f"{report.changed:,} changed, {report.removed:,} removed), {report.waiting:,} wait for "
            f"answers, {report.disputed:,} for a reviewer"
        )
        for one in report.contradictions:
            console.print(
                f"  {one.pin_id}: answered {one.answers}, and {one.source} says {one.gold}",
                style="yellow",
                markup=False,
            )
        for name in report.distrusted:
            console.print(f"  {name} clearly fails the gold checks", style="yellow", markup=False)
        if report.set_aside:
            console.print(f"  not counted: {report.set_aside:,} answers")

    say(as_json, asdict(report) | {"note": report.note}, show)
