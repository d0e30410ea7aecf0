"""Commands on Label Studio: send the open tasks there, bring the answers back."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated

import typer

from labeling.cli.words import Json, SignalArg, app, open_here, say

if TYPE_CHECKING:
    from rich.console import Console

    from labeling.label_studio.pulling import PullReport
    from labeling.label_studio.server import Server
    from labeling.workspace import Workspace

label_studio = typer.Typer(
    no_args_is_help=True, help="Work on the review queue in Label Studio: push, pull, watch."
)
app.add_typer(label_studio, name="label-studio")

OnlyArg = Annotated[
    str | None,
    typer.Argument(metavar="[COLLECTION]", help="Where the signal has tasks in several."),
]
UrlOpt = Annotated[
    str | None,
    typer.Option("--url", help="Of the server; else the setting label_studio_url."),
]
TokenOpt = Annotated[
    str | None,
    typer.Option("--token", help="Of your account; else LABELING_LABEL_STUDIO_TOKEN."),
]


@label_studio.command()
def push(
    signal: SignalArg,
    collection: OnlyArg = None,
    url: UrlOpt = None,
    token: TokenOpt = None,
    back: Annotated[
        bool, typer.Option("--back", help="Pull, then take the unanswered tasks back to the app.")
    ] = False,
    lost: Annotated[
        bool, typer.Option("--lost", help="With --back: the server is lost, do not ask it.")
    ] = False,
    as_json: Json = False,
) -> None:
    """Bring a project there to the open tasks, with pre-annotations; safe to repeat."""
    from labeling.label_studio.projects import which_collection
    from labeling.label_studio.pushing import push as push_tasks

    workspace = open_here()
    collection = which_collection(workspace.database, signal, collection)
    if back or lost:
        _take_back(workspace, None if lost else (url, token), signal, collection, as_json)
        return
    report = push_tasks(workspace, _server(workspace, url, token), signal, collection)

    def show(console: Console) -> None:
        console.print(
            f"{report.tasks:,} tasks at {report.page}: {report.sent:,} sent, {report.withdrawn:,} "
            f"withdrawn, {report.duplicates:,} duplicates removed, {report.predictions:,} "
            "pre-annotations renewed",
            soft_wrap=True,
        )
        if report.gone:
            console.print(f"  {report.gone:,} pins are not in the collection any more")
        if report.foreign:
            console.print(f"  {report.foreign:,} tasks there are not ours and left alone")

    say(as_json, asdict(report), show)


@label_studio.command()
def pull(
    signal: SignalArg,
    collection: OnlyArg = None,
    url: UrlOpt = None,
    token: TokenOpt = None,
    as_json: Json = False,
) -> None:
    """Bring the answers back, each once; edits and deletions are followed."""
    from labeling.label_studio.projects import which_collection
    from labeling.label_studio.pulling import pull as pull_answers

    workspace = open_here()
    collection = which_collection(workspace.database, signal, collection)
    report = pull_answers(workspace, _server(workspace, url, token), signal, collection)
    say(as_json, asdict(report), lambda console: _show_pull(report, console))


@label_studio.command()
def watch(
    signal: SignalArg,
    collection: OnlyArg = None,
    url: UrlOpt = None,
    token: TokenOpt = None,
    every: Annotated[
        float, typer.Option("--every", min=0.5, help="Seconds between two questions.")
    ] = 5.0,
    once: Annotated[bool, typer.Option("--once", help="Ask once and end.")] = False,
    as_json: Json = False,
) -> None:
    """Bring answers back as they are given, until Ctrl-C; then say what came in."""
    from labeling.label_studio.projects import which_collection
    from labeling.label_studio.watching import Watched
    from labeling.label_studio.watching import watch as watch_project

    workspace = open_here()
    collection = which_collection(workspace.database, signal, collection)
    server = _server(workspace, url, token)
    watched = Watched()
    try:
        for report in watch_project(workspace, server, signal, collection, watched, every=every):
            typer.echo(_line(report), err=True)
            if once:
                break
    except KeyboardInterrupt:
        typer.echo("", err=True)
    value = asdict(watched) | {"signal": signal, "collection": collection}

    def show(console: Console) -> None:
        came = (
            ", ".join(f"{count:,} {what}" for what, count in watched.new.items()) or "nothing new"
        )
        console.print(
            f"asked {watched.polls:,} times ({watched.missed:,} without an answer): {came}, "
            f"{watched.undone:,} taken back"
        )

    say(as_json, value, show)


def _server(workspace: Workspace, url: str | None, token: str | None) -> Server:
    from labeling.label_studio.server import Server

    settings = workspace.settings
    return Server(
        url or settings.label_studio_url,
        token or settings.label_studio_token.get_secret_value(),
    )


def _take_back(
    workspace: Workspace,
    access: tuple[str | None, str | None] | None,
    signal: str,
    collection: str,
    as_json: bool,
) -> None:
    from labeling.label_studio.pushing import take_back

    server = None if access is None else _server(workspace, *access)
    report = take_back(workspace, server, signal, collection)

    def show(console: Console) -> None:
        if report.pulled is not None:
            _show_pull(report.pulled, console)
        console.print(f"{report.slots:,} unanswered slots are the app's again")

    say(as_json, asdict(report), show)


def _line(report: PullReport) -> str:
    new = ", ".join(f"{count:,} {what}" for what, count in report.new.items()) or "nothing new"
    return (
        f"{report.annotations:,} annotations at {report.page}: {new}, {report.undone:,} taken back"
    )


def _show_pull(report: PullReport, console: Console) -> None:
    console.print(_line(report), soft_wrap=True, markup=False)
    for sentence in report.not_taken:
        console.print(f"  not taken: {sentence}", style="yellow", markup=False, soft_wrap=True)
    if report.foreign:
        console.print(f"  {report.foreign:,} annotations on tasks that are not ours")
