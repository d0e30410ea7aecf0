"""How a text is written, whatever it says: its length, capitals, digits, signs and repetitions.

Unit vectors and tf-idf forget how long a text is, and lower case how loud. With these beside them a
linear model on all true labels of youtube's comments had .976 on test instead of .964.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

import numpy as np

LINK = re.compile(r"https?:|www\.|\.com\b", re.IGNORECASE)
FURTHEST = 3.0
"""Standard deviations from the mean, beyond which it makes no difference."""


def describe_shapes(texts: Sequence[str]) -> np.ndarray:
    """Return the shape of n texts, float32 [n, 14], not scaled."""
    return np.array([_shape(text.strip()) for text in texts], dtype=np.float32).reshape(-1, 14)


def within_reach(scaled: np.ndarray) -> np.ndarray:
    """Return standardised values with the far ones brought near: one long text is no other world."""
    return np.clip(scaled, -FURTHEST, FURTHEST)


def _shape(text: str) -> tuple[float, ...]:
    words = text.split()
    n, count = max(len(text), 1), max(len(words), 1)
    plain = sum(map(str.isalnum, text)) + sum(map(str.isspace, text))
    return (
        np.log1p(len(text)),
        np.log1p(len(words)),
        (len(text) - plain) / n,  # signs
        sum(map(str.isupper, text)) / n,
        sum(map(str.isdigit, text)) / n,
        sum(not character.isascii() for character in text) / n,
        sum(map(len, words)) / count,
        sum(word.isupper() and len(word) > 1 for word in words) / count,
        len({word.lower() for word in words}) / count,
        np.log1p(text.count("!")),
        np.log1p(text.count("?")),
        np.log1p(text.count("\n")),
        float(text[-1:] in (".", "!", "?")),
        float(LINK.search(text) is not None),
    )
