"""One scan for all rules against each rule by itself: no cell may differ."""

from __future__ import annotations

import re
import warnings

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from labeling.functions import scan as scan_module
from labeling.functions.scan import reason_row_by_row, scan
from labeling.functions.scan_expressions import UnscannableError, expressions_of
from labeling.functions.text_rules import TextRule, compose

ALPHABET = "aAbBkKsS\u212a\u017fiI\u0131\u0130ßẞéÉe\u0301 _-.$%!09\n\x1c\u00a0\u2009無料ー🎉\ufe0fकमीṩЖж٣Ⅷ\ufb05\ufb06"
texts_of = st.lists(
    st.text(st.sampled_from(ALPHABET), max_size=12)
    | st.text(st.sampled_from("aAbBkKsSiI _-.$%!09\n\x1c"), max_size=12)
    | st.text(max_size=6),
    min_size=1,
    max_size=8,
)
letters = st.sampled_from(ALPHABET).map(re.escape)
classes = st.sampled_from(
    [r"\d", r"\D", r"\s", r"\S", r"\w", r"\W", ".", "[a-k]", "[^a-k]", "[ks]", "[^s]", "[é-ж]"]
    + [r"[\da-b]", r"[^\W_]", "[A-Z]", r"[\s\-.]", "[^é]", "[!-~]"]
)
places = st.sampled_from([r"\b", r"\B", "^", "$", r"\A", r"\Z"])
atoms = letters | letters | classes | places


def _larger(inner: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    times = st.sampled_from(["?", "*", "+", "{2}", "{1,3}", "{2,}", "*?", "+?", "??", "*+", "?+"])
    return (
        st.lists(inner, min_size=1, max_size=4).map("".join)
        | st.tuples(inner, inner).map(lambda two: f"(?:{two[0]}|{two[1]})")
        | st.tuples(inner, times).map(lambda two: f"(?:{two[0]}){two[1]}")
        | inner.map(lambda one: f"({one})\\1")
        | st.tuples(st.sampled_from(["?=", "?!", "?<=", "?<!", "?>", "?i:", "?-i:", "?s:"]), inner)
        .map(lambda two: f"({two[0]}{two[1]})")
    )  # fmt: skip


regexes = st.tuples(
    st.sampled_from(["", "", "", "(?s)", "(?m)", "(?a)", "(?x)"]),
    st.recursive(atoms, _larger, max_leaves=8),
).map("".join)


def usable(regex: str) -> bool:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return re.compile(regex).search("") is None
    except (re.error, IndexError):
        return False


words = st.lists(
    st.text(st.sampled_from(ALPHABET), min_size=1, max_size=4).map(compose), min_size=1, max_size=3
).map(lambda listed: tuple(sorted(set(listed), key=len, reverse=True)))
switches = {"field": st.just("text"), "case_sensitive": st.booleans()} | {
    "min_count": st.sampled_from([1, 1, 1, 2, 3])
}
rules_of = st.lists(
    st.builds(TextRule, regex=regexes.map(compose).filter(usable), **switches)
    | st.builds(TextRule, words=words, whole_words=st.booleans(), **switches),
    min_size=1,
    max_size=5,
)


def cases(word: str) -> st.SearchStrategy[str]:
    return st.sampled_from([word, word.upper(), word.lower(), word.title()])


@st.composite
def rules_and_texts(draw: st.DrawFn) -> tuple[list[TextRule], list[str]]:
    """Rules, and texts of which about half match one of them."""
    rules, texts = draw(rules_of), draw(texts_of)
    for rule in rules:
        if rule.words:
            around = draw(st.sampled_from(["{}", "x{}", "{} é", "é{}", "_{}-", "無{}"]))
            texts.append(around.format(draw(st.sampled_from(rule.words).flatmap(cases))))
        else:
            texts.append(draw(st.from_regex(rule.expression)))
    return rules, texts


@settings(max_examples=1000, deadline=None, derandomize=True)
@given(rules_and_texts())
@pytest.mark.filterwarnings("ignore")
def test_a_scan_finds_what_each_rule_matches(given: tuple[list[TextRule], list[str]]) -> None:
    rules, texts = given
    found = scan(rules, pa.array(texts, pa.string()))
    assert found.tolist() == [[rule.matches(text) for text in texts] for rule in rules]
