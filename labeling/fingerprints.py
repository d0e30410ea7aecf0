"""Digests of code, settings and inputs.

An artifact's path carries one, so "it exists" means "it is right".
"""

from __future__ import annotations

import hashlib
import json
from typing import Any

LENGTH = 12
"""Hex digits kept in a path: 48 bits, one chance in 10^8 of a clash among 2,000 artifacts of a kind."""


def fingerprint(*parts: Any) -> str:
    """Return 12 hex digits that change when any part changes.

    Parts are JSON values (dicts in any key order); tuples count as lists, sets are refused.
    """
    text = json.dumps(parts, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:LENGTH]
