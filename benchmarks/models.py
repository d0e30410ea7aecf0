"""What a model is worth that was fine-tuned on what 100 answers made, by true labels of test pins.

LABELING_REAL_DATA=FOLDER python benchmarks/models.py                        # all sets, 3 seeds
LABELING_REAL_DATA=FOLDER python benchmarks/models.py youtube --seeds 1      # one

Simulates, publishes, trains, evaluates, as the commands do. `labels` are the final labels that the
simulation reached (they know the votes, too), `frozen` is the linear head on the frozen encoder, which
`train` beats or refuses. ECE by 15 bins.
"""

from __future__ import annotations

import argparse
import os
import tempfile
import time
from dataclasses import replace
from pathlib import Path

import numpy as np
from doubts import import_set, open_sets

import labeling
from labeling.errors import NoGainError
from labeling.models.evaluating import evaluate_model
from labeling.training import TrainingSettings
from labeling.workspace import Workspace

TUNED = {
    "youtube": TrainingSettings(),
    "yoruba": TrainingSettings(learning_rate=1e-4, epochs=10, label_temperature=0.4),
    "clickbait": TrainingSettings(epochs=1),
}
"""Of a small set in a language that the encoder hardly knows, and of a large one."""
RECIPES: dict[str, dict[str, str]] = {
    "yoruba": {"suspected": "down-weight", "weights": "confidence"},
}
"""Where a quarter of the labels is wrong, so many are suspected that a small set cannot spare them."""


def accuracy(
    workspace: Workspace, dataset: str, name: str, settings: TrainingSettings
) -> tuple[float, float]:
    """Return accuracy and ECE on the test pins; NaN where the model was refused."""
    try:
        trained = labeling.train_registered(workspace, dataset, settings)
    except NoGainError:
        return float("nan"), float("nan")
    found = evaluate_model(workspace, trained.registered.reference, name, on="reference").judgement
    accuracy, ece = np.array([found.accuracy.value, found.ece.value], dtype=float)  # None is NaN
    return accuracy, ece


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("sets", nargs="*", default=tuple(TUNED))
    parser.add_argument("--answers", type=int, default=100)
    parser.add_argument("--seeds", type=int, default=3)
    options = parser.parse_args()
    folder = Path(os.environ["LABELING_REAL_DATA"])
    home = Path(tempfile.gettempdir()) / "labeling_bench_simulate"
    columns = ("labels", "frozen", "tuned", "ECE", "seconds")
    print(f"{'set':<10} {'seed':<5}", *(f"{column:>8}" for column in columns))
    for name in options.sets:
        workspace = open_sets(home, recipe=RECIPES.get(name, {}))
        import_set(workspace, folder, name)
        tuned = TUNED.get(name, TrainingSettings())
        for seed in range(options.seeds):
            found = labeling.simulate(
                workspace, name, name, answers=options.answers, seed=seed, publish=True
            )
            assert found.dataset is not None
            labels = found.final["test"]["accuracy"]
            frozen, _ = accuracy(workspace, found.dataset, name, replace(tuned, quick=True))
            start = time.perf_counter()
            best, ece = accuracy(workspace, found.dataset, name, tuned)
            values = f"{labels:>8.3f} {frozen:>8.3f} {best:>8.3f} {ece:>8.3f}"
            print(f"{name:<10} {seed:<5} {values} {time.perf_counter() - start:>8.0f}", flush=True)


if __name__ == "__main__":
    main()
