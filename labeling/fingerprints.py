"""Digests of code, settings and inputs.

An artifact's path carries one, so "it exists" means "it is right".
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import numpy as np

LENGTH = 12
"""Hex digits kept in a path: 48 bits, one chance in 10^8 of a clash among 2,000 artifacts of a kind."""


def fingerprint(*parts: Any) -> str:
    """Return 12 hex digits that change when any part changes.

    Parts are JSON values (dicts in any key order); tuples count as lists, sets are refused.
    """
    text = json.dumps(parts, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:LENGTH]


def bytes_digest(data: bytes) -> int:
    """Return 63 bits over some bytes, as a positive int64: 0 is left to stand for nothing."""
    return _bits(data) >> 1 or 1


def text_digest(text: str) -> int:
    """Return the same of a text."""
    return bytes_digest(text.encode("utf-8", "surrogatepass"))


def draw_of(pin_id: str) -> int:
    """Return a random 64-bit number that is the pin's own, so a sample stays as pins come."""
    return _bits(pin_id.encode("utf-8", "surrogatepass"))


def draws_of(keys: Iterable[str]) -> np.ndarray:
    """Return the same of n keys, between 0 and 1, float64 [n].

    A pin's id with what is drawn for before it gives another number than the id alone.
    """
    import numpy as np  # not at the top: commands that need no arrays start quicker

    return np.array([draw_of(key) for key in keys], dtype=np.float64) / 2**64


def _bits(data: bytes) -> int:
    return int.from_bytes(hashlib.blake2b(data, digest_size=8).digest(), "big")
