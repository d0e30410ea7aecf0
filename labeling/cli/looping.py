"""The command that does the whole cycle, for schedulers."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from labeling.cli.models import ByOpt, MarginOpt
from labeling.cli.training import EncoderOpt, EpochsOpt, ImageEncoderOpt, ImagesOpt, QuickOpt
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
from labeling.wording import listed

if TYPE_CHECKING:
    from rich.console import Console

NAMED = 6
"""Of what drifted, in one line."""


@app.command()
def loop(
    signal: SignalArg,
    collection: CollectionArg,
    pins: Annotated[
        list[Path] | None,
        typer.Option(help="A file of pins to import first, as `import` does; repeatable."),
    ] = None,
    encoder: EncoderOpt = "minilm",
    image_encoder: ImageEncoderOpt = "none",
    images: ImagesOpt = None,
    quick: QuickOpt = False,
    epochs: EpochsOpt = 5,
    by: ByOpt = None,
    margin: MarginOpt = 0.01,
    resolver: ResolverOpt = "auto",
    workers: WorkersOpt = None,
    engine: EngineOpt = None,
    as_json: Json = False,
) -> None:
    """Do the whole cycle: import, run, watch, train when it pays, promote or not, predict.

    Safe to be killed and started again. Exit code 3 for an alarm of the watch.
    """
    from labeling.looping import loop as cycle
    from labeling.training.training_settings import TrainingSettings

    report = cycle(
        open_here(workers=workers, engine=engine),
        signal,
        collection,
        pins=pins or (),
        settings=TrainingSettings.told(
            text_encoder=encoder, image_encoder=image_encoder, quick=quick, epochs=epochs
        ),
        images=images,
        resolver=resolver,
        by=by or (),
        margin=margin,
    )

    def show(console: Console) -> None:
        new = "published now" if report.is_new else "as before"
        console.print(
            f"[bold]{signal}[/] on {report.pins:,} pins of {collection} ({report.imported:,} new or "
            f"changed): {report.dataset} ({new}), {report.tasks:,} tasks open"
        )
        drifted = f": {listed(report.drifted, NAMED)}" if report.drifted else ""
        console.print(f"watch    {report.verdict}{drifted}", markup=False)
        for action in report.actions:
            console.print(f"         {action}", markup=False)
        console.print(f"train    {report.trained or 'not now'}: {report.training}", markup=False)
        console.print(f"in use   {report.promoted or 'none'}: {report.decision}", markup=False)
        found = [f"{name} {count:,}" for name, count in report.labels.items()]
        none = (
            "nothing: the model in use knows other classes"
            if report.promoted
            else "no model in use"
        )
        found += [f"not sure {report.unlabeled:,}"] if report.predicted else [none]
        console.print(f"predict  {', '.join(found)}", markup=False)
        if report.predicted:
            console.print(f"         {report.predicted}", soft_wrap=True, markup=False)
        if report.hint:
            console.print(f"         {report.hint}", markup=False)

    say(as_json, report.to_json(), show)
    raise typer.Exit(report.exit_code)
