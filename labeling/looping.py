"""The whole cycle, unattended: new pins in, run, watch, train when it pays, promote or not, predict.

Each step brings something up to date and finds what it finished before, so a cycle that was killed at
any point goes on when it is started again, and ends as if nothing had been.
"""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import AbstractContextManager
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from labeling.errors import NoGainError, TrainingError, UnjudgedError, WorkspaceError
from labeling.models.delivering import predict
from labeling.models.promoting import MARGIN, promote
from labeling.models.registry import (
    PROMOTED,
    REFUSED,
    RegisteredModel,
    classes_of,
    find_newest,
    find_promoted,
    last_entry,
)
from labeling.models.thresholds import thresholds_of
from labeling.models.training import train_registered
from labeling.pipeline import import_collection, run
from labeling.progress import timed
from labeling.publishing import dataset_name
from labeling.turns import turn
from labeling.watching.report import WatchReport
from labeling.watching.watch import watch
from labeling.workspace import Workspace

if TYPE_CHECKING:
    from labeling.training import TrainingSettings


@dataclass(frozen=True, kw_only=True)
class LoopReport:
    """What a cycle did, and why not more."""

    signal: str
    collection: str
    pins: int
    imported: int
    """Of them, how many were new or changed."""
    dataset: str
    """The version that stands now, NAME@v0001-0123456789ab."""
    is_new: bool
    """Whether it was published by this cycle."""
    tasks: int
    """Open in the queue."""
    verdict: str
    """Of the watch: ok, watch or alarm."""
    drifted: tuple[str, ...]
    """What drifted, the worst first."""
    actions: tuple[str, ...]
    """What the watch advises."""
    trained: str | None
    """The model that this cycle trained, NAME@v0001."""
    training: str
    """Why it trained, or why not."""
    promoted: str | None
    """The model in use, though it may know other classes than the signal has by now."""
    decision: str
    """Why the newest model is in use, or is not."""
    predicted: str | None
    """Where the signal lies; None without a model in use that knows its classes."""
    labels: dict[str, int]
    """Class -> pins with that label."""
    unlabeled: int
    """Pins of which the model in use is not sure enough, by the thresholds of its promotion."""
    hint: str
    """What to do where a class is never the label; empty where there is none."""
    exit_code: int
    """Of the command: 3 for an alarm, else 0."""
    seconds: dict[str, float]

    def to_json(self) -> dict[str, Any]:
        """Return the report as JSON values."""
        return asdict(self)


def loop(
    workspace: Workspace,
    signal: str,
    collection: str,
    *,
    pins: str | Path | Sequence[str | Path] = (),
    settings: TrainingSettings | None = None,
    images: str | Path | None = None,
    resolver: str = "auto",
    by: str | Sequence[str] = (),
    margin: float = MARGIN,
) -> LoopReport:
    """Do one cycle: import the file or files `pins`, `run`, `watch`; train where there is no model yet,
    or where the watch calls for it; promote or refuse the newest model; predict with the one in use.

    A fine-tuned model that is no better than its frozen encoder gives way to the latter; a version that
    none can be trained on leaves the one in use where it is, and the report says why. `images` is
    that of `train_model`, `by` and `margin` are those of `promote`. One cycle of a signal and a
    collection at a time on a machine: raises WorkspaceError for the second, and what the steps raise.
    """
    seconds: dict[str, float] = {}
    files = [pins] if isinstance(pins, str | Path) else pins
    with _alone(workspace, signal, collection):
        with timed(seconds, "import"):
            imports = [import_collection(workspace, collection, path) for path in files]
        with timed(seconds, "run"):
            done = run(workspace, signal, collection, resolver=resolver)
        dataset = f"{done.dataset['name']}@{done.dataset['version']}"
        with timed(seconds, "watch"):
            watched = watch(workspace, signal, collection, resolver=resolver)
        with timed(seconds, "train"):
            newest = find_newest(workspace, dataset_name(signal, collection), signal)
            classes = workspace.signal(signal).classes
            is_due, training = _is_due(workspace, newest, dataset, classes, watched)
            trained = None
            if is_due:
                try:
                    trained = _train(workspace, dataset, settings, images)
                except TrainingError as error:
                    training += f", but none was trained: {error}"
        with timed(seconds, "promote"):
            model = trained or newest
            decision = (
                _decide(workspace, model, collection, by, margin) if model else "no model yet"
            )
            in_use, _ = find_promoted(workspace, dataset_name(signal, collection))
            fits = in_use is not None and classes_of(workspace, in_use) == classes
            if in_use is not None and not fits:
                decision += (
                    f" {in_use.reference}, in use, knows other classes and predicts nothing."
                )
        with timed(seconds, "predict"):
            told = None
            if in_use is not None and fits:
                limits = thresholds_of(workspace, in_use, collection, in_use=True)
                told = predict(workspace, in_use.reference, collection, thresholds=limits)
        found = watched.to_json()
        return LoopReport(
            signal=signal,
            collection=collection,
            pins=done.pins,
            imported=sum(one.new + one.changed for one in imports),
            dataset=dataset,
            is_new=bool(done.dataset["is_new"]),
            tasks=int(done.queue["tasks"]),
            verdict=watched.verdict,
            drifted=tuple(one["name"] for one in found["drifted"]),
            actions=watched.actions,
            trained=trained.reference if trained else None,
            training=training,
            promoted=in_use.reference if in_use else None,
            decision=decision,
            predicted=told.path if told else None,
            labels=told.labels if told else {},
            unlabeled=told.unlabeled if told else 0,
            hint=told.hint if told else "",
            exit_code=watched.exit_code,
            seconds={step: round(spent, 2) for step, spent in seconds.items()},
        )


def _is_due(
    workspace: Workspace,
    newest: RegisteredModel | None,
    dataset: str,
    classes: tuple[str, ...],
    watched: WatchReport,
) -> tuple[bool, str]:
    """Return whether to train, and why or why not."""
    if newest is None:
        return True, "there was no model yet"
    if newest.dataset == dataset:
        return False, f"{newest.reference} was trained on {dataset} already"
    if (known := classes_of(workspace, newest)) != classes:
        return True, f"{newest.reference} knows {', '.join(known)}, not {', '.join(classes)}"
    return watched.retraining.is_due, watched.retraining.reason


def _train(
    workspace: Workspace,
    dataset: str,
    settings: TrainingSettings | None,
    images: str | Path | None,
) -> RegisteredModel:
    from labeling.training.training_settings import TrainingSettings

    settings = settings or TrainingSettings()
    try:
        return train_registered(workspace, dataset, settings, images=images).registered
    except NoGainError:
        quick = replace(settings, quick=True)
        return train_registered(workspace, dataset, quick, images=images).registered


def _decide(
    workspace: Workspace,
    model: RegisteredModel,
    collection: str,
    by: str | Sequence[str],
    margin: float,
) -> str:
    """Promote or refuse a model by a collection, once; return why."""
    decided = last_entry(workspace, model, [PROMOTED, REFUSED], collection)
    if decided is not None:
        return decided.why
    try:
        return promote(workspace, model.reference, collection, by=by, margin=margin).why
    except UnjudgedError as error:
        return f"{model.reference} waits: {error}"


def _alone(workspace: Workspace, signal: str, collection: str) -> AbstractContextManager[None]:
    """Keep a second cycle away."""
    refusal = WorkspaceError(
        f"Another `labeling loop {signal} {collection}` is at work here; wait for its end."
    )
    return turn(workspace.home / f"loop-{signal}-{collection}.lock", refusal=refusal)
