"""The random audit's answers, and how many pins each stands for.

A pin with a number up to the last one that was answered is in the sample (`labeling.review.auditing`),
whatever it was asked for. Each answer stands for its share of the pins that came with it: pins that were
imported later were asked later, so answers on older ones say nothing of them (post-stratification, by
arrival: Holt & Smith 1979). Pins whose gold came from elsewhere stand for themselves alone.
"""

from __future__ import annotations

from collections.abc import Collection as Names
from collections.abc import Mapping
from dataclasses import dataclass, field

import pyarrow as pa
import pyarrow.compute as pc
from sqlalchemy import select

from labeling.collection import Collection, Shard, read_pins
from labeling.database import Database
from labeling.gold import read_imported
from labeling.resolving import is_held_out
from labeling.review.auditing import number_of
from labeling.review.tasks import AUDIT
from labeling.shards import Store
from labeling.tables import ReviewTaskRow

FEWEST = 20
"""Pins that the audit should have drawn of shards that are taken as arrived together."""


@dataclass(frozen=True, kw_only=True)
class AuditSample:
    """The pins of a collection that judge all of it."""

    last: float
    """The largest number that was answered; the sample goes so far. -1 where none was."""
    audited: Mapping[str, float] = field(default_factory=dict)
    """Pin id -> the share of the pins like it that was answered, above 0 and at most 1."""
    imported: Names[str] = frozenset()
    """Pins whose gold came from elsewhere."""
    frame: int = 0
    """Pins that could be drawn, or have imported gold."""
    unknown: int = 0
    """Of those, how many came in imports of which nothing was answered yet."""

    def weight(self, pin_id: str) -> float:
        """Return how many pins one of the sample stands for; 0 for other pins."""
        if pin_id in self.audited:
            return 1 / self.audited[pin_id]
        return float(pin_id in self.imported)


@dataclass
class _Arrived:
    """Shards of pins that came one after another."""

    pins: int = 0
    answered: list[str] = field(default_factory=list)


def read_audit(
    store: Store,
    database: Database,
    signal: str,
    collection: Collection,
    gold: Names[str],
    *,
    seed: int,
) -> AuditSample:
    """Return the sample; `gold` are the ids of pins that people agreed on."""
    imported = read_imported(database, signal, collection.name) & set(gold)
    last = last_number(database, signal, collection.name, gold, seed=seed)
    if last < 0:
        return AuditSample(last=last, imported=imported)
    parts = [_Arrived()]
    frame = 0
    known = pa.array(sorted(gold), pa.string())
    for shard in collection.shards:
        ids, pins = _of_frame(store, shard, known)
        own = [id for id in ids if id not in imported]
        frame += pins
        parts[-1].pins += pins - (len(ids) - len(own))
        parts[-1].answered += [id for id in own if number_of(id, seed) <= last]
        if parts[-1].pins * last >= FEWEST:
            parts.append(_Arrived())
    return AuditSample(
        last=last,
        audited={id: len(part.answered) / part.pins for part in parts for id in part.answered},
        imported=imported,
        frame=frame,
        unknown=sum(part.pins for part in parts if not part.answered),
    )


def _of_frame(store: Store, shard: Shard, known: pa.Array) -> tuple[list[str], int]:
    """Return which of some pins are in a shard and not held out, and how many pins there are not."""
    pins = read_pins(store, shard, ["pin_id", "split"])
    free = ~is_held_out(pins)
    there = pc.is_in(pins.column("pin_id"), known).to_numpy() & free
    return pins.column("pin_id").filter(pa.array(there)).to_pylist(), int(free.sum())


def last_number(
    database: Database, signal: str, collection: str, gold: Names[str], *, seed: int
) -> float:
    """Return the largest number among audit tasks that were answered and whose pin has gold: the sample
    goes so far. -1 where there is none."""
    with database.reading() as session:
        audits = session.scalars(
            select(ReviewTaskRow.pin_id)
            .where(ReviewTaskRow.signal == signal, ReviewTaskRow.answered > 0)
            .where(ReviewTaskRow.collection == collection, ReviewTaskRow.reason == AUDIT)
        ).all()
    return max((number_of(id, seed) for id in audits if id in gold), default=-1.0)
