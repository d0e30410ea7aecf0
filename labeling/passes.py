"""Passes through a model: rows of nearly equal length together, in bfloat16 where it is fast."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from typing import Any

import numpy as np

TOKENS_AT_ONCE = {"cpu": 1_536, "cuda": 65_536}
"""Tokens of one pass without gradients, padding included: on a CPU what stays in its cache."""
OTHER_TOKENS_AT_ONCE = 16_384


def tokens_at_once(device: str) -> int:
    """Return the tokens of one pass without gradients on a type of device."""
    return TOKENS_AT_ONCE.get(device, OTHER_TOKENS_AT_ONCE)


def padded(tokenizer: Any, tokens: Mapping[str, Sequence[Any]], rows: np.ndarray) -> Any:
    """Return some rows of what a tokenizer made, as tensors of equal length."""
    some = {name: [part[row] for row in rows] for name, part in tokens.items()}
    return tokenizer.pad(some, return_tensors="pt")


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


def half(device: str) -> AbstractContextManager[Any]:
    """Return a context that computes in bfloat16 on a type of device."""
    import torch

    return torch.autocast(device, dtype=torch.bfloat16)
