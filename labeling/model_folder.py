"""A model's folder to those who do not load the model: its classes, its files, its training pins."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np

from labeling.errors import TrainingError
from labeling.fingerprints import LENGTH, draw_of

CONFIG = "labeling_model.json"
CARD = "README.md"
"""The one file that may change: it says what later evaluations found."""
LISTING = "files.json"
"""What makes a folder of the store a registered model."""
TRAINING_PINS = "training_pins.bin"
"""The pins that the model learned from: their hashes, unsigned 64-bit little-endian, sorted."""


@dataclass(frozen=True, kw_only=True)
class ModelFolder:
    """What stands in a model's folder. Travels between processes; the weights stay where they are."""

    path: Path
    digest: str
    """sha256, hex, of the listing of its files: another digest, another model."""
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
            digest=hashlib.sha256(listing_bytes(list_files(path))).hexdigest(),
            signal=str(config["signal"]),
            classes=tuple(map(str, config["classes"])),
            reads=tuple(map(str, config["reads"])),
            dataset=str(config["version"]),
        )
    except KeyError as error:
        raise TrainingError(
            f"{path / CONFIG} says nothing of the model's {error.args[0]}; train it again with "
            "`labeling train NAME@VERSION`."
        ) from error


def read_config(folder: Path) -> dict[str, Any]:
    """Return labeling_model.json of a model's folder. Raises TrainingError where there is none."""
    try:
        return dict(json.loads((folder / CONFIG).read_text("utf-8")))
    except (OSError, ValueError, TypeError) as error:
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


@dataclass(frozen=True, kw_only=True)
class ModelFile:
    """One file of a model."""

    path: str
    sha256: str
    bytes: int


def list_files(folder: Path) -> tuple[ModelFile, ...]:
    """Return the files of a model but its card and the listing itself."""
    return _listed(folder, _stamp(folder))


def listing_bytes(files: Iterable[ModelFile]) -> bytes:
    """Return the bytes of the listing, whose sha256 names the model."""
    value = [asdict(file) for file in files]
    return json.dumps({"files": value}, sort_keys=True, indent=1).encode() + b"\n"


def sha256_of(path: Path) -> str:
    """Return the sha256 of a file, hex."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


Stamp = tuple[tuple[str, int, int], ...]


def _stamp(folder: Path) -> Stamp:
    """Return the names of the files, with time of change and size: checksums of some hundred megabytes
    are taken once in a process."""
    paths = (path for path in sorted(folder.rglob("*")) if path.is_file())
    named = ((path.relative_to(folder).as_posix(), path.stat()) for path in paths)
    return tuple(
        (name, stat.st_mtime_ns, stat.st_size)
        for name, stat in named
        if name not in (CARD, LISTING)
    )


@lru_cache(maxsize=64)
def _listed(folder: Path, stamp: Stamp) -> tuple[ModelFile, ...]:
    return tuple(
        ModelFile(path=name, sha256=sha256_of(folder / name), bytes=size) for name, _, size in stamp
    )
