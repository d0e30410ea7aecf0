"""Checkpoints: where a killed training run goes on. Safetensors and JSON; never pickle."""

from __future__ import annotations

import json
import logging
import math
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from pathlib import Path

import torch

from labeling.errors import TrainingError
from labeling.training.listening import Epoch

log = logging.getLogger(__name__)

STATE = "state.json"
WEIGHTS = "weights.safetensors"
BEST = "best.safetensors"
MOMENTS = ("exp_avg", "exp_avg_sq", "step")


@dataclass(kw_only=True)
class State:
    """Where training is; the one object here that changes."""

    step: int = 0
    epoch: int = 0
    """Epochs finished."""
    best_loss: float = math.inf
    best_epoch: int = 0
    """0 before the first is finished."""
    losses: float = 0.0
    """Sum over the steps of the epoch that is not finished."""
    epochs: list[Epoch] = field(default_factory=list)


@dataclass(frozen=True, kw_only=True)
class Running:
    """What a checkpoint keeps of a run."""

    model: torch.nn.Module
    mean: torch.nn.Module
    """The running mean of its weights."""
    optimizer: torch.optim.AdamW
    state: State


class Checkpoints:
    """The checkpoints of one run, in a folder beside its output."""

    def __init__(self, folder: Path, run: str) -> None:
        """`run` names what is trained how; a checkpoint of another run is not used."""
        self.folder, self.run = folder, run

    def load(self, running: Running) -> None:
        """Bring a run to its last checkpoint, where there is a whole one."""
        from safetensors import SafetensorError, safe_open
        from safetensors.torch import load_file

        if not (self.folder / STATE).exists():
            return
        model, optimizer = running.model, running.optimizer
        try:
            value = json.loads((self.folder / STATE).read_text("utf-8"))
            if value.pop("run") != self.run:
                return
            tensors = load_file(str(self.folder / value.pop("weights")))
            weights = {name: tensors[name] for name in model.state_dict()}
            means = {name: tensors[f"mean.{name}"] for name in weights}
            if value["best_epoch"]:
                with safe_open(str(self.folder / BEST), "pt"):  # it is read when training ends
                    pass
        except (OSError, ValueError, KeyError, SafetensorError) as error:
            log.warning(
                "The checkpoint in %s is damaged (%s); training starts anew.", self.folder, error
            )
            return
        fused = optimizer.defaults["fused"]  # its counts of steps lie beside the weights
        model.load_state_dict(weights)
        running.mean.load_state_dict(means)
        for name, parameter in model.named_parameters():
            if f"exp_avg.{name}" in tensors:
                optimizer.state[parameter] = {
                    moment: tensors[f"{moment}.{name}"].to(
                        "cpu" if moment == "step" and not fused else parameter.device
                    )
                    for moment in MOMENTS
                }
        running.state.epochs = [Epoch(**epoch) for epoch in value.pop("epochs")]
        for name, found in value.items():
            setattr(running.state, name, found)

    def save(self, running: Running) -> None:
        """Keep where training is; the checkpoint before is whole until this one is."""
        from safetensors.torch import save_file

        model, state = running.model, running.state
        tensors = {name: part.contiguous() for name, part in model.state_dict().items()}
        for name, part in running.mean.state_dict().items():
            tensors[f"mean.{name}"] = part.contiguous()
        for name, parameter in model.named_parameters():
            for moment, value in running.optimizer.state.get(parameter, {}).items():
                tensors[f"{moment}.{name}"] = value
        weights = f"{state.step:09d}-{WEIGHTS}"
        with writing(self.folder):
            self.folder.mkdir(parents=True, exist_ok=True)
            save_file(tensors, str(self.folder / weights))
            _sync(self.folder / weights)
            partial = self.folder / f"{STATE}.part"
            partial.write_text(json.dumps({**asdict(state), "run": self.run, "weights": weights}))
            _sync(partial)
            partial.replace(self.folder / STATE)
        for old in self.folder.glob(f"*-{WEIGHTS}"):
            if old.name != weights:
                old.unlink()

    def save_best(self, model: torch.nn.Module) -> None:
        """Keep the best weights so far."""
        from safetensors.torch import save_file

        tensors = {name: part.contiguous() for name, part in model.state_dict().items()}
        with writing(self.folder):
            self.folder.mkdir(parents=True, exist_ok=True)
            partial = self.folder / f"{BEST}.part"
            save_file(tensors, str(partial))
            _sync(partial)
            partial.replace(self.folder / BEST)

    def load_best(self, model: torch.nn.Module) -> None:
        """Bring the model to the best weights."""
        from safetensors.torch import load_file

        model.load_state_dict(load_file(str(self.folder / BEST)))

    def remove(self) -> None:
        """Remove all: the run is over."""
        shutil.rmtree(self.folder, ignore_errors=True)


@contextmanager
def writing(folder: Path) -> Iterator[None]:
    """Raises TrainingError in the place of what a full disk, or one that may not be written, raises."""
    from safetensors import SafetensorError

    try:
        yield
    except (OSError, SafetensorError) as error:
        raise TrainingError(
            f"{folder} cannot be written ({error}); check its permissions and free space, and train "
            "again: a run goes on from its last checkpoint."
        ) from error


def _sync(file: Path) -> None:
    """Bring a file to the disk: what names it must not be there before it."""
    with file.open("rb") as written:
        os.fsync(written.fileno())
