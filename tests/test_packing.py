"""Images that travel with a version: any reader and any training job see them, and need nothing else."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import mlcroissant
import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from conftest import make_pins, write_signal
from PIL import Image
from test_cli import call
from tiny_clip import save_tiny_clip

import labeling
from labeling.dataset_diff import diff_versions
from labeling.dataset_lineage import row_lineage
from labeling.datasets import load, verify
from labeling.datasets.embedded import picture
from labeling.images.reading import read_thumbnails
from labeling.packing import GROUP_ROWS
from labeling.pipeline import describe_publication
from labeling.publishing import Publication
from labeling.recipes import Recipe
from labeling.training import TrainingSettings, load_model, train
from labeling.training.rows import read_rows
from labeling.workspace import Workspace

PINS = 300
EMBED = Recipe(images="embed", suspected="down-weight")
RED, BLUE = (200, 40, 40), (40, 40, 200)
OUTSIDE, BROKEN, BARE = "p00009", "p00002", "p00003"
"""Pins whose image is a link out of the folder, is no image, is not named."""
TELLING = "p00010"
"""A pin whose photo has EXIF data and a comment."""


def make_home(home: Path) -> Workspace:
    """Return a workspace whose loud pins are red and whose calm ones are blue, but for some faults."""
    (home / "photos").mkdir(parents=True)
    write_signal(home)
    (home / "labeling.toml").write_text('shard_rows = 120\nimage_encoder = "none"\n')
    workspace = labeling.init_workspace(home, workers=1)
    pins = make_pins(PINS)
    pins["image"] = [f"photos/{pin_id}.png" for pin_id in pins["pin_id"]]
    draw = np.random.default_rng(0)
    for pin in pins.itertuples():
        colour = RED if pin.label == "loud" else BLUE
        noise = draw.integers(-40, 40, (60, 90, 3)) + np.array(colour)
        Image.fromarray(noise.clip(0, 255).astype(np.uint8)).save(home / pin.image)
    with Image.open(home / f"photos/{TELLING}.png") as photo:
        exif = photo.getexif()
        exif[0x010E] = "taken at home"
        photo.save(home / f"photos/{TELLING}.png", "JPEG", exif=exif, comment=b"taken at home")
    pins.loc[pins["pin_id"] == BARE, "image"] = ""
    (home / f"photos/{BROKEN}.png").write_bytes(b"\x89PNG\r\n\x1a\n")
    secret = home.parent / "secret.png"
    Image.new("RGB", (50, 50), "green").save(secret)
    (home / f"photos/{OUTSIDE}.png").unlink()
    (home / f"photos/{OUTSIDE}.png").symlink_to(secret)
    pins.to_csv(home / "pins.csv", index=False)
    labeling.import_collection(workspace, "pins", home / "pins.csv")
    return workspace


@dataclass(frozen=True)
class Made:
    workspace: Workspace
    publication: Publication
    folder: Path
    """Of the pulled version; the photos are gone."""

    @property
    def reference(self) -> str:
        return f"tone-pins@{self.publication.manifest.folder}"

    def rows(self) -> dict[str, Any]:
        """Return pin id -> the struct in its column `image`."""
        table = pq.read_table(self.folder / "data")
        columns = (table.column(name).to_pylist() for name in ("pin_id", "image"))
        return dict(zip(*columns, strict=True))


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Made:
    folder = tmp_path_factory.mktemp("packed")
    workspace = make_home(folder / "home")
    publication = labeling.publish(workspace, "tone", "pins", recipe=EMBED)
    shutil.rmtree(workspace.home / "photos")
    labeling.pull_dataset(workspace, "tone-pins@latest", folder / "version")
    return Made(workspace=workspace, publication=publication, folder=folder / "version")


def test_rows_have_the_thumbnails_that_were_kept_and_null_where_there_is_none(made: Made) -> None:
    rows, pins = made.rows(), made.workspace.collection("pins")
    kept: dict[str, bytes | None] = {}
    for shard in pins.shards:
        ids = made.workspace.store.read_table(shard.key, ["pin_id"]).column("pin_id").to_pylist()
        kept |= dict(zip(ids, read_thumbnails(made.workspace.store, pins, shard), strict=True))
    assert len(rows) > 150 and {OUTSIDE, BROKEN, BARE} <= set(rows)
    for pin_id, image in rows.items():
        jpeg = kept[pin_id]
        assert image == (jpeg and {"bytes": jpeg, "path": f"photos/{pin_id}.png"})
    assert {id for id, image in rows.items() if image is None} == {OUTSIDE, BROKEN, BARE}


def test_what_a_photo_says_beside_its_picture_does_not_travel(made: Made) -> None:
    photo = made.rows()[TELLING]["bytes"]
    assert b"JFIF" in photo and b"taken at home" not in photo


def test_what_became_of_the_images_is_counted_and_said(made: Made) -> None:
    rows = made.publication.manifest.rows
    counts = {"embedded": rows - 3, "unreadable": 2, "none": 1}
    assert describe_publication(made.workspace, made.publication)["images"] == counts
    said = (
        f"Of {rows:,} rows {rows - 3:,} have their image in them, 2 name one that could not be read"
    )
    card = (made.folder / "README.md").read_text("utf-8")
    assert said in card and "| images | embed |" in card and "JPEG file of at most 384" in card


def test_the_same_is_the_same_version_and_what_is_lost_of_it_comes_back(
    made: Made, monkeypatch: pytest.MonkeyPatch
) -> None:
    kept = Path(made.workspace.store.path(made.publication.key))
    file = next((kept / "data").glob("train-*"))
    whole = file.read_bytes()
    file.write_bytes(whole[:-1] + b"x")
    monkeypatch.setattr("labeling.packing.SPAN", 7)  # how thumbnails are read changes nothing
    again = labeling.publish(made.workspace, "tone", "pins", recipe=EMBED)
    assert not again.is_new and again.manifest == made.publication.manifest
    assert file.read_bytes() == whole


def test_a_version_of_paths_says_and_holds_what_it_did_before(made: Made, tmp_path: Path) -> None:
    plain = Recipe(suspected="down-weight")
    assert "images" not in plain.to_json() and EMBED.to_json()["images"] == "embed"
    publication = labeling.publish(made.workspace, "tone", "pins", recipe=plain)
    before, after = f"tone-pins@{publication.manifest.folder}", made.reference
    assert "images" not in describe_publication(made.workspace, publication)
    labeling.pull_dataset(made.workspace, before, tmp_path / "plain")
    assert pq.read_table(tmp_path / "plain/data").schema.field("image").type == pa.string()
    assert "| image | path or address of its image |" in (tmp_path / "plain/README.md").read_text()
    diff = diff_versions(made.workspace.store, before, after)
    assert (diff.added, diff.removed, diff.relabelled, diff.moved) == (0, 0, 0, 0)
    assert list(diff.lineage.settings) == ["recipe"]
    found = row_lineage(made.workspace, after, BROKEN)
    assert found.recipe["images"] == "embed" and found.left_out is None


def test_every_reader_sees_the_same_images(
    made: Made, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("datasets.config.HF_DATASETS_CACHE", str(tmp_path / "cache"))
    from datasets import Image as ImageFeature
    from datasets import load_dataset

    whole = load_dataset(str(made.folder))
    assert whole["train"].features["image"] == ImageFeature()
    assert {name: len(rows) for name, rows in whole.items()} == verify(made.folder).rows_by_split
    rows = made.rows()
    wanted = {id: picture(image) for id, image in rows.items()}
    for stream in (False, True):
        for form in ("hf", "torch"):
            found = {
                row["pin_id"]: row["image"] for row in load(made.folder, as_=form, stream=stream)
            }
            assert len(found) == verify(made.folder).rows_by_split["train"]
            for pin_id, image in found.items():
                assert (image is None) == (wanted[pin_id] is None)
                assert image is None or np.array_equal(image.convert("RGB"), wanted[pin_id])
        tables = load(made.folder, stream=stream), load(made.folder, as_="pandas", stream=stream)
        arrow, pandas = map(list, tables) if stream else ([tables[0]], [tables[1]])
        for pin in pa.Table.from_batches(arrow).to_pylist() if stream else arrow[0].to_pylist():
            assert pin["image"] == rows[pin["pin_id"]]
        frame = pd.concat(pandas).set_index("pin_id")
        assert frame["image"].drop([OUTSIDE, BROKEN, BARE], errors="ignore").to_dict() == {
            id: rows[id] for id in frame.index if rows[id]
        }


def test_mlcroissant_reads_the_images(made: Made) -> None:
    described = mlcroissant.Dataset(jsonld=made.folder / "croissant.json")
    assert described.metadata.issues.errors == set()
    name = next(s.name for s in described.metadata.record_sets if "train" in s.name)
    rows, seen = made.rows(), Counter[bool]()
    for record in described.records(name):
        columns = {field.rpartition("/")[2]: value for field, value in record.items()}
        wanted = picture(rows[columns["pin_id"].decode()])
        image = columns["image"]
        assert wanted is None or np.array_equal(image, wanted)
        seen[wanted is not None] += 1
    assert seen[True] > 100


def test_files_end_where_they_hold_enough_and_row_groups_are_small(
    made: Made, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("labeling.publishing.FILE_BYTES", 100_000)
    monkeypatch.setattr("labeling.packing.GROUP_ROWS", 16)
    again = labeling.publish(made.workspace, "tone", "pins", recipe=EMBED)
    labeling.pull_dataset(made.workspace, f"tone-pins@{again.manifest.folder}", tmp_path / "small")
    assert again.manifest.rows_by_split == made.publication.manifest.rows_by_split
    files = sorted((tmp_path / "small/data").glob("train-*"))
    assert len(files) > 2
    for file in files:
        about = pq.read_metadata(file)
        groups = [about.row_group(n) for n in range(about.num_row_groups)]
        assert max(group.num_rows for group in groups) <= 16 < GROUP_ROWS
        assert file.stat().st_size < 120_000
    small, whole = load(tmp_path / "small"), load(made.folder)
    assert small.to_pylist() == whole.to_pylist()


def test_a_model_trains_from_the_version_alone(made: Made, tmp_path: Path) -> None:
    clip = str(save_tiny_clip(tmp_path / "clip"))
    command = [sys.executable, "-m", "labeling.training", str(made.folder), str(tmp_path / "model")]
    command += ["--text-encoder", "none", "--image-encoder", clip, "--quick", "--device", "cpu"]
    done = subprocess.run(command, capture_output=True, text=True, check=False, cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["model"]["accuracy"] > 0.8
    red, blue = (Image.new("RGB", (90, 60), colour) for colour in (RED, BLUE))
    said = load_model(tmp_path / "model").predict_proba(["", ""], [blue, red].__getitem__)
    assert said[0, 0] > 0.7 and said[1, 1] > 0.7  # calm, loud


def test_images_are_fine_tuned_on_from_the_version_alone(made: Made, tmp_path: Path) -> None:
    clip = str(save_tiny_clip(tmp_path / "clip"))
    settings = TrainingSettings(
        text_encoder=None, image_encoder=clip, epochs=6, learning_rate=1e-3, head_learning_rate=1e-2
    )
    report = train(made.folder, tmp_path / "model", settings)
    assert report.epoch > 0 and report.model.loss < report.frozen.loss
    assert report.model.accuracy > 0.9


def test_training_can_choose_among_more_images_than_arrows_binary_holds(made: Made) -> None:
    rows = read_rows(made.folder, verify(made.folder), "train")
    assert rows.table.schema.field("image").type.field("bytes").type == pa.large_binary()
    some = rows.take(np.array([4, 9]))
    assert np.array_equal(some.image(1), rows.image(9))


def test_the_command_looks_at_images_that_nobody_looked_at_and_says_what_travels(
    tmp_path: Path,
) -> None:
    workspace = make_home(tmp_path / "home")
    recipe = tmp_path / "recipe.toml"
    recipe.write_text('images = "embed"\n')
    command = ["--home", workspace.home, "publish", "tone", "pins", "--recipe", recipe]
    done = call(*command)
    assert done.returncode == 0, done.stderr
    assert "have their image in them, 2 name one that could not be read, and 1 name none" in (
        " ".join(done.stdout.split())
    )
    value = json.loads(call(*command, "--json").stdout)
    assert value["images"] == {"embedded": value["rows"] - 3, "unreadable": 2, "none": 1}
    assert value["is_new"] is False
    recipe.write_text('images = "all"\n')
    wrong = call(*command)
    assert wrong.returncode == 1
    assert "sets images to 'all': Input should be 'paths' or 'embed'; see docs" in wrong.stderr
