"""Co-training: votes and vectors together say more than either, and only where gold says so."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from conftest import make_pins, write_signal
from PIL import Image
from test_resolvers import draw_votes, make_evidence

import labeling
from labeling.analysis import learned_weights
from labeling.authoring.leave_one_out import leave_one_out
from labeling.encoders import Encoder
from labeling.errors import ResolveError
from labeling.gold import read_gold
from labeling.known import known_labels
from labeling.list_columns import read_lists
from labeling.resolvers import (
    RESOLVERS,
    CoTrained,
    Evidence,
    LinearProbe,
    SeenPins,
    VoteTable,
    comparing,
)
from labeling.resolvers.co_training import fit, told_by_vectors
from labeling.resolvers.comparing import choose
from labeling.resolvers.linear_probe import FOLDS, fit_linear_probe
from labeling.resolving import Resolution, findings
from labeling.workspace import Workspace

CLASSES = 3
ANSWERS = 60


def draw_vectors(truth: np.ndarray, noise: float, seed: int = 0) -> np.ndarray:
    """Return unit vectors around a direction of each class, float16 [n, 128]."""
    draw = np.random.default_rng(seed)
    vectors = np.eye(128)[truth] + noise * draw.normal(size=(len(truth), 128))
    return (vectors / np.linalg.norm(vectors, axis=1, keepdims=True)).astype(np.float16)


def seeing(truth: np.ndarray, votes: np.ndarray, vectors: np.ndarray) -> tuple[Evidence, SeenPins]:
    """Return the evidence with the first pins answered, and all pins."""
    folds = np.random.default_rng(5).integers(0, FOLDS, len(votes))
    pins = SeenPins(votes=votes, vectors=vectors, folds=folds)
    covered = (votes >= 0).any(axis=1)
    answered = np.arange(ANSWERS)
    made = make_evidence(votes, answered, truth[answered], CLASSES)
    others = np.flatnonzero(covered & (np.arange(len(votes)) >= ANSWERS))
    gold = pins.take(answered[covered[answered]])
    return replace(made, seen=pins.take(others), gold_seen=gold), pins


@pytest.fixture(scope="module")
def weak_votes() -> tuple[np.ndarray, Evidence, SeenPins]:
    """Votes right a little more often than chance, and vectors that tell the classes apart."""
    truth = np.random.default_rng(1).integers(0, CLASSES, 1500)
    votes = draw_votes(truth, [0.65, 0.6, 0.55, 0.5, 0.5], CLASSES, seed=2)
    return truth, *seeing(truth, votes, draw_vectors(truth, 0.3))


def right(soft: np.ndarray, truth: np.ndarray) -> float:
    return float((soft.argmax(axis=1) == truth).mean())


def test_it_beats_votes_alone_and_a_probe_on_the_answers_alone(weak_votes: tuple) -> None:
    truth, evidence, pins = weak_votes
    others = np.arange(ANSWERS, len(truth))
    found = right(fit(evidence).predict_proba_of(pins)[others], truth[others])
    by_votes = [
        right(RESOLVERS[name].fit(evidence).predict_proba(pins.votes)[others], truth[others])
        for name in ("majority", "semi_supervised", "stacked")
    ]
    gold, labels = evidence.gold_seen, evidence.gold_labels
    alone = fit_linear_probe(gold, np.eye(CLASSES)[labels], np.ones(len(labels)))
    assert found > max(by_votes) + 0.1
    assert found > right(alone.log_proba(pins)[others], truth[others]) + 0.02


def test_auto_takes_it_where_gold_says_that_it_is_clearly_better(weak_votes: tuple) -> None:
    _, evidence, _ = weak_votes
    choice = choose(evidence)
    assert choice.resolver == "co_training"
    assert {one.resolver for one in choice.compared} == set(RESOLVERS)


def test_a_few_answers_are_enough_to_take_it(weak_votes: tuple) -> None:
    _, evidence, _ = weak_votes
    choice = choose(evidence.with_answers(np.arange(20)))
    assert choice.resolver == "co_training"
    assert len(choice.compared) == 2  # there is no choice yet among those that read votes alone
    assert choose(evidence.with_answers(np.arange(9))).resolver != "co_training"


@pytest.mark.parametrize(("errors", "taken"), [(1.5, "co_training"), (2.5, "snorkel_robust")])
def test_a_rare_class_must_be_clearly_worse_off_to_leave_it(
    errors: float, taken: str, weak_votes: tuple, monkeypatch: pytest.MonkeyPatch
) -> None:
    evidence = weak_votes[1].with_answers(np.arange(20))
    really = comparing.judge

    def planted(*args: object) -> tuple[comparing.JudgedResolver, ...]:
        return tuple(
            replace(one, balanced_difference=errors, balanced_error=1.0)
            if one.resolver == "co_training"
            else one
            for one in really(*args)  # type: ignore[arg-type]
        )

    monkeypatch.setattr(comparing, "judge", planted)
    choice = choose(evidence)
    assert choice.resolver == taken
    assert ("on frequent classes alone" in choice.reason) == (taken != "co_training")


def test_where_all_pins_are_answered_vectors_have_none_to_tell_of(weak_votes: tuple) -> None:
    evidence = weak_votes[1]
    for left in (0, 1):
        few = replace(evidence, seen=evidence.seen.take(np.arange(left)))
        assert told_by_vectors(few) == 0.0
        assert choose(few).resolver in RESOLVERS
    assert told_by_vectors(evidence) > 0.1


def test_auto_leaves_it_where_vectors_say_nothing() -> None:
    truth = np.random.default_rng(1).integers(0, CLASSES, 1500)
    votes = draw_votes(truth, [0.9, 0.8, 0.8, 0.7, 0.3], CLASSES, seed=2)
    evidence, _ = seeing(truth, votes, draw_vectors(np.zeros_like(truth), 1.0))
    assert choose(evidence).resolver != "co_training"


def test_an_answer_changes_nothing_about_its_own_fold(weak_votes: tuple) -> None:
    """What the probe says of a pin never comes from an answer on it, or on one with its content."""
    _, evidence, _ = weak_votes
    gold = evidence.gold_seen
    truth = np.eye(CLASSES)[evidence.gold_labels]
    turned = np.where((gold.folds == 2)[:, None], np.roll(truth, 1, axis=1), truth)
    ones = np.ones(len(truth))
    before, after = fit_linear_probe(gold, truth, ones), fit_linear_probe(gold, turned, ones)
    same = (before.log_proba(gold) == after.log_proba(gold)).all(axis=1)
    np.testing.assert_array_equal(same, gold.folds == 2)


def test_where_nothing_is_seen_the_votes_decide(weak_votes: tuple) -> None:
    _, evidence, pins = weak_votes
    blind = replace(pins, vectors=np.zeros_like(pins.vectors))
    model = fit(evidence)
    np.testing.assert_allclose(
        model.predict_proba_of(blind), model.predict_proba(pins.votes), atol=1e-5
    )
    nothing = replace(
        evidence,
        seen=replace(evidence.seen, vectors=evidence.seen.vectors * 0),
        gold_seen=replace(evidence.gold_seen, vectors=evidence.gold_seen.vectors * 0),
    )
    assert fit(nothing).probe is None


def test_the_probe_says_nothing_of_pins_of_one_content(weak_votes: tuple) -> None:
    _, evidence, _ = weak_votes
    seen, gold = evidence.seen, evidence.gold_seen
    alike = replace(
        evidence,
        seen=replace(seen, folds=np.full_like(seen.folds, 3)),
        gold_seen=replace(gold, folds=np.full_like(gold.folds, 3)),
    )
    said = fit(alike).probe.log_proba(alike.seen)
    np.testing.assert_allclose(np.exp(said), 1 / CLASSES)


def test_a_model_written_as_json_says_the_same(weak_votes: tuple) -> None:
    _, evidence, pins = weak_votes
    model = fit(evidence)
    table = VoteTable.from_json(json.loads(json.dumps(model.to_json())))
    probe = LinearProbe.from_json(json.loads(json.dumps(model.probe.to_json())))
    again = CoTrained(bias=table.bias, table=table.table, probe=probe)
    np.testing.assert_array_equal(model.predict_proba_of(pins), again.predict_proba_of(pins))


def add_gold(workspace: Workspace, count: int) -> None:
    gold = make_pins(300).query("split == 'train'").head(count)[["pin_id", "label"]]
    file = workspace.home / f"gold{count}.csv"
    gold.to_csv(file, index=False)
    labeling.import_gold(workspace, "tone", "pins", file)


def soft_labels(workspace: Workspace, resolution: Resolution) -> np.ndarray:
    store = workspace.store
    tables = [store.read_table(resolution.key(shard)) for shard in resolution.collection.shards]
    return np.concatenate([read_lists(table.column("soft")) for table in tables])


def test_it_embeds_first_resumes_and_everything_reads_its_model(workspace: Workspace) -> None:
    add_gold(workspace, 60)
    made = labeling.resolve(workspace, "tone", "pins", resolver="co_training")
    assert [encoder.reads for encoder in made.encoders] == ["text"]
    soft = soft_labels(workspace, made)
    np.testing.assert_allclose(soft.sum(axis=1), 1, atol=1e-5)
    workspace.store.delete(made.key(made.collection.shards[1]))
    again = labeling.resolve(workspace, "tone", "pins", resolver="co_training")
    assert again.fingerprint == made.fingerprint
    np.testing.assert_array_equal(soft_labels(workspace, again), soft)
    weights = learned_weights(workspace.store, made)
    assert ((weights >= 0) & (weights <= 1)).all()
    assert findings(made, workspace.store) is not None
    gold = read_gold(workspace.database, made.signal, "pins")
    assert len(gold) == 60
    known = known_labels(workspace, made.signal, made.collection)
    assert np.isfinite(leave_one_out(workspace.store, made, known).labels_changed).all()


def test_only_what_reads_vectors_is_named_by_them(workspace: Workspace) -> None:
    add_gold(workspace, 60)
    made = labeling.resolve(workspace, "tone", "pins", resolver="co_training")
    other = replace(made, encoders=(Encoder(name="another"),))
    assert other.fingerprint != made.fingerprint
    assert labeling.resolve(workspace, "tone", "pins", resolver="stacked").encoders == ()


def test_auto_compares_it_in_the_report(workspace: Workspace) -> None:
    add_gold(workspace, 60)
    report = labeling.run(workspace, "tone", "pins")
    assert {one["resolver"] for one in report.resolvers} == set(RESOLVERS)
    assert labeling.run(workspace, "tone", "pins").resolvers == report.resolvers


COLOURS = """
from labeling import Signal, link_domain

colour = Signal("colour", classes=["blue", "red"], guideline="Which colour?")
BLUE, RED = colour.labels
colour.add(link_domain("b", BLUE, ["b.example"]), link_domain("r", RED, ["r.example"]))
"""


def test_it_sees_pins_without_any_text_by_their_images(tmp_path: Path) -> None:
    """Links are right about two of three pins; every tenth image is missing."""
    write_signal(tmp_path, COLOURS, "colour")
    workspace = labeling.init_workspace(tmp_path, image_encoder="classic", shard_rows=60)
    draw, n = np.random.default_rng(0), 150
    red, truthful = draw.random(n) < 0.5, draw.random(n) < 0.67
    missing = np.arange(n) % 10 == 9
    for number in np.flatnonzero(~missing):
        pixels = draw.integers(0, 60, (40, 40, 3), dtype=np.uint8)
        pixels[..., 0 if red[number] else 2] += 150
        Image.fromarray(pixels).save(tmp_path / f"{number}.png")
    rows = pd.DataFrame(
        {
            "pin_id": [f"p{number}" for number in range(n)],
            "link": np.where(red == truthful, "https://r.example/1", "https://b.example/1"),
            "image": ["" if missing[number] else f"{number}.png" for number in range(n)],
            "label": np.where(red, "red", "blue"),
        }
    )
    rows.to_csv(tmp_path / "rows.csv", index=False)
    rows[["pin_id", "label"]].head(30).to_csv(tmp_path / "gold.csv", index=False)
    labeling.import_collection(workspace, "pins", tmp_path / "rows.csv")
    labeling.import_gold(workspace, "colour", "pins", tmp_path / "gold.csv")
    made = labeling.resolve(workspace, "colour", "pins", resolver="co_training")
    assert [encoder.reads for encoder in made.encoders] == ["text", "image"]
    found = soft_labels(workspace, made).argmax(axis=1) == red
    assert found[~missing].mean() > 0.95
    np.testing.assert_array_equal(found[missing], truthful[missing])
    retried = replace(made, collection=replace(made.collection, retries=1))
    assert retried.fingerprint != made.fingerprint


def test_yoruba_gains_from_a_hundred_answers(real_data: Path) -> None:
    """Soft labels of the training split, answered pins left out, pins without a vote too."""
    records = json.loads((real_data / "yoruba" / "train.json").read_text("utf-8")).values()
    votes = np.array([record["weak_labels"] for record in records], dtype=np.int8)
    truth = np.array([record["label"] for record in records])
    vectors = Encoder(name="minilm").encode_texts([record["data"]["text"] for record in records])
    folds = np.random.default_rng(0).integers(0, FOLDS, len(votes))
    pins = SeenPins(votes=votes, vectors=vectors, folds=folds)
    covered = (votes >= 0).any(axis=1)
    gains = []
    for seed in range(3):
        answered = np.random.default_rng(seed).choice(len(votes), 100, replace=False)
        others = np.setdiff1d(np.flatnonzero(covered), answered)
        made = replace(
            make_evidence(votes, answered, truth[answered], 7),
            seen=pins.take(others),
            gold_seen=pins.take(answered[covered[answered]]),
        )
        found = right(fit(made).predict_proba_of(pins)[others], truth[others])
        by_votes = RESOLVERS["semi_supervised"].fit(made).predict_proba(votes)[others]
        gains.append(found - right(by_votes, truth[others]))
    assert np.mean(gains) > 0.02


def test_without_gold_it_says_what_it_needs(workspace: Workspace) -> None:
    with pytest.raises(ResolveError, match="co_training needs at least 10 gold labels"):
        labeling.resolve(workspace, "tone", "pins", resolver="co_training")
    assert labeling.resolve(workspace, "tone", "pins").encoders == ()
