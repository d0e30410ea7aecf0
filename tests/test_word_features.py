"""Words, their parts and how a text is written, as a linear model reads them."""

from __future__ import annotations

import json

import numpy as np

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


def test_texts_without_a_word_that_occurs_twice_cannot_be_counted() -> None:
    assert WordFeatures.fit(["one", "two", "three"]) is None
    assert WordFeatures.fit(["", ""]) is None
