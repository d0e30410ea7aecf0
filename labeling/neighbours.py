"""Nearest neighbours among vectors: exact up to a size, by cells and codes (faiss) beyond."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

EXACT_ROWS = 200_000
"""Vectors up to which every query is compared with every one of them."""
SEED = 0
SAMPLE_PER_CELL = 32
"""Vectors that each cell's centre is learnt from; more move the centres, not the recall."""
ROUNDS = 6
"""Of k-means."""
PROBES = 128
"""Cells that a query looks into: docs/neighbours.md has the recall that this gives."""
COMPARED_AGAIN = 50
"""Times as many as are asked for are compared again in float16."""
CODE_SAMPLE = 10_000
"""Vectors that the 4-bit codes are learnt from."""
FEWEST = 1_000
"""Vectors below which there is nothing to learn cells from."""
BLOCK = 16_384
"""Vectors that are widened to float32 at once."""
NOBODY = -1
"""The row of a neighbour that is not there; its cosine is -1 too, below any threshold."""


@dataclass(frozen=True, kw_only=True)
class NeighbourIndex:
    """Finds the nearest of n unit vectors by cosine; a row of zeros has and is no neighbour."""

    index: Any
    rows: np.ndarray
    """int64 [m]: the vectors that are no zeros, in the order of the faiss index."""

    @classmethod
    def of(cls, vectors: np.ndarray, exact: bool | None = None) -> NeighbourIndex:
        """Return an index of unit vectors, float16 or float32 [n, d].

        Exact up to `EXACT_ROWS`, in float32: 4·d bytes a vector. Beyond, unless `exact` says
        otherwise, an approximate one of 2·d + d/4 bytes a vector, worth building for thousands of
        queries: some cells are scanned by 4-bit codes, and the best are compared again as float16
        (faiss's IVFPQFastScan; André et al., arXiv:1812.09162). The same vectors give the same index.
        """
        import faiss

        rows = np.flatnonzero(vectors.any(axis=1))
        if exact is None:
            exact = len(rows) <= EXACT_ROWS
        if exact or len(rows) < FEWEST:
            index: Any = faiss.IndexFlatIP(vectors.shape[1])
        else:
            index = _cells_index(vectors, rows)
        for part in blocks_of(rows):
            index.add(vectors[part].astype(np.float32))
        return cls(index=index, rows=rows)

    def nearest(
        self, queries: np.ndarray, k: int, own: np.ndarray | None = None
    ) -> tuple[np.ndarray, np.ndarray]:
        """Return the rows, int64 [q, k], and cosines, float32 [q, k], of each query's nearest
        vectors, nearest first.

        `queries` is float16 or float32 [q, d]. `own`, int [q], names the row of the index that a
        query itself is and that is left out of its neighbours. Row -1 and cosine -1 stand where a
        neighbour is missing: all of them for a query of zeros.
        """
        rows = np.full((len(queries), k), NOBODY, dtype=np.int64)
        cosines = np.full((len(queries), k), -1, dtype=np.float32)
        wanted = min(k + (own is not None), len(self.rows))
        for part in blocks_of(np.flatnonzero(queries.any(axis=1)) if wanted else np.empty(0, int)):
            cosine, place = self.index.search(queries[part].astype(np.float32), wanted)
            row = np.where(place < 0, NOBODY, self.rows[place])
            cosine[place < 0] = -1
            if own is not None:
                # itself last, or else the least near: a stable sort keeps the others in order
                order = np.argsort(row == own[part, None], axis=1, kind="stable")
                row = np.take_along_axis(row, order, axis=1)
                cosine = np.take_along_axis(cosine, order, axis=1)
                row[row == own[part, None]] = NOBODY
                cosine[row == NOBODY] = -1
            rows[part, : row.shape[1]] = row[:, :k]
            cosines[part, : row.shape[1]] = cosine[:, :k]
        return rows, cosines


def _cells_index(vectors: np.ndarray, rows: np.ndarray) -> Any:
    """Return an empty approximate index, trained on a sample of the rows."""
    import faiss

    d, inner = vectors.shape[1], faiss.METRIC_INNER_PRODUCT
    cells = cells_for(len(rows))
    sample = vectors[spread(rows, cells * SAMPLE_PER_CELL)].astype(np.float32)
    centres = learn_cells(sample, cells)
    parts = next(parts for parts in (d // 2, d) if d % parts == 0)
    coarse = faiss.IndexIVFPQFastScan(centres, d, centres.ntotal, parts, 4, inner, 32, True)
    threads = faiss.omp_get_max_threads()
    faiss.omp_set_num_threads(
        1
    )  # many small steps: threads that wait for each other cost 30 times more
    try:
        coarse.train(spread(sample, CODE_SAMPLE))
    finally:
        faiss.omp_set_num_threads(threads)
    coarse.nprobe = PROBES
    fine = faiss.IndexScalarQuantizer(d, faiss.ScalarQuantizer.QT_fp16, inner)
    fine.train(sample[:1])  # nothing to learn, but faiss asks for it
    index = faiss.IndexRefine(coarse, fine)
    index.k_factor = COMPARED_AGAIN
    return index


def cells_for(n: int) -> int:
    """Return how many cells serve n vectors best: assigning costs n·cells, comparing n·n/cells."""
    return max(1, round(n**0.5))


def learn_cells(sample: np.ndarray, cells: int) -> Any:
    """Return a faiss index of the centres of so many cells, by spherical k-means of a sample of
    unit vectors, float32 [s, d]; the same for the same sample."""
    import faiss

    kmeans = faiss.Kmeans(
        sample.shape[1],
        min(cells, len(sample)),
        niter=ROUNDS,
        spherical=True,
        seed=SEED,
        min_points_per_centroid=1,
        max_points_per_centroid=SAMPLE_PER_CELL,
    )
    kmeans.train(sample)
    return kmeans.index


def spread(rows: np.ndarray, count: int) -> np.ndarray:
    """Return at most so many rows of an array, evenly spread."""
    return rows[:: -(-len(rows) // count)] if len(rows) > count else rows


def blocks_of(rows: np.ndarray) -> list[np.ndarray]:
    """Return the rows in blocks, so that what is widened to float32 stays small."""
    return [rows[start : start + BLOCK] for start in range(0, len(rows), BLOCK)]
