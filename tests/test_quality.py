"""Consensus, agreement, annotators and gold checks, on crowds of known accuracy."""

from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import krippendorff
import numpy as np
import pandas as pd
import pytest
from conftest import make_pins, make_workspace
from crowds import FIVE, NOON, add_answers, add_person, ask, simulate
from sqlalchemy import select

import labeling
from labeling.database import Database
from labeling.gold import save_gold
from labeling.review.adjudicating import disputed_tasks
from labeling.review.agreement import compare_pairs, find_agreement
from labeling.review.annotators import DEEDS, rate_annotators, with_consensus
from labeling.review.answers import read_answers
from labeling.review.checks import find_checks, judged_checks
from labeling.review.consensus import find_consensus
from labeling.review.crowd import Crowd, votes_of
from labeling.review.people import people_by_name
from labeling.review.quality import QualityReport, quality_report
from labeling.review.reasking import Scores, find_reasked, pick, score_next_answers
from labeling.review.tasks import Candidate
from labeling.tables import ReviewTaskRow
from labeling.workspace import Workspace

TRUTH = {f"p{n:03}": "spam" if n % 3 == 0 else "ok" for n in range(300)}
CLASSES = ("ok", "spam")


def crowd_of(answers: list[tuple[str, str, str]], classes: tuple[str, ...] = CLASSES) -> Crowd:
    frame = pd.DataFrame(answers, columns=["pin_id", "annotator", "label"])
    return Crowd.of(frame.assign(kind="answer", is_check=False), classes)


def truth_of(crowd: Crowd) -> np.ndarray:
    return np.array([crowd.classes.index(TRUTH[pin]) for pin in crowd.pin_ids])


def probe_of(truth: np.ndarray, right: float, seed: int = 0) -> np.ndarray:
    """Return predictions of two classes that are right so often, and sure at random."""
    draw = np.random.default_rng(seed)
    guess = np.where(draw.random(len(truth)) < right, truth, 1 - truth)
    sure = draw.uniform(0.6, 0.95, len(truth))
    return np.where(np.arange(2) == guess[:, None], sure[:, None], 1 - sure[:, None])


@pytest.fixture(scope="module")
def crowd() -> Crowd:
    return crowd_of(simulate(TRUTH, FIVE, 3))


def test_consensus_beats_majority_vote(crowd: Crowd) -> None:
    shares = []
    for seed in range(3):
        drawn = crowd_of(simulate(TRUTH, FIVE, 3, seed))
        truth = truth_of(drawn)
        consensus = (find_consensus(drawn).labels == truth).mean()
        shares.append((consensus, (drawn.counts.argmax(axis=1) == truth).mean()))
    assert all(consensus > majority + 0.01 for consensus, majority in shares), shares


def test_skills_come_out_in_order_and_near_the_truth(crowd: Crowd) -> None:
    skills = dict(zip(crowd.annotators, find_consensus(crowd).skills, strict=True))
    assert sorted(skills, key=skills.get, reverse=True) == list(FIVE)
    assert all(abs(skills[name] - FIVE[name]) < 0.08 for name in FIVE), skills


def test_the_surer_the_consensus_the_more_often_it_is_right(crowd: Crowd) -> None:
    found = find_consensus(crowd)
    right = found.labels == truth_of(crowd)
    sure = found.quality >= 0.9
    assert right[sure].mean() > 0.95 > right[~sure].mean()
    assert 0.5 < sure.mean() < 0.95


def test_a_single_answer_has_no_quality_and_a_tie_does_not_lead() -> None:
    found = find_consensus(
        crowd_of(
            [("a", "ann", "ok"), ("b", "ann", "ok"), ("b", "bea", "spam"), ("c", "bea", "spam")]
        )
    )
    assert np.isnan(found.quality).tolist() == [True, False, True]
    assert found.leads.tolist() == [True, False, True]


def test_answers_that_are_all_one_class_are_sure(crowd: Crowd) -> None:
    found = find_consensus(crowd_of([("a", "ann", "spam"), ("a", "bea", "spam")]))
    assert (found.labels.tolist(), found.quality.tolist()) == ([1], [1.0])


def test_crowdlab_hears_the_probe_and_names_the_worst(crowd: Crowd) -> None:
    found = find_consensus(crowd, probe_of(truth_of(crowd), 0.85))
    assert found.second is not None
    assert crowd.annotators[int(found.second.annotators.argmin())] == "eve"
    assert found.second_agrees is not None and 0.8 < found.second_agrees < 1
    lost = find_consensus(crowd, probe_of(truth_of(crowd), 0.15))
    assert lost.second is not None
    assert (lost.second.labels != found.second.labels).any()
    assert (lost.labels == found.labels).all()  # gold does not hang on the probe


def test_alpha_is_the_krippendorff_packages(crowd: Crowd) -> None:
    found = find_agreement(crowd)
    answers = np.where(crowd.labels >= 0, crowd.labels, np.nan).T
    expected = krippendorff.alpha(reliability_data=answers, level_of_measurement="nominal")
    assert found.alpha == pytest.approx(expected, abs=1e-4)
    assert (found.pins, found.answers) == (300, 900)
    assert found.low is not None and found.high is not None
    assert found.low < found.alpha < found.high < found.low + 0.25


def test_alphas_interval_is_that_of_drawing_pins_anew(crowd: Crowd) -> None:
    draw = np.random.default_rng(7)
    drawn = [
        krippendorff.alpha(
            value_counts=crowd.counts[draw.integers(0, 300, 300)],
            level_of_measurement="nominal",
        )
        for _ in range(300)
    ]
    found = find_agreement(crowd)
    assert [found.low, found.high] == pytest.approx(np.percentile(drawn, [2.5, 97.5]), abs=0.02)


@pytest.mark.parametrize(
    "answers",
    [
        pytest.param([("a", "ann", "ok"), ("b", "bea", "spam")], id="one answer each"),
        pytest.param([("a", "ann", "ok"), ("a", "bea", "ok")], id="one class"),
        pytest.param([], id="no answers"),
    ],
)
def test_where_nothing_can_differ_there_is_no_alpha(answers: list) -> None:
    found = find_agreement(crowd_of(answers))
    assert (found.alpha, found.low, found.high) == (None, None, None)


def test_the_pair_that_agrees_least_comes_first(crowd: Crowd) -> None:
    pairs = compare_pairs(crowd)
    assert len(pairs) == 10
    assert "eve" in (pairs[0].first, pairs[0].second)
    assert {pairs[-1].first, pairs[-1].second} == {"ann", "bea"}
    assert pairs[0].kappa is not None and pairs[-1].kappa is not None
    assert pairs[0].kappa < pairs[-1].kappa


@pytest.fixture
def answered(database: Database) -> Database:
    """Five annotators on 300 pins; two are checked; one is hasty."""
    database.migrate()
    for name in FIVE:
        add_person(database, name, is_active=name != "dee")
    ask(database, "spam", [*TRUTH, "g1", "g2", "g3"], wanted=3)
    answers = simulate(TRUTH, FIVE, 3)
    quick = [one for one in answers if one[1] == "cyd"]
    add_answers(database, "spam", quick, seconds=0.6)
    add_answers(database, "spam", [one for one in answers if one[1] != "cyd"], seconds=4.0)
    add_answers(database, "spam", [("p000", "bea", None), ("p001", "bea", None)], kind="skip")
    add_answers(
        database,
        "spam",
        [("g1", "ann", "ok"), ("g2", "ann", "spam"), ("g1", "eve", "spam"), ("g2", "eve", "spam")],
        is_check=True,
    )
    return database


def test_annotators_come_worst_first_with_what_they_did(answered: Database) -> None:
    answers = read_answers(answered, "spam", "pins")
    consensus = find_consensus(Crowd.of(votes_of(answers, CLASSES), CLASSES))
    deeds = with_consensus(read_answers(answered, "spam", "pins", kinds=DEEDS), consensus)
    checks = find_checks(judged_checks(answers, {"g1": "ok", "g2": "ok"}, CLASSES))
    rated = rate_annotators(
        deeds, consensus, checks, people_by_name(answered), min_check_accuracy=0.7
    )
    assert [one.annotator for one in rated] == ["eve", "dee", "cyd", "bea", "ann"]
    found = {one.annotator: one for one in rated}
    eve = found["eve"].checks
    assert eve is not None and (eve.checks, eve.right, eve.low) == (2, 0, 0.0)
    assert eve.high == pytest.approx(0.6576, abs=1e-3)  # Wilson, 0 of 2
    assert found["eve"].is_distrusted and not found["ann"].is_distrusted
    assert (found["cyd"].hasty, found["ann"].hasty) == (1.0, 0.0)
    assert (found["cyd"].median_seconds, found["ann"].median_seconds) == (0.6, 4.0)
    assert found["bea"].skip_rate == pytest.approx(2 / (found["bea"].answers + 2), abs=1e-4)
    assert not found["dee"].is_active
    assert found["ann"].agrees is not None and found["eve"].agrees is not None
    assert found["ann"].agrees > 0.9 > 0.7 > found["eve"].agrees


def test_a_check_that_most_miss_is_for_a_reviewer(answered: Database) -> None:
    answers = read_answers(answered, "spam", "pins")
    [missed] = find_checks(judged_checks(answers, {"g1": "ok", "g2": "ok"}, CLASSES)).missed
    assert (missed.pin_id, missed.gold, missed.instead) == ("g2", "ok", "spam")
    assert (missed.answers, missed.wrong) == (2, 2)
    assert find_checks(judged_checks(answers, {}, CLASSES)).scores == ()


def test_active_lab_asks_again_where_answers_differ(crowd: Crowd) -> None:
    probe = probe_of(truth_of(crowd), 0.85)
    scores = score_next_answers(crowd, probe, np.full((20, 2), 0.5))
    differ = crowd.counts.min(axis=1) > 0
    assert scores.answered[differ].mean() < scores.answered[~differ].mean()
    assert scores.new.shape == (20,)


@pytest.fixture(scope="module")
def crowded(tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    """A run after five annotators answered 150 pins, 70 of them twice; 100 more are not asked yet."""
    workspace = make_workspace(tmp_path_factory.mktemp("crowd") / "home", queue_size=120)
    pins = make_pins(300)
    train = pins[pins["split"] == "train"].head(150).set_index("pin_id")["label"].to_dict()
    once = {pin: train[pin] for pin in list(train)[70:]}
    twice = {pin: train[pin] for pin in list(train)[:70]}
    ask(workspace.database, "tone", list(train))
    add_answers(workspace.database, "tone", simulate(once, FIVE, 1) + simulate(twice, FIVE, 2))
    labeling.run(workspace, "tone", "pins")
    return workspace


def test_the_report_adds_up(crowded: Workspace) -> None:
    report = quality_report(crowded, "tone", "pins")
    counts = report.consensus
    assert (counts.pins, counts.several) == (150, 70)
    assert counts.waiting == 12  # the run asked again about a tenth of its 120
    assert counts.gold + counts.disputed + counts.waiting == 150
    assert counts.gold > 80 and counts.disputed > 10
    assert counts.second_agrees is not None and counts.second_agrees > 0.7
    assert report.answers == sum(one.answers for one in report.annotators) == 220
    assert all(one.crowdlab is not None for one in report.annotators)
    assert report.annotators[0].annotator in ("dee", "eve")
    assert report.agreement.alpha is not None and report.agreement.pins == 70
    assert [day.day for day in report.days] == [NOON.date()]
    assert sum(day.answers for day in report.days) == 220
    json.dumps(report.to_json(), default=str)


def test_without_answers_the_report_is_empty(run_workspace: Workspace) -> None:
    report = quality_report(run_workspace, "tone", "pins")
    assert isinstance(report, QualityReport)
    assert (report.answers, report.annotators, report.days, report.pairs) == (0, (), (), ())
    assert (report.agreement.alpha, report.consensus.pins) == (None, 0)


def test_checks_count_in_the_report_and_by_day(tmp_path: Path) -> None:
    workspace = make_workspace(tmp_path / "home")
    save_gold(workspace.database, "tone", "pins", {"p00000": "calm"}, source="experts", now=NOON)
    ask(workspace.database, "tone", ["p00000"])
    add_answers(workspace.database, "tone", [("p00000", "ann", "calm")], is_check=True)
    report = quality_report(workspace, "tone", "pins")
    [score], [day] = report.checks.scores, report.days
    assert (score.annotator, score.right) == ("ann", 1)
    assert (day.checks, day.checks_right, day.answers) == (1, 1, 1)
    assert report.consensus.second_agrees is None


def test_an_answered_pin_takes_a_free_place_or_that_of_a_new_one_worth_less() -> None:
    scores = Scores(answered=np.array([0.6, 0.4, 0.5, 0.9]), new=np.array([0.3, 0.45, 0.55]))
    assert pick(scores, count=4, size=3) == [1]
    assert pick(scores, count=4, size=4) == [1, 2]
    assert pick(scores, count=4, size=9) == [1, 2, 0, 3]
    assert pick(scores, count=1, size=9) == [1]


def test_answers_that_are_often_wrong_are_asked_again_first(crowded: Workspace) -> None:
    doubts, _ = labeling.doubt(crowded, "tone", "pins")
    truth = make_pins(300).set_index("pin_id")["label"]
    first = read_answers(crowded.database, "tone", "pins").groupby("pin_id")["label"].first()
    new = [Candidate(priority=0.5, pin_id="p00290", reason="uncertain", group="p00290")]
    database, store = crowded.database, crowded.store
    begun = find_reasked(database, store, doubts, new, count=0, size=24)
    assert [candidate.wanted for candidate in begun] == [2] * 12  # by the run, not yet answered
    for chosen in (new, []):
        again = find_reasked(database, store, doubts, chosen, count=24, size=24)
        assert again[:12] == begun
        assert len(again) == 24 - len(chosen)  # the new pin is worth more, and keeps its place
        assert {candidate.reason for candidate in again} == {"another opinion"}
        disputed = {task.pin_id for task in disputed_tasks(database, "tone", "pins")}
        assert not {candidate.pin_id for candidate in again} & disputed
        wrong = [first[candidate.pin_id] != truth[candidate.pin_id] for candidate in again]
        assert np.mean(wrong) > 2 * (first != truth[first.index]).mean()


def test_a_pin_asked_again_is_open_for_one_more_answer(crowded: Workspace) -> None:
    settings = crowded.settings.model_copy(update={"queue_size": 400})
    labeling.enqueue(replace(crowded, settings=settings), "tone", "pins")
    with crowded.database.reading() as session:
        columns = (ReviewTaskRow.status, ReviewTaskRow.wanted - ReviewTaskRow.answered)
        tasks = session.execute(
            select(*columns).where(ReviewTaskRow.reason == "another opinion")
        ).all()
    assert len(tasks) == 40  # a tenth of the queue, in which there is room
    assert {tuple(task) for task in tasks} == {("open", 1)}


def test_a_pin_with_some_of_its_answers_stays_in_the_queue(tmp_path: Path) -> None:
    workspace = make_workspace(tmp_path / "home")
    ask(workspace.database, "tone", ["p00000", "p00001"], wanted=3)
    add_answers(workspace.database, "tone", [("p00000", "ann", "calm")])
    settings = workspace.settings.model_copy(update={"queue_size": 1})
    labeling.enqueue(replace(workspace, settings=settings), "tone", "pins", resolver="majority")
    with workspace.database.reading() as session:
        columns = (ReviewTaskRow.pin_id, ReviewTaskRow.status)
        found = dict(session.execute(select(*columns)).tuples().all())
    assert found == {"p00000": "open", "p00001": "withdrawn"}


@pytest.mark.parametrize(("each", "least"), [(2, 0.92), (3, 0.95), (5, 0.97)])
def test_on_real_labels_gold_is_right_where_majority_is_not(
    real_data: Path, each: int, least: float
) -> None:
    rows = json.loads((real_data / "youtube" / "train.json").read_text("utf-8"))
    truth = {pin: CLASSES[row["label"]] for pin, row in list(rows.items())[:400]}
    drawn = crowd_of(simulate(truth, FIVE, each))
    known = np.array([CLASSES.index(truth[pin]) for pin in drawn.pin_ids])
    found = find_consensus(drawn)
    gold = found.leads & (found.quality >= 0.9)
    assert (found.labels == known).mean() > (drawn.counts.argmax(axis=1) == known).mean()
    assert (found.labels == known)[gold].mean() > least
    assert gold.mean() > 0.4


def test_the_report_needs_no_torch() -> None:
    code = (
        "import sys, labeling.review.quality, labeling.review.adjudicating, crowdkit.aggregation\n"
        "import cleanlab.multiannotator\n"
        "assert not {'torch', 'snorkel'} & set(sys.modules), 'heavy'"
    )
    subprocess.run([sys.executable, "-c", code], check=True)
