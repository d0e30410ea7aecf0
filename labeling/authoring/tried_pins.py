"""Sampled rows -> pins as the author of a function wants to see them."""

from __future__ import annotations

import numpy as np

from labeling.authoring.marking import marks_of
from labeling.authoring.tally import Sample
from labeling.authoring.trial import ABSTAINS, TriedPin
from labeling.collection import Collection, read_pins
from labeling.functions import LabelingFunction
from labeling.pins import domain_of
from labeling.shards import Store
from labeling.signals import Signal

COLUMNS = ["pin_id", "title", "description", "link", "board"]


def show_pins(
    store: Store,
    signal: Signal,
    function: LabelingFunction,
    others: tuple[LabelingFunction, ...],
    collection: Collection,
    samples: dict[str, Sample],
) -> dict[str, list[TriedPin]]:
    """Return the pins of each sample; each shard that holds some is read once."""
    rows = [row for sample in samples.values() for row in sample.rows]
    texts: dict[tuple[int, int], dict[str, str]] = {}
    for number in sorted({row.shard for row in rows}):
        wanted = sorted({row.row for row in rows if row.shard == number})
        table = read_pins(store, collection.shards[number], COLUMNS).take(wanted)
        texts |= zip(((number, row) for row in wanted), table.to_pylist(), strict=True)
    marks = marks_of(function, list(texts.values()), len(signal.classes))
    marked = dict(zip(texts, marks, strict=True))

    def name(number: int) -> str | None:
        return signal.classes[number] if 0 <= number < len(signal.classes) else None

    return {
        kind: [
            TriedPin(
                **texts[row.shard, row.row],
                domain=domain_of(texts[row.shard, row.row]["link"]),
                vote=name(row.vote) or ABSTAINS,
                before=None if row.before is None else name(row.before) or ABSTAINS,
                resolved=name(row.resolved),
                known=name(row.known),
                others={
                    others[j].name: signal.classes[row.others[j]]
                    for j in np.flatnonzero(row.others >= 0)
                },
                marks=marked[row.shard, row.row],
            )
            for row in sample.rows
        ]
        for kind, sample in samples.items()
    }
