"""Choosing the pins that people should decide on.

Every batch has a random audit (`labeling.review.auditing`); the rest goes to the pins that tell most of
all that is doubtful (`labeling.review.covering`). What is doubtful for a reason whose answers often
corrected a label counts for more.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import islice
from typing import Any

import numpy as np
from sqlalchemy import select

from labeling.database import Database
from labeling.doubts import Doubts
from labeling.review import auditing
from labeling.review.covering import Cover
from labeling.review.informing import Informative, Known, informative
from labeling.review.tasks import AUDIT, Candidate
from labeling.shards import Store
from labeling.tables import ReviewTaskRow

AUDIT_SHARE = 0.2
LEAST = 0.05
"""No reason with pins weighs less than this share of all: what it is worth may be underrated."""
TINY = 1e-9
IMAGINED = 4.0
"""Answers that each reason is imagined to have beside its own, as often corrected as all are."""


def choose(
    store: Store,
    database: Database,
    doubts: Doubts,
    count: int,
    *,
    seed: int = 0,
    audit_share: float = AUDIT_SHARE,
) -> list[Candidate]:
    """Return the `count` pins to ask about, the first to ask first; equal inputs, equal choice.

    A share is the random audit, spread evenly, so that whoever answers the first part of the queue
    answers that share of it. Pins with gold or an answer are not asked again (see `reasking`); those
    that wait for a reviewer and held-out splits are never asked.
    """
    signal, collection = doubts.resolution.signal.name, doubts.resolution.collection.name
    tasks = _known_tasks(database, signal, collection)
    answered = {id: task.reason for id, task in tasks.items() if task.answered}
    done = doubts.gold.keys() | answered.keys()
    waiting = sum(
        t.reason == AUDIT and t.status == "open" for t in tasks.values() if not t.answered
    )
    audits = min(count, max(round(count * audit_share), waiting))
    passed = done | _disputed(tasks)
    drawn = auditing.draw(store, doubts, audits, seed=seed, asked=passed)
    taken = passed | {candidate.pin_id for candidate in drawn}
    rest = count - len(drawn)
    pins, known = informative(store, doubts, rest, answered, taken, seed=seed)
    told = islice(_telling(pins, known, {c.group for c in drawn}), rest)
    return ranked(_interleaved(drawn, list(told)))


def draw(
    store: Store, database: Database, doubts: Doubts, count: int, *, seed: int = 0
) -> list[Candidate]:
    """Return `count` pins by chance alone: what choosing has to beat."""
    tasks = _known_tasks(database, doubts.resolution.signal.name, doubts.resolution.collection.name)
    asked = doubts.gold.keys() | {id for id, task in tasks.items() if task.answered}
    passed = asked | _disputed(tasks)
    return ranked(auditing.draw(store, doubts, count, seed=seed, asked=passed))


def heaviness(known: Known) -> dict[str, float]:
    """Return by reason what the worth of its pins is multiplied with: as its answers corrected a label
    more often than all did, and so that no reason weighs less than LEAST of all."""
    overall = (sum(known.corrected.values()) + 1) / (sum(known.asked.values()) + 2)
    least = LEAST * sum(known.worth.values())
    found = {}
    for reason, worth in known.worth.items():
        paid = (known.corrected[reason] / overall + IMAGINED) / (known.asked[reason] + IMAGINED)
        found[reason] = paid * max(worth, least) / max(worth, TINY)
    return found


def ranked(candidates: Iterator[Candidate] | Sequence[Candidate]) -> list[Candidate]:
    """Return the candidates with priorities that keep their order."""
    chosen = list(candidates)
    return [
        replace(candidate, priority=round(1 - place / len(chosen), 6))
        for place, candidate in enumerate(chosen)
    ]


def _telling(pins: Sequence[Informative], known: Known, groups: set[str]) -> Iterator[Candidate]:
    """Yield pins, first what tells most beside what was answered or chosen; of near-duplicates one."""
    if not pins:
        return
    weights = heaviness(known)
    cover = Cover(
        worth=np.array([pin.worth * weights[pin.reason] for pin in pins]),
        groups=[pin.group for pin in pins],
        vectors=np.array([pin.vector for pin in pins]),
        known=known.vectors,
    )
    seen = set(groups)
    while (row := cover.next(seen)) is not None:
        pin = pins[row]
        seen.add(pin.group)
        yield Candidate(priority=pin.rank, pin_id=pin.pin_id, reason=pin.reason, group=pin.group)


def _interleaved(drawn: Sequence[Candidate], told: Sequence[Candidate]) -> Iterator[Candidate]:
    """Yield both, the drawn ones spread evenly, in their order."""
    total = len(drawn) + len(told)
    audits, others = iter(drawn), iter(told)
    done = 0
    for place in range(total):
        if (place + 1) * len(drawn) // total > done:
            done += 1
            yield next(audits)
        else:
            yield next(others)


def _known_tasks(database: Database, signal: str, collection: str) -> dict[str, Any]:
    """Return pin id -> reason, status, answered of all tasks there ever were."""
    columns = (
        ReviewTaskRow.pin_id,
        ReviewTaskRow.reason,
        ReviewTaskRow.status,
        ReviewTaskRow.answered,
    )
    with database.reading() as session:
        rows = session.execute(
            select(*columns).where(
                ReviewTaskRow.signal == signal, ReviewTaskRow.collection == collection
            )
        ).all()
    return {row.pin_id: row for row in rows}


def _disputed(tasks: Mapping[str, Any]) -> set[str]:
    """Return the pins that wait for a reviewer, answered or not: their tasks would not open."""
    return {pin_id for pin_id, task in tasks.items() if task.status == "disputed"}
