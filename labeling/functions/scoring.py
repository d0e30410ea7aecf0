"""Functions that score a pin for a class, and vote where the score is high enough.

Each is a rule: what it compares (its references, made once, see `labeling.preparing`) and how a pin
becomes a candidate class with a score. All is vectorised. A pin that is itself among the references is
scored without itself, so what is measured on it is honest.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

import numpy as np

from labeling.functions.examples import Example
from labeling.pins import PinBatch

On = Literal["text", "image", "both", "hash", "words", "model"]
"""What is compared: vectors of text, of images or of both, perceptual hashes, raw text, or what a
trained model predicts."""
BLOCK = 4_096
"""Pins compared with all references at a time."""
ABSTAIN = -1
"""The vote of a function that has no opinion; classes are 0..k-1."""
NEVER = float("inf")
"""The threshold of a function that still has to learn one."""


@dataclass(frozen=True, kw_only=True)
class References:
    """What a rule compares pins with, made for one collection."""

    vectors: np.ndarray
    """[r, d]: float16 unit vectors, or int64 [r] perceptual hashes."""
    labels: np.ndarray
    """int8 [r]."""
    ids: tuple[str, ...] = ()
    """Pin id of each reference; "" where it is no pin of this collection."""
    centers: np.ndarray | None = None
    """float32 [c, d]: of clusters."""
    threshold: float = NEVER
    """Least score to vote."""

    def own(self, batch: PinBatch) -> tuple[np.ndarray, np.ndarray]:
        """Return which pins are references themselves: rows in the batch and the references, int [o]."""
        at: dict[str, list[int]] = {}
        for number, id in enumerate(self.ids):
            if id:
                at.setdefault(id, []).append(number)
        pairs = [
            (row, number)
            for row, id in enumerate(batch.column("pin_id") if at else ())
            for number in at.get(id, ())
        ]
        rows, numbers = np.array(pairs, dtype=np.intp).reshape(-1, 2).T
        return rows, numbers


@dataclass(frozen=True, kw_only=True)
class Scores:
    """What a rule makes of n pins."""

    candidates: np.ndarray
    """int8 [n]: the class it leans to; -1 where there was nothing to see."""
    scores: np.ndarray
    """float32 [n]; NaN there."""


@dataclass(frozen=True, kw_only=True)
class ScoringRule(ABC):
    """What all of them have."""

    on: On
    examples: Mapping[int, tuple[Example, ...]] | Literal["gold"] = field(default_factory=dict)
    at_least: float | None = None
    """The author's threshold."""
    precision: float | None = None
    """How often a vote should be right: the threshold is learned from gold, where there is enough."""

    @abstractmethod
    def score(self, batch: PinBatch, references: References, classes: int) -> Scores:
        """Return the candidate class and score of each pin."""


@dataclass(frozen=True, kw_only=True)
class Similar(ScoringRule):
    """Score: the cosine to the most similar reference."""

    def score(self, batch: PinBatch, references: References, classes: int) -> Scores:
        """Return the class of the most similar reference, and its cosine."""
        vectors = batch.vectors(self.on)
        best = np.empty(len(batch), dtype=np.float32)
        which = np.empty(len(batch), dtype=np.intp)
        for rows, cosines in _compared(batch, vectors, references):
            which[rows] = cosines.argmax(axis=1)
            best[rows] = cosines.max(axis=1)
        return _seen(vectors, references.labels[which], best)


@dataclass(frozen=True, kw_only=True)
class Prototype(ScoringRule):
    """Score: by how much the cosine to the nearest class mean exceeds that to the next (Snell et al.,
    "Prototypical Networks", NeurIPS 2017, without the training)."""

    def score(self, batch: PinBatch, references: References, classes: int) -> Scores:
        """Return the class of the nearest mean, and its lead over the second."""
        vectors = batch.vectors(self.on)
        wide = vectors.astype(np.float32)
        classes_there = np.unique(references.labels)
        known = references.vectors.astype(np.float32)
        sums = np.stack([known[references.labels == y].sum(axis=0) for y in classes_there])
        cosines = wide @ _unit(sums).T
        for row, number in zip(*references.own(batch), strict=True):
            own = int(np.searchsorted(classes_there, references.labels[number]))
            rest = sums[own] - known[number]
            alone = (references.labels == references.labels[number]).sum() == 1
            cosines[row, own] = -1 if alone else wide[row] @ _unit(rest[None])[0]
        order = np.argsort(cosines, axis=1)
        rows = np.arange(len(batch))
        best = cosines[rows, order[:, -1]]
        lead = best - cosines[rows, order[:, -2]] if len(classes_there) > 1 else best
        return _seen(vectors, classes_there[order[:, -1]], lead)


@dataclass(frozen=True, kw_only=True)
class Nearest(ScoringRule):
    """Score: the share of the k nearest references that agree."""

    k: int

    def score(self, batch: PinBatch, references: References, classes: int) -> Scores:
        """Return the class that most of the nearest have (of equal ones the nearer), and its share."""
        vectors = batch.vectors(self.on)
        k = min(self.k, len(references.labels))
        found = np.empty(len(batch), dtype=np.int8)
        share = np.empty(len(batch), dtype=np.float32)
        for rows, cosines in _compared(batch, vectors, references):
            nearest = np.argpartition(-cosines, k - 1, axis=1)[:, :k]
            near = np.take_along_axis(cosines, nearest, axis=1)
            labels = references.labels[nearest]
            counts = np.stack([(labels == y).sum(axis=1) for y in range(classes)], axis=1)
            total = np.stack(
                [np.where(labels == y, near + 1, 0).sum(axis=1) for y in range(classes)], axis=1
            )
            best = (counts + total / (2 * k + 1)).argmax(axis=1)
            found[rows] = best
            share[rows] = counts[np.arange(len(best)), best] / k
        return _seen(vectors, found, share)


@dataclass(frozen=True, kw_only=True)
class Cluster(ScoringRule):
    """Score: the share of the references in a pin's cluster that agree."""

    clusters: int

    def score(self, batch: PinBatch, references: References, classes: int) -> Scores:
        """Return the class that most references in the pin's cluster have, and its share."""
        assert references.centers is not None
        vectors = batch.vectors(self.on)
        at = _nearest_center(vectors, references.centers)
        home = _nearest_center(references.vectors, references.centers)
        counts = np.zeros((len(references.centers), classes), dtype=np.float32)
        np.add.at(counts, (home, references.labels), 1)
        mine = counts[at]
        for row, number in zip(*references.own(batch), strict=True):
            if home[number] == at[row]:
                mine[row, references.labels[number]] -= 1
        total = mine.sum(axis=1)
        share = mine.max(axis=1) / np.maximum(total, 1)
        result = _seen(vectors, mine.argmax(axis=1), share)
        result.candidates[total == 0] = ABSTAIN
        result.scores[total == 0] = np.nan
        return result


@dataclass(frozen=True, kw_only=True)
class SameLooks(ScoringRule):
    """Score: the share of equal bits of two perceptual hashes."""

    def score(self, batch: PinBatch, references: References, classes: int) -> Scores:
        """Return the class of the most similar reference, and the share of equal bits."""
        hashes = batch.hashes()
        own, of = references.own(batch)
        best = np.full(len(batch), -1, dtype=np.float32)
        which = np.zeros(len(batch), dtype=np.intp)
        for number, hash in enumerate(references.vectors):
            equal = 1 - np.bitwise_count(hashes ^ hash).astype(np.float32) / 64
            equal[own[of == number]] = -1
            closer = equal > best
            best[closer], which[closer] = equal[closer], number
        return _seen(hashes[:, None], references.labels[which], best)


@dataclass(frozen=True, kw_only=True)
class Classifier(ScoringRule):
    """Score: the probability that a fitted model gives its favourite class."""

    predict: Any
    """See `functions.classifier`: what it reads of a batch -> (labels, probabilities)."""

    def score(self, batch: PinBatch, references: References, classes: int) -> Scores:
        """Return the model's favourite class, and its probability."""
        if self.on == "words":
            texts = batch.column("text")
            seen: np.ndarray = np.array([bool(text.strip()) for text in texts])
            inputs: Any = [text for text, there in zip(texts, seen, strict=True) if there]
        else:
            vectors = batch.vectors(self.on)
            seen = np.asarray(vectors.any(axis=1))
            inputs = vectors[seen].astype(np.float32)
        candidates = np.full(len(batch), ABSTAIN, dtype=np.int8)
        scores = np.full(len(batch), np.nan, dtype=np.float32)
        if seen.any():
            candidates[seen], scores[seen] = self.predict(inputs, classes)
        return Scores(candidates=candidates, scores=scores)


def _compared(
    batch: PinBatch, vectors: np.ndarray, references: References
) -> Iterator[tuple[slice, np.ndarray]]:
    """Yield blocks of pins with their cosines to all references, float32 [b, r]; to itself -1."""
    known = references.vectors.astype(np.float32).T
    own, of = references.own(batch)
    for start in range(0, len(vectors), BLOCK):
        rows = slice(start, min(start + BLOCK, len(vectors)))
        cosines = vectors[rows].astype(np.float32) @ known
        here = (own >= rows.start) & (own < rows.stop)
        cosines[own[here] - start, of[here]] = -1
        yield rows, cosines


def _seen(vectors: np.ndarray, candidates: np.ndarray, scores: np.ndarray) -> Scores:
    """Return the scores but where a pin has nothing to compare."""
    nothing = ~vectors.any(axis=1)
    candidates, scores = candidates.astype(np.int8), scores.astype(np.float32)
    candidates[nothing], scores[nothing] = ABSTAIN, np.nan
    return Scores(candidates=candidates, scores=scores)


def _nearest_center(vectors: np.ndarray, centers: np.ndarray) -> np.ndarray:
    """Return the nearest of the centers, float32 [c, d], int [n], by Euclidean distance."""
    shift = (centers**2).sum(axis=1) / 2
    return (vectors.astype(np.float32) @ centers.T - shift).argmax(axis=1)


def _unit(vectors: np.ndarray) -> np.ndarray:
    return vectors / np.maximum(np.linalg.norm(vectors, axis=1, keepdims=True), 1e-12)
