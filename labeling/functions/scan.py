"""Many text rules on many texts in one pass: which rule matches which text.

The texts of a block lie behind one another in one buffer. Plain words are looked up word by word,
and Hyperscan (Intel's multi-pattern matcher; Wang et al., NSDI 2019) walks the buffer once for all
the rest, so one rule more costs next to nothing. What neither can answer for sure is checked by the
rule itself, and rules that Hyperscan cannot take run row by row: the answer is always the rule's.
"""

from __future__ import annotations

import functools
import threading
from array import array
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from labeling.functions.scan_expressions import UnscannableError, expressions_of
from labeling.functions.scan_words import WordTable
from labeling.functions.text_rules import TextRule, compose

BLOCK_ROWS = 4096
SAMPLE_ROWS = 64
FLOOD = 3 * SAMPLE_ROWS
"""Matches in a sample from which a rule is cheaper row by row: Python hears of every single match,
while a search ends at the first."""

_scanning = threading.Lock()
"""A database has room for one scan at a time."""


def scan(rules: Sequence[TextRule], texts: pa.Array) -> np.ndarray:
    """Return which rule matches which text, bool [m, n]. The rules read one field; texts are its
    values, string [n] without nulls."""
    found = np.zeros((len(rules), len(texts)), dtype=bool)
    plans: dict[bool, _Plan] = {}
    for start in range(0, len(texts), BLOCK_ROWS):
        part = texts.slice(start, BLOCK_ROWS)
        in_ascii = pc.string_is_ascii(part).to_numpy(zero_copy_only=False)
        for ascii_texts in (True, False):
            rows = np.flatnonzero(in_ascii == ascii_texts)
            if not len(rows):
                continue
            block = _Block.of(part, rows, ascii_texts)
            plan = plans.get(ascii_texts) or _plan(tuple(rules), ascii_texts)
            plan = plans[ascii_texts] = plan.calmed(block)
            plan.search(block, found[:, start : start + BLOCK_ROWS])
    return found


def row_by_row(rules: Sequence[TextRule]) -> dict[int, str]:
    """Return which rules are searched for text by text, which is slow, and why."""
    plans = [_plan(tuple(rules), ascii_texts) for ascii_texts in (False, True)]
    return plans[0].row_by_row | plans[1].row_by_row


@dataclass(frozen=True, kw_only=True)
class _Block:
    """Texts behind one another, with an edge before, between and after them."""

    data: bytes
    ends: np.ndarray
    """int64 [n]: where the edge behind each text stands."""
    texts: pa.Array
    rows: np.ndarray
    """int64 [n]: which rows of all these texts are."""

    @classmethod
    def of(cls, texts: pa.Array, rows: np.ndarray, ascii_texts: bool) -> _Block:
        if len(rows) < len(texts):
            texts = texts.take(pa.array(rows))
        if not ascii_texts:
            texts = pa.array([compose(text) for text in texts.to_pylist()], pa.string())
        edged = pc.binary_join_element_wise(texts.cast(pa.binary()), b"", b"\xff")
        offsets = np.frombuffer(edged.buffers()[1], np.int32)[edged.offset :][: len(edged) + 1]
        data = b"\xff" + edged.buffers()[2].to_pybytes()[offsets[0] : offsets[-1]]
        ends = offsets[1:].astype(np.int64) - offsets[0]
        return cls(data=data, ends=ends, texts=texts, rows=rows)


@dataclass(frozen=True, kw_only=True)
class _Plan:
    """How rules are looked for in one kind of text."""

    rules: tuple[TextRule, ...]
    ascii_texts: bool
    flooding: frozenset[int]
    """The rules that match too often to be scanned."""
    row_by_row: dict[int, str]
    """These, and those that cannot be scanned, with the reason."""
    exact: np.ndarray
    """bool [m]: whether a text that the scan finds does match."""
    words: WordTable | None
    database: Any
    """Hyperscan's; None where nothing is left for it."""

    def calmed(self, block: _Block) -> _Plan:
        """Return the plan without a scan for the rules that match too often, by a sample."""
        sample = block.data[: block.ends[:SAMPLE_ROWS][-1] + 1]
        counts = np.bincount(self.matches(sample)[0], minlength=len(self.rules))
        flooding = self.flooding | set(np.flatnonzero(counts > FLOOD).tolist())
        return self if flooding == self.flooding else _plan(self.rules, self.ascii_texts, flooding)

    def search(self, block: _Block, found: np.ndarray) -> None:
        """Set what matches in `found`, bool [m, rows of all]."""
        numbers, places = self.matches(block.data)
        local = np.searchsorted(block.ends, places - 1)  # the last byte: an edge ends its text
        self.settle(block, found, numbers, local, self.exact[numbers])
        if self.words is not None:
            words = self.words.find(block.data, block.ends, ascii_texts=self.ascii_texts)
            self.settle(block, found, *words)
        if self.row_by_row:
            texts = block.texts.to_pylist()
            for number in self.row_by_row:
                matches = self.rules[number].matches
                found[number, block.rows] = [matches(text) for text in texts]

    def settle(
        self,
        block: _Block,
        found: np.ndarray,
        numbers: np.ndarray,
        local: np.ndarray,
        sure: np.ndarray,
    ) -> None:
        """Set in `found` where rules were found, by number and row of the block; what is not sure
        is checked by its rule."""
        found[numbers[sure], block.rows[local[sure]]] = True
        maybe = np.unique(numbers[~sure] * len(block.ends) + local[~sure])
        for number, row in zip(*np.divmod(maybe, len(block.ends)), strict=True):
            if not found[number, block.rows[row]]:
                text = block.texts[row].as_py()
                found[number, block.rows[row]] = self.rules[number].matches(text)

    def matches(self, data: bytes) -> tuple[np.ndarray, np.ndarray]:
        """Return of each match the rule and where it ends, int64 [matches] both."""
        ids, places = array("q"), array("q")
        if self.database is not None:

            def note(number: int, start: int, end: int, flags: int, context: object) -> None:
                ids.append(number)
                places.append(end)

            with _scanning:
                self.database.scan(data, match_event_handler=note)
        return np.frombuffer(ids, np.int64), np.frombuffer(places, np.int64)


@functools.lru_cache(maxsize=32)
def _plan(
    rules: tuple[TextRule, ...], ascii_texts: bool, flooding: frozenset[int] = frozenset()
) -> _Plan:
    """Return the plan, with the rules in `flooding` row by row."""
    row_by_row = dict.fromkeys(sorted(flooding), "it matches nearly everywhere")
    exact = np.zeros(len(rules), dtype=bool)
    codes: dict[int, tuple[bytes, ...]] = {}
    for number, rule in enumerate(rules):
        if number not in flooding:
            try:
                form = expressions_of(rule, ascii_texts=ascii_texts)
            except UnscannableError as error:
                row_by_row[number] = str(error)
            else:
                codes[number], exact[number] = form.alternatives, form.exact
    database, refused = _compiled(codes)
    row_by_row |= refused
    return _Plan(
        rules=rules,
        ascii_texts=ascii_texts,
        flooding=flooding,
        row_by_row=row_by_row,
        exact=exact,
        words=WordTable.of({n: rule for n, rule in enumerate(rules) if n not in row_by_row}),
        database=database,
    )


def _compiled(codes: dict[int, tuple[bytes, ...]]) -> tuple[Any, dict[int, str]]:
    """Return the database of all expressions that Hyperscan can take, and the rules that it cannot,
    with the reason."""
    try:
        import hyperscan
    except ImportError:
        return None, dict.fromkeys(codes, "hyperscan is not installed here")
    try:
        return _database(codes), {}
    except hyperscan.error as error:
        if len(codes) == 1:
            return None, dict.fromkeys(codes, f"Hyperscan refuses it: {error}")
    half = len(codes) // 2
    _, refused = _compiled(dict(list(codes.items())[:half]))
    refused |= _compiled(dict(list(codes.items())[half:]))[1]
    return _database({n: code for n, code in codes.items() if n not in refused}), refused


def _database(codes: dict[int, tuple[bytes, ...]]) -> Any:
    """Return the compiled expressions, each reporting its rule; None for no expression."""
    listed = [(number, code) for number, codes_of in codes.items() for code in codes_of]
    if not listed:
        return None
    import hyperscan

    database = hyperscan.Database()
    database.compile(
        expressions=[code for _, code in listed],
        ids=[number for number, _ in listed],
        elements=len(listed),
        flags=[0] * len(listed),
    )
    return database
