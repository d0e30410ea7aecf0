"""Words, their parts and how a text is written, as a linear model reads them."""

from __future__ import annotations

import json
import re

import numpy as np
import pytest
from sklearn.feature_extraction.text import TfidfVectorizer

from labeling import word_features
from labeling.word_features import WordFeatures

TEXTS = ["a calm lake\nby the shore", "FREE gift cards!!!\nclick now", "a calm hill", "free gift"]


def test_what_is_read_back_reads_the_same() -> None:
    fitted = WordFeatures.fit(TEXTS)
    assert fitted is not None
    again = WordFeatures.from_json(json.loads(json.dumps(fitted.to_json())))
    new = ["gift of a calm day", "", "ọjà ọ̀fẹ́"]
    for texts in (TEXTS, new):
        ours, theirs = fitted.transform(texts), again.transform(texts)
        assert ours.shape == (len(texts), fitted.width) and ours.dtype == np.float32
        assert np.allclose(ours.toarray(), theirs.toarray(), atol=1e-6)


def test_parts_of_words_find_who_inflects() -> None:
    fitted = WordFeatures.fit(TEXTS)
    assert fitted is not None
    one, other = fitted.transform(["gifted", "lakeside"]).toarray()
    free = fitted.transform(["free gift"]).toarray()[0]
    assert one @ free > other @ free


def test_parts_are_the_same_with_and_without_accents_and_in_fancy_letters() -> None:
    fitted = WordFeatures.fit(["ọjà ọ̀fẹ́", "oja ofe", "free gift", "𝗙𝗥𝗘𝗘 gift"])
    assert fitted is not None
    read = fitted.transform(["ọjà ọ̀fẹ́", "ojà ofẹ", "𝗙𝗥𝗘𝗘", "free"])
    parts = read[:, len(fitted.words.idf_) : -14].toarray()
    assert parts.any(axis=1).all()
    assert np.array_equal(parts[0], parts[1]) and np.array_equal(parts[2], parts[3])


def test_models_from_before_parts_were_plain_read_as_they_did() -> None:
    texts = ["ọjà ọ̀fẹ́", "ọjà", "free gift", "gift"]
    fitted = WordFeatures.fit(texts)
    assert fitted is not None
    value = {**fitted.to_json(), "parts": ["ọj", "jà"], "part_weights": [1.0, 1.0]}
    del value["parts_are_plain"]
    before = WordFeatures.from_json(value)
    parts = before.transform(texts)[:, len(before.words.idf_) : -14].toarray()
    assert parts.any(axis=1).tolist() == [True, True, False, False]


def test_letters_of_other_scripts_keep_what_is_no_accent() -> None:
    for text in ("नमस्ते दुनिया", "안녕 세상", "ギフト", "ฟรี", "ነፃ"):
        assert word_features.plain_letters(text) == text


def test_texts_without_a_word_that_occurs_twice_cannot_be_counted() -> None:
    assert WordFeatures.fit(["one", "two", "three"]) is None
    assert WordFeatures.fit(["", ""]) is None


@pytest.mark.parametrize(
    ("told", "texts"),
    [
        pytest.param("礼 品", ["免费礼品卡点击领取", "赢取礼品", "宁静的湖边"], id="Chinese"),
        pytest.param("フ ト", ["無料ギフト券", "ギフトを獲得", "静かな湖"], id="Japanese"),
        pytest.param("ฟ ร", ["ของขวัญฟรี", "รับฟรีวันนี้", "ทะเลสาบเงียบ"], id="Thai"),
        pytest.param("ነፃ", ["ነፃ ስጦታ", "ነፃ ካርድ", "ጸጥ ያለ ሐይቅ"], id="Amharic"),
    ],
)
def test_texts_in_scripts_without_spaces_share_words(told: str, texts: list[str]) -> None:
    fitted = WordFeatures.fit(texts)
    assert fitted is not None
    first, second, other = fitted.transform(texts)[:, : -len(fitted.mean)].toarray()
    assert first @ second > first @ other
    assert told in fitted.words.get_feature_names_out()


def test_words_of_other_scripts_are_those_of_scikit_learn() -> None:
    texts = [
        *TEXTS,
        "ọjà ọ̀fẹ́ a",
        "Das Übliche, x_1 und 2 B2B",
        "ነፃ ስጦታ",
        "дом-2 नमस्ते दुनिया",
        "안녕 세상",
    ]
    ours = re.compile(word_features.WORD)
    theirs = re.compile(r"(?u)\b\w\w+\b")
    for text in texts:
        assert ours.findall(text) == theirs.findall(text)


def test_words_that_tell_of_the_classes_count_more_before_a_model_is_fitted() -> None:
    fitted = WordFeatures.fit(TEXTS)
    assert fitted is not None
    counted, soft = fitted.transform(TEXTS), np.eye(2)[[0, 1, 0, 1]]
    scales = fitted.scales(counted, soft)
    place = {word: n for n, word in enumerate(fitted.words.get_feature_names_out())}
    told, common = scales[place["free gift"]], scales[place["calm"]]
    assert told > 0.9 and np.isclose(told, common)  # each in texts of one class alone
    mixed = fitted.scales(counted, np.eye(2)[[0, 1, 1, 1]])
    assert mixed[place["calm"]] < mixed[place["free gift"]]
    squares = np.asarray(counted.power(2).sum(axis=0)).ravel()[:-14]
    assert np.isclose(squares @ scales[:-14] ** 2, squares.sum(), rtol=0.01)
    assert (scales[-14:] == 1).all()


def test_labels_of_one_class_alone_scale_nothing_to_nan() -> None:
    fitted = WordFeatures.fit(TEXTS)
    assert fitted is not None
    for soft in (np.eye(2)[[1, 1, 1, 1]], np.full((4, 2), 0.5)):
        assert np.isfinite(fitted.scales(fitted.transform(TEXTS), soft)).all()


MIXED = [
    *TEXTS,
    "",
    "  \n",
    "ọjà ọ̀fẹ́ ọjà",
    "ΟΔΟΣ Σ ΣΊΣΥΦΟΣ",
    "free\x1cgifts\u00a0FREE",
    "a_b " * 99,
    "𝗙𝗥𝗘𝗘 ﬁlm a´b½ İ Ａ",
]


def test_parts_are_those_of_the_library() -> None:
    fitted = WordFeatures.fit([*MIXED, *MIXED])
    assert fitted is not None
    first = len(fitted.words.idf_)
    ours = fitted.transform(MIXED)[:, first:-14]
    theirs = fitted.parts.transform(MIXED)
    assert (ours != theirs).nnz == 0 and ours.nnz == theirs.nnz > 0


@pytest.mark.parametrize("most", [word_features.MAX_PARTS, 40])
def test_the_parts_that_are_kept_are_those_that_the_library_keeps(
    most: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(word_features, "MAX_PARTS", most)
    monkeypatch.setattr(word_features, "AT_ONCE", 3)
    fitted = WordFeatures.fit([*MIXED, *TEXTS])
    assert fitted is not None
    theirs = TfidfVectorizer(**word_features.PARTS, **word_features.COUNTED, max_features=most)
    theirs.fit([*MIXED, *TEXTS])
    names = theirs.get_feature_names_out().tolist()
    assert fitted.parts.get_feature_names_out().tolist() == names and 0 < len(names) <= most
    np.testing.assert_array_equal(fitted.parts.idf_, theirs.idf_)
