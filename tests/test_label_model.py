from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from snorkel.labeling.model import LabelModel as SnorkelModel

from labeling.chance import wilson_interval
from labeling.errors import ResolveError
from labeling.evaluation import score
from labeling.label_model import fit_label_model
from labeling.resolving import vote_shares
from labeling.soft_labels import best_class
from labeling.vote_model import VoteModel
from labeling.vote_statistics import VoteStatistics


def random_votes(n: int, m: int, k: int, seed: int, abstain: float = 0.5) -> np.ndarray:
    draw = np.random.default_rng(seed)
    votes = draw.integers(0, k, (n, m))
    votes[draw.random((n, m)) < abstain] = -1
    return votes.astype(np.int8)


def snorkel(votes: np.ndarray, k: int, seed: int) -> SnorkelModel:
    model = SnorkelModel(k, verbose=False)
    model.fit(votes.astype(int), seed=seed, progress_bar=False)
    return model


@pytest.mark.parametrize(
    ("n", "m", "k"),
    [
        pytest.param(50, 3, 2, id="few pins"),
        pytest.param(1000, 5, 2, id="two classes"),
        pytest.param(3000, 12, 4, id="four classes"),
        pytest.param(500, 40, 7, id="many functions"),
    ],
)
def test_probabilities_equal_snorkels_own(n: int, m: int, k: int) -> None:
    votes = random_votes(n, m, k, seed=n)
    model = fit_label_model(VoteStatistics.of(votes, k), seed=3)
    theirs = snorkel(votes, k, seed=3)
    np.testing.assert_allclose(model.predict_proba(votes), theirs.predict_proba(votes), atol=1e-5)
    np.testing.assert_allclose(model.weights, theirs.get_weights(), atol=1e-6)


@pytest.mark.parametrize("seed", [0, 1])
def test_probabilities_equal_snorkels_own_where_few_votes_occur(seed: int) -> None:
    votes = random_votes(2000, 20, 12, seed, abstain=0.7)
    of_one = np.arange(16)  # these vote for one class each, one never, the others for all
    votes[:, of_one] = np.where(votes[:, of_one] < 0, -1, of_one % 12)
    votes[:, 3] = -1
    model = fit_label_model(VoteStatistics.of(votes, 12), seed=seed)
    theirs = snorkel(votes, 12, seed=seed)
    np.testing.assert_allclose(model.predict_proba(votes), theirs.predict_proba(votes), atol=1e-5)


@pytest.mark.parametrize("name", ["youtube", "yoruba", "agnews", "chemprot"])
def test_probabilities_equal_snorkels_own_on_real_votes(name: str, real_data: Path) -> None:
    records = json.loads((real_data / name / "train.json").read_text("utf-8")).values()
    votes = np.array([record["weak_labels"] for record in records], dtype=np.int8)
    k = len(json.loads((real_data / name / "label.json").read_text("utf-8")))
    model = fit_label_model(VoteStatistics.of(votes, k), seed=0)
    theirs = snorkel(votes, k, seed=0).predict_proba(votes)
    np.testing.assert_allclose(model.predict_proba(votes), theirs, atol=1e-5)


@given(st.integers(1, 60), st.integers(1, 6), st.integers(2, 4), st.integers(0, 2**20))
@settings(max_examples=60, deadline=None)
def test_statistics_add_up_over_any_cut(n: int, m: int, k: int, seed: int) -> None:
    votes = random_votes(n, m, k, seed)
    cut = seed % (n + 1)
    whole = VoteStatistics.of(votes, k)
    parts = VoteStatistics.of(votes[:cut], k) + VoteStatistics.of(votes[cut:], k)
    assert parts.pins == whole.pins == n
    np.testing.assert_array_equal(parts.overlaps, whole.overlaps)
    indicators = np.concatenate(
        [(votes[:, [j]] == np.arange(k)).astype(int) for j in range(m)], axis=1
    )
    np.testing.assert_array_equal(whole.overlaps, indicators.T @ indicators)


def test_statistics_of_other_signals_do_not_add_up() -> None:
    small, other = (
        VoteStatistics.of(random_votes(10, m, 3, seed=1), k) for m, k in ((3, 2), (2, 3))
    )
    with pytest.raises(ResolveError, match="of 3 functions and 2 classes and of 2 and 3 do not"):
        small + other


@given(st.integers(0, 50), st.integers(3, 30), st.integers(2, 7), st.integers(0, 2**20))
@settings(max_examples=60, deadline=None)
def test_probabilities_are_the_softmax_of_summed_log_weights(
    n: int, m: int, k: int, seed: int
) -> None:
    draw, votes = np.random.default_rng(seed), random_votes(n, m, k, seed)
    model = VoteModel(bias=draw.normal(size=k), table=draw.normal(size=(m, k + 1, k)) * 9)
    scores = model.bias + sum(model.table[j, votes[:, j] + 1] for j in range(m))
    weights = np.exp(scores - scores.max(axis=1, keepdims=True))
    expected = weights / weights.sum(axis=1, keepdims=True)
    np.testing.assert_allclose(model.predict_proba(votes), expected, atol=1e-6)


def test_many_votes_on_one_pin_never_underflow() -> None:
    votes = random_votes(400, 300, 2, seed=1, abstain=0.0)
    model = fit_label_model(VoteStatistics.of(votes, 2), seed=0)
    soft = model.predict_proba(votes)
    assert np.isfinite(soft).all()
    np.testing.assert_allclose(soft.sum(axis=1), 1, atol=1e-5)


def test_a_pin_without_votes_gets_the_class_balance() -> None:
    votes = random_votes(500, 4, 3, seed=2)
    balance = np.array([0.7, 0.2, 0.1])
    model = fit_label_model(VoteStatistics.of(votes, 3), seed=0, balance=balance)
    soft = model.predict_proba(np.full((1, 4), -1, dtype=np.int8))
    np.testing.assert_allclose(soft[0], balance, atol=1e-6)


@pytest.mark.parametrize(
    ("votes", "says"),
    [
        pytest.param(random_votes(10, 2, 2, 0), "at least 3 functions, and there are 2", id="two"),
        pytest.param(np.full((9, 3), -1, np.int8), "No function voted on any pin", id="no votes"),
    ],
)
def test_votes_that_cannot_be_resolved_are_refused(votes: np.ndarray, says: str) -> None:
    with pytest.raises(ResolveError, match=says):
        fit_label_model(VoteStatistics.of(votes, 2), seed=0)


def test_a_class_balance_with_a_zero_is_refused() -> None:
    statistics = VoteStatistics.of(random_votes(30, 3, 2, 0), 2)
    with pytest.raises(ResolveError, match=r"\[1.0, 0.0\] has a zero"):
        fit_label_model(statistics, seed=0, balance=np.array([1.0, 0.0]))


def test_a_function_that_never_fires_has_no_weight_and_breaks_nothing() -> None:
    votes = random_votes(200, 4, 2, seed=5)
    votes[:, 2] = -1
    model = fit_label_model(VoteStatistics.of(votes, 2), seed=0)
    assert np.isnan(model.weights[2])
    assert np.isfinite(model.predict_proba(votes)).all()


def test_vote_shares_and_ties() -> None:
    votes = np.array([[0, 0, 1], [0, 1, -1], [-1, -1, -1]], dtype=np.int8)
    shares = vote_shares(votes, 2)
    np.testing.assert_allclose(shares, [[2 / 3, 1 / 3], [0.5, 0.5], [0.5, 0.5]], atol=1e-6)
    np.testing.assert_array_equal(best_class(shares), [0, -1, -1])


def test_a_pin_without_a_label_counts_as_a_guess() -> None:
    found = score(np.array([0, 1, 1, -1]), np.array([0, 1, -1, 1]), 2)
    assert found is not None
    assert (found.pins, found.accuracy) == (3, pytest.approx(2.5 / 3))
    assert (found.coverage, found.accuracy_covered) == (pytest.approx(2 / 3), 1.0)


def test_no_reference_labels_no_score() -> None:
    assert score(np.array([-1, -1]), np.array([0, 1]), 2) is None


def test_the_wilson_interval_is_the_published_one() -> None:
    low, high = wilson_interval(81, 263)  # Wallis 2013, example of the Wilson interval
    assert (round(low, 4), round(high, 4)) == (0.2553, 0.3662)
    assert wilson_interval(0, 0) == (0.0, 1.0)
