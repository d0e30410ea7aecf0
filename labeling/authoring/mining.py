"""Words and pairs of words that speak for a class, chosen one after the other by what they add."""

from __future__ import annotations

import itertools
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from labeling.authoring.train_texts import TrainTexts

FEWEST = 5
"""Labelled pins of the first half on which a word must occur."""
FEWEST_NEW = 3
"""Pins on which it must say something new."""
LEFT = 0.2
"""Share of its new pins that the words chosen before must have left."""
NEW = 0.1
"""Share of all its pins that must be new, else the functions say it already."""


@dataclass(frozen=True, kw_only=True)
class Mined:
    """A word or a pair of words that speaks for a class."""

    term: str
    y: int
    source: str


def mine(texts: TrainTexts, source: str, classes: Sequence[int], limit: int) -> list[Mined]:
    """Return up to `limit` terms per class, by the labels of one source on the first half.

    A term must be right at least half way from the class's share to certainty, by the lower bound
    of its precision, also on new pins alone where those are labelled. The best is the one with the
    most new pins times what it is surer than that share; its pins then no longer count as new.
    """
    rows = np.flatnonzero(texts.first_half)
    labels, is_open = texts.labels[source][rows], texts.open[rows]
    labelled = labels >= 0
    if labelled.sum() < FEWEST:
        return []
    terms, found = _count_terms(texts, rows)
    mined: list[Mined] = []
    for y in classes:
        base = float((labels == y).sum() / labelled.sum())
        low, judged = _sureness(found, labels, y, labelled)
        low_new, judged_new = _sureness(found, labels, y, labelled & is_open)
        low = np.where(judged_new >= FEWEST, np.minimum(low, low_new), low)
        good = np.flatnonzero((judged >= FEWEST) & (low >= (1 + base) / 2))
        mined += [
            Mined(term=terms[good[n]], y=y, source=source)
            for n in _greedy(found[:, good], is_open, low[good] - base, limit)
        ]
    return mined


def _greedy(found: Any, is_open: np.ndarray, worth: np.ndarray, limit: int) -> list[int]:
    """Return the columns of `found` (sparse 0/1 [n, t]) in the order in which they add most."""
    left = is_open.astype(np.int64)
    whole = found.T @ left
    worth = np.where(whole >= NEW * np.asarray(found.sum(axis=0)).ravel(), worth, 0)
    chosen: list[int] = []
    while len(chosen) < min(limit, found.shape[1]):
        new = found.T @ left
        new[(new < FEWEST_NEW) | (new < LEFT * whole)] = 0
        new[chosen] = 0
        best = int(np.argmax(new * worth))
        if not new[best] * worth[best]:
            break
        chosen.append(best)
        left[found[:, [best]].nonzero()[0]] = 0
    return chosen


def _count_terms(texts: TrainTexts, rows: np.ndarray) -> tuple[list[str], Any]:
    """Return the terms that occur on enough pins, and where: sparse 0/1 [rows, terms]."""
    from sklearn.feature_extraction.text import CountVectorizer

    pins = texts.pins.take(rows)
    pairs = zip(*(pins.column(name).to_pylist() for name in ("title", "description")), strict=True)
    counter = CountVectorizer(analyzer=terms_of, binary=True, min_df=FEWEST, dtype=np.int64)
    found = counter.fit_transform("\n".join(pair) for pair in pairs)
    return counter.get_feature_names_out().tolist(), found.tocsc()


def terms_of(text: str) -> list[str]:
    """Return a text's words and pairs of neighbouring words, as `keywords` would find them.

    >>> terms_of("You won, call 24 now")
    ['you', 'won', 'call', 'now', 'you won']
    """
    words = list(re.finditer(r"\w+", text.lower()))
    single = [m.group() for m in words if len(m.group()) > 1 and not m.group().isdigit()]
    pairs = [
        f"{a.group()} {b.group()}"
        for a, b in itertools.pairwise(words)
        if text[a.end() : b.start()] == " " and not (a.group().isdigit() or b.group().isdigit())
    ]
    return single + pairs


def _sureness(
    found: Any, labels: np.ndarray, y: int, rows: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Return the lower end of the Wilson interval (see `evaluation`) of each term's precision on
    some rows, and on how many of them it occurs. One standard error is enough here: what a term is
    worth is judged on the other half."""
    n = found.T @ rows.astype(np.int64)
    tries = np.maximum(n, 1)
    share = (found.T @ (rows & (labels == y)).astype(np.int64)) / tries
    half = np.sqrt(share * (1 - share) / tries + 1 / (4 * tries**2))
    return (share + 1 / (2 * tries) - half) / (1 + 1 / tries), n
