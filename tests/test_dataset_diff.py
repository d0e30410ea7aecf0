from __future__ import annotations

import io
import json

import pytest
from conftest import SIGNAL, make_pins, make_workspace, write_signal
from rich.console import Console

import labeling
from labeling.dataset_diff import VersionDiff, diff_versions
from labeling.dataset_terminal import show_diff
from labeling.datasets import find_version
from labeling.errors import DatasetError
from labeling.workspace import Workspace


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
