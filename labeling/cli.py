"""The command line: words, and nothing else. Heavy imports live in the commands that need them."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from labeling import __version__
from labeling.errors import LabelingError

if TYPE_CHECKING:
    from rich.console import Console

    from labeling.workspace import Workspace

app = typer.Typer(
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
    str, typer.Option("--resolver", help="auto, snorkel or majority.", show_default=True)
]
WorkersOpt = Annotated[
    int | None, typer.Option("--workers", min=1, help="Processes; one per core by default.")
]


class _State:
    home: str | None = None


def _version(shown: bool) -> None:
    if shown:
        typer.echo(f"labeling {__version__}")
        raise typer.Exit


@app.callback()
def _options(
    home: Annotated[
        str | None, typer.Option("--home", metavar="DIR", help="The workspace's folder.")
    ] = None,
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Print the version.")
    ] = False,
) -> None:
    _State.home = home


def main() -> None:
    """Run the command line. A known failure is one sentence on stderr and exit code 1."""
    try:
        app()
    except LabelingError as error:
        typer.secho(f"error: {error}", fg="red", err=True)
        sys.exit(1)
    except KeyboardInterrupt:
        typer.secho("interrupted; what was finished is kept, run it again to go on.", err=True)
        sys.exit(130)


def _workspace(**overrides: Any) -> Workspace:
    from labeling.workspace import open_workspace

    return open_workspace(_State.home, progress=True, **overrides)


def _say(as_json: bool, value: Any, show: Callable[[Console], None]) -> None:
    """Print the result: one JSON object, or what a person reads."""
    if as_json:
        typer.echo(json.dumps(value, ensure_ascii=False, default=str))
        return
    from rich.console import Console

    show(Console(highlight=False))


@app.command()
def init(as_json: Json = False) -> None:
    """Make a workspace: labeling.toml, database, store. Safe to repeat."""
    from labeling.workspace import init_workspace

    workspace = init_workspace(_State.home or ".", progress=True)
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

    _say(as_json, value, show)


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


@app.command("import")
def import_(
    collection: CollectionArg,
    path: Annotated[Path, typer.Argument(help="A file or folder of pins.")],
    format: Annotated[
        str, typer.Option(help="auto, csv, parquet, jsonl, wrench or images.")
    ] = "auto",
    map: Annotated[
        list[str] | None, typer.Option("--map", help="FIELD=COLUMN; may be repeated.")
    ] = None,
    split: Annotated[str | None, typer.Option(help="train, valid or test, for all rows.")] = None,
    encoding: Annotated[str, typer.Option(help="Text encoding of a CSV or JSONL file.")] = "utf-8",
    as_json: Json = False,
) -> None:
    """Import pins: new and changed ones are added, what cannot be a pin is listed."""
    from labeling.pipeline import import_collection

    report = import_collection(
        _workspace(),
        collection,
        path,
        format=format,
        columns=_pairs(map or []),
        split=split,
        encoding=encoding,
    )

    def show(console: Console) -> None:
        console.print(
            f"[bold]{report.collection}[/] (revision {report.revision}): {report.pins:,} pins; "
            f"of {report.rows:,} rows {report.new:,} new, {report.changed:,} changed, "
            f"{report.unchanged:,} unchanged, {report.rejected:,} rejected"
        )
        read = ", ".join(f"{field} from {column}" for field, column in report.columns.items())
        console.print(f"  [dim]{read}[/]")
        for reason, count in list(report.reasons.items())[:10]:
            console.print(f"  [yellow]rejected[/] {count:,}: {reason}", markup=True)
        if report.rejected_file:
            console.print(f"  all of them: {report.rejected_file}", soft_wrap=True)

    _say(as_json, asdict(report), show)


@app.command()
def signals(as_json: Json = False) -> None:
    """List the signals with their classes and number of functions."""
    workspace = _workspace()
    rows: list[dict[str, Any]] = []
    for name in workspace.signals():
        try:
            signal = workspace.signal(name)
        except LabelingError as error:  # one broken signal must not hide the others
            rows.append({"signal": name, "error": str(error)})
        else:
            rows.append({"signal": name, "classes": list(signal.classes), "functions": len(signal)})

    def show(console: Console) -> None:
        for row in rows:
            if "error" in row:
                console.print(f"[bold]{row['signal']}[/] [red]{row['error']}[/]")
            else:
                classes = ", ".join(row["classes"])
                console.print(f"[bold]{row['signal']}[/] {row['functions']} functions: {classes}")
        if not rows:
            console.print("No signals yet; make a folder in labeling_functions/.")

    _say(as_json, {"signals": rows}, show)


@app.command()
def functions(signal: SignalArg, collection: CollectionArg, as_json: Json = False) -> None:
    """Show what each function does: coverage, overlap, conflict, accuracy, learned weight."""
    from labeling import pipeline
    from labeling.report import plain

    table = pipeline.function_table(_workspace(), signal, collection)

    def show(console: Console) -> None:
        from labeling.report_terminal import frame_table

        console.print(frame_table(table))

    _say(as_json, {"functions": plain(table.to_dict("records"))}, show)


@app.command()
def embed(collection: CollectionArg, as_json: Json = False) -> None:
    """Bring the vectors of a collection up to date."""
    from labeling import pipeline

    report = pipeline.embed(_workspace(), collection)
    text = (
        f"{report.pins:,} pins embedded by {report.encoder}; "
        f"{report.shards_embedded} of {report.shards} shards anew"
    )
    _say(as_json, asdict(report), lambda console: console.print(text))


@app.command()
def vote(
    signal: SignalArg, collection: CollectionArg, workers: WorkersOpt = None, as_json: Json = False
) -> None:
    """Bring the votes of all functions up to date; only what changed is voted anew."""
    from labeling import pipeline

    report = pipeline.vote(_workspace(workers=workers), signal, collection)

    def show(console: Console) -> None:
        anew = sum(report.columns_voted.values())
        console.print(f"{report.functions} functions; {anew} of {report.columns} columns anew")
        for fault in report.faults:
            aside = ", set aside" if fault.set_aside else ""
            pin_id, message = fault.examples[0]
            console.print(
                f"  {fault.function}: {fault.count:,} faults ({fault.share:.1%}){aside}; "
                f"{pin_id}: {message}",
                markup=False,
            )

    _say(as_json, asdict(report), show)


@app.command()
def resolve(
    signal: SignalArg,
    collection: CollectionArg,
    resolver: ResolverOpt = "auto",
    workers: WorkersOpt = None,
    as_json: Json = False,
) -> None:
    """Bring the soft labels up to date."""
    from labeling import pipeline

    workspace = _workspace(workers=workers)
    found = pipeline.resolve(workspace, signal, collection, resolver=resolver)
    value = {
        "resolver": found.resolver,
        "reason": found.reason,
        "functions": [function.name for function in found.functions],
        "soft_labels": workspace.store.path(found.folder),
    }
    text = f"resolved by {found.resolver} ({found.reason}): {value['soft_labels']}"
    _say(as_json, value, lambda console: console.print(text, soft_wrap=True))


@app.command()
def doubt(
    signal: SignalArg,
    collection: CollectionArg,
    resolver: ResolverOpt = "auto",
    as_json: Json = False,
) -> None:
    """Find doubtful labels, outliers and near-duplicates."""
    from labeling import pipeline

    _, summary = pipeline.doubt(_workspace(), signal, collection, resolver=resolver)
    text = (
        f"suspected label noise {summary.label_issues:,}, outliers {summary.outliers:,}, "
        f"near-duplicates {summary.near_duplicates:,} in {summary.groups:,} groups"
    )
    _say(as_json, asdict(summary), lambda console: console.print(text))


@app.command()
def enqueue(
    signal: SignalArg,
    collection: CollectionArg,
    resolver: ResolverOpt = "auto",
    as_json: Json = False,
) -> None:
    """Make the most informative pins the open review tasks."""
    from labeling import pipeline

    report = pipeline.enqueue(_workspace(), signal, collection, resolver=resolver)
    text = f"{report.tasks:,} open tasks: {report.added:,} added, {report.withdrawn:,} withdrawn"
    _say(as_json, asdict(report), lambda console: console.print(text))


@app.command()
def publish(
    signal: SignalArg,
    collection: CollectionArg,
    resolver: ResolverOpt = "auto",
    as_json: Json = False,
) -> None:
    """Publish an immutable dataset version, or find the one with the same content."""
    from labeling import pipeline

    workspace = _workspace()
    found = pipeline.publish(workspace, signal, collection, resolver=resolver)
    value = pipeline.describe_publication(workspace, found)
    verb = "published" if found.is_new else "already published:"
    text = f"{verb} {value['name']}@{value['version']}, {value['rows']:,} rows: {value['path']}"
    _say(as_json, value, lambda console: console.print(text, soft_wrap=True))


@app.command()
def run(
    signal: SignalArg,
    collection: CollectionArg,
    resolver: ResolverOpt = "auto",
    workers: WorkersOpt = None,
    as_json: Json = False,
) -> None:
    """Do the whole journey: embed, vote, resolve, doubt, enqueue, publish; then report."""
    from labeling import pipeline

    report = pipeline.run(_workspace(workers=workers), signal, collection, resolver=resolver)

    def show(console: Console) -> None:
        from labeling.report_terminal import show_report

        show_report(report, console)

    _say(as_json, report.to_json(), show)


@app.command()
def report(
    signal: SignalArg,
    collection: CollectionArg,
    html: Annotated[Path | None, typer.Option("--html", help="Write it as one HTML file.")] = None,
    as_json: Json = False,
) -> None:
    """Show the report of the last run again, or write it as a page with plots."""
    from labeling import pipeline

    found = pipeline.last_report(_workspace(), signal, collection)
    if html is not None:
        from labeling.report_html import write_html

        write_html(found, html)

    def show(console: Console) -> None:
        from labeling.report_terminal import show_report

        if html is not None:
            console.print(f"wrote {html}", soft_wrap=True)
        else:
            show_report(found, console)

    _say(as_json, found.to_json() | ({"html": str(html)} if html else {}), show)


@app.command()
def datasets(as_json: Json = False) -> None:
    """List the published dataset versions, newest first."""
    from labeling import pipeline

    table = pipeline.dataset_table(_workspace())

    def show(console: Console) -> None:
        for row in table.to_dict("records"):
            version = row["folder"].rsplit("/", 1)[1]
            when = f"{row['created_at']:%Y-%m-%d %H:%M}"
            console.print(f"[bold]{row['name']}@{version}[/] {row['rows']:,} rows, {when}")
        if table.empty:
            console.print("No versions yet; publish one with `labeling run SIGNAL COLLECTION`.")

    _say(as_json, {"datasets": table.to_dict("records")}, show)


@app.command()
def pull(
    version: Annotated[str, typer.Argument(help="NAME@v0001, or NAME@latest.")],
    folder: Annotated[Path, typer.Argument(help="Where to put it.")],
    as_json: Json = False,
) -> None:
    """Copy a dataset version into a folder and verify it; a broken-off pull goes on."""
    from labeling import pipeline

    found = pipeline.pull_dataset(_workspace(), version, folder)
    value = {"version": f"{found.name}@{found.folder}", "rows": found.rows, "folder": str(folder)}
    text = f"pulled and verified {value['version']}, {found.rows:,} rows: {folder}"
    _say(as_json, value, lambda console: console.print(text, soft_wrap=True))


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
    _say(as_json, value, lambda console: console.print(text))


@app.command()
def doctor(as_json: Json = False) -> None:
    """Say what of this workspace works, and what to do where something does not."""
    from labeling.doctor import examine

    checks = examine(_State.home)
    broken = [check for check in checks if not check.ok]

    def show(console: Console) -> None:
        for check in checks:
            mark = "[green]ok[/]  " if check.ok else "[red]FAIL[/]"
            console.print(f"{mark} {check.name:<10}", end=" ")
            console.print(check.says, markup=False, soft_wrap=True)

    _say(as_json, {"ok": not broken, "checks": [asdict(check) for check in checks]}, show)
    if broken:
        raise typer.Exit(1)
