"""What the result loses without each function: the resolver once more, on the others' votes."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np

from labeling.analysis import KnownLabels
from labeling.collection import read_pins
from labeling.errors import ResolveError
from labeling.evaluation import score
from labeling.label_model import fit_anchored, fit_label_model
from labeling.resolvers import VoteShares
from labeling.resolving import Resolution, dependent_pairs, is_held_out, read_model
from labeling.shards import Store
from labeling.soft_labels import best_class
from labeling.vote_model import VoteModel
from labeling.vote_statistics import VoteStatistics
from labeling.votes import read_votes

SAMPLE_PINS = 50_000
"""The changes are measured on a random sample of at most this many pins."""
SMALLEST = 1e-6
"""A probability below this counts as this in the log loss, so that one pin cannot decide it."""

Predict = Callable[[np.ndarray], np.ndarray]


@dataclass(frozen=True, kw_only=True)
class LeftOut:
    """The result with all functions, and how it changes when one is left out (NaN: it could not be
    resolved without it)."""

    pins: int
    """How many pins were looked at."""
    judged: int
    """How many of them have a known label."""
    accuracy: float
    """With all functions, a pin without a label counting as a guess; NaN without known labels."""
    log_loss: float
    accuracy_change: np.ndarray
    """float64 [m]: accuracy without the function, less that with it."""
    log_loss_change: np.ndarray
    """float64 [m]."""
    labels_changed: np.ndarray
    """float64 [m]: share of pins whose label is another one, or none, without the function."""


def leave_one_out(store: Store, resolution: Resolution, known: KnownLabels) -> LeftOut:
    """Return what each function adds to a resolution. Statistics are sums, so leaving a function
    out is dropping its rows and columns; the votes are read once."""
    votes, truth, statistics = _sample(store, resolution, known)
    m = votes.shape[1]
    change = np.full((3, m), np.nan)
    without = _without(store, resolution, statistics)
    whole = _outcome(without(None), votes, truth)
    for j in range(m):
        try:
            predict = without(j)
        except ResolveError:  # too few are left, or no vote is
            continue
        part = _outcome(predict, np.delete(votes, j, axis=1), truth)
        change[0, j] = part.accuracy - whole.accuracy
        change[1, j] = part.log_loss - whole.log_loss
        change[2, j] = (part.labels != whole.labels).mean()
    return LeftOut(
        pins=len(votes),
        judged=int((truth >= 0).sum()),
        accuracy=whole.accuracy,
        log_loss=whole.log_loss,
        accuracy_change=change[0],
        log_loss_change=change[1],
        labels_changed=change[2],
    )


def _sample(
    store: Store, resolution: Resolution, known: KnownLabels
) -> tuple[np.ndarray, np.ndarray, VoteStatistics]:
    """Return the votes on a sample of pins and their true labels, and the statistics of all that
    may be fitted on."""
    r = resolution
    share = min(1.0, SAMPLE_PINS / max(r.collection.pins, 1))
    draw = np.random.default_rng(r.seed)
    votes, truths = [], []
    total = None
    for shard in r.collection.shards:
        found = read_votes(store, r.signal, r.functions, r.collection, shard)
        fitted = ~is_held_out(read_pins(store, shard, ["split"]))
        statistics = VoteStatistics.of(found[fitted], len(r.signal.classes))
        total = statistics if total is None else total + statistics
        rows = np.sort(draw.permutation(len(found))[: round(share * len(found))])
        votes.append(found[rows])
        truths.append(known.of(shard)[rows])
    if total is None:
        raise ResolveError(f"{r.collection.name} has no pins, so there is nothing to resolve.")
    return np.concatenate(votes), np.concatenate(truths), total


def _without(
    store: Store, resolution: Resolution, statistics: VoteStatistics
) -> Callable[[int | None], Predict]:
    """Return j -> what the resolver makes of votes without function j (None: with all).

    Snorkel's label model is fitted again, with the class balance and the discounts of the whole; of
    other tables of weights the function's are left out. Of a resolver that reads vectors too, the votes'
    half alone is compared, with the function and without.
    """
    model = read_model(resolution, store)
    if model is None:
        return lambda j: VoteShares(classes=statistics.classes).predict_proba

    if resolution.resolver == "snorkel_robust":
        pairs, powers = dependent_pairs(resolution, store)

    def table_without(j: int | None) -> VoteModel:
        if j is None:
            return model.votes
        rest = np.delete(np.arange(len(model.votes.table)), j)
        left, balance = statistics.of_functions(rest), np.exp(model.votes.bias)
        if resolution.resolver == "snorkel":
            return fit_label_model(left, seed=resolution.seed, balance=balance).votes
        if resolution.resolver == "snorkel_robust":
            fitted = fit_anchored(left, balance=balance, dependent=pairs[np.ix_(rest, rest)]).votes
            return replace(fitted, table=fitted.table * powers[rest, None, None])
        return replace(model.votes, table=model.votes.table[rest])

    return lambda j: table_without(j).predict_proba


@dataclass(frozen=True, kw_only=True)
class _Outcome:
    labels: np.ndarray
    accuracy: float
    log_loss: float


def _outcome(predict: Predict, votes: np.ndarray, truth: np.ndarray) -> _Outcome:
    soft = predict(votes)
    labels = best_class(soft)
    labels[(votes < 0).all(axis=1)] = -1
    found = score(truth, labels, soft.shape[1])
    if found is None:
        return _Outcome(labels=labels, accuracy=np.nan, log_loss=np.nan)
    rows = np.flatnonzero(truth >= 0)
    of_truth = soft[rows, truth[rows]].astype(np.float64)
    loss = float(-np.log(np.maximum(of_truth, SMALLEST)).mean())
    return _Outcome(labels=labels, accuracy=found.accuracy, log_loss=loss)
