"""The whole cycle: it does what is due and nothing twice, and a kill leaves no trace."""

from __future__ import annotations

import json
import os
import random
import shutil
import subprocess
import time
from pathlib import Path
from typing import Any

import pytest
from conftest import make_pins, make_workspace
from sqlalchemy import select
from test_killing import finish
from test_killing import run as start
from tiny_clip import save_tiny_clip

import labeling
from labeling.errors import ModelError, WorkspaceError
from labeling.looping import LoopReport, loop
from labeling.model_folder import CONFIG
from labeling.models.registry import register
from labeling.records import dataset_table
from labeling.review.claiming import ReviewQueue
from labeling.signal_contract import check_signal
from labeling.tables import AnswerRow, GoldRow, ModelRow, ModelTrailRow
from labeling.training import TrainingSettings
from labeling.workspace import Workspace, open_workspace

QUICK = TrainingSettings(quick=True)
KILLS = int(os.environ.get("LABELING_LOOP_KILLS", "2"))
ANSWERS = 12


def answer(workspace: Workspace, count: int) -> None:
    """Answer pins of the queue with their reference labels."""
    truth = dict(zip(*(make_pins(600)[name] for name in ("pin_id", "label")), strict=True))
    queue = ReviewQueue(workspace.database, workspace.signal("tone"), "pins", source="app")
    for _ in range(count):
        (pin,) = queue.claim("ann")
        queue.submit(pin, truth[pin.pin_id])


def cycle(workspace: Workspace, **more: Any) -> LoopReport:
    return loop(workspace, "tone", "pins", settings=QUICK, **more)


def test_a_cycle_does_what_is_due_and_the_next_nothing(workspace: Workspace) -> None:
    first = cycle(workspace)
    assert first.is_new and first.trained == first.promoted == "tone-pins@v0001"
    assert first.training == "there was no model yet"
    assert first.predicted is not None
    assert sum(first.labels.values()) + first.unlabeled == first.pins
    assert check_signal(first.predicted).rows == first.pins

    again = cycle(workspace)
    assert not again.is_new and again.imported == 0
    assert (again.trained, again.promoted) == (None, first.promoted)
    assert again.training == f"tone-pins@v0001 was trained on {first.dataset} already"
    assert (again.decision, again.predicted) == (first.decision, first.predicted)


def test_new_pins_are_imported_and_enough_gold_trains_the_next_model(tmp_path: Path) -> None:
    workspace = make_workspace(tmp_path / "home", watch_retrain_gold=ANSWERS)
    cycle(workspace)
    make_pins(360).to_csv(tmp_path / "more.csv", index=False)
    grown = cycle(workspace, pins=str(tmp_path / "more.csv"))
    assert (grown.imported, grown.pins, grown.is_new) == (60, 360, True)
    assert grown.trained is None
    assert "0 new gold labels since tone-pins@v0001" in grown.training

    answer(workspace, ANSWERS)
    learned = cycle(workspace)
    assert learned.trained == "tone-pins@v0002"
    assert f"{ANSWERS} new gold labels" in learned.training
    assert learned.promoted in ("tone-pins@v0001", "tone-pins@v0002")
    decided = cycle(workspace)
    assert (decided.trained, decided.decision) == (None, learned.decision)


def test_a_model_that_nothing_can_judge_waits(tmp_path: Path) -> None:
    workspace = make_workspace(tmp_path / "home")
    make_pins(200).drop(columns=["label", "split"]).to_csv(tmp_path / "pins.csv", index=False)
    found = loop(workspace, "tone", "bare", pins=[tmp_path / "pins.csv"], settings=QUICK)
    assert (found.trained, found.promoted, found.predicted) == ("tone-bare@v0001", None, None)
    assert "waits: No pin of bare can judge the model" in found.decision


def test_a_version_that_none_can_be_trained_on_leaves_the_model_in_use(
    workspace: Workspace, tmp_path: Path
) -> None:
    settings = TrainingSettings(quick=True, image_encoder=str(save_tiny_clip(tmp_path / "clip")))
    nothing = loop(workspace, "tone", "pins", settings=settings)
    assert (nothing.trained, nothing.promoted, nothing.decision) == (None, None, "no model yet")
    assert "there was no model yet, but none was trained: None of the" in nothing.training
    cycle(workspace)
    workspace = open_workspace(workspace.home, watch_retrain_gold=1)
    answer(workspace, ANSWERS)
    found = loop(workspace, "tone", "pins", settings=settings)
    assert "new gold labels since" in found.training and "but none was trained" in found.training
    assert (found.trained, found.promoted) == (None, "tone-pins@v0001")
    assert found.predicted is not None and found.exit_code == {"alarm": 3}.get(found.verdict, 0)


def test_a_model_of_another_signal_is_not_taken_for_the_signals(
    workspace: Workspace, quick_model: Path, tmp_path: Path
) -> None:
    other = Path(shutil.copytree(quick_model, tmp_path / "other"))
    config = json.loads((other / CONFIG).read_text("utf-8"))
    (other / CONFIG).write_text(json.dumps(config | {"signal": "mood"}), "utf-8")
    register(workspace, other)
    with pytest.raises(ModelError, match="tone-pins@v0001 is a model of mood, not of tone"):
        cycle(workspace)


def test_a_second_cycle_at_once_is_refused(workspace: Workspace) -> None:
    from labeling.looping import _alone

    with (
        _alone(workspace, "tone", "pins"),
        pytest.raises(WorkspaceError, match="Another `labeling loop tone pins` is at work here"),
    ):
        cycle(workspace)
    with _alone(workspace, "tone", "pins"), _alone(workspace, "tone", "others"):
        pass


def state_of(home: Path) -> dict[str, Any]:
    """Return what a cycle leaves behind, but for times."""
    workspace = open_workspace(home)
    datasets = dataset_table(workspace)
    signals = sorted((home / "store/signals").rglob("contract.json"))
    with workspace.database.reading() as session:
        return {
            "datasets": datasets[["name", "version", "rows", "folder"]].to_dict("records"),
            "models": [
                (row.name, row.version, row.digest, row.dataset)
                for row in session.scalars(select(ModelRow))
            ],
            "decisions": [
                (row.name, row.kind, row.place, row.why)
                for row in session.scalars(select(ModelTrailRow))
                if row.kind != "evaluated"  # a kill between evaluating and deciding leaves two
            ],
            "answers": [
                (row.slot_id, row.annotator, row.label)
                for row in session.scalars(select(AnswerRow))
            ],
            "gold": sorted((row.pin_id, row.label) for row in session.scalars(select(GoldRow))),
            "signals": [json.loads(path.read_text())["files"] for path in signals],
        }


def test_killed_at_random_points_it_ends_the_same(tmp_path: Path) -> None:
    home, control, more = tmp_path / "a/home", tmp_path / "b/home", tmp_path / "more.csv"
    workspace = make_workspace(home)
    labeling.run(workspace, "tone", "pins")
    answer(workspace, ANSWERS)
    make_pins(600).to_csv(more, index=False)
    control.parent.mkdir()
    # closing a copied file would drop the locks that SQLite holds on it in this process
    workspace.database.engine.dispose()
    shutil.copytree(home, control)
    words = ("loop", "tone", "pins", "--pins", str(more), "--quick")
    begun = time.monotonic()
    finish(start(control, *words), control)
    whole = time.monotonic() - begun

    draw, killed = random.Random(0), 0
    for _ in range(KILLS):
        process = start(home, *words)
        try:
            process.wait(timeout=draw.uniform(0.1, 0.6) * whole)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
            killed += 1
    finish(start(home, *words), home)
    assert killed >= 1
    assert state_of(home) == state_of(control)
    assert len(state_of(home)["answers"]) == ANSWERS
