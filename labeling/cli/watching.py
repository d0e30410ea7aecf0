"""The command that says what drifted, for people and for schedulers."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import Annotated

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
    from labeling.watching.terminal import show_watch
    from labeling.watching.watch import watch as look

    workspace = open_here(workers=workers, engine=engine)
    found = look(workspace, signal, collection, against=against, resolver=resolver)
    if html is not None:
        from labeling.pages import write_page
        from labeling.watching.page import render_watch
        from labeling.watching.recording import read_watches
        from labeling.watching.watch import limits_of

        records = read_watches(workspace.database, signal, collection)
        write_page(render_watch(found, limits_of(workspace.settings), records), html)
    say(as_json, found.to_json(), partial(show_watch, found))
    raise typer.Exit(found.exit_code)
