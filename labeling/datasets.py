"""Dataset versions as a training job sees them: find, pull, verify. Needs only pyarrow and fsspec.

A version is a folder `datasets/<name>/v0007-<12 hex of its manifest's digest>` that never changes;
manifest.json lists every file with its sha256, and is what makes the folder a version.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from labeling.errors import DatasetError, StoreError
from labeling.shards import Store

VERSION = re.compile(r"v(\d{4,})(?:-([0-9a-f]{12}))?")
MANIFEST = "manifest.json"
BLOCK = 1 << 20


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
    """Fingerprints of the functions, the label model and the doubts; seed; the recipe."""
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
        for file in self.files:
            if file.split:
                rows[file.split] = rows.get(file.split, 0) + file.rows
        return rows

    @property
    def content(self) -> str:
        """A digest of what is in the version, whatever its number: equal content, equal digest."""
        value = {**asdict(self), "version": 0, "parent": None}
        value["files"] = [file for file in value["files"] if file["split"]]
        return hashlib.sha256(_canonical(value)).hexdigest()

    def to_bytes(self) -> bytes:
        """Return the bytes of manifest.json."""
        return _canonical({**asdict(self), "content": self.content})

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


def versions(store: Store, name: str) -> list[str]:
    """Return the folder names of a dataset's versions, oldest first."""
    folders = [key.rsplit("/", 1)[1] for key in store.keys(f"datasets/{name}")]
    return sorted(f for f in folders if VERSION.fullmatch(f) and is_version(store, name, f))


def is_version(store: Store, name: str, folder: str) -> bool:
    """Whether the folder holds a finished version."""
    return store.exists(f"datasets/{name}/{folder}/{MANIFEST}")


def dataset_names(store: Store) -> list[str]:
    """Return the names of all datasets with a version."""
    names = [key.rsplit("/", 1)[1] for key in store.keys("datasets")]
    return [name for name in names if versions(store, name)]


def find_version(store: Store, reference: str) -> tuple[str, Manifest]:
    """Return the key of a version's folder and its manifest, by `name@v0007`, with or without the
    digest, or `name@latest`.

    Raises DatasetError for a reference of another form, or where there is no such version.
    """
    name, at, wanted = reference.partition("@")
    if not at or not name or "/" in name or not (wanted == "latest" or VERSION.fullmatch(wanted)):
        raise DatasetError(f"{reference!r} names no version; write NAME@v0001 or NAME@latest.")
    folders = versions(store, name)
    if not folders:
        known = ", ".join(dataset_names(store)) or "none yet"
        raise DatasetError(f"There is no dataset {name!r} (there are: {known}).")
    if wanted == "latest":
        folder = store.read_bytes(f"datasets/{name}/LATEST").decode().strip()
    else:
        matching = [f for f in folders if f == wanted or f.partition("-")[0] == wanted]
        if not matching:
            raise DatasetError(f"{name} has no version {wanted}; it has {', '.join(folders)}.")
        folder = matching[0]
    key = f"datasets/{name}/{folder}"
    return key, Manifest.from_bytes(store.read_bytes(f"{key}/{MANIFEST}"))


def pull(
    store: Store, reference: str, target: Path, progress: Callable[[int], None] = lambda files: None
) -> Manifest:
    """Copy a version into the folder `target` and verify it; return its manifest.

    What an earlier, broken-off pull brought and is whole is kept; manifest.json comes last, so a
    folder that has one is a whole version. Raises DatasetError where the target holds another
    version, or a file arrives damaged.
    """
    key, manifest = find_version(store, reference)
    _check_target(target, manifest)
    for file in manifest.files:
        path = _inside(target, file.path)
        if not (path.is_file() and _sha256(path) == file.sha256):
            try:
                data = store.read_bytes(f"{key}/{file.path}")
            except StoreError as error:
                raise DatasetError(f"{reference} lacks {file.path}: {error}") from error
            if hashlib.sha256(data).hexdigest() != file.sha256:
                raise DatasetError(
                    f"{file.path} of {reference} is damaged in the store {store.url}: its sha256 is "
                    "not the manifest's; publish the version again."
                )
            path.parent.mkdir(parents=True, exist_ok=True)
            partial = path.with_name(f".{path.name}.part")
            partial.write_bytes(data)
            partial.replace(path)
        progress(1)
    for partial in target.rglob(".*.part"):  # of a pull that broke off
        partial.unlink()
    (target / MANIFEST).write_bytes(manifest.to_bytes())
    return verify(target)


def verify(folder: str | Path) -> Manifest:
    """Return the manifest of a version's folder after checking every byte against it.

    Raises DatasetError, naming the first file that is missing, changed or not in the manifest.
    """
    folder = Path(folder)
    path = folder / MANIFEST
    if not path.is_file():
        raise DatasetError(
            f"{folder} is no dataset version: it holds no {MANIFEST}; pull it (again)."
        )
    manifest = Manifest.from_bytes(path.read_bytes())
    if path.read_bytes() != manifest.to_bytes():
        raise DatasetError(f"{path} was changed after publishing; pull the version again.")
    named = VERSION.fullmatch(folder.name)
    if named and named.group(2) and folder.name != manifest.folder:
        raise DatasetError(
            f"{path} was changed after publishing: the folder is {folder.name}, and the manifest "
            f"is that of {manifest.folder}; pull the version again."
        )
    for file in manifest.files:
        content = _inside(folder, file.path)
        if not content.is_file():
            raise DatasetError(f"{content} is missing; pull the version again.")
        if content.stat().st_size != file.bytes or _sha256(content) != file.sha256:
            raise DatasetError(
                f"{content} was changed: its sha256 is not the manifest's; pull the version again."
            )
    listed = {file.path for file in manifest.files}
    for content in sorted((folder / "data").rglob("*")):
        name = content.relative_to(folder).as_posix()
        if content.is_file() and name not in listed:
            raise DatasetError(
                f"{content} is not in the manifest; a version never gains files: remove it."
            )
    return manifest


def _check_target(target: Path, manifest: Manifest) -> None:
    present = target / MANIFEST
    if present.is_file() and present.read_bytes() != manifest.to_bytes():
        raise DatasetError(
            f"{target} holds another dataset version; pull {manifest.name}@{manifest.folder} into "
            "a folder of its own."
        )


def _inside(folder: Path, path: str) -> Path:
    """Return a manifest's path below the folder; raises DatasetError where it would leave it."""
    if path.startswith(("/", "\\")) or ".." in Path(path).parts:
        raise DatasetError(f"The manifest names the file {path!r}, which leaves its folder.")
    return folder / path


def _sha256(path: Path) -> str:
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while block := file.read(BLOCK):
            digest.update(block)
    return digest.hexdigest()
