"""Models of which is known how good they are: a linear head on a tiny encoder, taught that all pins
of some boards are loud; and new pins to judge them by."""

from __future__ import annotations

import re
import shutil
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import pandas as pd
from conftest import make_pins
from tiny_bert import save_tiny_bert

import labeling
from labeling.datasets import find_version
from labeling.workspace import Workspace

CLASSES = ("calm", "loud")
FRESH = "fresh"
BOARDS = ("cars", "zoo", "art", "food", "food", "food", "food", "food")


def read_texts(pins: pd.DataFrame) -> list[str]:
    return [f"{t}\n{d}" for t, d in zip(pins["title"], pins["description"], strict=True)]


def fresh_pins(count: int, seed: int) -> pd.DataFrame:
    """Return pins that no model was made with, with a board that their text names."""
    pins = make_pins(count, seed=seed)
    pins["pin_id"] = [f"{seed}-{id}" for id in pins["pin_id"]]
    pins["link"] = [f"https://{seed}.example/{n}" for n in range(count)]
    pins["board"] = [BOARDS[number % len(BOARDS)] for number in range(count)]
    pins["description"] += pins["board"].map(lambda board: f" {board}" * 4)
    pins["description"] += " " + pins["pin_id"]
    pins["created"] = [f"2026-0{1 + n % 3}-11" for n in range(count)]
    return pins.drop(columns="split")


@dataclass(frozen=True)
class Planter:
    """Makes models in a folder."""

    workspace: Workspace
    folder: Path
    encoder: str

    @classmethod
    def of(cls, run: Workspace, folder: Path, count: int = 320) -> Planter:
        """Return a planter on a copy of a workspace on which `tone` was run, with fresh pins."""
        shutil.copytree(run.home, folder / "home")
        workspace = labeling.open_workspace(folder / "home")
        pins = fresh_pins(count, seed=7)
        pins.to_csv(folder / "fresh.csv", index=False)
        labeling.import_collection(workspace, FRESH, folder / "fresh.csv")
        known = pd.concat([pins, fresh_pins(count, seed=8)])
        words = re.findall(r"[a-z]+|\d", " ".join(read_texts(known)).lower())
        encoder = save_tiny_bert(folder / "bert", words, width=32)
        return cls(workspace=workspace, folder=folder, encoder=str(encoder))

    def plant(self, name: str, always_loud: tuple[str, ...] = ()) -> Path:
        """Return the folder of a model that learned that all pins of some boards are loud."""
        import pyarrow as pa

        from labeling.training.fitting import fit_head
        from labeling.training.model import build_model
        from labeling.training.rows import Rows

        pins = fresh_pins(500, seed=8)
        labels = ((pins["label"] == "loud") | pins["board"].isin(always_loud)).to_numpy(int)
        model = build_model(CLASSES, self.encoder, None, 64, "cpu")
        features = model.run(model.inputs(read_texts(pins)), model.features)
        rows = Rows(
            table=pa.table({"n": range(len(pins))}),
            folder=self.folder,
            soft=np.eye(2, dtype=np.float32)[labels],
            weights=np.ones(len(pins), dtype=np.float32),
            is_gold=np.ones(len(pins), dtype=bool),
        )
        fit_head(model, features, rows, features, rows)
        _, manifest = find_version(self.workspace.store, "tone-pins@v0001")
        about = {
            "signal": "tone",
            "version": f"tone-pins@{manifest.folder}",
            "settings": {},
            "training": {"made": name},
        }
        model.save(self.folder / name, about)
        (self.folder / name / "README.md").write_text("# tone\n\nMeant for pins.\n", "utf-8")
        return self.folder / name

    def alone(self, folder: Path) -> Workspace:
        """Return the workspace with an empty registry of its own."""
        from labeling.database import Database

        folder.mkdir(exist_ok=True)
        database = Database(f"sqlite:///{folder / 'models.db'}")
        database.migrate()
        return replace(self.workspace, database=database)
