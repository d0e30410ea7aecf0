from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from labeling.errors import ResolveError
from labeling.label_model import VoteStatistics
from labeling.resolvers import RESOLVERS, Evidence, Patterns, VoteShares, VoteTable, dawid_skene
from labeling.resolvers.comparing import choose, find_power, too_little
from labeling.resolvers.snorkel_robust import with_label_model

BY_VOTES = {name for name, kind in RESOLVERS.items() if not kind.reads_vectors}


def draw_votes(
    truth: np.ndarray, accuracies: list[float], classes: int, seed: int, coverage: float = 0.6
) -> np.ndarray:
    """Return votes of independent functions, int8 [n, m], right with their accuracies."""
    draw = np.random.default_rng(seed)
    votes = np.empty((len(truth), len(accuracies)), dtype=np.int8)
    for j, accuracy in enumerate(accuracies):
        wrong = (truth + draw.integers(1, classes, len(truth))) % classes
        vote = np.where(draw.random(len(truth)) < accuracy, truth, wrong)
        votes[:, j] = np.where(draw.random(len(truth)) < coverage, vote, -1)
    return votes


def make_evidence(
    votes: np.ndarray, answered: np.ndarray, labels: np.ndarray, classes: int, *, model: bool = True
) -> Evidence:
    """Return the evidence of votes, with the answers `labels` to the pins `answered`."""
    covered = (votes[answered] >= 0).any(axis=1)
    sample = votes[(votes >= 0).any(axis=1)]
    names = tuple(f"class {y}" for y in range(classes))
    evidence = Evidence(
        class_names=names,
        function_names=tuple(f"f{j}" for j in range(votes.shape[1])),
        seed=0,
        statistics=VoteStatistics.of(votes, classes),
        sample=sample,
        gold_votes=votes[answered][covered],
        gold_labels=labels[covered],
        patterns=Patterns.of(sample, classes),
        start=VoteShares(classes=classes),
    )
    evidence = replace(evidence, choosable=too_little(evidence) is None)
    return with_label_model(evidence) if model else evidence


def accuracy(evidence: Evidence, resolver: str, votes: np.ndarray, truth: np.ndarray) -> float:
    soft = RESOLVERS[resolver].fit(evidence).predict_proba(votes)
    return float((soft.argmax(axis=1) == truth).mean())


@pytest.fixture(scope="module")
def three_classes() -> tuple[np.ndarray, np.ndarray]:
    """Truth and votes of ten functions, three of which are worse than chance."""
    truth = np.random.default_rng(1).choice(3, 4000, p=[0.6, 0.3, 0.1])
    accuracies = [0.85, 0.8, 0.75, 0.7, 0.65, 0.6, 0.55, 0.2, 0.15, 0.1]
    return truth, draw_votes(truth, accuracies, 3, seed=2)


def test_expectation_maximisation_finds_the_accuracies_that_made_the_votes() -> None:
    truth = np.random.default_rng(0).choice(2, 20_000, p=[0.7, 0.3])
    accuracies = [0.9, 0.8, 0.7, 0.6, 0.85, 0.75]
    votes = draw_votes(truth, accuracies, 2, seed=3)
    evidence = make_evidence(votes, np.arange(0), np.zeros(0, int), 2, model=False)
    model = dawid_skene.fit(evidence, steps=300)
    np.testing.assert_allclose(np.exp(model.bias), [0.7, 0.3], atol=0.03)
    for j, wanted in enumerate(accuracies):
        outcomes = np.exp(model.table[j])  # [abstains, votes 0, votes 1] x class
        np.testing.assert_allclose(outcomes.sum(axis=0), 1, atol=1e-9)
        np.testing.assert_allclose(outcomes[0], 0.4, atol=0.02)
        np.testing.assert_allclose(outcomes[1, 0] / outcomes[1:, 0].sum(), wanted, atol=0.04)


def test_silence_on_a_class_is_evidence_for_it() -> None:
    """A function that votes on class 1 alone, and only when right: without its vote, class 0."""
    truth = np.random.default_rng(0).choice(2, 6000)
    votes = draw_votes(truth, [0.8, 0.8, 0.8], 2, seed=1, coverage=0.9)
    loyal = np.where((truth == 1) & (np.random.default_rng(5).random(6000) < 0.95), 1, -1)
    votes = np.column_stack([votes, loyal.astype(np.int8)])
    evidence = make_evidence(votes, np.arange(0), np.zeros(0, int), 2, model=False)
    assert accuracy(evidence, "dawid_skene", votes, truth) > 0.97
    assert accuracy(evidence, "majority", votes, truth) < 0.95


@pytest.mark.parametrize("classes", [2, 4])
def test_without_abstentions_dawid_skene_is_crowd_kits(classes: int) -> None:
    aggregation = pytest.importorskip("crowdkit.aggregation")
    truth = np.random.default_rng(0).integers(0, classes, 400)
    votes = draw_votes(truth, [0.8, 0.7, 0.6, 0.75, 0.65], classes, seed=4, coverage=1.1)
    pins, functions = np.nonzero(votes >= 0)
    cast = pd.DataFrame({"task": pins, "worker": functions, "label": votes[pins, functions]})
    theirs = aggregation.DawidSkene(n_iter=20, tol=0).fit(cast).probas_.sort_index()
    evidence = make_evidence(votes, np.arange(0), np.zeros(0, int), classes, model=False)
    ours = dawid_skene.fit(evidence, imagined=0.0, steps=20).predict_proba(votes)
    np.testing.assert_allclose(ours, theirs[list(range(classes))].to_numpy(), atol=0.02)


@pytest.mark.parametrize(
    "resolver", ["weighted_majority", "semi_supervised", "logistic", "stacked"]
)
def test_answers_make_it_better(three_classes: tuple, resolver: str) -> None:
    truth, votes = three_classes
    answered = np.random.default_rng(0).choice(2000, 300, replace=False)
    with_answers = make_evidence(votes, answered, truth[answered], 3)
    found = accuracy(with_answers, resolver, votes[2000:], truth[2000:])
    assert found > accuracy(with_answers, "majority", votes[2000:], truth[2000:]) + 0.1


@example(3, 3, 71)  # one answer, and stacked holds it back
@given(st.integers(2, 4), st.integers(3, 6), st.integers(0, 2**20))
@settings(max_examples=15, deadline=None)
@pytest.mark.parametrize("resolver", RESOLVERS)
def test_probabilities_are_finite_and_sum_to_one(
    resolver: str, classes: int, functions: int, seed: int
) -> None:
    draw = np.random.default_rng(seed)
    truth = draw.integers(0, classes, 120)
    votes = draw_votes(truth, list(draw.random(functions)), classes, seed, coverage=draw.random())
    votes[0] = 0  # at least one vote
    labels = np.where(draw.random(40) < 0.9, 0, truth[:40])  # most answers name one class
    evidence = make_evidence(votes, np.arange(40), labels, classes)
    if evidence.label_model is None and "snorkel" in resolver:
        return
    soft = RESOLVERS[resolver].fit(evidence).predict_proba(np.vstack([votes, votes[:1] * 0 - 1]))
    assert np.isfinite(soft).all()
    np.testing.assert_allclose(soft.sum(axis=1), 1, atol=1e-5)


@pytest.mark.parametrize("resolver", [name for name in RESOLVERS if "snorkel" not in name])
def test_the_order_of_classes_and_functions_does_not_matter(
    three_classes: tuple, resolver: str
) -> None:
    truth, votes = three_classes
    answered = np.arange(80)
    evidence = make_evidence(votes, answered, truth[answered], 3, model=False)
    order, renamed = np.random.default_rng(3).permutation(10), np.array([2, 0, 1])
    turned = np.where(votes >= 0, renamed[votes], -1).astype(np.int8)[:, order]
    other = make_evidence(turned, answered, renamed[truth[answered]], 3, model=False)
    if resolver == "stacked":  # its folds are drawn class by class
        pytest.skip("folds follow the order of classes")
    soft = RESOLVERS[resolver].fit(evidence).predict_proba(votes)
    soft_turned = RESOLVERS[resolver].fit(other).predict_proba(turned)
    np.testing.assert_allclose(soft_turned[:, renamed], soft, atol=2e-2)


def test_many_functions_never_underflow() -> None:
    truth = np.random.default_rng(0).integers(0, 2, 300)
    votes = draw_votes(truth, [0.6] * 300, 2, seed=0, coverage=1.1)
    evidence = make_evidence(votes, np.arange(60), truth[:60], 2, model=False)
    for name in set(RESOLVERS) - {"snorkel_robust"}:
        model = RESOLVERS[name].fit(evidence)
        assert np.isfinite(model.predict_proba(votes)).all(), name
        assert np.isfinite(model.log_proba(votes)).all(), name


def test_a_model_written_as_json_predicts_the_same_bits(three_classes: tuple) -> None:
    truth, votes = three_classes
    model = RESOLVERS["stacked"].fit(make_evidence(votes, np.arange(90), truth[:90], 3))
    again = VoteTable.from_json(json.loads(json.dumps(model.to_json())))
    np.testing.assert_array_equal(model.predict_proba(votes), again.predict_proba(votes))


@pytest.fixture(scope="module")
def even() -> tuple[np.ndarray, np.ndarray]:
    """Truth and votes of independent, equally good functions, with an even balance."""
    truth = np.random.default_rng(0).integers(0, 2, 4000)
    return truth, draw_votes(truth, [0.75] * 6, 2, seed=1)


def test_no_gold_is_snorkel(even: tuple) -> None:
    _, votes = even
    choice = choose(make_evidence(votes, np.arange(0), np.zeros(0, int), 2))
    assert (choice.resolver, choice.reason) == ("snorkel", "no gold labels to choose by")
    assert choice.compared == ()


def test_without_gold_what_snorkel_fails_on_calls_for_the_robust_fit(three_classes: tuple) -> None:
    _, votes = three_classes
    choice = choose(make_evidence(votes, np.arange(0), np.zeros(0, int), 3))
    assert choice.resolver == "snorkel_robust"
    assert "looks worse than chance" in choice.reason


def test_a_rare_class_calls_for_the_robust_fit() -> None:
    truth = (np.random.default_rng(0).random(5000) < 0.05).astype(int)
    votes = draw_votes(truth, [0.9] * 6, 2, seed=1)
    choice = choose(make_evidence(votes, np.arange(0), np.zeros(0, int), 2))
    assert choice.resolver == "snorkel_robust"


def test_little_gold_is_snorkel_and_it_says_how_much_is_wanted(even: tuple) -> None:
    truth, votes = even
    choice = choose(make_evidence(votes, np.arange(20), truth[:20], 2))
    assert choice.resolver == "snorkel"
    assert choice.reason == "only 20 gold labels on pins with votes, and a choice needs 50"


def test_a_clear_winner_is_taken_with_its_figures(three_classes: tuple) -> None:
    truth, votes = three_classes
    choice = choose(make_evidence(votes, np.arange(300), truth[:300], 3))
    assert "snorkel" not in choice.resolver
    assert (
        f"{choice.resolver} is better than snorkel_robust: cross-validated log loss"
        in choice.reason
    )
    assert "95% interval" in choice.reason
    assert {one.resolver for one in choice.compared} == BY_VOTES
    losses = [one.log_loss for one in choice.compared]
    assert losses == sorted(losses)


def test_without_a_winner_it_stays_with_snorkel(even: tuple) -> None:
    """Nobody can beat Snorkel's model there."""
    truth, votes = even
    choice = choose(make_evidence(votes, np.arange(60), truth[:60], 2))
    assert "snorkel" in choice.resolver
    assert {one.resolver for one in choice.compared} == BY_VOTES


def test_a_class_that_people_never_met_forbids_a_choice(three_classes: tuple) -> None:
    truth, votes = three_classes
    without = np.flatnonzero((truth != 2) & ~(votes == 2).any(axis=1))[:120]
    made = make_evidence(votes, without, truth[without], 3)
    choice = choose(made)
    assert choice.resolver == "snorkel_robust"
    assert "worse than chance" in choice.reason
    assert str(too_little(made)).startswith("no gold label for class 2, which has ")


def test_answers_of_one_class_alone_deny_no_other_unless_they_refute_its_votes(even: tuple) -> None:
    """The first answers of a rare class are mostly on pins without it."""
    truth, votes = even
    shares = VoteShares(classes=2).predict_proba(votes)
    for_other = np.flatnonzero((truth == 0) & (shares[:, 1] > shares[:, 0]))
    agreed = np.flatnonzero((truth == 0) & (shares[:, 0] > shares[:, 1]))
    for refuting, says_no in ((0, True), (19, True), (20, False)):
        answered = np.concatenate([agreed[: 80 - refuting], for_other[:refuting]])
        made = make_evidence(votes, answered, truth[answered], 2)
        why = too_little(made)
        assert (why is not None) == says_no, refuting
        if why is not None:
            assert why.startswith(
                f"all 80 gold labels are class 0, {refuting} of them on pins with"
            )
            assert choose(made).resolver != "co_training"


def test_a_resolver_that_needs_the_label_model_says_why_there_is_none() -> None:
    votes = draw_votes(np.zeros(50, int), [0.9, 0.8], 2, seed=0)
    evidence = make_evidence(votes, np.arange(0), np.zeros(0, int), 2)
    with pytest.raises(ResolveError, match="was not fitted: only 2 functions"):
        RESOLVERS["snorkel_robust"].fit(evidence)
    assert choose(evidence).resolver == "majority"


def test_a_model_that_is_right_but_too_sure_is_cooled() -> None:
    labels = np.random.default_rng(0).integers(0, 2, 400)
    right = np.random.default_rng(1).random(400) < 0.8
    sure = np.where((labels == 1) == right, 8.0, -8.0)
    assert find_power(np.stack([-sure, sure], axis=1) / 2, labels) == pytest.approx(
        np.log(4) / 8, abs=0.02
    )


@pytest.mark.parametrize("name", ["youtube", "yoruba", "agnews", "chemprot"])
def test_with_100_answers_the_choice_is_near_the_best(name: str, real_data: Path) -> None:
    """The mean over 3 draws: single draws differ by what chance does to a test set of hundreds."""
    parts = {}
    for split in ("train", "test"):
        records = json.loads((real_data / name / f"{split}.json").read_text("utf-8")).values()
        parts[split] = (
            np.array([record["weak_labels"] for record in records], dtype=np.int8),
            np.array([record["label"] for record in records]),
        )
    classes = len(json.loads((real_data / name / "label.json").read_text("utf-8")))
    (votes, truth), (test_votes, test_truth) = parts["train"], parts["test"]
    covered = (test_votes >= 0).any(axis=1)
    gaps = []
    for seed in range(3):
        answered = np.random.default_rng(seed).choice(len(votes), 100, replace=False)
        made = make_evidence(votes, answered, truth[answered], classes)
        found = {
            resolver: accuracy(made, resolver, test_votes[covered], test_truth[covered])
            for resolver in RESOLVERS
        }
        gaps.append(max(found.values()) - found[choose(made).resolver])
    assert np.mean(gaps) < 0.03


def test_answers_on_doubtful_pins_count_for_less() -> None:
    truth = np.random.default_rng(4).integers(0, 2, 2000)
    votes = draw_votes(truth, [0.8, 0.7, 0.7, 0.6], 2, seed=5)
    known = make_evidence(votes, np.arange(0), np.zeros(0, int), 2)
    sure = known.start.predict_proba(votes).max(axis=1)
    doubtful = np.argsort(sure)[:80]
    rest = np.setdiff1d(np.arange(2000), doubtful)[:20]
    asked = np.concatenate([doubtful, rest])
    weights = make_evidence(votes, asked, truth[asked], 2).answer_weights
    covered = (votes[asked] >= 0).any(axis=1)
    is_doubtful = (np.arange(100) < 80)[covered]
    assert weights[is_doubtful].mean() < 0.6 * weights[~is_doubtful].mean()
    assert weights.mean() == pytest.approx(1)
    by_chance = np.random.default_rng(6).choice(2000, 400, replace=False)
    assert make_evidence(votes, by_chance, truth[by_chance], 2).answer_weights.std() < 0.15
