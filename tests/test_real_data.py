"""Real data with true labels: what a user of the published sets gets from the plain commands."""

from __future__ import annotations

import json
from itertools import islice
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from audits import drawn_from
from conftest import ROOT
from sklearn.metrics import f1_score
from snorkel.labeling.model import LabelModel
from test_choosing import truth_of

import labeling
from labeling.list_columns import read_lists
from labeling.records import last_report
from labeling.resolving import HELD_OUT, read_splits, vote_shares
from labeling.review.auditing import number_of
from labeling.review.estimating import estimate_accuracy
from labeling.robust_label_model import fit_robust
from labeling.soft_labels import best_class
from labeling.vote_statistics import VoteStatistics
from labeling.votes import read_votes
from labeling.workspace import Workspace

EXAMPLES = ROOT / "tests" / "examples" / "labeling_functions"


@pytest.fixture
def workspace(tmp_path: Path) -> Workspace:
    return labeling.init_workspace(tmp_path, functions=EXAMPLES)


def first_rows(source: Path, target: Path, count: int) -> Path:
    with source.open(encoding="utf-8") as lines:
        target.write_text("".join(islice(lines, count + 1)), encoding="utf-8")
    return target


@pytest.fixture(scope="module")
def youtube(tmp_path_factory: pytest.TempPathFactory, real_data: Path) -> Workspace:
    workspace = labeling.init_workspace(tmp_path_factory.mktemp("youtube"))
    labeling.import_collection(workspace, "youtube", real_data / "youtube", format="wrench")
    labeling.run(workspace, "youtube", "youtube")
    return workspace


def test_youtube_by_its_published_votes(youtube: Workspace) -> None:
    report = last_report(youtube, "youtube", "youtube")
    assert report.pins == 1956
    assert report.scores["label_model"]["test"]["accuracy"] >= 0.84
    assert report.scores["probe"]["test"]["accuracy"] >= 0.88


@pytest.mark.parametrize("answers", [60, 200])
def test_a_real_audits_interval_holds_the_true_accuracy(youtube: Workspace, answers: int) -> None:
    doubts, _ = labeling.doubt(youtube, "youtube", "youtube")
    assert doubts.gold == {}
    truth = {
        id: (true, label)
        for id, (split, true, label) in truth_of(youtube, doubts).items()
        if split not in HELD_OUT
    }
    true, labels = np.array(list(truth.values())).T
    accuracy = (true == labels)[labels >= 0].mean()
    assert 0.8 < accuracy < 1
    found = []
    for seed in range(100):
        order = np.argsort([number_of(id, seed) for id in truth])[:answers]
        drawn = drawn_from(len(truth), labels[order], true[order])
        found.append(estimate_accuracy(drawn))
    assert sum(one.low <= accuracy <= one.high for one in found) >= 90
    # an interval that holds everything would be worth nothing
    assert np.mean([one.high - one.low for one in found]) < 2.5 / np.sqrt(answers)


def test_yoruba_by_its_published_votes(workspace: Workspace, real_data: Path) -> None:
    labeling.import_collection(workspace, "yoruba", real_data / "yoruba")
    report = labeling.run(workspace, "yoruba", "yoruba", resolver="snorkel")
    assert report.scores["label_model"]["test"]["accuracy"] >= 0.49
    assert (
        report.scores["label_model"]["test"]["accuracy"]
        > (report.scores["majority"]["test"]["accuracy"])
    )


@pytest.mark.parametrize("name", ["youtube", "yoruba", "agnews", "chemprot"])
def test_soft_labels_equal_snorkels_own_model(
    workspace: Workspace, real_data: Path, name: str
) -> None:
    labeling.import_collection(workspace, name, real_data / name)
    resolution = labeling.resolve(workspace, name, name, resolver="snorkel")
    parts = [
        (
            read_votes(
                workspace.store, resolution.signal, resolution.functions, resolution.collection, s
            ),
            read_splits(workspace.store, s),
            read_lists(workspace.store.read_table(resolution.key(s), ["soft"]).column("soft")),
        )
        for s in resolution.collection.shards
    ]
    votes, splits, soft = (np.concatenate(part) for part in zip(*parts, strict=True))
    theirs = LabelModel(len(resolution.signal.classes), verbose=False)
    theirs.fit(votes[~np.isin(splits, HELD_OUT)].astype(int), seed=0, progress_bar=False)
    np.testing.assert_allclose(soft, theirs.predict_proba(votes.astype(int)), atol=1e-4)


@pytest.mark.parametrize(("name", "it"), [("chemprot", 4), ("chemprot", 5), ("yoruba", 5)])
def test_one_class_against_the_rest_is_not_lost(real_data: Path, name: str, it: int) -> None:
    pins = json.loads((real_data / name / "train.json").read_text("utf-8")).values()
    given = np.array([pin["weak_labels"] for pin in pins])
    votes = np.where(given < 0, -1, given == it).astype(np.int8)
    truth = np.array([pin["label"] == it for pin in pins]).astype(int)
    statistics, names = VoteStatistics.of(votes, 2), [f"f{j}" for j in range(votes.shape[1])]
    fit = fit_robust(statistics, votes, functions=names, classes=["rest", "it"], seeds=(0,))
    soft = fit.votes.predict_proba(votes)
    shares = vote_shares(votes, 2)
    robust, majority = (f1_score(truth, best_class(one) == 1) for one in (soft, shares))
    assert robust >= majority - 0.01 > 0.35


def test_luma_pins_by_functions_of_our_own(workspace: Workspace, real_data: Path) -> None:
    labeling.import_collection(
        workspace, "luma", real_data / "pins_luma/pins.csv", columns={"image": "image_path"}
    )
    report = labeling.run(workspace, "luma", "luma")
    assert report.faults == ()
    assert len(report.functions) <= 25
    assert report.covered / report.pins > 0.95
    assert report.scores["label_model"]["test"]["macro_f1"] >= 0.85
    assert report.scores["probe"]["test"]["macro_f1"] >= 0.93


def test_clothing_by_five_pictures_of_each_class_and_a_hundred_answers(
    workspace: Workspace, real_data: Path, tmp_path: Path
) -> None:
    pins = real_data / "pins_clothing/pins.csv"
    labeling.import_collection(workspace, "clothing", pins)
    report = labeling.run(workspace, "clothing", "clothing")
    assert report.scores["label_model"]["test"]["accuracy"] >= 0.60
    rows = pd.read_csv(pins)
    answers = rows[rows.split == "train"].sample(100, random_state=0)
    answers[["pin_id", "label"]].to_csv(tmp_path / "gold.csv", index=False)
    labeling.import_gold(workspace, "clothing", "clothing", tmp_path / "gold.csv")
    report = labeling.run(workspace, "clothing", "clothing")
    assert report.scores["probe"]["test"]["accuracy"] >= 0.75


def test_clickbait_headlines_by_functions_of_our_own(
    workspace: Workspace, real_data: Path, tmp_path: Path
) -> None:
    columns = {"title": "headline", "label": "clickbait"}
    for split, count in (("train", 3000), ("test", 800)):
        rows = first_rows(
            real_data / "clickbait" / f"{split}.csv", tmp_path / f"{split}.csv", count
        )
        labeling.import_collection(workspace, "clickbait", rows, columns=columns, split=split)
    report = labeling.run(workspace, "clickbait", "clickbait")
    assert report.scores["label_model"]["test"]["accuracy_covered"] > 0.95
    assert report.scores["probe"]["test"]["accuracy"] > 0.9
