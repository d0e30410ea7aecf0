"""What a labeling function is: a name, a kind, a fingerprint, and votes on a batch of pins."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from labeling.errors import FunctionError
from labeling.fingerprints import fingerprint
from labeling.functions.link_domains import DomainRule, match_domains
from labeling.functions.scan import row_by_row, scan
from labeling.functions.scoring import ABSTAIN, References, Scores, ScoringRule
from labeling.functions.text_rules import TextRule
from labeling.pins import PinBatch

_ADDRESS = re.compile(r" at 0x[0-9a-fA-F]+")  # differs in every process; artifacts must not
NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]{0,63}")


@dataclass(frozen=True, kw_only=True)
class BatchVotes:
    """Votes of one function on a batch."""

    votes: np.ndarray
    """int8 [n]; -1 abstains, and stands where the function faulted."""
    faults: dict[int, str] = field(default_factory=dict)
    """Row in the batch -> what went wrong there, in a sentence."""
    scores: Scores | None = None
    """What a scoring function made of the pins before its threshold."""


@dataclass(frozen=True, kw_only=True)
class LabelingFunction:
    """A named vote on pins. Made by the kinds (`keywords`, `@signal.function`, ...), not by hand."""

    name: str
    kind: str
    """keywords, pattern, link_domain, function, batch_function, snorkel, given, image_measure, or one of
    `functions.meaning`."""
    fingerprint: str
    """Changes when the function's code, constants or settings change."""
    polarity: tuple[int, ...] | None
    """The classes it can vote for, where it declares them; None: any."""
    rule: TextRule | DomainRule | ScoringRule | None = field(
        default=None, repr=False, compare=False
    )
    """What a declared function looks for, where it votes for the only class of its polarity; or how it
    scores pins."""
    code: Callable[[PinBatch, int], BatchVotes] | None = field(
        default=None, repr=False, compare=False
    )
    """What any other function computes: (batch, number of classes) -> votes."""
    references: References | None = field(default=None, repr=False, compare=False)
    """What a scoring function compares pins with; None until it is prepared for a collection."""
    doc: str = ""
    field: str | None = None
    """What a declared function reads: a pin's field, `text`, `domain` or an extra column."""
    sees: tuple[str, ...] = ()
    """What it reads beside the pin's fields: `text` or `image` vectors, or `looks` of the image."""
    references_key: str = ""
    """Names them; part of the fingerprint then."""
    note: str = ""
    """What its author should know of them, e.g. that no threshold reaches the precision asked for."""

    def vote(self, batch: PinBatch, classes: int) -> BatchVotes:
        """Return the function's votes on a batch."""
        return vote_all([self], batch, classes)[0]

    def named(self) -> LabelingFunction:
        """Return the function without its code: what names its votes, and nothing to run."""
        return replace(self, rule=None, code=None, references=None)

    def seeing(self, retries: int) -> LabelingFunction:
        """Return the function as it votes on images of which some were found late (see
        `Collection.retries`)."""
        if not retries or not {"image", "looks"}.intersection(self.sees):
            return self
        return replace(self, fingerprint=fingerprint(self.fingerprint, retries))

    def prepared(
        self, key: str, references: References | None = None, note: str = ""
    ) -> LabelingFunction:
        """Return the function for the collection that its references were made for."""
        named = fingerprint(self.fingerprint, key)
        return replace(
            self, fingerprint=named, references_key=key, references=references, note=note
        )


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
        elif isinstance(function.rule, ScoringRule):
            votes[number] = _vote_by_score(function, function.rule, batch, classes)
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


def _vote_by_score(
    function: LabelingFunction, rule: ScoringRule, batch: PinBatch, classes: int
) -> BatchVotes:
    if function.references is None:
        raise FunctionError(
            f"{function.name} compares pins with what was not made for this collection; vote by "
            "`labeling vote`, or `labeling.vote(...)`, which makes it first."
        )
    if not len(function.references.labels) and rule.examples:
        nothing = np.full(len(batch), ABSTAIN, dtype=np.int8)
        unknown = np.full(len(batch), np.nan, dtype=np.float32)
        return BatchVotes(votes=nothing, scores=Scores(candidates=nothing, scores=unknown))
    try:
        found = rule.score(batch, function.references, classes)
    except Exception as error:  # noqa: BLE001 a model of the author's may raise anything
        message, n = describe(error), len(batch)
        nothing = np.full(n, ABSTAIN, dtype=np.int8)
        return BatchVotes(votes=nothing, faults=dict.fromkeys(range(n), message))
    with np.errstate(invalid="ignore"):
        sure = found.scores >= function.references.threshold
    return BatchVotes(votes=np.where(sure, found.candidates, np.int8(ABSTAIN)), scores=found)


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
