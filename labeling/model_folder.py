"""A model's folder to those who do not load the model: its classes, its digest, its training pins."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np

from labeling.errors import TrainingError
from labeling.fingerprints import LENGTH, draw_of

CONFIG = "labeling_model.json"
CARD = "README.md"
TRAINING_PINS = "training_pins.bin"
"""The pins that the model learned from: their hashes, unsigned 64-bit little-endian, sorted."""


@dataclass(frozen=True, kw_only=True)
class ModelFolder:
    """What stands in a model's folder. Travels between processes; the weights stay where they are."""

    path: Path
    digest: str
    """sha256, hex, of all files but the card: another digest, another model."""
    signal: str
    classes: tuple[str, ...]
    reads: tuple[str, ...]
    """`text`, `image`, or both."""
    dataset: str
    """The version that it was trained on, NAME@v0001-0123456789ab."""

    @property
    def fingerprint(self) -> str:
        """The digest, as short as paths carry it."""
        return self.digest[:LENGTH]

    def has_learned_from(self, pin_ids: Sequence[str]) -> np.ndarray:
        """Return which pins the model was trained on or chosen by, bool [n]; none where the folder
        does not say."""
        known = _training_pins(self.path, self.digest)
        return np.isin(_hashes(pin_ids), known)


def open_model(folder: str | Path) -> ModelFolder:
    """Return what stands in a model's folder. Raises TrainingError where it holds no model."""
    path = Path(folder).expanduser().absolute()
    config = read_config(path)
    try:
        return ModelFolder(
            path=path,
            digest=_digest(path, _stamp(path)),
            signal=config["signal"],
            classes=tuple(config["classes"]),
            reads=tuple(config["reads"]),
            dataset=config["version"],
        )
    except KeyError as error:
        raise TrainingError(
            f"{path / CONFIG} says nothing of the model's {error.args[0]}; train it again with "
            "`labeling train NAME@VERSION`."
        ) from error


def read_config(folder: Path) -> dict[str, Any]:
    """Return labeling_model.json of a model's folder. Raises TrainingError where there is none."""
    try:
        return json.loads((folder / CONFIG).read_text("utf-8"))
    except (OSError, ValueError) as error:
        raise TrainingError(
            f"{folder} holds no model ({CONFIG} is missing or damaged); train one with "
            "`labeling train NAME@VERSION`."
        ) from error


def write_training_pins(folder: Path, pin_ids: Iterable[str]) -> None:
    """Write which pins a model learned from: 8 bytes each, and no id can be read from them."""
    (folder / TRAINING_PINS).write_bytes(np.unique(_hashes(pin_ids)).tobytes())


def _hashes(pin_ids: Iterable[str]) -> np.ndarray:
    return np.array([draw_of(pin_id) for pin_id in pin_ids], dtype="<u8")


@lru_cache(maxsize=8)
def _training_pins(path: Path, digest: str) -> np.ndarray:
    file = path / TRAINING_PINS
    return np.fromfile(file, dtype="<u8") if file.is_file() else np.empty(0, dtype="<u8")


Stamp = tuple[tuple[str, int, int], ...]


def _stamp(folder: Path) -> Stamp:
    """Return the folder's files but the card, with time of change and size: a digest of some hundred
    megabytes is taken once in a process."""
    files = sorted(path for path in folder.rglob("*") if path.is_file() and path.name != CARD)
    seen = [(path, path.stat()) for path in files]
    return tuple(
        (path.relative_to(folder).as_posix(), stat.st_mtime_ns, stat.st_size) for path, stat in seen
    )


@lru_cache(maxsize=64)
def _digest(folder: Path, stamp: Stamp) -> str:
    digest = hashlib.sha256()
    for name, _, _ in stamp:
        with (folder / name).open("rb") as file:
            content = hashlib.file_digest(file, "sha256").hexdigest()
        digest.update(f"{name} {content}\n".encode())
    return digest.hexdigest()
