from __future__ import annotations

import io
import json
import re
from collections import Counter
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pandas as pd
import pytest
from conftest import SIGNAL, make_pins, make_workspace, write_signal
from rich.console import Console

import labeling
from labeling.collection import save_revision
from labeling.curating import UNSURE, Curation
from labeling.dataset_diff import VersionDiff, diff_versions
from labeling.dataset_lineage import row_lineage
from labeling.dataset_terminal import show_diff, show_lineage
from labeling.datasets import find_version
from labeling.doubts import Doubts
from labeling.errors import DatasetError
from labeling.gold import save_gold
from labeling.progress import Progress
from labeling.publishing import publish
from labeling.recipes import Recipe
from labeling.review.claiming import ReviewQueue
from labeling.review.tasks import UNCERTAIN, Candidate, enqueue
from labeling.tables import AnnotatorRow
from labeling.workspace import Workspace

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)


@pytest.fixture(scope="module")
def changed(tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    """A workspace with two versions: between them pins came, and functions went and changed."""
    workspace = make_workspace(tmp_path_factory.mktemp("changed") / "home", 200)
    labeling.publish(workspace, "tone", "pins")
    code = SIGNAL.replace('"lake", "forest", "meadow"', '"meadow"').replace(
        '    link_domain("parks", CALM, ["parks.example"]),\n', ""
    )
    write_signal(workspace.home, code + "\n\ntone.add(keywords('mist', CALM, ['mist']))\n")
    make_pins(240).tail(40).to_csv(workspace.home / "more.csv", index=False)
    labeling.import_collection(workspace, "pins", workspace.home / "more.csv")
    labeling.publish(workspace, "tone", "pins")
    return workspace


@pytest.fixture(scope="module")
def diff(changed: Workspace) -> VersionDiff:
    return diff_versions(changed.store, "tone-pins@v0001", "tone-pins@latest", examples=1000)


def rows_of(workspace: Workspace, version: str) -> dict[str, tuple[str, str]]:
    key, manifest = find_version(workspace.store, version)
    rows = {}
    for file in manifest.files:
        if file.split:
            table = workspace.store.read_table(f"{key}/{file.path}", ["pin_id", "label"])
            for pin in table.to_pylist():
                rows[pin["pin_id"]] = (manifest.classes[pin["label"]], file.split)
    return rows


def test_the_diff_is_what_comparing_row_by_row_gives(changed: Workspace, diff: VersionDiff) -> None:
    was, now = rows_of(changed, "tone-pins@v0001"), rows_of(changed, "tone-pins@v0002")
    both = was.keys() & now.keys()
    relabelled = {id for id in both if was[id][0] != now[id][0]}
    found = {kind: {change.pin_id for change in changes} for kind, changes in diff.examples.items()}
    assert found == {
        "added": now.keys() - was.keys(),
        "removed": was.keys() - now.keys(),
        "relabelled": relabelled,
    }
    assert (diff.added, diff.removed, diff.relabelled) == tuple(map(len, found.values()))
    assert diff.added
    assert diff.relabelled
    assert diff.moved == sum(was[id][1] != now[id][1] for id in both)
    assert (diff.rows_before, diff.rows_after) == (len(was), len(now))
    assert sum(one.rows for one in diff.relabellings) == diff.relabelled
    for change in diff.examples["relabelled"]:
        assert (change.before, change.after) == (was[change.pin_id][0], now[change.pin_id][0])
        assert change.title == make_pins(240).set_index("pin_id").loc[change.pin_id, "title"]


def test_each_change_has_a_cause(changed: Workspace, diff: VersionDiff) -> None:
    new = set(make_pins(240).tail(40)["pin_id"])
    for change in diff.examples["added"]:
        assert change.why == ("pins" if change.pin_id in new else "functions")
    assert diff.reasons["relabelled"] == {"functions": diff.relabelled}
    for kind, counts in diff.reasons.items():
        assert counts == dict(Counter(change.why for change in diff.examples[kind]))


def test_gold_and_the_recipe_are_causes(tmp_path: Path) -> None:
    workspace = make_workspace(tmp_path / "home", 200)
    first = labeling.publish(workspace, "tone", "pins", resolver="majority")
    by_recipe = labeling.publish(
        workspace, "tone", "pins", resolver="majority", recipe=Recipe(min_confidence=0.9)
    )
    versions = [f"tone-pins@{found.manifest.folder}" for found in (first, by_recipe)]
    diff = diff_versions(workspace.store, *versions)
    assert diff.removed
    assert diff.reasons["removed"] == {"recipe": diff.removed}
    assert diff.left_out == {"added": {}, "removed": {UNSURE: diff.removed}}
    assert {change.left_out for change in diff.examples["removed"]} == {UNSURE}
    rows = rows_of(workspace, versions[0])
    turned = [id for id, (_, split) in rows.items() if split == "train"][:4]
    other = {"calm": "loud", "loud": "calm"}
    save_gold(
        workspace.database, "tone", "pins", {i: other[rows[i][0]] for i in turned}, source="review"
    )
    by_gold = labeling.publish(workspace, "tone", "pins", resolver="majority")
    diff = diff_versions(workspace.store, versions[0], f"tone-pins@{by_gold.manifest.folder}")
    causes = {change.pin_id: change.why for change in diff.examples["relabelled"]}
    assert {causes[id] for id in turned} == {"gold"}


def publish_audited(workspace: Workspace, audited: list[str]) -> tuple[str, Doubts]:
    """Publish what the collection holds now, with answers to a random audit."""
    said = dict.fromkeys(audited, "calm")
    save_gold(workspace.database, "tone", "pins", said, source="review", now=NOW)
    doubts = labeling.doubt(workspace, "tone", "pins", resolver="majority")[0]
    drawn = dict.fromkeys(audited, 0.5)
    curation = Curation(recipe=Recipe(), validation_share=0, audited=drawn)
    found = publish(workspace.store, doubts, curation, Progress())
    return f"tone-pins@{found.manifest.folder}", doubts


@pytest.fixture
def twins(tmp_path: Path) -> Workspace:
    """A workspace whose pins came without splits, each twice."""
    workspace = make_workspace(tmp_path / "home", 2)
    pins = make_pins(160).drop(columns=["split", "label"])
    copies = pins.assign(pin_id="copy-of-" + pins["pin_id"])
    pd.concat([pins, copies]).to_csv(workspace.home / "twins.csv", index=False)
    labeling.import_collection(workspace, "pins", workspace.home / "twins.csv")
    return workspace


def both_in(rows: dict[str, tuple[str, str]]) -> list[str]:
    """Return the pins whose copy is a row too."""
    return [id for id in rows if f"copy-of-{id}" in rows]


def test_rows_that_leave_for_an_audited_near_duplicate_leave_by_gold(twins: Workspace) -> None:
    before, doubts = publish_audited(twins, [])
    audited = both_in(rows_of(twins, before))[:10]
    found = doubts.resolution.collection
    # what `images --again` makes of a collection, whatever it finds
    save_revision(twins.store, replace(found, revision=found.revision + 1, retries=1))
    after, _ = publish_audited(twins, audited)
    diff = diff_versions(twins.store, before, after, examples=1000)
    left = {change.pin_id: change.why for change in diff.examples["removed"]}
    assert {left[f"copy-of-{id}"] for id in audited} == {"gold"}
    assert diff.lineage.settings["collection revision"] == (2, 3)
    assert "pins" not in diff.reasons["removed"]
    back = diff_versions(twins.store, after, before)
    assert back.reasons["added"] == diff.reasons["removed"]
    assert back.left_out["added"] == diff.left_out["removed"]
    assert back.left_out["removed"] == diff.left_out["added"]


def test_rows_that_leave_for_a_new_near_duplicate_leave_by_pins(twins: Workspace) -> None:
    before, _ = publish_audited(twins, [])
    *others, last, one_more = both_in(rows_of(twins, before))
    new = make_pins(160).set_index("pin_id").loc[[last, one_more]]
    new = new.assign(pin_id=["new-1", "new-2"], split="test")
    new.to_csv(twins.home / "new.csv", index=False)
    labeling.import_collection(twins, "pins", twins.home / "new.csv")
    after, _ = publish_audited(twins, others[:3])  # answers on other pins are not why
    diff = diff_versions(twins.store, before, after, examples=1000)
    left = {change.pin_id: change.why for change in diff.examples["removed"]}
    assert {left[id] for one in (last, one_more) for id in (one, f"copy-of-{one}")} == {"pins"}
    assert {left[f"copy-of-{one}"] for one in others[:3]} == {"gold"}


def test_what_versions_were_made_from_is_said_in_words(tmp_path: Path) -> None:
    workspace = make_workspace(tmp_path / "home", 200)
    first, second = (
        labeling.publish(workspace, "tone", "pins", resolver="majority", recipe=recipe)
        for recipe in (Recipe(), Recipe(gold=False, slices=("domain",), min_confidence=0.75))
    )
    versions = [f"tone-pins@{found.manifest.folder}" for found in (first, second)]
    for gold in ({"p00001": "calm"}, {"p00001": "loud"}):
        save_gold(workspace.database, "tone", "pins", gold, source="import", replace=True)
        found = labeling.publish(workspace, "tone", "pins", resolver="majority")
        versions.append(f"tone-pins@{found.manifest.folder}")

    def shown(a: int, b: int) -> str:
        console = Console(file=io.StringIO(), width=90)
        show_diff(diff_versions(workspace.store, versions[a], versions[b]), console)
        return console.file.getvalue()  # type: ignore[attr-defined, no-any-return]

    assert "  recipe gold: true -> false\n" in shown(0, 1)
    assert "  recipe slices: none -> domain\n" in shown(0, 1)
    assert "  recipe min_confidence: 0 -> 0.75\n" in shown(0, 1)
    assert "  gold: 0 labels -> 1 labels\n" in shown(0, 2)
    assert "  gold: 1 labels -> 1 labels, not the same\n" in shown(2, 3)
    for a, b in ((0, 1), (0, 2), (2, 3)):
        assert not re.search(r"[{}\[\]]|True|False|None", shown(a, b).partition("\n")[2])
    console = Console(file=io.StringIO(), width=90)
    show_lineage(row_lineage(workspace, versions[1], "p00001"), console)
    recipe = console.file.getvalue().partition("recipe ")[2]  # type: ignore[attr-defined]
    assert "gold: false" in recipe and "slices: domain" in recipe


def test_the_lineage_of_a_row_has_the_code_votes_and_answers_that_made_it(
    changed: Workspace,
) -> None:
    old, new = (row_lineage(changed, f"tone-pins@{v}", "p00000") for v in ("v0001", "v0002"))
    votes = [{vote.function: vote for vote in lineage.votes} for lineage in (old, new)]
    assert "parks" in votes[0] and "parks" not in votes[1]
    assert "mist" in votes[1] and "mist" not in votes[0]
    assert votes[0]["nature_words"].fingerprint != votes[1]["nature_words"].fingerprint
    assert votes[0]["sale_words"].fingerprint == votes[1]["sale_words"].fingerprint
    key, manifest = find_version(changed.store, "tone-pins@v0001")
    assert old.resolution == manifest.lineage["resolution"]
    rows = rows_of(changed, "tone-pins@v0001")
    for pin_id in ("p00000", "p00001", "p00002"):
        lineage = row_lineage(changed, "tone-pins@v0001", pin_id)
        if pin_id in rows:
            assert (lineage.label, lineage.split) == rows[pin_id]
            assert lineage.left_out is None
        else:
            assert lineage.left_out
    left_out = changed.store.read_table(f"{key}/left_out.parquet").to_pylist()
    lost = row_lineage(changed, "tone-pins@v0001", left_out[0]["pin_id"])
    assert (lost.left_out, lost.split) == (left_out[0]["reason"], None)


def test_the_lineage_has_gold_and_who_answered_when(changed: Workspace) -> None:
    pin = make_pins(1)["pin_id"][0]
    enqueue(changed.database, "tone", "pins", [candidate(pin)])
    with changed.database.writing() as session:
        session.add(AnnotatorRow(name="ana", role="annotator", created_at=NOW))
    queue = ReviewQueue(changed.database, changed.signal("tone"), "pins", min_seconds=0)
    (claimed,) = queue.claim("ana")
    queue.submit(claimed, "loud", seconds=3)
    save_gold(changed.database, "tone", "pins", {pin: "loud"}, source="review", now=NOW)
    lineage = row_lineage(changed, "tone-pins@v0002", pin)
    (answer,) = lineage.answers
    assert (answer.annotator, answer.label) == ("ana", "loud")
    assert lineage.gold is not None
    assert (lineage.gold.label, lineage.gold.created_at) == ("loud", NOW)
    console = Console(file=io.StringIO(), width=90)
    show_lineage(lineage, console)
    shown = console.file.getvalue()  # type: ignore[attr-defined]
    assert "ana: answer loud" in shown
    assert lineage.votes[0].fingerprint in shown
    assert json.loads(json.dumps(lineage.to_json()))["gold"]["label"] == "loud"


def candidate(pin: str) -> Candidate:
    return Candidate(priority=1.0, pin_id=pin, reason=UNCERTAIN, group=pin)


def test_the_lineage_says_which_functions_differ(diff: VersionDiff) -> None:
    lineage = diff.lineage
    assert lineage.functions_added == ("mist",)
    assert lineage.functions_removed == ("parks",)
    assert lineage.functions_changed == ("nature_words",)
    assert lineage.settings["collection revision"] == (1, 2)


def test_a_version_equals_itself(changed: Workspace) -> None:
    same = diff_versions(changed.store, "tone-pins@v0001", "tone-pins@v0001")
    assert (same.added, same.removed, same.relabelled, same.moved) == (0, 0, 0, 0)
    assert same.labels_before == same.labels_after
    assert same.lineage.settings == {}


def test_the_diff_is_readable_and_json(diff: VersionDiff) -> None:
    console = Console(file=io.StringIO(), width=90)
    show_diff(diff, console)
    shown = console.file.getvalue()  # type: ignore[attr-defined]
    assert f"{diff.added} in, {diff.removed} out, {diff.relabelled} relabelled" in shown
    assert "functions removed: parks" in shown
    assert json.loads(json.dumps(diff.to_json()))["lineage"]["functions_added"] == ["mist"]


def test_a_version_that_is_not_there_is_said(changed: Workspace) -> None:
    with pytest.raises(DatasetError, match="has no version v0009"):
        diff_versions(changed.store, "tone-pins@v0001", "tone-pins@v0009")
