"""What becomes of every pin in a dataset version: its split, label and weight, or why it is left out."""

from __future__ import annotations

from collections.abc import Collection as Names
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace

import numpy as np
import pyarrow.compute as pc

from labeling.collection import Shard, read_pins
from labeling.doubts import Doubts
from labeling.evaluation_splits import LEAKING, EvaluationSplits
from labeling.final_labels import GOLD, MODEL, WEAK
from labeling.fingerprints import draws_of
from labeling.list_columns import read_lists
from labeling.recipes import Recipe
from labeling.shards import Store
from labeling.soft_labels import best_class

TRAIN = "train"
PROBE = "probe"
UNFIT = "no class fits, said a reviewer"
UNLABELLED = "no label (uncovered, or a tie)"
SUSPECTED = "label suspected to be wrong"
UNSURE = "less sure than the recipe asks for"
UNAUDITED = "not answered in a random audit, in a split that has such answers"
DUPLICATE = "near-duplicate of a training pin"
UNBALANCED = "left out to balance the classes"
REASONS = (UNFIT, UNLABELLED, SUSPECTED, UNSURE, LEAKING, UNAUDITED, DUPLICATE, UNBALANCED)
"""Why a pin is not in a version; where several hold, the first counts it."""
RULES = {
    WEAK: "label resolved from votes",
    GOLD: "label that people agreed on",
    MODEL: "label by votes and probe together",
    PROBE: "label was suspected: the probe's instead",
}
DOWN_WEIGHTED = "label is suspected: weighs less"
AUDITED = "evaluates by a random audit"
IMPORTED = "evaluates by imported gold"


@dataclass(frozen=True, kw_only=True)
class Curation:
    """What decides beside the doubts."""

    recipe: Recipe
    validation_share: float
    audited: Mapping[str, float] = field(default_factory=dict)
    """Pin id -> the probability with which it came into a random audit, of pins with gold."""
    imported: Names[str] = frozenset()
    """Pins whose gold came from elsewhere than the review queue."""
    unfit: Names[str] = frozenset()
    """Pins of which a reviewer said that no class fits."""

    @property
    def heeding(self) -> Curation:
        """The same, without what people said where the recipe does not ask for it."""
        if self.recipe.gold:
            return self
        return replace(self, audited={}, imported=frozenset(), unfit=frozenset())


@dataclass(frozen=True, kw_only=True)
class CuratedPins:
    """What becomes of the n pins of a shard."""

    ids: list[str]
    groups: list[str]
    labels: np.ndarray
    """int64 [n]; -1 for none."""
    soft: np.ndarray
    """float32 [n, k]."""
    sources: np.ndarray
    """gold, model, weak or probe, object [n]."""
    quality: np.ndarray
    """cleanlab's, of the labels that it judged, float32 [n]; NaN for others."""
    fates: np.ndarray
    """The split, or one of REASONS, object [n]."""
    weights: np.ndarray
    """float32 [n]."""
    inclusion: np.ndarray
    """float32 [n]; NaN where a row is not there to evaluate by what people said."""
    suspected: np.ndarray
    """bool [n]."""

    def rules(self, audited: Mapping[str, float]) -> Iterator[tuple[str, np.ndarray]]:
        """Yield each rule and the rows, bool [n], that came by it."""
        kept = ~np.isin(self.fates, REASONS)
        for source, rule in RULES.items():
            yield rule, kept & (self.sources == source)
        yield DOWN_WEIGHTED, (self.fates == TRAIN) & self.suspected & (self.sources != PROBE)
        by_people = kept & ~np.isnan(self.inclusion)
        drawn = np.array([id in audited for id in self.ids], dtype=bool)
        yield AUDITED, by_people & drawn
        yield IMPORTED, by_people & ~drawn


@dataclass(frozen=True, kw_only=True)
class Curator:
    """Judges shards, once what depends on all of them is known."""

    store: Store
    doubts: Doubts
    curation: Curation
    splits: EvaluationSplits
    stays: Mapping[str, str] = field(default_factory=dict)
    """Group of several training pins -> the one that stays."""
    factors: np.ndarray | None = None
    """What the weights of a class are multiplied with, float [k]."""
    limits: np.ndarray | None = None
    """The largest draw of a weak training row that stays, float [k]."""

    @classmethod
    def survey(cls, store: Store, doubts: Doubts, curation: Curation) -> Curator:
        """Return a curator after one look at all shards, or two where the recipe compares training
        rows with each other. Memory: some bytes for each pin that the recipe compares."""
        curation = curation.heeding
        splits = EvaluationSplits.find(
            store, doubts, curation.validation_share, curation.audited, curation.imported
        )
        first = cls(store=store, doubts=doubts, curation=curation, splits=splits)
        recipe = curation.recipe
        if recipe.near_duplicates == "keep" and recipe.balance == "none":
            return first
        return _compare(first)

    def judge(self, shard: Shard) -> CuratedPins:
        """Return what becomes of a shard's pins."""
        judged = self._judge_alone(shard)
        training = judged.fates == TRAIN
        fates, weights = judged.fates.copy(), judged.weights.copy()
        if self.stays:
            pairs = zip(judged.ids, judged.groups, strict=True)
            twice = np.array([self.stays.get(group, id) != id for id, group in pairs], dtype=bool)
            fates[training & twice] = DUPLICATE
            training &= ~twice
        if self.limits is not None:
            draws = balance_draws(judged.ids)
            over = draws > self.limits[judged.labels]
            fates[training & over & (judged.sources != GOLD)] = UNBALANCED
        if self.factors is not None:
            weights[training] *= self.factors[judged.labels[training]]
        return replace(judged, fates=fates, weights=weights)

    def _judge_alone(self, shard: Shard) -> CuratedPins:
        """Return what becomes of a shard's pins if no other training row matters."""
        recipe, r = self.curation.recipe, self.doubts.resolution
        pins = read_pins(self.store, shard, ["pin_id", "split"])
        ids, given = pins.column("pin_id").to_pylist(), pins.column("split").to_pylist()
        resolved = self.store.read_table(r.key(shard), ["soft", "label"])
        columns = ["probe", "final", "label", "source", "quality"]
        probed = self.store.read_table(self.doubts.probe_key(shard), columns)
        flags = self.store.read_table(self.doubts.flags_key(shard), ["is_issue", "group"])
        groups = flags.column("group").to_pylist()
        by_votes = resolved.column("label").to_numpy()
        labels = probed.column("label").to_numpy().astype(np.int64)
        soft = read_lists(probed.column("final")).copy()
        quality = probed.column("quality").to_numpy().copy()
        sources = np.array(probed.column("source").to_pylist(), dtype=object)
        if not recipe.gold:
            unheard = sources == GOLD
            labels[unheard], sources[unheard] = by_votes[unheard], WEAK
            soft[unheard] = read_lists(resolved.column("soft"))[unheard]

        gold = self.doubts.gold if recipe.gold else {}
        answers = np.array([gold.get(id, -1) for id in ids], dtype=np.int64)
        said = answers >= 0
        labels[said], sources[said] = answers[said], GOLD
        soft[said] = np.eye(soft.shape[1], dtype=np.float32)[answers[said]]
        is_issue = flags.column("is_issue").to_numpy(zero_copy_only=False)
        # what is suspected is the label by votes: one that the model corrected is not
        suspected = is_issue & (labels >= 0) & ~said & (labels == by_votes)
        dropped = suspected if recipe.suspected == "drop" else np.zeros(len(ids), dtype=bool)
        if recipe.suspected == "relabel":
            probe = read_lists(probed.column("probe"))
            opinion = best_class(probe)
            dropped = suspected & (opinion < 0)
            anew = suspected & ~dropped
            labels[anew], soft[anew], sources[anew] = opinion[anew], probe[anew], PROBE
        quality[(sources == GOLD) | (sources == PROBE)] = np.nan

        splits = self.splits.of(ids, given, groups)
        inclusion = self.splits.inclusion(ids, splits)
        confidence = soft.max(axis=1)
        unaudited = np.isin(splits, sorted(self.splits.answered)) & np.isnan(inclusion)
        fates = splits.copy()
        for reason, holds in (
            (UNAUDITED, unaudited),
            (LEAKING, splits == LEAKING),
            (UNSURE, (confidence < recipe.min_confidence) & ~said),
            (SUSPECTED, dropped),
            (UNLABELLED, labels < 0),
            (UNFIT, np.array([id in self.curation.unfit for id in ids], dtype=bool)),
        ):
            fates[holds] = reason

        weights = np.ones(len(ids), dtype=np.float32)
        training = splits == TRAIN
        if recipe.weights == "confidence":
            weights[training] = confidence[training]
        if recipe.suspected == "down-weight":
            weights[training & suspected] *= recipe.suspected_weight
        weights[training & said] = recipe.gold_weight
        by_people = ~np.isnan(inclusion)
        weights[by_people] = 1 / inclusion[by_people]
        return CuratedPins(
            ids=ids,
            groups=groups,
            labels=labels,
            soft=soft,
            sources=sources,
            quality=quality,
            fates=fates,
            weights=weights,
            inclusion=inclusion,
            suspected=suspected,
        )

    def shared_groups(self) -> set[str]:
        """Return the groups that have several pins."""
        shared: set[str] = set()
        for shard in self.doubts.resolution.collection.shards:
            ids = read_pins(self.store, shard, ["pin_id"]).column("pin_id")
            groups = self.store.read_table(self.doubts.flags_key(shard), ["group"]).column("group")
            shared.update(groups.filter(pc.not_equal(ids, groups)).to_pylist())
        return shared


@dataclass
class _TrainingRows:
    """What the rows of one part of the training split are, each array [n]."""

    labels: list[np.ndarray] = field(default_factory=list)
    weights: list[np.ndarray] = field(default_factory=list)
    draws: list[np.ndarray] = field(default_factory=list)
    said: list[np.ndarray] = field(default_factory=list)


def _compare(curator: Curator) -> Curator:
    """Return the curator with what it must know of all training rows together."""
    recipe = curator.curation.recipe
    shared = curator.shared_groups() if recipe.near_duplicates == "collapse" else set()
    best: dict[str, tuple[bool, float]] = {}
    stays: dict[str, str] = {}
    shards = curator.doubts.resolution.collection.shards
    if shared:
        for shard in shards:
            judged = curator._judge_alone(shard)
            for row in np.flatnonzero(judged.fates == TRAIN).tolist():
                group = judged.groups[row]
                if group in shared:
                    rank = (judged.sources[row] == GOLD, float(judged.soft[row].max()))
                    if group not in best or rank > best[group]:
                        best[group], stays[group] = rank, judged.ids[row]
    curator = replace(curator, stays=stays)
    if recipe.balance == "none":
        return curator
    found = _TrainingRows()
    for shard in shards:
        judged = curator.judge(shard)
        rows = np.flatnonzero(judged.fates == TRAIN)
        found.labels.append(judged.labels[rows])
        found.weights.append(judged.weights[rows])
        found.draws.append(balance_draws([judged.ids[row] for row in rows.tolist()]))
        found.said.append(judged.sources[rows] == GOLD)
    labels, weights, draws, said = map(
        np.concatenate, (found.labels, found.weights, found.draws, found.said)
    )
    k = len(curator.doubts.resolution.signal.classes)
    if recipe.balance == "weights":
        return replace(curator, factors=_factors(labels, weights, k))
    return replace(curator, limits=_limits(labels, draws, said, k))


def _factors(labels: np.ndarray, weights: np.ndarray, k: int) -> np.ndarray:
    """Return factors, float [k], by which all classes that occur weigh the same and all rows together
    as much as before."""
    sums = np.bincount(labels, weights=weights, minlength=k)
    there = sums > 0
    factors = np.ones(k)
    factors[there] = sums.sum() / (there.sum() * sums[there])
    return factors


def _limits(labels: np.ndarray, draws: np.ndarray, said: np.ndarray, k: int) -> np.ndarray:
    """Return the largest draw, float [k], by which a class has as many rows as the smallest that
    occurs, or only gold where that alone is more."""
    counts = np.bincount(labels, minlength=k)
    wanted = counts[counts > 0].min(initial=len(labels))
    limits = np.full(k, np.inf)
    for label in np.flatnonzero(counts > wanted):
        own = labels == label
        room = max(int(wanted - (own & said).sum()), 0)
        limits[label] = np.sort(draws[own & ~said])[room - 1] if room else -1.0
    return limits


def balance_draws(ids: list[str]) -> np.ndarray:
    """Return a number of each pin's own between 0 and 1, float64 [n]: other than the one by which pins
    come into samples for fitting."""
    return draws_of(f"balance\x1f{id}" for id in ids)
