"""What answers of simulated annotators come to, on real labels: `python benchmarks/gold.py FOLDER`.

FOLDER is a WRENCH set, e.g. youtube. Five annotators of known accuracy answer a random part of its
training pins, so many each; then the gold, and each way to a consensus, is held against the labels.
The probe is that of a run without any answer.
"""

from __future__ import annotations

import random
import sys
import tempfile
from pathlib import Path

import numpy as np
import pandas as pd

import labeling
from labeling.review.consensus import find_consensus
from labeling.review.crowd import Crowd
from labeling.review.probed import probe_of_last_run

ACCURACY = {"ann": 0.95, "bea": 0.9, "cyd": 0.8, "dee": 0.7, "eve": 0.5}
PINS = 400
SEEDS = 5


def main(folder: Path) -> None:
    name = folder.name
    with tempfile.TemporaryDirectory() as home:
        workspace = labeling.init_workspace(home)
        labeling.import_collection(workspace, name, folder, format="wrench")
        labeling.run(workspace, name, name)
        signal = workspace.signal(name)
        truth = read_truth(workspace, signal)
        print("answers a pin | majority, Dawid-Skene, CROWDLAB | gold: share, right | rest: right")
        for each in (2, 3, 5):
            rows = [judge_seed(workspace, signal, truth, each, seed) for seed in range(SEEDS)]
            print(each, np.round(np.mean(rows, axis=0), 3).tolist())


def read_truth(workspace: labeling.Workspace, signal: labeling.Signal) -> dict[str, str]:
    """Return training pin id -> class."""
    parts = [
        workspace.store.read_table(shard.key, ["pin_id", "label", "split"]).to_pandas()
        for shard in workspace.collection(signal.name).shards
    ]
    pins = pd.concat(parts)
    train = pins[pins["split"] == "train"]
    return dict(zip(train["pin_id"], train["label"], strict=True))


def judge_seed(
    workspace: labeling.Workspace,
    signal: labeling.Signal,
    truth: dict[str, str],
    each: int,
    seed: int,
) -> list[float]:
    """Return the figures of one line."""
    draw = random.Random(seed)
    rows = []
    for pin in draw.sample(sorted(truth), PINS):
        for annotator in draw.sample(sorted(ACCURACY), each):
            others = [label for label in signal.classes if label != truth[pin]]
            right = draw.random() < ACCURACY[annotator]
            rows.append((pin, annotator, truth[pin] if right else draw.choice(others)))
    crowd = Crowd.of(pd.DataFrame(rows, columns=["pin_id", "annotator", "label"]), signal.classes)
    known = np.array([signal.classes.index(truth[pin]) for pin in crowd.pin_ids])
    found = find_consensus(crowd, probe_of_last_run(workspace, signal, signal.name, crowd.pin_ids))
    assert found.second is not None
    gold = found.leads & (found.quality >= workspace.settings.gold_quality)
    right = found.labels == known
    return [
        (crowd.counts.argmax(axis=1) == known).mean(),
        right.mean(),
        (found.second.labels == known).mean(),
        gold.mean(),
        right[gold].mean(),
        right[~gold].mean(),
    ]


if __name__ == "__main__":
    main(Path(sys.argv[1]))
