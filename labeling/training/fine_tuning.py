"""The fine-tuning loop: soft labels, weights, bfloat16, several devices, checkpoints, early stopping."""

from __future__ import annotations

import copy
import time
from collections.abc import Iterator
from contextlib import nullcontext
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from torch import nn

from labeling.training.checkpoints import Checkpoints, Running, State
from labeling.training.judging import calibrated_loss
from labeling.training.listening import Epoch, Listener, Moment
from labeling.training.model import Inputs, SignalModel, pick_device, precision
from labeling.training.rows import Rows
from labeling.training.training_settings import TrainingSettings

AVERAGED = 0.99
"""What the running mean of the weights keeps of itself at each step; less in the first ones."""
POOL = 50
"""Batches drawn together and sorted by length: little padding, and the order stays random."""


@dataclass(frozen=True, kw_only=True)
class Split:
    """Rows, and how the encoders read them."""

    rows: Rows
    inputs: Inputs


def open_devices(settings: TrainingSettings) -> Any:
    """Return accelerate's view of the devices. Raises TrainingError for one that is not there."""
    from accelerate import Accelerator, DistributedDataParallelKwargs

    # an encoder's pooler, or all of the image encoder in a batch without images, gets no gradient
    unused = DistributedDataParallelKwargs(find_unused_parameters=True)
    return Accelerator(cpu=pick_device(settings.device) == "cpu", kwargs_handlers=[unused])


def fine_tune(
    model: SignalModel,
    training: Split,
    validation: Split,
    settings: TrainingSettings,
    devices: Any,
    checkpoints: Checkpoints,
    state: State,
    listener: Listener,
) -> None:
    """Bring the model to its best epoch by the validation loss; `state` says which that was.

    The loss is the cross-entropy with the soft labels, each row by its weight, which makes it
    aware of the labels' noise (Ratner et al. 2016, "Data Programming", the expected loss). What is
    judged and kept is the running mean of the weights, which learns less of that noise than where
    training happens to be (Polyak and Juditsky 1992, "Acceleration of Stochastic Approximation by
    Averaging").
    """
    optimizer = torch.optim.AdamW(_groups(model, settings), fused=devices.device.type == "cuda")
    mean = copy.deepcopy(model)
    running = Running(model=model, mean=mean, optimizer=optimizer, state=state)
    checkpoints.load(running)
    wrapped = devices.prepare(model)
    soft = torch.from_numpy(training.rows.soft).to(devices.device)
    # over the mean of all rows: a row weighs the same beside whatever rows its batch has
    shares = training.rows.weights / training.rows.weights.mean()
    weights = torch.from_numpy(shares).to(devices.device)
    lengths = training.inputs.lengths
    per_epoch = len(list(_groups_of_batches(lengths, settings, 0, devices)))
    steps = per_epoch * settings.epochs
    begun = saved_at = time.monotonic()
    rows_done = 0
    while state.epoch < settings.epochs and not _is_over(state, settings):
        plan = list(_groups_of_batches(lengths, settings, state.epoch, devices))
        losses = torch.tensor(state.losses, device=devices.device)
        model.train()
        for group in plan[state.step - state.epoch * per_epoch :]:
            torch.manual_seed(settings.seed * 1_000_003 + state.step)  # a resumed step is the same
            _set_rates(optimizer, state.step, steps, settings)
            loss = torch.zeros((), device=devices.device)
            for number, rows in enumerate(group):
                last = number == len(group) - 1
                with nullcontext() if last else devices.no_sync(wrapped):
                    with precision(devices.device.type, settings.precision):
                        logits = wrapped(model.batch(training.inputs, rows))
                    picked = torch.from_numpy(rows).to(devices.device)
                    part = _loss(logits, soft[picked], weights[picked]) / len(group)
                    devices.backward(part)
                    loss += part.detach()
            devices.clip_grad_norm_(model.parameters(), settings.largest_gradient)
            optimizer.step()
            optimizer.zero_grad(set_to_none=True)
            _bring_nearer(mean, model, state.step)
            state.step += 1
            losses += loss
            rows_done += sum(map(len, group)) * devices.num_processes
            listener.stepped(
                Moment(
                    step=state.step,
                    steps=steps,
                    epoch=state.epoch + 1,
                    loss=loss,
                    rows_per_second=rows_done / (time.monotonic() - begun),
                )
            )
            is_due = time.monotonic() - saved_at > settings.checkpoint_seconds
            if is_due and devices.is_main_process and state.step % per_epoch:
                state.losses = float(losses)
                checkpoints.save(running)
                saved_at = time.monotonic()
        state.epoch += 1
        logits = mean.run(validation.inputs, mean.forward)
        judged = agreed(calibrated_loss(logits, validation.rows))
        epoch = Epoch(
            number=state.epoch,
            training_loss=round(float(losses) / per_epoch, 4),
            validation_loss=round(judged, 4),
            accuracy=round(float((logits.argmax(axis=1) == validation.rows.labels).mean()), 4),
        )
        state.losses = 0.0
        state.epochs.append(epoch)
        listener.judged(epoch)
        if judged < state.best_loss:
            state.best_loss, state.best_epoch = judged, state.epoch
            if devices.is_main_process:
                checkpoints.save_best(mean)
        if devices.is_main_process:
            checkpoints.save(running)
        devices.wait_for_everyone()
    if state.best_epoch:
        checkpoints.load_best(model)
    devices.wait_for_everyone()  # the first process removes the checkpoints; a late one reads them yet


def _is_over(state: State, settings: TrainingSettings) -> bool:
    return state.epoch - state.best_epoch >= settings.patience


def _loss(logits: torch.Tensor, soft: torch.Tensor, weights: torch.Tensor) -> torch.Tensor:
    losses = nn.functional.cross_entropy(logits.float(), soft, reduction="none")
    return (losses * weights).mean()


@torch.no_grad()
def _bring_nearer(mean: nn.Module, model: nn.Module, steps: int) -> None:
    """Bring the running mean of the weights, of so many steps, nearer to what these are now."""
    kept = min(AVERAGED, (1 + steps) / (10 + steps))
    torch._foreach_lerp_(list(mean.parameters()), list(model.parameters()), 1 - kept)


def agreed(value: float) -> float:
    """Return the first process's value on all: unlike devices round otherwise, and where one stopped
    by its own, the others would wait for it for ever."""
    from accelerate.utils import broadcast_object_list

    return float(broadcast_object_list([value])[0])


def _groups(model: SignalModel, settings: TrainingSettings) -> list[dict[str, Any]]:
    """Return the parameters by rate; biases and norms do not decay."""
    head = {id(parameter) for parameter in model.head.parameters()}
    found: dict[tuple[float, float], list[nn.Parameter]] = {}
    for parameter in model.parameters():
        rate = settings.head_learning_rate if id(parameter) in head else settings.learning_rate
        decay = settings.weight_decay if parameter.ndim > 1 else 0.0
        found.setdefault((rate, decay), []).append(parameter)
    return [
        {"params": parameters, "lr": rate, "peak": rate, "weight_decay": decay}
        for (rate, decay), parameters in found.items()
    ]


def _set_rates(
    optimizer: torch.optim.Optimizer, step: int, steps: int, settings: TrainingSettings
) -> None:
    rising = max(round(settings.warmup * steps), 1)
    share = min((step + 1) / rising, (steps - step) / max(steps - rising, 1))
    for group in optimizer.param_groups:
        group["lr"] = group["peak"] * share


def _groups_of_batches(
    lengths: np.ndarray, settings: TrainingSettings, epoch: int, devices: Any
) -> Iterator[list[np.ndarray]]:
    """Yield this device's batches of an epoch, in groups whose gradients are added up."""
    draw = np.random.default_rng((settings.seed, epoch))
    order = draw.permutation(len(lengths))
    pool = POOL * settings.batch_size
    batches: list[np.ndarray] = []
    for start in range(0, len(order), pool):
        part = order[start : start + pool]
        part = part[np.argsort(lengths[part], kind="stable")]
        batches += [
            part[at : at + settings.batch_size] for at in range(0, len(part), settings.batch_size)
        ]
    batches = [batches[number] for number in draw.permutation(len(batches))]
    size = settings.accumulation * devices.num_processes
    for start in range(0, len(batches), size):
        group = batches[start : start + size]
        group += batches[: -len(group) % devices.num_processes]  # every device takes as many
        yield group[devices.process_index :: devices.num_processes]
