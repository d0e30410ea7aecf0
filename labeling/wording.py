"""How sentences are put."""

from __future__ import annotations

from collections.abc import Sequence

MOST = 5


def listed(items: Sequence[str], most: int = MOST) -> str:
    """Return the first items and how many more there are.

    >>> listed(["a", "b"]), listed(["a", "b", "c", "d"], 2)
    ('a, b', 'a, b and 2 more')
    """
    more = len(items) - most
    return ", ".join(items[:most]) + (f" and {more:,} more" if more > 0 else "")
