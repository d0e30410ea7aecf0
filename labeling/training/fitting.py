"""A pulled version -> a model in a folder that beats the frozen encoder, or none."""

from __future__ import annotations

import shutil
import time
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch

from labeling.datasets import Manifest, verify
from labeling.errors import NoGainError, TrainingError
from labeling.model_folder import CARD, write_training_pins
from labeling.training.checkpoints import Checkpoints, State, writing
from labeling.training.fine_tuning import Split, agreed, fine_tune, open_devices
from labeling.training.judging import ModelScores, fit_temperature, is_better, judge
from labeling.training.linear import fit_linear
from labeling.training.listening import Epoch, Listener
from labeling.training.model import SignalModel, build_model
from labeling.training.model_card import model_card
from labeling.training.rows import Rows, read_training_rows
from labeling.training.training_settings import TrainingSettings
from labeling.training.words import add_words, fit_words
from labeling.turns import turn

STRENGTHS = (10.0, 1.0, 3.0, 30.0, 100.0)
"""Inverse regularisation (scikit-learn's C) of the heads that are compared."""


@dataclass(frozen=True, kw_only=True)
class TrainingReport:
    """What training made."""

    folder: str
    version: str
    """Of the dataset, NAME@v0001-0123456789ab."""
    rows: int
    images: float | None
    """Share of these whose image could be read; None where none are."""
    frozen: ModelScores
    """The linear head on the frozen encoders with words, on the validation rows."""
    model: ModelScores
    """The model that was written, on the same rows."""
    judged_on: str
    """gold, or weak labels where there is too little gold."""
    epoch: int
    """The best one; 0 for the frozen encoders."""
    epochs: tuple[Epoch, ...]
    """All of them; none for the frozen encoders."""
    words: float
    """What the model of words weighs beside the encoders; 0: nothing, and it was not kept."""
    temperature: float
    """By which the logits were divided to be calibrated; the written weights hold it."""
    seconds: float

    def to_json(self) -> dict[str, Any]:
        """Return the report as JSON values."""
        return asdict(self)


def train(
    version: str | Path,
    output: str | Path,
    settings: TrainingSettings | None = None,
    *,
    images: str | Path | None = None,
    listener: Listener | None = None,
) -> TrainingReport:
    """Train on a pulled version's folder and write the model into the new folder `output`.

    A run that was killed goes on from its last checkpoint when it is started again with the same
    arguments, on as many devices. `images`: where relative paths of images start; the version's folder
    if it is not said. Raises TrainingError where the output exists, cannot be written or is being
    trained already, the version is no good for training, or images are to be read and none can be; and
    NoGainError where the fine-tuned model is no better than the frozen encoder. Nothing is written then.
    """
    settings, output = settings or TrainingSettings(), Path(output)
    images = None if images is None else Path(images)
    _check_is_new(output)
    devices = open_devices(settings)
    with _alone(output) if devices.is_main_process else nullcontext():
        return _train(Path(version), output, settings, images, listener or Listener(), devices)


def _check_is_new(output: Path) -> None:
    if output.exists():
        raise TrainingError(f"{output} exists already; name a new folder for the model.")


@contextmanager
def _alone(output: Path) -> Iterator[None]:
    """Keep a second training into the same folder away: they would share checkpoints."""
    lock = output.with_name(f".{output.name}.lock")
    refusal = TrainingError(
        f"A model is being trained into {output} already; wait for its end, or name another folder."
    )
    with writing(output):
        output.parent.mkdir(parents=True, exist_ok=True)
        lock.touch()
    with turn(lock, refusal=refusal):
        try:
            _check_is_new(output)  # another may have been finished meanwhile
            yield
        finally:
            lock.unlink(missing_ok=True)


def _train(
    folder: Path,
    output: Path,
    settings: TrainingSettings,
    images: Path | None,
    listener: Listener,
    devices: Any,
) -> TrainingReport:
    begun = time.perf_counter()
    manifest = verify(folder)
    to_learn, to_judge = read_training_rows(folder, manifest, images)
    rows = to_learn.sharpened(settings.label_temperature), to_judge
    torch.manual_seed(settings.seed)
    model = build_model(
        manifest.classes,
        settings.text_encoder,
        settings.image_encoder,
        settings.max_tokens,
        str(devices.device),
    )
    training, validation = (
        Split(rows=part, inputs=model.inputs(part.texts, part.image)) for part in rows
    )
    of = len(training.rows) + len(validation.rows)
    features, unseen = (
        model.run(part.inputs, model.features, lambda rows: listener.encoded(rows, of))
        for part in (training, validation)
    )
    share_seen = _share_seen(model, features, manifest, images)
    logits = fit_head(model, features, training.rows, unseen, validation.rows)
    words = beside = None
    if settings.words and settings.text_encoder is not None:
        words, beside = fit_words(training.rows, validation.rows, settings.seed)
    joined, share = add_words(logits, beside, validation.rows)
    frozen = judged = judge(joined, validation.rows)
    baseline, state = joined, State()
    # steps are counted by the processes that share them, and other images are other rows
    run = [
        manifest.folder,
        settings.fingerprint,
        devices.num_processes,
        images and images.resolve(),
    ]
    checkpoints = Checkpoints(output.with_name(f".{output.name}.training"), " ".join(map(str, run)))
    if not settings.quick:
        fine_tune(model, training, validation, settings, devices, checkpoints, state, listener)
        logits = model.logits(validation.inputs)
        joined, share = add_words(logits, beside, validation.rows)
        judged = judge(joined, validation.rows)
        if not agreed(is_better(joined, baseline, validation.rows)):
            checkpoints.remove()
            raise NoGainError(
                f"The fine-tuned model is no better than the frozen encoder on {judged.rows} "
                f"validation rows (accuracy {judged.accuracy:.3f} against {frozen.accuracy:.3f}, loss "
                f"{judged.loss:.3f} against {frozen.loss:.3f}), so it was not kept; take the frozen "
                "one with --quick, or train on more labels or at other rates."
            )
    alone = fit_temperature(logits, validation.rows)
    temperature = fit_temperature(joined, validation.rows)
    if words is not None and share:
        model.words = words.weighed(share / temperature, alone / temperature)
    _divide(model.head, alone)
    report = TrainingReport(
        folder=str(output),
        version=manifest.reference,
        rows=len(training.rows),
        images=share_seen,
        frozen=frozen,
        model=judged,
        judged_on="gold" if validation.rows.is_gold.all() else "weak labels",
        epoch=state.best_epoch,
        epochs=tuple(state.epochs),
        words=share,
        temperature=round(temperature, 4),
        seconds=round(time.perf_counter() - begun, 1),
    )
    if devices.is_main_process:
        learned_from = [id for part in rows for id in part.table.column("pin_id").to_pylist()]
        _write(model, output, manifest, settings, report, learned_from)
        checkpoints.remove()
    devices.wait_for_everyone()
    return report


def _share_seen(
    model: SignalModel, features: np.ndarray, manifest: Manifest, images: Path | None
) -> float | None:
    """Return the share of the training rows whose image was read; None for a model that reads none.

    Raises TrainingError where there is no image: a head would be fitted to nothing.
    """
    if "image" not in model.reads:
        return None
    saw = model.saw_image(features)
    if not saw.any():
        raise TrainingError(
            f"None of the {len(features):,} training rows of {manifest.reference} has an image that can "
            f"be read in {images or 'the version'}; say with --images where their paths start, or "
            'publish with images = "embed".'
        )
    return round(float(saw.mean()), 4)


def fit_head(
    model: SignalModel,
    features: np.ndarray,
    training: Rows,
    unseen: np.ndarray,
    validation: Rows,
) -> np.ndarray:
    """Set the model's head to the linear model of the frozen features that judges the validation rows
    best; return its logits on them, float32 [v, k].

    It is the quick model, and where fine-tuning starts, which distorts the encoder less so than from a
    random head (Kumar et al. 2022, "Fine-Tuning can Distort Pretrained Features and Underperform
    Out-of-Distribution"). features, unseen: float32 [n, d] and [v, d], of the training and the
    validation rows.
    """
    weights, bias, logits = fit_linear(features, training, unseen, validation, STRENGTHS)
    with torch.no_grad():
        model.head.weight.copy_(torch.from_numpy(weights.T))
        model.head.bias.copy_(torch.from_numpy(bias))
    return logits


def _divide(head: torch.nn.Linear, temperature: float) -> None:
    with torch.no_grad():
        for part in head.parameters():
            part.div_(temperature)


def _write(
    model: SignalModel,
    output: Path,
    manifest: Manifest,
    settings: TrainingSettings,
    report: TrainingReport,
    learned_from: list[str],
) -> None:
    """Write the model's folder, whole or not at all. Raises TrainingError where it cannot be written."""
    staging = output.with_name(f".{output.name}.part")
    shutil.rmtree(staging, ignore_errors=True)
    found = report.to_json()
    for of_this_run in ("folder", "seconds"):  # the same training twice is the same model
        del found[of_this_run]
    about = {
        "signal": manifest.signal,
        "version": report.version,
        "settings": settings.to_json(),
        "training": found,
    }
    try:
        with writing(output):
            model.save(staging, about)
            write_training_pins(staging, learned_from)
            (staging / CARD).write_text(model_card(manifest, settings, report), "utf-8")
            staging.replace(output)
    finally:
        shutil.rmtree(staging, ignore_errors=True)
