"""The loop played with reference labels: what answers would reach."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from conftest import make_pins, write_signal
from sqlalchemy import func, select
from test_cli import call

import labeling
from labeling.errors import SimulationError
from labeling.records import dataset_table
from labeling.tables import AnswerRow, GoldRow, ReviewTaskRow
from labeling.workspace import Workspace


def test_the_loop_is_played_and_the_workspace_knows_nothing_of_it(workspace: Workspace) -> None:
    found = labeling.simulate(workspace, "tone", "pins", answers=30, rounds=3, seed=1)
    assert found.answers == 30
    assert [point.answers for point in found.curve] == [0, 10, 20, 30]
    assert found.curve[-1].gold == 30
    for scores in (found.final, found.gold_only, found.weak_only, found.all_gold):
        assert scores is not None
        assert set(scores["test"]) >= {"accuracy", "macro_f1"}
    with workspace.database.reading() as session:
        for table in (AnswerRow, GoldRow, ReviewTaskRow):
            assert session.scalar(select(func.count()).select_from(table)) == 0
    assert labeling.simulate(workspace, "tone", "pins", answers=30, rounds=3, seed=1) == found


def test_answers_correct_labels_and_mistakes_do_not(workspace: Workspace) -> None:
    finals = {
        mistakes: labeling.simulate(
            workspace, "tone", "pins", answers=80, rounds=2, annotators=2, mistakes=mistakes
        ).final["train"]["accuracy"]
        for mistakes in (0.0, 1.0)
    }
    assert finals[0.0] > finals[1.0] + 0.3


def test_random_selection_asks_the_random_audit(workspace: Workspace) -> None:
    found = labeling.simulate(workspace, "tone", "pins", answers=10, rounds=1, selection="random")
    assert found.curve[-1].reasons == {"random audit": 10}


def test_a_score_on_answered_pins_is_said_to_be_one(workspace: Workspace) -> None:
    said = call(
        "--home", workspace.home, "simulate", "tone", "pins", "--answers", "5", "--rounds", "1"
    ).stdout
    assert "Scored on the split test, which nothing learned from." in said
    make_pins(120).drop(columns="split").to_csv(workspace.home / "whole.csv", index=False)
    labeling.import_collection(workspace, "whole", workspace.home / "whole.csv")
    said = call(
        "--home", workspace.home, "simulate", "tone", "whole", "--answers", "5", "--rounds", "1"
    ).stdout
    assert "Scored on pins that were answered and learned from, too" in said
    assert "nothing learned from" not in said


def test_what_the_loop_produced_can_be_published(workspace: Workspace) -> None:
    found = labeling.simulate(workspace, "tone", "pins", answers=30, rounds=2, publish=True)
    assert found.dataset is not None
    assert found.dataset.startswith("tone-pins-simulated@v0001-")
    manifest = labeling.pull_dataset(workspace, found.dataset, workspace.home / "pulled")
    assert manifest.lineage["rows_by_source"]["train"]["gold"] > 10
    assert "tone-pins-simulated" in set(dataset_table(workspace)["name"])


def test_without_reference_labels_there_is_nothing_to_answer_with(
    tmp_path: Path, workspace: Workspace
) -> None:
    pins = make_pins(60).drop(columns="label")
    pins.to_csv(tmp_path / "bare.csv", index=False)
    labeling.import_collection(workspace, "bare", tmp_path / "bare.csv")
    with pytest.raises(SimulationError, match="has a reference label"):
        labeling.simulate(workspace, "tone", "bare", answers=5)


def test_the_command_prints_the_contract(tmp_path: Path) -> None:
    home = tmp_path / "home"
    call("--home", home, "init")
    write_signal(home)
    make_pins(200).to_csv(tmp_path / "pins.csv", index=False)
    call("--home", home, "import", "pins", tmp_path / "pins.csv")
    words = ("--home", home, "simulate", "tone", "pins", "--answers", "20", "--rounds", "2")
    done = call(*words, "--json")
    assert done.returncode == 0, done.stderr
    value = json.loads(done.stdout)
    assert value["answers"] == 20
    assert value["rounds"] == 2
    assert value["seed"] == 0
    for name in ("final", "gold_only", "weak_only", "all_gold"):
        assert 0 < value[name]["test"]["accuracy"] <= 1
        assert 0 < value[name]["test"]["macro_f1"] <= 1
    shown = call(*words)
    assert "as many random true labels alone" in shown.stdout


def test_youtube_with_a_hundred_answers(tmp_path: Path, real_data: Path) -> None:
    workspace = labeling.init_workspace(tmp_path)
    labeling.import_collection(workspace, "youtube", real_data / "youtube", format="wrench")
    found = labeling.simulate(workspace, "youtube", "youtube", answers=100)
    accuracy = found.final["test"]["accuracy"]
    assert accuracy >= 0.93
    alone = [found.gold_only, found.weak_only]
    assert accuracy >= np.max([one["test"]["accuracy"] for one in alone if one]) - 0.02
