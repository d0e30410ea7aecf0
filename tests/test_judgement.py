"""What is said of a model on rows is right, and its intervals hold what they should."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from sklearn.metrics import (
    accuracy_score,
    average_precision_score,
    f1_score,
    log_loss,
    precision_recall_fscore_support,
)

from labeling.chance import clopper_pearson_interval
from labeling.judgement import (
    JudgedRows,
    SliceValues,
    beats_majority,
    compare_rows,
    find_threshold,
    judge_rows,
)
from labeling.judgement.scores import Scorer, Scores, average_precision, mass_bins

CLASSES = ("calm", "loud", "odd")


def draw_rows(n: int, seed: int = 0, heat: float = 1.0) -> JudgedRows:
    """Return rows of which a model says the truth: classes are drawn by its probabilities, unless
    `heat` makes it say them surer than they are."""
    chance = np.random.default_rng(seed)
    logits = chance.normal(size=(n, len(CLASSES))) * 2
    true = np.exp(logits) / np.exp(logits).sum(axis=1, keepdims=True)
    said = np.exp(logits * heat) / np.exp(logits * heat).sum(axis=1, keepdims=True)
    reference = (chance.random(n)[:, None] > true.cumsum(axis=1)).sum(axis=1)
    return JudgedRows.plain(CLASSES, np.minimum(reference, 2), said)


def weighed(rows: JudgedRows, seed: int = 1) -> JudgedRows:
    return replace(rows, weights=np.random.default_rng(seed).uniform(1, 5, len(rows)))


def test_scores_equal_scikit_learns() -> None:
    rows = weighed(draw_rows(500))
    found = judge_rows(rows, resamples=50)
    w = rows.weights
    assert found.accuracy.value == pytest.approx(
        accuracy_score(rows.reference, rows.predicted, sample_weight=w), abs=1e-4
    )
    assert found.macro_f1.value == pytest.approx(
        f1_score(rows.reference, rows.predicted, average="macro", sample_weight=w), abs=1e-4
    )
    assert found.log_loss.value == pytest.approx(
        log_loss(rows.reference, rows.probabilities, sample_weight=w), abs=1e-4
    )
    precision, recall, _, _ = precision_recall_fscore_support(
        rows.reference, rows.predicted, sample_weight=w
    )
    for y, one in enumerate(found.classes):
        assert one.precision.value == pytest.approx(precision[y], abs=1e-4)
        assert one.recall.value == pytest.approx(recall[y], abs=1e-4)
        assert one.average_precision.value == pytest.approx(
            average_precision_score(rows.reference == y, rows.probabilities[:, y], sample_weight=w),
            abs=1e-4,
        )


@pytest.mark.parametrize("seed", range(12))
def test_means_over_classes_are_scikit_learns_of_those_that_have_rows(seed: int) -> None:
    chance = np.random.default_rng(seed)
    n, k = int(chance.integers(5, 60)), int(chance.integers(2, 6))
    has_rows = chance.permutation(k)[: chance.integers(1, k + 1)]
    never = chance.permutation(k)[: chance.integers(0, k)]
    said = chance.dirichlet(np.ones(k), n)
    said[:, never] = 0
    said /= said.sum(axis=1, keepdims=True)
    rows = JudgedRows.plain(tuple("abcdef"[:k]), chance.choice(has_rows, n), said)
    rows = weighed(rows, seed)
    found = judge_rows(rows, resamples=20)
    precision, recall, f1, _ = precision_recall_fscore_support(
        rows.reference,
        rows.predicted,
        labels=np.unique(rows.reference),
        average="macro",
        sample_weight=rows.weights,
        zero_division=0,
    )
    for name, wanted in (("precision", precision), ("recall", recall), ("f1", f1)):
        one = getattr(found, f"macro_{name}")
        assert one.value == pytest.approx(wanted, abs=1e-4), name
        assert one.low <= one.value <= one.high
    again = Scores.joined([Scorer(rows).score(w) for w in rows.resamples(20)])
    drawn = next(rows.resamples(20))[0]
    there = np.unique(rows.reference[drawn > 0])
    assert again.mean_of("precision")[0] == pytest.approx(
        precision_recall_fscore_support(
            rows.reference,
            rows.predicted,
            labels=there,
            average="macro",
            sample_weight=drawn,
            zero_division=0,
        )[0]
    )


def test_average_precision_of_ties_is_scikit_learns() -> None:
    rows = draw_rows(300)
    rows = replace(rows, probabilities=rows.probabilities.round(1))
    (found,) = average_precision(rows, 1, rows.weights[None])
    wanted = average_precision_score(rows.reference == 1, rows.probabilities[:, 1])
    assert found == pytest.approx(wanted, abs=1e-9)


def test_intervals_hold_the_truth_as_often_as_they_say() -> None:
    held = {"accuracy": 0, "macro_f1": 0, "average_precision": 0, "log_loss": 0}
    whole = judge_rows(draw_rows(100_000, seed=99), resamples=10)
    trials = 60
    for seed in range(trials):
        found = judge_rows(draw_rows(120, seed=seed), resamples=300)
        for name in held:
            one, true = (
                (
                    j.classes[0].average_precision
                    if name == "average_precision"
                    else getattr(j, name)
                )
                for j in (found, whole)
            )
            held[name] += one.low <= true.value <= one.high
    assert min(held.values()) >= 0.85 * trials, held


def test_near_duplicates_are_no_more_evidence() -> None:
    rows = draw_rows(200)
    again = np.tile(np.arange(200), 4)
    copied = JudgedRows.plain(CLASSES, rows.reference[again], rows.probabilities[again])
    grouped = replace(copied, groups=again)
    alone, together = (judge_rows(one, resamples=400) for one in (copied, grouped))
    once = judge_rows(rows, resamples=400).accuracy
    width = together.accuracy.high - together.accuracy.low
    assert width == pytest.approx(once.high - once.low, rel=0.2)
    assert alone.accuracy.high - alone.accuracy.low < 0.7 * width


def test_all_right_on_few_rows_is_not_sure() -> None:
    rows = JudgedRows.plain(("a", "b"), np.arange(20) % 2, np.eye(2)[np.arange(20) % 2])
    assert judge_rows(rows).accuracy.low == pytest.approx(
        clopper_pearson_interval(1.0, 20)[0], abs=1e-4
    )


def test_strata_keep_their_sizes_in_every_resample() -> None:
    rows = replace(draw_rows(60), strata=np.repeat([0, 1, 1], 20))
    for weights in rows.resamples(50):
        assert (weights[:, :20].sum(axis=1) == 20).all()
        assert (weights[:, 20:].sum(axis=1) == 40).all()


def test_a_calibrated_model_has_a_small_calibration_error_and_a_hot_one_does_not() -> None:
    calm, hot = (judge_rows(draw_rows(4_000, heat=heat), resamples=200) for heat in (1.0, 3.0))
    assert calm.ece.value < 0.03
    assert calm.ece.low < 0.02
    assert hot.ece.low > 0.08
    assert all(one.ece.value < 0.03 for one in calm.classes)
    seen = [(one.said, one.seen) for one in calm.reliability]
    assert sum(seen.low <= said <= seen.high for said, seen in seen) >= len(calm.reliability) - 2


def test_equal_probabilities_share_a_bin() -> None:
    scores = np.repeat([0.1, 0.5, 0.9], 40)
    bins = mass_bins(scores, np.ones(120))
    assert [len(set(bins[scores == s])) for s in (0.1, 0.5, 0.9)] == [1, 1, 1]
    assert len(set(bins)) == 3


def test_a_threshold_keeps_its_promise_on_new_rows() -> None:
    broken = 0
    fresh = draw_rows(100_000, seed=1_000)
    for seed in range(60):
        found = find_threshold(draw_rows(400, seed=seed), 1, 0.9)
        if found.threshold is not None:
            believed = (fresh.predicted == 1) & (fresh.probabilities[:, 1] >= found.threshold)
            broken += fresh.right[believed].mean() < 0.9
    assert broken <= 6  # 5% of 60 are 3


def test_with_few_rows_there_is_no_threshold_and_with_many_it_falls() -> None:
    assert find_threshold(draw_rows(60), 0, 0.9).threshold is None
    some, many = (find_threshold(draw_rows(n, seed=3), 0, 0.9) for n in (2_000, 20_000))
    assert some.threshold is not None and many.threshold is not None
    assert many.threshold < some.threshold
    assert many.coverage > some.coverage
    assert many.precision.low >= 0.9


def planted_slice(bad: float, seed: int = 0) -> tuple[JudgedRows, np.ndarray]:
    """Return rows of a model that is right on 90%, and on one board of 60 rows on a share `bad`."""
    chance = np.random.default_rng(seed)
    board = np.array(["cars"] * 60 + ["food"] * 300 + ["art"] * 240, dtype=object)
    right = chance.random(600) < np.where(board == "cars", bad, 0.9)
    reference = chance.integers(0, 2, 600)
    said = np.where(right, reference, 1 - reference)
    return JudgedRows.plain(("a", "b"), reference, np.eye(2)[said] * 0.8 + 0.1), board


def test_a_slice_on_which_the_model_is_worse_is_named_and_no_other() -> None:
    rows, board = planted_slice(0.6)
    noise = np.random.default_rng(5).integers(0, 8, 600).astype(str).astype(object)
    columns = [
        SliceValues(column="board", values=board),
        SliceValues(column="noise", values=noise),
    ]
    found = judge_rows(rows, columns).slices
    assert [(one.column, one.value) for one in found if one.is_worse] == [("board", "cars")]
    assert found[0].gap.high < 0 and found[0].rows == 60


def test_chance_is_rarely_called_a_gap_however_many_slices_are_looked_at() -> None:
    called = 0
    for seed in range(40):
        rows, _ = planted_slice(0.9, seed)
        noise = np.random.default_rng(seed).integers(0, 20, 600).astype(str).astype(object)
        columns = [SliceValues(column="noise", values=noise)]
        called += any(one.is_worse for one in judge_rows(rows, columns, resamples=200).slices)
    assert called <= 5  # 5% of 40 are 2


def test_two_models_are_compared_on_the_same_rows() -> None:
    rows = draw_rows(400)
    worse = replace(rows, probabilities=np.roll(rows.probabilities, 1, axis=1))
    assert compare_rows(rows, rows).accuracy.low == compare_rows(rows, rows).accuracy.high == 0
    found = compare_rows(rows, worse)
    assert found.accuracy.high < 0 and found.macro_f1.high < 0
    assert found.probability_worse == 1
    back = compare_rows(worse, rows)
    assert back.accuracy.value == pytest.approx(-found.accuracy.value)
    assert {one.value for one in found.worse_slices} == set(CLASSES)


def test_a_slice_that_got_worse_is_seen_though_the_whole_got_better() -> None:
    before, board = planted_slice(0.9)
    chance = np.random.default_rng(9)
    right = np.where(board == "cars", chance.random(600) < 0.5, chance.random(600) < 0.98)
    said = np.where(right, before.reference, 1 - before.reference)
    after = replace(before, probabilities=np.eye(2)[said])
    found = compare_rows(before, after, [SliceValues(column="board", values=board)])
    assert found.accuracy.low > 0
    assert [(one.column, one.value) for one in found.worse_slices] == [("board", "cars")]


def test_a_model_that_says_the_majority_does_not_beat_it() -> None:
    rows = draw_rows(300)
    assert beats_majority(rows).accuracy.low > 0
    always = replace(
        rows, probabilities=np.eye(3)[np.bincount(rows.reference).argmax()][None].repeat(300, 0)
    )
    assert beats_majority(always).accuracy.high == 0


def test_equal_seeds_give_equal_figures() -> None:
    rows = weighed(draw_rows(150))
    assert judge_rows(rows, seed=4) == judge_rows(rows, seed=4)
    assert judge_rows(rows, seed=4) != judge_rows(rows, seed=5)


def test_a_class_without_rows_has_no_figures_and_breaks_none() -> None:
    rows = draw_rows(80)
    rows = replace(rows, reference=np.minimum(rows.reference, 1))
    found = judge_rows(rows, resamples=100)
    odd = found.classes[2]
    assert (odd.recall.value, odd.average_precision.value, odd.curve) == (None, None, ())
    assert found.macro_f1.value is not None
    assert not np.isnan(Scorer(rows).score(rows.weights[None]).accuracy).any()
