"""What 100 keys reach on the page Bulk, where a key answers up to ten pins, beside the page Review.

LABELING_REAL_DATA=FOLDER python benchmarks/bulk.py                       # youtube and yoruba, 3 seeds
LABELING_REAL_DATA=FOLDER python benchmarks/bulk.py clickbait --seeds 1

The annotator gives a group the true class of its first pin and takes out the pins of other classes.
`pins` is how many were answered, `out` how many keys more that took; `ratio` is the share of the test
errors of Review that Bulk leaves. Vectors are kept in the temporary folder, as they take minutes.
"""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from doubts import import_set, open_sets

import labeling
from labeling import simulating
from labeling.doubts import Doubts
from labeling.map_points import Sources
from labeling.pin_cards import PinShelf
from labeling.pin_evidence import EvidenceShelf
from labeling.pin_vectors import PinVectors
from labeling.review.batching import next_batch
from labeling.review.claiming import Claimed, ReviewQueue
from labeling.review.tasks import enqueue

sys.path.append(str(Path(__file__).resolve().parent.parent / "app"))
from bulk_desk import BulkDesk

SETS = ("youtube", "yoruba")
KEYS = 100


class OnBulk(simulating._Crowd):
    """One annotator, on the page Bulk."""

    taken_out = 0

    def answer(self, doubts: Doubts, wanted: int, **options: Any) -> list[Claimed]:
        """Answer so many groups, and return the first pin of each."""
        store, database = self.workspace.store, self.workspace.database
        chosen = next_batch(self.workspace, doubts)
        enqueue(database, self.signal.name, self.collection, chosen, round=options["round"])
        pins = self.workspace.collection(self.collection)
        shelf = PinShelf(store, pins)
        vectors = PinVectors(self.workspace, pins)
        evidence = EvidenceShelf(self.workspace, shelf, Sources.of(doubts), vectors)
        queue = ReviewQueue(
            database, self.signal, self.collection, source=simulating.SOURCE, min_seconds=0
        )
        desk, asked = BulkDesk(queue, "annotator"), []
        for _ in range(wanted):
            group = desk.open(shelf, evidence)
            if group is None:
                break
            label = self.truth[group.cards[0].pin_id]
            for pin_id in group.claims:
                if self.truth.get(pin_id) != label:
                    desk.toggle(pin_id)
            OnBulk.taken_out += len(desk.taken_out)
            asked.append(group.claims[group.cards[0].pin_id])
            desk.answer(self.signal.classes[label], group.first)
        return asked


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("sets", nargs="*", default=SETS)
    parser.add_argument("--seeds", type=int, default=3)
    options = parser.parse_args()
    folder = Path(os.environ["LABELING_REAL_DATA"])
    workspace = open_sets(Path(tempfile.gettempdir()) / "labeling_bench_simulate")
    print(f"{'set':<10} {'seed':<5} {'bulk':>6} {'review':>6} {'ratio':>6} {'pins':>6} {'out':>5}")
    on_review = simulating._Crowd
    for name in options.sets:
        import_set(workspace, folder, name)
        rows = []
        for seed in range(options.seeds):
            found = []
            for crowd in (OnBulk, on_review):
                simulating._Crowd = crowd  # type: ignore[misc]
                found.append(labeling.simulate(workspace, name, name, answers=KEYS, seed=seed))
            bulk, review = (one.final["test"]["accuracy"] for one in found)
            pins = found[0].curve[-1].gold
            rows.append([bulk, review, (1 - bulk) / max(1 - review, 1e-9), pins, OnBulk.taken_out])
            OnBulk.taken_out = 0
            say(name, str(seed), rows[-1])
        say(name, "mean", np.mean(rows, axis=0))


def say(name: str, seed: str, row: Sequence[float]) -> None:
    bulk, review, ratio, pins, out = row
    print(
        f"{name:<10} {seed:<5} {bulk:>6.3f} {review:>6.3f} {ratio:>6.3f} {pins:>6.0f} {out:>5.0f}",
        flush=True,
    )


if __name__ == "__main__":
    main()
