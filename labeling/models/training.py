"""The train step: a published version -> a model, in a folder or in the registry."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from labeling.datasets import find_version
from labeling.errors import TrainingError
from labeling.fingerprints import fingerprint
from labeling.models.registry import RegisteredModel, register
from labeling.models.tracking import track_training
from labeling.pipeline import pull_dataset
from labeling.turns import turn
from labeling.workspace import Workspace

if TYPE_CHECKING:
    from labeling.training import TrainingReport, TrainingSettings


def train_model(
    workspace: Workspace,
    reference: str,
    output: str | Path,
    settings: TrainingSettings | None = None,
    *,
    images: str | Path | None = None,
) -> TrainingReport:
    """Train a model on a published version (see `labeling.training.train`). Raises TrainingError for
    `@latest`: what a model was trained on must be known."""
    from labeling.models.training_bars import training_bars  # loads torch, as does the next
    from labeling.training import train

    if reference.endswith("@latest"):
        raise TrainingError(
            f"{reference} is another version tomorrow; name one, as `labeling datasets` lists them."
        )
    output = Path(output).expanduser().absolute()
    with (
        _version_of(workspace, reference, output) as version,
        training_bars(workspace.progress) as bars,
    ):
        return train(
            version,
            output,
            settings,
            images=Path(images).expanduser() if images else None,
            listener=bars,
        )


@contextmanager
def _version_of(workspace: Workspace, reference: str, output: Path) -> Iterator[Path]:
    """Yield the folder of a version: of a local store its own, else a copy in the workspace for as long
    as it is read. The next training sweeps away what one that was killed left there."""
    if workspace.store.is_local:
        key, _ = find_version(workspace.store, reference)
        yield Path(workspace.store.path(key))
        return
    copies = workspace.home / "training"
    copies.mkdir(exist_ok=True)
    copy = copies / f"version-{fingerprint(str(output))}"
    refusal = TrainingError(f"A model is being trained into {output} already; wait for its end.")
    with turn(_lock_of(copy), refusal=refusal):
        for other in copies.glob("version-*/"):
            with suppress(TrainingError), turn(_lock_of(other), refusal=refusal):
                shutil.rmtree(other, ignore_errors=True)
        try:
            pull_dataset(workspace, reference, copy)
            yield copy
        finally:
            shutil.rmtree(copy, ignore_errors=True)


def _lock_of(copy: Path) -> Path:
    return copy.with_name(f"{copy.name}.lock")


@dataclass(frozen=True, kw_only=True)
class TrainedModel:
    """A model that was trained in the workspace."""

    report: TrainingReport
    registered: RegisteredModel


def train_registered(
    workspace: Workspace,
    reference: str,
    settings: TrainingSettings | None = None,
    *,
    images: str | Path | None = None,
) -> TrainedModel:
    """Train a model and register it. A run that was killed goes on where it was; see `train_model`.

    Raises DatasetError for what names no version, and TrainingError, too, where the same is being
    trained on this machine.
    """
    from labeling.training.training_settings import TrainingSettings

    settings = settings or TrainingSettings()
    key, _ = find_version(workspace.store, reference)
    _, name, version = key.split("/")
    folder = workspace.home / "training" / f"{name}@{version}-{settings.fingerprint}"
    folder.parent.mkdir(exist_ok=True)
    refusal = TrainingError(
        f"A model is being trained on {reference} with the same settings here; wait for its end."
    )
    with turn(workspace.home / f"train-{folder.name}.lock", refusal=refusal):
        return _train_in(workspace, folder, reference, settings, images)


def _train_in(
    workspace: Workspace,
    folder: Path,
    reference: str,
    settings: TrainingSettings,
    images: str | Path | None,
) -> TrainedModel:
    shutil.rmtree(folder, ignore_errors=True)  # trained, and killed before it was registered
    report = train_model(workspace, reference, folder, settings, images=images)
    registered = register(workspace, folder)
    track_training(
        workspace,
        registered.reference,
        signal=registered.signal,
        params={"dataset": report.version, "rows": report.rows} | settings.to_json(),
        metrics={name: getattr(report.model, name) for name in ("accuracy", "macro_f1", "loss")},
        epochs=[asdict(epoch) for epoch in report.epochs],
        folder=folder,
    )
    shutil.rmtree(folder, ignore_errors=True)
    return TrainedModel(report=report, registered=registered)
