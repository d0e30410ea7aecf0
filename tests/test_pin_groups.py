"""Groups of near-duplicates as an artifact, and what is kept together by them."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from conftest import make_pins, write_signal

import labeling
from labeling.doubts import Doubts, read_shard_pins
from labeling.duplicates import link_key
from labeling.pin_groups import LARGEST, find_groups
from labeling.workspace import Workspace

SAID = (
    "A sturdy oak table for eight with two drawers and a matching bench for the kitchen",
    "Sourdough bread at home takes two days of patience and a warm corner of the kitchen",
    "Our favourite places for hiking with small children around the lakes in early autumn",
)


def opened(home: Path, pins: pd.DataFrame) -> Workspace:
    home.mkdir()
    write_signal(home)
    (home / "labeling.toml").write_text("shard_rows = 50\n")
    workspace = labeling.init_workspace(home)
    pins.to_csv(home / "pins.csv", index=False)
    labeling.import_collection(workspace, "pins", home / "pins.csv")
    return workspace


def with_repeats(times: int) -> pd.DataFrame:
    """Return 120 pins of which some say the same in slightly other words, in different shards."""
    pins = make_pins(120).assign(split="train")
    for family, said in enumerate(SAID):
        for n in range(times):
            pins.loc[family + n * 120 // times, ["title", "description"]] = [f"No. {n}", said]
    return pins


def folds_and_groups(workspace: Workspace, doubts: Doubts) -> tuple[np.ndarray, np.ndarray]:
    store, shards = workspace.store, doubts.resolution.collection.shards
    folds = [read_shard_pins(store, doubts, shard).read.folds for shard in shards]
    groups = [store.read_table(doubts.groups.key(shard))["group"].to_numpy() for shard in shards]
    return np.concatenate(folds), np.concatenate(groups)


def test_near_duplicates_share_a_fold(tmp_path: Path) -> None:
    workspace = opened(tmp_path / "home", with_repeats(4))
    doubts, summary = labeling.doubt(workspace, "tone", "pins", resolver="majority")
    folds, groups = folds_and_groups(workspace, doubts)
    for family in range(len(SAID)):
        rows = family + np.arange(4) * 30
        assert len(set(groups[rows])) == 1, "the texts are not near-duplicates"
        assert len(set(folds[rows])) == 1
    assert len(set(folds)) == 5
    _, sizes = np.unique(groups, return_counts=True)
    assert summary.groups == (sizes > 1).sum()
    assert summary.near_duplicates == (sizes - 1).sum()


def test_equal_texts_without_words_are_one_group(tmp_path: Path) -> None:
    pins = make_pins(60)
    for row, text in {0: ":)", 20: " :) ", 55: ":)", 1: ":(", 21: "\U0001f600"}.items():
        pins.loc[row, ["title", "description", "link"]] = [text, "", ""]
    workspace = opened(tmp_path / "home", pins)
    doubts, _ = labeling.doubt(workspace, "tone", "pins", resolver="majority")
    _, groups = folds_and_groups(workspace, doubts)
    assert groups[0] == groups[20] == groups[55]
    assert len({groups[row] for row in (0, 1, 21)}) == 3


def test_a_group_of_a_large_share_of_the_pins_does_not_take_a_fold_alone(tmp_path: Path) -> None:
    workspace = opened(tmp_path / "home", with_repeats(24))
    doubts, _ = labeling.doubt(workspace, "tone", "pins", resolver="majority")
    folds, groups = folds_and_groups(workspace, doubts)
    _, number, sizes = np.unique(groups, return_inverse=True, return_counts=True)
    large = number == sizes.argmax()
    assert sizes.max() > LARGEST * 120
    assert len(set(folds[large])) > 1


def test_groups_are_found_once_for_all_labels_and_anew_for_other_pins(tmp_path: Path) -> None:
    workspace = opened(tmp_path / "home", with_repeats(4))
    doubts, _ = labeling.doubt(workspace, "tone", "pins", resolver="majority")
    file = Path(workspace.store.path(doubts.groups.summary_key))
    written = file.stat().st_mtime_ns
    others = labeling.doubt(workspace, "tone", "pins", resolver="weighted_majority")[0]
    assert others.folder != doubts.folder
    assert others.groups.folder == doubts.groups.folder
    assert file.stat().st_mtime_ns == written
    more = make_pins(130, seed=1).tail(10)
    more.to_csv(tmp_path / "more.csv", index=False)
    labeling.import_collection(workspace, "pins", tmp_path / "more.csv")
    second = labeling.doubt(workspace, "tone", "pins", resolver="majority")[0]
    assert second.groups.folder != doubts.groups.folder


@pytest.mark.parametrize("missing", ["summary", "shard"])
def test_what_is_missing_of_the_groups_is_found_again(tmp_path: Path, missing: str) -> None:
    workspace = opened(tmp_path / "home", with_repeats(4))
    groups = labeling.doubt(workspace, "tone", "pins", resolver="majority")[0].groups
    store, shard = workspace.store, groups.collection.shards[1]
    before = find_groups(store, groups, workspace.progress)
    table = store.read_table(groups.key(shard))
    store.delete(groups.summary_key if missing == "summary" else groups.key(shard))
    assert find_groups(store, groups, workspace.progress) == before
    assert store.read_table(groups.key(shard)).equals(table)


@pytest.mark.parametrize(
    ("link", "is_same"),
    [
        ("http://www.shop.example/p/?id=7&utm_source=mail&ref=home&FBCLID=x", True),
        ("https://shop.example/p?id=8", False),
        ("https://shop.example/p?id=7&reference=2", False),
        ("https://shop.example/p?id=7&refine=red", False),
    ],
)
def test_what_tracks_visitors_makes_no_other_page(link: str, is_same: bool) -> None:
    assert (link_key(link) == link_key("https://shop.example/p?id=7")) == is_same
