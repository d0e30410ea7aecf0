"""Commands on the workspace: init, import, signals, doctor."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from labeling.cli.words import CollectionArg, Json, State, app, open_here, say
from labeling.errors import LabelingError

if TYPE_CHECKING:
    from rich.console import Console


SEPARATORS = {";": "semicolons", "\t": "tabs", "|": "|"}


def _pairs(given: list[str]) -> dict[str, str]:
    pairs = {}
    for pair in given:
        field, equals, column = pair.partition("=")
        if not equals or not field or not column:
            raise LabelingError(
                f"--map is {pair!r}; write it as FIELD=COLUMN, e.g. title=headline."
            )
        if field in pairs:
            raise LabelingError(f"--map names the field {field!r} twice; give it one column.")
        pairs[field] = column
    return pairs


def _shares(text: str | None) -> list[float] | None:
    try:
        return None if text is None else [float(share) for share in text.split(",")]
    except ValueError:
        raise LabelingError(
            f"--balance is {text!r}; write a share for each class, such as 0.92,0.08."
        ) from None


@app.command()
def init(as_json: Json = False) -> None:
    """Make a workspace: labeling.toml, database, store. Safe to repeat."""
    from labeling.workspace import init_workspace

    workspace = init_workspace(State.home or ".", progress=True)
    value = {
        "home": str(workspace.home),
        "database": workspace.database.url.render_as_string(hide_password=True),
        "store": workspace.store.url,
        "functions": str(workspace.settings.functions_folder),
        "signals": workspace.signals(),
    }

    def show(console: Console) -> None:
        for name, what in value.items():
            shown = ", ".join(what) if isinstance(what, list) else what
            console.print(f"{name:<10} {shown}", markup=False, soft_wrap=True)

    say(as_json, value, show)


@app.command("import")
def import_(
    collection: CollectionArg,
    path: Annotated[Path, typer.Argument(help="A file or folder of pins.")],
    format: Annotated[
        str, typer.Option(help="auto, csv, parquet, jsonl, json, wrench or images.")
    ] = "auto",
    map: Annotated[
        list[str] | None, typer.Option("--map", help="FIELD=COLUMN; may be repeated.")
    ] = None,
    split: Annotated[str | None, typer.Option(help="train, valid or test, for all rows.")] = None,
    encoding: Annotated[str, typer.Option(help="Text encoding of a CSV or JSONL file.")] = "utf-8",
    balance: Annotated[
        str | None,
        typer.Option(help="Of a WRENCH set's classes, in their order, where known: 0.92,0.08."),
    ] = None,
    as_json: Json = False,
) -> None:
    """Import pins: new and changed ones are added, what cannot be a pin is listed."""
    from labeling.pipeline import import_collection

    report = import_collection(
        open_here(),
        collection,
        path,
        format=format,
        columns=_pairs(map or []),
        split=split,
        encoding=encoding,
        balance=_shares(balance),
    )

    def show(console: Console) -> None:
        console.print(
            f"[bold]{report.collection}[/] (revision {report.revision}): {report.pins:,} pins; "
            f"of {report.rows:,} rows {report.new:,} new, {report.changed:,} changed, "
            f"{report.unchanged:,} unchanged, {report.rejected:,} rejected"
        )
        read = ", ".join(f"{field} from {column}" for field, column in report.columns.items())
        if report.separator in SEPARATORS:
            read += f", separated by {SEPARATORS[report.separator]}"
        console.print(f"  {read}", style="dim", markup=False)
        if report.note:
            console.print(f"  {report.note}", markup=False, soft_wrap=True)
        for reason, count in list(report.reasons.items())[:10]:
            said = f"  rejected {count:,}, e.g. {report.examples[reason]}"
            console.print(said, style="yellow", markup=False, soft_wrap=True)
        if report.rejected_file:
            where = f"  all of them: {report.rejected_file}"
            console.print(where, markup=False, soft_wrap=True)

    say(as_json, asdict(report) | {"note": report.note}, show)


@app.command()
def signals(as_json: Json = False) -> None:
    """List the signals with their classes and number of functions."""
    workspace = open_here()
    rows: list[dict[str, Any]] = []
    for name in workspace.signals():
        try:
            signal = workspace.signal(name)
        except LabelingError as error:  # one broken signal must not hide the others
            rows.append({"signal": name, "error": str(error)})
        else:
            rows.append({"signal": name, "classes": list(signal.classes), "functions": len(signal)})

    def show(console: Console) -> None:
        from rich.markup import escape

        for row in rows:
            if "error" in row:
                console.print(f"{row['signal']} {row['error']}", style="red", markup=False)
            else:
                classes = ", ".join(row["classes"])
                console.print(
                    f"[bold]{row['signal']}[/] {row['functions']} functions: {escape(classes)}"
                )
        if not rows:
            console.print("No signals yet; make a folder in labeling_functions/.")

    say(as_json, {"signals": rows}, show)


@app.command()
def doctor(as_json: Json = False) -> None:
    """Say what of this workspace works, and what to do where something does not."""
    from labeling.doctor import examine

    checks = examine(State.home)
    broken = [check for check in checks if not check.ok]

    def show(console: Console) -> None:
        for check in checks:
            mark = "[green]ok[/]  " if check.ok else "[red]FAIL[/]"
            console.print(f"{mark} {check.name:<10}", end=" ")
            console.print(check.says, markup=False, soft_wrap=True)

    say(as_json, {"ok": not broken, "checks": [asdict(check) for check in checks]}, show)
    if broken:
        raise typer.Exit(1)
