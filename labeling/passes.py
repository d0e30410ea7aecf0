"""Passes through a model: rows of nearly equal length together, in bfloat16 where it is fast."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import AbstractContextManager
from dataclasses import dataclass
from itertools import chain
from typing import Any, TypeVar

import numpy as np

Item = TypeVar("Item")
Made = TypeVar("Made")

TOKENS_AT_ONCE = {"cpu": 1_536, "cuda": 65_536}
"""Tokens of one pass without gradients, padding included: on a CPU what stays in its cache."""
OTHER_TOKENS_AT_ONCE = 16_384


def tokens_at_once(device: str) -> int:
    """Return the tokens of one pass without gradients on a type of device."""
    return TOKENS_AT_ONCE.get(device, OTHER_TOKENS_AT_ONCE)


@dataclass(frozen=True, kw_only=True)
class Tokens:
    """What a tokenizer made of n texts, end to end in arrays: lists of numbers take longer to pad than a
    GPU to read."""

    parts: Mapping[str, np.ndarray]
    """Name of a model's input -> its values, int64 [tokens]."""
    starts: np.ndarray
    """Where each text begins in them, int64 [n]."""
    lengths: np.ndarray
    """int64 [n]."""
    fill: Mapping[str, int]
    """Name -> what stands in the padding."""
    mask: bool
    """Whether the model is told where the padding is."""
    pads_left: bool

    @classmethod
    def of(cls, tokenizer: Any, texts: Sequence[str], most: int) -> Tokens:
        """Return the tokens of texts, at most `most` of each, by a tokenizer of transformers."""
        names = [name for name in ("input_ids", "token_type_ids") if _reads(tokenizer, name)]
        if getattr(tokenizer, "is_fast", False):
            # the library's call around this takes twice the time, for lists that are thrown away
            backend = tokenizer.backend_tokenizer
            backend.no_padding()
            backend.enable_truncation(most, direction=tokenizer.truncation_side)
            made = backend.encode_batch_fast(list(texts))
            lists = {
                "input_ids": (row.ids for row in made),
                "token_type_ids": (row.type_ids for row in made),
            }
            lengths = np.fromiter(map(len, made), np.int64, len(made))
        else:
            lists = tokenizer(list(texts), truncation=True, max_length=most)
            lengths = np.fromiter(map(len, lists["input_ids"]), np.int64, len(texts))
        return cls(
            parts={name: np.fromiter(chain.from_iterable(lists[name]), np.int64) for name in names},
            starts=np.cumsum(lengths) - lengths,
            lengths=lengths,
            fill={
                "input_ids": tokenizer.pad_token_id,
                "token_type_ids": tokenizer.pad_token_type_id,
            },
            mask=_reads(tokenizer, "attention_mask"),
            pads_left=tokenizer.padding_side == "left",
        )

    def share_of(self, token: int | None, besides: int) -> np.ndarray:
        """Return which share of each text's tokens is `token`, float64 [n]; `besides` is how many every
        text gets."""
        here = self.parts["input_ids"] == token
        upto = np.concatenate([[0], np.cumsum(here)])
        own = np.maximum(self.lengths - besides, 1)
        return (upto[self.starts + self.lengths] - upto[self.starts]) / own

    def batch(self, rows: np.ndarray, device: Any) -> dict[str, Any]:
        """Return some rows as tensors on a device, int64 [b, longest], padded as the tokenizer would."""
        import torch

        lengths = self.lengths[rows, None]
        place = np.arange(lengths.max())
        if self.pads_left:
            place = place - (len(place) - lengths)
        there = (place >= 0) & (place < lengths)
        # a place in the padding reads some token, which is not kept
        source = np.where(there, place + self.starts[rows, None], 0)
        found = {
            name: np.where(there, part[source], self.fill[name])
            for name, part in self.parts.items()
        }
        if self.mask:
            found["attention_mask"] = there.astype(np.int64)
        return {name: torch.from_numpy(part).to(device) for name, part in found.items()}


def _reads(tokenizer: Any, name: str) -> bool:
    return name in tokenizer.model_input_names


def ahead(make: Callable[[Item], Made], items: Iterable[Item]) -> Iterator[Made]:
    """Yield what is made of each item, in order; the next is made in a thread meanwhile."""
    with ThreadPoolExecutor(1) as thread:
        waiting: Future[Made] | None = None
        for item in items:
            following = thread.submit(make, item)
            if waiting is not None:
                yield waiting.result()
            waiting = following
        if waiting is not None:
            yield waiting.result()


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
