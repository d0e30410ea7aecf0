"""The next batch for the queue, from all that has a say in it."""

from __future__ import annotations

from dataclasses import replace

from labeling.doubts import Doubts
from labeling.review.adjudicating import pins_without_class
from labeling.review.choosing import choose, ranked
from labeling.review.reasking import find_reasked
from labeling.review.tasks import Candidate
from labeling.workspace import Workspace


def next_batch(workspace: Workspace, doubts: Doubts) -> list[Candidate]:
    """Return the pins to ask about, the first to ask first: those begun, a small share once more, and
    new ones, among which the random audit stands evenly."""
    of, database, size = doubts.resolution, workspace.database, workspace.settings.queue_size
    settled = pins_without_class(database, of.signal.name, of.collection.name)
    chosen = choose(
        workspace.store,
        database,
        doubts,
        size + len(settled),
        seed=workspace.settings.seed,
        audit_share=workspace.settings.audit_share,
    )
    chosen = [candidate for candidate in chosen if candidate.pin_id not in settled][:size]
    room = int(size * workspace.settings.reask_share)
    again = find_reasked(database, workspace.store, doubts, chosen, count=room, size=size)
    ids = {candidate.pin_id for candidate in again}
    wanted = workspace.settings.answers_per_pin
    others = [
        replace(candidate, wanted=max(candidate.wanted, wanted))
        for candidate in chosen
        if candidate.pin_id not in ids
    ]
    return ranked([*again, *others[: max(size - len(again), 0)]])
