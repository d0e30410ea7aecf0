"""The command that says what drifted, for people and for schedulers."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from labeling.cli.words import (
    CollectionArg,
    EngineOpt,
    Json,
    ResolverOpt,
    SignalArg,
    WorkersOpt,
    app,
    open_here,
    say,
)

if TYPE_CHECKING:
    from rich.console import Console


@app.command()
def watch(
    signal: SignalArg,
    collection: CollectionArg,
    against: Annotated[
        str | None,
        typer.Option(
            "--against",
            metavar="RUN|COLLECTION",
            help="A run's number or another collection; else the last run before the newest pins.",
        ),
    ] = None,
    html: Annotated[Path | None, typer.Option("--html", help="Write it as one page, too.")] = None,
    resolver: ResolverOpt = "auto",
    workers: WorkersOpt = None,
    engine: EngineOpt = None,
    as_json: Json = False,
) -> None:
    """Say what drifted since the newest pins came, and what to do. Exit code 3 for an alarm."""
    from labeling.watching.watch import watch as look

    workspace = open_here(workers=workers, engine=engine)
    found = look(workspace, signal, collection, against=against, resolver=resolver)
    if html is not None:
        from labeling.watching.page import write_watch
        from labeling.watching.recording import read_watches
        from labeling.watching.watch import limits_of

        records = read_watches(workspace.database, signal, collection)
        write_watch(found, limits_of(workspace.settings), html, records)

    def show(console: Console) -> None:
        from labeling.watching.terminal import show_watch

        show_watch(found, console)

    say(as_json, found.to_json(), show)
    raise typer.Exit(found.exit_code)
