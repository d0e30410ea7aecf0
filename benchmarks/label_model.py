"""Label model, fit and predict, beside snorkel's own in one run: seconds, memory, ratios.

python benchmarks/label_model.py                  # the three sizes below
python benchmarks/label_model.py 1000000 20 2     # pins, functions, classes
"""

from __future__ import annotations

import subprocess
import sys
import time
from pathlib import Path

import numpy as np

SIDES = ("snorkel", "labeling")
SIZES = ((5_000_000, 20, 2), (1_000_000, 100, 2), (1_000_000, 20, 7))
"""Pins, functions, classes."""


def votes(n: int, m: int, k: int) -> np.ndarray:
    """Return random votes, int8 [n, m], right 3 times of 4, with a coverage of .3."""
    draw = np.random.default_rng(0)
    truth = draw.integers(0, k, n)
    result = np.full((n, m), -1, dtype=np.int8)
    for j in range(m):
        fired = draw.random(n) < 0.3
        right = draw.random(n) < 0.75
        result[:, j] = np.where(fired, np.where(right, truth, draw.integers(0, k, n)), -1)
    return result


def memory_mib(field: str) -> float:
    """Return VmRSS (now) or VmHWM (highest since the last reset) of this process. Linux only."""
    lines = Path("/proc/self/status").read_text("ascii").splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith(field)) / 1024


def measure(side: str, n: int, m: int, k: int) -> str:
    """Return seconds of fit and predict, MiB above the votes, and a sample of probabilities."""
    from snorkel.labeling.model import LabelModel

    from labeling.label_model import fit_label_model
    from labeling.vote_statistics import VoteStatistics

    fit_label_model(VoteStatistics.of(votes(50, 3, 2), 2), seed=0)  # torch loads its optimiser
    matrix = votes(n, m, k)
    Path("/proc/self/clear_refs").write_text("5", "ascii")  # the peak starts from here
    base, start = memory_mib("VmRSS"), time.perf_counter()
    if side == "snorkel":
        theirs = LabelModel(k, verbose=False)
        theirs.fit(matrix, seed=0, progress_bar=False)
        fitted = time.perf_counter()
        soft = theirs.predict_proba(matrix)
    else:
        ours = fit_label_model(VoteStatistics.of(matrix, k), seed=0)
        fitted = time.perf_counter()
        soft = ours.predict_proba(matrix)
    done = time.perf_counter()
    sample = " ".join(f"{value:.6f}" for value in soft[:2000, 0])
    return f"{fitted - start} {done - fitted} {memory_mib('VmHWM') - base} {sample}"


def compare(n: int, m: int, k: int) -> None:
    """Print both sides' figures, each side in a process of its own, and their ratios."""
    print(f"{n:,} pins x {m} functions, {k} classes")
    found = {}
    for side in SIDES:
        words = [sys.executable, __file__, side, str(n), str(m), str(k)]
        said = subprocess.run(words, capture_output=True, text=True, check=True).stdout.split()
        found[side] = np.array(said, dtype=float)
        fit, predict, memory = found[side][:3]
        print(f"  {side:<9} fit {fit:6.2f} s   predict {predict:6.2f} s   memory {memory:7.0f} MiB")
    theirs, ours = found["snorkel"], found["labeling"]
    print(
        f"  ratio     fit {theirs[0] / ours[0]:6.1f}     predict {theirs[1] / ours[1]:6.1f}     "
        f"memory {theirs[2] / max(ours[2], 1):7.1f}     "
        f"both {(theirs[0] + theirs[1]) / (ours[0] + ours[1]):.1f}"
    )
    print(f"  largest difference of probabilities: {np.abs(theirs[3:] - ours[3:]).max():.1e}")


def main() -> None:
    if len(sys.argv) > 1 and sys.argv[1] in SIDES:
        print(measure(sys.argv[1], *map(int, sys.argv[2:])))
        return
    sizes = [tuple(map(int, sys.argv[1:]))] if len(sys.argv) > 1 else SIZES
    for n, m, k in sizes:
        compare(n, m, k)


if __name__ == "__main__":
    main()
