"""Neighbours and near-duplicates beside peers in one run: recall, seconds, peak memory, ratios.

python benchmarks/neighbours.py                 # the sizes below
python benchmarks/neighbours.py 10000 100000    # others
"""

from __future__ import annotations

import subprocess
import sys
import time
from pathlib import Path

import numpy as np

SIZES = (10_000, 100_000, 1_000_000)
DIMENSIONS = 384
PLANTED = 0.1
"""Share of the vectors that are near-duplicates of another."""
COSINES = (0.955, 0.965, 0.975, 0.985, 0.995)
QUERIES, K = 1_000, 10
NEAREST = {"exact": 1_000_000, "cells": 1_000_000, "hnsw": 100_000}
GROUP = {"labeling": 1_000_000, "sklearn": 10_000, "faiss-hnsw": 100_000}
"""Each side and the size up to which it is run: peers take too long beyond."""


def make_vectors(n: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return unit vectors, float16 [n, 384], in topics of very unequal size, and the rows of planted
    near-duplicates and of their originals. No other pair has a cosine of .95.

    Half of the planted ones lean away in any direction, half towards another vector of their topic.
    """
    draw = np.random.default_rng(0)
    topics = max(10, n // 500)
    centres = draw.normal(size=(topics, DIMENSIONS)).astype(np.float32)
    centres[topics // 4 :] += centres[np.arange(topics - topics // 4) % (topics // 4)]  # subtopics
    centres /= np.linalg.norm(centres, axis=1, keepdims=True)
    topic = np.sort(np.minimum(draw.zipf(1.2, n) - 1, topics - 1))
    topic[topic == topics - 1] = draw.integers(0, topics, (topic == topics - 1).sum())
    spectrum = (1 + np.arange(DIMENSIONS)) ** -0.35  # as of real text: a few directions say most
    spectrum /= np.linalg.norm(spectrum)
    vectors = np.empty((n, DIMENSIONS), dtype=np.float16)
    for start in range(0, n, 50_000):
        mine = topic[start : start + 50_000]
        noise = draw.normal(size=(len(mine), DIMENSIONS)).astype(np.float32) * spectrum
        wide = centres[mine] + noise.astype(np.float32)
        vectors[start : start + len(mine)] = wide / np.linalg.norm(wide, axis=1, keepdims=True)
    rows = draw.permutation(n)
    count = int(n * PLANTED)
    copies, originals = rows[:count], rows[count : 2 * count]
    cosine = np.resize(COSINES, count)[:, None].astype(np.float32)
    wide = vectors[originals].astype(np.float32)
    wide /= np.linalg.norm(wide, axis=1, keepdims=True)
    beside = vectors[np.minimum(originals + 1, n - 1)].astype(np.float32)
    away = np.where(np.arange(count)[:, None] % 10 < 5, draw.normal(size=wide.shape), beside)
    away -= (away * wide).sum(axis=1, keepdims=True) * wide
    away /= np.linalg.norm(away, axis=1, keepdims=True)
    vectors[copies] = cosine * wide + np.sqrt(1 - cosine**2) * away
    return vectors, copies, originals


def memory_mib(field: str) -> float:
    """Return VmRSS (now) or VmHWM (highest since the last reset) of this process. Linux only."""
    lines = Path("/proc/self/status").read_text("ascii").splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith(field)) / 1024


def group(side: str, vectors: np.ndarray) -> np.ndarray:
    """Return the first row of every vector's group, each side by its own way."""
    if side == "labeling":
        from labeling.duplicates import NEAR_DUPLICATE
        from labeling.groups import Groups
        from labeling.near_pairs import VectorBlocks, join_near_vectors

        groups = Groups(len(vectors))
        join_near_vectors(groups, VectorBlocks.of(vectors), NEAR_DUPLICATE)
        return groups.leaders()
    wide = vectors.astype(np.float32)
    if side == "sklearn":
        from sklearn.neighbors import radius_neighbors_graph

        graph = radius_neighbors_graph(wide, 0.05, metric="cosine")
    else:
        import faiss
        from scipy.sparse import coo_array

        index = faiss.IndexHNSWFlat(DIMENSIONS, 32, faiss.METRIC_INNER_PRODUCT)
        index.add(wide)
        cosine, found = index.search(wide, K)
        row, place = np.nonzero(cosine >= 0.95)
        ends = (row, found[row, place])
        graph = coo_array((np.ones(len(row), dtype=bool), ends), shape=(len(wide), len(wide)))
    from scipy.sparse.csgraph import connected_components

    _, part = connected_components(graph, directed=False)
    _, first, inverse = np.unique(part, return_index=True, return_inverse=True)
    return first[inverse]


def measure_group(side: str, n: int) -> list[float]:
    """Return seconds, core-seconds, MiB above the vectors, share of the planted pairs in one group,
    pairs of one group that were not planted."""
    vectors, copies, originals = make_vectors(n)
    group(side, vectors[:200])  # libraries load
    Path("/proc/self/clear_refs").write_text("5", "ascii")  # the peak starts from here
    base, start, busy = memory_mib("VmRSS"), time.perf_counter(), time.process_time()
    leaders = group(side, vectors)
    spent = [time.perf_counter() - start, time.process_time() - busy, memory_mib("VmHWM") - base]
    found = leaders[copies] == leaders[originals]
    _, sizes = np.unique(leaders, return_counts=True)
    pairs = int((sizes * (sizes - 1) // 2).sum())
    return [*spent, float(found.mean()), pairs - int(found.sum())]


def measure_nearest(side: str, n: int) -> list[float]:
    """Return core-seconds to build, core-milliseconds to ask each query, MiB above the vectors and
    recall@10."""
    from labeling.neighbours import NeighbourIndex

    vectors = make_vectors(n)[0]
    own = np.random.default_rng(1).choice(n, QUERIES, replace=False)
    NeighbourIndex.of(vectors[:200], exact=False)  # libraries load
    Path("/proc/self/clear_refs").write_text("5", "ascii")
    base, start = memory_mib("VmRSS"), time.process_time()
    if side == "hnsw":
        import faiss

        graph = faiss.IndexHNSWFlat(DIMENSIONS, 32, faiss.METRIC_INNER_PRODUCT)
        graph.hnsw.efSearch = 128
        graph.add(vectors.astype(np.float32))
        index = NeighbourIndex(index=graph, rows=np.arange(n))
    else:
        index = NeighbourIndex.of(vectors, exact=side == "exact")
    built = time.process_time()
    found, _ = index.nearest(vectors[own], K, own=own)
    ask = (time.process_time() - built) / QUERIES * 1e3
    peak = memory_mib("VmHWM") - base
    wanted, _ = NeighbourIndex.of(vectors, exact=True).nearest(vectors[own], K, own=own)
    recall = np.mean([len(set(i) & set(j)) / K for i, j in zip(wanted, found, strict=True)])
    return [built - start, ask, peak, float(recall)]


def run(task: str, side: str, n: int) -> list[float]:
    """Return what a side measures in a process of its own."""
    words = [sys.executable, __file__, task, side, str(n)]
    said = subprocess.run(words, stdout=subprocess.PIPE, text=True, check=True).stdout
    return [float(word) for word in said.split()]


def compare(n: int) -> None:
    print(f"{n:,} vectors of {DIMENSIONS} dimensions", flush=True)
    ours = run("nearest", "cells", n)
    for side, limit in NEAREST.items():
        if n <= limit:
            build, ask, memory, recall = ours if side == "cells" else run("nearest", side, n)
            print(
                f"  nearest {K}, {side:<9} build {build:7.1f} core-s   ask {ask:7.2f} core-ms   "
                f"peak {memory:6,.0f} MiB   recall {recall:.3f}   ask ratio {ask / ours[1]:.1f}",
                flush=True,
            )
    ours = run("group", "labeling", n)
    for side, limit in GROUP.items():
        if n <= limit:
            seconds, busy, memory, found, wrong = (
                ours if side == "labeling" else run("group", side, n)
            )
            print(
                f"  groups, {side:<11} {seconds:7.1f} s ({busy:7.1f} core-s)   peak {memory:6,.0f} MiB"
                f"   planted pairs found {found:.4f}   false pairs {wrong:.0f}   "
                f"core-s ratio {busy / ours[1]:.1f}",
                flush=True,
            )


def main() -> None:
    tasks = {"nearest": measure_nearest, "group": measure_group}
    if sys.argv[1:2] and sys.argv[1] in tasks:
        print(*tasks[sys.argv[1]](sys.argv[2], int(sys.argv[3])))
        return
    for n in [int(word) for word in sys.argv[1:]] or SIZES:
        compare(n)


if __name__ == "__main__":
    main()
