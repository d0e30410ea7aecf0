"""Readers: a file or folder of pins -> rows of text, one module per format."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from labeling.errors import ReadError
from labeling.readers.delimited import read_csv
from labeling.readers.images import IMAGE_SUFFIXES, read_images
from labeling.readers.json_lines import read_json, read_jsonl
from labeling.readers.parquet import read_parquet
from labeling.readers.rows import BadRow, Reader, Row
from labeling.readers.wrench import read_wrench

__all__ = ["FORMATS", "BadRow", "Reader", "Row", "open_pins"]

FORMATS: dict[str, Callable[[Path, str], Reader]] = {
    "csv": read_csv,
    "parquet": read_parquet,
    "jsonl": read_jsonl,
    "json": read_json,
    "wrench": read_wrench,
    "images": read_images,
}
SUFFIXES = {
    ".csv": "csv",
    ".tsv": "csv",
    ".parquet": "parquet",
    ".jsonl": "jsonl",
    ".ndjson": "jsonl",
    ".json": "json",
}
TABLES = SUFFIXES.keys() - {".json"}
"""Endings of files that are likely to list what lies beside them; a .json may be anything."""


def open_pins(path: Path, *, format: str = "auto", encoding: str = "utf-8") -> Reader:
    """Return a reader of the pins in a file or folder; rows are read when it is iterated.

    Raises ReadError where the path is absent or cannot be read, or its format is not known.
    """
    if format != "auto" and format not in FORMATS:
        raise ReadError(f"There is no format {format!r}; choose auto, {', '.join(FORMATS)}.")
    try:
        exists = path.exists()
        chosen = _detect(path) if format == "auto" and exists else format
    except PermissionError as error:
        raise _no_permission(path) from error
    if not exists:
        raise ReadError(f"{path} does not exist; name a file or folder of pins.")
    try:
        "".encode(encoding)
    except LookupError:
        raise ReadError(f"There is no text encoding {encoding!r}; try utf-8 or latin-1.") from None
    wants_folder = chosen in ("wrench", "images")
    if wants_folder != path.is_dir():
        kind = "a folder" if wants_folder else "a file"
        raise ReadError(f"The format {chosen} is read from {kind}, and {path} is not one.")
    try:
        return FORMATS[chosen](path, encoding)
    except PermissionError as error:
        raise _no_permission(path) from error


def _no_permission(path: Path) -> ReadError:
    return ReadError(f"{path} cannot be read: permission denied; give this user read access to it.")


def _detect(path: Path) -> str:
    if path.is_dir():
        if any((path / name).is_file() for name in ("label.json", "train.json")):
            return "wrench"
        if any(p.suffix.lower() in IMAGE_SUFFIXES for p in path.rglob("*")):
            if tables := sorted(p.name for p in path.iterdir() if p.suffix.lower() in TABLES):
                raise ReadError(
                    f"The folder {path} holds images and {tables[0]}, which may say more of them; "
                    "import that file, or the images alone with --format images."
                )
            return "images"
        raise ReadError(
            f"The folder {path} holds neither a WRENCH set (label.json, train.json, ...) nor images; "
            "name the file of pins itself."
        )
    if format := SUFFIXES.get(path.suffix.lower()):
        return format
    raise ReadError(
        f"The format of {path.name} is not known by its ending; say --format with one of "
        f"{', '.join(FORMATS)}."
    )
