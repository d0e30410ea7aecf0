"""What all commands share: the app, its options, opening the workspace, saying the result."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from typing import IO, TYPE_CHECKING, Annotated, Any

import typer

from labeling import __version__
from labeling.cli.panels import Panels

if TYPE_CHECKING:
    from rich.console import Console

    from labeling.workspace import Workspace

app = typer.Typer(
    cls=Panels,
    help="Weak supervision for pins: functions vote, a label model resolves, datasets come out.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode="rich",
)

SignalArg = Annotated[str, typer.Argument(help="A signal's name; see `labeling signals`.")]
CollectionArg = Annotated[str, typer.Argument(help="A collection's name.")]
Json = Annotated[bool, typer.Option("--json", help="Print one JSON object on stdout.")]
ResolverOpt = Annotated[
    str,
    typer.Option(
        "--resolver",
        help="auto, majority, weighted_majority, snorkel, snorkel_robust, dawid_skene, semi_supervised, "
        "logistic, stacked or co_training.",
        show_default=True,
    ),
]
WorkersOpt = Annotated[
    int | None, typer.Option("--workers", min=1, help="Processes; one per core by default.")
]
DeviceOpt = Annotated[str | None, typer.Option(help="auto, cpu, cuda or mps.")]
EngineOpt = Annotated[
    str | None, typer.Option("--engine", help="local, or ray (docs/scale.md).", show_default=False)
]


class State:
    """What the options before the command set."""

    home: str | None = None
    answer: IO[str] | None = None
    """Where the result goes; None: stdout."""


def _version(shown: bool) -> None:
    if shown:
        typer.echo(f"labeling {__version__}")
        raise typer.Exit


@app.callback()
def _options(
    home: Annotated[
        str | None,
        typer.Option(
            "--home", metavar="DIR", envvar="LABELING_HOME", help="The workspace's folder."
        ),
    ] = None,
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Print the version.")
    ] = False,
) -> None:
    State.home = home


def open_here(**overrides: Any) -> Workspace:
    """Return the workspace that the options name, with progress on stderr."""
    from labeling.workspace import open_workspace

    return open_workspace(State.home, progress=True, **overrides)


def keep_stdout() -> None:
    """Let stdout have the result alone: what functions and libraries print, in worker processes, too,
    goes to stderr from here on."""
    State.answer = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)


def say(as_json: bool, value: Any, show: Callable[[Console], None] | str) -> None:
    """Print the result: one JSON object, or what a person reads, a text as it is."""
    if as_json:
        typer.echo(json.dumps(value, ensure_ascii=False, default=str), file=State.answer)
        return
    console = open_console()
    if isinstance(show, str):
        console.print(show, markup=False, soft_wrap=True)
    else:
        show(console)


def open_console() -> Console:
    """Return the terminal, which shows text as it is: `:key:` in a title is no picture."""
    from rich.console import Console

    return Console(highlight=False, emoji=False)
