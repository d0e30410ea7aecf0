"""Whether a folder is a dataset version, to the last byte."""

from __future__ import annotations

import hashlib
from pathlib import Path

from labeling.datasets.manifest import MANIFEST, VERSION, File, Manifest
from labeling.errors import DatasetError
from labeling.progress import SILENT, Progress


def verify(folder: str | Path, progress: Progress = SILENT) -> Manifest:
    """Return the manifest of a version's folder after checking every byte against it.

    Raises DatasetError, naming the first file that is missing, changed, not to be read or not in the
    manifest.
    """
    try:
        return _verify(Path(folder), progress)
    except OSError as error:
        raise DatasetError(
            f"{error.filename} cannot be read: {error.strerror}; see that it is there for you to read."
        ) from error


def _verify(folder: Path, progress: Progress) -> Manifest:
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
    with progress.bar(
        "verify", sum(file.bytes for file in manifest.files), unit="bytes"
    ) as advance:
        for file in manifest.files:
            _check(inside(folder, file.path), file)
            advance(file.bytes)
    listed = {file.path for file in manifest.files}
    for content in sorted((folder / "data").rglob("*")):
        name = content.relative_to(folder).as_posix()
        if content.is_file() and name not in listed:
            raise DatasetError(
                f"{content} is not in the manifest; a version never gains files: remove it."
            )
    return manifest


def _check(content: Path, file: File) -> None:
    if not content.is_file():
        raise DatasetError(f"{content} is missing; pull the version again.")
    if not is_whole(content, file):
        raise DatasetError(
            f"{content} was changed: its sha256 is not the manifest's; pull the version again."
        )


def is_whole(path: Path, file: File) -> bool:
    """Whether the path holds the bytes of a version's file."""
    if not path.is_file() or path.stat().st_size != file.bytes:
        return False
    with path.open("rb") as content:
        return hashlib.file_digest(content, "sha256").hexdigest() == file.sha256


def inside(folder: Path, path: str) -> Path:
    """Return a manifest's path below the folder; raises DatasetError where it would leave it."""
    if path.startswith(("/", "\\")) or ".." in Path(path).parts:
        raise DatasetError(f"The manifest names the file {path!r}, which leaves its folder.")
    return folder / path
