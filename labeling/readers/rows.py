"""What every reader yields: rows of text by column name, and the rows that could not be read."""

from __future__ import annotations

import codecs
import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any


@dataclass(frozen=True, slots=True)
class Row:
    """One row as it stands in the file: its number (from 1), its values by column, its votes."""

    number: int
    values: dict[str, str]
    given_votes: list[int] | None = None
    source: str | None = None


@dataclass(frozen=True, slots=True)
class BadRow:
    """A row that cannot be read: why, and how it begins."""

    number: int
    reason: str
    excerpt: str
    source: str | None = None


@dataclass(frozen=True, kw_only=True)
class Reader:
    """Rows of one file or folder, read lazily in bounded memory."""

    path: Path
    format: str
    columns: tuple[str, ...]
    """Column names in file order; for JSON lines, those of the first rows."""
    rows: Callable[[], Iterator[Row | BadRow]]
    separator: str = ""
    """What stands between the cells of a line; "" for a format without lines of cells."""
    files: tuple[str, ...] = ()
    """Names of the files of a folder that bring the rows; empty for a single file and for images."""
    classes: tuple[str, ...] = ()
    """Class names, where the format brings a signal of its own (WRENCH)."""
    given_functions: tuple[str, ...] = ()
    """Names of the functions whose votes come with the rows."""

    @property
    def root(self) -> Path:
        """The folder that relative image paths start from."""
        return self.path if self.path.is_dir() else self.path.parent


def is_utf8(encoding: str) -> bool:
    """Whether an encoding is UTF-8, by any of its names; its files may begin with a mark."""
    return codecs.lookup(encoding).name == "utf-8"


def as_text(value: object) -> str:
    """Return a scalar as the text a CSV would hold; None is empty.

    Raises ValueError for a list or an object.
    """
    if value is None:
        return ""
    if isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, (list, dict, tuple, set, bytes)):
        raise ValueError(f"holds a {type(value).__name__}")
    if isinstance(value, float) and value != value:
        return ""
    return str(value)


def as_columns(values: Mapping[str, Any]) -> dict[str, str]:
    """Return the values of a record as texts by column; what is in an object has a column of its own,
    `board.name`, and a list stays as JSON writes it.

    >>> as_columns({"title": "Soup", "board": {"id": 7, "name": "Food"}, "tags": ["hot", "easy"]})
    {'title': 'Soup', 'board.id': '7', 'board.name': 'Food', 'tags': '["hot", "easy"]'}
    """
    columns: dict[str, str] = {}
    for name, value in values.items():
        if isinstance(value, dict):
            columns |= {f"{name}.{part}": text for part, text in as_columns(value).items()}
        elif isinstance(value, list):
            columns[str(name)] = (
                json.dumps(value, ensure_ascii=False, default=as_text) if value else ""
            )
        else:
            columns[str(name)] = as_text(value)
    return columns
