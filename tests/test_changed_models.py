"""A signal whose classes change, and names that two signals would share."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest
from conftest import SIGNAL, make_pins, make_workspace, write_signal

import labeling
from labeling.errors import DatasetError
from labeling.looping import LoopReport, loop
from labeling.models.registry import classes_of, find_promoted
from labeling.training import TrainingSettings
from labeling.workspace import Workspace

QUICK = TrainingSettings(quick=True)


def cycle_with(workspace: Workspace, pins: pd.DataFrame) -> LoopReport:
    """A cycle that finds the functions as they are now, and imports pins first."""
    path = workspace.home / "pins.csv"
    pins.to_csv(path, index=False)
    again = labeling.open_workspace(workspace.home)
    return loop(again, "tone", "pins", pins=[path], settings=QUICK)


def test_a_model_of_classes_that_are_gone_gives_way(tmp_path: Path) -> None:
    workspace = make_workspace(tmp_path / "home", 400)
    first = loop(workspace, "tone", "pins", settings=QUICK)
    assert first.promoted == "tone-pins@v0001" and set(first.labels) == {"calm", "loud"}

    write_signal(workspace.home, SIGNAL.replace('"calm", "loud"', '"calm", "noisy"'))
    pins = make_pins(400)
    pins["label"] = pins["label"].replace("loud", "noisy")
    later = cycle_with(workspace, pins)
    assert later.training == "tone-pins@v0001 knows calm, loud, not calm, noisy"
    assert later.trained == later.promoted == "tone-pins@v0002"
    assert "is the first to know its classes, which tone-pins@v0001 does not" in later.decision
    assert set(later.labels) == {"calm", "noisy"}
    in_use, place = find_promoted(workspace, "tone-pins")
    assert in_use is not None and place == 2
    assert classes_of(workspace, in_use) == ("calm", "noisy")


def test_where_no_model_knows_the_classes_nothing_is_predicted(tmp_path: Path) -> None:
    workspace = make_workspace(tmp_path / "home", 400)
    loop(workspace, "tone", "pins", settings=QUICK)
    write_signal(workspace.home, SIGNAL.replace('"calm", "loud"', '"calm", "noisy"'))
    pins = make_pins(400).drop(columns="label")  # nothing can judge the new model
    later = cycle_with(workspace, pins)
    assert later.trained == "tone-pins@v0002" and later.promoted == "tone-pins@v0001"
    assert "tone-pins@v0001, in use, knows other classes and predicts nothing." in later.decision
    assert later.predicted is None and later.labels == {}


def test_two_signals_do_not_share_a_name(workspace: Workspace) -> None:
    other = SIGNAL.replace('Signal("tone"', 'Signal("tone-us"')
    write_signal(workspace.home, other, name="tone-us")
    for collection in ("pins", "us-pins"):
        path = workspace.home / "pins.csv"
        labeling.import_collection(workspace, collection, path)
    labeling.publish(workspace, "tone-us", "pins")
    with pytest.raises(DatasetError, match="The name tone-us-pins is taken: tone-us-pins@v0001-"):
        labeling.publish(workspace, "tone", "us-pins")
    assert [*labeling.dataset_table(workspace)["signal"]] == ["tone-us"]
