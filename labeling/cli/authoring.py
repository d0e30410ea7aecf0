"""Commands for the author of functions: functions, try, suggest."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from labeling.cli.words import CollectionArg, Json, SignalArg, app, open_console, open_here, say
from labeling.errors import LabelingError

if TYPE_CHECKING:
    from rich.console import Console

    from labeling.authoring.trial import Trial
    from labeling.workspace import Workspace

FunctionArg = Annotated[str, typer.Argument(help="A function of the signal.")]


@app.command()
def functions(
    signal: SignalArg,
    collection: CollectionArg,
    without: Annotated[
        bool | None,
        typer.Option(
            "--without/--no-without",
            help="Resolve again without each function; by default where there are at most 40.",
        ),
    ] = None,
    sort: Annotated[
        str,
        typer.Option(help="written, coverage, overlap, conflict, accuracy, weight, loss or name."),
    ] = "written",
    as_json: Json = False,
) -> None:
    """Show what each function does: coverage, accuracy, learned weight, what it adds."""
    from labeling.authoring.function_report import report_functions
    from labeling.functions_terminal import show_functions

    report = report_functions(open_here(), signal, collection, without=without, sort=sort)
    say(as_json, report.to_json(), partial(show_functions, report))


@app.command(name="try")
def try_(
    signal: SignalArg,
    function: FunctionArg,
    collection: CollectionArg,
    limit: Annotated[int, typer.Option(min=0, help="Pins to show of each kind.")] = 4,
    split: Annotated[str | None, typer.Option(help="Only pins of train, valid or test.")] = None,
    html: Annotated[
        Path | None, typer.Option("--html", help="Write a page with more pins to this file.")
    ] = None,
    watch: Annotated[
        bool, typer.Option("--watch", help="Again at every save of a function, until Ctrl-C.")
    ] = False,
    as_json: Json = False,
) -> None:
    """Try one function: where it votes, alone or against others, and what an edit changed."""
    from labeling.authoring.trying import try_function

    if watch and as_json:
        raise LabelingError("--watch redraws the terminal and --json is one answer; use one.")
    workspace = open_here()
    most = max(limit, 40) if html else limit

    def once() -> Trial:
        trial = try_function(workspace, signal, function, collection, limit=most, split=split)
        if html is not None:
            from labeling.authoring.trial_html import render_trial
            from labeling.pages import write_page

            write_page(render_trial(trial), html)
        return trial.with_at_most(limit)

    if watch:
        _watch(workspace, once, html)
        return
    trial = once()
    value = trial.to_json() | ({"html": str(html)} if html else {})
    say(as_json, value, lambda console: _show(trial, html, console))


def _show(trial: Trial, html: Path | None, console: Console) -> None:
    from labeling.authoring.trial_terminal import show_trial

    show_trial(trial, console)
    if html is not None:
        console.print(f"wrote {html}", markup=False, soft_wrap=True)


def _watch(workspace: Workspace, once: Callable[[], Trial], html: Path | None) -> None:
    from rich.text import Text

    from labeling.authoring.watching import on_every_save

    console = open_console()

    def redo() -> None:
        try:
            trial = once()
        except LabelingError as error:  # half an edit: the next save may be whole
            console.clear()
            console.print(Text(f"error: {error}", "red"), soft_wrap=True)
        else:
            console.clear()
            _show(trial, html, console)
        console.print("[dim]watching; Ctrl-C ends[/]")

    on_every_save(workspace.settings.functions_folder, redo)


@app.command()
def suggest(
    signal: SignalArg,
    collection: CollectionArg,
    class_name: Annotated[
        str | None, typer.Option("--class", help="Only words for this class.")
    ] = None,
    limit: Annotated[int, typer.Option(min=1, help="At most so many words.")] = 20,
    as_json: Json = False,
) -> None:
    """Suggest new keyword functions from labels of training pins, with estimated precision."""
    from labeling.authoring.suggestions import suggest as find
    from labeling.authoring.suggestions_terminal import show_suggestions

    found = find(open_here(), signal, collection, class_name=class_name, limit=limit)
    say(as_json, found.to_json(), partial(show_suggestions, found))
