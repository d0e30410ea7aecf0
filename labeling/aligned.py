"""Dataclasses of n rows: some of the rows, or those of several together."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import fields
from typing import Any, Self

import numpy as np


class Aligned:
    """A dataclass whose every field has the same n rows: an array [n, ...], a list, a tuple of arrays,
    or something aligned itself."""

    def take(self, rows: np.ndarray) -> Self:
        """Return some of the rows, by their numbers."""
        names = [field.name for field in fields(self)]  # type: ignore[arg-type]
        return type(self)(**{name: _taken(getattr(self, name), rows) for name in names})

    @classmethod
    def joined(cls, parts: Sequence[Self]) -> Self:
        """Return the rows of all parts, of which there is one at least."""
        names = [field.name for field in fields(cls)]  # type: ignore[arg-type]
        return cls(**{name: _joined([getattr(part, name) for part in parts]) for name in names})


def _taken(values: Any, rows: np.ndarray) -> Any:
    if isinstance(values, Aligned):
        return values.take(rows)
    if isinstance(values, list):
        return [values[row] for row in rows]
    return tuple(value[rows] for value in values) if isinstance(values, tuple) else values[rows]


def _joined(parts: list[Any]) -> Any:
    first = parts[0]
    if isinstance(first, Aligned):
        return first.joined(parts)
    if isinstance(first, list):
        return [value for part in parts for value in part]
    if isinstance(first, tuple):
        return tuple(map(np.concatenate, zip(*parts, strict=True)))
    return np.concatenate(parts)
