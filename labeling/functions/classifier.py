"""Any fitted model as a vote: scikit-learn estimators and Hugging Face pipelines."""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from labeling.errors import FunctionError

Predicted = tuple[np.ndarray, np.ndarray]
"""Votes int8 [n] (-1: a class of the model that the author left out) and probabilities float32 [n]."""


def predictor(
    name: str, model: Any, labels: Mapping[Any, int] | None
) -> Callable[[Any, int], Predicted]:
    """Return (vectors or texts, number of classes) -> the model's favourites.

    Raises FunctionError for what is neither an estimator, a pipeline nor a function that returns one.
    """
    loads = inspect.isfunction(model)
    if not loads:
        _check(name, model)

    @functools.cache
    def loaded() -> Any:
        return _check(name, model()) if loads else model

    def predict(inputs: Any, classes: int) -> Predicted:
        found = loaded()
        if hasattr(found, "predict_proba"):
            probabilities = np.asarray(found.predict_proba(inputs))
            answers = np.asarray(found.classes_)[probabilities.argmax(axis=1)].tolist()
            best = probabilities.max(axis=1)
        else:
            said = found(list(inputs), truncation=True)
            answers, best = [one["label"] for one in said], [one["score"] for one in said]
        votes = [_vote(name, answer, labels, classes) for answer in answers]
        return np.array(votes, dtype=np.int8), np.asarray(best, dtype=np.float32)

    return predict


def _check(name: str, model: Any) -> Any:
    estimator = hasattr(model, "predict_proba") and hasattr(model, "classes_")
    pipeline = callable(model) and hasattr(model, "task")
    if not (estimator or pipeline):
        raise FunctionError(
            f"classifier({name!r}) got a {type(model).__name__}; it needs a fitted scikit-learn "
            "estimator with predict_proba, a Hugging Face pipeline, or a function that returns one."
        )
    return model


def _vote(name: str, answer: Any, labels: Mapping[Any, int] | None, classes: int) -> int:
    """Return the vote for a model's answer. Raises FunctionError where it names no class."""
    if labels is not None:
        return labels.get(answer, -1)
    if isinstance(answer, int) and 0 <= answer < classes:
        return answer
    raise FunctionError(
        f"classifier({name!r}): the model answers {answer!r}, which is no class from 0 to "
        f"{classes - 1}; say which class it means with labels={{{answer!r}: ...}}."
    )
