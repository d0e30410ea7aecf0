"""Near pairs of a whole collection, by vectors and by hashes, joined into groups as they are found."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np

from labeling.groups import NO_KEY, Groups
from labeling.neighbours import SAMPLE_PER_CELL, SEED, blocks_of, cells_for, learn_cells, spread

EXACT_ROWS = 20_000
"""Vectors up to which all pairs are compared; a cell that holds more is cut into cells again."""
COPIES = 3
"""Cells that a vector is compared in at most: those whose centres are nearest to it."""
MARGIN = 0.06
"""A further cell is one of them if its centre's cosine is at most this much lower than the nearest's."""
DEPTH = 3
"""Times that cells are cut into cells; beyond it they are of one piece, and compared whole."""
BLOCK = 2_048
MEMORY = 2 << 30
"""Bytes of vectors held at a time."""
FLAT_BITS = 8
"""A hash with fewer bits set, or fewer not set, is of an image that shows next to nothing."""

BANDS = 4

Join = Callable[[np.ndarray, np.ndarray], None]


@dataclass(frozen=True, kw_only=True)
class VectorBlocks:
    """n vectors in blocks that can be read again, so that not all need be held at a time."""

    read: Callable[[int], np.ndarray]
    """Block number -> float16 [rows, d], unit vectors; zeros where there is nothing to see."""
    sizes: tuple[int, ...]
    """Rows of each block."""

    @classmethod
    def of(cls, vectors: np.ndarray) -> VectorBlocks:
        """Return vectors that are held already, [n, d], as one block."""
        return cls(read=lambda number: vectors, sizes=(len(vectors),))

    def parts(self) -> Iterator[tuple[int, np.ndarray]]:
        """Yield the first row and the vectors of every block."""
        start = 0
        for number, size in enumerate(self.sizes):
            yield start, self.read(number)
            start += size

    def held(self) -> VectorBlocks:
        """Return the same as one block where that fits `MEMORY`, else itself."""
        n, d = sum(self.sizes), self.read(0).shape[1] if self.sizes else 0
        if len(self.sizes) < 2 or 2 * n * d > MEMORY:
            return self
        whole = np.empty((n, d), dtype=np.float16)
        for start, vectors in self.parts():
            whole[start : start + len(vectors)] = vectors
        return VectorBlocks.of(whole)


def join_near_vectors(
    groups: Groups,
    blocks: VectorBlocks,
    threshold: float,
    advance: Callable[[int], None] = lambda count: None,
) -> int:
    """Join rows whose unit vectors have a cosine of at least the threshold; return the cells that
    were compared within: 1 where that was all pairs, up to `EXACT_ROWS` distinct vectors.

    Beyond, vectors meet in the cells whose centres they are nearest to; docs/neighbours.md has the
    share of pairs found. Memory: `MEMORY` for vectors, read again in as many passes as that takes,
    and some 60 bytes a row; time grows with n^1.5. Equal vectors are compared once. The same
    vectors give the same groups.
    """
    blocks = blocks.held()
    keys = np.concatenate([_vector_keys(vectors) for _, vectors in blocks.parts()])
    groups.join_equal(keys)
    _, rows = np.unique(keys, return_index=True)
    rows = np.sort(rows[keys[rows] != NO_KEY])
    advance(len(keys) - len(rows))
    return _join(groups.join, blocks, rows, threshold, advance)


def _join(
    join: Join,
    blocks: VectorBlocks,
    rows: np.ndarray,
    threshold: float,
    advance: Callable[[int], None] = lambda count: None,
    depth: int = 0,
) -> int:
    if len(rows) <= EXACT_ROWS or depth == DEPTH:
        _join_all(join, rows, _take(blocks, rows).astype(np.float32), threshold)
        advance(len(rows))
        return 1
    cells = cells_for(len(rows))
    sample = _take(blocks, spread(rows, cells * SAMPLE_PER_CELL)).astype(np.float32)
    centres = learn_cells(sample, cells)
    member, cell = _assign(centres, blocks, rows)
    ends = np.searchsorted(cell, np.arange(centres.ntotal), side="right")
    told = 0
    for start, end in _passes(ends, MEMORY // (2 * sample.shape[1]), len(blocks.sizes) == 1):
        held, place, join_held = blocks, member[start:end], join
        if len(blocks.sizes) > 1:
            mine, place = np.unique(place, return_inverse=True)
            held = VectorBlocks.of(_take(blocks, mine))
            join_held = partial(_join_named, join, mine)
        for inner in np.split(place, ends[(ends > start) & (ends < end)] - start):
            _join(join_held, held, inner, threshold, depth=depth + 1)
            start += len(inner)
            advance(len(rows) * start // len(member) - told)
            told = len(rows) * start // len(member)
    return int(centres.ntotal)


def _join_named(join: Join, names: np.ndarray, left: np.ndarray, right: np.ndarray) -> None:
    join(names[left], names[right])


def _passes(ends: np.ndarray, limit: int, at_once: bool) -> Iterator[tuple[int, int]]:
    """Yield the start and end of runs of whole cells that together hold at most `limit` members."""
    start = 0
    while start < ends[-1]:
        fits = ends[(ends > start) & (at_once | (ends <= start + limit))]
        end = int(fits[-1] if len(fits) else ends[ends > start][0])
        yield start, end
        start = end


def _take(blocks: VectorBlocks, rows: np.ndarray) -> np.ndarray:
    """Return the vectors of ascending rows, float16 [r, d]."""
    parts = [
        vectors[rows[(rows >= start) & (rows < start + len(vectors))] - start]
        for start, vectors in blocks.parts()
    ]
    return parts[0] if len(parts) == 1 else np.concatenate(parts)


def _assign(centres: Any, blocks: VectorBlocks, rows: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return which rows are members of which cells, int64 and int32, by cell and then by row."""
    members, cells = [], []
    for start, vectors in blocks.parts():
        mine = rows[(rows >= start) & (rows < start + len(vectors))]
        for part in blocks_of(mine):
            wide = vectors[part - start].astype(np.float32)
            cosine, cell = centres.search(wide, min(COPIES, centres.ntotal))
            row, copy = np.nonzero(cosine >= cosine[:, :1] - MARGIN)
            members.append(part[row])
            cells.append(cell[row, copy].astype(np.int32))
    member, cell = np.concatenate(members), np.concatenate(cells)
    order = np.argsort(cell, kind="stable")
    return member[order], cell[order]


def _join_all(join: Join, rows: np.ndarray, vectors: np.ndarray, threshold: float) -> None:
    """Join the rows whose vectors, float32 [m, d], are near: all pairs, block by block."""
    room = np.empty(min(BLOCK, len(vectors)) ** 2, dtype=np.float32)
    for start in range(0, len(vectors), BLOCK):
        left = vectors[start : start + BLOCK]
        for other in range(start, len(vectors), BLOCK):
            right = vectors[other : other + BLOCK]
            cosines = room[: len(left) * len(right)].reshape(len(left), len(right))
            np.matmul(left, right.T, out=cosines)
            near = np.flatnonzero(cosines.ravel() >= threshold)
            i, j = np.divmod(near, len(right))
            apart = start + i < other + j
            i, j = i[apart], j[apart] + (other - start)
            if len(i) > 2 * BLOCK:
                i, j = _spanning(i, j)
            if len(i):
                join(rows[start + i], rows[start + j])


def _spanning(left: np.ndarray, right: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return few pairs that join the same rows: equal pins make millions of pairs in one block."""
    groups = Groups(int(max(left.max(), right.max())) + 1)
    groups.join(left, right)
    leaders = groups.leaders()
    rows = np.flatnonzero(leaders != np.arange(len(leaders)))
    return leaders[rows], rows


def _vector_keys(vectors: np.ndarray) -> np.ndarray:
    """Return a 64-bit digest of each row of float16 [n, d], int64; 0 for a row of zeros."""
    factors = np.random.default_rng(SEED).integers(1, 2**63, vectors.shape[1], dtype=np.uint64)
    bits = np.ascontiguousarray(vectors).view(np.uint16)
    keys = np.empty(len(vectors), dtype=np.uint64)
    for part in blocks_of(np.arange(len(vectors))):
        keys[part] = bits[part].astype(np.uint64) @ factors
    keys[~vectors.any(axis=1)] = NO_KEY
    return keys.view(np.int64)


def join_near_hashes(groups: Groups, hashes: np.ndarray, distance: int) -> None:
    """Join rows whose 64-bit hashes, int64 [n], differ in at most `distance` bits: all such pairs.

    0 is no hash. Nor is one with fewer than `FLAT_BITS` bits set, or not set: the perceptual hash of
    any plain surface or plain gradient is the same handful of bits, which would join them all.
    Multi-index hashing (Norouzi et al., CVPR 2012), faiss's: of 4 bands of 16 bits at least one
    differs in at most distance/4 bits. Memory: some 100 bytes a distinct hash.
    """
    import faiss

    bits = np.bitwise_count(hashes.view(np.uint64))
    kept = np.where((bits >= FLAT_BITS) & (bits <= 64 - FLAT_BITS), hashes, NO_KEY)
    groups.join_equal(kept)
    distinct, row = np.unique(kept, return_index=True)
    distinct, row = distinct[distinct != NO_KEY], row[distinct != NO_KEY]
    if distance < 1 or len(row) < 2:
        return
    index = faiss.IndexBinaryMultiHash(64, BANDS, 64 // BANDS)
    index.nflip = distance // BANDS
    words = distinct.view(np.uint8).reshape(-1, 8)
    index.add(words)
    for part in blocks_of(np.arange(len(row))):
        ends, _, found = index.range_search(words[part], distance + 1)  # faiss: below the radius
        asked = np.repeat(part, np.diff(ends.astype(np.int64)))
        groups.join(row[asked], row[found])
