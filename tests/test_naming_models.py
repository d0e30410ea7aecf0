"""What a reference to a model means, and what is said of a folder that holds a damaged one."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from planted_models import FRESH, Planter, fresh_pins

import labeling
from labeling.datasets import verify
from labeling.errors import DatasetError, LabelingError, ModelError, TrainingError
from labeling.gold import save_gold
from labeling.looping import _decide
from labeling.model_folder import CONFIG
from labeling.models.delivering import predict
from labeling.models.evaluating import evaluate_model
from labeling.models.page import render_evaluation
from labeling.models.promoting import MARGIN, promote
from labeling.models.registry import (
    REFUSED,
    find_model,
    find_promoted,
    name_model,
    read_models,
    record,
    register,
)
from labeling.shards import Store
from labeling.training import TrainingSettings
from labeling.turns import turn
from labeling.workspace import Workspace


@pytest.fixture(scope="module")
def planter(run_workspace: Workspace, tmp_path_factory: pytest.TempPathFactory) -> Planter:
    return Planter.of(run_workspace, tmp_path_factory.mktemp("naming"), count=160)


@pytest.fixture(scope="module")
def model(planter: Planter) -> Path:
    return planter.plant("good")


def test_a_named_model_stays_the_one_that_was_in_use(
    planter: Planter, model: Path, tmp_path: Path
) -> None:
    workspace = planter.alone(tmp_path)
    first = register(workspace, model)
    promote(workspace, first.reference, FRESH, split="all")
    named = name_model(workspace, f"{first.name}@promoted")
    assert named.registered == first
    assert named.folder.digest == first.digest
    assert name_model(workspace, model).reference == first.reference
    report = predict(workspace, f"{first.name}@promoted", FRESH)
    assert report.model == first.reference
    assert set(report.thresholds) == {"calm", "loud"}


def test_an_evaluation_leaves_what_the_model_in_use_delivers(
    planter: Planter, model: Path, tmp_path: Path
) -> None:
    workspace = planter.alone(tmp_path)
    promote(workspace, model, FRESH, split="all", precision=0.8)
    before = predict(workspace, "tone-pins@promoted", FRESH)
    evaluate_model(workspace, model, FRESH, split="all", precision=0.999)
    evaluate_model(workspace, model, "pins", split="all", precision=0.5)
    again = predict(workspace, "tone-pins@promoted", FRESH)
    assert again.labels == before.labels and again.unlabeled < again.pins
    by_itself = predict(workspace, "tone-pins@v0001", FRESH)
    assert set(by_itself.thresholds.values()) == {None}, "of the newest on this collection"
    with pytest.raises(ModelError, match=r"0\.999 is not shown for any class on .* label nothing"):
        promote(workspace, "tone-pins@promoted", FRESH, split="all", precision=0.999)
    assert predict(workspace, "tone-pins@promoted", FRESH).thresholds == before.thresholds
    anew = promote(workspace, "tone-pins@promoted", FRESH, split="all", precision=0.9)
    assert anew.promoted and anew.why == "tone-pins@v0001 stays, with thresholds found anew."
    assert anew.evaluation is not None
    found = {one.name: one.threshold.threshold for one in anew.evaluation.judgement.classes}
    assert predict(workspace, "tone-pins@promoted", FRESH).thresholds == found


def test_a_model_predicts_the_same_whatever_names_it(
    planter: Planter, model: Path, tmp_path: Path
) -> None:
    workspace = planter.alone(tmp_path)
    promote(workspace, model, FRESH, split="all")
    names = ("tone-pins@promoted", "tone-pins@v0001", model)
    reports = [labeling.predict(workspace, name, FRESH) for name in names]
    assert reports[0] == reports[1] == reports[2]
    assert min(reports[0].thresholds.values()) > 0


@pytest.mark.parametrize(
    ("told", "says"),
    [
        ({"precision": 0.0}, "The precision is 0.0; it must be above 0 and at most 1"),
        ({"precision": float("nan")}, "The precision is nan; it must"),
        ({"precision": 90}, "The precision is 90; it must"),
        ({"on": "golf"}, "on is 'golf'; it must be one of gold, reference, auto"),
    ],
)
def test_what_an_evaluation_cannot_be_told_is_one_sentence(
    planter: Planter, model: Path, told: dict[str, Any], says: str
) -> None:
    with pytest.raises(ModelError, match=says):
        evaluate_model(planter.workspace, model, FRESH, **{"split": "all"} | told)


def test_pins_of_one_class_alone_judge_no_model_and_it_is_told_why(
    planter: Planter, model: Path, tmp_path: Path
) -> None:
    workspace = planter.alone(tmp_path)
    pins = fresh_pins(160, seed=7).set_index("pin_id")["label"]
    calm = dict(pins[pins == "calm"].iloc[:40])
    save_gold(workspace.database, "tone", FRESH, calm, source="import")
    found = promote(workspace, model, FRESH)
    assert not found.promoted and found.why.endswith("no pin of another, so judge it on more.")
    assert found.evaluation is not None
    (note,) = found.evaluation.notes
    assert note.startswith("None of these pins is of the class loud, so nothing is known")
    assert "--on reference" in note
    by_reference = evaluate_model(workspace, model, FRESH, on="reference", split="all")
    assert not by_reference.notes


def test_a_damaged_model_in_use_gives_way_to_the_next_and_one_column_is_one_string(
    planter: Planter, model: Path, tmp_path: Path
) -> None:
    shutil.copytree(planter.workspace.store.path(""), tmp_path / "store")
    workspace = replace(planter.alone(tmp_path), store=Store(str(tmp_path / "store")))
    first = promote(workspace, model, FRESH, split="all", by="board")
    columns = {one.column for one in first.evaluation.judgement.slices}
    assert columns == {"board"}
    folder = find_model(workspace, first.model)
    (folder / "modules.json").unlink()
    with pytest.raises(
        ModelError, match=r"is missing; train it again with .* or train and promote"
    ):
        find_model(workspace, first.model)
    other = Path(shutil.copytree(model, tmp_path / "other"))
    config = json.loads((other / CONFIG).read_text("utf-8"))
    (other / CONFIG).write_text(json.dumps(config | {"training": {"made": "again"}}), "utf-8")
    second = promote(workspace, other, FRESH, split="all")
    assert f"is the first whose files are whole, which those of {first.model} are" in second.why
    assert find_promoted(workspace, "tone-pins")[0] == register(workspace, other)


def test_a_refusal_by_another_collection_is_none_in_the_loop(
    planter: Planter, model: Path, tmp_path: Path
) -> None:
    workspace = planter.alone(tmp_path)
    known = register(workspace, model)
    record(workspace, known, REFUSED, collection="holidays", why="not for holidays", report={})
    assert "waits: No pin of fresh can judge" in _decide(workspace, known, FRESH, (), MARGIN)
    record(workspace, known, REFUSED, collection=FRESH, why="not for these", report={})
    assert _decide(workspace, known, FRESH, (), MARGIN) == "not for these"


def test_a_name_belongs_to_the_signal_whose_model_was_registered_by_it(
    planter: Planter, model: Path, tmp_path: Path
) -> None:
    workspace = planter.alone(tmp_path / "registry")
    first = register(workspace, model)
    other = Path(shutil.copytree(model, tmp_path / "other"))
    config = json.loads((other / CONFIG).read_text("utf-8"))
    (other / CONFIG).write_text(json.dumps(config | {"signal": "mood"}), "utf-8")
    said = "The name tone-pins is taken: tone-pins@v0001 is a model of tone, not of mood; name the"
    with pytest.raises(ModelError, match=f"{said} collection or the signal otherwise"):
        register(workspace, other)
    assert read_models(workspace) == [first] == [register(workspace, model)]


def _nothing_of_classes(folder: Path) -> None:
    config = json.loads((folder / CONFIG).read_text("utf-8"))
    del config["classes"]
    (folder / CONFIG).write_text(json.dumps(config), "utf-8")


def _a_list(folder: Path) -> None:
    (folder / CONFIG).write_text("[1]", "utf-8")


def _cut_weights(folder: Path) -> None:
    weights = folder / "model.safetensors"
    weights.write_bytes(weights.read_bytes()[:1000])


def _no_head(folder: Path) -> None:
    (head,) = folder.glob("*_Dense")
    shutil.rmtree(head)


@pytest.mark.parametrize(
    ("damage", "said"),
    [
        (_nothing_of_classes, "says nothing of the model's classes"),
        (_a_list, "holds no model"),
        (_cut_weights, "is damaged"),
        (_no_head, "is damaged"),
    ],
)
def test_a_damaged_model_is_one_sentence(
    planter: Planter,
    model: Path,
    tmp_path: Path,
    damage: Callable[[Path], None],
    said: str,
) -> None:
    folder = Path(shutil.copytree(model, tmp_path / "damaged"))
    damage(folder)
    with pytest.raises(LabelingError, match=said):
        evaluate_model(planter.workspace, folder, FRESH, split="all")
    with pytest.raises(LabelingError, match=said):
        predict(planter.workspace, str(folder), FRESH)


def test_a_class_without_a_pin_leaves_the_curves_their_colours(
    planter: Planter, model: Path
) -> None:
    found = evaluate_model(planter.workspace, model, FRESH, split="all").to_json()
    found["classes"][0]["curve"] = []
    page = render_evaluation(found)
    assert 'class="curve c1"' in page and 'class="curve c0"' not in page


def test_a_version_is_read_where_it_lies_or_from_a_copy_that_goes(
    run_workspace: Workspace, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    read: list[Path] = []

    def stop(version: Path, *_: object, **__: object) -> None:
        verify(version)
        read.append(version)
        raise TrainingError("stopped here")

    monkeypatch.setattr("labeling.training.train", stop)
    settings = run_workspace.settings.model_copy(update={"home": tmp_path})
    far = replace(run_workspace, store=Store(f"memory://{tmp_path.name}"), settings=settings)
    here = Path(run_workspace.store.path("datasets"))
    for path in here.rglob("*"):
        if path.is_file():
            far.store.write_file(f"datasets/{path.relative_to(here)}", path)
    for name in ("version-killed", "version-at_work"):
        (tmp_path / "training" / name).mkdir(parents=True)
    with turn(tmp_path / "training" / "version-at_work.lock"):
        for workspace in (run_workspace, far):
            with pytest.raises(TrainingError, match="stopped here"):
                labeling.train_model(workspace, "tone-pins@v0001", tmp_path / "model")
    assert read[0].is_relative_to(here)
    assert read[1].is_relative_to(tmp_path / "training")
    assert [path.name for path in (tmp_path / "training").glob("*/")] == ["version-at_work"]


def test_the_same_training_at_once_is_refused(workspace: Workspace) -> None:
    version = labeling.publish(workspace, "tone", "pins")
    settings = TrainingSettings(quick=True)
    reference = f"{version.manifest.name}@{version.manifest.folder}"
    with (
        turn(workspace.home / f"train-{reference}-{settings.fingerprint}.lock"),
        pytest.raises(TrainingError, match="is being trained on tone-pins@v0001"),
    ):
        labeling.train_registered(workspace, reference, settings)


@pytest.mark.parametrize("reference", ["data/tone-pins@v0001", "../..", "tone-pins"])
def test_what_names_no_version_is_not_trained_on(workspace: Workspace, reference: str) -> None:
    with pytest.raises(DatasetError, match="names no version; write NAME@v0001"):
        labeling.train_registered(workspace, reference, TrainingSettings(quick=True))
    assert not (workspace.home / "training").exists()
