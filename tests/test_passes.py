"""Tokens in arrays are the ones that the tokenizer itself would pad, whichever it is."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from transformers import CanineTokenizer

from labeling.passes import Tokens
from labeling.pretrained import load_pretrained

TEXTS = ["a red dress", "", "  ", "12 Dinners You Will Make Again", "дом " * 40, "click HERE, $$$"]
ROWS = np.array([4, 1, 0, 3, 5, 2])


@pytest.fixture(params=["of Rust", "of Python"])
def tokenizer(request: pytest.FixtureRequest) -> Any:
    if request.param == "of Rust":
        return load_pretrained("minilm", "cpu").tokenizer
    found = CanineTokenizer()  # it reads characters, and needs no file
    assert not found.is_fast
    return found


def as_the_library_does(tokenizer: Any, rows: np.ndarray, most: int) -> dict[str, Any]:
    made = tokenizer(TEXTS, truncation=True, max_length=most)
    some = {name: [part[row] for row in rows] for name, part in made.items()}
    return dict(tokenizer.pad(some, return_tensors="pt"))


@pytest.mark.parametrize("side", ["right", "left"])
@pytest.mark.parametrize(
    "names", [("input_ids", "token_type_ids", "attention_mask"), ("input_ids",)]
)
def test_tokens_are_those_of_the_library(tokenizer: Any, side: str, names: tuple[str, ...]) -> None:
    tokenizer.padding_side = tokenizer.truncation_side = side
    tokenizer.model_input_names = list(names)
    wanted = as_the_library_does(tokenizer, ROWS, 16)
    found = Tokens.of(tokenizer, TEXTS, 16).batch(ROWS, "cpu")
    assert set(found) == set(names)
    for name in names:
        assert found[name].dtype == wanted[name].dtype
        assert found[name].tolist() == wanted[name].tolist()
