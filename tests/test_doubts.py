"""Doubts: what the second opinion and the probe find, on made pins and on real ones."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from conftest import ROOT

import labeling
from labeling import doubts as doubts_module
from labeling import fitting_many
from labeling.analysis import read_reference
from labeling.doubts import OUTLIER_SHARE_OF_MEDIAN, Doubts, read_shard_pins
from labeling.outliers import OutlierScores
from labeling.pins import side_by_side
from labeling.probe import ProbePins, TrainingPins, choose_recipe, fit_probe
from labeling.review.choosing import choose
from labeling.review.tasks import CONFLICTING, CONTRADICTED
from labeling.scoring import emptied_notes
from labeling.second_opinion import LabelledPins, fit_second_opinion
from labeling.workspace import Workspace

FUNCTIONS = ROOT / "tests" / "examples" / "labeling_functions"


def blobs(n: int, classes: int = 2, *, spread: float = 0.05, seed: int = 0) -> LabelledPins:
    """Return pins in one cloud of unit vectors per class, rightly and surely labelled."""
    draw = np.random.default_rng(seed)
    labels = draw.integers(classes, size=n)
    vectors = np.eye(classes, 16)[labels] + draw.normal(scale=spread, size=(n, 16))
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    return LabelledPins(
        views=(vectors.astype(np.float16),),
        keys=np.arange(1, n + 1),
        folds=np.arange(n) // 3 % 5,
        labels=labels,
        soft=np.eye(classes, dtype=np.float32)[labels],
    )


def relabelled(pins: LabelledPins, rows: np.ndarray, *, classes: int = 2) -> LabelledPins:
    """Return the pins with the next class given to some."""
    labels = pins.labels.copy()
    labels[rows] = (labels[rows] + 1) % classes
    return LabelledPins(
        views=pins.views,
        keys=pins.keys,
        folds=pins.folds,
        labels=labels,
        soft=np.eye(classes, dtype=np.float32)[labels],
    )


def training(pins: LabelledPins, answers: np.ndarray | None = None) -> TrainingPins:
    n = len(pins.labels)
    none = np.full(n, -1)
    return TrainingPins(
        pins=ProbePins(
            texts=[""] * n,
            views=pins.views,
            votes=np.empty((n, 0), dtype=np.int8),
            folds=pins.folds,
        ),
        soft=pins.soft,
        answers=none if answers is None else answers,
    )


@pytest.mark.parametrize("classes", [2, 5])
def test_labels_given_to_the_wrong_cloud_are_found(classes: int) -> None:
    wrong = np.arange(0, 600, 10)
    pins = relabelled(blobs(600, classes), wrong, classes=classes)
    opinion = fit_second_opinion(pins)
    assert opinion is not None
    judged = opinion.judge(pins)
    assert set(np.flatnonzero(judged.is_issue)) == set(wrong)
    assert judged.contradicted[wrong].mean() > 0.8 and judged.contradicted.sum() <= len(wrong)
    assert judged.quality[wrong].max() < np.delete(judged.quality, wrong).min()
    np.testing.assert_allclose(np.diag(opinion.noise), 0.9, atol=0.05)
    np.testing.assert_allclose(opinion.noise.sum(axis=1), 1)


def test_pins_that_say_the_same_do_not_vouch_for_each_other() -> None:
    pins = relabelled(blobs(300), np.arange(20))
    keys = pins.keys.copy()
    keys[:20] = 7
    vectors = pins.views[0].copy()
    vectors[:20] = vectors[0]
    labels = np.where(np.arange(300) < 20, pins.labels[0], pins.labels)
    equal = LabelledPins(
        views=(vectors,),
        keys=keys,
        folds=np.where(keys == 7, 0, pins.folds),
        labels=labels,
        soft=np.eye(2, dtype=np.float32)[labels],
    )
    opinion = fit_second_opinion(equal)
    assert opinion is not None
    assert opinion.judge(equal).is_issue[:20].all()


def test_a_pin_is_judged_where_any_view_sees_it() -> None:
    pins = relabelled(blobs(400), np.arange(0, 400, 10))
    nothing = np.zeros((400, 8), dtype=np.float16)
    seen = pins.views[0].copy()
    seen[5] = 0
    images_only = LabelledPins(
        views=(nothing, seen),
        keys=pins.keys,
        folds=pins.folds,
        labels=pins.labels,
        soft=pins.soft,
    )
    opinion = fit_second_opinion(images_only)
    assert opinion is not None
    judged = opinion.judge(images_only)
    assert np.flatnonzero(np.isnan(judged.quality)).tolist() == [5]
    assert judged.is_issue[::10].all() and judged.is_issue.sum() == 40


def test_a_class_without_labels_is_no_obstacle() -> None:
    pins = blobs(200)
    soft = np.column_stack([pins.soft, np.zeros(200, dtype=np.float32)])
    opinion = fit_second_opinion(
        LabelledPins(
            views=pins.views, keys=pins.keys, folds=pins.folds, labels=pins.labels, soft=soft
        )
    )
    assert opinion is not None
    assert opinion.noise[2].tolist() == [0, 0, 1]


def test_there_is_no_opinion_on_labels_of_one_class() -> None:
    pins = blobs(100, 1)
    one = LabelledPins(
        views=pins.views,
        keys=pins.keys,
        folds=pins.folds,
        labels=pins.labels,
        soft=np.tile(np.float32([1, 0]), (100, 1)),
    )
    assert fit_second_opinion(one) is None
    assert fit_probe(training(one)) is None


def test_the_probe_reads_the_view_that_tells() -> None:
    pins = blobs(400)
    noise = np.random.default_rng(1).normal(size=(400, 16)).astype(np.float16)
    two = training(
        LabelledPins(
            views=(noise, pins.views[0]),
            keys=pins.keys,
            folds=pins.folds,
            labels=pins.labels,
            soft=pins.soft,
        )
    )
    assert choose_recipe(two, None).views == (1,)
    probe = fit_probe(two)
    assert probe is not None
    assert (probe.predict_proba(two.pins).argmax(axis=1) == pins.labels).mean() > 0.99


def test_answers_alone_are_believed_where_functions_are_worthless() -> None:
    pins = blobs(600, spread=0.2)
    draw = np.random.default_rng(3)
    answers = np.full(600, -1)
    answered = draw.permutation(600)[:80]
    answers[answered] = pins.labels[answered]
    guessed = np.eye(2, dtype=np.float32)[1 - pins.labels]
    guessed[answered] = pins.soft[answered]
    against = TrainingPins(pins=training(pins).pins, soft=guessed, answers=answers)
    probe = fit_probe(against)
    assert probe is not None
    assert probe.recipe.answers_only
    assert (probe.predict_proba(against.pins).argmax(axis=1) == pins.labels).mean() > 0.95


def test_views_side_by_side_are_compared_as_unit_vectors() -> None:
    draw = np.random.default_rng(0)
    text, image = (draw.normal(size=(300, 8)) + 2 for _ in range(2))
    text[0] = image[0] = -2
    views = [
        (v / np.linalg.norm(v, axis=1, keepdims=True)).astype(np.float16) for v in (text, image)
    ]
    views[1][5] = 0
    both = side_by_side(views)
    assert np.linalg.norm(both.astype(float), axis=1) == pytest.approx(np.ones(300), abs=2e-3)
    scores = OutlierScores.fit(both)
    assert scores is not None
    found = scores.score(both)
    assert found.argmin() == 0
    assert (found[1:] < np.median(found) * OUTLIER_SHARE_OF_MEDIAN).mean() < 0.02


def test_the_only_contradiction_is_asked_before_most_of_many_conflicts(
    run_workspace: Workspace,
) -> None:
    doubts, summary = labeling.doubt(run_workspace, "tone", "pins")
    chosen = choose(run_workspace.store, run_workspace.database, doubts, 40)
    reasons = [candidate.reason for candidate in chosen]
    assert summary.contradictions == 1
    assert reasons.count(CONFLICTING) > 20
    assert CONTRADICTED in reasons[:20]


def test_doubts_are_the_same_however_many_processes_find_them(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    doubts = labeling.doubt(workspace, "tone", "pins")[0]
    used, really = [], fitting_many.each

    def told(step: Any, fits: Any, *, where: int, **options: Any) -> Any:
        used.append(where)
        return really(step, fits, where=where, **options)

    monkeypatch.setattr(fitting_many, "each", told)
    monkeypatch.setattr(fitting_many, "LARGE", 0)
    monkeypatch.setattr(doubts_module, "VERSION", "anew")
    several = replace(workspace, settings=workspace.settings.model_copy(update={"workers": 2}))
    again = labeling.doubt(several, "tone", "pins")[0]
    assert again.folder != doubts.folder and set(used) == {2}
    for shard in doubts.resolution.collection.shards:
        one, other = (
            workspace.store.read_table(found.probe_key(shard)) for found in (doubts, again)
        )
        assert one.column("label").equals(other.column("label"))
        ours, theirs = (
            np.stack(t.column("probe").to_numpy(zero_copy_only=False)) for t in (one, other)
        )
        np.testing.assert_allclose(ours, theirs, atol=1e-5)


def test_a_class_most_of_whose_labels_are_suspected_is_said(workspace: Workspace) -> None:
    doubts, _ = labeling.doubt(workspace, "tone", "pins", resolver="majority")
    store, r = workspace.store, doubts.resolution
    assert emptied_notes(store, doubts) == []
    tables = [store.read_table(r.key(shard), ["label"]) for shard in r.collection.shards]
    loud = [table.column("label").to_numpy() == 1 for table in tables]
    every = int(sum(mask.sum() for mask in loud))
    for suspected in (every // 2, every // 2 + 1):
        left = suspected
        for shard, mask in zip(r.collection.shards, loud, strict=True):
            planted = mask & (np.cumsum(mask) <= left)
            left -= int(planted.sum())
            flags = store.read_table(doubts.flags_key(shard))
            place = flags.schema.get_field_index("is_issue")
            planted_flags = flags.set_column(place, "is_issue", pa.array(planted))
            store.write_table(doubts.flags_key(shard), planted_flags)
        notes = emptied_notes(store, doubts)
        assert len(notes) == (suspected > every / 2)
    assert notes[0].startswith(
        f"{suspected} of the {every} labels loud are suspected; where people"
    )


def all_pins(workspace: Workspace, doubts: Doubts) -> tuple[LabelledPins, np.ndarray]:
    """Return a collection's pins and their true labels."""
    shards = doubts.resolution.collection.shards
    pins = [read_shard_pins(workspace.store, doubts, shard).labelled for shard in shards]
    true = [read_reference(workspace.store, doubts.resolution.signal, s) for s in shards]
    return LabelledPins.joined(pins), np.concatenate(true)


def test_wrong_labels_of_real_functions_are_found(tmp_path: Path, real_data: Path) -> None:
    from sklearn.metrics import roc_auc_score

    workspace = labeling.init_workspace(tmp_path)
    labeling.import_collection(workspace, "youtube", real_data / "youtube", format="wrench")
    doubts, summary = labeling.doubt(workspace, "youtube", "youtube", resolver="snorkel")
    pins, true = all_pins(workspace, doubts)
    tables = [
        workspace.store.read_table(doubts.probe_key(s)) for s in doubts.resolution.collection.shards
    ]
    quality, flags = (
        np.concatenate([table.column(name).to_numpy() for table in tables])
        for name in ("quality", "is_issue")
    )
    judged = ~np.isnan(quality)
    wrong = pins.labels != true
    assert roc_auc_score(wrong[judged], -quality[judged]) >= 0.88
    assert wrong[flags].mean() >= 0.70
    assert (wrong & flags).sum() / wrong[judged].sum() >= 0.35
    assert summary.label_issues == flags.sum()


def test_planted_noise_is_found(tmp_path: Path, real_data: Path) -> None:
    lines = (real_data / "clickbait" / "train.csv").read_text("utf-8").splitlines(keepends=True)
    (tmp_path / "some.csv").write_text("".join(lines[:5001]), "utf-8")
    workspace = labeling.init_workspace(tmp_path, functions=FUNCTIONS)
    columns = {"title": "headline", "label": "clickbait"}
    labeling.import_collection(workspace, "clickbait", tmp_path / "some.csv", columns=columns)
    doubts, _ = labeling.doubt(workspace, "clickbait", "clickbait", resolver="majority")
    pins, true = all_pins(workspace, doubts)
    wrong = np.random.default_rng(0).random(len(true)) < 0.2
    rightly = LabelledPins(
        views=pins.views,
        keys=pins.keys,
        folds=pins.folds,
        labels=true.astype(np.int64),
        soft=np.eye(2, dtype=np.float32)[true],
    )
    planted = relabelled(rightly, np.flatnonzero(wrong))
    opinion = fit_second_opinion(planted)
    assert opinion is not None
    flags = opinion.judge(planted).is_issue
    assert wrong[flags].mean() >= 0.85
    assert (wrong & flags).sum() / wrong.sum() >= 0.90
