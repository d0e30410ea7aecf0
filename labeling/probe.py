"""The probe: linear models on vectors and words, each pin predicted by one that never saw it.

It learns from soft labels: each pin counts once per class, weighted by that class's probability.
"""

from __future__ import annotations

import hashlib
import warnings
from dataclasses import dataclass

import numpy as np
import scipy.sparse as sp
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression

FOLDS = 5
STRENGTH = 1.0
"""Inverse regularisation (scikit-learn's C)."""
MAX_WORDS = 30_000
LEAST_WEIGHT = 0.01
"""A class with a smaller probability is not worth a row."""


def fold_of(key: str) -> int:
    """Return the fold of a pin, 0..4, by a key that its duplicates share."""
    return hashlib.blake2b(key.encode(), digest_size=4).digest()[0] % FOLDS


@dataclass(frozen=True, kw_only=True)
class TrainingPins:
    """What the probe learns from: n pins with soft labels."""

    texts: list[str]
    vectors: np.ndarray
    """float16 [n, d]."""
    soft: np.ndarray
    """float32 [n, k]."""
    folds: np.ndarray
    """int [n], 0..4."""


@dataclass(frozen=True, kw_only=True)
class Probe:
    """A linear model per fold, fitted on the other folds."""

    words: TfidfVectorizer | None
    models: list[LogisticRegression]
    classes: int

    def predict_proba(self, texts: list[str], vectors: np.ndarray, folds: np.ndarray) -> np.ndarray:
        """Return P(class), float32 [n, k]: by the model that did not see the pin's fold, or for
        fold -1 (pins nothing was fitted on) by the mean of all models."""
        features = _features(self.words, texts, vectors)
        result = np.zeros((len(texts), self.classes), dtype=np.float32)
        for number, model in enumerate(self.models):
            for rows, share in ((folds == number, 1.0), (folds == -1, 1 / len(self.models))):
                if rows.any():
                    found = model.predict_proba(features[rows]).astype(np.float32)
                    result[np.ix_(rows, model.classes_)] += found * np.float32(share)
        return result


def fit_probe(pins: TrainingPins) -> Probe | None:
    """Return the probe, or None where the labels of some fold's complement have fewer than two
    classes."""
    words = _fit_words(pins.texts)
    features = _features(words, pins.texts, pins.vectors)
    models = []
    for fold in range(FOLDS):
        rows = np.flatnonzero(pins.folds != fold)
        model = _fit(features[rows], pins.soft[rows])
        if model is None:
            return None
        models.append(model)
    return Probe(words=words, models=models, classes=pins.soft.shape[1])


def _fit(features: sp.csr_matrix, soft: np.ndarray) -> LogisticRegression | None:
    rows, classes = np.nonzero(soft >= LEAST_WEIGHT)
    if len(np.unique(soft.argmax(axis=1))) < 2:
        return None
    model = LogisticRegression(C=STRENGTH, max_iter=300, tol=1e-3)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # not fully converged is good enough for doubts
        model.fit(features[rows], classes, sample_weight=soft[rows, classes])
    return model


def _fit_words(texts: list[str]) -> TfidfVectorizer | None:
    words = TfidfVectorizer(
        ngram_range=(1, 2), min_df=2, max_features=MAX_WORDS, sublinear_tf=True, dtype=np.float32
    )
    try:
        return words.fit(texts)
    except ValueError:  # no word occurs twice
        return None


def _features(
    words: TfidfVectorizer | None, texts: list[str], vectors: np.ndarray
) -> sp.csr_matrix:
    dense = sp.csr_matrix(vectors.astype(np.float32))
    return dense if words is None else sp.hstack([dense, words.transform(texts)]).tocsr()
