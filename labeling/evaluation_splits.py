"""Which pins of a dataset version train and which evaluate: decided by groups of near-duplicates, so
that none crosses; what people said without bias is what evaluates, where there is any."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection as Names
from collections.abc import Mapping
from dataclasses import dataclass, field, replace

import numpy as np

from labeling.collection import read_pins
from labeling.doubts import Doubts
from labeling.fingerprints import fingerprint
from labeling.shards import Store

SPLIT_NAMES = {"valid": "validation", "test": "test"}
"""As pins say it -> as versions do."""
SPLIT_ORDER = ("train", "validation", "test")
LEAKING = "near-duplicate of a pin in another split"
MOST_AUDITED = 0.25
"""Of the pins that would train, those that audits may take into evaluation, near-duplicates included: of
a small collection they would take most."""
ENOUGH = 60
"""Audited pins that may evaluate in any case: half of them do so in test, where 30 are the least that
judge a model."""


@dataclass(frozen=True, kw_only=True)
class EvaluationSplits:
    """The splits of a collection's pins."""

    held: Mapping[str, str]
    """Group with a pin that evaluates -> its split."""
    share: float
    """Of the other groups, those that go to validation."""
    audited: Mapping[str, float]
    imported: Names[str]
    answered: frozenset[str] = field(default_factory=frozenset)
    """Splits with a row that people answered without bias."""

    @classmethod
    def find(
        cls,
        store: Store,
        doubts: Doubts,
        share: float,
        audited: Mapping[str, float],
        imported: Names[str],
    ) -> EvaluationSplits:
        """Return the splits after one look at all shards.

        A pin keeps the split that it came with; test goes before validation. A pin that was drawn for
        an audit evaluates, in the split that its group's hash says; where these and their groups are
        more than MOST_AUDITED, so many of the groups by another hash, with ENOUGH audited pins, and the
        others train. Of the groups without one a share goes to validation, by a hash, unless the
        collection has a valid split. So a pin's split stays as versions come, but for a pin that an
        audit draws out of training, and some that go back as others are drawn.
        """
        given: dict[str, str] = {}
        drawn: Counter[str] = Counter()
        others: Counter[str] = Counter()  # of a group, beside its first pin: most are alone
        free = 0.0
        answered: list[tuple[str, str, str]] = []
        has_valid = False
        for shard in doubts.resolution.collection.shards:
            pins = read_pins(store, shard, ["pin_id", "split"])
            table = store.read_table(doubts.flags_key(shard), ["group"])
            for id, split, group in zip(
                pins.column("pin_id").to_pylist(),
                pins.column("split").to_pylist(),
                table.column("group").to_pylist(),
                strict=True,
            ):
                if split in SPLIT_NAMES:
                    has_valid = has_valid or split == "valid"
                    if given.get(group) != "test":
                        given[group] = SPLIT_NAMES[split]
                else:
                    free += 1
                if group != id:
                    others[group] += 1
                if id in audited:
                    drawn[group] += 1
                if id in audited or id in imported:
                    answered.append((id, split, group))
        share = 0.0 if has_valid else share
        sizes = {g: 1 + others[g] for g in drawn if g not in given and _trains(g, share)}
        evaluating = _not_too_many(drawn, sizes, free * (1 - share))
        held = {group: audit_split(group, share) for group in evaluating} | given
        found = cls(held=held, share=share, audited=audited, imported=imported)
        if not answered:
            return found
        ids, splits, groups = map(list, zip(*answered, strict=True))
        found_in = set(found.of(ids, splits, groups))
        return replace(found, answered=frozenset(found_in & set(SPLIT_NAMES.values())))

    def of(self, ids: list[str], given: list[str], groups: list[str]) -> np.ndarray:
        """Return where each pin is published, object [n]: a split, or LEAKING."""
        return np.array(
            [self._of(*pin) for pin in zip(ids, given, groups, strict=True)], dtype=object
        )

    def _of(self, id: str, given: str, group: str) -> str:
        if group in self.held:
            own = SPLIT_NAMES.get(given)
            if own is None and id in self.audited:
                own = audit_split(group, self.share)
            return self.held[group] if own == self.held[group] else LEAKING
        return "train" if _trains(group, self.share) else "validation"

    def inclusion(self, ids: list[str], splits: np.ndarray) -> np.ndarray:
        """Return the probability, float32 [n], with which each pin came among those that evaluate by
        what people said: 1 for imported gold; NaN for all other pins."""
        evaluates = np.isin(splits, list(SPLIT_NAMES.values()))
        known = [self.audited.get(id, 1.0 if id in self.imported else np.nan) for id in ids]
        return np.where(evaluates, np.array(known, dtype=np.float32), np.float32("nan"))


def audit_split(group: str, share: float) -> str:
    """Return where the audited pins of a group evaluate: where its other pins do already, else in
    either split."""
    if not _trains(group, share) or _hash("audit", group) < 0.5:
        return "validation"
    return "test"


def _not_too_many(drawn: Mapping[str, int], sizes: Mapping[str, int], free: float) -> set[str]:
    """Return the groups of audited pins that evaluate. Which are chosen hangs on no label, so what they
    say of a model has no bias.

    drawn: group -> its audited pins; sizes: group -> its pins, of those groups that would train;
    free: pins that would train in all.
    """
    if not sizes:
        return set(drawn)
    audited = sum(drawn[group] for group in sizes)
    share = max(MOST_AUDITED * free / sum(sizes.values()), ENOUGH / audited)
    return {group for group in drawn if group not in sizes or _hash("evaluates", group) < share}


def _trains(group: str, share: float) -> bool:
    """Whether a group trains where nothing else is known of it."""
    return _hash("split", group) >= share


def _hash(purpose: str, group: str) -> float:
    return int(fingerprint(purpose, group), 16) / 16**12
