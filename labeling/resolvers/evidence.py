"""What a resolver learns from: sums over all votes, a bounded sample of them, and gold answers."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np

from labeling.aligned import Aligned
from labeling.robust_label_model import RobustFit
from labeling.vote_statistics import VoteStatistics

if TYPE_CHECKING:
    import scipy.sparse as sp

STRATA = 4
"""Equal shares of all pins, by how sure is what to believe before any answer."""
FARTHEST = 2.0
"""An answer counts at most so many times as much, or as little, as its like. Measured with 100 answers:
4 did harm on yoruba."""


class Resolver(Protocol):
    """A way to turn votes into probabilities: fitted on the evidence, it gives a model of votes."""

    def __call__(self, evidence: Evidence) -> VotePredictor:
        """Return the fitted model. Raises ResolveError where the evidence does not allow one."""


class VotePredictor(Protocol):
    """What a resolver learned."""

    def predict_proba(self, votes: np.ndarray) -> np.ndarray:
        """Return P(class | votes), float32 [n, k], of votes int8 [n, m]; rows sum to 1."""

    def log_proba(self, votes: np.ndarray) -> np.ndarray:
        """Return log P(class | votes), float64 [n, k]: the same, without underflow."""

    def to_json(self) -> dict[str, Any]:
        """Return the parameters as JSON values."""


@dataclass(frozen=True, kw_only=True)
class Patterns:
    """Vote rows, each kept once with how often it occurred. No row is without a vote."""

    votes: np.ndarray
    """int8 [p, m], -1 abstains."""
    counts: np.ndarray
    """float64 [p]."""
    classes: int

    @classmethod
    def of(cls, votes: np.ndarray, classes: int) -> Patterns:
        """Return the patterns of vote rows, int8 [s, m]."""
        covered = votes[(votes >= 0).any(axis=1)]
        if not len(covered):
            return cls(votes=covered, counts=np.zeros(0), classes=classes)
        rows, counts = np.unique(covered, axis=0, return_counts=True)
        return cls(votes=rows, counts=counts.astype(np.float64), classes=classes)

    @cached_property
    def indicators(self) -> sp.csr_matrix:
        """One-hot votes, abstentions too: float64 [p, m * (k + 1)], see `one_hot`."""
        return one_hot(self.votes, self.classes)

    @cached_property
    def rates(self) -> np.ndarray:
        """How often each function votes what: float64 [m, k + 1], column 0 abstains."""
        m = self.votes.shape[1]
        total = max(self.counts.sum(), 1.0)
        return (self.indicators.T @ self.counts / total).reshape(m, self.classes + 1)

    def expected(self, soft: np.ndarray) -> np.ndarray:
        """Return how often each vote falls on each class, float64 [m, k + 1, k], where the patterns
        have the class probabilities `soft`, float [p, k]."""
        k = self.classes
        return (self.indicators.T @ (soft * self.counts[:, None])).reshape(-1, k + 1, k)


@dataclass(frozen=True, kw_only=True)
class SeenPins(Aligned):
    """n pins with their votes and what encoders make of them."""

    votes: np.ndarray
    """int8 [n, m]."""
    vectors: np.ndarray
    """float16 [n, d]: of text and image side by side; all zeros where there is nothing to see."""
    folds: np.ndarray
    """int [n]: drawn by the content, which equal pins share."""

    @property
    def seen(self) -> np.ndarray:
        """Which pins some encoder saw anything of, bool [n]."""
        return np.asarray(self.vectors.any(axis=1))


@dataclass(frozen=True, kw_only=True)
class Evidence:
    """All that a resolver may see. Nothing in it comes from the splits valid and test."""

    class_names: tuple[str, ...]
    function_names: tuple[str, ...]
    seed: int
    statistics: VoteStatistics
    """Of all pins."""
    sample: np.ndarray
    """int8 [s, m]: votes on a random sample of the covered pins, in random order."""
    gold_votes: np.ndarray
    """int8 [g, m]: votes on the covered pins whose class people gave."""
    gold_labels: np.ndarray
    """int64 [g]: the class that people gave."""
    patterns: Patterns
    """Of the sample."""
    start: VotePredictor
    """What to believe of a pin before any answer on it: Snorkel's label model, or majority vote."""
    balance: np.ndarray | None = None
    """float64 [k]: the class balance that the signal gives."""
    uncovered_answers: np.ndarray | None = None
    """int64 [k]: gold answers on pins without a vote, per class; they tell of the balance alone."""
    choosable: bool = False
    """Whether the answers are enough to choose by, and to take the class balance from."""
    discount: bool = True
    """Whether Snorkel's label model hears functions that repeat each other as one, and none that is
    worse than chance."""
    label_model: RobustFit | None = None
    """Snorkel's, where it can be fitted."""
    distrust: str = ""
    """Why it should not decide, or why there is none; empty where it may."""
    gold_folds: np.ndarray | None = None
    """int64 [g]: the folds of the pins of `gold_votes`, as the probe takes them; None where nobody found
    which pins are near-duplicates."""
    seen: SeenPins | None = None
    """A smaller random sample of the covered pins without an answer, for resolvers that look at pins."""
    gold_seen: SeenPins | None = None
    """The pins of `gold_votes`, in their order."""

    @property
    def classes(self) -> int:
        """How many classes there are, k."""
        return len(self.class_names)

    @property
    def functions(self) -> int:
        """How many functions voted, m."""
        return self.sample.shape[1]

    @property
    def answers(self) -> int:
        """How many gold answers there are on pins with votes."""
        return len(self.gold_labels)

    @cached_property
    def answers_per_class(self) -> np.ndarray:
        """int64 [k]."""
        return np.bincount(self.gold_labels, minlength=self.classes)

    @cached_property
    def answer_weights(self) -> np.ndarray:
        """What each answer counts among votes, float64 [g], 1 in the mean: answers on pins that were
        asked because their votes leave doubt are more than their share of all pins, and count for less
        (post-stratification, Holt & Smith, JRSS A 1979; strata by how sure `start` is)."""
        if not self.answers or not len(self.patterns.counts):
            return np.ones(self.answers)
        sure = self.first_belief.max(axis=1)
        order = np.argsort(sure)
        below = np.cumsum(self.patterns.counts[order]) / self.patterns.counts.sum()
        cuts = sure[order][np.searchsorted(below, np.arange(1, STRATA) / STRATA)]
        of_all = np.digitize(sure, cuts)
        of_answers = np.digitize(self.start.predict_proba(self.gold_votes).max(axis=1), cuts)
        wanted = np.bincount(of_all, weights=self.patterns.counts, minlength=STRATA)
        there = np.bincount(of_answers, minlength=STRATA) + 1.0
        ratio = wanted / wanted.sum() / (there / there.sum())
        weights = np.clip(ratio, 1 / FARTHEST, FARTHEST)[of_answers]
        return np.asarray(weights / weights.mean())

    @cached_property
    def weighed_per_class(self) -> np.ndarray:
        """The weights of the answers of each class, float64 [k]."""
        return np.bincount(self.gold_labels, weights=self.answer_weights, minlength=self.classes)

    @cached_property
    def first_belief(self) -> np.ndarray:
        """What `start` makes of the patterns, float64 [p, k]."""
        return self.start.predict_proba(self.patterns.votes).astype(np.float64)

    @cached_property
    def first_counts(self) -> np.ndarray:
        """How often `start` believes each vote to fall on each class, float64 [m, k + 1, k]."""
        return self.patterns.expected(self.first_belief)

    def with_answers(self, rows: np.ndarray) -> Evidence:
        """Return the evidence with some of the gold answers alone."""
        return replace(
            self,
            gold_votes=self.gold_votes[rows],
            gold_labels=self.gold_labels[rows],
            gold_folds=None if self.gold_folds is None else self.gold_folds[rows],
            gold_seen=None if self.gold_seen is None else self.gold_seen.take(rows),
        )


def one_hot(votes: np.ndarray, classes: int) -> sp.csr_matrix:
    """Return votes int8 [n, m] as float64 [n, m * (k + 1)]: column j * (k + 1) + v + 1 is 1 where
    function j voted v, with v = -1 for an abstention."""
    import scipy.sparse as sp

    n, m = votes.shape
    columns = np.arange(m) * (classes + 1) + votes.astype(np.int64) + 1
    ends = np.arange(0, n * m + 1, m) if m else np.zeros(n + 1, dtype=np.int64)
    ones = np.ones(n * m)
    return sp.csr_matrix((ones, columns.ravel(), ends), shape=(n, m * (classes + 1)))
