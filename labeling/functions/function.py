"""What a labeling function is: a name, a kind, a fingerprint, and votes on a batch of pins."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from labeling.errors import FunctionError
from labeling.pins import PinBatch

ABSTAIN = -1
"""The vote of a function that has no opinion; classes are 0..k-1."""

_ADDRESS = re.compile(r" at 0x[0-9a-fA-F]+")  # differs in every process; artifacts must not
NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]{0,63}")


@dataclass(frozen=True, kw_only=True)
class BatchVotes:
    """Votes of one function on a batch."""

    votes: np.ndarray
    """int8 [n]; -1 abstains, and stands where the function faulted."""
    faults: dict[int, str] = field(default_factory=dict)
    """Row in the batch -> what went wrong there, in a sentence."""


@dataclass(frozen=True, kw_only=True)
class LabelingFunction:
    """A named vote on pins. Made by the kinds (`keywords`, `@signal.function`, ...), not by hand."""

    name: str
    kind: str
    """keywords, pattern, link_domain, function, batch_function, snorkel or given."""
    fingerprint: str
    """Changes when the function's code, constants or settings change."""
    polarity: tuple[int, ...] | None
    """The classes it can vote for, where it declares them; None: any."""
    vote: Callable[[PinBatch, int], BatchVotes] = field(repr=False, compare=False)
    """(batch, number of classes) -> votes."""
    doc: str = ""
    field: str | None = None
    """What a declared function reads: a pin's field, `text`, `domain` or an extra column."""

    def named(self) -> LabelingFunction:
        """Return the function without its code: what names its votes, and nothing to call."""
        return replace(self, vote=_not_here)


def _not_here(batch: PinBatch, classes: int) -> BatchVotes:
    raise FunctionError("This process was given only the function's name; load its signal to vote.")


def check_name(name: str) -> str:
    """Return the name; raises FunctionError where it is no Python name of at most 64 characters."""
    if not isinstance(name, str) or not NAME.fullmatch(name):
        raise FunctionError(
            f"{name!r} cannot name a labeling function; use up to 64 letters, digits and '_', "
            "starting with a letter."
        )
    return name


def vote_of(value: Any, classes: int) -> int:
    """Return the vote that a function's return value stands for.

    Raises ValueError, saying what was returned and what was wanted, for anything but -1..k-1.
    """
    if isinstance(value, (bool, np.bool_)) or not isinstance(value, (int, np.integer)):
        hint = "; does a branch lack its return?" if value is None else ""
        raise ValueError(
            f"returned {_short(value)}, wanted ABSTAIN (-1) or a class from 0 to {classes - 1}{hint}"
        )
    if not ABSTAIN <= value < classes:
        raise ValueError(
            f"returned {value}, and the signal's classes are 0 to {classes - 1} (-1 abstains)"
        )
    return int(value)


def _short(value: Any) -> str:
    text = _ADDRESS.sub("", repr(value))
    return text if len(text) <= 40 else f"{text[:37]}..."


def describe(error: BaseException) -> str:
    """Return a fault's message: the exception's type and text, on one line."""
    text = f"{type(error).__name__}: {error}"
    return " ".join(_ADDRESS.sub("", text).split())[:300]
