"""The resolve step: votes of a collection -> soft labels per shard, with majority vote beside them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from functools import cached_property, reduce
from operator import add

import numpy as np
import pyarrow as pa

from labeling.collection import Collection, Shard, read_pins
from labeling.errors import ResolveError
from labeling.evaluation import best_class
from labeling.fingerprints import fingerprint
from labeling.functions import LabelingFunction
from labeling.label_model import (
    EPOCHS,
    LEARNING_RATES,
    MIN_FUNCTIONS,
    LabelModel,
    VoteStatistics,
    fit_label_model,
)
from labeling.shards import Store
from labeling.signals import Signal
from labeling.votes import read_votes

RESOLVERS = ("auto", "snorkel", "majority")
HELD_OUT = ("valid", "test")
"""Splits that nothing is fitted on, so that scores on them are honest."""


@dataclass(frozen=True, kw_only=True)
class Resolution:
    """Which resolver was chosen and why; names the soft labels."""

    signal: Signal
    collection: Collection
    functions: tuple[LabelingFunction, ...]
    resolver: str
    reason: str
    seed: int

    @cached_property  # every key needs it, and it grows with the shards
    def fingerprint(self) -> str:
        """Changes with the functions, their order, the pins, the resolver and its settings."""
        return fingerprint(
            self.signal.classes,
            [(f.name, f.fingerprint) for f in self.functions],
            [shard.id for shard in self.collection.shards],
            [self.resolver, self.seed, self.signal.balance, EPOCHS, *LEARNING_RATES],
        )

    def portable(self) -> Resolution:
        """Return the resolution without the authors' code, to travel to other processes."""
        known = self.signal
        signal = Signal(
            known.name,
            classes=list(known.classes),
            balance=None if known.balance is None else list(known.balance),
        )
        return replace(self, signal=signal, functions=tuple(f.named() for f in self.functions))

    @property
    def folder(self) -> str:
        """Where the soft labels and the fitted model lie."""
        return f"soft/{self.signal.name}/{self.collection.name}/{self.fingerprint}"

    def key(self, shard: Shard) -> str:
        """Return where a shard's soft labels lie."""
        return f"{self.folder}/{shard.id}.parquet"

    @property
    def model_key(self) -> str:
        """Where the fitted label model lies."""
        return f"{self.folder}/label_model.json"


def choose_resolver(
    signal: Signal,
    collection: Collection,
    functions: tuple[LabelingFunction, ...],
    *,
    resolver: str,
    seed: int,
) -> Resolution:
    """Return the resolution to make: `auto` is Snorkel's label model where it can be fitted.

    Raises ResolveError for an unknown resolver, or for Snorkel's with fewer than 3 functions.
    """
    if resolver not in RESOLVERS:
        raise ResolveError(f"There is no resolver {resolver!r}; choose {', '.join(RESOLVERS)}.")
    few = len(functions) < MIN_FUNCTIONS
    if resolver == "snorkel" and few:
        raise ResolveError(
            f"Snorkel's label model needs at least {MIN_FUNCTIONS} functions, and {signal.name} has "
            f"{len(functions)} usable; write more, or resolve with --resolver majority."
        )
    if resolver == "auto":
        resolver = "majority" if few else "snorkel"
        reason = f"only {len(functions)} functions" if few else "no gold labels to choose by"
    else:
        reason = "asked for"
    return Resolution(
        signal=signal,
        collection=collection,
        functions=functions,
        resolver=resolver,
        reason=reason,
        seed=seed,
    )


@dataclass(frozen=True)
class CountShard:
    """The step: the vote statistics of one shard's pins that may be fitted on."""

    store: Store
    resolution: Resolution

    def __call__(self, shard: Shard) -> VoteStatistics:
        """Return the statistics (finishes no artifact: counting is quicker than reading it)."""
        r = self.resolution
        votes = read_votes(self.store, r.signal, r.functions, r.collection, shard)
        held_out = np.isin(read_splits(self.store, shard), HELD_OUT)
        return VoteStatistics.of(votes[~held_out], len(r.signal.classes))


def fit(statistics: Iterable[VoteStatistics], resolution: Resolution, store: Store) -> None:
    """Finish the label model of a resolution. Majority vote has none."""
    if resolution.resolver != "snorkel":
        return
    total = reduce(add, statistics)
    if total.pins == 0:
        raise ResolveError(
            f"Every pin of {resolution.collection.name} is in the split valid or test, and nothing "
            "is fitted on those; import pins of the split train."
        )
    given = resolution.signal.balance
    balance = None if given is None else np.array(given)
    model = fit_label_model(total, seed=resolution.seed, balance=balance)
    voted = np.diag(total.overlaps).reshape(total.functions, total.classes)
    counts = {"votes": voted.tolist()}  # per function and class
    store.write_json(resolution.model_key, model.to_json() | counts)


def reason_to_distrust(resolution: Resolution, store: Store) -> str | None:
    """Return why the fitted label model should not decide, or None: votes for one class alone, or
    most votes from functions learned as worse than chance, say nothing of how far to trust any."""
    value = store.read_json(resolution.model_key)
    votes, k = np.array(value.get("votes", [[]])), len(resolution.signal.classes)
    if (votes.sum(axis=0) > 0).sum() == 1:
        return "all votes are for one class"
    worse = np.nan_to_num(np.array(value["weights"], dtype=float), nan=1.0) < 1 / k
    if votes[worse].sum() > votes.sum() / 2:
        return "the label model takes most votes for worse than chance"
    return None


def read_model(resolution: Resolution, store: Store) -> LabelModel | None:
    """Return the fitted label model, or None for a resolver that has none."""
    if resolution.resolver != "snorkel":
        return None
    return LabelModel.from_json(store.read_json(resolution.model_key))


@dataclass(frozen=True)
class ResolveShard:
    """The step: soft labels of one shard."""

    store: Store
    resolution: Resolution

    def __call__(self, shard: Shard) -> None:
        """Finish columns pin_id, soft (float32 [k]), label, majority (int8, -1: none), voters."""
        r = self.resolution
        votes = read_votes(self.store, r.signal, r.functions, r.collection, shard)
        shares = vote_shares(votes, len(r.signal.classes))
        model = read_model(r, self.store)
        soft = shares if model is None else model.predict_proba(votes)
        voters = (votes >= 0).sum(axis=1)
        labels, majority = best_class(soft), best_class(shares)
        labels[voters == 0] = -1  # no vote, no label: the class balance is not evidence
        table = pa.table(
            {
                "pin_id": read_pins(self.store, shard, ["pin_id"]).column("pin_id"),
                "soft": probability_column(soft),
                "label": pa.array(labels, pa.int8()),
                "majority": pa.array(majority, pa.int8()),
                "voters": pa.array(voters, pa.int16()),
            }
        )
        self.store.write_table(r.key(shard), table)


def vote_shares(votes: np.ndarray, classes: int) -> np.ndarray:
    """Return each class's share of a pin's votes, float32 [n, k]; equal shares where none voted."""
    counts = np.stack([(votes == y).sum(axis=1) for y in range(classes)], axis=1)
    total = counts.sum(axis=1, keepdims=True)
    shares = np.where(total > 0, counts / np.maximum(total, 1), 1 / classes)
    return shares.astype(np.float32)


def read_splits(store: Store, shard: Shard) -> np.ndarray:
    """Return the split of a shard's pins, str [n]; "" where the pins came without one."""
    return read_pins(store, shard, ["split"]).column("split").to_numpy(zero_copy_only=False)


def probability_column(probabilities: np.ndarray) -> pa.Array:
    """Return float32 [n, k] as an Arrow column of fixed-size lists."""
    flat = pa.array(probabilities.astype(np.float32).reshape(-1), pa.float32())
    return pa.FixedSizeListArray.from_arrays(flat, probabilities.shape[1])


def read_probabilities(column: pa.ChunkedArray) -> np.ndarray:
    """Return what `probability_column` made, float32 [n, k]."""
    chunk = column.combine_chunks()
    return chunk.flatten().to_numpy(zero_copy_only=False).reshape(len(chunk), -1)
