"""A model's signal goes out whole, with a contract that catches what is wrong."""

from __future__ import annotations

import hashlib
import json
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from conftest import make_pins
from PIL import Image
from test_cli import call
from tiny_clip import save_tiny_clip

import labeling
from labeling.errors import ContractError
from labeling.model_folder import open_model
from labeling.models.delivering import PredictReport, predict
from labeling.predictions import predictions_folder, predictions_key
from labeling.shards import Store
from labeling.signal_contract import CONTRACT, Contract, check_signal
from labeling.training import load_model
from labeling.training.model import build_model
from labeling.workspace import Workspace

THRESHOLDS = {"loud": 0.9}


@pytest.fixture(scope="module")
def delivered(new_pins: Workspace, quick_model: Path) -> PredictReport:
    return predict(new_pins, quick_model, "new", thresholds=THRESHOLDS)


@pytest.fixture
def copy(new_pins: Workspace, quick_model: Path, delivered: PredictReport, tmp_path: Path) -> Path:
    """The signal in a folder of its reader's."""
    predict(new_pins, quick_model, "new", thresholds=THRESHOLDS, out=str(tmp_path / "signal"))
    return tmp_path / "signal"


def test_pandas_alone_reads_what_the_model_says(
    copy: Path, quick_model: Path, delivered: PredictReport
) -> None:
    frame = pd.read_parquet(copy / "data").set_index("pin_id")
    pins = make_pins(60, seed=7).iloc[:59]
    texts = (pins["title"] + "\n" + pins["description"]).tolist()
    mine = frame.loc["new-" + pins["pin_id"]]
    said = load_model(quick_model).predict_proba(texts)
    assert np.stack(mine["probabilities"]) == pytest.approx(said, abs=0.01)
    classes = np.array(json.loads((copy / CONTRACT).read_text())["classes"])
    best = classes[np.stack(mine["probabilities"]).argmax(axis=1)]
    kept = (best == "calm") | (mine["confidence"] >= 0.9)
    assert mine["label"].isna().tolist() == (~kept).tolist()
    assert mine["label"][kept].tolist() == best[kept].tolist()
    assert 0 < (~kept).sum() == delivered.unlabeled - 1
    last = frame.loc["new-p00059"]
    assert pd.isna(last["label"]) and last["probabilities"] is None
    assert last["fault"] == "it has no text"
    assert delivered.faults == 1


def test_what_is_finished_is_not_predicted_again(
    new_pins: Workspace, quick_model: Path, delivered: PredictReport
) -> None:
    folder = Path(delivered.path)
    before = {path: path.read_bytes() for path in folder.rglob("*.*")}
    assert predict(new_pins, quick_model, "new", thresholds=THRESHOLDS).shards_predicted == 0
    shard = new_pins.collection("new").shards[1]
    new_pins.store.delete(
        predictions_key(open_model(quick_model), new_pins.collection("new"), shard)
    )
    next(folder.glob("data/*")).unlink()
    again = predict(new_pins, quick_model, "new", thresholds=THRESHOLDS)
    assert again.shards_predicted == 1
    assert {path: path.read_bytes() for path in folder.rglob("*.*")} == before


def test_other_thresholds_are_another_signal_and_ask_the_model_nothing(
    new_pins: Workspace, quick_model: Path, delivered: PredictReport
) -> None:
    other = predict(new_pins, quick_model, "new")
    assert other.path != delivered.path
    assert other.shards_predicted == 0
    assert other.unlabeled == other.faults == 1
    assert not other.hint and not delivered.hint
    never = predict(new_pins, quick_model, "new", thresholds={"loud": None})
    assert never.labels["loud"] == 0 and never.unlabeled > 1
    assert never.hint.startswith("The precision that was asked for is not shown for loud, from no")
    assert never.to_json()["note"] == never.hint
    check_signal(delivered.path)
    assert "tone" not in new_pins.signals()  # a delivered signal brings no functions


def test_an_edited_pin_alone_is_predicted_anew(
    new_pins: Workspace, quick_model: Path, delivered: PredictReport
) -> None:
    pins = pd.read_csv(new_pins.home / "pins.csv", keep_default_na=False)
    pins.loc[3, "title"] = "a still lake"
    pins.to_csv(new_pins.home / "edited.csv", index=False)
    labeling.import_collection(new_pins, "edited", new_pins.home / "edited.csv")
    store, opened = new_pins.store, open_model(quick_model)
    new = new_pins.collection("new")
    known = store.read_table(predictions_key(opened, new, new.shards[0]))
    marked = known.set_column(
        1, "probability", pa.array([[0.25, 0.75]] * 25, known["probability"].type)
    )
    key = f"{predictions_folder(opened)}/zz/0.parquet"  # the last holder counts
    store.write_table(key, marked)
    report = predict(new_pins, quick_model, "edited")
    store.delete(key)
    frame = pd.read_parquet(Path(report.path, "data"))
    taken = np.stack(frame["probabilities"][:25])[:, 1] == 0.75
    assert np.flatnonzero(~taken).tolist() == [3]


def change(column: str, value: Callable[[pa.Table], object]) -> Callable[[pa.Table], pa.Table]:
    def changed(table: pa.Table) -> pa.Table:
        at = table.column_names.index(column)
        field = table.schema.field(column)
        return table.set_column(at, field, pa.array(value(table), field.type))

    return changed


def first(new: object, column: str) -> Callable[[pa.Table], object]:
    return lambda table: [new, *table.column(column).to_pylist()[1:]]


@pytest.mark.parametrize(
    ("edit", "says"),
    [
        pytest.param(
            change("probabilities", first([0.6, 0.6], "probabilities")),
            r"Row 0 of data/.* has probabilities that do not sum to 1",
            id="sum",
        ),
        pytest.param(
            change("probabilities", first([1.5, -0.5], "probabilities")),
            "Row 0 .* has a probability that is not from 0 to 1",
            id="range",
        ),
        pytest.param(
            change("probabilities", first(None, "probabilities")),
            "Row 0 .* has neither probabilities nor a fault",
            id="no reason",
        ),
        pytest.param(
            change("confidence", first(0.1, "confidence")),
            "Row 0 .* has a confidence that is not its highest probability",
            id="confidence",
        ),
        pytest.param(
            change("label", first("shrill", "label")),
            "Row 0 .* has a label that the thresholds do not give",
            id="unknown label",
        ),
        pytest.param(
            change("label", first(None, "label")),
            "Row 0 .* has a label that the thresholds do not give",
            id="label gone",
        ),
        pytest.param(
            change("pin_id", lambda t: ["new-p00001", "new-p00001", *t["pin_id"].to_pylist()[2:]]),
            "Row 1 of data/.* is of the pin 'new-p00001', which has a row in data/",
            id="duplicate pin",
        ),
        pytest.param(change("pin_id", first(None, "pin_id")), "Row 0 .* has no pin_id", id="no id"),
        pytest.param(
            change("signal", first("noise", "signal")),
            "Row 0 .* not of the signal tone",
            id="signal",
        ),
        pytest.param(
            lambda t: t.drop_columns("confidence"),
            "lacks the column confidence",
            id="missing column",
        ),
        pytest.param(
            lambda t: t.append_column("more", pa.array([1] * len(t))),
            "has the column more",
            id="more",
        ),
        pytest.param(
            lambda t: t.set_column(3, "confidence", t["confidence"].cast(pa.float64())),
            "column confidence of data/.* is double, and the contract says float",
            id="type",
        ),
        pytest.param(lambda t: t.slice(1), r"has \d+ rows, and the contract says 25", id="rows"),
    ],
)
def test_the_check_names_what_breaks_the_contract(
    copy: Path, edit: Callable[[pa.Table], pa.Table], says: str
) -> None:
    check_signal(copy)
    contract = Contract.from_bytes((copy / CONTRACT).read_bytes())
    named = contract.files[0]
    pq.write_table(edit(pq.ParquetFile(copy / named.path).read()), copy / named.path)
    data = (copy / named.path).read_bytes()
    of_data = replace(named, sha256=hashlib.sha256(data).hexdigest(), bytes=len(data))
    files = (of_data, *contract.files[1:])
    (copy / CONTRACT).write_bytes(replace(contract, files=files).to_bytes())
    with pytest.raises(ContractError, match=says):
        check_signal(copy)


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"thresholds": {"calm": None}}, "the threshold of loud is missing"),
        ({"thresholds": {"calm": None, "loud": 0.9, "x": 0.9}}, "threshold of x is of no class"),
        ({"thresholds": {"calm": None, "loud": "0.9"}}, "of loud is '0.9', and neither null nor"),
        ({"thresholds": {"calm": None, "loud": float("nan")}}, "of loud is nan, and neither null"),
        ({"thresholds": "high"}, "the threshold of calm is missing"),
        ({"classes": "ab"}, "the threshold of a is missing"),
        ({"classes": ["calm", "calm"]}, "classes is not two names or more, each once"),
        ({"classes": ["calm", ["loud"]]}, "the class .'loud'. is no text"),
        ({"rows": 5}, "rows is not the number of rows in all files"),
        ({"revision": "1"}, "revision is '1', and no number from 0"),
        ({"signal": None}, "signal is None, and no text"),
        ({"columns": []}, "columns are not those of this version"),
        ({"label_is": "other"}, "label_is is not the rule of this version"),
        ({"more": 1}, "contract.json is damaged .*'more'"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_a_value_that_no_contract_has_is_one_sentence(
    copy: Path, change: dict[str, object], says: str
) -> None:
    value = json.loads((copy / CONTRACT).read_text())
    (copy / CONTRACT).write_text(json.dumps(value | change))
    with pytest.raises(ContractError, match=rf"{says}.*; deliver the signal again with"):
        check_signal(copy)


def test_a_file_of_another_size_is_found(copy: Path) -> None:
    value = json.loads((copy / CONTRACT).read_text())
    value["files"][0]["bytes"] += 1
    (copy / CONTRACT).write_text(json.dumps(value))
    with pytest.raises(ContractError, match=r"has \d+ bytes, and the contract says \d+; copy"):
        check_signal(copy)


def test_a_changed_byte_a_stranger_and_a_missing_file_are_found(copy: Path) -> None:
    file = sorted((copy / "data").iterdir())[1]
    data = file.read_bytes()
    file.write_bytes(data[:100] + bytes([data[100] ^ 1]) + data[101:])
    with pytest.raises(ContractError, match=f"data/{file.name} was changed"):
        check_signal(copy)
    file.write_bytes(data)
    (copy / "data" / "more.parquet").write_bytes(data)
    with pytest.raises(ContractError, match=r"data/more.parquet is not in contract.json"):
        check_signal(copy)
    (copy / "data" / "more.parquet").unlink()
    file.unlink()
    with pytest.raises(ContractError, match="is missing; copy the signal again"):
        check_signal(copy)
    (copy / CONTRACT).unlink()
    with pytest.raises(ContractError, match="is no delivered signal"):
        check_signal(copy)


def test_a_reader_checks_with_pyarrow_alone(copy: Path) -> None:
    code = (
        "import sys\n"
        "for name in ('torch', 'sqlalchemy', 'sklearn', 'scipy', 'pydantic', 'typer'):\n"
        "    sys.modules[name] = None\n"
        "from labeling.signal_contract import main\n"
        f"sys.argv = ['check', {str(copy)!r}]\n"
        "sys.exit(main())\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["rows"] == 60


@pytest.mark.parametrize(
    ("thresholds", "says"),
    [
        pytest.param(
            {"shrill": 0.5}, "no threshold|threshold for 'shrill'.*calm, loud", id="class"
        ),
        pytest.param({"loud": 80}, "of loud is 80; it must be a number from 0 to 1", id="percent"),
        pytest.param({"loud": "0.8"}, "of loud is '0.8'; it must be a number", id="text"),
        pytest.param({"loud": float("nan")}, "of loud is nan; it must be a number", id="nan"),
        pytest.param(0.8, "The thresholds are 0.8; give one for each class", id="number"),
    ],
)
def test_thresholds_that_cannot_be_are_refused(
    new_pins: Workspace, quick_model: Path, thresholds: Any, says: str
) -> None:
    with pytest.raises(ContractError, match=says):
        predict(new_pins, quick_model, "new", thresholds=thresholds)


@pytest.mark.parametrize("command", ["predict", "evaluate", "promote", "compare"])
def test_a_device_that_there_is_not_is_refused(
    new_pins: Workspace, quick_model: Path, command: str
) -> None:
    models = [quick_model] * (2 if command == "compare" else 1)
    refused = call("--home", new_pins.home, command, *models, "new", "--device", "gpu")
    assert (refused.returncode, refused.stdout) == (1, "")
    assert "device is 'gpu': Input should be 'auto', 'cpu', 'cuda' or 'mps'" in refused.stderr
    assert "Traceback" not in refused.stderr


def test_a_folder_with_another_signal_is_left_alone(
    new_pins: Workspace, quick_model: Path, copy: Path
) -> None:
    before = (copy / CONTRACT).read_bytes()
    with pytest.raises(ContractError, match="holds another signal already"):
        predict(new_pins, quick_model, "new", out=str(copy))
    assert (copy / CONTRACT).read_bytes() == before


def test_an_image_that_cannot_be_read_is_a_fault_of_its_pin(tmp_path: Path) -> None:
    clip = str(save_tiny_clip(tmp_path / "clip"))
    for reads, encoders in {"image": (None, clip), "both": ("minilm", clip)}.items():
        build_model(["calm", "loud"], *encoders, 128, "cpu").save(
            tmp_path / reads, {"signal": "tone", "version": "tone-pins@v0001"}
        )
    workspace = labeling.init_workspace(tmp_path / "home")
    noise = np.random.default_rng(0).integers(0, 256, (90, 70, 3), dtype=np.uint8)
    Image.fromarray(noise).save(workspace.home / "whole.png")
    (workspace.home / "broken.png").write_bytes(b"\x89PNG\r\n\x1a\n")
    rows = [("a", "a lake", "whole.png"), ("b", "free sale", "broken.png"), ("c", "a forest", "")]
    pins = pd.DataFrame(rows, columns=["pin_id", "title", "image"])
    pins.to_csv(workspace.home / "pins.csv", index=False)
    labeling.import_collection(workspace, "pins", workspace.home / "pins.csv")
    for reads in ("image", "both"):
        report = predict(workspace, tmp_path / reads, "pins")
        check_signal(report.path)
        frame = pd.read_parquet(Path(report.path, "data")).set_index("pin_id")
        assert frame["fault"]["b"].startswith("image: ")
        if reads == "image":
            assert frame["label"].isna().tolist() == [False, True, True]
            assert frame["fault"]["c"] == "it has no image"
        else:
            assert frame["label"].isna().tolist() == [False, False, False]
            assert frame["fault"].isna().tolist() == [True, False, True]


def test_the_card_may_change_and_the_model_is_the_same(quick_model: Path) -> None:
    before = open_model(quick_model).digest
    (quick_model / "README.md").write_text("# evaluated")
    assert open_model(quick_model).digest == before


def test_the_command_delivers_to_another_store(
    new_pins: Workspace, quick_model: Path, tmp_path: Path
) -> None:
    command = [sys.executable, "-c", "from labeling.cli import main; main()"]
    command += ["--home", str(new_pins.home), "predict", str(quick_model), "new", "--json"]
    out = f"file://{tmp_path / 'out'}"
    done = subprocess.run(
        [*command, "--threshold", "loud=0.9", "--out", out], capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["pins"] == 60
    assert check_signal(out).thresholds == {"calm": 0.0, "loud": 0.9}
    assert Store(out).is_local
    wrong = subprocess.run([*command, "--threshold", "loud"], capture_output=True, text=True)
    assert wrong.returncode == 1
    assert "The threshold 'loud' is none; write CLASS=0.8." in wrong.stderr
