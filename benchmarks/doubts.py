"""How well wrong labels are found, ours and plain cleanlab side by side, by true labels.

LABELING_REAL_DATA=FOLDER python benchmarks/doubts.py                    # all sets
LABELING_REAL_DATA=FOLDER python benchmarks/doubts.py youtube planted    # some

Weak labels are those of `--resolver snorkel`: WRENCH's votes, and for clickbait the 12 functions in
tests/examples. `planted` flips 20% of clickbait's true training labels. Plain cleanlab is a 5-fold
logistic regression on MiniLM vectors, `find_label_issues` with its default filter and
`get_label_quality_scores`. True labels are used to measure alone. Vectors are kept in the temporary
folder, as they take minutes.
"""

from __future__ import annotations

import argparse
import json
import os
import tempfile
from pathlib import Path
from typing import Any

import numpy as np

import labeling
from labeling.analysis import read_reference
from labeling.collection import read_pins
from labeling.doubts import Doubts, read_shard_pins
from labeling.scoring import score_splits
from labeling.second_opinion import LabelledPins, fit_second_opinion
from labeling.workspace import Workspace

SETS = ("youtube", "clickbait", "yoruba", "agnews", "planted")
FUNCTIONS = Path(__file__).resolve().parent.parent / "tests/examples/labeling_functions"
PLANTED = 0.2
SAMPLE = 20_000


def open_sets(home: Path, **settings: Any) -> Workspace:
    """Return the workspace that holds the sets, with some settings of its own."""
    return labeling.init_workspace(home, functions=FUNCTIONS, progress=True, **settings)


def import_set(workspace: Workspace, folder: Path, name: str) -> None:
    """Import a set, unless it is there."""
    if name != "clickbait":
        labeling.import_collection(workspace, name, folder / name, format="wrench")
        return
    columns = {"title": "headline", "label": "clickbait"}
    for split in ("train", "test"):
        labeling.import_collection(
            workspace, name, folder / name / f"{split}.csv", columns=columns, split=split
        )


def doubted(workspace: Workspace, name: str) -> Doubts:
    """Return the doubts about a set's labels."""
    return labeling.doubt(workspace, name, name, resolver="snorkel")[0]


def all_pins(workspace: Workspace, doubts: Doubts) -> tuple[LabelledPins, np.ndarray, np.ndarray]:
    """Return a collection's pins, their true labels and which are of the training split."""
    shards = doubts.resolution.collection.shards
    store, signal = workspace.store, doubts.resolution.signal
    pins = [read_shard_pins(store, doubts, shard).labelled for shard in shards]
    true = [read_reference(store, signal, shard) for shard in shards]
    splits = [read_pins(store, shard, ["split"]).column("split").to_numpy() for shard in shards]
    return LabelledPins.joined(pins), np.concatenate(true), np.concatenate(splits) == "train"


def ours(workspace: Workspace, doubts: Doubts) -> tuple[np.ndarray, np.ndarray]:
    """Return the quality and the flags that the doubt step found."""
    shards = doubts.resolution.collection.shards
    tables = [workspace.store.read_table(doubts.probe_key(shard)) for shard in shards]
    quality = [table.column("quality").to_numpy() for table in tables]
    issues = [table.column("is_issue").to_numpy() for table in tables]
    return np.concatenate(quality), np.concatenate(issues)


def plain_cleanlab(pins: LabelledPins) -> tuple[np.ndarray, np.ndarray]:
    """Return cleanlab's quality and flags of labelled pins."""
    from cleanlab.filter import find_label_issues
    from cleanlab.rank import get_label_quality_scores
    from sklearn.linear_model import LogisticRegression
    from sklearn.model_selection import cross_val_predict

    model = LogisticRegression(max_iter=1000)
    said = cross_val_predict(
        model, pins.views[0].astype(np.float32), pins.labels, cv=5, method="predict_proba"
    )
    flags = find_label_issues(pins.labels, said, n_jobs=1)
    return get_label_quality_scores(pins.labels, said), flags


def figures(quality: np.ndarray, flags: np.ndarray, wrong: np.ndarray) -> dict[str, float]:
    """Return AUC of the quality, and precision and recall of the flags, of wrong labels."""
    from sklearn.metrics import roc_auc_score

    return {
        "auc": round(float(roc_auc_score(wrong, -quality)), 3),
        "precision": round(float(wrong[flags].mean()), 3) if flags.any() else float("nan"),
        "recall": round(float((wrong & flags).sum() / wrong.sum()), 3),
        "flags": int(flags.sum()),
    }


def measure_weak(workspace: Workspace, name: str) -> dict[str, object]:
    """Return the figures on a set's weak labels, and what the probe reaches."""
    doubts = doubted(workspace, name)
    pins, true, _ = all_pins(workspace, doubts)
    quality, flags = ours(workspace, doubts)
    rows = np.flatnonzero((pins.labels >= 0) & ~np.isnan(quality) & (true >= 0))
    wrong = pins.labels[rows] != true[rows]
    _, scores = score_splits(workspace.store, doubts)
    return {
        "labels": len(rows),
        "noise": round(float(wrong.mean()), 3),
        "ours": figures(quality[rows], flags[rows], wrong),
        "cleanlab": figures(*plain_cleanlab(pins.take(rows)), wrong),
        "probe_test_accuracy": round(scores["probe"]["test"]["accuracy"], 3),
    }


def measure_planted(workspace: Workspace, seed: int = 0) -> dict[str, object]:
    """Return the figures on clickbait's true labels, 20% of them flipped."""
    doubts = doubted(workspace, "clickbait")
    pins, true, train = all_pins(workspace, doubts)
    rows = np.flatnonzero(train)
    draw = np.random.default_rng(seed)
    wrong = draw.random(len(rows)) < PLANTED
    labels = np.where(wrong, 1 - true[rows], true[rows]).astype(np.int64)
    found = pins.take(rows)
    planted = LabelledPins(
        views=found.views,
        keys=found.keys,
        folds=found.folds,
        labels=labels,
        soft=np.eye(2, dtype=np.float32)[labels],
    )
    opinion = fit_second_opinion(planted.take(np.sort(draw.permutation(len(rows))[:SAMPLE])))
    assert opinion is not None
    judged = opinion.judge(planted)
    return {
        "labels": len(rows),
        "noise": round(float(wrong.mean()), 3),
        "ours": figures(judged.quality, judged.is_issue, wrong),
        "cleanlab": figures(*plain_cleanlab(planted), wrong),
        "noise_matrix": opinion.noise.round(3).tolist(),
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("sets", nargs="*", default=SETS, choices=[*SETS, []])
    parser.add_argument("--home", type=Path, default=Path(tempfile.gettempdir()) / "bench_doubts")
    asked = parser.parse_args()
    folder = Path(os.environ["LABELING_REAL_DATA"])
    workspace = open_sets(asked.home)
    for name in asked.sets:
        import_set(workspace, folder, "clickbait" if name == "planted" else name)
        weak = name != "planted"
        found = measure_weak(workspace, name) if weak else measure_planted(workspace)
        print(json.dumps({"set": name, **found}), flush=True)


if __name__ == "__main__":
    main()
