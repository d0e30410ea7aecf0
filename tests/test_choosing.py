"""Which pins are asked about, and what the random audit among them tells."""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import asdict, replace
from io import StringIO
from pathlib import Path

import numpy as np
import pytest
from audits import drawn_from
from conftest import make_workspace
from rich.console import Console
from sqlalchemy import select

import labeling
from labeling.analysis import read_reference
from labeling.collection import read_pins
from labeling.doubts import Doubts, find_doubts
from labeling.errors import EstimateError
from labeling.gold import REVIEW, save_gold
from labeling.report import RunReport
from labeling.report_html import render_html
from labeling.report_terminal import show_report
from labeling.resolving import HELD_OUT
from labeling.review import auditing, informing
from labeling.review.choosing import AUDIT_SHARE, LEAST, choose, draw, heaviness
from labeling.review.claiming import ReviewQueue
from labeling.review.estimating import (
    LabelEstimates,
    estimate_accuracy,
    estimate_classes,
    interval,
)
from labeling.review.informing import Informative, Known, as_sample, lucks
from labeling.review.tasks import AUDIT, REASONS, Candidate, enqueue
from labeling.tables import ReviewSlotRow
from labeling.workspace import Workspace

GROUPS = ("tone", "pins")


@pytest.fixture
def doubts(run_workspace: Workspace) -> Doubts:
    return labeling.doubt(run_workspace, *GROUPS)[0]


def chosen_of(workspace: Workspace, doubts: Doubts, count: int, **more: object) -> list[Candidate]:
    return choose(workspace.store, workspace.database, doubts, count, **more)  # type: ignore[arg-type]


def truth_of(workspace: Workspace, doubts: Doubts) -> dict[str, tuple[str, int, int]]:
    """Return pin id -> split, true class, label without its own answer."""
    found: dict[str, tuple[str, int, int]] = {}
    for shard in doubts.resolution.collection.shards:
        pins = read_pins(workspace.store, shard, ["pin_id", "split"])
        unaided = workspace.store.read_table(doubts.probe_key(shard), ["unaided"])
        found |= {
            id: (split, int(true), label)
            for id, split, true, label in zip(
                *(pins.column(name).to_pylist() for name in ("pin_id", "split")),
                read_reference(workspace.store, doubts.resolution.signal, shard),
                unaided.column("unaided").to_pylist(),
                strict=True,
            )
        }
    return found


@pytest.mark.parametrize("answered", [0, 60])
def test_the_first_part_of_the_queue_has_the_audits_share(
    workspace: Workspace, answered: int
) -> None:
    doubts, _ = labeling.doubt(workspace, *GROUPS)
    ids = [id for id, (split, *_) in truth_of(workspace, doubts).items() if split == "train"]
    doubts = replace(doubts, gold=dict.fromkeys(ids[:answered], 0))
    find_doubts(workspace.store, doubts, workspace.progress)
    chosen = chosen_of(workspace, doubts, 40)
    assert [c.priority for c in chosen] == sorted((c.priority for c in chosen), reverse=True)
    for first in (5, 10, 20, 40):
        audits = sum(c.reason == AUDIT for c in chosen[:first])
        assert audits == pytest.approx(first * AUDIT_SHARE, abs=1)


def test_what_is_chosen_is_no_held_out_pin_and_no_pin_twice(
    run_workspace: Workspace, doubts: Doubts
) -> None:
    chosen = chosen_of(run_workspace, doubts, 60)
    truth = truth_of(run_workspace, doubts)
    assert len({c.pin_id for c in chosen}) == len(chosen) == 60
    assert not {truth[c.pin_id][0] for c in chosen} & set(HELD_OUT)
    assert chosen == chosen_of(run_workspace, doubts, 60)


def test_where_all_is_answered_nothing_is_left_to_choose(workspace: Workspace) -> None:
    doubts, _ = labeling.doubt(workspace, *GROUPS)
    truth = truth_of(workspace, doubts)
    doubts = replace(doubts, gold={id: label for id, (_, label, _) in truth.items()})
    find_doubts(workspace.store, doubts, workspace.progress)
    assert chosen_of(workspace, doubts, 40) == []


def test_a_reason_that_has_all_pins_fills_the_batch(
    run_workspace: Workspace, doubts: Doubts, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(informing, "LEAST_ROOM", 1)
    monkeypatch.setattr(informing, "conflicting", lambda votes: np.ones(len(votes), dtype=bool))
    assert len(chosen_of(run_workspace, doubts, 60)) == 60


def test_the_audit_grows_and_never_changes(run_workspace: Workspace, doubts: Doubts) -> None:
    few, many = (auditing.draw(run_workspace.store, doubts, count, seed=3) for count in (10, 30))
    assert [c.pin_id for c in many[:10]] == [c.pin_id for c in few]
    assert few[0].inclusion == pytest.approx(10 / 30 * many[0].inclusion)
    asked = {c.pin_id for c in few[::2]}
    next_ones = auditing.draw(run_workspace.store, doubts, 5, seed=3, asked=asked)
    assert [c.pin_id for c in next_ones] == [c.pin_id for c in few[1::2]]
    other = auditing.draw(run_workspace.store, doubts, 10, seed=4)
    assert {c.pin_id for c in other} != {c.pin_id for c in few}


def test_answered_pins_are_not_asked_again_and_open_audits_stay(workspace: Workspace) -> None:
    doubts, _ = labeling.doubt(workspace, *GROUPS)
    first = chosen_of(workspace, doubts, 20)
    enqueue(workspace.database, *GROUPS, first)
    queue = ReviewQueue(workspace.database, doubts.resolution.signal, "pins")
    answered = []
    for _ in range(8):
        (pin,) = queue.claim("ann")
        queue.submit(pin, "calm")
        answered.append(pin)
    again = {c.pin_id for c in chosen_of(workspace, doubts, 20)}
    assert not again & {pin.pin_id for pin in answered}
    open_audits = {c.pin_id for c in first if c.reason == AUDIT} - {p.pin_id for p in answered}
    assert open_audits
    assert open_audits <= again


def test_what_corrected_labels_more_often_counts_for_more() -> None:
    nothing = dict.fromkeys(REASONS, 0)
    none = Known(
        vectors=np.empty((0, 0)),
        asked=nothing,
        corrected=nothing,
        worth=dict.fromkeys(REASONS, 1.0),
    )
    assert heaviness(none) == pytest.approx(dict.fromkeys(REASONS, 1.0))
    asked = dict.fromkeys(REASONS, 20)
    corrected = {reason: 18 if reason == REASONS[2] else 2 for reason in REASONS}
    found = heaviness(replace(none, asked=asked, corrected=corrected))
    assert found[REASONS[2]] > 2.5 * found[REASONS[0]] > 0


def test_a_reason_with_few_pins_is_not_drowned() -> None:
    nothing = dict.fromkeys(REASONS, 0)
    worth = dict.fromkeys(REASONS, 100.0) | {REASONS[1]: 1.0, REASONS[0]: 0.0}
    known = Known(vectors=np.empty((0, 0)), asked=nothing, corrected=nothing, worth=worth)
    found = heaviness(known)
    assert found[REASONS[1]] * 1.0 == pytest.approx(LEAST * sum(worth.values()))
    assert found[REASONS[2]] == 1


@pytest.mark.parametrize("room", [100, 5_000])
def test_a_sample_is_worth_what_all_are(room: int) -> None:
    """Without bias, whichever part of the pins is looked at."""
    ids = [f"pin {n}" for n in range(2_000)]
    worth = np.random.default_rng(0).uniform(0, 2, len(ids)) ** 3
    sums = []
    for seed in range(200):
        ranks = worth * lucks(ids, seed)
        first = np.argsort(-ranks)[: room + 1]
        drawn = as_sample([informative_pin(ids[n], worth[n], ranks[n]) for n in first], room)
        assert len(drawn) == min(room, len(ids))
        sums.append([sum(p.worth for p in drawn if p.pin_id.endswith(end)) for end in "01"])
    for end, found in enumerate(np.mean(sums, axis=0)):
        assert found == pytest.approx(worth[end::10].sum(), rel=0.05)


def informative_pin(pin_id: str, worth: float, rank: float) -> Informative:
    vector = np.zeros(2, dtype=np.float32)
    return Informative(
        rank=rank,
        pin_id=pin_id,
        worth=worth,
        reason=REASONS[0],
        group=pin_id,
        vector=vector,
    )


def test_random_selection_is_the_audit_alone(run_workspace: Workspace, doubts: Doubts) -> None:
    drawn = draw(run_workspace.store, run_workspace.database, doubts, 15, seed=1)
    assert Counter(c.reason for c in drawn) == {AUDIT: 15}


@pytest.mark.parametrize("answers", [30, 100])
def test_the_interval_holds_the_true_accuracy_in_ninety_of_a_hundred_audits(
    run_workspace: Workspace, doubts: Doubts, answers: int
) -> None:
    rows = [
        (id, true, label)
        for id, (split, true, label) in truth_of(run_workspace, doubts).items()
        if split not in HELD_OUT
    ]
    true, labels = np.array([r[1] for r in rows]), np.array([r[2] for r in rows])
    accuracy = (true == labels)[labels >= 0].mean()
    precision = (true == labels)[labels == 1].mean()
    held: Counter[str] = Counter()
    for seed in range(100):
        numbers = np.array([auditing.number_of(id, seed) for id, *_ in rows])
        some = np.argsort(numbers)[:answers]
        sample = drawn_from(len(rows), labels[some], true[some])
        found = estimate_accuracy(sample)
        held["accuracy"] += found.low <= accuracy <= found.high
        of_class = estimate_classes(sample, ("calm", "loud"))[1].precision
        held["precision"] += of_class.low <= precision <= of_class.high
    assert held["accuracy"] >= 90
    assert held["precision"] >= 90


@pytest.mark.parametrize(
    ("share", "answers", "low", "high"),
    [
        pytest.param(1.0, 10, 0.69, 1.0, id="all right is not surely right"),
        pytest.param(0.0, 10, 0.0, 0.31, id="none right"),
        pytest.param(0.5, 2, 0.01, 0.99, id="two answers say little"),
    ],
)
def test_intervals_hold_for_few_answers(
    share: float, answers: int, low: float, high: float
) -> None:
    assert interval(share, answers, 0.0) == pytest.approx((low, high), abs=0.01)
    assert interval(share, answers, 1.0) == (share, share)


def test_quality_is_estimated_from_the_audit_alone(workspace: Workspace) -> None:
    doubts, _ = labeling.doubt(workspace, *GROUPS)
    truth = truth_of(workspace, doubts)
    save_gold(workspace.database, *GROUPS, {"p00001": "calm"}, source="import")
    with pytest.raises(EstimateError, match="has an agreed answer yet"):
        labeling.estimate(workspace, *GROUPS)
    enqueue(workspace.database, *GROUPS, chosen_of(workspace, doubts, 60))
    queue = ReviewQueue(workspace.database, doubts.resolution.signal, "pins")
    labels: dict[str, str] = {}
    audits = 0
    for _ in range(50):
        (pin,) = queue.claim("ann")
        labels[pin.pin_id] = ("calm", "loud")[truth[pin.pin_id][1]]
        audits += pin.reason == AUDIT
        queue.submit(pin, labels[pin.pin_id])
    save_gold(workspace.database, *GROUPS, labels, source=REVIEW, replace=True)
    found = labeling.estimate(workspace, *GROUPS)
    assert audits - 1 <= found.answered <= found.drawn < 50  # p00001 was imported
    assert found.pins == sum(split not in HELD_OUT for split, *_ in truth.values())
    assert found.accuracy.low <= found.accuracy.value <= found.accuracy.high
    assert [one.name for one in found.classes] == ["calm", "loud"]
    _check_report(labeling.run(workspace, *GROUPS), found)


def _check_report(report: RunReport, found: LabelEstimates) -> None:
    """Both reports of a run say how good its labels are, as `estimate` does."""
    kept = RunReport.from_json(report.to_json())
    assert kept.audit == json.loads(json.dumps(asdict(found)))
    console = Console(file=StringIO(), width=120)
    show_report(kept, console)
    low, high = found.accuracy.low, found.accuracy.high
    assert f"interval {low:.3f} to {high:.3f}" in console.file.getvalue()
    assert f"95% interval {low:.1%} to {high:.1%}" in render_html(kept)


def test_as_many_annotators_are_asked_as_the_setting_says(tmp_path: Path) -> None:
    workspace = make_workspace(tmp_path / "home", answers_per_pin=3)
    report = labeling.enqueue(workspace, "tone", "pins")
    with workspace.database.reading() as session:
        slots = session.scalars(select(ReviewSlotRow.slot)).all()
    assert report.tasks > 0
    assert sorted(set(slots)) == [0, 1, 2]
    assert len(slots) == 3 * report.tasks
