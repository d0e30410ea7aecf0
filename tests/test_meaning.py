"""Functions on vectors: each kind against a plain loop, honest on its own examples, clear when wrong."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pytest

from labeling.errors import FunctionError
from labeling.functions import (
    GOLD,
    LabelingFunction,
    References,
    classifier,
    cluster,
    duplicate_of,
    image_measure,
    nearest,
    pin_ids,
    prototype,
    similar_to,
    zero_shot,
)
from labeling.pins import PinBatch
from labeling.signals import Signal

K = 3
DRAW = np.random.default_rng(0)


def units(n: int, d: int = 8) -> np.ndarray:
    values = DRAW.normal(size=(n, d))
    return (values / np.linalg.norm(values, axis=1, keepdims=True)).astype(np.float16)


class GivenViews:
    """Vectors and looks as a test gives them."""

    def __init__(self, vectors: np.ndarray, looks: dict[str, np.ndarray] | None = None) -> None:
        self._vectors, self._looks = vectors, looks or {}

    def vectors(self, of: str) -> np.ndarray:
        return self._vectors

    def look(self, column: str) -> np.ndarray:
        return self._looks[column]


def batch_of(vectors: np.ndarray, **looks: np.ndarray) -> PinBatch:
    names = [f"p{number}" for number in range(len(vectors))]
    texts = [f"text {number}" for number in range(len(vectors) - 1)] + [""]
    table = pa.table({"pin_id": names, "title": texts, "description": [""] * len(vectors)})
    return PinBatch(table, views=GivenViews(vectors, looks))


def ready(function: LabelingFunction, references: References) -> LabelingFunction:
    return replace(function, references=references)


def cosine(a: np.ndarray, b: np.ndarray) -> float:
    return float(a.astype(np.float32) @ b.astype(np.float32))


PINS = units(400)
PINS[7] = 0  # nothing to see
KNOWN = units(12)
LABELS = np.array([0, 1, 2] * 4, dtype=np.int8)
IDS = tuple(f"p{n}" if n < 3 else "" for n in range(12))
"""The first three examples are the pins p0, p1, p2 themselves."""
PINS[:3] = KNOWN[:3]
REFERENCES = References(vectors=KNOWN, labels=LABELS, ids=IDS, threshold=0.3)


def rest(row: int) -> list[int]:
    return [n for n in range(12) if n != row or row > 2]


def test_similar_to_votes_where_the_best_cosine_is_high_enough() -> None:
    function = ready(similar_to("f", 1, ["a"], above=0.3), REFERENCES)
    found = function.vote(batch_of(PINS), K)
    for row, pin in enumerate(PINS):
        best = max(rest(row), key=lambda n: cosine(pin, KNOWN[n]))
        score = cosine(pin, KNOWN[best])
        if abs(score - 0.3) > 1e-3:
            wanted = LABELS[best] if score >= 0.3 and row != 7 else -1
            assert found.votes[row] == wanted, row


def test_a_prototype_is_the_mean_of_its_examples_without_the_pin_itself() -> None:
    function = ready(prototype("f", {0: ["a"]}, margin=0.0), replace(REFERENCES, threshold=0.0))
    found = function.vote(batch_of(PINS), K)
    for row, pin in enumerate(PINS):
        if row == 7:
            assert found.votes[row] == -1
            continue
        means = [
            KNOWN[[n for n in rest(row) if LABELS[n] == y]].astype(np.float32).mean(axis=0)
            for y in range(K)
        ]
        cosines = [float(pin.astype(np.float32) @ m / np.linalg.norm(m)) for m in means]
        order = np.argsort(cosines)
        assert found.votes[row] == order[-1]
        assert found.scores is not None
        lead = cosines[order[-1]] - cosines[order[-2]]
        assert found.scores.scores[row] == pytest.approx(lead, abs=2e-3)


def test_nearest_counts_the_classes_of_the_k_nearest() -> None:
    function = ready(nearest("f", {0: ["a"]}, k=3), replace(REFERENCES, threshold=0.6))
    found = function.vote(batch_of(PINS), K)
    for row, pin in enumerate(PINS):
        near = sorted(rest(row), key=lambda n: -cosine(pin, KNOWN[n]))[:3]
        counts = np.bincount(LABELS[near], minlength=K)
        wanted = counts.argmax() if counts.max() >= 2 and row != 7 else -1
        assert found.votes[row] == wanted, row


def test_a_cluster_votes_as_its_labelled_pins_do_without_the_pin_itself() -> None:
    centers = units(4).astype(np.float32)
    known = replace(REFERENCES, centers=centers, threshold=0.6)
    function = ready(cluster("f", {0: ["a"]}, clusters=4), known)
    found = function.vote(batch_of(PINS), K)

    def home(vector: np.ndarray) -> int:
        return int(((vector.astype(np.float32) - centers) ** 2).sum(axis=1).argmin())

    for row, pin in enumerate(PINS):
        there = [LABELS[n] for n in rest(row) if home(KNOWN[n]) == home(pin)]
        counts = np.bincount(there, minlength=K)
        sure = there and counts.max() / len(there) >= 0.6 and row != 7
        assert found.votes[row] == (counts.argmax() if sure else -1), row


def test_equal_pictures_are_found_by_their_hashes() -> None:
    hashes = DRAW.integers(-(2**63), 2**63, 50)
    hashes[3], hashes[4] = hashes[0] ^ 0b111, hashes[0] ^ 0xFFFF
    hashes[9] = hashes[0]
    seen = np.ones(50, dtype=np.int64)
    seen[9] = 0
    batch = batch_of(units(50), phash=hashes, content=seen)
    known = References(
        vectors=hashes[:1], labels=np.array([1], np.int8), ids=("p0",), threshold=0.95
    )
    function = ready(duplicate_of("f", 1, pin_ids("p0"), on="hash"), known)
    assert np.flatnonzero(function.vote(batch, K).votes == 1).tolist() == [3]


def test_a_fitted_estimator_votes_with_its_probability() -> None:
    from sklearn.linear_model import LogisticRegression

    model = LogisticRegression().fit(KNOWN.astype(np.float32), LABELS)
    nothing = References(
        vectors=np.empty((0, 1), np.float16), labels=np.empty(0, np.int8), threshold=0.4
    )
    function = ready(classifier("f", model, above=0.4), nothing)
    found = function.vote(batch_of(PINS), K)
    probabilities = model.predict_proba(PINS.astype(np.float32))
    wanted = np.where(probabilities.max(axis=1) >= 0.4, probabilities.argmax(axis=1), -1)
    wanted[7] = -1
    assert np.array_equal(found.votes, wanted)


def test_a_model_of_words_reads_the_text_and_is_loaded_when_it_votes() -> None:
    from sklearn.feature_extraction.text import TfidfVectorizer
    from sklearn.linear_model import LogisticRegression
    from sklearn.pipeline import make_pipeline

    loaded = []

    def load() -> Any:
        loaded.append(1)
        model = make_pipeline(TfidfVectorizer(token_pattern=r"\d"), LogisticRegression(C=100))
        return model.fit(["1", "1 1", "2", "2 2"], ["one", "one", "two", "two"])

    nothing = References(
        vectors=np.empty((0, 1), np.float16), labels=np.empty(0, np.int8), threshold=0.6
    )
    declared = classifier("f", load, on="words", above=0.6, labels={"one": 0})
    assert not loaded
    found = ready(declared, nothing).vote(batch_of(units(13)), K).votes
    assert found[1] == 0, "text 1"
    assert found[2] == -1, "the author left the class `two` out"
    assert found[12] == -1, "no text"


def test_a_hugging_face_pipeline_is_a_classifier() -> None:
    class Pipeline:
        """What a text-classification pipeline is to its caller."""

        task = "text-classification"

        def __call__(self, texts: list[str], truncation: bool) -> list[dict[str, Any]]:
            return [
                {"label": "SPAM" if "1" in text else "HAM", "score": 0.9 if "1" in text else 0.5}
                for text in texts
            ]

    nothing = References(
        vectors=np.empty((0, 1), np.float16), labels=np.empty(0, np.int8), threshold=0.8
    )
    labels = {"SPAM": 1, "HAM": 0}
    function = classifier("f", Pipeline(), on="words", above=0.8, labels=labels)
    found = ready(function, nothing).vote(batch_of(units(4)), K).votes
    assert found.tolist() == [-1, 1, -1, -1]


def test_a_model_that_fails_is_a_fault_of_the_pins_not_of_the_run() -> None:
    from sklearn.linear_model import LogisticRegression

    model = LogisticRegression().fit(units(12, 5).astype(np.float32), LABELS)
    nothing = References(
        vectors=np.empty((0, 1), np.float16), labels=np.empty(0, np.int8), threshold=0.4
    )
    found = ready(classifier("f", model, above=0.4), nothing).vote(batch_of(PINS), K)
    assert len(found.faults) == len(PINS)
    assert "features" in found.faults[0]


def test_a_measure_of_the_image_votes_between_its_bounds() -> None:
    values = np.array([0.1, 0.5, 0.9, 0.5], dtype=np.float32)
    seen = np.array([1, 1, 1, 0])
    function = image_measure("f", 2, "contrast", above=0.2, below=0.8)
    found = function.vote(batch_of(units(4), contrast=values, content=seen), K)
    assert found.votes.tolist() == [-1, 2, -1, -1]


def test_text_and_image_side_by_side_have_equal_shares() -> None:
    class Two:
        def vectors(self, of: str) -> np.ndarray:
            return np.array([[1, 0], [1, 0]] if of == "text" else [[0, 1], [0, 0]], np.float16)

        def look(self, column: str) -> np.ndarray:
            raise AssertionError

    table = pa.table({"pin_id": ["a", "b"]})
    both = PinBatch(table, views=Two()).vectors("both")
    assert both.astype(float) == pytest.approx(
        np.array([[0.7071, 0, 0, 0.7071], [1, 0, 0, 0]]), abs=1e-3
    )


@pytest.mark.parametrize(
    ("declare", "said"),
    [
        (lambda: similar_to("f", 1, ["a"]), "needs a threshold: above=0.5"),
        (lambda: similar_to("f", 1, ["a"], above=2), "above=2; it must be from 0 to 1"),
        (lambda: similar_to("f", 1, [], above=0.5), "has no example for the class 1"),
        (lambda: similar_to("f", 1, [3], above=0.5), "has the example 3; give a text"),  # type: ignore[list-item]
        (lambda: similar_to("f", -1, ["a"], above=0.5), "examples for -1, which is no class"),
        (
            lambda: similar_to("f", 1, ["a"], on="hash", above=0.5),
            "on='hash'; choose one of text, image, both",
        ),
        (lambda: similar_to("f", 1, [Path("no.png")], above=0.5), "no.png, which is no file"),
        (lambda: prototype("f", {}), "needs examples for each class"),
        (lambda: nearest("f", GOLD, k=0), "k=0; it must be at least 1"),
        (lambda: cluster("f", GOLD, clusters=0), "clusters=0; it must be at least 1"),
        (lambda: classifier("f", 3, above=0.5), "got a int; it needs a fitted scikit-learn"),
        (
            lambda: classifier("f", lambda: None, labels={"toxic": -3}, above=0.5),
            "votes -3; a declared function votes for a class by its number",
        ),
        (
            lambda: Signal("two", classes=["a", "b"]).add(
                classifier("f", lambda: None, labels={"toxic": 7, "fine": -1}, above=0.5)
            ),
            "'f' votes 7, and two has the classes 0 a, 1 b",
        ),
        (lambda: image_measure("f", 1, "beauty", above=1), "asks for 'beauty'; choose one of"),
        (lambda: image_measure("f", 1, "sharpness"), "needs a bound"),
    ],
)
def test_a_wrong_declaration_says_what_to_write(declare: Callable[[], object], said: str) -> None:
    with pytest.raises(FunctionError) as caught:
        declare()
    assert said in str(caught.value)


def test_a_function_that_is_not_prepared_says_how_to_vote() -> None:
    with pytest.raises(FunctionError, match="labeling vote"):
        similar_to("f", 1, ["a"], above=0.5).vote(batch_of(units(3)), K)


@pytest.mark.parametrize(
    "other",
    [
        similar_to("f", 1, ["a"], above=0.6),
        similar_to("f", 1, ["b"], above=0.5),
        similar_to("f", 0, ["a"], above=0.5),
        similar_to("f", 1, ["a"], precision=0.5),
        similar_to("f", 1, pin_ids("a"), above=0.5),
        similar_to("f", 1, ["a"], above=0.5, on="image"),
        zero_shot("f", {1: "a"}, margin=0.5),
    ],
)
def test_every_setting_is_in_the_fingerprint(other: LabelingFunction) -> None:
    assert similar_to("f", 1, ["a"], above=0.5).fingerprint != other.fingerprint
