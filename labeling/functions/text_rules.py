"""What a declared function looks for in a text: the row-by-row meaning that every scan must equal.

A word's edge is where a word character (Unicode letter, digit or "_") does not go on; scripts
written without spaces (Chinese, Japanese, Thai, ...) have no such edges, so there a keyword may
stand anywhere.
"""

from __future__ import annotations

import functools
import itertools
import re
import unicodedata
from dataclasses import dataclass

NO_SPACES = {"CJK", "IDEOGRAPHIC", "HIRAGANA", "KATAKANA", "HANGUL"}
NO_SPACES |= {"THAI", "LAO", "KHMER", "MYANMAR"}
"""Scripts whose words are not set off by spaces (Korean sets off phrases, not words)."""


@dataclass(frozen=True, kw_only=True)
class TextRule:
    """Words, or a regular expression (Python's `re`), that must occur in a field of a pin."""

    field: str
    words: tuple[str, ...] = ()
    """Composed (NFC), the longest first; none where there is a regex."""
    regex: str = ""
    whole_words: bool = True
    case_sensitive: bool = False
    min_count: int = 1

    @property
    def flags(self) -> int:
        """What the expression is compiled with."""
        return 0 if self.case_sensitive else re.IGNORECASE

    @functools.cached_property
    def expression(self) -> re.Pattern[str]:
        """What is searched for, but for the edges of whole words.

        Raises re.error, OverflowError or RecursionError where `regex` is no regular expression.
        """
        return re.compile(self.regex or "|".join(map(re.escape, self.words)), self.flags)

    def matches(self, text: str) -> bool:
        """Whether at least `min_count` matches follow one another in the text."""
        text, at, left = compose(text), 0, self.min_count
        if self.regex or not self.whole_words:
            found = self.expression.finditer(text)
            return sum(1 for _ in itertools.islice(found, left)) == left
        while left and (match := self.expression.search(text, at)):
            end = self._end_of_word(text, match.start(), match.end())
            at, left = (match.start() + 1, left) if end is None else (end, left - 1)
        return not left

    def _end_of_word(self, text: str, start: int, end: int) -> int | None:
        """Return where the longest whole word from `start` ends; the longest word or part of one
        ends at `end`. None where there is none."""
        if _cuts(text, start):
            return None
        if not _cuts(text, end):
            return end
        for word in self.words:
            shorter = start + len(word)
            if shorter >= end or _cuts(text, shorter):
                continue
            if re.compile(re.escape(word), self.flags).fullmatch(text, start, shorter):
                return shorter
        return None


def compose(text: str) -> str:
    """Return the text with letters and their accents as one character (NFC)."""
    return text if text.isascii() else unicodedata.normalize("NFC", text)


def _cuts(text: str, at: int) -> bool:
    """Whether a word goes on across this place in the text."""
    return 0 < at < len(text) and _goes_on(text[at - 1]) and _goes_on(text[at])


@functools.lru_cache(maxsize=1 << 16)
def _goes_on(character: str) -> bool:
    """Whether it is a letter, digit, "_" or vowel sign of a script that sets off words by spaces."""
    mark = unicodedata.category(character) in ("Mn", "Mc")
    if not (character.isalnum() or character == "_" or mark):
        return False
    name = unicodedata.name(character, "")
    return "VARIATION SELECTOR" not in name and NO_SPACES.isdisjoint(name.replace("-", " ").split())
