"""What a labeling function is: a name, a kind, a fingerprint, and votes on a batch of pins."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from labeling.errors import FunctionError
from labeling.functions.link_domains import DomainRule, match_domains
from labeling.functions.scan import row_by_row, scan
from labeling.functions.text_rules import TextRule
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
    rule: TextRule | DomainRule | None = field(default=None, repr=False, compare=False)
    """What a declared function looks for; it votes for the only class of its polarity there."""
    code: Callable[[PinBatch, int], BatchVotes] | None = field(
        default=None, repr=False, compare=False
    )
    """What any other function computes: (batch, number of classes) -> votes."""
    doc: str = ""
    field: str | None = None
    """What a declared function reads: a pin's field, `text`, `domain` or an extra column."""

    def vote(self, batch: PinBatch, classes: int) -> BatchVotes:
        """Return the function's votes on a batch."""
        return vote_all([self], batch, classes)[0]

    def named(self) -> LabelingFunction:
        """Return the function without its code: what names its votes, and nothing to run."""
        return replace(self, rule=None, code=None)


def vote_all(
    functions: Sequence[LabelingFunction], batch: PinBatch, classes: int
) -> list[BatchVotes]:
    """Return the votes of functions on a batch, in their order.

    All declared functions that read one field share one scan of it. Raises FunctionError for a
    function that was stripped of its code.
    """
    votes: dict[int, BatchVotes] = {}
    texts: dict[str, dict[int, TextRule]] = {}
    domains: dict[int, DomainRule] = {}
    for number, function in enumerate(functions):
        if isinstance(function.rule, TextRule):
            texts.setdefault(function.rule.field, {})[number] = function.rule
        elif isinstance(function.rule, DomainRule):
            domains[number] = function.rule
        elif function.code is not None:
            votes[number] = function.code(batch, classes)
        else:
            raise FunctionError(f"{function.name} is only a name here; load its signal to vote.")
    matched: dict[int, np.ndarray] = {}
    for read, rules in texts.items():
        matched |= zip(rules, scan(list(rules.values()), batch.array(read)), strict=True)
    if domains:
        found = match_domains(list(domains.values()), batch.column("domain"))
        matched |= zip(domains, found, strict=True)
    for number, rows in matched.items():
        (vote,) = functions[number].polarity or ()
        column = np.full(len(batch), ABSTAIN, dtype=np.int8)
        column[rows] = vote
        votes[number] = BatchVotes(votes=column)
    return [votes[number] for number in range(len(functions))]


def searched_row_by_row(functions: Sequence[LabelingFunction]) -> dict[str, str]:
    """Return the declared functions that no scan can serve, so that they cost as much as Python
    code, each with the reason."""
    declared = [(f.name, f.rule) for f in functions if isinstance(f.rule, TextRule)]
    found = row_by_row([rule for _, rule in declared])
    return {declared[number][0]: reason for number, reason in found.items()}


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
