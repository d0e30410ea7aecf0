"""One scan for all rules against each rule by itself: no cell may differ."""

from __future__ import annotations

import re
import sys
import warnings

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from labeling.functions.scan import _plan, row_by_row, scan
from labeling.functions.text_rules import TextRule, compose

ALPHABET = "aAbBkKsSiI _-.$%!09\n\x1c" + "\u212a\u017f\u0131\u0130ßẞéÉe\u0301\u00a0\u2009"
ALPHABET += "無料ー🎉\ufe0fकमीṩЖж٣Ⅷ\ufb05\ufb06"
texts_of = st.lists(
    st.text(st.sampled_from(ALPHABET), max_size=12)
    | st.text(st.sampled_from("aAbBkKsSiI _-.$%!09\n\x1c"), max_size=12)
    | st.text(max_size=6),
    min_size=1,
    max_size=8,
)
letters = st.sampled_from(ALPHABET).map(re.escape)
classes = st.sampled_from(
    r"\d;\D;\s;\S;\w;\W;.;[a-k];[^a-k];[ks];[^s];[é-ж];[\da-b];[^\W_];[A-Z];[\s\-.];[^é]".split(";")  # noqa: SIM905
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


UNBOUNDED = re.compile(r"(?:[*+]|,\})[?+]?")


def quick_to_fail(regex: str) -> bool:
    """Whether `re` cannot take hours to find nothing, as in "((?:_{2,})+)\\1" on a row of "_": texts
    that match are drawn by search. Which are drawn also depends on the strings in the project's code."""
    return len(UNBOUNDED.findall(regex)) < 2


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
        elif quick_to_fail(rule.regex):
            texts.append(draw(st.from_regex(rule.expression)))
    return rules, texts


@settings(max_examples=1000, deadline=None, derandomize=True)
@given(rules_and_texts())
@pytest.mark.filterwarnings("ignore")
def test_a_scan_finds_what_each_rule_matches(given: tuple[list[TextRule], list[str]]) -> None:
    rules, texts = given
    found = scan(rules, pa.array(texts, pa.string()))
    assert found.tolist() == [[rule.matches(text) for text in texts] for rule in rules]


CASES = {
    "plain words": (TextRule(field="text", words=("free", "gratis")), None),
    "a phrase": (TextRule(field="text", words=("act now",)), None),
    "another script": (TextRule(field="text", words=("무료", "बिक्री")), None),
    "counted words": (TextRule(field="text", words=("free",), min_count=2), None),
    "a pattern": (TextRule(field="text", regex=r"\b\d+% off$"), None),
    "a lookahead beside letters": (TextRule(field="text", regex=r"free(?! shipping)"), None),
    "a back reference": (TextRule(field="text", regex=r"(\w)\1\1!"), None),
    "only a lookahead": (TextRule(field="text", regex=r"(?=[A-Z]{9})"), "fits any text"),
    "a repeat too long": (TextRule(field="text", regex=r"xa{1,99999}b"), "Hyperscan refuses it"),
}


@pytest.mark.parametrize(("rule", "reason"), CASES.values(), ids=CASES)
def test_a_rule_that_cannot_be_scanned_says_why(rule: TextRule, reason: str | None) -> None:
    found = row_by_row([rule]).get(0)
    assert found is None if reason is None else reason in str(found)


def test_a_rule_that_matches_everywhere_is_searched_row_by_row() -> None:
    everywhere, rare = TextRule(field="text", regex=r"\w"), TextRule(field="text", regex="zebra")
    texts = ["many words of a text that goes on", "a zebra", "...", "été"] * 50
    found = scan([everywhere, rare], pa.array(texts))
    assert found.sum(axis=1).tolist() == [150, 50]


def test_blocks_are_cut_anywhere_with_the_same_result(monkeypatch: pytest.MonkeyPatch) -> None:
    rules = [
        TextRule(field="text", words=("free", "sale é")),
        TextRule(field="text", regex="^s.*x$"),
    ]
    texts = pa.array(["free", "s x", "", "SALE É", "é free", "ſale é", "s\nx", "freeé"] * 9)
    whole = scan(rules, texts)
    for rows in (1, 3, 7):
        monkeypatch.setattr("labeling.functions.scan.BLOCK_ROWS", rows)
        assert (scan(rules, texts) == whole).all()
        assert (scan(rules, texts.slice(5)) == whole[:, 5:]).all()


def test_without_hyperscan_every_rule_runs_row_by_row(monkeypatch: pytest.MonkeyPatch) -> None:
    rules = [TextRule(field="text", words=("act now",)), TextRule(field="text", regex=r"\d%")]
    texts = pa.array(["act now", "9% off", "nothing"])
    whole = scan(rules, texts)
    monkeypatch.setitem(sys.modules, "hyperscan", None)
    _plan.cache_clear()
    assert row_by_row(rules) == dict.fromkeys([0, 1], "hyperscan is not installed here")
    assert (scan(rules, texts) == whole).all()
    _plan.cache_clear()
