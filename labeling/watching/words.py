"""Words that are frequent in new pins and were hardly there before.

Ranked by the log-odds ratio with an informative Dirichlet prior of Monroe, Colaresi & Quinn ("Fightin'
Words", 2008): the prior is the words of both sides together, so that a rare word needs more to stand
out. Words are counted once per pin: one pin that repeats a word does not make it new.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from labeling.watching.drifting import share_p

MAX_CHARS = 2_000
"""Of a text that are looked at."""
NEAR_ABSENT = 0.1
"""A word is new where its share of pins before was at most this part of its share now."""
LEAST_SHARE = 0.01
"""Of the new pins that a new word must be in."""
PRIOR = 500.0
"""How many words the prior weighs."""
MOST = 10
"""New words that are kept."""

_WORD = re.compile(r"[^\W\d_][\w'’]*[^\W_]|[^\W\d_]")
_ADDRESS = re.compile(r"(?:https?://|www\.)\S+")


@dataclass(frozen=True, kw_only=True)
class NewWord:
    """A word that came up."""

    word: str
    before: int
    """Pins of the sample that it was in before."""
    now: int
    z: float
    """Of its log-odds ratio: how surely it is commoner now."""
    p: float
    """Of Fisher's test, times the number of words that were looked at."""


def words_of(text: str) -> set[str]:
    """Return the words of a text in lower case, without addresses and numbers.

    >>> sorted(words_of("Win 2 FREE cards: https://x.example/win"))
    ['cards', 'free', 'win']
    """
    return set(_WORD.findall(_ADDRESS.sub(" ", text[:MAX_CHARS]).lower()))


def log_odds(before: np.ndarray, now: np.ndarray) -> np.ndarray:
    """Return z of each word's log-odds ratio, float64 [v]: positive where it is commoner now.

    before, now: int [v], how often each of v words occurs.
    """
    both = before + now
    prior = PRIOR * both / max(both.sum(), 1)
    n, m, all_of_it = before.sum(), now.sum(), PRIOR
    odds_now = (now + prior) / (m + all_of_it - now - prior)
    odds_before = (before + prior) / (n + all_of_it - before - prior)
    spread = np.sqrt(1 / np.maximum(now + prior, 1e-9) + 1 / np.maximum(before + prior, 1e-9))
    return np.asarray(np.log(odds_now / odds_before) / spread)


def find_new_words(
    before: Mapping[str, int], now: Mapping[str, int], pins: tuple[int, int]
) -> tuple[NewWord, ...]:
    """Return the words that came up, the surest first; `pins` is how many pins were looked at before
    and now."""
    was, there = pins
    if not was or not there:
        return ()
    names = [*dict.fromkeys([*before, *now])]
    old = np.array([before.get(name, 0) for name in names], dtype=np.int64)
    new = np.array([now.get(name, 0) for name in names], dtype=np.int64)
    z = log_odds(old, new)
    is_new = (new / there >= LEAST_SHARE) & (old / was <= NEAR_ABSENT * new / there)
    found = sorted(np.flatnonzero(is_new), key=lambda row: (-z[row], names[row]))[:MOST]
    return tuple(
        NewWord(
            word=names[row],
            before=int(old[row]),
            now=int(new[row]),
            z=round(float(z[row]), 2),
            p=min(1.0, share_p((int(old[row]), was), (int(new[row]), there)) * len(names)),
        )
        for row in found
    )


def count_words(texts: list[str]) -> Counter[str]:
    """Return in how many of the texts each word is."""
    return Counter(word for text in texts for word in words_of(text))
