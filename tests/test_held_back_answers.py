"""What answers judge is learned without them: nothing that is said of a pin hangs on its own answer."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from conftest import write_signal

import labeling
from labeling.doubts import _fit
from labeling.fitting_many import Fitter
from labeling.probe import FOLDS, Probe, ProbePins, TrainingPins, fit_probe, predict_held_back

ANSWERED, PLACE = 40, 3
LETTERS = "abcdefghijklmnopqrst"
SIGNAL = """
from labeling import Signal, keywords

CALM, LOUD = 0, 1
signal = Signal("tone", classes=["calm", "loud"])
signal.add(
    keywords("calm_words", CALM, ["axe", "bxe"]),
    keywords("loud_words", LOUD, ["cxe", "dxe"]),
    keywords("more_loud", LOUD, ["exe", "fxe"]),
    keywords("more_calm", CALM, ["gxe", "hxe"]),
)
"""


def weakly_told(count: int) -> pd.DataFrame:
    """Return pins of random words; functions are right on little more than half of them."""
    draw = np.random.default_rng(1)
    rows = []
    for number in range(count):
        words = draw.choice([f"{letter}xe" for letter in LETTERS], 6, replace=False)
        is_loud = draw.random() < 0.35 + 0.3 * np.isin(words, ["cxe", "dxe", "exe", "fxe"]).any()
        label = "loud" if is_loud else "calm"
        rows.append({"pin_id": f"p{number}", "title": " ".join(words), "label": label})
    return pd.DataFrame(rows)


def test_an_answer_changes_nothing_that_its_own_pin_is_judged_by(tmp_path: Path) -> None:
    home, pins = tmp_path / "home", weakly_told(400)
    home.mkdir()
    write_signal(home, SIGNAL)
    pins.to_csv(home / "pins.csv", index=False)
    workspace = labeling.init_workspace(home)
    labeling.import_collection(workspace, "pins", home / "pins.csv")
    answers = pins.head(ANSWERED)[["pin_id", "label"]]
    found = []
    for _ in range(2):
        answers.to_csv(home / "answers.csv", index=False)
        labeling.import_gold(workspace, "tone", "pins", home / "answers.csv", replace=True)
        doubts, _ = labeling.doubt(workspace, "tone", "pins")
        assert doubts.resolution.resolver == "co_training"
        found.append(_fit(workspace.store, doubts, Fitter()))
        was = answers.loc[PLACE, "label"]
        answers.loc[PLACE, "label"] = "loud" if was == "calm" else "calm"
    one, other = found
    assert one.learned and other.learned
    assert one.learned.probe.recipe == other.learned.probe.recipe
    own, next_one = answers.loc[PLACE, "pin_id"], answers.loc[PLACE + 1, "pin_id"]
    np.testing.assert_allclose(one.held_back[own], other.held_back[own], atol=1e-3)
    assert np.abs(one.held_back[next_one] - other.held_back[next_one]).max() > 0.02


@pytest.fixture(scope="module")
def training() -> TrainingPins:
    """Pins in two clouds, rightly labelled, of which every fifth is answered."""
    draw = np.random.default_rng(0)
    labels = draw.integers(2, size=400)
    vectors = np.eye(2, 16)[labels] + draw.normal(scale=0.1, size=(400, 16))
    folds = np.arange(400) // 7 % FOLDS
    pins = ProbePins(
        texts=[""] * 400,
        views=(vectors.astype(np.float16),),
        votes=np.zeros((400, 0), dtype=np.int8),
        folds=folds,
    )
    answers = np.where(np.arange(400) % 5 == 0, labels, -1)
    return TrainingPins(pins=pins, soft=np.eye(2, dtype=np.float32)[labels], answers=answers)


def said_of_answered(
    probe: Probe, training: TrainingPins, without: dict[int, np.ndarray]
) -> tuple[np.ndarray, np.ndarray]:
    """Return which answered pins are told right, bool [g], and their folds."""
    found = predict_held_back(probe, training, probe.features(training.pins), without)
    answered = training.answers >= 0
    right = found.argmax(axis=1) == training.answers[answered]
    return right, training.pins.folds[answered]


def test_a_fold_is_predicted_from_soft_labels_that_do_not_know_its_answers(
    training: TrainingPins,
) -> None:
    probe = fit_probe(training)
    assert probe is not None and not probe.recipe.answers_only
    right, _ = said_of_answered(probe, training, {})
    assert right.all()
    heavy = replace(training, answers=np.where(np.arange(400) % 25 == 0, training.answers, -1))
    right, folds = said_of_answered(probe, heavy, {2: training.soft[:, ::-1]})
    assert not right[folds == 2].any()
    assert right[folds != 2].all()
