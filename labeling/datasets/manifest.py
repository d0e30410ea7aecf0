"""The manifest of a dataset version: what it is, where it came from, and every file with its sha256."""

from __future__ import annotations

import hashlib
import json
import re
from dataclasses import asdict, dataclass
from typing import Any

from labeling.errors import DatasetError

VERSION = re.compile(r"v(\d{4,})(?:-([0-9a-f]{12}))?")
MANIFEST = "manifest.json"
LEFT_OUT = "left_out.parquet"
"""The pins of the collection that are not in the version, each with its reason."""


@dataclass(frozen=True, kw_only=True)
class File:
    """One file of a version."""

    path: str
    sha256: str
    bytes: int
    rows: int
    """0 for a file that holds no rows."""
    split: str
    """train, validation or test; "" for a file that holds no rows."""


@dataclass(frozen=True, kw_only=True)
class Manifest:
    """What a version is and where it came from."""

    name: str
    version: int
    parent: str | None
    """The version published before it."""
    signal: str
    classes: tuple[str, ...]
    collection: str
    revision: int
    """Of the collection."""
    lineage: dict[str, Any]
    """Fingerprints of the functions, the label model and the doubts; seed; gold; the recipe, and how
    many rows came by each of its rules and from each source of labels."""
    left_out: dict[str, int]
    """Pins of the collection that are not in the version, by reason."""
    files: tuple[File, ...]

    @property
    def rows(self) -> int:
        """Rows in all splits."""
        return sum(file.rows for file in self.files)

    @property
    def rows_by_split(self) -> dict[str, int]:
        """Rows in each split that has any."""
        rows: dict[str, int] = {}
        for file in self.data_files():
            rows[file.split] = rows.get(file.split, 0) + file.rows
        return rows

    def data_files(self, split: str | None = None) -> tuple[File, ...]:
        """Return the files that hold rows: of one split, or all."""
        return tuple(file for file in self.files if file.split and split in (None, file.split))

    @property
    def content(self) -> str:
        """A digest of what is in the version, whatever its number: equal content, equal digest."""
        value = {**asdict(self), "version": 0, "parent": None}
        value["files"] = [f for f in value["files"] if f["split"] or f["path"] == LEFT_OUT]
        return hashlib.sha256(_canonical(value)).hexdigest()

    def to_bytes(self) -> bytes:
        """Return the bytes of manifest.json."""
        return _canonical({**asdict(self), "content": self.content})

    @property
    def reference(self) -> str:
        """Names the version: NAME@v0001-0123456789ab."""
        return f"{self.name}@{self.folder}"

    @property
    def folder(self) -> str:
        """The version's folder name, e.g. v0007-0123456789ab."""
        return f"v{self.version:04d}-{hashlib.sha256(self.to_bytes()).hexdigest()[:12]}"

    @classmethod
    def from_bytes(cls, data: bytes) -> Manifest:
        """Return the manifest; raises DatasetError where the bytes are none."""
        try:
            value = json.loads(data)
            value.pop("content")
            files = tuple(File(**file) for file in value.pop("files"))
            return cls(**{**value, "classes": tuple(value["classes"]), "files": files})
        except (ValueError, KeyError, TypeError) as error:
            raise DatasetError(
                f"{MANIFEST} is damaged ({error}); pull the version again."
            ) from error


def _canonical(value: Any) -> bytes:
    return json.dumps(value, sort_keys=True, ensure_ascii=False, indent=1).encode() + b"\n"
