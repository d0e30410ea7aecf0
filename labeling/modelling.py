"""The train step: a published version -> a model."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from labeling.errors import TrainingError
from labeling.pipeline import pull_dataset
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
    from labeling.training import train  # loads torch

    if reference.endswith("@latest"):
        raise TrainingError(
            f"{reference} is another version tomorrow; name one, as `labeling datasets` lists them."
        )
    with (
        tempfile.TemporaryDirectory(prefix="labeling-train-") as folder,
        workspace.progress.bar("train: steps", None) as advance,
    ):
        pull_dataset(workspace, reference, Path(folder) / "version")
        return train(
            Path(folder) / "version",
            Path(output).expanduser(),
            settings,
            images=Path(images).expanduser() if images else None,
            progress=lambda moment: advance(1),
        )
