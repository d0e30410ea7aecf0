"""How sentences are put."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

MOST = 5


def listed(items: Sequence[str], most: int = MOST) -> str:
    """Return the first items and how many more there are.

    >>> listed(["a", "b"]), listed(["a", "b", "c", "d"], 2)
    ('a, b', 'a, b and 2 more')
    """
    more = len(items) - most
    return ", ".join(items[:most]) + (f" and {more:,} more" if more > 0 else "")


def in_words(value: Any) -> str:
    """Return a setting, or what is noted of gold, as people write it.

    >>> in_words({"weights": [True, 0.5, None], "kept": []})
    'weights: true, 0.5, none, kept: none'
    >>> in_words({"gold": {"labels": 1200, "digest": "ab12"}})
    'gold (1,200 labels (ab12))'
    """
    if isinstance(value, Mapping):
        if set(value) == {"digest", "labels"}:
            return f"{value['labels']:,} labels ({value['digest']})" if value["labels"] else "none"
        return ", ".join(_named(*part) for part in value.items()) or "none"
    if isinstance(value, list | tuple):
        return ", ".join(map(in_words, value)) or "none"
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, float):
        return f"{value:g}"
    return "none" if value in (None, "") else str(value)


def _named(name: str, value: Any) -> str:
    is_whole = isinstance(value, Mapping)
    return f"{name} ({in_words(value)})" if is_whole else f"{name}: {in_words(value)}"
