"""The commands on models: list, evaluate, compare, promote."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import Annotated, Literal

import typer

from labeling.cli.words import CollectionArg, DeviceOpt, Json, app, open_here, say
from labeling.errors import ModelError

ModelArg = Annotated[str, typer.Argument(help="A model's folder, NAME@v0001, or NAME@promoted.")]
OnOpt = Annotated[
    Literal["gold", "reference", "auto"],
    typer.Option(help="auto: gold where there are 30 pins with it at least, else reference."),
]
SplitOpt = Annotated[
    str, typer.Option(help="Of reference labels: test, valid, or all for pins of any split.")
]
ByOpt = Annotated[
    list[str] | None,
    typer.Option(
        help="Slice by a column, domain, language, length, function:NAME, or functions; repeatable. By "
        "default board, domain, language and length."
    ),
]
MarginOpt = Annotated[
    float, typer.Option(help="Accuracy that a model without a gain may turn out to lose.")
]


@app.command()
def models(as_json: Json = False) -> None:
    """List the registered models: what they were trained on, how good they are, which is in use."""
    from labeling.models.table import list_models
    from labeling.models.terminal import show_models

    found = list_models(open_here())
    say(as_json, {"models": [one.to_json() for one in found]}, partial(show_models, found))


@app.command()
def evaluate(
    model: ModelArg,
    collection: CollectionArg,
    on: OnOpt = "auto",
    split: SplitOpt = "test",
    precision: Annotated[
        float,
        typer.Option(min=0.01, max=0.999, help="That each class's threshold is to reach."),
    ] = 0.9,
    by: ByOpt = None,
    html: Annotated[Path | None, typer.Option(help="Write it as one page, too.")] = None,
    device: DeviceOpt = None,
    as_json: Json = False,
) -> None:
    """Say how good a model is on pins that did not make it: scores, calibration, thresholds, slices."""
    from labeling.models.evaluating import evaluate_model
    from labeling.models.terminal import show_evaluation

    found = evaluate_model(
        open_here(device=device),
        model,
        collection,
        on=on,
        split=split,
        precision=precision,
        by=by or (),
    )
    if html is not None:
        from labeling.models.page import render_evaluation
        from labeling.pages import write_page

        write_page(render_evaluation(found.to_json()), html)
    say(as_json, found.to_json(), partial(show_evaluation, found))


@app.command()
def compare(
    before: Annotated[str, typer.Argument(help="The model to compare with.")],
    after: Annotated[str, typer.Argument(help="The model that may be better.")],
    collection: CollectionArg,
    on: OnOpt = "auto",
    split: SplitOpt = "test",
    by: ByOpt = None,
    device: DeviceOpt = None,
    as_json: Json = False,
) -> None:
    """Say what the second of two models gains over the first, on the same pins and slice by slice."""
    from labeling.models.evaluating import compare_models
    from labeling.models.terminal import show_comparison

    workspace = open_here(device=device)
    found = compare_models(workspace, before, after, collection, on=on, split=split, by=by or ())
    say(as_json, found.to_json(), partial(show_comparison, found))


@app.command()
def promote(
    model: ModelArg,
    collection: CollectionArg,
    on: OnOpt = "auto",
    split: SplitOpt = "test",
    by: ByOpt = None,
    margin: MarginOpt = 0.01,
    precision: Annotated[
        float | None,
        typer.Option(
            min=0.01,
            max=0.999,
            help="That thresholds are to reach; that of the evaluation before, else 0.9.",
        ),
    ] = None,
    device: DeviceOpt = None,
    as_json: Json = False,
) -> None:
    """Put a model in use as NAME@promoted, unless it is worse than the one in use or on a slice."""
    from labeling.models.promoting import promote as decide_on

    found = decide_on(
        open_here(device=device),
        model,
        collection,
        on=on,
        split=split,
        by=by or (),
        margin=margin,
        precision=precision,
    )
    if not found.promoted and not as_json:
        raise ModelError(f"Not promoted: {found.why}")
    say(as_json, found.to_json(), lambda console: console.print(f"[green]promoted[/]: {found.why}"))
    if not found.promoted:
        typer.secho(f"error: Not promoted: {found.why}", fg="red", err=True)
        raise typer.Exit(1)
