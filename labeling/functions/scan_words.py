"""Whole words in texts by one hash lookup per word of the text, however many are looked for.

It serves the keywords that are one word of ASCII letters, in any case: most of those that authors
write.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from labeling.functions.text_rules import TextRule

WORD = re.compile(r"[a-z0-9_]+")
SPACE, FIRST_FOREIGN, EDGE = 0x20, 0x80, 0xFF
_BREAKS = bytes(c if chr(c).isalnum() or chr(c) == "_" else SPACE for c in range(128)).lower()
BREAKS = _BREAKS + bytes([SPACE]) * 128
"""Byte -> its small letter, or a space for all that is no ASCII word character."""
TWINS = {"\u212a": "k", "\u017f": "s", "\u0131": "i", "\u0130": "i"}
"""Characters beyond ASCII that `re` takes for an ASCII letter where the case does not count."""


def plain_words(rule: TextRule) -> frozenset[str]:
    """Return those of a rule's words that can be looked up here."""
    if rule.case_sensitive or not rule.whole_words or rule.min_count > 1:
        return frozenset()
    return frozenset(word for word in rule.words if WORD.fullmatch(fold(word)))


def fold(word: str) -> str:
    """Return an ASCII word in small letters; what stands for an ASCII letter becomes that."""
    for twin, letter in TWINS.items():
        word = word.replace(twin, letter)
    return word.lower()


@dataclass(frozen=True, kw_only=True)
class WordTable:
    """The words of several rules."""

    words: pa.Array
    """binary [w], each with a space behind it."""
    first: np.ndarray
    """int64 [w + 1]: where the rules of each word begin in `rules`."""
    rules: np.ndarray
    """int64: the numbers of the rules, word after word."""

    @classmethod
    def of(cls, rules: Mapping[int, TextRule]) -> WordTable | None:
        """Return the table of the rules' plain words; None where there are none."""
        owners: dict[str, list[int]] = {}
        for number, rule in rules.items():
            for word in {fold(word) for word in plain_words(rule)}:
                owners.setdefault(word, []).append(number)
        if not owners:
            return None
        return cls(
            words=pa.array([f"{word} ".encode() for word in owners], pa.binary()),
            first=np.cumsum([0, *map(len, owners.values())]),
            rules=np.concatenate([np.array(numbers) for numbers in owners.values()]),
        )

    def find(
        self, data: bytes, ends: np.ndarray, *, ascii_texts: bool
    ) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Return of each word found the rule, the text, and whether the rule surely matches: not
        where a character beyond ASCII stands beside it, which may go on the word.

        `data` are texts with an edge byte before, between and after them, `ends` int64 [n] where
        the edge behind each stands.
        """
        if not ascii_texts:
            for twin, letter in TWINS.items():
                data = data.replace(twin.encode(), letter.encode())
            ends = np.flatnonzero(np.frombuffer(data, np.uint8) == EDGE)[1:]
        codes = np.frombuffer(data, np.uint8)
        broken = data.translate(BREAKS)
        breaks = np.flatnonzero(np.frombuffer(broken, np.uint8) == SPACE).astype(np.int32)
        buffers = [None, pa.py_buffer(breaks + np.int32(1)), pa.py_buffer(broken)]
        tokens = pa.Array.from_buffers(pa.binary(), len(breaks) - 1, buffers)
        found = pc.index_in(tokens, value_set=self.words)
        at = np.flatnonzero(found.is_valid().to_numpy(zero_copy_only=False))
        word = found.drop_null().to_numpy().astype(np.int64)
        beside = np.stack([codes[breaks[at]], codes[breaks[at + 1]]])
        sure = ((beside < FIRST_FOREIGN) | (beside == EDGE)).all(axis=0)
        row = np.searchsorted(ends, breaks[at + 1])
        times = self.first[word + 1] - self.first[word]
        starts = np.repeat(self.first[word] - np.cumsum(times) + times, times)
        rules = self.rules[starts + np.arange(len(starts))]
        return rules, np.repeat(row, times), np.repeat(sure, times)
