"""A folder of images -> rows: `name.jpg`, `<label>/name.jpg` or `<split>/<label>/name.jpg`."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

from labeling.errors import ImageFault, ReadError
from labeling.images.decoding import decode
from labeling.images.limits import Limits
from labeling.images.opening import read_inside
from labeling.pins import SPLITS, split_named
from labeling.readers.rows import BadRow, Reader, Row

IMAGE_SUFFIXES = {".jpg", ".jpeg", ".png", ".webp", ".gif", ".bmp"}
MAX_BYTES = 1_000_000_000
"""Of a file in memory; what is too large for the workspace is a fault of its pin later."""


def read_images(path: Path, encoding: str = "utf-8") -> Reader:
    """Return one row per image file; folders name the split and the label, as in ImageFolder.

    A file that is no whole image is a bad row. Raises ReadError where there is no image at all.
    """
    files = sorted(p for p in _files(path) if p.suffix.lower() in IMAGE_SUFFIXES)
    if not files:
        raise ReadError(f"The folder {path} holds no image ({', '.join(sorted(IMAGE_SUFFIXES))}).")
    return Reader(
        path=path,
        format="images",
        columns=("pin_id", "image", "label", "split"),
        rows=lambda: _rows(path, files),
    )


def _files(root: Path) -> Iterator[Path]:
    """Yield all files; unlike rglob, raises PermissionError at a folder that is closed."""

    def stop(error: OSError) -> None:
        raise error

    for folder, _, names in os.walk(root, onerror=stop):
        yield from (Path(folder, name) for name in names)


def _rows(root: Path, files: list[Path]) -> Iterator[Row | BadRow]:
    for number, file in enumerate(files, start=1):
        relative = file.relative_to(root)
        if reason := _fault(root, str(relative)):
            yield BadRow(number, reason, str(relative))
            continue
        folders = list(relative.parts[:-1])
        split = split_named(folders[0]) if folders else ""
        if split in SPLITS:
            del folders[0]
        else:
            split = ""
        values = {
            "pin_id": relative.as_posix(),
            "image": relative.as_posix(),
            "label": folders[-1] if folders else "",
            "split": split,
        }
        yield Row(number, values)


def _fault(root: Path, path: str) -> str | None:
    try:
        decode(read_inside(root, path, MAX_BYTES), Limits.max_pixels)
    except ImageFault as fault:
        return str(fault)
    return None
