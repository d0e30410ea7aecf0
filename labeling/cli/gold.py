"""The command on gold: import labels that people agreed on, or say what is there."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from labeling.cli.words import CollectionArg, Json, SignalArg, app, open_here, say

if TYPE_CHECKING:
    from rich.console import Console


@app.command()
def gold(
    signal: SignalArg,
    collection: CollectionArg,
    file: Annotated[
        Path | None,
        typer.Argument(help="CSV, JSONL or Parquet with the columns pin_id and label."),
    ] = None,
    source: Annotated[str, typer.Option(help="Who says so; kept beside each label.")] = "import",
    replace: Annotated[
        bool, typer.Option("--replace", help="Let the file overrule the gold there is.")
    ] = False,
    as_json: Json = False,
) -> None:
    """Import labels that people agreed on, all of a file or nothing; without FILE, count them."""
    from labeling.gold import gold_report, import_gold

    workspace = open_here()
    if file is None:
        report = gold_report(workspace, signal, collection)
    else:
        report = import_gold(workspace, signal, collection, file, source=source, replace=replace)

    def show(console: Console) -> None:
        if file is not None:
            console.print(
                f"{report.added:,} added, {report.changed:,} changed, {report.unchanged:,} unchanged"
                + (f", {report.blank:,} rows without a label" if report.blank else "")
            )
        for name, count in report.labels.items():
            console.print(f"  {name:<20} {count:>7,}", markup=False)
        console.print(
            f"  {report.held_out:,} of them in valid and test: nothing is fitted on those"
        )
        for name, count in report.other.items():
            console.print(f"  not used: {count:,} {name}", style="yellow", markup=False)

    say(as_json, asdict(report), show)
