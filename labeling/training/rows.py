"""The rows of a pulled version as training reads them."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from labeling.datasets import Manifest
from labeling.datasets.embedded import widened
from labeling.errors import ImageFault, TrainingError
from labeling.fingerprints import draws_of
from labeling.images.decoding import decode

if TYPE_CHECKING:
    from PIL.Image import Image

FEWEST = 50
"""Validation rows that judge by themselves: those that people decided on, or else all."""
HELD_OUT = 0.1
"""Share of the training rows that judges, too, where validation rows are fewer."""
NEEDED = ("title", "description", "group")
SIDE = 224
"""Pixels of the side to which an image is brought before an encoder's own processing."""
MAX_PIXELS = 100_000_000
"""An image with more is none."""


@dataclass(frozen=True, kw_only=True)
class Rows:
    """n labelled pins."""

    table: pa.Table
    folder: Path
    """Where the paths of images start."""
    soft: np.ndarray
    """float32 [n, k], rows sum to 1."""
    weights: np.ndarray
    """float32 [n]."""
    is_gold: np.ndarray
    """bool [n]: people decided on the label."""

    def __len__(self) -> int:
        return len(self.table)

    @property
    def labels(self) -> np.ndarray:
        """The classes, int64 [n]."""
        return self.soft.argmax(axis=1)

    @property
    def texts(self) -> list[str]:
        """Title and description, a line each: what labeling functions and encoders read."""
        return [
            f"{t}\n{d}" for t, d in zip(*map(self._column, ("title", "description")), strict=True)
        ]

    def image(self, row: int) -> Image | None:
        """Return the image of a row as `seen` makes it, None where none can be read."""
        value = self.table.column("image")[row].as_py()
        value = value.get("bytes") or value.get("path") if isinstance(value, dict) else value
        if not value:
            return None
        try:
            data = value if isinstance(value, bytes) else (self.folder / value).read_bytes()
            return seen(decode(data, MAX_PIXELS).image)
        except (OSError, ImageFault):
            return None

    def take(self, rows: np.ndarray) -> Rows:
        """Return some of the rows."""
        return Rows(
            table=self.table.take(pa.array(rows)),
            folder=self.folder,
            soft=self.soft[rows],
            weights=self.weights[rows],
            is_gold=self.is_gold[rows],
        )

    def sharpened(self, temperature: float) -> Rows:
        """Return the same with weak soft labels made surer, or less sure where the temperature is above
        1: their logarithms are divided by it."""
        if temperature == 1:
            return self
        likeliest = self.soft.max(axis=1, keepdims=True).astype(np.float64)
        weak = (self.soft / likeliest) ** (1 / temperature)
        soft = np.where(self.is_gold[:, None], self.soft, weak / weak.sum(axis=1, keepdims=True))
        return replace(self, soft=soft.astype(np.float32))

    def and_also(self, more: Rows) -> Rows:
        """Return these rows and more of the same version."""
        if not len(self):
            return more
        return Rows(
            table=pa.concat_tables([self.table, more.table]),
            folder=self.folder,
            soft=np.concatenate([self.soft, more.soft]),
            weights=np.concatenate([self.weights, more.weights]),
            is_gold=np.concatenate([self.is_gold, more.is_gold]),
        )

    def _column(self, name: str) -> list[str]:
        return pc.fill_null(self.table.column(name), "").to_pylist()


def seen(image: Image) -> Image:
    """Return a decoded image or a thumbnail as models read it, when they train and when they predict."""
    return image.resize((SIDE, SIDE))


def read_rows(folder: Path, manifest: Manifest, split: str, images: Path | None = None) -> Rows:
    """Return a split of a pulled version; `images` is the folder where relative paths of images start,
    the version's own where it is not said."""
    files = [folder / file.path for file in manifest.data_files(split)]
    k = len(manifest.classes)
    if not files:
        return Rows(
            table=pa.table({name: pa.array([], pa.string()) for name in NEEDED}),
            folder=folder,
            soft=np.zeros((0, k), dtype=np.float32),
            weights=np.zeros(0, dtype=np.float32),
            is_gold=np.zeros(0, dtype=bool),
        )
    table = pa.concat_tables(widened(pq.read_table(file)) for file in files)
    soft = np.stack(table.column("soft_label").to_numpy(zero_copy_only=False)).astype(np.float32)
    return Rows(
        table=table,
        folder=images or folder,
        soft=soft / soft.sum(axis=1, keepdims=True),
        weights=table.column("weight").to_numpy().astype(np.float32),
        is_gold=pc.equal(table.column("label_source"), "gold").to_numpy(zero_copy_only=False),
    )


def read_training_rows(
    folder: Path, manifest: Manifest, images: Path | None = None
) -> tuple[Rows, Rows]:
    """Return the rows to train on and those to choose by: what people decided on in the validation
    split, else all of it, where that is at least FEWEST rows. Else a share of the training rows
    judges with them, drawn by groups of near-duplicates, and does not train.

    Raises TrainingError where there are no rows, or of fewer than two classes, or all weigh 0.
    """
    training = read_rows(folder, manifest, "train", images)
    validation = read_rows(folder, manifest, "validation", images)
    gold = np.flatnonzero(validation.is_gold)
    if len(gold) >= FEWEST:
        validation = validation.take(gold)
    elif len(validation) < FEWEST:
        groups = training.table.column("group").to_pylist()
        held_out = draws_of(f"judge {group}" for group in groups) < HELD_OUT
        # audited rows stand for many pins each; beside others they would decide alone
        alike = replace(validation, weights=np.ones_like(validation.weights))
        validation = alike.and_also(training.take(np.flatnonzero(held_out)))
        training = training.take(np.flatnonzero(~held_out))
    if len(training) and not training.weights.any():
        raise TrainingError(
            f"All {len(training)} training rows of {manifest.name} weigh 0, so there is nothing to "
            "learn from; publish a version with more labels, or by a recipe that gives gold a weight."
        )
    if not validation.weights.any():  # they judge alike, as they may not learn
        validation = replace(validation, weights=np.ones_like(validation.weights))
    there = [manifest.classes[number] for number in np.unique(training.labels)]
    if len(there) < 2:
        only = f", all of the class {there[0]}" if there else ""
        raise TrainingError(
            f"{manifest.name} has {len(training):,} training rows{only}; a model needs two classes at "
            "least: publish a version with more labels."
        )
    if not len(validation):
        raise TrainingError(
            f"{manifest.name} has no rows by which a model could be chosen, and too few to hold some "
            "out; publish a version with more labels."
        )
    return training, validation
