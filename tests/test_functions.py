"""The kinds of labeling function against naive references, on real tables of pins."""

from __future__ import annotations

import json
import re
import unicodedata
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from labeling import ABSTAIN, Signal, keywords, link_domain, pattern
from labeling.errors import FunctionError
from labeling.functions import LabelingFunction
from labeling.pins import SCHEMA, PinBatch

YES = 1


def batch_of(*pins: dict[str, Any]) -> PinBatch:
    """Return pins as a table of the real schema; `extra` may be a dict."""
    rows = []
    for number, pin in enumerate(pins):
        row = {name: "" for name in SCHEMA.names} | {"pin_id": f"p{number}", "given_votes": None}
        row |= pin
        row["extra"] = json.dumps(row["extra"]) if row["extra"] else ""
        rows.append(row)
    return PinBatch(pa.Table.from_pylist(rows, schema=SCHEMA))


def fires(function: LabelingFunction, text: str, field: str = "title") -> bool:
    (vote,) = function.vote(batch_of({field: text}), 2).votes
    assert vote in (ABSTAIN, YES)
    return bool(vote == YES)


def register(function: Any, kind: str = "function") -> LabelingFunction:
    signal = Signal("s", classes=["no", "yes"])
    getattr(signal, kind)(name="f")(function)
    return signal["f"]


# The reference: plain loops over characters, no regular expressions.

NO_SPACES = {"CJK", "IDEOGRAPHIC", "HIRAGANA", "KATAKANA", "HANGUL"}
NO_SPACES |= {"THAI", "LAO", "KHMER", "MYANMAR"}


def continues_a_word(character: str) -> bool:
    """A letter, digit, "_" or vowel sign, of a script that sets off words by spaces."""
    name = unicodedata.name(character, "")
    mark = unicodedata.category(character) in ("Mn", "Mc") and "VARIATION SELECTOR" not in name
    if not (character.isalnum() or character == "_" or mark):
        return False
    return not NO_SPACES & set(name.replace("-", " ").split())


def same_letter(a: str, b: str, case_sensitive: bool) -> bool:
    if case_sensitive or a == b:
        return a == b
    a, b = a.lower()[0], b.lower()[0]
    return a == b or a.upper() == b.upper()


def stands_at(text: str, word: str, at: int, whole: bool, case_sensitive: bool) -> bool:
    end = at + len(word)
    if end > len(text):
        return False
    if not all(same_letter(text[at + i], c, case_sensitive) for i, c in enumerate(word)):
        return False
    if not whole:
        return True
    cut_before = at > 0 and continues_a_word(text[at - 1]) and continues_a_word(word[0])
    cut_after = end < len(text) and continues_a_word(text[end]) and continues_a_word(word[-1])
    return not (cut_before or cut_after)


def occurrences(text: str, words: list[str], whole: bool, case_sensitive: bool) -> int:
    text = unicodedata.normalize("NFC", text)
    longest_first = sorted((unicodedata.normalize("NFC", w) for w in words), key=len)[::-1]
    count = at = 0
    while at < len(text):
        found = [w for w in longest_first if stands_at(text, w, at, whole, case_sensitive)]
        count += bool(found)
        at += len(found[0]) if found else 1
    return count


def field_of(pin: dict[str, Any], field: str) -> str:
    if field == "text":
        return f"{pin['title']}\n{pin['description']}"
    return pin["extra"].get(field, "") if field == "shop" else pin[field]


LETTERS = "aAsSkiIıİſKßeéE\u0301\u0307q_7 .-!\n" + "無料人々ー日ｾのไท한कमी" + "🎉❤\ufe0f"
texts = st.text(st.sampled_from(LETTERS), max_size=14) | st.text(max_size=8)
words_of = st.text(st.sampled_from(LETTERS), min_size=1, max_size=3).filter(str.strip)
fields = st.sampled_from(["title", "description", "board", "text", "shop"])
pins_of = st.fixed_dictionaries(
    {"title": texts, "description": texts, "board": texts}
    | {"extra": st.just({}) | st.fixed_dictionaries({"shop": texts})}
)


@settings(max_examples=400, deadline=None, derandomize=True)
@given(
    pins=st.lists(pins_of, min_size=1, max_size=4),
    words=st.lists(words_of, min_size=1, max_size=4),
    field=fields,
    whole=st.booleans(),
    case_sensitive=st.booleans(),
    min_count=st.integers(1, 3),
)
def test_keywords_vote_as_a_naive_search_does(
    pins: list[dict[str, Any]],
    words: list[str],
    field: str,
    whole: bool,
    case_sensitive: bool,
    min_count: int,
) -> None:
    function = keywords(
        "f", YES, words, field=field, whole_words=whole, case_sensitive=case_sensitive,
        min_count=min_count,
    )  # fmt: skip
    found = [occurrences(field_of(pin, field), words, whole, case_sensitive) for pin in pins]
    wanted = [YES if count >= min_count else ABSTAIN for count in found]
    assert function.vote(batch_of(*pins), 2).votes.tolist() == wanted


ACCENTED = {"title": "e\u0301", "description": "é", "board": "", "extra": {}}


@settings(max_examples=200, deadline=None, derandomize=True)
@example(pins=[ACCENTED], regex="e\u0301", field="title", case_sensitive=False, min_count=1)
@example(pins=[ACCENTED], regex="é", field="text", case_sensitive=True, min_count=2)
@given(
    pins=st.lists(pins_of, min_size=1, max_size=4),
    regex=st.sampled_from([r"[a-f]+", r"\d", "é", "e\u0301", r"s.|料", "i", r"^A", r"(\w)\1"]),
    field=fields,
    case_sensitive=st.booleans(),
    min_count=st.integers(1, 3),
)
def test_patterns_vote_as_re_does_on_composed_text(
    pins: list[dict[str, Any]], regex: str, field: str, case_sensitive: bool, min_count: int
) -> None:
    function = pattern(
        "f", YES, regex, field=field, case_sensitive=case_sensitive, min_count=min_count
    )
    flags = 0 if case_sensitive else re.IGNORECASE
    composed = unicodedata.normalize("NFC", regex)
    wanted = []
    for pin in pins:
        text = unicodedata.normalize("NFC", field_of(pin, field))
        wanted.append(YES if len(list(re.finditer(composed, text, flags))) >= min_count else -1)
    assert function.vote(batch_of(*pins), 2).votes.tolist() == wanted


hosts = st.lists(st.sampled_from(["a", "shop", "xshop", "example", "www"]), min_size=1, max_size=4)


@settings(max_examples=200, deadline=None, derandomize=True)
@given(host=hosts, domains=st.lists(hosts, min_size=1, max_size=3), upper=st.booleans())
def test_link_domains_vote_on_the_host_and_the_hosts_below_it(
    host: list[str], domains: list[list[str]], upper: bool
) -> None:
    without = [d[1:] if d[0] == "www" else d for d in domains]
    if not all(without):
        return
    name = ".".join(host)
    link = f"https://user@{name.upper() if upper else name}:8080/shop.example?to=shop.example"
    function = link_domain("f", YES, [".".join(d) for d in domains])
    bare = host[1:] if host[0] == "www" and len(host) > 1 else host
    assert fires(function, link, "link") == any(bare[-len(d) :] == d for d in without)


KEYWORD_CASES = {
    "inside-a-longer-word": ("sale", "wholesale", False),
    "in-an-identifier": ("sale", "sale_2024", False),
    "comma": ("sale", "now,sale,now", True),
    "quotes": ("sale", "“Sale”!", True),
    "apostrophe": ("rock", "rock'n'roll", True),
    "emoji-with-variation-selector": ("sale", "❤\ufe0fsale❤\ufe0f", True),
    "phrase": ("act now", "Please ACT NOW!", True),
    "decomposed-text": ("café", "cafe\u0301 bar", True),
    "decomposed-word": ("cafe\u0301", "CAFÉ", True),
    "composed-letter-goes-on": ("caf", "café", False),
    "accent-goes-on": ("cafe", "cafe\u0301", False),
    "uncomposable-accent-goes-on": ("q", "q\u0307", False),
    "hindi-vowel-sign-goes-on": ("कम", "कमी", False),
    "hindi-word-that-ends-in-a-vowel-sign": ("शादी", "शादीशुदा", False),
    "hindi-word": ("शादी", "मेरी शादी।", True),
    "turkish-dotless-i": ("ucuzluk fırsatı", "Ucuzluk Fırsatı", True),
    "japanese": ("無料", "送料無料です", True),
    "japanese-kana": ("セール", "大セール中", True),
    "japanese-iteration-mark": ("人々", "人々が集まる", True),
    "japanese-half-width": ("ｾｰﾙ", "大ｾｰﾙ中", True),
    "latin-word-in-japanese": ("wifi", "無料WiFi完備", True),
    "thai": ("ฟรี", "ส่งฟรีวันนี้", True),
    "korean-particle": ("무료", "무료로", True),
}


@pytest.mark.parametrize(("word", "text", "wanted"), KEYWORD_CASES.values(), ids=KEYWORD_CASES)
def test_keywords_stand_where_a_reader_sees_the_word(word: str, text: str, wanted: bool) -> None:
    assert fires(keywords("f", YES, [word]), text) is wanted


REFUSED = {
    "one-string": (lambda: keywords("f", 1, "sale"), "got one string; give a list of words"),
    "no-words": (lambda: keywords("f", 1, []), "needs at least one word"),
    "an-empty-word": (lambda: keywords("f", 1, ["a", " "]), "none may be empty"),
    "no-times": (lambda: keywords("f", 1, ["a"], min_count=0), "it must be at least 1"),
    "label": (lambda: keywords("f", 1, ["a"], field="label"), "'label', which holds reference"),
    "split": (lambda: pattern("f", 1, "a", field="split"), "'split', which holds reference"),
    "a-signal's-label": (lambda: keywords("f", 1, ["a"], field="label_spam"), "reference labels"),
    "abstain": (lambda: keywords("f", -1, ["a"]), r"votes -1; a declared function votes for a cl"),
    "a-class-name": (lambda: pattern("f", "spam", "a"), "'f' votes 'spam'; .* by its number"),
    "true": (lambda: link_domain("f", True, ["a.example"]), "'f' votes True"),
    "a-numpy-vote": (lambda: keywords("f", np.int64(1), ["a"]), r"'f' votes np.int64\(1\)"),
    "half-a-class": (lambda: pattern("f", 0.5, "a"), "'f' votes 0.5"),
    "a-name-with-a-space": (lambda: keywords("a b", 1, ["a"]), "'a b' cannot name a labeling"),
    "no-regex": (lambda: pattern("f", 1, "(a"), r"'\(a' is no regular expression: missing \)"),
    "a-huge-repeat": (lambda: pattern("f", 1, "a{99999999999}"), "is no regular expression"),
    "empty-regex": (lambda: pattern("f", 1, ""), "matches empty text, so it would vote everywh"),
    "optional-regex": (lambda: pattern("f", 1, "a*|b"), "matches empty text"),
    "one-domain": (lambda: link_domain("f", 1, "a.example"), "give a list of domains"),
    "scheme": (lambda: link_domain("f", 1, ["https://a.example"]), r"got \['https://a.example'\]"),
}


@pytest.mark.parametrize(("declare", "message"), REFUSED.values(), ids=REFUSED)
def test_a_declaration_that_cannot_work_is_refused(declare: Any, message: str) -> None:
    with pytest.raises(FunctionError, match=message):
        declare()


def test_a_batch_function_gets_a_row_per_pin_and_never_a_reference_label() -> None:
    seen: list[Any] = []

    def look(frame: Any) -> Any:
        seen.append(frame)
        return (frame["shop"] == "A").map({True: 1, False: -1})

    pin = {"title": "a", "link": "https://www.X.example/1", "label": "yes", "split": "test"}
    first = pin | {"extra": {"shop": "A", "label_s": "yes"}}
    votes = register(look, "batch_function").vote(batch_of(first, pin), 2)
    assert (votes.votes.tolist(), votes.faults) == ([1, -1], {})
    assert seen[0]["domain"].tolist() == ["x.example", "x.example"]
    assert seen[0]["text"].tolist() == ["a\n", "a\n"]
    assert not [column for column in seen[0] if column.startswith(("label", "split", "given"))]


def test_a_batch_function_cannot_alter_what_the_next_one_sees() -> None:
    def spoil(frame: Any) -> Any:
        frame.loc[:, "title"] = "spoiled"
        frame.drop(frame.index, inplace=True)
        return [0, 0]

    batch = batch_of({"title": "a"}, {"title": "b"})
    assert register(spoil, "batch_function").vote(batch, 2).votes.tolist() == [0, 0]
    assert batch.frame["title"].tolist() == ["a", "b"]


NOT_A_VOTE = r"^returned .*, wanted ABSTAIN \(-1\) or a class from 0 to 1$"
BATCHES = {  # what is returned for three pins: the votes, and the fault of each faulty row
    "an-array": (np.array([1, 0, -1]), [1, 0, -1], {}),
    "unsigned": (np.array([1, 0, 255], dtype=np.uint8), [1, 0, -1], {2: "^returned 255, and the"}),
    "too-wide-for-int8": ([1, 256, 2**40], [1, -1, -1], dict.fromkeys([1, 2], "^returned .*0 to")),
    "below-abstain": ([-2, 0, 1], [-1, 0, 1], {0: r"classes are 0 to 1 \(-1 abstains\)$"}),
    "a-none": ([None, 0, 1], [-1, 0, 1], {0: "wanted ABSTAIN .* does a branch lack its return"}),
    "floats": (np.array([1.0, 0.0, np.nan]), [-1] * 3, dict.fromkeys(range(3), NOT_A_VOTE)),
    "a-mask": (np.array([True, False, True]), [-1] * 3, dict.fromkeys(range(3), NOT_A_VOTE)),
    "too-few": ([1, 0], [-1] * 3, dict.fromkeys(range(3), r"shape \(2,\), wanted one vote for 3")),
    "a-table": (np.zeros((3, 2)), [-1] * 3, dict.fromkeys(range(3), r"shape \(3, 2\), wanted")),
    "nothing": (None, [-1] * 3, dict.fromkeys(range(3), r"shape \(\), wanted one vote for 3")),
    "an-error": (KeyError("prize"), [-1] * 3, dict.fromkeys(range(3), "^KeyError: 'prize'$")),
}


@pytest.mark.parametrize(("returned", "votes", "faults"), BATCHES.values(), ids=BATCHES)
def test_a_batch_function_faults_where_it_gives_no_vote(
    returned: Any, votes: list[int], faults: dict[int, str]
) -> None:
    def function(frame: Any) -> Any:
        if isinstance(returned, Exception):
            raise returned
        return returned

    result = register(function, "batch_function").vote(batch_of({}, {}, {}), 2)
    assert (result.votes.dtype, result.votes.tolist()) == (np.int8, votes)
    assert result.faults.keys() == faults.keys()
    for row, message in faults.items():
        assert re.search(message, result.faults[row])
