"""Text rules -> expressions for a byte scanner that finds thousands of them in one pass.

The scanner knows bytes and ASCII word edges, Python's `re` knows Unicode, so each rule has two
forms. The one for ASCII texts usually means exactly what the rule means. The one for all other
texts, and for what the scanner cannot express (lookarounds, back references, counts), finds every
text that may match, and each of those is checked row by row. Which characters a letter or class
stands for is asked of `re` itself.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from re import _constants as op  # type: ignore[attr-defined]
from re import _parser  # type: ignore[attr-defined]
from typing import Any

from labeling.functions.scan_words import plain_words
from labeling.functions.text_rules import TextRule

ASCII = "".join(map(chr, range(128)))
EDGE = rb"\xff"
"""A byte no UTF-8 text has: it stands before, between and after the texts of a block."""
FOREIGN = rb"\x80-\xf4"
"""The bytes of characters that are not ASCII, as the inside of a byte class."""


class UnscannableError(ValueError):
    """A rule has no form for the scanner; the message says why."""


@dataclass(frozen=True, kw_only=True)
class Expressions:
    """A rule's form for one kind of text, but for its plain words (see `scan_words`)."""

    alternatives: tuple[bytes, ...]
    """A text may match where one of these is found; none: no text of this kind matches."""
    exact: bool
    """Whether a text that is found does match."""


@functools.lru_cache(maxsize=8192)
def expressions_of(rule: TextRule, *, ascii_texts: bool) -> Expressions:
    """Return a rule's form for ASCII texts, or for all others.

    Raises UnscannableError where it has none.
    """
    if rule.words:
        rest = sorted(set(rule.words) - plain_words(rule))
        found = [_word(rule, word, ascii_texts) for word in rest]
        exact = ascii_texts and rule.min_count == 1
        return Expressions(alternatives=tuple(w for w in found if w is not None), exact=exact)
    writer = _Writer(ascii_texts=ascii_texts)
    try:
        parsed = _parser.parse(rule.regex, rule.flags)
        part = writer.sequence(_trimmed(list(parsed)), parsed.state.flags, first=True, last=True)
    except RecursionError:
        raise UnscannableError("it nests too deep") from None
    if part is None:
        return Expressions(alternatives=(), exact=True)
    if part.shortest == 0:
        raise UnscannableError("what remains of it without lookarounds fits any text")
    exact = ascii_texts and writer.exact and rule.min_count == 1
    return Expressions(alternatives=(part.code,), exact=exact)


def _word(rule: TextRule, word: str, ascii_texts: bool) -> bytes | None:
    """Return a keyword's expression; None where no ASCII text has such a letter."""
    letters = [_letter(letter, rule.flags, ascii_texts) for letter in word]
    if None in letters:
        return None
    code = b"".join(letter for letter in letters if letter is not None)
    if not ascii_texts or not rule.whole_words:
        return code
    # all that begins or ends the word in ASCII is a word character, or none of it is
    before, after = (rb"\b" if re.fullmatch(r"\w", word[at]) else b"" for at in (0, -1))
    return before + code + after


@functools.lru_cache(maxsize=8192)
def _letter(letter: str, flags: int, ascii_texts: bool) -> bytes | None:
    """Return the expression of one character in all its cases; None: no ASCII text has it."""
    same = [letter]
    if flags & re.IGNORECASE:
        same += re.findall(re.escape(letter), _cased(), flags & (re.IGNORECASE | re.ASCII))
    in_ascii = [ord(c) for c in same if c.isascii()]
    others = sorted({c for c in same if not c.isascii()})
    if ascii_texts or not others:
        return _byte_class(in_ascii) if in_ascii else None
    parts = [_byte_class(in_ascii)] if in_ascii else []
    parts += ["".join(f"\\x{byte:02x}" for byte in c.encode()).encode() for c in others]
    return parts[0] if len(parts) == 1 else b"(?:" + b"|".join(parts) + b")"


@functools.cache
def _cased() -> str:
    """Return all characters that have a case."""
    return "".join(c for c in map(chr, range(0x1F000)) if c.lower() != c or c.upper() != c)


def _byte_class(codes: Iterable[int]) -> bytes:
    """Return the class of these ASCII codes."""
    wanted = sorted(set(codes))
    if len(wanted) == 1:
        return f"\\x{wanted[0]:02x}".encode()
    runs: list[list[int]] = []
    for code in wanted:
        if runs and runs[-1][1] == code - 1:
            runs[-1][1] = code
        else:
            runs.append([code, code])
    inside = "".join(f"\\x{a:02x}-\\x{b:02x}" if a < b else f"\\x{a:02x}" for a, b in runs)
    return f"[{inside}]".encode()


@dataclass(frozen=True)
class _Part:
    """A piece of an expression."""

    code: bytes
    shortest: int
    """The least number of bytes of the text that it matches."""


NOTHING = _Part(b"", 0)


class _Writer:
    """Writes a parsed regular expression anew; None stands for what no such text can match."""

    def __init__(self, *, ascii_texts: bool) -> None:
        self.ascii_texts = ascii_texts
        self.exact = True

    def sequence(
        self, nodes: Sequence[Any], flags: int, *, first: bool, last: bool
    ) -> _Part | None:
        """Return nodes in a row; `first` and `last`: nothing stands before, or after, them."""
        code, shortest = b"", 0
        for number, (name, value) in enumerate(nodes):
            begins, ends = first and number == 0, last and number == len(nodes) - 1
            part = self.node(name, value, flags, first=begins, last=ends)
            if part is None:
                return None
            code, shortest = code + part.code, shortest + part.shortest
        return _Part(code, shortest)

    def node(self, name: Any, value: Any, flags: int, *, first: bool, last: bool) -> _Part | None:
        if name in (op.LITERAL, op.NOT_LITERAL, op.ANY, op.IN):
            return self.character(name, value, flags)
        if name is op.SUBPATTERN:
            _, added, removed, inner = value
            return self.group(
                self.sequence(inner, (flags | added) & ~removed, first=first, last=last)
            )
        if name is op.BRANCH:
            branches = [self.sequence(b, flags, first=first, last=last) for b in value[1]]
            found = [b for b in branches if b is not None]
            if not found:
                return None
            code = b"(?:" + b"|".join(b.code for b in found) + b")"
            return _Part(code, min(b.shortest for b in found))
        if name in (op.MAX_REPEAT, op.MIN_REPEAT, op.POSSESSIVE_REPEAT):
            self.exact &= name is not op.POSSESSIVE_REPEAT
            return self.repeat(value[0], value[1], value[2], flags)
        if name is op.ATOMIC_GROUP:
            self.exact = False
            return self.group(self.sequence(value, flags, first=first, last=last))
        if name is op.AT:
            return self.anchor(value, flags, first=first, last=last)
        self.exact = False
        if name in (op.ASSERT, op.ASSERT_NOT):
            return NOTHING
        if name in (op.GROUPREF, op.GROUPREF_EXISTS):
            return _Part(rb"[^\xff]*", 0)
        raise UnscannableError(f"the scanner has no {name}")

    def group(self, part: _Part | None) -> _Part | None:
        return part and _Part(b"(?:" + part.code + b")", part.shortest)

    def repeat(self, least: int, most: Any, nodes: Any, flags: int) -> _Part | None:
        part = self.sequence(nodes, flags, first=False, last=False)
        if part is None:
            return NOTHING if least == 0 else None
        if most is op.MAXREPEAT:
            times = {0: "*", 1: "+"}.get(least, f"{{{least},}}")
        else:
            times = f"{{{least},{most}}}"
        return _Part(b"(?:" + part.code + b")" + times.encode(), part.shortest * least)

    def anchor(self, name: Any, flags: int, *, first: bool, last: bool) -> _Part:
        """Write an assertion of place: exact at the ends of the expression, else left out."""
        lines = bool(flags & re.MULTILINE)
        if name is op.AT_BEGINNING_STRING and first:
            return _Part(EDGE, 0)
        if name is op.AT_BEGINNING and first:
            return _Part(rb"[\n\xff]" if lines else EDGE, 0)
        if name is op.AT_END_STRING and last:
            return _Part(EDGE, 0)
        if name is op.AT_END and last:
            return _Part(rb"[\n\xff]" if lines else rb"\n?\xff", 0)
        edges = {op.AT_BOUNDARY: rb"\b", op.AT_NON_BOUNDARY: rb"\B"}
        if name in edges and self.ascii_texts:
            return _Part(edges[name], 0)
        self.exact = False
        return NOTHING

    def character(self, name: Any, value: Any, flags: int) -> _Part | None:
        if name is op.LITERAL:
            code = _letter(chr(value), flags, self.ascii_texts)
            return None if code is None else _Part(code, 1)
        source, foreign = _class_source(name, value)
        flags &= re.IGNORECASE | re.ASCII | re.DOTALL
        found = [ord(c) for c in re.findall(source, ASCII, flags)]
        if flags & re.IGNORECASE:  # the Kelvin sign is a k, the long s an s
            foreign |= any(not c.isascii() for c in re.findall(source, _cased(), flags))
        if self.ascii_texts or not foreign:
            return _Part(_byte_class(found), 1) if found else None
        # up to four bytes of a character, or of its neighbours: never fewer texts than match
        if not found:
            return _Part(b"[" + FOREIGN + b"]{1,4}", 1)
        return _Part(b"(?:" + _byte_class(found) + b"|[" + FOREIGN + b"]{1,4})", 1)


def _class_source(name: Any, value: Any) -> tuple[str, bool]:
    """Return a character class as Python writes it, and whether it has more than ASCII."""
    if name is op.ANY:
        return ".", True
    if name is op.NOT_LITERAL:
        return f"[^{re.escape(chr(value))}]", True
    body, foreign = "", False
    for kind, item in value:
        if kind is op.NEGATE:
            body, foreign = body + "^", True
        elif kind is op.LITERAL:
            body, foreign = body + re.escape(chr(item)), foreign or item > 127
        elif kind is op.RANGE:
            low, high = item
            body += f"{re.escape(chr(low))}-{re.escape(chr(high))}"
            foreign = foreign or high > 127
        else:
            body, foreign = body + _CATEGORIES[item], True
    return f"[{body}]", foreign


_CATEGORIES = {
    op.CATEGORY_DIGIT: r"\d",
    op.CATEGORY_NOT_DIGIT: r"\D",
    op.CATEGORY_SPACE: r"\s",
    op.CATEGORY_NOT_SPACE: r"\S",
    op.CATEGORY_WORD: r"\w",
    op.CATEGORY_NOT_WORD: r"\W",
}


def _trimmed(nodes: list[Any]) -> list[Any]:
    """Return the nodes with a repeat at either end cut to its least: whether there is a match is
    the same, and the scanner reports it once instead of at every length."""
    for at in (0, -1):
        while nodes and nodes[at][0] in (op.MAX_REPEAT, op.MIN_REPEAT):
            name, (least, _, inner) = nodes[at]
            if least:
                nodes[at] = (name, (least, least, inner))
                break
            del nodes[at]
    return nodes
