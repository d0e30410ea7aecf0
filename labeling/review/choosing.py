"""Choosing the pins that people should decide on."""

from __future__ import annotations

import heapq
from collections.abc import Iterable

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
from sqlalchemy import select

from labeling.collection import Shard, load_collection, read_pins
from labeling.database import Database
from labeling.doubts import Doubts
from labeling.resolving import HELD_OUT, read_probabilities
from labeling.review.tasks import (
    CONFLICTING,
    CONTRADICTED,
    DISAGREEING,
    REASONS,
    SUSPECTED,
    UNCERTAIN,
    UNCOVERED,
    Candidate,
)
from labeling.shards import Store
from labeling.tables import ReviewTaskRow
from labeling.votes import conflicting, read_votes


def choose(store: Store, doubts: Doubts, count: int) -> list[Candidate]:
    """Return the `count` most informative pins: contradictions first, then the most doubtful.

    Each reason gets an equal share where it has pins enough, so no single kind of doubt crowds out
    the others; of a group of near-duplicates one pin is asked; held-out splits are never asked.
    """
    best: dict[str, list[Candidate]] = {reason: [] for reason in REASONS}
    room = count * 3  # some fall out as near-duplicates
    for shard in doubts.resolution.collection.shards:
        for candidate in _candidates(store, doubts, shard):
            heap = best[candidate.reason]
            if len(heap) < room:
                heapq.heappush(heap, candidate)
            elif heap and candidate > heap[0]:
                heapq.heapreplace(heap, candidate)
    return _share_out({reason: sorted(heap, reverse=True) for reason, heap in best.items()}, count)


def _share_out(best: dict[str, list[Candidate]], count: int) -> list[Candidate]:
    """Take from the reasons in turn until there are enough."""
    chosen: list[Candidate] = []
    groups: set[str] = set()
    lines = [iter(best[reason]) for reason in REASONS]
    while lines and len(chosen) < count:
        for line in list(lines):
            found = next((c for c in line if c.group not in groups), None)
            if found is None:
                lines.remove(line)
            elif len(chosen) < count:
                chosen.append(found)
                groups.add(found.group)
    return sorted(chosen, reverse=True)


def _candidates(store: Store, doubts: Doubts, shard: Shard) -> Iterable[Candidate]:
    r = doubts.resolution
    pins = read_pins(store, shard, ["pin_id", "split"])
    soft_table = store.read_table(r.key(shard), ["soft", "label"])
    probe_table = store.read_table(doubts.probe_key(shard), ["probe", "quality"])
    flags = store.read_table(doubts.flags_key(shard), ["is_issue", "contradicted", "group"])
    soft = read_probabilities(soft_table.column("soft"))
    probe = read_probabilities(probe_table.column("probe"))
    labels = soft_table.column("label").to_numpy()
    is_issue, contradicted = (
        flags.column(name).to_numpy(zero_copy_only=False) for name in ("is_issue", "contradicted")
    )
    votes = read_votes(store, r.signal, r.functions, r.collection, shard)
    entropy = -(soft * np.log(np.maximum(soft, 1e-9))).sum(axis=1) / np.log(soft.shape[1])
    rows = np.arange(len(labels))
    doubt = 1 - probe[rows, np.maximum(labels, 0)]
    probe_entropy = -(probe * np.log(np.maximum(probe, 1e-9))).sum(axis=1) / np.log(soft.shape[1])
    disagrees = probe.argmax(axis=1) != labels
    covered = (votes >= 0).any(axis=1)
    masks = {
        CONTRADICTED: (contradicted, 1 + doubt),
        SUSPECTED: (is_issue, doubt),
        CONFLICTING: (conflicting(votes), entropy),
        UNCERTAIN: (covered & (entropy > 0.5), entropy),
        DISAGREEING: (covered & disagrees, doubt),
        UNCOVERED: (~covered, probe_entropy),
    }
    held_out = np.isin(pins.column("split").to_numpy(zero_copy_only=False), HELD_OUT)
    ids, groups = pins.column("pin_id").to_pylist(), flags.column("group").to_pylist()
    left = ~held_out
    for reason in REASONS:
        mask, priority = masks[reason]
        for row in np.flatnonzero(mask & left).tolist():
            yield Candidate(
                priority=round(float(priority[row]), 6),
                pin_id=ids[row],
                reason=reason,
                group=groups[row],
            )
        left = left & ~mask


def open_tasks(store: Store, database: Database, signal: str, collection: str) -> pd.DataFrame:
    """Return the open tasks, most doubtful first: priority, reason, pin_id and the pin's text."""
    with database.reading() as session:
        rows = session.execute(
            select(ReviewTaskRow.priority, ReviewTaskRow.reason, ReviewTaskRow.pin_id)
            .where(ReviewTaskRow.signal == signal, ReviewTaskRow.collection == collection)
            .where(ReviewTaskRow.status == "open")
            .order_by(ReviewTaskRow.priority.desc(), ReviewTaskRow.pin_id)
        ).all()
    tasks = pd.DataFrame(rows, columns=["priority", "reason", "pin_id"])
    columns = ["pin_id", "title", "description", "link", "board"]
    parts = [
        read_pins(store, shard, columns).filter(
            pc.is_in(pc.field("pin_id"), pa.array(tasks["pin_id"]))
        )
        for shard in load_collection(store, collection).shards
    ]
    pins = pa.concat_tables(parts).to_pandas()
    return tasks.merge(pins, on="pin_id", how="left")
