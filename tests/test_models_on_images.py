"""A model that reads images, from training to the delivered signal; and predicting on a Ray cluster."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from conftest import make_pins, write_signal
from PIL import Image
from tiny_clip import save_tiny_clip
from typer.testing import CliRunner

import labeling
from labeling.cli import app
from labeling.errors import TrainingError
from labeling.model_folder import open_model
from labeling.models.delivering import predict
from labeling.models.evaluating import evaluate_model
from labeling.predictions import predictions_folder
from labeling.signal_contract import check_signal
from labeling.training import TrainingSettings, load_model, train
from labeling.workspace import Workspace

MODEL = "tone-pins@v0001"
TINTS = {"loud": (200, 40, 40), "calm": (40, 40, 200)}


@dataclass(frozen=True)
class Pictured:
    """A workspace with a registered model of images, and `fresh` pins; one has no image, one a broken
    one."""

    workspace: Workspace
    fresh: pd.DataFrame
    clip: str

    def call(self, *words: str | Path) -> dict[str, Any]:
        home = str(self.workspace.home)
        done = CliRunner().invoke(app, ["--home", home, *map(str, words), "--json"])
        assert done.exit_code == 0, done.stderr
        return dict(json.loads(done.stdout))


def draw_pins(home: Path, name: str, count: int, seed: int) -> pd.DataFrame:
    """Return pins with an image each: rough patches, reddish where the pin is loud, else bluish."""
    pins, random = make_pins(count, seed=seed), np.random.default_rng(seed)
    pins["pin_id"] = f"{name}-" + pins["pin_id"]
    pins["link"] += f"/{name}"
    pins["description"] += " " + pins["pin_id"]  # equal texts would be one pin's
    pins["image"] = [f"{name}{number}.png" for number in range(count)]
    for label, image in zip(pins["label"], pins["image"], strict=True):
        patches = np.array(TINTS[label]) + random.integers(-40, 215, (6, 6, 3))
        Image.fromarray(patches.clip(0, 255).astype(np.uint8)).resize((64, 64)).save(home / image)
    return pins


@pytest.fixture(scope="module")
def pictured(tmp_path_factory: pytest.TempPathFactory) -> Pictured:
    home = tmp_path_factory.mktemp("pictured") / "home"
    write_signal(home)
    (home / "labeling.toml").write_text(
        'shard_rows = 60\nqueue_size = 20\nimage_encoder = "classic"\n'
    )
    workspace = labeling.init_workspace(home)
    draw_pins(home, "pins", 180, seed=0).to_csv(home / "pins.csv", index=False)
    fresh = draw_pins(home, "fresh", 90, seed=5)
    fresh.loc[88, "image"] = ""
    (home / fresh["image"][89]).write_bytes(b"\x89PNG\r\n\x1a\n")
    fresh.to_csv(home / "fresh.csv", index=False)
    for name in ("pins", "fresh"):
        labeling.import_collection(workspace, name, home / f"{name}.csv")
    labeling.run(workspace, "tone", "pins")
    clip = str(save_tiny_clip(tmp_path_factory.mktemp("clip")))
    made = Pictured(workspace=workspace, fresh=fresh, clip=clip)
    words = ("--quick", "--encoder", "none", "--image-encoder", clip, "--images", home)
    assert made.call("train", MODEL, *words)["reference"] == MODEL
    return made


@pytest.fixture
def no_cluster() -> Iterator[Any]:
    """The module ray, connected to nothing before and after."""
    ray = pytest.importorskip("ray", reason="ray is not installed: the extra `ray` brings it")
    ray.shutdown()  # else the engine takes the cluster of another test
    yield ray
    ray.shutdown()


def signal_of(path: str) -> pd.DataFrame:
    check_signal(path)
    return pd.read_parquet(Path(path, "data")).set_index("pin_id")


def test_text_and_image_are_read_together(pictured: Pictured, tmp_path: Path) -> None:
    settings = TrainingSettings(image_encoder=pictured.clip, quick=True)
    images = Path(shutil.copytree(pictured.workspace.home, tmp_path / "images"))
    for gone in sorted(images.glob("pins*.png"))[::4]:
        gone.unlink()
    labeling.pull_dataset(pictured.workspace, MODEL, tmp_path / "version")
    report = train(tmp_path / "version", tmp_path / "both", settings, images=images)
    model = load_model(tmp_path / "both")
    noise = np.random.default_rng(0).integers(0, 256, (64, 64, 3), dtype=np.uint8)
    pictures = [Image.fromarray(noise), None]
    said = model.predict_proba(["a lake\n", "free sale\n"], lambda row: pictures[row])
    assert model.reads == ("text", "image")
    assert said.sum(axis=1) == pytest.approx([1, 1], abs=1e-5)
    assert report.model.accuracy > 0.8
    assert report.images is not None and 0.6 < report.images < 0.9
    card = (tmp_path / "both" / "README.md").read_text("utf-8")
    assert f"rows, {report.images:.1%} with an image, from" in card


@pytest.mark.parametrize("images", [None, "elsewhere"])
def test_a_model_of_images_is_not_trained_on_none(
    pictured: Pictured, images: str | None, tmp_path: Path
) -> None:
    settings = TrainingSettings(text_encoder=None, image_encoder=pictured.clip, quick=True)
    says = (
        f"rows of {MODEL}-.* has an image that can be read in {images or 'the version'}; say with"
    )
    with pytest.raises(TrainingError, match=says):
        labeling.train_model(pictured.workspace, MODEL, tmp_path / "none", settings, images=images)
    assert list(tmp_path.iterdir()) == []


def test_the_loop_trains_on_images(pictured: Pictured, tmp_path: Path) -> None:
    shutil.copytree(pictured.workspace.home, tmp_path / "home")
    moved = replace(pictured, workspace=labeling.open_workspace(tmp_path / "home"))
    labeling.import_collection(moved.workspace, "others", tmp_path / "home" / "pins.csv")
    words = ("--quick", "--encoder", "none", "--image-encoder", pictured.clip)
    found = moved.call("loop", "tone", "others", *words, "--images", tmp_path / "home")
    assert found["trained"] == "tone-others@v0001"


def test_what_is_predicted_of_images_is_as_right_as_the_evaluation_says(pictured: Pictured) -> None:
    found = pictured.call("evaluate", MODEL, "fresh", "--split", "all", "--precision", "0.6")
    assert found["rows"] == 90
    assert found["accuracy"]["low"] > 0.7, "colours tell the classes apart"
    assert any("sees nothing of 2 of these pins (no image)" in note for note in found["notes"])
    report = pictured.call("predict", MODEL, "fresh")
    assert report["thresholds"] == {
        one["name"]: one["threshold"]["threshold"] for one in found["classes"]
    }
    frame = signal_of(report["path"])
    assert frame["fault"].dropna().index.tolist() == ["fresh-p00088", "fresh-p00089"]
    assert frame["label"][88:].isna().all()
    known = pictured.fresh.set_index("pin_id")["label"][:88]
    said = np.stack(frame["probabilities"][:88]).argmax(axis=1)
    right = (np.array(["calm", "loud"])[said] == known).sum()
    assert right >= 80
    assert pictured.call("predict", MODEL, "fresh")["shards_predicted"] == 0


def test_a_model_of_images_that_judges_pins_without_any_is_told_on(
    pictured: Pictured, tmp_path: Path
) -> None:
    pins = make_pins(60, seed=9)
    pins["pin_id"], pins["link"] = "bare-" + pins["pin_id"], pins["link"] + "/bare"
    pins["description"] += " " + pins["pin_id"]
    pins.to_csv(tmp_path / "bare.csv", index=False)
    labeling.import_collection(pictured.workspace, "bare", tmp_path / "bare.csv")
    found = evaluate_model(pictured.workspace, MODEL, "bare", split="all")
    assert f"nothing of {found.judgement.rows} of these pins (no image)" in found.notes[0]
    report = pictured.call("predict", MODEL, "bare")
    assert (report["unlabeled"], report["faults"]) == (60, 60)


def test_a_cluster_predicts_the_same_of_images(
    pictured: Pictured, no_cluster: Any, tmp_path: Path
) -> None:
    here = pictured.call("predict", MODEL, "fresh", "--threshold", "loud=0.8")
    shutil.copytree(pictured.workspace.home, tmp_path / "there")
    there = labeling.open_workspace(tmp_path / "there")
    model = next((tmp_path / "there/store/models").glob("*/v0001-*"))
    shutil.rmtree(there.store.path(predictions_folder(open_model(model))))
    moved = replace(pictured, workspace=there)
    words = ("--threshold", "loud=0.8", "--engine", "ray", "--workers", "2")
    report = moved.call("predict", MODEL, "fresh", *words)
    assert report["shards_predicted"] == 2
    assert no_cluster.is_initialized()
    assert (report["labels"], report["faults"]) == (here["labels"], here["faults"])
    assert Path(report["path"]).is_relative_to(tmp_path)
    assert_same(signal_of(report["path"]), signal_of(here["path"]))


def test_a_cluster_predicts_the_same_of_texts(
    new_pins: Workspace, quick_model: Path, no_cluster: Any, tmp_path: Path
) -> None:
    here = predict(new_pins, quick_model, "new", thresholds={"loud": 0.9})
    shutil.copytree(new_pins.home, tmp_path / "there")
    there = labeling.open_workspace(tmp_path / "there", engine="ray", workers=1)
    shutil.rmtree(there.store.path(predictions_folder(open_model(quick_model))))
    report = predict(there, quick_model, "new", thresholds={"loud": 0.9})
    assert (report.shards_predicted, report.labels) == (3, here.labels)
    assert no_cluster.is_initialized()
    assert Path(report.path).is_relative_to(tmp_path)
    assert_same(signal_of(report.path), signal_of(here.path))


def assert_same(one: pd.DataFrame, other: pd.DataFrame) -> None:
    """Assert that two signals say the same; probabilities to what threads may round otherwise."""
    exact = ["label", "fault"]
    pd.testing.assert_frame_equal(one[exact], other[exact])
    seen = other["probabilities"].notna()
    assert one["probabilities"].notna().tolist() == seen.tolist()
    left, right = (np.stack(frame["probabilities"][seen]) for frame in (one, other))
    assert left == pytest.approx(right, abs=1e-5)
