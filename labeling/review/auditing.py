"""The random audit: a share of every batch is drawn by chance, so that answers tell of all pins.

What else is asked is asked because it is doubtful, and says nothing of the rest. Each pin has one
random number for good, by its id and the seed (permanent random numbers: Ohlsson, "Coordination of
samples using permanent random numbers", 1995), and the sample is the pins with the smallest. So it
grows and never changes, whatever is imported, answered or chosen meanwhile, and a pin that was answered
for another reason serves the audit, too, once its number's turn comes.
"""

from __future__ import annotations

import heapq
from collections.abc import Collection, Iterator
from dataclasses import dataclass

import numpy as np

from labeling.collection import read_pins
from labeling.doubts import Doubts
from labeling.fingerprints import draw_of
from labeling.resolving import is_held_out
from labeling.review.tasks import AUDIT, Candidate
from labeling.shards import Store

STRATUM = "all"
"""The sample is drawn from all pins that are not held out, as one stratum."""


def number_of(pin_id: str, seed: int) -> float:
    """Return a pin's permanent random number, 0 to 1."""
    return draw_of(f"audit\0{seed}\0{pin_id}") / 2**64


@dataclass(frozen=True, kw_only=True, order=True)
class Numbered:
    """A pin of the frame by its number."""

    number: float
    pin_id: str
    group: str


def draw(
    store: Store, doubts: Doubts, count: int, *, seed: int, asked: Collection[str] = ()
) -> list[Candidate]:
    """Return the next `count` pins of the sample that nobody was asked about, in its order.

    `inclusion` is the probability with which a pin came into the sample up to the last of them.
    """
    known = set(asked)
    sizes: list[int] = []
    smallest = heapq.nsmallest(count + len(known), _frame(store, doubts, seed, sizes))
    rows = [row for row, pin in enumerate(smallest) if pin.pin_id not in known][:count]
    if not rows:
        return []
    inclusion = (rows[-1] + 1) / sum(sizes)
    return [
        Candidate(
            priority=round(1 - smallest[row].number, 6),
            pin_id=smallest[row].pin_id,
            reason=AUDIT,
            group=smallest[row].group,
            inclusion=inclusion,
            stratum=STRATUM,
        )
        for row in rows
    ]


def _frame(store: Store, doubts: Doubts, seed: int, sizes: list[int]) -> Iterator[Numbered]:
    """Yield all pins that are not held out; add to `sizes` how many each shard has."""
    for shard in doubts.resolution.collection.shards:
        pins = read_pins(store, shard, ["pin_id", "split"])
        groups = store.read_table(doubts.flags_key(shard), ["group"]).column("group").to_pylist()
        held_out = is_held_out(pins)
        ids = pins.column("pin_id").to_pylist()
        rows = np.flatnonzero(~held_out).tolist()
        sizes.append(len(rows))
        for row in rows:
            yield Numbered(number=number_of(ids[row], seed), pin_id=ids[row], group=groups[row])
