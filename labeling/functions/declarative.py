"""Functions that are declared, not coded: keywords, patterns and link domains."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable

from labeling.errors import FunctionError
from labeling.fingerprints import fingerprint
from labeling.functions.function import LabelingFunction, check_name
from labeling.functions.link_domains import DomainRule
from labeling.functions.text_rules import TextRule
from labeling.pins import FIELDS


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
    rule = TextRule(
        field=field,
        words=tuple(listed),
        whole_words=whole_words,
        case_sensitive=case_sensitive,
        min_count=min_count,
    )
    settings = {"words": listed, "whole_words": whole_words, "case_sensitive": case_sensitive}
    return _searching(name, "keywords", vote, rule, settings, ", ".join(listed[:4]))


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
    rule = TextRule(
        field=field,
        regex=unicodedata.normalize("NFC", regex),
        case_sensitive=case_sensitive,
        min_count=min_count,
    )
    try:
        fits_nothing = re.compile(rule.regex, rule.flags).search("")
    except (re.error, OverflowError, RecursionError) as error:
        raise FunctionError(
            f"pattern({name!r}): {regex!r} is no regular expression: {error}."
        ) from error
    if fits_nothing:
        raise FunctionError(
            f"pattern({name!r}): {regex!r} matches empty text, so it would vote everywhere."
        )
    settings = {"regex": regex, "case_sensitive": case_sensitive}
    return _searching(name, "pattern", vote, rule, settings, regex)


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
    polarity = (check_class(name, vote),)
    return LabelingFunction(
        name=check_name(name),
        kind="link_domain",
        fingerprint=fingerprint("link_domain", vote, listed),
        polarity=polarity,
        rule=DomainRule(domains=frozenset(listed)),
        doc=f"link to {', '.join(listed[:4])}{', ...' if len(listed) > 4 else ''}",
    )


def _searching(
    name: str, kind: str, vote: int, rule: TextRule, settings: dict[str, object], shown: str
) -> LabelingFunction:
    if rule.min_count < 1:
        raise FunctionError(
            f"{kind}({name!r}): min_count is {rule.min_count}; it must be at least 1."
        )
    if rule.field in FIELDS[-2:] or rule.field.startswith("label_"):
        raise FunctionError(
            f"{kind}({name!r}) reads {rule.field!r}, which holds reference labels; no function may."
        )
    polarity = (check_class(name, vote),)
    return LabelingFunction(
        name=check_name(name),
        kind=kind,
        fingerprint=fingerprint(kind, vote, rule.field, rule.min_count, settings),
        polarity=polarity,
        rule=rule,
        doc=f"{rule.field}: {shown}",
        field=rule.field,
    )


def check_class(name: str, vote: int) -> int:
    """Return the class that a declared function votes for; raises FunctionError for none."""
    if isinstance(vote, bool) or not isinstance(vote, int) or vote < 0:
        raise FunctionError(
            f"{name!r} votes {vote!r}; a declared function votes for a class by its number: 0 for the "
            "first of its signal's."
        )
    return vote
