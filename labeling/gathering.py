"""The evidence for a resolver, gathered shard by shard from pins that may be fitted on."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

import numpy as np

from labeling.collection import Shard, read_pins
from labeling.errors import ResolveError
from labeling.label_model import VoteStatistics
from labeling.pin_groups import PinGroups, read_folds
from labeling.resolvers import Evidence, Patterns, SeenPins, VoteShares
from labeling.resolvers.comparing import too_little
from labeling.resolvers.snorkel_robust import with_label_model
from labeling.resolving import Resolution, gold_labels, is_held_out
from labeling.seen_pins import read_seen_pins
from labeling.shards import Store
from labeling.votes import read_votes

SAMPLE = 50_000
"""Covered pins whose vote rows are kept, over all shards."""
SEEN = 5_000
"""Covered pins without an answer whose vectors are kept, over all shards; those with one all are."""


@dataclass(frozen=True, kw_only=True)
class ShardEvidence:
    """What one shard adds."""

    statistics: VoteStatistics
    sample: np.ndarray
    """int8 [s, m]: its share of the sample."""
    gold_votes: np.ndarray
    """int8 [g, m]: of its pins with a gold answer, covered or not."""
    gold_labels: np.ndarray
    """int64 [g]."""
    gold_folds: np.ndarray | None = None
    """int64 [g]; None where no resolver reads vectors."""
    seen: SeenPins | None = None
    """Its share of the pins with vectors; None where no resolver reads vectors."""
    gold_seen: SeenPins | None = None
    """The pins of `gold_votes`."""


@dataclass(frozen=True)
class GatherShard:
    """The step: the evidence of one shard's pins that may be fitted on."""

    store: Store
    resolution: Resolution
    gold: Mapping[str, int]
    """Pin id -> class."""

    def __call__(self, shard: Shard) -> ShardEvidence:
        """Return the evidence (finishes no artifact: counting is quicker than reading it)."""
        r = self.resolution
        all_votes = read_votes(self.store, r.signal, r.functions, r.collection, shard)
        labels = gold_labels(self.store, shard, self.gold)
        fitted = ~is_held_out(read_pins(self.store, shard, ["split"]))
        votes, labels = all_votes[fitted], labels[fitted]
        covered = np.flatnonzero((votes >= 0).any(axis=1))
        order = np.random.default_rng(_digest(shard.id)).permutation(covered)
        drawn = order[: -(-SAMPLE * shard.rows // r.collection.pins)]
        known = labels >= 0
        seen = gold_seen = gold_folds = None
        if r.encoders:
            groups = PinGroups(collection=r.collection, encoders=r.encoders)
            gold_folds = read_folds(self.store, groups, shard)[fitted][known]
            everything = read_seen_pins(self.store, r.encoders, r.collection, shard, all_votes)
            pins = everything.take(np.flatnonzero(fitted))
            quota = -(-SEEN * shard.rows // r.collection.pins)
            seen, gold_seen = pins.take(order[~known[order]][:quota]), pins.take(known)
        return ShardEvidence(
            statistics=VoteStatistics.of(votes, len(r.signal.classes)),
            sample=votes[drawn],
            gold_votes=votes[known],
            gold_labels=labels[known],
            gold_folds=gold_folds,
            seen=seen,
            gold_seen=gold_seen,
        )


def gather(shards: Iterable[ShardEvidence], resolution: Resolution) -> Evidence:
    """Return the evidence of all shards, with Snorkel's label model where it can be fitted.

    Raises ResolveError where there is nothing to fit on.
    """
    m, k = len(resolution.functions), len(resolution.signal.classes)
    total = VoteStatistics.of(np.empty((0, m), dtype=np.int8), k)
    samples, gold_votes, gold_labels = [], [], []
    seen, gold_seen, gold_folds = [], [], []
    for part in shards:  # one after the other: all statistics together would be large
        total += part.statistics
        samples.append(part.sample)
        gold_votes.append(part.gold_votes)
        gold_labels.append(part.gold_labels)
        if part.seen is not None and part.gold_seen is not None and part.gold_folds is not None:
            seen.append(part.seen)
            gold_seen.append(part.gold_seen)
            gold_folds.append(part.gold_folds)
    if total.pins == 0:
        raise ResolveError(
            f"Every pin of {resolution.collection.name} is in the split valid or test, and nothing "
            "is fitted on those; import pins of the split train."
        )
    if not total.overlaps.any():
        raise ResolveError("No function voted on any pin, so there is nothing to resolve.")
    given = resolution.signal.balance
    sample = np.concatenate(samples)
    sample = sample[np.random.default_rng(_digest("sample")).permutation(len(sample))]
    votes, labels = np.concatenate(gold_votes), np.concatenate(gold_labels)
    covered = (votes >= 0).any(axis=1)
    evidence = Evidence(
        class_names=resolution.signal.classes,
        function_names=tuple(function.name for function in resolution.functions),
        seed=resolution.seed,
        discount=resolution.discount,
        statistics=total,
        sample=sample,
        gold_votes=votes[covered],
        gold_labels=labels[covered],
        patterns=Patterns.of(sample, k),
        start=VoteShares(classes=k),
        balance=None if given is None else np.array(given),
        uncovered_answers=np.bincount(labels[~covered], minlength=k),
        gold_folds=np.concatenate(gold_folds)[covered] if seen else None,
        seen=_shuffled(SeenPins.joined(seen)) if seen else None,
        gold_seen=SeenPins.joined(gold_seen).take(covered) if seen else None,
    )
    enough = too_little(evidence) is None
    return with_label_model(replace(evidence, choosable=enough))


def _shuffled(pins: SeenPins) -> SeenPins:
    return pins.take(np.random.default_rng(_digest("seen")).permutation(len(pins.folds)))


def _digest(text: str) -> int:
    return int.from_bytes(hashlib.sha256(text.encode()).digest()[:8], "big")
