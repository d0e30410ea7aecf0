"""Every image of a collection is looked at once; what is wrong with one stays with its pin."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow.parquet as pq
import pytest
from conftest import artifacts, make_pins, write_signal
from image_server import Server, jpeg, serving
from PIL import Image
from test_cli import call
from test_killing import finish, kill_when_there_is, run

import labeling
from labeling.collection import Collection, load_collection
from labeling.images.classic import classic_features
from labeling.images.limits import Limits
from labeling.images.looking import (
    GROUP_ROWS,
    PART_PINS,
    SCHEMA,
    LookPart,
    looks_key,
    parts_folder,
    parts_of,
    thumbnails_key,
)
from labeling.images.reading import as_image, one_thumbnail, read_looks, read_thumbnails
from labeling.shards import Store
from labeling.workspace import Workspace


@pytest.fixture
def server() -> Iterator[Server]:
    with serving() as running:
        yield running


def write_images(folder: Path, count: int) -> list[str]:
    """Write images of increasing width; return their names."""
    folder.mkdir(parents=True, exist_ok=True)
    for number in range(count):
        image = Image.effect_noise((100 + number, 100), 60).convert("RGB")
        image.save(folder / f"{number:03d}.jpg")
    return [f"{number:03d}.jpg" for number in range(count)]


def open_with(
    home: Path, images: list[str], shard_rows: int = 50_000, **settings: object
) -> Workspace:
    """Return a workspace with the collection `pins`, of pins with these images ("" for none)."""
    home.mkdir(exist_ok=True)
    lines = [f"shard_rows = {shard_rows}", 'image_private_hosts = ["127.0.0.1"]']
    (home / "labeling.toml").write_text("\n".join(lines))
    workspace = labeling.init_workspace(home, workers=1, **settings)
    frame = pd.DataFrame({"title": "a pin", "image": images})
    frame.insert(0, "pin_id", [f"p{number}" for number in range(len(images))])
    frame.to_csv(home / "pins.csv", index=False)
    labeling.import_collection(workspace, "pins", home / "pins.csv")
    return workspace


def looks_of(workspace: Workspace) -> pd.DataFrame:
    pins = workspace.collection("pins")
    tables = [read_looks(workspace.store, pins, shard) for shard in pins.shards]
    return pd.concat([table.to_pandas() for table in tables], ignore_index=True)


def test_each_pin_gets_one_row_in_its_order(tmp_path: Path, server: Server) -> None:
    write_images(tmp_path / "home", 2)
    (tmp_path / "home/half.jpg").write_bytes(jpeg()[:400])
    (tmp_path / "home/same.jpg").write_bytes((tmp_path / "home/000.jpg").read_bytes())
    images = ["000.jpg", "", "half.jpg", "same.jpg", "gone.jpg", server.at("ok"), server.at("404")]
    workspace = open_with(tmp_path / "home", images, shard_rows=4)
    report = labeling.look_at_images(workspace, "pins")
    looks = looks_of(workspace)
    pins = workspace.collection("pins")

    assert read_looks(workspace.store, pins, pins.shards[0]).schema.equals(SCHEMA)
    assert [shard.images for shard in pins.shards] == [3, 3]
    assert (looks["content"] != 0).tolist() == [True, False, False, True, False, True, False]
    assert looks["content"][0] == looks["content"][3] > 0
    assert looks["width"].tolist() == [100, 0, 0, 100, 0, 60, 0]
    assert looks["sharpness"].isna().tolist() == (looks["content"] == 0).tolist()
    assert looks["fault"].isna().tolist() == [True, True, False, True, False, True, False]
    assert looks["fault"][2].startswith("it is not a whole image: ")
    assert looks["fault"][[4, 6]].tolist() == [
        "it is not there",
        "its server answered 404 Not Found",
    ]
    assert (report.pins, report.images, report.seen) == (7, 6, 3)
    assert {fault.reason: fault.count for fault in report.faults}["it is not there"] == 1
    assert ("p4", "it is not there") in [e for fault in report.faults for e in fault.examples]
    assert report.issues["small"] == 1
    assert report.note.startswith("3 of 6 images could not be read (1 times: ")


def test_one_thumbnail_is_read_without_its_shard(tmp_path: Path) -> None:
    names = write_images(tmp_path / "home", 70)
    workspace = open_with(tmp_path / "home", ["", *names])
    labeling.look_at_images(workspace, "pins")
    store, pins = workspace.store, workspace.collection("pins")
    (shard,) = pins.shards
    found = one_thumbnail(store, pins, shard, 51)
    assert found is not None and as_image(found).size == (150, 100)
    assert one_thumbnail(store, pins, shard, 0) is None
    some = read_thumbnails(store, pins, shard, [70, 3, 3, 34])
    widths = [as_image(jpeg).width for jpeg in some if jpeg is not None]
    assert widths == [169, 102, 102, 133]
    assert len(read_thumbnails(store, pins, shard)) == 71
    with pytest.raises(IndexError, match="rows 71 to 71 of 71"):
        one_thumbnail(store, pins, shard, 71)

    with pq.ParquetFile(store.path(thumbnails_key(pins, shard))) as file:
        rows = [file.metadata.row_group(n).num_rows for n in range(file.num_row_groups)]
    assert max(rows) == GROUP_ROWS and sum(rows) == 71


def test_what_was_looked_at_is_not_opened_again(tmp_path: Path, server: Server) -> None:
    workspace = open_with(tmp_path / "home", [server.at(f"ok/{n}") for n in range(5)])
    first = labeling.look_at_images(workspace, "pins")
    second = labeling.look_at_images(workspace, "pins")
    assert (first.shards_looked, second.shards_looked, len(server.seen)) == (1, 0, 5)
    again = labeling.look_at_images(workspace, "pins", again=True)
    assert (again.seen, again.gained, len(server.seen)) == (5, 0, 5)


def test_a_part_that_is_there_is_not_redone(tmp_path: Path) -> None:
    names = write_images(tmp_path / "home", 3)
    workspace = open_with(tmp_path / "home", [names[n % 3] for n in range(600)])
    store, pins = workspace.store, workspace.collection("pins")
    parts = parts_of(pins.shards[0])
    step = LookPart(store=store, collection=pins, limits=Limits())
    assert step(parts[0]) == PART_PINS
    for name in names:
        (tmp_path / "home" / name).unlink()
    report = labeling.look_at_images(workspace, "pins")
    assert (report.seen, report.images) == (PART_PINS, 600)
    there = [True] * PART_PINS + [False] * (600 - PART_PINS)
    assert looks_of(workspace)["fault"].isna().tolist() == there
    assert store.keys(parts_folder(pins)) == []


def test_a_killed_command_ends_with_the_same_artifacts(tmp_path: Path) -> None:
    home, control = tmp_path / "home", tmp_path / "control"
    names = write_images(home, 10)
    workspace = open_with(home, [names[n % 10] for n in range(1200)], shard_rows=700)
    parts = Path(workspace.store.path(parts_folder(workspace.collection("pins"))))
    shutil.copytree(home, control)
    finish(run(control, "images", "pins"), control)
    assert kill_when_there_is(parts, run(home, "images", "pins"), files=2)
    joining = run(home, "images", "pins")
    kill_when_there_is(home / "store" / "thumbnails", joining, files=1)
    finish(run(home, "images", "pins", "--workers", "2"), home)
    assert artifacts(home) == artifacts(control)


def test_again_tries_only_what_had_a_fault(tmp_path: Path, server: Server) -> None:
    names = write_images(tmp_path / "home", 2)
    images = [*names, server.at("flaky/a"), server.at("404"), server.at("flaky/b")]
    workspace = open_with(tmp_path / "home", images, shard_rows=3)
    store, pins = workspace.store, workspace.collection("pins")
    labeling.look_at_images(workspace, "pins")
    before = looks_of(workspace)
    assert before["fault"][2] == "its server answered 503 Service Unavailable"

    for name in names:  # what was seen is not needed again
        (tmp_path / "home" / name).unlink()
    server.mended = True
    report = labeling.look_at_images(workspace, "pins", again=True)
    after = looks_of(workspace)
    assert (report.gained, report.seen, report.images) == (2, 4, 5)
    assert after["fault"].isna().tolist() == [True, True, True, False, True]
    pd.testing.assert_frame_equal(after.iloc[:2], before.iloc[:2])
    for shard, wanted in zip(pins.shards, ([100, 101, 60], [None, 60]), strict=True):
        found = read_thumbnails(store, pins, shard)
        assert [jpeg and as_image(jpeg).width for jpeg in found] == wanted
    assert workspace.collection("pins").retries == 1
    labeling.look_at_images(workspace, "pins", again=True)
    assert workspace.collection("pins").retries == 1


def test_a_folder_that_moved_is_said_and_mended(tmp_path: Path) -> None:
    old, new = tmp_path / "old", tmp_path / "new"
    old.mkdir()
    shutil.copytree(old, new)
    names = write_images(new, 3)
    shutil.copy(open_with(tmp_path / "home", names).home / "pins.csv", new / "pins.csv")
    home = tmp_path / "home"
    said = call("--home", home, "images", "pins")
    assert said.returncode == 1
    text = " ".join(said.stdout.split())
    assert "None of the 3 images could be read (3 times: it is not there; e.g. p0: " in text
    assert "if they moved, import the pins again from where the images are, then run" in text

    labeling.import_collection(labeling.open_workspace(home), "pins", new / "pins.csv")
    mended = call("--home", home, "images", "pins", "--again", "--json")
    value = json.loads(mended.stdout)
    assert (mended.returncode, value["gained"], value["seen"], value["note"]) == (0, 3, 3, "")


def test_a_collection_without_images_says_so(tmp_path: Path) -> None:
    workspace = open_with(tmp_path / "home", ["", ""])
    report = labeling.look_at_images(workspace, "pins")
    assert (report.pins, report.images, report.note) == (2, 0, "")
    said = call("--home", tmp_path / "home", "images", "pins")
    assert said.stdout == "None of the 2 pins names an image.\n"
    assert said.returncode == 0


def test_a_run_looks_at_images_first(tmp_path: Path) -> None:
    home = tmp_path / "home"
    write_images(home, 5)
    write_signal(home)
    (home / "labeling.toml").write_text("queue_size = 20\n")
    workspace = labeling.init_workspace(home)
    pins = make_pins(150)
    pins["image"] = [f"{number:03d}.jpg" if number < 6 else "" for number in range(150)]
    pins.to_csv(home / "pins.csv", index=False)
    labeling.import_collection(workspace, "pins", home / "pins.csv")
    report = labeling.run(workspace, "tone", "pins")
    assert list(report.seconds)[:2] == ["agree", "images"]
    (note,) = [note for note in report.notes if "images" in note]
    assert note.startswith("1 of 6 images could not be read (1 times: it is not there; e.g. p0")
    assert looks_of(workspace)["content"].ne(0).sum() == 5


def test_workers_and_ray_leave_the_same_bytes(tmp_path: Path) -> None:
    pytest.importorskip("ray", reason="ray is not installed: the extra `ray` brings it")
    home = tmp_path / "local"
    names = write_images(home, 8)
    workspace = open_with(home, [names[n % 8] for n in range(500)], shard_rows=300)
    for other in ("workers", "ray"):
        shutil.copytree(home, tmp_path / other)
    labeling.look_at_images(workspace, "pins")
    for other, more in (("workers", ()), ("ray", ("--engine", "ray"))):
        done = call("--home", tmp_path / other, "images", "pins", "--workers", "2", *more, "--json")
        assert json.loads(done.stdout)["seen"] == 500, done.stderr
        assert artifacts(tmp_path / other) == artifacts(home)


def test_a_revision_of_before_images_were_counted_loads_and_an_import_counts_them(
    tmp_path: Path,
) -> None:
    workspace = open_with(tmp_path / "home", ["a.jpg", "", "b.jpg"])
    key = "pins/pins/revisions/000001.json"
    old = workspace.store.read_json(key)
    for shard in old["shards"]:
        del shard["images"]
    workspace.store.write_json(key, old)
    assert load_collection(workspace.store, "pins").images == 0
    assert labeling.look_at_images(workspace, "pins").images == 2
    labeling.import_collection(workspace, "pins", tmp_path / "home/pins.csv")
    after = load_collection(workspace.store, "pins")
    assert (after.images, after.revision) == (2, 2)
    assert [shard.id for shard in after.shards] == [
        Path(shard["key"]).stem for shard in old["shards"]
    ]


def test_settings_bound_an_image(tmp_path: Path, server: Server) -> None:
    names = write_images(tmp_path / "home", 1)
    images = [names[0], server.at("endless"), server.at("drip-head")]
    settings = {"image_max_bytes": 5000, "image_max_pixels": 5000, "image_seconds": 0.5}
    workspace = open_with(tmp_path / "home", images, **settings)
    labeling.look_at_images(workspace, "pins")
    assert looks_of(workspace)["fault"].tolist() == [
        "it is larger than 5,000 bytes, which image_max_bytes allows",
        "it is larger than 5,000 bytes, which image_max_bytes allows",
        "it took longer than 0.5 seconds, which image_seconds allows",
    ]
    with pytest.raises(labeling.LabelingError, match=r"image_private_hosts is .* does not appear"):
        labeling.open_workspace(tmp_path / "home", image_private_hosts=["10.0.0/8x"])


def test_clothing_is_seen_and_told_apart_without_a_model(tmp_path: Path, real_data: Path) -> None:
    workspace = labeling.init_workspace(tmp_path / "home")
    source = real_data / "pins_clothing/pins.csv"
    labeling.import_collection(workspace, "pins", source)
    report = labeling.look_at_images(workspace, "pins")
    assert (report.seen, report.faults) == (report.images, ())
    store, pins = workspace.store, workspace.collection("pins")
    vectors = np.concatenate([_classic(store, pins, shard.rows) for shard in pins.shards])

    from sklearn.linear_model import RidgeClassifier

    frame = pd.read_csv(source)
    train, test = (frame["split"] == split for split in ("train", "test"))
    model = RidgeClassifier(alpha=1).fit(vectors[train], frame["label"][train])
    assert model.score(vectors[test], frame["label"][test]) > 0.65


def _classic(store: Store, pins: Collection, rows: int) -> np.ndarray:
    (shard,) = pins.shards
    found = read_thumbnails(store, pins, shard, range(rows))
    return classic_features([as_image(jpeg) for jpeg in found if jpeg is not None])


def test_looks_lie_where_the_docs_say(tmp_path: Path) -> None:
    workspace = open_with(tmp_path / "home", write_images(tmp_path / "home", 1))
    pins = workspace.collection("pins")
    (shard,) = pins.shards
    assert looks_key(pins, shard).endswith(f"/pins/{shard.id}.parquet")
    assert looks_key(pins, shard).split("/")[0] == "images"
    assert thumbnails_key(pins, shard).split("/")[0] == "thumbnails"
