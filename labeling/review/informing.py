"""What pins are worth asking about: why, how much, and how alike they are.

Of many pins a sample of each reason is looked at, drawn by what each is worth, in which those drawn
count for all (priority sampling: Duffield, Lund & Thorup, "Priority sampling for estimation of arbitrary
subset sums", JACM 2007).
"""

from __future__ import annotations

import heapq
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import zip_longest

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

ROOM, LEAST_ROOM = 4, 666
"""Pins in the sample of a reason for each pin wanted, as one reason may have all, and at least."""
WORTH = {CONTRADICTED: 0.5, SUSPECTED: 0.25}
"""What these reasons add: sure labels that are wrong are invisible to uncertainty."""


@dataclass(frozen=True, kw_only=True, order=True)
class Informative:
    """A pin whose answer would tell something."""

    rank: float
    """Its worth, times its luck: those of highest rank are the sample."""
    pin_id: str
    worth: float = field(compare=False)
    """With what the pins that were not drawn are worth."""
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
    worth: Mapping[str, float]
    """Reason -> what all its pins are worth together."""


def informative(
    store: Store,
    doubts: Doubts,
    count: int,
    answered: Mapping[str, str],
    done: Collection[str],
    *,
    seed: int,
) -> tuple[list[Informative], Known]:
    """Return a sample of the pins to ask about, of all reasons in turn, and what earlier answers tell.

    answered: pin id -> why it was asked; done: pins that are not to be asked again. Where several
    reasons hold, the first names a pin; held-out splits are never asked.
    """
    room = max(ROOM * count, LEAST_ROOM)
    drawn: dict[str, list[Informative]] = {reason: [] for reason in REASONS}
    worth = dict.fromkeys(REASONS, 0.0)
    vectors: list[np.ndarray] = []
    asked, corrected = dict.fromkeys(REASONS, 0), dict.fromkeys(REASONS, 0)
    for shard in doubts.resolution.collection.shards:
        looked = _Looked.at(store, doubts, shard, seed)
        for row in looked.rows_of(doubts.gold):
            vectors.append(looked.vectors[row].copy())
            reason = answered.get(looked.ids[row], "")
            if reason in asked:
                asked[reason] += 1
                corrected[reason] += int(looked.unaided[row] != doubts.gold[looked.ids[row]])
        left = ~looked.held_out & ~np.array([id in done for id in looked.ids], dtype=bool)
        for number, (reason, so_far) in enumerate(drawn.items()):
            least = so_far[room].rank if len(so_far) > room else 0.0
            rows = np.flatnonzero(left & (looked.reasons == number))
            worth[reason] += float(looked.worth[rows].sum())
            new = [looked.informative(row) for row in rows[looked.ranks[rows] >= least].tolist()]
            drawn[reason] = heapq.nlargest(room + 1, [*so_far, *new])
    width = len(vectors[0]) if vectors else 0
    known = Known(
        vectors=np.array(vectors, dtype=np.float32).reshape(len(vectors), width),
        asked=asked,
        corrected=corrected,
        worth=worth,
    )
    turns = zip_longest(*(as_sample(part, room) for part in drawn.values()))
    return [pin for turn in turns for pin in turn if pin is not None], known


def as_sample(drawn: Sequence[Informative], room: int) -> list[Informative]:
    """Return the first `room` pins, each worth as much as it stands for. `drawn` are the pins of highest
    rank, highest first, with the one that follows where there is one."""
    least = drawn[room].rank if len(drawn) > room else 0.0
    return [replace(pin, worth=max(pin.worth, least)) for pin in drawn[:room]]


@dataclass(frozen=True, kw_only=True)
class _Looked:
    """A shard's n pins."""

    ids: list[str]
    groups: list[str]
    held_out: np.ndarray
    reasons: np.ndarray
    """int [n]: which of REASONS holds, the first where several do; -1 for none."""
    worth: np.ndarray
    ranks: np.ndarray
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
        holds = np.array([masks[reason] for reason in REASONS])
        views = [read_vectors(store, encoder, r.collection, shard) for encoder in doubts.encoders]
        ids = pins.column("pin_id").to_pylist()
        return cls(
            ids=ids,
            groups=flags.column("group").to_pylist(),
            held_out=is_held_out(pins),
            reasons=np.where(holds.any(axis=0), holds.argmax(axis=0), -1),
            worth=worth,
            ranks=worth * lucks(ids, seed),
            unaided=found.column("unaided").to_numpy(),
            vectors=side_by_side(views).astype(np.float32),
        )

    def rows_of(self, ids: Collection[str]) -> Iterator[int]:
        """Yield the rows of some pins."""
        return (row for row, id in enumerate(self.ids) if id in ids)

    def informative(self, row: int) -> Informative:
        """Return a pin as it is compared with others."""
        return Informative(
            rank=float(self.ranks[row]),
            worth=float(self.worth[row]),
            pin_id=self.ids[row],
            reason=REASONS[self.reasons[row]],
            group=self.groups[row],
            vector=self.vectors[row].copy(),  # else it would hold all of the shard's
        )


def lucks(ids: Sequence[str], seed: int) -> np.ndarray:
    """Return what the worth of pins is multiplied with, float64 [n], each pin's own: one over a number
    drawn from 0 to 1."""
    draws = draws_of(f"choice\0{seed}\0{id}" for id in ids)
    return np.asarray(1 / (draws + 0.5 / 2**64))
