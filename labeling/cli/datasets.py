"""Commands on dataset versions: list, compare, trace a row, pull, verify."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from labeling.cli.words import Json, app, open_here, say

if TYPE_CHECKING:
    from rich.console import Console

    from labeling.datasets import Manifest


VersionArg = Annotated[str, typer.Argument(help="NAME@v0001, or NAME@latest.")]

datasets_app = typer.Typer(invoke_without_command=True)
app.add_typer(datasets_app, name="datasets")


@datasets_app.callback()
def datasets(context: typer.Context, as_json: Json = False) -> None:
    """List the published dataset versions, newest first; `diff` compares two, `lineage` traces a row."""
    if context.invoked_subcommand is not None:
        return
    from labeling.records import dataset_table

    table = dataset_table(open_here())

    def show(console: Console) -> None:
        for row in table.to_dict("records"):
            version = row["folder"].rsplit("/", 1)[1]
            when = f"{row['created_at']:%Y-%m-%d %H:%M}"
            mark = ", latest" if row["latest"] else ""
            console.print(f"[bold]{row['name']}@{version}[/] {row['rows']:,} rows, {when}{mark}")
        if table.empty:
            console.print("No versions yet; publish one with `labeling run SIGNAL COLLECTION`.")

    say(as_json, {"datasets": table.to_dict("records")}, show)


@datasets_app.command()
def diff(before: VersionArg, after: VersionArg, as_json: Json = False) -> None:
    """Say which rows came in, went out or got another label between two versions."""
    from labeling.dataset_diff import diff_versions
    from labeling.dataset_terminal import show_diff

    found = diff_versions(open_here().store, before, after)
    say(as_json, found.to_json(), partial(show_diff, found))


@datasets_app.command()
def lineage(
    version: VersionArg,
    pin_id: Annotated[str, typer.Argument(help="A pin's id.")],
    as_json: Json = False,
) -> None:
    """Say where a pin's row comes from: votes by their code, resolver, doubts, answers, recipe."""
    from labeling.dataset_lineage import row_lineage
    from labeling.dataset_terminal import show_lineage

    found = row_lineage(open_here(), version, pin_id)
    say(as_json, found.to_json(), partial(show_lineage, found))


@app.command()
def pull(
    version: Annotated[
        str,
        typer.Argument(
            help="NAME@v0001 or NAME@latest of the workspace's store, or of another: "
            "s3://bucket/store/NAME@v0001, https://host/store/NAME@v0001. No workspace is needed then."
        ),
    ],
    folder: Annotated[Path, typer.Argument(help="Where to put it.")],
    as_json: Json = False,
) -> None:
    """Copy a dataset version into a folder and verify it; a broken-off pull goes on at its byte."""
    from labeling.datasets import split_reference

    store, name = split_reference(version)
    if store:
        found = _pull_from(store, name, folder)
    else:
        from labeling import pipeline

        found = pipeline.pull_dataset(open_here(), name, folder)
    value = {"version": found.reference, "rows": found.rows, "folder": str(folder)}
    text = f"pulled and verified {value['version']}, {found.rows:,} rows: {folder}"
    say(as_json, value, text)


def _pull_from(url: str, reference: str, folder: Path) -> Manifest:
    import os

    from labeling.datasets import cache_folder
    from labeling.datasets import pull as pull_version
    from labeling.progress import Progress
    from labeling.shards import Store

    cache = cache_folder(os.environ.get("LABELING_CACHE", ""))
    return pull_version(Store(url), reference, folder, Progress(shown=True), cache=cache)


@app.command()
def verify(
    folder: Annotated[Path, typer.Argument(help="A pulled or published version.")],
    as_json: Json = False,
) -> None:
    """Check every byte of a dataset version against its manifest. Needs no workspace."""
    from labeling.datasets import verify as verify_folder
    from labeling.progress import Progress

    found = verify_folder(folder, Progress(shown=True))
    value = {"version": found.reference, "rows": found.rows, "ok": True}
    text = f"{value['version']} is whole: {len(found.files)} files, {found.rows:,} rows"
    say(as_json, value, text)
