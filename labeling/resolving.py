"""The resolve step: votes of a collection -> soft labels per shard, with majority vote beside them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from functools import cached_property
from typing import Any

import numpy as np
import pyarrow as pa

from labeling.collection import Collection, Shard, read_pins
from labeling.encoders import Encoder
from labeling.errors import ResolveError
from labeling.fingerprints import fingerprint
from labeling.fitted_resolver import FittedResolver, to_json
from labeling.functions import LabelingFunction
from labeling.label_model import EPOCHS, LEARNING_RATES, MIN_FUNCTIONS
from labeling.list_columns import list_column
from labeling.resolvers import RESOLVERS, CoTrained, Evidence, SeenPins, VoteShares
from labeling.resolvers.comparing import MIN_TO_LEARN, choose
from labeling.resolvers.held_back import HeldBack
from labeling.seen_pins import read_seen_pins
from labeling.shards import Store
from labeling.signals import Signal
from labeling.soft_labels import best_class
from labeling.votes import read_votes

AUTO = "auto"
HELD_OUT = ("valid", "test")
"""Splits that nothing is fitted on, so that scores on them are honest."""
VERSION = 8
"""Of the resolvers: raise it when one of them learns otherwise, so that nothing old is reused."""


@dataclass(frozen=True, kw_only=True)
class Resolution:
    """Which resolver was chosen and why; names the soft labels."""

    signal: Signal
    collection: Collection
    functions: tuple[LabelingFunction, ...]
    resolver: str
    """`auto` until the evidence is there."""
    reason: str
    seed: int
    discount: bool = True
    """See `Settings.discount`."""
    gold: str = ""
    """Digest of the gold labels; empty where the resolver reads none."""
    encoders: tuple[Encoder, ...] = ()
    """Whose vectors are read; none where the resolver reads votes alone."""
    compared: tuple[dict[str, Any], ...] = ()
    """How each resolver did on gold (see `resolvers.comparing.JudgedResolver`), best first."""
    held_back: str = ""
    """Where lie the resolvers without the answers of each fold; empty where answers are too few, or the
    resolver was asked for."""

    @cached_property  # every key needs it, and it grows with the shards
    def fingerprint(self) -> str:
        """Changes with the functions, their order, the pins, the resolver, its settings, the gold, and
        what encoders see where it reads vectors."""
        seen: list[Any] = [[encoder.fingerprint for encoder in self.encoders]]
        seen += [self.collection.retries for one in self.encoders if one.reads == "image"]
        return fingerprint(
            self.signal.classes,
            [(f.name, f.fingerprint) for f in self.functions],
            [shard.id for shard in self.collection.shards],
            [self.resolver, self.seed, self.signal.balance, EPOCHS, *LEARNING_RATES],
            [VERSION, self.discount, self.gold],
            *(seen if self.encoders else []),
        )

    def portable(self) -> Resolution:
        """Return the resolution without the authors' code, to travel to other processes."""
        return replace(
            self, signal=self.signal.having(()), functions=tuple(f.named() for f in self.functions)
        )

    @property
    def folder(self) -> str:
        """Where the soft labels and the fitted model lie."""
        return f"soft/{self.signal.name}/{self.collection.name}/{self.fingerprint}"

    def key(self, shard: Shard) -> str:
        """Return where a shard's soft labels lie."""
        return f"{self.folder}/{shard.id}.parquet"

    @property
    def model_key(self) -> str:
        """Where the fitted model lies."""
        return f"{self.folder}/label_model.json"

    @property
    def choice_key(self) -> str:
        """Where lies what `auto` chose, and why."""
        return f"{self.folder}/choice.json"

    @property
    def by_fold_key(self) -> str:
        """Where lies what `auto` chose, fitted without the answers of each fold."""
        return f"{self.folder}/by_fold.json"


def plan(
    signal: Signal,
    collection: Collection,
    functions: tuple[LabelingFunction, ...],
    *,
    resolver: str,
    seed: int,
    discount: bool,
    gold: Mapping[str, int],
    encoders: tuple[Encoder, ...] = (),
) -> Resolution:
    """Return the resolution to make, `auto` where the evidence must decide; `gold` is pin id -> class,
    `encoders` are those whose vectors can be read.

    Raises ResolveError for an unknown resolver, or for Snorkel's with fewer than 3 functions.
    """
    if resolver != AUTO and resolver not in RESOLVERS:
        names = ", ".join((AUTO, *RESOLVERS))
        raise ResolveError(f"There is no resolver {resolver!r}; choose {names}.")
    few = len(functions) < MIN_FUNCTIONS
    if resolver in ("snorkel", "snorkel_robust") and few:
        raise ResolveError(
            f"Snorkel's label model needs at least {MIN_FUNCTIONS} functions, and {signal.name} has "
            f"{len(functions)} usable; write more, or resolve with --resolver majority."
        )
    reason = "asked for"
    if resolver == AUTO and few and not gold:
        resolver, reason = "majority", f"only {len(functions)} functions"
    digest = fingerprint(sorted(gold.items())) if gold else ""
    asked = Resolution(
        signal=signal,
        collection=collection,
        functions=functions,
        resolver=resolver,
        reason=reason,
        seed=seed,
        discount=discount,
        gold=digest,
        encoders=encoders if len(gold) >= MIN_TO_LEARN else (),  # nothing reads vectors with fewer
    )
    return asked if resolver == AUTO else _by(asked, resolver)


def _by(planned: Resolution, resolver: str, **more: Any) -> Resolution:
    """Return the plan with its resolver settled; one that ignores gold, or vectors, is the same without
    them."""
    kind = RESOLVERS[resolver]
    gold = "" if kind.answers == "ignores" else planned.gold
    encoders = planned.encoders if kind.reads_vectors else ()
    return replace(planned, resolver=resolver, gold=gold, encoders=encoders, **more)


def settled(planned: Resolution, store: Store) -> Resolution | None:
    """Return the resolution whose model is there already, or None where evidence is needed."""
    if planned.resolver == AUTO:
        if not store.exists(planned.choice_key):
            return None
        choice = store.read_json(planned.choice_key)
        planned = _by(
            planned,
            choice["resolver"],
            reason=choice["reason"],
            compared=tuple(choice["compared"]),
            held_back=planned.by_fold_key if choice["is_held_back"] else "",
        )
    there = planned.resolver == "majority" or store.exists(planned.model_key)
    return planned if there else None


def settle(planned: Resolution, evidence: Evidence, store: Store) -> Resolution:
    """Finish the choice of `auto` and the fitted model; return the resolution.

    Raises ResolveError for a resolver that needs more gold labels than there are.
    """
    resolution = planned
    if planned.resolver == AUTO:
        choice = choose(evidence)
        is_held_back = evidence.answers >= MIN_TO_LEARN and evidence.gold_folds is not None
        resolution = _by(
            planned,
            choice.resolver,
            reason=choice.reason,
            compared=tuple(asdict(judged) for judged in choice.compared),
            held_back=planned.by_fold_key if is_held_back else "",
        )
        if is_held_back:
            store.write_json(planned.by_fold_key, _fit_by_fold(choice.resolver, evidence))
    if resolution.resolver != "majority" and not store.exists(resolution.model_key):
        store.write_json(resolution.model_key, _fit(resolution, evidence))
    if planned.resolver == AUTO:  # last, because it says that the models are there
        value = {name: getattr(resolution, name) for name in ("resolver", "reason", "compared")}
        store.write_json(planned.choice_key, value | {"is_held_back": bool(resolution.held_back)})
    return resolution


def _fit_by_fold(resolver: str, evidence: Evidence) -> dict[str, Any]:
    """Return the resolver without the answers of each fold; nothing for one that learns from none."""
    kind = RESOLVERS[resolver]
    if kind.answers == "ignores":
        return {}
    models = HeldBack(evidence, evidence.gold_folds).models(kind.fit)
    return {str(fold): to_json(model) for fold, model in models.items()}


def _fit(resolution: Resolution, evidence: Evidence) -> dict[str, Any]:
    kind = RESOLVERS[resolution.resolver]
    if kind.answers == "needs" and evidence.answers < MIN_TO_LEARN:
        raise ResolveError(
            f"The resolver {resolution.resolver} needs at least {MIN_TO_LEARN} gold labels on pins "
            f"with votes outside the splits valid and test, and there are {evidence.answers}; import "
            f"some with `labeling gold {resolution.signal.name} {resolution.collection.name} FILE`."
        )
    model = kind.fit(evidence)
    m, k = evidence.functions, evidence.classes
    voted = np.diag(evidence.statistics.overlaps).reshape(m, k)
    found = evidence.label_model
    weights = getattr(model, "weights", None)
    if (
        isinstance(model, CoTrained)
        and evidence.seen is not None
        and evidence.gold_seen is not None
    ):
        pins = SeenPins.joined([evidence.seen, evidence.gold_seen])
        weights = _trusted_share(model.predict_proba_of(pins), pins.votes, np.ones(len(pins.votes)))
    elif weights is None:
        patterns = evidence.patterns
        soft = model.predict_proba(patterns.votes)
        weights = _trusted_share(soft, patterns.votes, patterns.counts)
    return {
        "resolver": resolution.resolver,
        "weights": weights.tolist(),
        "votes": voted.tolist(),  # per function and class
        **to_json(model),
        "label_model": None if found is None else found.to_json(),  # and what it found, for reports
    }


def _trusted_share(soft: np.ndarray, votes: np.ndarray, counts: np.ndarray) -> np.ndarray:
    """Return which share of each function's votes the model takes for right, float64 [m]; NaN for a
    function without votes. `soft` is what the model makes of rows of votes that occur `counts` times."""
    weights = np.full(votes.shape[1], np.nan)
    for j, column in enumerate(votes.T):
        rows = np.flatnonzero(column >= 0)
        if len(rows):
            weights[j] = np.average(soft[rows, column[rows]], weights=counts[rows])
    return weights


def findings(resolution: Resolution, store: Store) -> list[str] | None:
    """Return what the label model found about the functions, a sentence each; None where it was
    not fitted."""
    if resolution.resolver == "majority":
        return None
    found = store.read_json(resolution.model_key)["label_model"]
    return None if found is None else [finding["sentence"] for finding in found["findings"]]


def dependent_pairs(resolution: Resolution, store: Store) -> tuple[np.ndarray, np.ndarray]:
    """Return what Snorkel's resolver does about functions that repeat each other: which pairs it does
    not learn from, bool [m, m], and how much of each function's vote counts, float64 [m]."""
    found = store.read_json(resolution.model_key)["label_model"]
    powers = np.array(found["powers"])
    pairs = np.zeros((len(powers), len(powers)), dtype=bool)
    for i, j in found["dependent"]:
        pairs[i, j] = True
    return pairs, powers


def read_model(resolution: Resolution, store: Store) -> FittedResolver | None:
    """Return the fitted model, or None for majority vote, which has none."""
    if resolution.resolver == "majority":
        return None
    return FittedResolver.from_json(store.read_json(resolution.model_key))


def read_by_fold(resolution: Resolution, store: Store) -> dict[int, FittedResolver]:
    """Return, for each fold with answers, the resolver that learned without these; nothing for one that
    learns from no answers, where these are too few, or where the resolver was asked for."""
    if not resolution.held_back:
        return {}
    found = store.read_json(resolution.held_back)
    return {int(fold): FittedResolver.from_json(value) for fold, value in found.items()}


def soft_by_fold(
    store: Store,
    resolution: Resolution,
    models: Mapping[int, FittedResolver],
    shard: Shard,
    rows: np.ndarray,
) -> dict[int, np.ndarray]:
    """Return the soft labels of some of a shard's pins by each fold's model, float32 [r, k].

    Through soft labels of others an answer reaches what is said of its own pin, so what is to be judged
    by answers has to be learned from these.
    """
    if not models:
        return {}
    r = resolution
    votes = read_votes(store, r.signal, r.functions, r.collection, shard)
    seen = None
    if r.encoders:
        seen = read_seen_pins(store, r.encoders, r.collection, shard, votes).take(rows)
    return {fold: model.predict_proba(votes[rows], seen) for fold, model in models.items()}


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
        soft = soft_labels(self.store, r, r.collection, shard, votes)
        voters = (votes >= 0).sum(axis=1)
        labels, majority = best_class(soft), best_class(shares)
        labels[voters == 0] = -1  # no vote, no label: the class balance is not evidence
        table = pa.table(
            {
                "pin_id": read_pins(self.store, shard, ["pin_id"]).column("pin_id"),
                "soft": list_column(soft.astype(np.float32, copy=False)),
                "label": pa.array(labels, pa.int8()),
                "majority": pa.array(majority, pa.int8()),
                "voters": pa.array(voters, pa.int16()),
            }
        )
        self.store.write_table(r.key(shard), table)


def soft_labels(
    store: Store, resolution: Resolution, collection: Collection, shard: Shard, votes: np.ndarray
) -> np.ndarray:
    """Return what a fitted resolver makes of a shard's votes, float32 [n, k]; the shard may be of
    another collection than it was fitted on."""
    model = read_model(resolution, store)
    if model is None:
        return vote_shares(votes, len(resolution.signal.classes))
    seen = None
    if model.probe is not None:
        seen = read_seen_pins(store, resolution.encoders, collection, shard, votes)
    return model.predict_proba(votes, seen)


def vote_shares(votes: np.ndarray, classes: int) -> np.ndarray:
    """Return each class's share of a pin's votes, float32 [n, k]; equal shares where none voted."""
    return VoteShares(classes=classes).predict_proba(votes)


def gold_labels(store: Store, shard: Shard, gold: Mapping[str, int]) -> np.ndarray:
    """Return the gold labels of a shard's pins, int64 [n], -1 for none; `gold` is pin id -> class."""
    if not gold:
        return np.full(shard.rows, -1, dtype=np.int64)
    ids = read_pins(store, shard, ["pin_id"]).column("pin_id").to_pylist()
    return np.array([gold.get(pin_id, -1) for pin_id in ids], dtype=np.int64)


def is_held_out(pins: pa.Table) -> np.ndarray:
    """Return which pins are in a split of HELD_OUT, bool [n]; the table has the column split."""
    return np.isin(pins.column("split").to_numpy(zero_copy_only=False), HELD_OUT)


def read_splits(store: Store, shard: Shard) -> np.ndarray:
    """Return the split of a shard's pins, str [n]; "" where the pins came without one."""
    return read_pins(store, shard, ["split"]).column("split").to_numpy(zero_copy_only=False)
