"""The loop of functions, answers and labels, played with reference labels as the annotators.

It says before anyone is asked what a number of answers would reach, and whether choosing them pays.
Answers go through the real queue, in a database of their own in a temporary folder; soft labels and
doubts stay in the store, so that the same simulation again is quick. No label of the splits valid and
test is learned from: they only score.
"""

from __future__ import annotations

import hashlib
import tempfile
from collections import Counter
from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any, Literal

import numpy as np

from labeling.analysis import describe_score, read_reference
from labeling.collection import read_pins
from labeling.database import Database
from labeling.doubts import Doubts, read_shard_pins
from labeling.errors import SimulationError
from labeling.fitting_many import Fitter
from labeling.pipeline import doubt
from labeling.probe import TrainingPins, fit_probe
from labeling.publications import publish_doubts
from labeling.publishing import dataset_name
from labeling.recipes import make_recipe
from labeling.records import record_version
from labeling.resolving import HELD_OUT, is_held_out, read_splits
from labeling.review.agreeing import agree
from labeling.review.batching import next_batch
from labeling.review.choosing import draw
from labeling.review.claiming import Claimed, ReviewQueue
from labeling.review.tasks import enqueue
from labeling.review.verdicts import Rules
from labeling.scoring import score_splits
from labeling.signals import Signal
from labeling.soft_labels import best_class
from labeling.workspace import Workspace

SOURCE = "simulate"
SPARE = 2
"""Pins put in the queue per answer wanted: some have no reference label, and are skipped."""

Selection = Literal["informative", "random"]
Scores = Mapping[str, Mapping[str, float]]
"""Split -> accuracy, macro_f1 and what else `analysis.describe_score` says."""


@dataclass(frozen=True, kw_only=True)
class Point:
    """Where the loop stands after some answers."""

    answers: int
    gold: int
    """Pins that answers agree on."""
    resolver: str
    pool: Mapping[str, float] | None
    """How heavy probe and votes are (see `pooling.Pool`)."""
    final: Scores
    reasons: Mapping[str, int]
    """Why the pins of the round before were asked."""
    corrected: int
    """Of those, how many had another label than the answer, or none."""


@dataclass(frozen=True, kw_only=True)
class Simulation:
    """What a number of answers reached, beside what the same model reaches without the loop."""

    signal: str
    collection: str
    answers: int
    """Really given: fewer than asked for where there are not so many pins with a reference label."""
    seed: int
    rounds: int
    selection: Selection
    annotators: int
    mistakes: float
    curve: tuple[Point, ...]
    final: Scores
    gold_only: Scores | None
    """The same model on as many randomly chosen true labels alone; None: it cannot be fitted."""
    weak_only: Scores | None
    """The same model on weak labels alone."""
    all_gold: Scores | None
    """The same model on all true labels of the training pins."""
    dataset: str | None = None
    """The version that was published of what the loop produced, where one was asked for."""

    def to_json(self) -> dict[str, Any]:
        """Return the simulation as JSON values."""
        return asdict(self)


def simulate(
    workspace: Workspace,
    signal: str,
    collection: str,
    *,
    answers: int,
    rounds: int = 5,
    seed: int = 0,
    annotators: int = 1,
    mistakes: float = 0.0,
    selection: Selection = "informative",
    resolver: str = "auto",
    publish: bool = False,
) -> Simulation:
    """Play the loop in rounds (choose, answer, make gold, learn again) and return what it reached.

    Pins are chosen, asked and agreed on as `labeling run` does it, except that no gold checks are asked
    and nobody adjudicates. Each of the annotators errs on a share `mistakes` of the pins. With
    `publish`, what the loop produced becomes a dataset version named after the signal, the collection
    and `simulated`, so that a model can be trained on it. Equal arguments give equal results.
    Raises SimulationError where there are no reference labels to answer with.
    """
    workspace = workspace.holding(collection)
    rounds = min(rounds, answers)
    with tempfile.TemporaryDirectory(prefix="labeling-simulate-") as folder:
        database = Database(f"sqlite:///{Path(folder) / 'simulation.db'}")
        database.migrate()
        several = min(workspace.settings.answers_per_pin, annotators)
        settings = workspace.settings.model_copy(update={"seed": seed, "answers_per_pin": several})
        scratch = replace(workspace, database=database, settings=settings)
        truth = _read_truth(scratch, signal, collection)
        crowd = _Crowd(
            workspace=scratch,
            signal=scratch.signal(signal),
            collection=collection,
            truth=truth,
            annotators=annotators,
            mistakes=mistakes,
        )
        curve: list[Point] = []
        weak_only: Scores | None = None
        asked: dict[str, str] = {}
        given = corrected = 0
        for number in range(rounds + 1):
            doubts, summary = doubt(scratch, signal, collection, resolver=resolver)
            _, scores = score_splits(scratch.store, doubts)
            if number == 0:
                weak_only = scores.get("probe")
            curve.append(
                Point(
                    answers=given,
                    gold=len(doubts.gold),
                    resolver=doubts.resolution.resolver,
                    pool=summary.pool,
                    final=scores.get("final", {}),
                    reasons=dict(Counter(asked.values())),
                    corrected=corrected,
                )
            )
            wanted = answers * (number + 1) // rounds - given
            if number == rounds:
                break
            answered = crowd.answer(doubts, wanted, round=number, selection=selection)
            asked = {pin.pin_id: pin.reason for pin in answered}
            corrected = _corrected(scratch, doubts, truth, asked)
            given += len(answered)
            agree(scratch.database, crowd.signal, collection, Rules.of(settings))
        pins = _training_pins(scratch, doubts, truth)
        chance = np.random.default_rng(seed)
        drawn = np.sort(chance.permutation(len(pins.answers))[:given])
        everything = replace(pins, answers=np.full(len(pins.answers), -1))
        final = curve[-1].final
        dataset = _publish(workspace, scratch, doubts) if publish else None
        return Simulation(
            signal=signal,
            collection=collection,
            answers=given,
            seed=seed,
            rounds=rounds,
            selection=selection,
            annotators=annotators,
            mistakes=mistakes,
            curve=tuple(curve),
            final=final,
            gold_only=_score_alone(scratch, doubts, pins.take(drawn), seed),
            weak_only=weak_only,
            all_gold=_score_alone(scratch, doubts, everything, seed),
            dataset=dataset,
        )


def _read_truth(workspace: Workspace, signal: str, collection: str) -> dict[str, int]:
    """Return pin id -> reference label of the pins that may be asked. Raises SimulationError where there
    are none."""
    found, pins = workspace.signal(signal), workspace.collection(collection)
    labels: dict[str, int] = {}
    for shard in pins.shards:
        reference = read_reference(workspace.store, found, shard)
        there = read_pins(workspace.store, shard, ["pin_id", "split"])
        rows = np.flatnonzero((reference >= 0) & ~is_held_out(there))
        ids = there.column("pin_id")
        labels |= {ids[row].as_py(): int(reference[row]) for row in rows}
    if not labels:
        raise SimulationError(
            f"No pin of {collection} outside the splits valid and test has a reference label of "
            f"{signal}, and a simulation answers with those; import pins with a column `label`."
        )
    return labels


@dataclass(frozen=True, kw_only=True)
class _Crowd:
    """The simulated annotators."""

    workspace: Workspace
    signal: Signal
    collection: str
    truth: Mapping[str, int]
    annotators: int
    mistakes: float

    def answer(
        self, doubts: Doubts, wanted: int, *, round: int, selection: Selection
    ) -> list[Claimed]:
        """Ask for `wanted` answers through the queue, and return what was asked of those given."""
        store, settings = self.workspace.store, self.workspace.settings
        database, pins = self.workspace.database, wanted * SPARE
        if selection == "random":
            chosen = draw(store, database, doubts, pins, seed=settings.seed)
        else:
            sized = settings.model_copy(update={"queue_size": pins})
            chosen = next_batch(replace(self.workspace, settings=sized), doubts)
        enqueue(database, self.signal.name, self.collection, chosen, round=round)
        queue = ReviewQueue(database, self.signal, self.collection, source=SOURCE)
        classes = self.signal.classes
        given: list[Claimed] = []
        idle = 0
        turn = 0
        while len(given) < wanted and idle < self.annotators:
            annotator = f"annotator {turn % self.annotators + 1}"
            turn += 1
            claimed = queue.claim(annotator)
            idle = 0 if claimed else idle + 1
            for pin in claimed:
                if pin.pin_id in self.truth:
                    label = self._said(annotator, pin.pin_id, len(classes), settings.seed)
                    queue.submit(pin, classes[label])
                    given.append(pin)
                else:
                    queue.skip(pin)
        return given

    def _said(self, annotator: str, pin_id: str, classes: int, seed: int) -> int:
        """Return the class that an annotator takes a pin for: always the same of the same."""
        digest = hashlib.sha256(f"{seed}\0{annotator}\0{pin_id}".encode()).digest()
        chance = np.random.default_rng(int.from_bytes(digest[:8], "big"))
        true = self.truth[pin_id]
        if chance.random() >= self.mistakes:
            return true
        return int((true + chance.integers(1, classes)) % classes)


def _publish(workspace: Workspace, scratch: Workspace, doubts: Doubts) -> str:
    """Publish what the loop produced, and put it on record in the workspace; return the version."""
    name = f"{dataset_name(doubts.resolution.signal.name, doubts.resolution.collection.name)}-simulated"
    recipe = make_recipe(workspace.settings.recipe)
    publication = publish_doubts(scratch, doubts, recipe, None, name=name)
    record_version(workspace, publication, None)
    return publication.manifest.reference


def _corrected(
    workspace: Workspace, doubts: Doubts, truth: Mapping[str, int], asked: Mapping[str, str]
) -> int:
    """Return how many of the asked pins had another final label than the true one, or none."""
    wrong = 0
    for shard in doubts.resolution.collection.shards:
        found = workspace.store.read_table(doubts.probe_key(shard), ["pin_id", "label"])
        labels = found.column("label").to_numpy()
        for row, pin_id in enumerate(found.column("pin_id").to_pylist()):
            wrong += int(pin_id in asked and labels[row] != truth[pin_id])
    return wrong


def _training_pins(workspace: Workspace, doubts: Doubts, truth: Mapping[str, int]) -> TrainingPins:
    """Return the pins with a reference label that are not held out, each answered by it: at most so
    many as the probe learns from."""
    parts: list[TrainingPins] = []
    k = len(doubts.resolution.signal.classes)
    for shard in doubts.resolution.collection.shards:
        pins = read_shard_pins(workspace.store, doubts, shard)
        answers = np.array([truth.get(pin_id, -1) for pin_id in pins.ids])
        rows = np.flatnonzero((answers >= 0) & pins.seen & (pins.read.folds >= 0))
        one = np.eye(k, dtype=np.float32)[answers]
        parts.append(TrainingPins(pins=pins.read, soft=one, answers=answers).take(rows))
    found = TrainingPins.joined(parts)
    chance = np.random.default_rng(workspace.settings.seed)
    some = chance.permutation(len(found.answers))[: doubts.probe_pins]
    return found.take(np.sort(some))


def _score_alone(
    workspace: Workspace, doubts: Doubts, training: TrainingPins, seed: int
) -> Scores | None:
    """Return the scores, per split, of the probe fitted to some pins alone; None where it cannot be."""
    probe = fit_probe(training, seed, Fitter(processes=workspace.processes))
    if probe is None:
        return None
    signal, store = doubts.resolution.signal, workspace.store
    said, references, splits = [], [], []
    for shard in doubts.resolution.collection.shards:
        pins = read_shard_pins(store, doubts, shard)
        said.append(best_class(probe.predict_proba(pins.read)))
        references.append(read_reference(store, signal, shard))
        splits.append(read_splits(store, shard))
    labels, reference = np.concatenate(said), np.concatenate(references)
    split = np.concatenate(splits)
    scores = {}
    for name in sorted(set(split.tolist()) & set(HELD_OUT)):
        rows = split == name
        found = describe_score(reference[rows], labels[rows], len(signal.classes))
        if found:
            scores[name] = found
    return scores
