"""What pins are worth asking about: why, how much, and how alike they are.

Pins are drawn by chance, with weights that grow with what they are worth: the pins of highest worth
alone are all alike, and mislead what learns from them (power acquisition: Kirsch et al., "Stochastic
Batch Acquisition", TMLR 2023).
"""

from __future__ import annotations

import heapq
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from labeling.collection import Shard, read_pins
from labeling.doubts import Doubts
from labeling.encoders import read_vectors
from labeling.fingerprints import draws_of
from labeling.list_columns import read_lists
from labeling.pins import side_by_side
from labeling.resolving import is_held_out
from labeling.review.tasks import (
    CONFLICTING,
    CONTRADICTED,
    DISAGREEING,
    REASONS,
    SUSPECTED,
    UNCERTAIN,
    UNCOVERED,
)
from labeling.shards import Store
from labeling.soft_labels import disagreeing, entropy, uncertain
from labeling.votes import conflicting, read_votes

ROOM = 6
"""Pins looked at per reason and pin wanted: most fall out as too much like others."""
WORTH = {CONTRADICTED: 0.5, SUSPECTED: 0.25}
"""What these reasons add: sure labels that are wrong are invisible to uncertainty."""
POWER = 2.0
"""Of the worth in a pin's weight. Measured with 100 answers: with 1 and 5 fewer labels were right on
youtube, with no chance at all fewer on youtube and yoruba."""


@dataclass(frozen=True, kw_only=True, order=True)
class Informative:
    """A pin whose answer would tell something."""

    rank: float
    """Its worth, times its luck."""
    worth: float = field(compare=False)
    pin_id: str
    reason: str = field(compare=False)
    group: str = field(compare=False)
    vector: np.ndarray = field(compare=False)
    """float32 [d], unit length; zeros where nothing is seen."""


@dataclass(frozen=True, kw_only=True)
class Known:
    """What earlier answers tell of the next choice."""

    vectors: np.ndarray
    """float32 [a, d]: of answered pins."""
    asked: Mapping[str, int]
    """Reason -> answers."""
    corrected: Mapping[str, int]
    """Reason -> answers that differ from what the label would be without them."""
    errors: Mapping[str, float]
    """Reason -> how many labels the model itself expects to be wrong among its pins."""


def informative(
    store: Store,
    doubts: Doubts,
    count: int,
    answered: Mapping[str, str],
    done: Collection[str],
    *,
    seed: int,
) -> tuple[dict[str, list[Informative]], Known]:
    """Return by reason the pins to ask about, drawn by what they are worth, the first to ask first, and
    what earlier answers tell.

    answered: pin id -> why it was asked; done: pins that are not to be asked again. Where several
    reasons hold, the first names a pin; held-out splits are never asked.
    """
    best: dict[str, list[Informative]] = {reason: [] for reason in REASONS}
    vectors: list[np.ndarray] = []
    asked, corrected, errors = ({reason: 0.0 for reason in REASONS} for _ in range(3))
    for shard in doubts.resolution.collection.shards:
        looked = _Looked.at(store, doubts, shard, seed)
        for row in looked.rows_of(doubts.gold):
            vectors.append(looked.vectors[row])
            reason = answered.get(looked.ids[row], "")
            if reason in asked:
                asked[reason] += 1
                corrected[reason] += looked.unaided[row] != doubts.gold[looked.ids[row]]
        left = ~looked.held_out & np.array([id not in done for id in looked.ids], dtype=bool)
        for reason, mask in looked.masks.items():
            rows = np.flatnonzero(mask & left)
            errors[reason] += float(looked.expected_error[rows].sum())
            for row in rows[np.argsort(-looked.ranks[rows], kind="stable")][: ROOM * count]:
                pin = looked.informative(int(row), reason)
                heap = best[reason]
                if len(heap) < ROOM * count:
                    heapq.heappush(heap, pin)
                elif pin > heap[0]:
                    heapq.heapreplace(heap, pin)
            left &= ~mask
    width = len(vectors[0]) if vectors else 0
    known = Known(
        vectors=np.array(vectors, dtype=np.float32).reshape(len(vectors), width),
        asked={reason: int(number) for reason, number in asked.items()},
        corrected={reason: int(number) for reason, number in corrected.items()},
        errors=errors,
    )
    return {reason: sorted(heap, reverse=True) for reason, heap in best.items()}, known


@dataclass(frozen=True, kw_only=True)
class _Looked:
    """A shard's n pins."""

    ids: list[str]
    groups: list[str]
    held_out: np.ndarray
    masks: dict[str, np.ndarray]
    worth: np.ndarray
    ranks: np.ndarray
    expected_error: np.ndarray
    unaided: np.ndarray
    vectors: np.ndarray

    @classmethod
    def at(cls, store: Store, doubts: Doubts, shard: Shard, seed: int) -> _Looked:
        r = doubts.resolution
        pins = read_pins(store, shard, ["pin_id", "split"])
        resolved = store.read_table(r.key(shard), ["soft", "label"])
        found = store.read_table(doubts.probe_key(shard), ["probe", "final", "unaided"])
        flags = store.read_table(doubts.flags_key(shard), ["is_issue", "contradicted", "group"])
        is_issue, contradicted = (
            flags.column(name).to_numpy(zero_copy_only=False)
            for name in ("is_issue", "contradicted")
        )
        votes = read_votes(store, r.signal, r.functions, r.collection, shard)
        covered = np.asarray((votes >= 0).any(axis=1))
        soft, probe = (
            read_lists(column) for column in (resolved.column("soft"), found.column("probe"))
        )
        final = read_lists(found.column("final"))
        both = np.where(covered[:, None], (soft + probe) / 2, probe)
        unlike = np.where(
            covered, entropy(both) - (entropy(soft) + entropy(probe)) / 2, 0.0
        )  # Jensen-Shannon
        labels = resolved.column("label").to_numpy()
        worth = entropy(np.where(covered[:, None], (both + final) / 2, both)) + unlike
        masks = {
            CONTRADICTED: contradicted,
            SUSPECTED: is_issue,
            CONFLICTING: conflicting(votes),
            UNCERTAIN: covered & uncertain(soft),
            DISAGREEING: covered & disagreeing(labels, probe),
            UNCOVERED: ~covered,
        }
        for reason, more in WORTH.items():
            worth = worth + more * masks[reason]
        views = [read_vectors(store, encoder, r.collection, shard) for encoder in doubts.encoders]
        ids = pins.column("pin_id").to_pylist()
        return cls(
            ids=ids,
            groups=flags.column("group").to_pylist(),
            held_out=is_held_out(pins),
            masks=masks,
            worth=worth,
            ranks=worth * lucks(ids, seed),
            expected_error=1 - both.max(axis=1),
            unaided=found.column("unaided").to_numpy(),
            vectors=side_by_side(views).astype(np.float32),
        )

    def rows_of(self, ids: Collection[str]) -> Iterator[int]:
        """Yield the rows of some pins."""
        return (row for row, id in enumerate(self.ids) if id in ids)

    def informative(self, row: int, reason: str) -> Informative:
        """Return a pin as it is compared with others."""
        return Informative(
            rank=round(float(self.ranks[row]), 6),
            worth=float(self.worth[row]),
            pin_id=self.ids[row],
            reason=reason,
            group=self.groups[row],
            vector=self.vectors[row],
        )


def lucks(ids: Sequence[str], seed: int) -> np.ndarray:
    """Return what the worth of pins is multiplied with, float64 [n], each pin's own: those with the
    highest products are a sample without replacement, with weights worth ** POWER (Efraimidis &
    Spirakis, "Weighted random sampling with a reservoir", 2006)."""
    draws = draws_of(f"choice\0{seed}\0{id}" for id in ids)
    return np.asarray(-np.log(draws + 0.5 / 2**64)) ** (-1 / POWER)
