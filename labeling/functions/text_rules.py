"""What a declared function looks for in a text: the row-by-row meaning that every scan must equal.

A word's edge is where a word character (Unicode letter, digit or "_") does not go on; scripts
written without spaces (Chinese, Japanese, Thai, ...) have no such edges, so there a keyword may
stand anywhere.
"""

from __future__ import annotations

import functools
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
        """What is searched for, row by row.

        Raises re.error, OverflowError or RecursionError where `regex` is no regular expression.
        """
        if self.regex:
            return re.compile(self.regex, self.flags)
        body = "|".join(map(re.escape, self.words))
        if self.whole_words:
            w = f"[{_word_characters()}]"
            body = f"(?={body})(?:(?<!{w})|(?!{w}))(?:{body})(?:(?!{w})|(?<!{w}))"
        return re.compile(body, self.flags)

    def matches(self, text: str) -> bool:
        """Whether at least `min_count` matches follow one another in the text."""
        text = compose(text)
        if self.min_count == 1:
            return self.expression.search(text) is not None
        return sum(1 for _ in self.expression.finditer(text)) >= self.min_count


def compose(text: str) -> str:
    """Return the text with letters and their accents as one character (NFC)."""
    return text if text.isascii() else unicodedata.normalize("NFC", text)


@functools.cache
def _word_characters() -> str:
    """Return the body of a character class: letters, digits, "_" and vowel signs, of the scripts
    that set off words by spaces."""
    runs: list[list[int]] = []
    for code in range(0x32400):  # no letters beyond
        if not _goes_on(chr(code)):
            continue
        if runs and runs[-1][1] == code - 1:
            runs[-1][1] = code
        else:
            runs.append([code, code])
    return "".join(f"{chr(first)}-{chr(last)}" for first, last in runs)


def _goes_on(character: str) -> bool:
    mark = unicodedata.category(character) in ("Mn", "Mc")
    if not (character.isalnum() or character == "_" or mark):
        return False
    name = unicodedata.name(character, "")
    return "VARIATION SELECTOR" not in name and NO_SPACES.isdisjoint(name.replace("-", " ").split())
