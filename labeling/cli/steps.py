"""Commands on the journey: each step alone, the whole run, its report."""

from __future__ import annotations

from dataclasses import asdict
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

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
def images(
    collection: CollectionArg,
    again: Annotated[
        bool, typer.Option("--again", help="Try images that had a fault once more.")
    ] = False,
    workers: WorkersOpt = None,
    engine: EngineOpt = None,
    as_json: Json = False,
) -> None:
    """Fetch, check and measure the images of a collection, each once."""
    from labeling import pipeline
    from labeling.images.terminal import show_images

    report = pipeline.look_at_images(
        open_here(workers=workers, engine=engine), collection, again=again
    )
    say(as_json, asdict(report) | {"note": report.note}, partial(show_images, report))
    if report.images and not report.seen:
        raise typer.Exit(1)


@app.command()
def embed(
    collection: CollectionArg,
    workers: WorkersOpt = None,
    engine: EngineOpt = None,
    as_json: Json = False,
) -> None:
    """Bring the vectors of a collection up to date."""
    from labeling import pipeline

    report = pipeline.embed(open_here(workers=workers, engine=engine), collection)
    lines = [
        f"{report.pins:,} pins, {part} by {name}: "
        f"{report.shards_embedded[part]} of {report.shards} shards anew"
        for part, name in report.encoders.items()
    ]
    say(as_json, asdict(report), "\n".join(lines))


@app.command()
def vote(
    signal: SignalArg,
    collection: CollectionArg,
    workers: WorkersOpt = None,
    engine: EngineOpt = None,
    as_json: Json = False,
) -> None:
    """Bring the votes of all functions up to date; only what changed is voted anew."""
    from labeling import pipeline

    report = pipeline.vote(open_here(workers=workers, engine=engine), signal, collection)

    def show(console: Console) -> None:
        anew = sum(report.columns_voted.values())
        console.print(f"{report.functions} functions; {anew} of {report.columns} columns anew")
        for name, why in report.row_by_row.items():
            console.print(f"  {name} is searched pin by pin: {why}", markup=False)
        for fault in report.faults:
            aside = ", set aside" if fault.set_aside else ""
            pin_id, message = fault.examples[0]
            console.print(
                f"  {fault.function}: {fault.count:,} faults ({fault.share:.1%}){aside}; "
                f"{pin_id}: {message}",
                markup=False,
            )

    say(as_json, asdict(report), show)


@app.command()
def resolve(
    signal: SignalArg,
    collection: CollectionArg,
    resolver: ResolverOpt = "auto",
    workers: WorkersOpt = None,
    engine: EngineOpt = None,
    as_json: Json = False,
) -> None:
    """Bring the soft labels up to date."""
    from labeling import pipeline
    from labeling.report import plain

    workspace = open_here(workers=workers, engine=engine)
    found = pipeline.resolve(workspace, signal, collection, resolver=resolver)
    value = {
        "resolver": found.resolver,
        "reason": found.reason,
        "resolvers": plain(found.compared),
        "functions": [function.name for function in found.functions],
        "soft_labels": workspace.store.path(found.folder),
    }
    text = f"resolved by {found.resolver} ({found.reason}): {value['soft_labels']}"
    say(as_json, value, text)


@app.command()
def doubt(
    signal: SignalArg,
    collection: CollectionArg,
    resolver: ResolverOpt = "auto",
    as_json: Json = False,
) -> None:
    """Find doubtful labels, outliers and near-duplicates."""
    from labeling import pipeline

    _, summary = pipeline.doubt(open_here(), signal, collection, resolver=resolver)
    text = (
        f"suspected label noise {summary.label_issues:,}, outliers {summary.outliers:,}, "
        f"near-duplicates {summary.near_duplicates:,} in {summary.groups:,} groups"
    )
    say(as_json, asdict(summary), text)


@app.command()
def enqueue(
    signal: SignalArg,
    collection: CollectionArg,
    resolver: ResolverOpt = "auto",
    as_json: Json = False,
) -> None:
    """Make the most informative pins the open review tasks."""
    from labeling import pipeline

    report = pipeline.enqueue(open_here(), signal, collection, resolver=resolver)
    text = f"{report.tasks:,} open tasks: {report.added:,} added, {report.withdrawn:,} withdrawn"
    say(as_json, asdict(report), text)


@app.command()
def publish(
    signal: SignalArg,
    collection: CollectionArg,
    resolver: ResolverOpt = "auto",
    recipe: Annotated[
        Path | None,
        typer.Option("--recipe", help="A TOML file; without it, \\[recipe] in labeling.toml."),
    ] = None,
    as_json: Json = False,
) -> None:
    """Publish an immutable dataset version, or find the one with the same content."""
    from labeling import pipeline
    from labeling.dataset_card import on_images
    from labeling.recipes import read_recipe

    workspace = open_here()
    given = None if recipe is None else read_recipe(recipe)
    found = pipeline.publish(workspace, signal, collection, resolver=resolver, recipe=given)
    value = pipeline.describe_publication(workspace, found)
    verb = "published" if found.is_new else "already published:"
    text = f"{verb} {value['name']}@{value['version']}, {value['rows']:,} rows: {value['path']}"
    if images := on_images(found.manifest):
        text += f"\n{images}"
    say(as_json, value, text)


@app.command()
def run(
    signal: SignalArg,
    collection: CollectionArg,
    resolver: ResolverOpt = "auto",
    workers: WorkersOpt = None,
    engine: EngineOpt = None,
    as_json: Json = False,
) -> None:
    """Do the whole journey: agree, images, embed, vote, resolve, doubt, enqueue, publish, report."""
    from labeling import pipeline
    from labeling.report_terminal import show_report

    report = pipeline.run(
        open_here(workers=workers, engine=engine), signal, collection, resolver=resolver
    )
    say(as_json, report.to_json(), partial(show_report, report))


@app.command("map")
def map_(
    signal: SignalArg,
    collection: CollectionArg,
    on: Annotated[
        Literal["text", "image", "both"], typer.Option("--on", help="What is compared.")
    ] = "both",
    pins: Annotated[int, typer.Option("--pins", min=1, help="Points; a sample where more.")] = 3000,
    html: Annotated[Path | None, typer.Option("--html", help="Write it as one HTML file.")] = None,
    resolver: ResolverOpt = "auto",
    as_json: Json = False,
) -> None:
    """Draw a map of a collection, coloured by what is known of its pins."""
    from labeling import pipeline
    from labeling.map_html import write_map

    workspace = open_here()
    found = pipeline.map_pins(workspace, signal, collection, on=on, pins=pins, resolver=resolver)
    value = {
        "signal": signal,
        "collection": collection,
        "encoders": {encoder.reads: encoder.name for encoder in found.pin_map.encoders},
        "pins": found.pin_map.collection.pins,
        "points": len(found.points),
        "path": workspace.store.path(found.pin_map.key),
    }
    if html is not None:
        write_map(workspace.store, found.pin_map, found.sources, found.points, html)
        value["html"] = str(html)
    text = f"{value['points']:,} of {value['pins']:,} pins: {value.get('html', value['path'])}"
    say(as_json, value, text)


@app.command()
def review(
    port: Annotated[int, typer.Option(min=1, max=65535, help="Port on this machine.")] = 8501,
    host: Annotated[
        str, typer.Option(help="Address to listen on; others than this machine's need sign-in.")
    ] = "127.0.0.1",
    name: Annotated[
        list[str] | None,
        typer.Option("--name", help="A host name that browsers call it by; may be repeated."),
    ] = None,
) -> None:
    """Open the web app: review, reports, datasets. For this machine alone, unless people sign in."""
    import os
    import subprocess
    import sys

    from labeling.webapp import app_command

    workspace = open_here()
    command = app_command(port, host, home=workspace.home, names=tuple(name or ()))
    typer.echo(f"http://{f'[{host}]' if ':' in host else host}:{port}", err=True)
    environment = os.environ | {"LABELING_HOME": str(workspace.home)}
    sys.exit(subprocess.run(command, env=environment, check=False).returncode)


@app.command()
def report(
    signal: SignalArg,
    collection: CollectionArg,
    html: Annotated[Path | None, typer.Option("--html", help="Write it as one HTML file.")] = None,
    as_json: Json = False,
) -> None:
    """Show the report of the last run again, or write it as a page with plots."""
    from labeling.records import last_report

    workspace = open_here()
    found = last_report(workspace, signal, collection)
    if html is not None:
        from labeling.map_points import PinMap
        from labeling.mapping import draw_if_cheap
        from labeling.pages import write_page
        from labeling.report_html import render_html
        from labeling.report_pictures import read_pictures

        draw_if_cheap(workspace, PinMap.of(workspace, collection))
        write_page(render_html(found, read_pictures(workspace, found)), html)

    def show(console: Console) -> None:
        from labeling.report_terminal import show_report

        if html is not None:
            console.print(f"wrote {html}", markup=False, soft_wrap=True)
        else:
            show_report(found, console)

    say(as_json, found.to_json() | ({"html": str(html)} if html else {}), show)
