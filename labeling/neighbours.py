"""Groups of near-duplicates: pins that say the same thing or link to the same page."""

from __future__ import annotations

import hashlib
import re
import unicodedata
from collections.abc import Iterator
from urllib.parse import parse_qsl, urlencode, urlsplit

import numpy as np

NEAR_DUPLICATE = 0.95
"""Cosine from which two texts count as the same pin said again."""
EXACT_LIMIT = 50_000
"""Pins up to which all pairs are compared; beyond it vectors are compared within a shard only."""
BLOCK = 2_048

NO_KEY = 0
"""The key of a pin that can equal no other by it."""
TRACKING = ("utm_", "fbclid", "gclid", "ref")

_NOT_A_WORD = re.compile(r"\W+")


def text_key(text: str) -> int:
    """Return a 63-bit digest of the text's words, blind to case, punctuation and compatibility
    forms; 0 for a text without words."""
    words = _NOT_A_WORD.sub(" ", unicodedata.normalize("NFKC", text).casefold()).strip()
    return _digest(words) if words else NO_KEY


def link_key(link: str) -> int:
    """Return a 63-bit digest of the page a link leads to, blind to scheme, "www." and tracking
    parameters; 0 for no page (a bare host, or no address at all)."""
    try:
        parts = urlsplit(link)
        host = (parts.hostname or "").removeprefix("www.")
    except ValueError:
        return NO_KEY
    query = [pair for pair in parse_qsl(parts.query) if not pair[0].lower().startswith(TRACKING)]
    path = parts.path.rstrip("/")
    if not host or not (path or query):
        return NO_KEY
    return _digest(f"{host}{path}?{urlencode(sorted(query))}")


def _digest(text: str) -> int:
    data = hashlib.blake2b(text.encode("utf-8", "surrogatepass"), digest_size=8).digest()
    return int.from_bytes(data, "big") >> 1 or 1


class Groups:
    """Union-find over rows; a group is named by its first row, so it keeps its name as pins come."""

    def __init__(self, n: int) -> None:
        self._parent = np.arange(n)

    def find(self, row: int) -> int:
        """Return the first row of a row's group."""
        parent = self._parent
        while parent[row] != row:
            parent[row] = parent[parent[row]]
            row = int(parent[row])
        return row

    def join(self, left: int, right: int) -> None:
        """Make one group of two rows' groups."""
        left, right = self.find(left), self.find(right)
        first, second = min(left, right), max(left, right)
        self._parent[second] = first

    def join_equal(self, keys: np.ndarray) -> None:
        """Join rows with equal keys, int64 [n]; 0 equals nothing."""
        order = np.argsort(keys, kind="stable")
        ordered = keys[order]
        again = np.flatnonzero((ordered[1:] == ordered[:-1]) & (ordered[1:] != NO_KEY))
        for place in again.tolist():
            self.join(int(order[place]), int(order[place + 1]))

    def leaders(self) -> np.ndarray:
        """Return the first row of every row's group, int64 [n]."""
        return np.array([self.find(row) for row in range(len(self._parent))], dtype=np.int64)


def near_pairs(vectors: np.ndarray, threshold: float = NEAR_DUPLICATE) -> Iterator[tuple[int, int]]:
    """Yield pairs that join all unit vectors [n, d] with a cosine of at least the threshold, by exact
    comparison in blocks: within two blocks a chain, for equal pins make millions of pairs."""
    from scipy.sparse import coo_array
    from scipy.sparse.csgraph import connected_components

    wide = vectors.astype(np.float32)
    for start in range(0, len(wide), BLOCK):
        left = wide[start : start + BLOCK]
        for other in range(start, len(wide), BLOCK):
            right = wide[other : other + BLOCK]
            i, j = np.nonzero(left @ right.T >= threshold)
            if not len(i):
                continue
            n = len(left) + len(right)
            edges = coo_array((np.ones(len(i), dtype=bool), (i, len(left) + j)), shape=(n, n))
            _, part = connected_components(edges, directed=False)
            rows = np.concatenate(
                [np.arange(start, start + len(left)), other + np.arange(len(right))]
            )
            _, first, inverse = np.unique(part, return_index=True, return_inverse=True)
            leaders = rows[first[inverse]]
            more = leaders != rows
            yield from zip(leaders[more].tolist(), rows[more].tolist(), strict=True)
