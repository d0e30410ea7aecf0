"""What is counted of pins, old and new: sums that add up over shards, and small samples.

Votes and labels are counted on every pin; words, languages, boards and the like on a sample, whose size
does not grow with the collection. A pin is in the sample by its own random number, so the sample is the
same whatever the shards are.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Self

import numpy as np
import pyarrow as pa

from labeling.fingerprints import draws_of
from labeling.languages import language_of
from labeling.pins import PinBatch
from labeling.watching.words import count_words

BINS = 1_000
"""Of a probability's histogram: fine enough to find tenths in it."""
PARTS = ("title", "description", "link", "board", "image")
NOTHING = "none"
"""The board or link domain of a pin without one."""
PRESENT, MISSING = "present", "missing"
READABLE = "readable image"
PRESENCE = {part: f"presence of {part}" for part in PARTS} | {READABLE: READABLE}
"""What a pin may lack -> the name under which it is counted."""


@dataclass(frozen=True, kw_only=True)
class Accuracies:
    """How many votes or labels could be held against people's answers, and how many were right."""

    judged: np.ndarray
    """int64, of any shape."""
    right: np.ndarray

    def __add__(self, other: Self) -> Accuracies:
        return Accuracies(judged=self.judged + other.judged, right=self.right + other.right)

    def __getitem__(self, place: int) -> Accuracies:
        return Accuracies(judged=self.judged[place], right=self.right[place])

    @classmethod
    def of(cls, said: np.ndarray, truth: np.ndarray) -> Accuracies:
        """Return the counts for labels int [n] (or votes [n, m]) against classes int [n]; -1: none."""
        asked = truth if said.ndim == 1 else truth[:, None]
        both = (said >= 0) & (asked >= 0)
        return cls(judged=both.sum(axis=0), right=(both & (said == asked)).sum(axis=0))


@dataclass(frozen=True, kw_only=True)
class WatchedPins:
    """n pins with what was made of them."""

    table: pa.Table
    """pin_id, title, description, link, board, image."""
    votes: np.ndarray
    """int8 [n, m]; -1 abstains."""
    labels: np.ndarray
    """int8 [n]: as they would be without the pin's own answer; -1: none."""
    scores: np.ndarray
    """float32 [n, k]: P(class)."""
    vectors: Mapping[str, np.ndarray]
    """What an encoder reads -> its vectors, float16 [n, d]; all zeros where it saw nothing."""
    answers: np.ndarray
    """int [n]: what people agreed on, -1: nothing."""
    audited: np.ndarray
    """bool [n]: whether that answer tells of all pins (see `review.auditing`)."""
    late: np.ndarray
    """bool [n]: whether it was agreed on since the baseline."""

    def take(self, rows: np.ndarray) -> WatchedPins:
        """Return some of the pins."""
        parts = ("votes", "labels", "scores", "answers", "audited", "late")
        return replace(
            self,
            table=self.table.take(pa.array(rows)),
            vectors={name: one[rows] for name, one in self.vectors.items()},
            **{name: getattr(self, name)[rows] for name in parts},
        )


@dataclass(frozen=True, kw_only=True)
class Shares:
    """Which share of the pins comes into the samples."""

    texts: float = 1.0
    vectors: float = 1.0


@dataclass(frozen=True, kw_only=True)
class VectorSample:
    """Vectors of sampled pins, of one encoder."""

    ids: tuple[str, ...]
    vectors: np.ndarray
    """float16 [s, d]."""


@dataclass(frozen=True, kw_only=True)
class Counts:
    """What was counted of some pins; `+` adds other pins."""

    pins: int
    covered: int
    """Pins with a vote."""
    votes: np.ndarray
    """int64 [m, k + 1]: how often each function voted for each class; the last: abstained."""
    labels: np.ndarray
    """int64 [k + 1]: pins per label; the last: none."""
    scores: np.ndarray
    """int64 [k, BINS]: a histogram of P(class)."""
    means: np.ndarray
    """float64 [k]: the sum of P(class)."""
    functions: Accuracies
    """[m], by all answers."""
    audit: Accuracies
    """[2], by the random audit: agreed on before the baseline, and since."""
    sampled: int = 0
    """Pins of which the rest was counted."""
    inputs: Mapping[str, Mapping[str, int]] = field(default_factory=dict)
    """What was looked at (language, board, ...) -> value -> pins."""
    words: Mapping[str, int] = field(default_factory=dict)
    """Word -> pins that have it."""
    vectors: Mapping[str, VectorSample] = field(default_factory=dict)
    """What an encoder reads -> the sample."""

    @classmethod
    def of(cls, pins: WatchedPins, shares: Shares | None = None) -> Counts:
        """Return the counts of some pins."""
        shares = shares or Shares()
        k = pins.scores.shape[1]
        ids = pins.table.column("pin_id").to_pylist()
        draws = draws_of(f"watch\0{id}" for id in ids)
        read = np.flatnonzero(draws < shares.texts)
        batch = PinBatch(pins.table.take(pa.array(read)))
        bins = np.minimum((pins.scores * BINS).astype(np.int64), BINS - 1)
        audited = np.where(pins.audited, pins.answers, -1)
        parts = [np.where(late == pins.late, audited, -1) for late in (False, True)]
        judged = [Accuracies.of(pins.labels, part) for part in parts]
        return cls(
            pins=len(ids),
            covered=int((pins.votes >= 0).any(axis=1).sum()),
            votes=np.stack([_by_class(pins.votes[:, j], k) for j in range(pins.votes.shape[1])]),
            labels=_by_class(pins.labels, k),
            scores=np.stack([np.bincount(bins[:, y], minlength=BINS) for y in range(k)]),
            means=pins.scores.sum(axis=0, dtype=np.float64),
            functions=Accuracies.of(pins.votes, pins.answers),
            audit=Accuracies(
                judged=np.array([one.judged for one in judged]),
                right=np.array([one.right for one in judged]),
            ),
            sampled=len(read),
            vectors={
                name: _sample(ids, vectors, np.flatnonzero(draws < shares.vectors))
                for name, vectors in pins.vectors.items()
            },
            inputs=_inputs(batch) | _readable(pins.vectors, read),
            words=count_words(batch.column("text")),
        )

    def __add__(self, other: Self) -> Counts:
        """Return the counts of both."""
        return Counts(
            pins=self.pins + other.pins,
            covered=self.covered + other.covered,
            votes=self.votes + other.votes,
            labels=self.labels + other.labels,
            scores=self.scores + other.scores,
            means=self.means + other.means,
            functions=self.functions + other.functions,
            audit=self.audit + other.audit,
            sampled=self.sampled + other.sampled,
            inputs={
                name: _added(self.inputs.get(name, {}), other.inputs.get(name, {}))
                for name in {**self.inputs, **other.inputs}
            },
            words=_added(self.words, other.words),
            vectors={
                name: _joined([c.vectors[name] for c in (self, other) if name in c.vectors])
                for name in {**self.vectors, **other.vectors}
            },
        )


def _added(counts: Mapping[str, int], more: Mapping[str, int]) -> dict[str, int]:
    """Return the sums; quick where `more` is small, as a shard's part of a sample is."""
    found = dict(counts)
    for value, count in more.items():
        found[value] = found.get(value, 0) + count
    return found


def _by_class(labels: np.ndarray, classes: int) -> np.ndarray:
    """Return how many are of each class, int64 [k + 1]; the last: of none."""
    return np.bincount(np.where(labels < 0, classes, labels), minlength=classes + 1)


def _sample(ids: list[str], vectors: np.ndarray, rows: np.ndarray) -> VectorSample:
    rows = rows[vectors[rows].any(axis=1)]
    return VectorSample(ids=tuple(ids[row] for row in rows), vectors=vectors[rows])


def _joined(samples: list[VectorSample]) -> VectorSample:
    some = [sample for sample in samples if sample.ids] or samples[:1]
    if len(some) == 1:
        return some[0]
    return VectorSample(
        ids=tuple(id for sample in some for id in sample.ids),
        vectors=np.concatenate([sample.vectors for sample in some]),
    )


def _inputs(batch: PinBatch) -> dict[str, Counter[str]]:
    """Return what was looked at -> value -> pins."""
    texts = batch.column("text")
    inputs: dict[str, Counter[str]] = {
        "language": Counter(map(language_of, texts)),
        "board": Counter(board or NOTHING for board in batch.column("board")),
        "link domain": Counter(domain or NOTHING for domain in batch.column("domain")),
        "text length": Counter(map(_length, texts)),
    }
    for part in PARTS:
        missing = sum(not value for value in batch.column(part))
        inputs[PRESENCE[part]] = Counter({PRESENT: len(texts) - missing, MISSING: missing})
    return inputs


def _readable(vectors: Mapping[str, np.ndarray], rows: np.ndarray) -> dict[str, Counter[str]]:
    """Return how many of some pins have an image that an encoder saw; nothing where none reads any."""
    if "image" not in vectors:
        return {}
    seen = int(vectors["image"][rows].any(axis=1).sum())
    return {READABLE: Counter({PRESENT: seen, MISSING: len(rows) - seen})}


def _length(text: str) -> str:
    """Return the range of lengths, doubling, that a text falls into."""
    length = len(text.strip())
    if length < 8:
        return "0 to 7 characters"
    low = 1 << (length.bit_length() - 1)
    return f"{low:,} to {2 * low - 1:,} characters"
