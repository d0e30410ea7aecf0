"""Functions that are declared, not coded: keywords, patterns and link domains.

What they mean, row by row, is what this module's regular expressions find. A word's edge is where
a word character (Unicode letter, digit or "_") does not go on; scripts written without spaces
(Chinese, Japanese, Thai, ...) have no such edges, so there a keyword may stand anywhere.
"""

from __future__ import annotations

import functools
import re
import unicodedata
from collections.abc import Iterable

import numpy as np

from labeling.errors import FunctionError
from labeling.fingerprints import fingerprint
from labeling.functions.function import ABSTAIN, BatchVotes, LabelingFunction, check_name
from labeling.pins import FIELDS, PinBatch

NO_SPACES = {"CJK", "IDEOGRAPHIC", "HIRAGANA", "KATAKANA", "HANGUL"}
NO_SPACES |= {"THAI", "LAO", "KHMER", "MYANMAR"}
"""Scripts whose words are not set off by spaces (Korean sets off phrases, not words)."""


def keywords(
    name: str,
    vote: int,
    words: Iterable[str],
    *,
    field: str = "text",
    min_count: int = 1,
    whole_words: bool = True,
    case_sensitive: bool = False,
) -> LabelingFunction:
    """Return a function that votes where at least `min_count` of the words or phrases occur.

    `field` is a pin's field, `text` (title and description), `domain` or an extra column. A word
    that occurs twice counts twice. Raises FunctionError for no words, or an empty one.
    """
    if isinstance(words, str):
        raise FunctionError(f"keywords({name!r}) got one string; give a list of words.")
    listed = sorted({unicodedata.normalize("NFC", word) for word in words})
    if not listed or not all(word.strip() for word in listed):
        raise FunctionError(f"keywords({name!r}) needs at least one word, and none may be empty.")
    listed.sort(key=len, reverse=True)  # the longest alternative wins
    body = "|".join(map(re.escape, listed))
    if whole_words:
        w = f"[{_word_characters()}]"
        body = f"(?={body})(?:(?<!{w})|(?!{w}))(?:{body})(?:(?!{w})|(?<!{w}))"
    flags = 0 if case_sensitive else re.IGNORECASE
    settings = {"words": listed, "whole_words": whole_words, "case_sensitive": case_sensitive}
    expression = re.compile(body, flags)
    return _searching(name, "keywords", vote, expression, field, min_count, settings)


def pattern(
    name: str,
    vote: int,
    regex: str,
    *,
    field: str = "text",
    min_count: int = 1,
    case_sensitive: bool = False,
) -> LabelingFunction:
    """Return a function that votes where the regular expression (Python's `re`) matches at least
    `min_count` times.

    Raises FunctionError where the expression does not compile or matches the empty text.
    """
    try:
        expression = re.compile(
            unicodedata.normalize("NFC", regex), 0 if case_sensitive else re.IGNORECASE
        )
    except (re.error, OverflowError, RecursionError) as error:
        raise FunctionError(
            f"pattern({name!r}): {regex!r} is no regular expression: {error}."
        ) from error
    if expression.search(""):
        raise FunctionError(
            f"pattern({name!r}): {regex!r} matches empty text, so it would vote everywhere."
        )
    settings = {"regex": regex, "case_sensitive": case_sensitive}
    return _searching(name, "pattern", vote, expression, field, min_count, settings)


def link_domain(name: str, vote: int, domains: Iterable[str]) -> LabelingFunction:
    """Return a function that votes where the link's host is one of the domains or below one.

    Raises FunctionError for no domains, or one with a scheme or a path.
    """
    if isinstance(domains, str):
        raise FunctionError(f"link_domain({name!r}) got one string; give a list of domains.")
    listed = sorted({domain.lower().removeprefix("www.").strip(".") for domain in domains})
    if not listed or any(not d or "/" in d or " " in d for d in listed):
        raise FunctionError(
            f"link_domain({name!r}) needs bare domains such as 'shop.example', got {listed}."
        )
    known = frozenset(listed)
    polarity = (_class(name, vote),)

    def matches(host: str) -> bool:
        while host:
            if host in known:
                return True
            _, _, host = host.partition(".")
        return False

    def votes(batch: PinBatch, classes: int) -> BatchVotes:
        found = np.fromiter(map(matches, batch.column("domain")), dtype=bool, count=len(batch))
        return BatchVotes(votes=np.where(found, vote, ABSTAIN).astype(np.int8))

    return LabelingFunction(
        name=check_name(name),
        kind="link_domain",
        fingerprint=fingerprint("link_domain", vote, listed),
        polarity=polarity,
        vote=votes,
        doc=f"link to {', '.join(listed[:4])}{', ...' if len(listed) > 4 else ''}",
    )


def _searching(
    name: str,
    kind: str,
    vote: int,
    expression: re.Pattern[str],
    field: str,
    min_count: int,
    settings: dict[str, object],
) -> LabelingFunction:
    if min_count < 1:
        raise FunctionError(f"{kind}({name!r}): min_count is {min_count}; it must be at least 1.")
    polarity = (_class(name, vote),)
    if field in FIELDS[-2:] or field.startswith("label_"):
        raise FunctionError(
            f"{kind}({name!r}) reads {field!r}, which holds reference labels; no function may."
        )

    def matches(text: str) -> bool:
        if not text.isascii():
            text = unicodedata.normalize("NFC", text)
        if min_count == 1:
            return expression.search(text) is not None
        return sum(1 for _ in expression.finditer(text)) >= min_count

    def votes(batch: PinBatch, classes: int) -> BatchVotes:
        found = np.fromiter(map(matches, batch.column(field)), dtype=bool, count=len(batch))
        return BatchVotes(votes=np.where(found, vote, ABSTAIN).astype(np.int8))

    shown = settings.get("regex") or ", ".join(str(w) for w in list(settings["words"])[:4])  # type: ignore[call-overload]
    return LabelingFunction(
        name=check_name(name),
        kind=kind,
        fingerprint=fingerprint(kind, vote, field, min_count, settings),
        polarity=polarity,
        vote=votes,
        doc=f"{field}: {shown}",
        field=field,
    )


def _class(name: str, vote: int) -> int:
    if isinstance(vote, bool) or not isinstance(vote, int) or vote < 0:
        raise FunctionError(
            f"{name!r} votes {vote!r}; a declared function votes for a class, 0 or more."
        )
    return vote


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
