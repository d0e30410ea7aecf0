from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
import threading
from pathlib import Path
from typing import Any

import datasets as huggingface
import mlcroissant
import numpy as np
import pandas as pd
import pyarrow.parquet as pq
import pytest
from conftest import ROOT, make_workspace
from stores import put_version

import labeling
from labeling.datasets import (
    Manifest,
    find_version,
    latest_folder,
    load,
    verify,
    version_number,
    versions,
)
from labeling.errors import DatasetError
from labeling.pins import SCHEMA
from labeling.publishing import Publication
from labeling.recipes import Recipe
from labeling.shards import Store
from labeling.workspace import Workspace


@pytest.fixture
def published(run_workspace: Workspace, tmp_path: Path) -> Path:
    """A pulled copy of the version that the run published."""
    labeling.pull_dataset(run_workspace, "tone-pins@latest", tmp_path / "pulled")
    return tmp_path / "pulled"


def test_pandas_reads_a_version(published: Path) -> None:
    frame = pd.read_parquet(published / "data")
    manifest = verify(published)
    assert len(frame) == manifest.rows
    assert set(frame["label"]) == {0, 1}
    assert (frame["soft_label"].map(sum) - 1).abs().max() < 1e-5
    assert (frame["confidence"] == frame["soft_label"].map(max)).all()


def test_hugging_face_reads_a_version_with_its_class_names(published: Path, tmp_path: Path) -> None:
    loaded = huggingface.load_dataset(str(published), cache_dir=str(tmp_path / "cache"))
    assert {name: len(rows) for name, rows in loaded.items()} == verify(published).rows_by_split
    features = loaded["train"].features
    assert features["label"].names == ["calm", "loud"]
    assert features["soft_label"].feature.dtype == "float32"


def test_hugging_face_keeps_versions_apart_in_its_cache(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("datasets.config.HF_DATASETS_CACHE", str(tmp_path / "cache"))
    workspace = make_workspace(tmp_path / "home")
    labeling.publish(workspace, "tone", "pins", resolver="majority")
    recipe = Recipe(min_confidence=0.9)
    labeling.publish(workspace, "tone", "pins", resolver="majority", recipe=recipe)
    rows = []
    for version, place in (("v0001", "a"), ("v0002", "b"), ("v0001", "[b]")):
        folder = tmp_path / place / "pulled"
        manifest = labeling.pull_dataset(workspace, f"tone-pins@{version}", folder)
        rows.append(manifest.rows_by_split["train"])
        with_nothing_else = huggingface.load_dataset(str(folder), split="train")
        assert rows[-1] == len(with_nothing_else) == len(load(folder, as_="hf"))
    assert rows[0] != rows[1]
    shutil.rmtree(tmp_path / "a/pulled")
    (tmp_path / "b/pulled").rename(tmp_path / "a/pulled")
    assert len(load(tmp_path / "a/pulled", as_="hf")) == rows[1]


def test_the_readers_that_the_readme_shows_run_as_they_stand(
    published: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (shown,) = (
        block
        for block in re.findall(
            r"```python\n(.*?)```", (ROOT / "README.md").read_text("utf-8"), re.S
        )
        if "DIR" in block
    )
    (tmp_path / "DIR").symlink_to(published)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("datasets.config.HF_DATASETS_CACHE", str(tmp_path / "cache"))
    names: dict[str, Any] = {}
    exec(shown, names)
    assert len(names["frame"]) == names["manifest"].rows == sum(map(len, names["rows"].values()))


def test_mlcroissant_accepts_the_metadata_and_reads_rows_by_it(published: Path) -> None:
    described = mlcroissant.Dataset(jsonld=published / "croissant.json")
    assert described.metadata.issues.errors == set()
    name = next(s.name for s in described.metadata.record_sets if "train" in s.name)
    record = next(iter(described.records(name)))
    columns = {field.rpartition("/")[2]: value for field, value in record.items()}
    row = pd.read_parquet(published / "data").set_index("pin_id").loc[columns["pin_id"].decode()]
    assert set(columns) == {"pin_id", *row.index}
    assert np.allclose(columns["soft_label"], row["soft_label"])
    assert columns["weight"] == row["weight"] == 1


def test_a_training_job_reads_and_verifies_a_version_without_the_rest(published: Path) -> None:
    code = (
        "import sys\n"
        "for name in ('snorkel', 'sqlalchemy', 'streamlit', 'pydantic', 'typer', 'cleanlab'):\n"
        "    sys.modules[name] = None\n"
        "from pathlib import Path\n"
        "from labeling.datasets import verify\n"
        "print(verify(Path(sys.argv[1])).rows)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, str(published)], capture_output=True, text=True, check=True
    )
    assert int(done.stdout) == verify(published).rows


def test_no_near_duplicates_cross_splits(published: Path) -> None:
    frames = [
        pd.read_parquet(file).assign(split=file.name.partition("-")[0])
        for file in (published / "data").glob("*.parquet")
    ]
    splits = pd.concat(frames).groupby("group")["split"].nunique()
    assert splits.max() == 1


def test_reference_labels_are_never_published(published: Path) -> None:
    names = set(pq.read_schema(next((published / "data").glob("*.parquet"))).names)
    assert not names & ({"split", "extra"} & set(SCHEMA.names))
    assert "label_source" in names


def test_a_flipped_bit_in_any_file_is_caught(published: Path) -> None:
    files = sorted(path for path in published.rglob("*") if path.is_file())
    assert len(files) >= 5
    for path in files:
        whole = path.read_bytes()
        broken = bytearray(whole)
        broken[len(broken) // 2] ^= 1
        path.write_bytes(broken)
        with pytest.raises(DatasetError, match=r"was changed|damaged|is missing|leaves its folder"):
            verify(published)
        path.write_bytes(whole)
    verify(published)


@pytest.mark.parametrize(
    ("change", "says"),
    [
        pytest.param("remove", r"test-00000-of-00001.parquet is missing; pull", id="file removed"),
        pytest.param("add", "is not in the manifest; a version never gains files", id="file added"),
        pytest.param("manifest", "is no dataset version: it holds no manifest", id="no manifest"),
    ],
)
def test_a_changed_folder_is_caught(published: Path, change: str, says: str) -> None:
    data = published / "data"
    if change == "remove":
        (data / "test-00000-of-00001.parquet").unlink()
    elif change == "add":
        shutil.copy(data / "test-00000-of-00001.parquet", data / "extra.parquet")
    else:
        (published / "manifest.json").unlink()
    with pytest.raises(DatasetError, match=says):
        verify(published)


def test_what_cannot_be_read_is_one_sentence(tmp_path: Path) -> None:
    with pytest.raises(DatasetError, match="cannot be read: File name too long; see"):
        verify(tmp_path / ("a" * 300))


def test_a_manifest_edited_together_with_its_content_is_caught(
    run_workspace: Workspace, tmp_path: Path
) -> None:
    key, manifest = find_version(run_workspace.store, "tone-pins@v0001")
    folder = tmp_path / manifest.folder
    shutil.copytree(run_workspace.store.path(key), folder)
    value = json.loads((folder / "manifest.json").read_bytes())
    value["revision"] = 99
    del value["content"]
    forged = Manifest.from_bytes(json.dumps({**value, "content": ""}).encode())
    (folder / "manifest.json").write_bytes(forged.to_bytes())
    with pytest.raises(DatasetError, match="was changed after publishing: the folder is"):
        verify(folder)


def test_a_manifest_cannot_name_a_file_outside_its_folder(published: Path) -> None:
    value = json.loads((published / "manifest.json").read_bytes())
    value["files"][0]["path"] = "../outside.parquet"
    forged = Manifest.from_bytes(json.dumps(value).encode())
    (published / "manifest.json").write_bytes(forged.to_bytes())
    with pytest.raises(DatasetError, match=r"'\.\./outside\.parquet', which leaves its folder"):
        verify(published)


def test_a_file_damaged_in_the_store_is_not_pulled(tmp_path: Path) -> None:
    workspace = make_workspace(tmp_path / "home")
    report = labeling.run(workspace, "tone", "pins")
    path = Path(report.dataset["path"]) / "data/train-00000-of-00001.parquet"
    path.write_bytes(path.read_bytes()[:-1] + b"x")
    with pytest.raises(DatasetError, match="is damaged in the store"):
        labeling.pull_dataset(workspace, "tone-pins@latest", tmp_path / "pulled")
    assert not (tmp_path / "pulled/manifest.json").exists()


@pytest.mark.parametrize(
    ("reference", "says"),
    [
        pytest.param("tone-pins", "names no version; write NAME@v0001 or NAME@latest", id="bare"),
        pytest.param("tone-pins@7", "names no version; write NAME@v0001", id="bad version"),
        pytest.param("../x@v0001", "names no version", id="path"),
        pytest.param("nothing@v0001", "no dataset 'nothing' .there are: tone-pins", id="dataset"),
        pytest.param("tone-pins@v0042", "has no version v0042; it has v0001-", id="version"),
    ],
)
def test_a_version_that_does_not_exist_names_those_that_do(
    run_workspace: Workspace, tmp_path: Path, reference: str, says: str
) -> None:
    with pytest.raises(DatasetError, match=says):
        labeling.pull_dataset(run_workspace, reference, tmp_path / "pulled")


def test_a_folder_with_another_version_is_left_alone(
    run_workspace: Workspace, published: Path
) -> None:
    value = json.loads((published / "manifest.json").read_bytes())
    other = Manifest.from_bytes(json.dumps({**value, "revision": 42}).encode()).to_bytes()
    (published / "manifest.json").write_bytes(other)
    with pytest.raises(DatasetError, match="holds another dataset version; pull tone-pins@v0001-"):
        labeling.pull_dataset(run_workspace, "tone-pins@latest", published)
    assert (published / "manifest.json").read_bytes() == other


def test_two_publishers_at_once_make_two_whole_versions(tmp_path: Path) -> None:
    """Two machines that share a store but not a database publish different content together."""
    store = tmp_path / "shared"
    shares = (0.1, 0.5)
    homes = [
        make_workspace(tmp_path / str(n), store=str(store), validation_share=share)
        for n, share in enumerate(shares)
    ]
    labeling.doubt(homes[0], "tone", "pins")
    found: list[Publication] = []

    def go(workspace: Workspace) -> None:
        found.append(labeling.publish(workspace, "tone", "pins"))

    threads = [threading.Thread(target=go, args=(home,)) for home in homes]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(f.manifest.version for f in found) == [1, 2]
    for publication in found:
        assert verify(Path(Store(str(store)).path(publication.key))) == publication.manifest


@pytest.mark.parametrize("shares", [(0.1, 0.1), (0.1, 0.5)], ids=["equal", "a later one"])
def test_a_publisher_that_was_overtaken_leaves_what_the_other_made(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, shares: tuple[float, float]
) -> None:
    store = tmp_path / "shared"
    slow, quick = (
        make_workspace(tmp_path / str(n), store=str(store), validation_share=share)
        for n, share in enumerate(shares)
    )
    found: list[Publication] = []

    def overtaken(staging: Path) -> Manifest:
        monkeypatch.undo()
        found.append(labeling.publish(quick, "tone", "pins"))
        return verify(staging)

    monkeypatch.setattr("labeling.publishing.verify", overtaken)
    late = labeling.publish(slow, "tone", "pins")
    assert (late.manifest == found[0].manifest) == (shares[0] == shares[1]) != late.is_new
    assert find_version(slow.store, "tone-pins@latest")[1] == found[0].manifest


def test_what_is_published_again_is_the_latest_again_and_listed_so(tmp_path: Path) -> None:
    workspace = make_workspace(tmp_path / "home")
    for resolver in ("majority", "weighted_majority", "majority"):
        labeling.publish(workspace, "tone", "pins", resolver=resolver)
    assert find_version(workspace.store, "tone-pins@latest")[1].version == 1
    command = [sys.executable, "-c", "from labeling.cli import main; main()"]
    command += ["--home", str(workspace.home), "datasets"]
    as_json, told = (
        subprocess.run([*command, *more], capture_output=True, text=True, check=True).stdout
        for more in (["--json"], [])
    )
    listed = [(row["version"], row["latest"]) for row in json.loads(as_json)["datasets"]]
    assert listed == [(2, False), (1, True)]
    assert [line.endswith(", latest") for line in told.splitlines()] == [False, True]


def test_a_recipe_may_be_its_values_or_a_file(tmp_path: Path) -> None:
    workspace = make_workspace(tmp_path / "home")
    (tmp_path / "r.toml").write_text("min_confidence = 0.9")
    given = (Recipe(min_confidence=0.9), {"min_confidence": 0.9}, str(tmp_path / "r.toml"))
    found = [
        labeling.publish(workspace, "tone", "pins", resolver="majority", recipe=recipe)
        for recipe in given
    ]
    assert [one.is_new for one in found] == [True, False, False]
    for wrong, says in (("x.toml", "recipe x.toml cannot be read"), (7, "recipe is 7; give a")):
        with pytest.raises(DatasetError, match=says):
            labeling.publish(workspace, "tone", "pins", recipe=wrong)  # type: ignore[arg-type]


def test_the_next_publisher_points_to_what_a_killed_one_finished(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    workspace = make_workspace(tmp_path / "home")

    def killed(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("labeling.publishing._point", killed)
    with pytest.raises(KeyboardInterrupt):
        labeling.publish(workspace, "tone", "pins", resolver="majority")
    monkeypatch.undo()
    labeling.publish(workspace, "tone", "pins", resolver="weighted_majority")
    for name, version in (("folders/v0001", 1), ("folders/v0002", 2), ("LATEST", 2)):
        said = workspace.store.read_bytes(f"datasets/tone-pins/{name}").decode().strip()
        assert version_number(said) == version


@pytest.mark.parametrize("numbers", [(9999, 10000), (1, 2)])
def test_versions_are_ordered_by_their_numbers(tmp_path: Path, numbers: tuple[int, int]) -> None:
    store = Store(str(tmp_path))
    made = [put_version(store, {"data/train.parquet": b"1"}, number) for number in numbers]
    assert versions(store, "bytes") == [manifest.folder for manifest in made]
    store.delete("datasets/bytes/LATEST")
    assert latest_folder(store, "bytes") == made[-1].folder


def test_a_version_that_lost_a_file_gets_it_back_by_the_next_run(tmp_path: Path) -> None:
    workspace = make_workspace(tmp_path / "home")
    report = labeling.run(workspace, "tone", "pins")
    folder = Path(report.dataset["path"])
    whole = {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()}
    (folder / "data/train-00000-of-00001.parquet").unlink()
    (folder / "README.md").write_text("changed")
    again = labeling.run(workspace, "tone", "pins")
    assert again.dataset["is_new"] is False
    assert {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()} == whole


def test_versions_made_after_the_store_was_emptied_are_the_listed_ones(tmp_path: Path) -> None:
    workspace = make_workspace(tmp_path / "home")
    labeling.run(workspace, "tone", "pins")
    shutil.rmtree(Path(workspace.store.url) / "datasets")
    report = labeling.run(workspace, "tone", "pins", resolver="majority")
    assert [f.rsplit("/", 1)[1] for f in labeling.dataset_table(workspace)["folder"]] == [
        report.dataset["version"]
    ]
