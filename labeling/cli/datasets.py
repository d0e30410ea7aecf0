"""Commands on dataset versions: list, compare, pull, verify."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from labeling.cli.words import (
    Json,
    app,
    open_here,
    say,
)

if TYPE_CHECKING:
    from rich.console import Console

VersionArg = Annotated[str, typer.Argument(help="NAME@v0001, or NAME@latest.")]

datasets_app = typer.Typer(invoke_without_command=True)
app.add_typer(datasets_app, name="datasets")


@datasets_app.callback()
def datasets(context: typer.Context, as_json: Json = False) -> None:
    """List the published dataset versions, newest first; `diff` compares two."""
    if context.invoked_subcommand is not None:
        return
    from labeling.records import dataset_table

    table = dataset_table(open_here())

    def show(console: Console) -> None:
        for row in table.to_dict("records"):
            version = row["folder"].rsplit("/", 1)[1]
            when = f"{row['created_at']:%Y-%m-%d %H:%M}"
            console.print(f"[bold]{row['name']}@{version}[/] {row['rows']:,} rows, {when}")
        if table.empty:
            console.print("No versions yet; publish one with `labeling run SIGNAL COLLECTION`.")

    say(as_json, {"datasets": table.to_dict("records")}, show)


@datasets_app.command()
def diff(before: VersionArg, after: VersionArg, as_json: Json = False) -> None:
    """Say which rows came in, went out or got another label between two versions."""
    from labeling.dataset_diff import diff_versions

    found = diff_versions(open_here().store, before, after)

    def show(console: Console) -> None:
        from labeling.dataset_terminal import show_diff

        show_diff(found, console)

    say(as_json, found.to_json(), show)


@app.command()
def pull(
    version: VersionArg,
    folder: Annotated[Path, typer.Argument(help="Where to put it.")],
    as_json: Json = False,
) -> None:
    """Copy a dataset version into a folder and verify it; a broken-off pull goes on."""
    from labeling import pipeline

    found = pipeline.pull_dataset(open_here(), version, folder)
    value = {"version": f"{found.name}@{found.folder}", "rows": found.rows, "folder": str(folder)}
    text = f"pulled and verified {value['version']}, {found.rows:,} rows: {folder}"
    say(as_json, value, lambda console: console.print(text, soft_wrap=True))


@app.command()
def verify(
    folder: Annotated[Path, typer.Argument(help="A pulled or published version.")],
    as_json: Json = False,
) -> None:
    """Check every byte of a dataset version against its manifest. Needs no workspace."""
    from labeling.datasets import verify as verify_folder

    found = verify_folder(folder)
    value = {"version": f"{found.name}@{found.folder}", "rows": found.rows, "ok": True}
    text = f"{value['version']} is whole: {len(found.files)} files, {found.rows:,} rows"
    say(as_json, value, lambda console: console.print(text))
