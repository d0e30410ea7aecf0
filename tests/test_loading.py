"""One version in the hands of training jobs that have only this or that library."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
import torch
from torch.utils.data import DataLoader

import labeling
from labeling.datasets import load, verify
from labeling.errors import DatasetError
from labeling.workspace import Workspace

HEAVY = ["snorkel", "sqlalchemy", "streamlit", "pydantic", "typer", "cleanlab", "sklearn"]
BLOCK = """
import sys
class Blocked:
    def find_spec(self, name, *rest):
        if name.partition('.')[0] in {blocked}:
            raise ModuleNotFoundError(name)
sys.meta_path.insert(0, Blocked())
D = sys.argv[1]
"""
WITHOUT = {"HF_HUB_OFFLINE": "1", "USE_TORCH": "0"}
"""Tells datasets not to look for torch."""
DIGEST = """
import json
print(json.dumps(sorted([str(i), int(l), round(float(w), 6), [round(float(p), 5) for p in s]]
                        for i, l, w, s in rows)))
"""
CONSUMERS = {
    "pandas": (
        [*HEAVY, "torch", "datasets", "labeling"],
        "import pandas as pd\nfrom pathlib import Path\n"
        "f = pd.concat(pd.read_parquet(p) for p in sorted(Path(D, 'data').glob('train-*')))\n"
        "rows = zip(f.pin_id, f.label, f.weight, f.soft_label)",
    ),
    "datasets": (
        ["torch", "labeling", "snorkel", "streamlit"],
        "import datasets\nd = datasets.load_dataset(D, split='train')\n"
        "assert d.features['label'].names == ['calm', 'loud']\n"
        "rows = [(r['pin_id'], r['label'], r['weight'], r['soft_label']) for r in d]",
    ),
    "torch": (
        [*HEAVY, "pandas", "datasets"],
        "from labeling.datasets import load\nd = load(D, as_='torch')\n"
        "rows = [(r['pin_id'], r['label'], r['weight'], r['soft_label'].tolist()) for r in d]",
    ),
    "arrow": (
        [*HEAVY, "pandas", "datasets", "torch"],
        "from labeling.datasets import load\nt = load(D).to_pylist()\n"
        "rows = [(r['pin_id'], r['label'], r['weight'], r['soft_label']) for r in t]",
    ),
}


@pytest.fixture(scope="module")
def folder(run_workspace: Workspace, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A pulled version."""
    folder = tmp_path_factory.mktemp("pulled") / "pulled"
    labeling.pull_dataset(run_workspace, "tone-pins@latest", folder)
    return folder


def test_consumers_with_one_library_each_read_the_same_rows(folder: Path, tmp_path: Path) -> None:
    found = {}
    for name, (blocked, code) in CONSUMERS.items():
        block = BLOCK.format(blocked=blocked)
        done = subprocess.run(
            [sys.executable, "-c", block + code + DIGEST, str(folder)],
            env={**os.environ, "HF_DATASETS_CACHE": str(tmp_path), **WITHOUT},
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, f"{name}: {done.stderr}"
        found[name] = json.loads(done.stdout)
    assert len(found["arrow"]) == verify(folder).rows_by_split["train"]
    assert all(rows == found["arrow"] for rows in found.values())


@pytest.mark.parametrize("split", ["train", "validation", "test"])
def test_streams_hold_the_rows_of_the_whole(
    folder: Path, split: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("datasets.config.HF_DATASETS_CACHE", str(tmp_path))
    table = load(folder, split)
    ids = table.column("pin_id").to_pylist()
    assert isinstance(table, pa.Table)
    batches = list(load(folder, split, stream=True, batch_rows=7))
    assert max(len(batch) for batch in batches) <= 7
    assert [id for b in batches for id in b.column("pin_id").to_pylist()] == ids
    frames = list(load(folder, split, "pandas", stream=True, batch_rows=7))
    assert list(pd.concat(frames)["pin_id"]) == ids == list(load(folder, split, "pandas")["pin_id"])
    assert load(folder, split, "hf")["pin_id"][:] == ids
    assert [row["pin_id"] for row in load(folder, split, "hf", stream=True)] == ids
    assert [row["pin_id"] for row in load(folder, split, "torch", stream=True)] == ids


@pytest.mark.parametrize("stream", [False, True], ids=["whole", "streamed"])
@pytest.mark.parametrize("workers", [0, 2])
def test_torch_batches_have_soft_targets_and_weights(
    folder: Path, stream: bool, workers: int
) -> None:
    rows = load(folder, as_="torch", stream=stream)
    frame = load(folder, as_="pandas").set_index("pin_id")
    seen: list[str] = []
    for batch in DataLoader(rows, batch_size=16, num_workers=workers):
        own = frame.loc[batch["pin_id"]]
        assert batch["soft_label"].dtype == batch["weight"].dtype == torch.float32
        assert np.allclose(batch["soft_label"], np.stack(own["soft_label"]))
        assert batch["label"].tolist() == own["label"].tolist()
        assert batch["weight"].tolist() == own["weight"].tolist()
        assert all(title in text for title, text in zip(own["title"], batch["text"], strict=True))
        seen += batch["pin_id"]
    assert sorted(seen) == sorted(frame.index)


def test_a_reference_is_pulled_once_and_read(
    run_workspace: Workspace, folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LABELING_CACHE", str(tmp_path / "cache"))
    store = run_workspace.store.url
    table = load(f"{store}/tone-pins@v0001")
    assert table.equals(load(folder))
    monkeypatch.setenv("LABELING_STORE", store)
    assert load("tone-pins@v0001").equals(table)
    assert len(list((tmp_path / "cache/versions/tone-pins").iterdir())) == 1


@pytest.mark.parametrize(
    ("source", "options", "says"),
    [
        pytest.param("x@v0001", {}, "does not say where the version lies", id="no store"),
        pytest.param("/s/x@latest", {}, "is another version tomorrow", id="latest"),
        pytest.param("nowhere", {}, "is no dataset version", id="no folder"),
        pytest.param("nowhere", {"check": False}, "is no dataset version", id="unchecked"),
        pytest.param(None, {"split": "valid"}, "has no split 'valid'; it has train", id="split"),
        pytest.param(None, {"as_": "csv"}, "as_ is 'csv'; it is arrow", id="form"),
        pytest.param(None, {"batch_rows": 0, "stream": True}, "batch_rows is 0; a", id="batch"),
        pytest.param(7, {}, "source is 7; name a version's folder", id="no path"),
    ],
)
def test_what_cannot_be_loaded_is_one_sentence(
    folder: Path,
    source: str | int | None,
    options: dict[str, object],
    says: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.delenv("LABELING_STORE", raising=False)
    with pytest.raises(DatasetError, match=says):
        load(source or folder, **options)  # type: ignore[arg-type]
