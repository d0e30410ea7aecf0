"""Passes through a model: rows of nearly equal length together, in bfloat16 where it is fast."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np


def token_batches(lengths: np.ndarray, budget: int) -> Iterator[np.ndarray]:
    """Yield rows, shortest first, that fit into one pass: rows times the longest is at most `budget`.

    lengths: int [n], tokens of each row; yields int [b], b at least 1.
    """
    order = np.argsort(lengths, kind="stable")
    start = 0
    while start < len(order):
        padded = lengths[order[start : start + budget]] * np.arange(
            1, min(budget, len(order) - start) + 1
        )
        end = start + max(int(np.searchsorted(padded, budget, side="right")), 1)
        yield order[start:end]
        start = end


def half_is_fast(device: str) -> bool:
    """Whether a type of device computes in bfloat16; elsewhere it is emulated, and slower."""
    import torch

    if device == "cuda":
        return bool(torch.cuda.is_bf16_supported(including_emulation=False))
    known = getattr(torch.cpu, "_is_avx512_bf16_supported", lambda: False)
    return device == "cpu" and bool(known())
