"""Words beside the encoder: a linear model of words and their parts, multiplied with what it says.

The two err on other texts: see docs/training.md. It is fitted by itself, so that what the encoder
learns does not hang on it, and the encoder's logits stay good without it.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from labeling.training.judging import surely_best
from labeling.training.linear import fit_linear
from labeling.training.rows import Rows
from labeling.word_features import WordFeatures

VOCABULARY, WEIGHTS = "words.json", "words.safetensors"
STRENGTHS = (10.0, 3.0, 30.0, 100.0)
"""Inverse regularisation (scikit-learn's C) of the models that are compared."""
SHARES = (1.0, 0.0, 0.25, 0.5, 2.0, 4.0)
"""What the words may weigh beside the encoder."""
MOST_ROWS = 50_000
"""Training rows that words are counted on; what is rarer in more of them the encoder knows by then."""


@dataclass(frozen=True, kw_only=True)
class Words:
    """A linear model of words."""

    features: WordFeatures
    weights: np.ndarray
    """float32 [w, k]."""
    bias: np.ndarray
    """float32 [k]."""
    encoder: float = 1.0
    """What the encoder's logits are multiplied with beside these: alone they are calibrated by
    themselves."""

    def beside(self, logits: np.ndarray, texts: Sequence[str]) -> np.ndarray:
        """Return the logits of both, float32 [n, k], by those of the encoder."""
        return logits * np.float32(self.encoder) + self.logits(texts)

    def logits(self, texts: Sequence[str]) -> np.ndarray:
        """Return logits of n texts, float32 [n, k]."""
        return np.asarray(self.features.transform(texts) @ self.weights + self.bias)

    def weighed(self, words: float, encoder: float) -> Words:
        """Return the same with its logits, and those of the encoder beside them, multiplied."""
        weights, bias = self.weights * np.float32(words), self.bias * np.float32(words)
        return replace(self, weights=weights, bias=bias, encoder=encoder)

    def save(self, folder: Path) -> None:
        """Write words.json and words.safetensors."""
        from safetensors.numpy import save_file

        value = {"encoder": self.encoder, **self.features.to_json()}
        (folder / VOCABULARY).write_text(json.dumps(value, ensure_ascii=False), "utf-8")
        save_file({"weights": self.weights, "bias": self.bias}, str(folder / WEIGHTS))

    @classmethod
    def load(cls, folder: Path) -> Words | None:
        """Return the words of a model's folder, None where it has none. Raises OSError, ValueError,
        KeyError or SafetensorError where they are damaged."""
        from safetensors.numpy import load_file

        if not (folder / VOCABULARY).exists():
            return None
        value = json.loads((folder / VOCABULARY).read_text("utf-8"))
        tensors = load_file(str(folder / WEIGHTS))
        return cls(
            features=WordFeatures.from_json(value),
            weights=tensors["weights"],
            bias=tensors["bias"],
            encoder=float(value["encoder"]),
        )


def fit_words(
    training: Rows, validation: Rows, seed: int
) -> tuple[Words, np.ndarray] | tuple[None, None]:
    """Return the model of words that judges the validation rows best, and its logits of them, float32
    [v, k]; None for both where no word occurs twice."""
    if len(training) > MOST_ROWS:
        some = np.random.default_rng(seed).choice(len(training), MOST_ROWS, replace=False)
        training = training.take(np.sort(some))
    features = WordFeatures.fit(training.texts)
    if features is None:
        return None, None
    seen, unseen = (features.transform(rows.texts) for rows in (training, validation))
    scales = features.scales(seen, training.soft * training.weights[:, None])
    weights, bias, logits = fit_linear(seen, training, unseen, validation, STRENGTHS, scales)
    return Words(features=features, weights=weights, bias=bias), logits


def add_words(
    logits: np.ndarray, beside: np.ndarray | None, validation: Rows
) -> tuple[np.ndarray, float]:
    """Return the encoder's logits with those of words added, as heavy as the loss on the validation
    rows prefers, and that weight, one of SHARES.

    logits, beside: of the encoder and of the words (None: there are none), float32 [v, k].
    """
    if beside is None:
        return logits, 0.0
    joined = [logits + share * beside for share in SHARES]
    best = surely_best(joined, validation)
    return joined[best], SHARES[best]
