"""Whom an answer of the random audit speaks for: those that came with it, and nobody else."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from agreed import agree_here, gold
from audits import answer_pins, drawn_from, in_turn
from conftest import make_pins, make_workspace, write_signal
from crowds import add_answers, ask
from sqlalchemy import select
from test_agreeing import undo

import labeling
from labeling.database import Database
from labeling.gold import read_gold, read_imported, save_gold
from labeling.review.audit_sample import AuditSample, read_audit
from labeling.review.estimating import estimate_accuracy
from labeling.review.tasks import AUDIT, UNCERTAIN, Candidate, enqueue
from labeling.tables import AnswerRow
from labeling.workspace import Workspace

TONE = "tone", "pins"
SEED = 0


def answer(workspace: Workspace, ids: list[str], reason: str = AUDIT) -> None:
    answer_pins(workspace, "pins", dict.fromkeys(ids, "calm"), reason)


def sample_of(workspace: Workspace) -> AuditSample:
    known = read_gold(workspace.database, workspace.signal("tone"), "pins")
    pins = workspace.collection("pins")
    return read_audit(workspace.store, workspace.database, "tone", pins, known, seed=SEED)


def add_pins(workspace: Workspace, name: str, count: int) -> list[str]:
    pins = make_pins(count, seed=len(name))
    pins["pin_id"] = name + pins["pin_id"]
    pins["split"] = "train"
    pins.drop(columns="label").to_csv(workspace.home / f"{name}.csv", index=False)
    labeling.import_collection(workspace, "pins", workspace.home / f"{name}.csv")
    return pins["pin_id"].tolist()


@pytest.fixture
def home(tmp_path: Path) -> Workspace:
    """A workspace with 400 pins, none held out."""
    pins = make_pins(400)
    pins["split"] = "train"
    write_signal(tmp_path / "home")
    workspace = labeling.init_workspace(tmp_path / "home")
    pins.to_csv(workspace.home / "all.csv", index=False)
    labeling.import_collection(workspace, "pins", workspace.home / "all.csv")
    return workspace


def ids_of(workspace: Workspace) -> list[str]:
    shards = workspace.collection("pins").shards
    tables = [workspace.store.read_table(shard.key, ["pin_id"]) for shard in shards]
    return [id for table in tables for id in table.column("pin_id").to_pylist()]


def test_answers_stand_for_the_pins_that_came_with_them(home: Workspace) -> None:
    ids = ids_of(home)
    answer(home, in_turn(ids)[:40])
    before = sample_of(home)
    assert set(before.audited) == set(in_turn(ids)[:40])
    assert set(before.audited.values()) == {40 / 400} and before.unknown == 0
    new = add_pins(home, "new", 1_000)
    after = sample_of(home)
    assert after.audited == before.audited, "nobody answered for the new ones"
    assert (after.frame, after.unknown) == (1_400, 1_000)
    answer(home, in_turn(new)[:10])
    late = sample_of(home)
    assert late.unknown == 0
    assert {round(late.weight(id)) for id in in_turn(new)[:10]} == {100}
    assert sum(map(late.weight, late.audited)) == pytest.approx(1_400)


def test_a_pin_asked_for_another_reason_serves_the_audit_when_its_turn_has_come(
    home: Workspace,
) -> None:
    ids = ids_of(home)
    numbered = in_turn(ids)
    answer(home, [*numbered[:5], *numbered[6:20]])
    answer(home, [numbered[5], numbered[300]], reason=UNCERTAIN)
    sample = sample_of(home)
    assert set(sample.audited) == set(numbered[:20])
    assert sample.weight(numbered[300]) == 0


def test_imported_gold_stands_for_itself_alone_even_on_pins_that_wait_for_an_answer(
    home: Workspace,
) -> None:
    numbered = in_turn(ids_of(home))
    answer(home, numbered[:20])
    waiting = [Candidate(priority=1, pin_id=id, reason=AUDIT, group=id) for id in numbered[20:40]]
    enqueue(home.database, *TONE, waiting)
    imported = numbered[10:60:5]  # two of them are answered, and keep that gold
    save_gold(home.database, *TONE, dict.fromkeys(imported[2:], "calm"), source="vendor")
    sample = sample_of(home)
    assert {sample.weight(id) for id in imported[2:]} == {1.0}
    assert {round(sample.weight(id), 6) for id in numbered[:20]} == {(400 - 8) / 20}
    assert sum(sample.weight(id) for id in numbered) == pytest.approx(400)


def test_without_an_answered_audit_there_is_no_sample(home: Workspace) -> None:
    answer(home, ids_of(home)[:5], reason=UNCERTAIN)
    assert sample_of(home) == AuditSample(last=-1.0)


def test_what_nobody_answered_widens_the_interval_by_its_share() -> None:
    right = np.ones(40, dtype=np.int64)
    known = drawn_from(400, right, right)
    sure = estimate_accuracy(known)
    dark = estimate_accuracy(replace(known, frame=800, unknown=400))
    assert (sure.value, sure.high, dark.value, dark.high) == (1.0, 1.0, 1.0, 1.0)
    assert dark.low < sure.low / 2 + 0.01 and dark.low > 0.4


def test_weights_that_differ_are_fewer_answers() -> None:
    half = np.repeat([0, 1], 20)
    even = drawn_from(10_000, np.ones(40, dtype=np.int64), half)
    found = estimate_accuracy(replace(even, weights=np.where(half == 1, 30.0, 10.0)))
    assert (estimate_accuracy(even).value, found.value) == (0.5, 0.75)
    plain = estimate_accuracy(replace(even, answers=np.repeat([0, 1], [10, 30])))
    assert plain.value == 0.75 and found.high - found.low > 1.1 * (plain.high - plain.low)


@pytest.mark.parametrize("order", ["answer first", "file first"])
def test_gold_of_a_file_stays_when_an_answer_that_said_the_same_is_taken_back(
    database: Database, order: str
) -> None:
    database.migrate()
    ask(database, "spam", ["p"])
    if order == "file first":
        save_gold(database, "spam", "pins", {"p": "spam"}, source="expert")
    add_answers(database, "spam", [("p", "ada", "spam")])
    agree_here(database)
    done = save_gold(database, "spam", "pins", {"p": "spam"}, source="expert")
    assert done == {"added": 0, "changed": 0, "unchanged": 1}
    assert read_imported(database, "spam", "pins") == {"p"}
    with database.reading() as session:
        answered = session.scalars(select(AnswerRow.id)).one()
    undo(database, answered)
    agree_here(database)
    assert gold(database) == {"p": "spam"}


def test_an_estimate_after_an_import_says_what_it_does_not_know(tmp_path: Path) -> None:
    workspace = make_workspace(tmp_path / "home", 200)
    labeling.run(workspace, *TONE)
    free = pd.read_csv(workspace.home / "pins.csv", keep_default_na=False)
    free = free[~free["split"].isin(["valid", "test"])]["pin_id"].tolist()
    answer(workspace, in_turn(free)[:30])
    add_pins(workspace, "late", 300)
    found = labeling.estimate(workspace, *TONE)
    assert found.unknown == 300
    assert "Of 300 pins, imported later, the audit has no answer yet" in found.note
    assert found.accuracy.high == pytest.approx(1.0, abs=0.3) and found.accuracy.low < 0.5
