"""Sets that are otherwise than the real ones, made out of them: what is rare, long, many or wrong.

`benchmarks/simulate.py keywords very_rare ...` runs the loop on them. Functions of single words are
drawn by true labels, as if authors had known the subject; the loop does not see those labels.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

Pin = dict[str, Any]
"""`label`, `weak_labels` and `data`, as WRENCH has them."""
Splits = dict[str, list[Pin]]
WORD = re.compile(r"\w+")


def make_set(name: str, real: Path, folder: Path) -> Path:
    """Write a set of SETS in WRENCH's format into a folder of its own; return that folder."""
    splits, classes = SETS[name](real)
    made = folder / name
    made.mkdir(parents=True, exist_ok=True)
    (made / "label.json").write_text(json.dumps(dict(enumerate(classes))))
    for split, pins in splits.items():
        (made / f"{split}.json").write_text(json.dumps(dict(enumerate(pins))))
    return made


def keywords(real: Path) -> tuple[Splits, list[str]]:
    """Agnews with 60 functions of one word each, most of which vote on less than 1% (as TREC's)."""
    splits = _some(_read(real / "agnews"), 5000, 500, 1500)
    words = _telling_words(splits["train"], (0.002, 0.03), (0.65, 0.95))
    return _voted(splits, _drawn(words, 60)), ["World", "Sports", "Business", "Sci/Tech"]


def rare_keywords(real: Path) -> tuple[Splits, list[str]]:
    """Clickbait at 13%, with 60 functions of one word each (as SMS spam)."""
    train, test = (
        [
            {"label": int(row.clickbait), "data": {"text": row.headline}}
            for row in pd.read_csv(real / "clickbait" / f"{part}.csv").itertuples()
        ]
        for part in ("train", "test")
    )
    whole = {"train": train[:20000], "valid": train[20000:22000], "test": test}
    splits = _some({split: _thinned(pins, 0.13) for split, pins in whole.items()}, 4500, 500, 2500)
    often = _telling_words(splits["train"], (0.002, 0.05), (0.7, 1.0))
    rare = [word for word in often if word[1] == 1]
    common = [w for w in _telling_words(splits["train"], (0.01, 0.1), (0.95, 1.0)) if w[1] == 0]
    return _voted(splits, [*_drawn(rare, 40), *_drawn(common, 20)]), ["news", "clickbait"]


def very_rare(real: Path) -> tuple[Splits, list[str]]:
    """Agnews' sports against the rest, at 1% of the pins."""
    splits = _some(_read(real / "agnews"), 6000, 800, 6000)
    return _turned(splits, lambda vote: int(vote == 1), share=0.01), ["other", "sports"]


def long(real: Path) -> tuple[Splits, list[str]]:
    """Some 400 words each, of which six parts in nine are of the class; 7 functions little better
    than chance; few pins."""
    splits = {
        split: _in_order([*_run_together(pins, 0, 2), *_run_together(pins, 2, 0)])
        for split, pins in _read(real / "agnews").items()
    }
    splits = _some(splits, 2000, 200, 600)
    words = _telling_words(splits["train"], (0.1, 0.4), (0.58, 0.8))
    return _voted(splits, _drawn(words, 7)), ["World", "Business"]


def few_functions(real: Path) -> tuple[Splits, list[str]]:
    """Youtube with 3 of its 10 functions."""
    splits = {
        split: [pin | {"weak_labels": [pin["weak_labels"][n] for n in (0, 4, 5)]} for pin in pins]
        for split, pins in _read(real / "youtube").items()
    }
    return splits, ["HAM", "SPAM"]


def turned_functions(real: Path) -> tuple[Splits, list[str]]:
    """Youtube with 2 of its functions turned round."""

    def turned(votes: list[int]) -> list[int]:
        return [1 - v if n in (0, 5) and v >= 0 else v for n, v in enumerate(votes)]

    splits = {
        split: [pin | {"weak_labels": turned(pin["weak_labels"])} for pin in pins]
        for split, pins in _read(real / "youtube").items()
    }
    return splits, ["HAM", "SPAM"]


SETS: dict[str, Callable[[Path], tuple[Splits, list[str]]]] = {
    one.__name__: one
    for one in (keywords, rare_keywords, very_rare, long, few_functions, turned_functions)
}


def _read(folder: Path) -> Splits:
    return {
        split: list(json.loads((folder / f"{split}.json").read_text("utf-8")).values())
        for split in ("train", "valid", "test")
    }


def _in_order(pins: list[Pin]) -> list[Pin]:
    """Return the pins in an order of chance, always the same."""
    return [pins[n] for n in np.random.default_rng(len(pins)).permutation(len(pins))]


def _some(splits: Splits, *counts: int) -> Splits:
    return {
        split: _in_order(pins)[:count]
        for (split, pins), count in zip(splits.items(), counts, strict=True)
    }


def _thinned(pins: list[Pin], share: float) -> list[Pin]:
    """Return all pins of class 0 and so many of class 1 that these are a share."""
    rest, rare = ([pin for pin in pins if pin["label"] == label] for label in (0, 1))
    return _in_order(rest + _in_order(rare)[: int(len(rest) * share / (1 - share))])


def _turned(splits: Splits, turn: Callable[[int], int], share: float) -> Splits:
    """Return the pins with labels and votes turned into two classes, of which one is rare."""
    return {
        split: _thinned(
            [
                pin
                | {
                    "label": turn(pin["label"]),
                    "weak_labels": [v if v < 0 else turn(v) for v in pin["weak_labels"]],
                }
                for pin in pins
            ],
            share,
        )
        for split, pins in splits.items()
    }


def _run_together(
    pins: list[Pin], label: int, other: int, of: int = 6, besides: int = 3
) -> Iterator[Pin]:
    """Yield pins whose texts are six of a class and three of another in an order of chance."""
    own, others = (_in_order([p for p in pins if p["label"] == y]) for y in (label, other))
    for n in range(min(len(own) // of, len(others) // besides)):
        parts = own[n * of : (n + 1) * of] + others[n * besides : (n + 1) * besides]
        text = " ".join(part["data"]["text"] for part in _in_order(parts))
        yield {"label": int(label == 2), "data": {"text": text}}


def _telling_words(
    pins: list[Pin], coverage: tuple[float, float], precision: tuple[float, float]
) -> list[tuple[str, int]]:
    """Return words within a coverage and a precision, each with its class."""
    labels = np.array([pin["label"] for pin in pins])
    rows: dict[str, list[int]] = {}
    for row, pin in enumerate(pins):
        for word in _words(pin):
            rows.setdefault(word, []).append(row)
    found = []
    for word, on in rows.items():
        counts = np.bincount(labels[on])
        if (
            coverage[0] <= len(on) / len(pins) <= coverage[1]
            and precision[0] <= counts.max() / len(on) <= precision[1]
        ):
            found.append((word, int(counts.argmax())))
    return sorted(found)


def _words(pin: Pin) -> set[str]:
    return set(WORD.findall(pin["data"]["text"].lower()))


def _drawn(words: list[tuple[str, int]], count: int) -> list[tuple[str, int]]:
    chosen = np.random.default_rng(len(words)).permutation(len(words))[:count]
    return [words[n] for n in chosen]


def _voted(splits: Splits, words: list[tuple[str, int]]) -> Splits:
    """Return the pins with a vote by each word."""

    def votes(pin: Pin) -> list[int]:
        there = _words(pin)
        return [label if word in there else -1 for word, label in words]

    return {
        split: [pin | {"weak_labels": votes(pin)} for pin in pins] for split, pins in splits.items()
    }
