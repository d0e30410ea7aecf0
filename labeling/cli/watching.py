"""The command that says what drifted, for people and for schedulers."""

from __future__ import annotations

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
    resolver: ResolverOpt = "auto",
    workers: WorkersOpt = None,
    engine: EngineOpt = None,
    as_json: Json = False,
) -> None:
    """Say what drifted since the newest pins came, and what to do. Exit code 3 for an alarm."""
    from labeling.watching.watch import watch as look

    workspace = open_here(workers=workers, engine=engine)
    found = look(workspace, signal, collection, against=against, resolver=resolver)

    def show(console: Console) -> None:
        from labeling.watching.terminal import show_watch

        show_watch(found, console)

    say(as_json, found.to_json(), show)
    raise typer.Exit(found.exit_code)
