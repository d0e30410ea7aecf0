"""What 100 answers reach on every real set, beside random choice and the same model without the loop.

LABELING_REAL_DATA=FOLDER python benchmarks/simulate.py                       # all sets, 3 seeds
LABELING_REAL_DATA=FOLDER python benchmarks/simulate.py youtube --seeds 1     # one
LABELING_REAL_DATA=FOLDER python benchmarks/simulate.py very_rare long        # of made_sets.py

`ratio` is the share of random choice's test errors that informed choice leaves. Vectors are kept in
the temporary folder, as they take minutes.
"""

from __future__ import annotations

import argparse
import os
import tempfile
import time
from pathlib import Path

import made_sets
import numpy as np
from doubts import import_set, open_sets

import labeling
from labeling.simulating import Simulation

SETS = ("youtube", "yoruba", "clickbait", "agnews", "chemprot")
KINDS = ("final", "gold_only", "weak_only", "all_gold")


def accuracy(found: Simulation, kind: str) -> float:
    scores = getattr(found, kind)
    return scores["test"]["accuracy"] if scores else float("nan")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("sets", nargs="*", default=SETS)
    parser.add_argument("--answers", type=int, default=100)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seeds", type=int, default=3)
    options = parser.parse_args()
    folder = Path(os.environ["LABELING_REAL_DATA"])
    workspace = open_sets(Path(tempfile.gettempdir()) / "labeling_bench_simulate")
    print(f"{'set':<10} {'seed':<5}", *(f"{kind:>10}" for kind in (*KINDS, "random", "ratio")))
    for name in options.sets:
        made = name in made_sets.SETS
        source = made_sets.make_set(name, folder, workspace.home).parent if made else folder
        import_set(workspace, source, name)
        rows = []
        start = time.perf_counter()
        for seed in range(options.seeds):
            informative, by_chance = (
                labeling.simulate(
                    workspace,
                    name,
                    name,
                    answers=options.answers,
                    rounds=options.rounds,
                    seed=seed,
                    selection=selection,
                )
                for selection in ("informative", "random")
            )
            row = [accuracy(informative, kind) for kind in KINDS]
            random = accuracy(by_chance, "final")
            rows.append([*row, random, (1 - row[0]) / max(1 - random, 1e-9)])
            print(f"{name:<10} {seed:<5}", *(f"{value:>10.3f}" for value in rows[-1]), flush=True)
        means = np.mean(rows, axis=0)
        print(f"{name:<10} mean ", *(f"{value:>10.3f}" for value in means))
        print(f"{name:<10} took {time.perf_counter() - start:.0f} s", flush=True)


if __name__ == "__main__":
    main()
