"""The evaluate step: a model on pins whose class is known, alone or beside another model."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, get_args

import numpy as np

from labeling.contents import NOTHING
from labeling.errors import ModelError
from labeling.images.reading import as_image, one_thumbnail, read_looks
from labeling.judgement import (
    Comparison,
    JudgedRows,
    Judgement,
    SliceValues,
    compare_rows,
    judge_rows,
)
from labeling.model_folder import ModelFolder
from labeling.models.card import write_card
from labeling.models.registry import EVALUATED, NamedModel, name_model, record
from labeling.models.rows import EvaluationRows, On, find_rows
from labeling.models.slices import read_slices
from labeling.models.tracking import track_evaluation
from labeling.seeing import look_at_new
from labeling.signals import Signal
from labeling.workspace import Workspace

PRECISION = 0.9


@dataclass(frozen=True, kw_only=True)
class ModelEvaluation:
    """What is to be said of a model on a collection."""

    model: str
    signal: str
    dataset: str
    """The version that it was trained on."""
    collection: str
    revision: int
    on: str
    """gold or reference."""
    why: str
    left_out: dict[str, int]
    notes: tuple[str, ...]
    judgement: Judgement

    def to_json(self) -> dict[str, Any]:
        """Return the evaluation as JSON values, the judgement's among its own."""
        value = asdict(self)
        return value | value.pop("judgement")


@dataclass(frozen=True, kw_only=True)
class ModelComparison:
    """Two models on the same pins of a collection."""

    before: str
    after: str
    collection: str
    on: str
    why: str
    left_out: dict[str, int]
    notes: tuple[str, ...]
    comparison: Comparison

    def to_json(self) -> dict[str, Any]:
        """Return the comparison as JSON values, its figures among its own."""
        value = asdict(self)
        found = value.pop("comparison")
        accuracies = {"before_accuracy": found.pop("before"), "after_accuracy": found.pop("after")}
        return value | accuracies | found


def evaluate_model(
    workspace: Workspace,
    reference: str | Path,
    collection: str,
    *,
    on: On = "auto",
    split: str = "test",
    precision: float = PRECISION,
    by: str | Sequence[str] = (),
) -> ModelEvaluation:
    """Return how good a model is on a collection; of a registered one it goes on record.

    Raises ModelError where the model is not there, or no pin can judge it.
    """
    bench = Bench.open(workspace, (reference,), collection, on=on, split=split, by=by)
    found = bench.evaluate(bench.models[0], precision)
    if bench.models[0].registered is not None:
        track_evaluation(workspace, found.to_json())
    return found


def compare_models(
    workspace: Workspace,
    before: str | Path,
    after: str | Path,
    collection: str,
    *,
    on: On = "auto",
    split: str = "test",
    by: str | Sequence[str] = (),
) -> ModelComparison:
    """Return what the second model gains over the first, on pins that made neither."""
    bench = Bench.open(workspace, (before, after), collection, on=on, split=split, by=by)
    return bench.compare(*bench.models)


@dataclass(frozen=True, kw_only=True)
class Bench:
    """Some models of one signal, and the pins that judge all of them."""

    workspace: Workspace
    models: tuple[NamedModel, ...]
    rows: EvaluationRows
    columns: tuple[SliceValues, ...]
    said: dict[ModelFolder, np.ndarray]
    """Model -> what it says of the pins, float32 [n, k]."""

    @classmethod
    def open(
        cls,
        workspace: Workspace,
        references: Sequence[str | Path],
        collection: str,
        *,
        on: On = "auto",
        split: str = "test",
        by: str | Sequence[str] = (),
    ) -> Bench:
        """Return the bench. Raises ModelError for models of different questions, or an `on` that is
        none."""
        if on not in get_args(On):
            raise ModelError(f"on is {on!r}; it must be one of {', '.join(get_args(On))}.")
        by = [by] if isinstance(by, str) else by
        models = tuple(name_model(workspace, reference) for reference in references)
        first = models[0].folder
        for model in models:
            one = model.folder
            if (one.signal, one.classes) != (first.signal, first.classes):
                raise ModelError(
                    f"{models[0].reference} knows {first.signal} ({', '.join(first.classes)}) and "
                    f"{model.reference} knows {one.signal} ({', '.join(one.classes)}); compare models "
                    "of one signal with equal classes."
                )
        rows = find_rows(
            workspace,
            Signal(first.signal, classes=list(first.classes)),
            workspace.collection(collection),
            [model.folder.dataset for model in models],
            on=on,
            split=split,
        )
        columns = read_slices(workspace, rows, by)
        return cls(workspace=workspace, models=models, rows=rows, columns=columns, said={})

    def judged(self, model: NamedModel) -> JudgedRows:
        """Return the pins with what a model says of them."""
        if model.folder not in self.said:
            self.said[model.folder] = _predict(self.workspace, model, self.rows)
        return JudgedRows(
            classes=model.folder.classes,
            reference=self.rows.reference,
            probabilities=self.said[model.folder].astype(np.float64),
            weights=self.rows.weights,
            groups=self.rows.groups,
            strata=self.rows.strata,
        )

    def evaluate(self, model: NamedModel, precision: float = PRECISION) -> ModelEvaluation:
        """Judge a model; of a registered one it goes on record and on the card. Raises ModelError for a
        precision that none can have."""
        if not 0 < precision <= 1:
            raise ModelError(f"The precision is {precision}; it must be above 0 and at most 1.")
        rows, seed = self.rows, self.workspace.settings.seed
        judgement = judge_rows(self.judged(model), self.columns, precision=precision, seed=seed)
        found = ModelEvaluation(
            model=model.reference,
            signal=model.folder.signal,
            dataset=model.folder.dataset,
            collection=rows.collection.name,
            revision=rows.collection.revision,
            on=rows.on,
            why=rows.why,
            left_out=rows.left_out,
            notes=(*rows.notes, *self._unseen(model.folder)),
            judgement=judgement,
        )
        if model.registered is not None:
            record(
                self.workspace,
                model.registered,
                EVALUATED,
                collection=found.collection,
                why=found.why,
                report=found.to_json(),
            )
            write_card(self.workspace.store, model.registered.folder, found.to_json())
        return found

    def _unseen(self, model: ModelFolder) -> list[str]:
        """Return a note where a model that was asked saw nothing of some pins."""
        rows, unseen = self.rows, np.ones(len(self.rows.places), dtype=bool)
        if "text" in model.reads:
            unseen &= [not text.strip() for text in rows.batch.column("text")]
        if "image" in model.reads:
            for shard, (numbers, places) in rows.by_shard().items():
                if shard.images:
                    seen = read_looks(self.workspace.store, rows.collection, shard, ["content"])
                    unseen[numbers] &= seen.column("content").to_numpy()[places] == NOTHING
        if not unseen.any():
            return []
        return [
            f"The model sees nothing of {int(unseen.sum()):,} of these pins (no "
            f"{' and no '.join(model.reads)}): it says the same of each here, and `labeling predict` "
            "gives them no label."
        ]

    def compare(self, before: NamedModel, after: NamedModel) -> ModelComparison:
        """Compare two of the models."""
        rows, seed = self.rows, self.workspace.settings.seed
        found = compare_rows(self.judged(before), self.judged(after), self.columns, seed=seed)
        return ModelComparison(
            before=before.reference,
            after=after.reference,
            collection=rows.collection.name,
            on=rows.on,
            why=rows.why,
            left_out=rows.left_out,
            notes=rows.notes,
            comparison=found,
        )


def _predict(workspace: Workspace, named: NamedModel, rows: EvaluationRows) -> np.ndarray:
    """Return what a model says of the pins, float32 [n, k]."""
    from labeling.training.model import load_model
    from labeling.training.rows import seen

    model = load_model(named.folder.path, workspace.settings.device)
    if "image" in model.reads:
        look_at_new(workspace, rows.collection)

    def image(number: int) -> Any:
        shard, row = rows.places[number]
        jpeg = one_thumbnail(workspace.store, rows.collection, shard, row) if shard.images else None
        return None if jpeg is None else seen(as_image(jpeg))

    with workspace.progress.bar("evaluate: pins", len(rows.places)) as advance:
        return model.predict_proba(rows.batch.column("text"), image, advance)
