"""The commands of models: train one on a published version, predict with it on a collection."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from labeling.cli.words import (
    CollectionArg,
    DeviceOpt,
    EngineOpt,
    Json,
    WorkersOpt,
    app,
    open_here,
    say,
)
from labeling.errors import ContractError

if TYPE_CHECKING:
    from rich.console import Console


EncoderOpt = Annotated[
    str, typer.Option(help="Text encoder: minilm, a model's name or folder, or none.")
]
ImageEncoderOpt = Annotated[
    str, typer.Option(help="Image encoder: a CLIP-type model's name or folder, or none.")
]
QuickOpt = Annotated[
    bool, typer.Option("--quick", help="A linear head on the frozen encoders alone.")
]
ImagesOpt = Annotated[Path | None, typer.Option(help="Where relative paths of images start.")]
EpochsOpt = Annotated[int, typer.Option(min=1, help="At most; it stops when none helps.")]


@app.command()
def train(
    version: Annotated[str, typer.Argument(help="NAME@v0001; @latest is refused.")],
    model: Annotated[
        Path | None,
        typer.Argument(help="A new folder for the model; without it, it is registered."),
    ] = None,
    encoder: EncoderOpt = "minilm",
    image_encoder: ImageEncoderOpt = "none",
    words: Annotated[
        bool, typer.Option(help="A linear model of words beside the encoder, where it helps.")
    ] = True,
    quick: QuickOpt = False,
    epochs: EpochsOpt = 5,
    batch_size: Annotated[int, typer.Option(min=1, help="Rows per step.")] = 32,
    learning_rate: Annotated[float, typer.Option(min=0.0, help="Of the encoders.")] = 5e-5,
    label_temperature: Annotated[
        float,
        typer.Option(help="Below 1, weak labels are taken for surer than they are, e.g. 0.4."),
    ] = 1.0,
    seed: Annotated[int, typer.Option(help="Of the order of rows and of dropout.")] = 0,
    device: Annotated[str, typer.Option(help="auto, cpu, cuda or mps.")] = "auto",
    images: ImagesOpt = None,
    as_json: Json = False,
) -> None:
    """Train a model on a version: fine-tuned, calibrated, and better than the frozen encoder."""
    from labeling.models.training import train_model, train_registered
    from labeling.training.training_settings import TrainingSettings

    settings = TrainingSettings.told(
        text_encoder=encoder,
        image_encoder=image_encoder,
        words=words,
        quick=quick,
        epochs=epochs,
        batch_size=batch_size,
        learning_rate=learning_rate,
        label_temperature=label_temperature,
        seed=seed,
        device=device,
    )
    if model is None:
        trained = train_registered(open_here(), version, settings, images=images)
        report, reference = trained.report, trained.registered.reference
        value = report.to_json() | {"folder": trained.registered.folder}
    else:
        report = train_model(open_here(), version, model, settings, images=images)
        reference = str(model)
        value = report.to_json()

    def show(console: Console) -> None:
        told = report.model
        seen = "" if report.images is None else f", {report.images:.1%} with an image"
        console.print(
            f"[bold]{reference}[/], trained on {report.version}, {report.rows:,} rows{seen}"
        )
        console.print(
            f"on {told.rows:,} validation rows ({report.judged_on}): accuracy {told.accuracy:.3f} "
            f"(frozen encoder {report.frozen.accuracy:.3f}), macro F1 {told.macro_f1:.3f}"
        )

    say(as_json, value | {"reference": reference}, show)


@app.command()
def predict(
    model: Annotated[str, typer.Argument(help="NAME@promoted, NAME@v0001 or a folder.")],
    collection: CollectionArg,
    threshold: Annotated[
        list[str] | None,
        typer.Option(
            help="CLASS=0.8: the probability from which on it is the label; repeatable. Else those of "
            "the promotion, for NAME@v0001 of its newest evaluation on the collection."
        ),
    ] = None,
    out: Annotated[
        str | None,
        typer.Option(help="Copy it to a new folder, or an fsspec URL, and check it there."),
    ] = None,
    device: DeviceOpt = None,
    workers: WorkersOpt = None,
    engine: EngineOpt = None,
    as_json: Json = False,
) -> None:
    """Deliver what a model says of every pin of a collection, with a contract that readers can check."""
    from labeling.models.delivering import predict as deliver

    thresholds = dict(map(_threshold, threshold)) if threshold else None
    workspace = open_here(device=device, workers=workers, engine=engine)
    report = deliver(workspace, model, collection, thresholds=thresholds, out=out)

    def show(console: Console) -> None:
        console.print(
            f"[bold]{report.signal}[/] of {report.pins:,} pins by {report.model}: "
            f"{report.shards_predicted} of {report.shards} shards anew"
        )
        for name, count in report.labels.items():
            limit = report.thresholds[name]
            sure = "never" if limit is None else f"from {limit:.3f} on"
            console.print(
                f"  {name} {count:,}" + (f" ({sure})" if limit != 0 else ""), markup=False
            )
        console.print(f"  without a label {report.unlabeled:,}, faults {report.faults:,}")
        if report.hint:
            console.print(f"  note {report.hint}", markup=False)
        console.print(report.path, markup=False, soft_wrap=True)

    say(as_json, report.to_json(), show)


def _threshold(given: str) -> tuple[str, float]:
    name, _, value = given.rpartition("=")
    try:
        return name, float(value)
    except ValueError:
        raise ContractError(f"The threshold {given!r} is none; write CLASS=0.8.") from None
