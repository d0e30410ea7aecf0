from __future__ import annotations

import json
import sys
from pathlib import Path

import numpy as np
import pytest
from conftest import ROOT
from hypothesis import given, settings
from hypothesis import strategies as st

from labeling import robust_label_model
from labeling.evaluation import score
from labeling.resolving import vote_shares
from labeling.robust_label_model import (
    RobustFit,
    fit_robust,
    sample_votes,
    smoothed_balance,
)
from labeling.soft_labels import best_class
from labeling.vote_model import VoteModel
from labeling.vote_statistics import VoteStatistics

sys.path.append(str(ROOT / "benchmarks"))
from planted_votes import copies, independent, rare_class


def fitted(
    votes: np.ndarray,
    k: int = 2,
    *,
    balance: np.ndarray | None = None,
    discount: bool = True,
    seeds: tuple[int, ...] = (0,),
) -> RobustFit:
    return fit_robust(
        VoteStatistics.of(votes, k),
        sample_votes(votes, 20_000),
        functions=[f"f{j}" for j in range(votes.shape[1])],
        classes=[f"c{y}" for y in range(k)],
        balance=balance,
        discount=discount,
        seeds=seeds,
    )


def labels(soft: np.ndarray, votes: np.ndarray) -> np.ndarray:
    return np.where((votes >= 0).any(axis=1), best_class(soft), -1)


def accuracy(soft: np.ndarray, votes: np.ndarray, truth: np.ndarray) -> float:
    found = score(truth, labels(soft, votes), soft.shape[1])
    assert found is not None
    return found.accuracy


def f1(soft: np.ndarray, votes: np.ndarray, truth: np.ndarray) -> float:
    found = labels(soft, votes)
    both = ((found == 1) & (truth == 1)).sum()
    return float(2 * both / max(1, (found == 1).sum() + (truth == 1).sum()))


def kinds(fit: RobustFit) -> dict[str, tuple[str, ...]]:
    return {finding.kind: finding.functions or finding.classes for finding in fit.findings}


@pytest.mark.parametrize(
    ("differ", "coverage", "kind"),
    [
        pytest.param(0.0, 1.0, "duplicates", id="exact copies"),
        pytest.param(0.02, 1.0, "duplicates", id="copies that differ on 2%"),
        pytest.param(0.05, 1.0, "correlated", id="copies that differ on 5%"),
        pytest.param(0.0, 0.7, "duplicates", id="copies that vote on other pins"),
        pytest.param(0.05, 0.7, "correlated", id="noisy copies that vote on other pins"),
    ],
)
def test_six_copies_of_a_poor_function_do_not_outvote_four_good_ones(
    differ: float, coverage: float, kind: str
) -> None:
    votes, truth = copies(0, differ=differ, coverage=coverage)
    fit = fitted(votes)
    assert kinds(fit) == {kind: ("f0", "f1", "f2", "f3", "f4", "f5")}
    assert (fit.powers[:6] < 0.3).all() and (fit.powers[6:] == 1).all()
    assert accuracy(fit.votes.predict_proba(votes), votes, truth) >= 0.85
    without = fitted(votes, discount=False)
    assert without.findings == () and (without.powers == 1).all()
    assert accuracy(without.votes.predict_proba(votes), votes, truth) < 0.65


def test_two_copies_among_three_functions_are_found() -> None:
    votes, _ = independent([0.7, 0.7, 0.8])
    assert fitted(votes).findings == ()
    votes[:, 1] = votes[:, 0]
    fit = fitted(votes)
    assert kinds(fit) == {"duplicates": ("f0", "f1")}
    np.testing.assert_allclose(fit.powers, [0.5, 0.5, 1], atol=0.05)


def test_copies_of_a_function_for_one_class_are_found() -> None:
    votes, _ = rare_class("one_sided", 0)
    before = fitted(votes)
    votes[:, 1] = votes[:, 0]
    assert "duplicates" not in kinds(before)
    assert kinds(fitted(votes))["duplicates"] == ("f0", "f1")


@pytest.mark.parametrize(
    "accuracies",
    [
        pytest.param([0.8] * 3, id="three"),
        pytest.param([0.8] * 10, id="ten"),
        pytest.param([0.95] * 8, id="all very accurate"),
        pytest.param([0.95] * 4 + [0.7] * 4, id="half very accurate"),
        pytest.param([0.97] * 3 + [0.6] * 3, id="very accurate and poor"),
    ],
)
def test_independent_functions_are_not_taken_for_copies(accuracies: list[float]) -> None:
    votes, truth = independent(accuracies)
    fit = fitted(votes)
    assert fit.findings == ()
    np.testing.assert_array_equal(fit.votes.table, fit.model.votes.table)
    soft = fit.votes.predict_proba(votes)
    majority = accuracy(vote_shares(votes, 2), votes, truth)  # the optimum for equal functions
    assert accuracy(soft, votes, truth) >= majority - 0.003


@pytest.mark.parametrize("kind", ["two_sided", "varied", "mixed", "sparse"])
@pytest.mark.parametrize("draw", range(3))
@pytest.mark.parametrize("given_balance", [False, True], ids=["balance not given", "balance given"])
def test_a_rare_class_is_found_as_well_as_by_the_majority(
    kind: str, draw: int, given_balance: bool
) -> None:
    votes, truth = rare_class(kind, draw)
    fit = fitted(votes, balance=np.array([0.95, 0.05]) if given_balance else None)
    assert f1(fit.votes.predict_proba(votes), votes, truth) >= f1(
        vote_shares(votes, 2), votes, truth
    )


def test_the_result_does_not_hang_on_the_seeds() -> None:
    votes, _ = rare_class("mixed", 0)
    balance = np.array([0.95, 0.05])
    fits = [fitted(votes, balance=balance, seeds=(a, a + 1, a + 2)) for a in (0, 7, 14)]
    assert max(fit.spread.labels for fit in fits) > 0.01  # Snorkel's own does
    for fit in fits:
        assert ("unsteady" in kinds(fit)) == (fit.spread.labels >= 0.01)
        np.testing.assert_array_equal(fit.votes.table, fits[0].votes.table)


def test_a_function_worse_than_chance_is_found_and_silenced_unless_switched_off() -> None:
    votes, _ = independent([0.8, 0.8, 0.8, 0.8, 0.3])
    fit = fitted(votes)
    assert kinds(fit) == {"worse_than_chance": ("f4",)}
    assert fit.findings[0].figure == pytest.approx(0.3, abs=0.03)
    assert (fit.votes.table[4] == 0).all() and fit.powers[4] == 0
    assert fit.distrust is None
    kept = fitted(votes, discount=False)
    assert kept.powers[4] == 1 and "against their own class" in kept.findings[0].sentence


def test_a_function_for_a_rare_class_is_not_worse_than_chance_for_being_imprecise() -> None:
    votes, truth = rare_class("mostly_positive", 1)
    precision = [(truth[votes[:, j] == 1] == 1).mean() for j in range(8)]
    assert min(precision) < 0.5
    assert "worse_than_chance" not in kinds(fitted(votes, balance=np.array([0.95, 0.05])))


def test_silent_functions_and_classes_without_votes_are_named() -> None:
    votes, _ = independent([0.8, 0.8, 0.8, 0.8])
    votes[:, 3] = -1
    votes[:5, 0] = 2
    fit = fitted(votes, 4)
    assert kinds(fit) == {
        "silent": ("f3",),
        "class_with_few_votes": ("c2",),
        "class_without_votes": ("c3",),
    }
    assert fit.findings[2].figure == 5
    assert fit.findings[0].sentence == "f3 votes on no pin."
    votes[:, 1] = -1
    votes[1:5, 0] = 1
    silent, _, few = fitted(votes, 4).findings
    assert (silent.functions, silent.sentence) == (("f1", "f3"), "f1, f3 vote on no pin.")
    assert few.sentence.startswith("Too few votes to learn from are for c2 (1);")
    assert np.isfinite(fit.votes.predict_proba(votes)).all()


def one_of_ten_topics() -> np.ndarray:
    """Return votes of two functions for each of nine topics against the tenth, and of one for it."""
    draw = np.random.default_rng(0)
    topics = draw.integers(0, 10, 6_000)
    columns = [
        np.where(draw.random(6_000) < np.where(topics == topic, 0.4, 0.05), topic == 0, -1)
        for topic in range(10)
        for _ in range(1 if topic == 0 else 2)
    ]
    return np.array(columns).T.astype(np.int8)


def test_a_class_with_votes_is_not_lost_to_the_others(monkeypatch: pytest.MonkeyPatch) -> None:
    votes = one_of_ten_topics()
    fit = fitted(votes)
    by_most = (votes == 1).sum(axis=1) > (votes == 0).sum(axis=1)
    found = labels(fit.votes.predict_proba(votes), votes) == 1
    assert (by_most.sum(), (found & by_most).sum()) == (133, 133)
    assert fit.distrust is None and fit.balance_from == "votes"
    monkeypatch.setattr(robust_label_model, "RAISES", 0)
    fit = fitted(votes)
    assert not (labels(fit.votes.predict_proba(votes), votes) == 1).any()
    assert fit.distrust == "the label model gives hardly any pin the label c1"
    assert kinds(fit) == {"class_lost": ("c1",)}


def test_votes_for_one_class_alone_are_not_to_be_trusted() -> None:
    votes, _ = independent([0.8, 0.8, 0.8])
    assert fitted(votes).distrust is None
    votes[votes == 0] = -1
    assert fitted(votes).distrust == "all votes are for one class"


@given(st.integers(1, 400), st.integers(3, 8), st.integers(2, 5), st.integers(0, 2**20))
@settings(max_examples=40, deadline=None)
def test_any_votes_give_finite_probabilities(n: int, m: int, k: int, seed: int) -> None:
    draw = np.random.default_rng(seed)
    votes = draw.integers(0, k, (n, m)).astype(np.int8)
    votes[draw.random((n, m)) < draw.random()] = -1
    votes[:, draw.integers(m)] = votes[:, draw.integers(m)]
    votes[0, 0] = 0  # one vote at least
    fit = fitted(votes, k)
    soft = fit.votes.predict_proba(votes)
    assert np.isfinite(soft).all() and ((fit.powers >= 0) & (fit.powers <= 1)).all()
    np.testing.assert_allclose(soft.sum(axis=1), 1, atol=1e-5)
    uncovered = soft[(votes < 0).all(axis=1)]
    np.testing.assert_allclose(uncovered, np.tile(fit.model.balance, (len(uncovered), 1)), 1e-5)


def test_a_balance_from_labels_never_has_a_zero() -> None:
    balance = smoothed_balance(np.array([0, 0, 0, 1, -1]), 3)
    np.testing.assert_allclose(balance, [4 / 7, 2 / 7, 1 / 7])


def test_a_fit_written_as_json_predicts_the_same() -> None:
    votes, _ = copies(0)
    fit = fitted(votes)
    value = json.loads(json.dumps(fit.to_json()))
    again = VoteModel.from_json(value["votes"])
    np.testing.assert_array_equal(again.predict_proba(votes), fit.votes.predict_proba(votes))
    assert value["findings"][0]["kind"] == "duplicates"


@pytest.mark.parametrize("name", ["youtube", "yoruba", "agnews", "chemprot"])
def test_discounts_cost_nothing_on_real_votes(name: str, real_data: Path) -> None:
    folder = real_data / name
    k = len(json.loads((folder / "label.json").read_text("utf-8")))
    read = {
        split: list(json.loads((folder / f"{split}.json").read_text("utf-8")).values())
        for split in ("train", "test")
    }
    train, test = (
        np.array([record["weak_labels"] for record in read[split]], dtype=np.int8)
        for split in ("train", "test")
    )
    truth = np.array([record["label"] for record in read["test"]])
    kept, off = (fitted(train, k, discount=discount) for discount in (True, False))
    with_discounts = accuracy(kept.votes.predict_proba(test), test, truth)
    assert with_discounts >= accuracy(off.votes.predict_proba(test), test, truth)
    assert with_discounts > accuracy(vote_shares(test, k), test, truth)
