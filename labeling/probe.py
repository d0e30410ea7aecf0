"""The probe: linear models on vectors, words and votes, each pin predicted by one that never saw it.

It learns from soft labels, each pin once per class, weighted by that class's probability, and from
people's answers, which weigh more. What it reads and how it learns is what cross-validation prefers.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import product
from typing import Any

import numpy as np
import scipy.sparse as sp

from labeling.aligned import Aligned
from labeling.fitting_many import Fit, Fitter
from labeling.resolvers.comparing import MIN_ANSWERS, MIN_PER_CLASS, calibrated_losses
from labeling.resolvers.evidence import one_hot
from labeling.softmax_regression import SoftmaxRegression
from labeling.word_features import WordFeatures

FOLDS = 5
NO_FOLD = FOLDS
"""Leaving it out leaves nothing out."""
STRENGTHS = (1.0, 0.1, 10.0)
"""Inverse regularisation (scikit-learn's C): the first unless answers prefer another. Weak labels
cannot tell: the weaker it is, the better are held-out labels of the functions' own making predicted."""
PER_CLASS = 250
"""Pins per class with which that strength is meant: with fewer the same C would flatten all classes."""
ANSWER_WEIGHT = 5.0
LEAST_WEIGHT = 0.01
"""A class with less of it in all is as good as absent."""
COMPARED = 4_000
"""Pins on which ways to learn are compared, beside those with answers."""
ALONE = Fitter()
SURE = 3.0
"""Standard errors by which others must beat the recipe that is taken without answers. Most answers are
on pins that were asked because their labels are doubtful: they make too little of weak labels."""
HELD_BACK = (0, 1)
"""Folds that the comparison on soft labels is judged on."""


def fold_of(key: str) -> int:
    """Return the fold of a pin, 0..4, by a key that its duplicates share."""
    return hashlib.blake2b(key.encode(), digest_size=4).digest()[0] % FOLDS


@dataclass(frozen=True, kw_only=True)
class ProbePins(Aligned):
    """n pins as the probe reads them."""

    texts: list[str]
    views: tuple[np.ndarray, ...]
    """Vectors by each encoder, float16 [n, d]."""
    votes: np.ndarray
    """int8 [n, m]; m is 0 where nobody answered, because only answers can judge votes."""
    folds: np.ndarray
    """int [n], 0..4; -1 for pins that nothing is fitted on."""


@dataclass(frozen=True, kw_only=True)
class TrainingPins(Aligned):
    """What the probe learns from."""

    pins: ProbePins
    soft: np.ndarray
    """float32 [n, k]; the answer alone where there is one."""
    answers: np.ndarray
    """int [n]: the class that people gave, -1 for none."""


@dataclass(frozen=True, kw_only=True)
class ProbeRecipe:
    """A way to learn."""

    views: tuple[int, ...]
    """Which encoders' vectors are read."""
    words: bool = False
    votes: bool = False
    strength: float = STRENGTHS[0]
    balanced: bool = False
    """Whether every class weighs the same, however rare."""
    answers_only: bool = False
    """Whether soft labels are left out."""


@dataclass(frozen=True, kw_only=True)
class Probe:
    """A linear model per fold, fitted on the other folds, and one that is fitted on all."""

    recipe: ProbeRecipe
    words: WordFeatures | None
    models: list[SoftmaxRegression]
    """By fold; the last is fitted on all folds."""
    classes: int

    def predict_proba(self, pins: ProbePins) -> np.ndarray:
        """Return P(class), float32 [n, k]: by the model that did not see the pin's fold, or for
        fold -1 (pins nothing was fitted on) by the one that saw all folds."""
        return self.predict(self.features(pins), pins.folds)

    def features(self, pins: ProbePins) -> Any:
        """Return what the models read of pins, float32 [n, d], dense or CSR."""
        counted = _count(self.words, pins) if self.recipe.words else None
        return _features(self.recipe, counted, pins, self.classes)

    def predict(self, features: Any, folds: np.ndarray) -> np.ndarray:
        """Return the same as `predict_proba` from features and folds, int [n]."""
        result = np.zeros((len(folds), self.classes), dtype=np.float32)
        for fold, model in zip((*range(FOLDS), -1), self.models, strict=True):
            rows = np.flatnonzero(folds == fold)
            if len(rows):
                result[np.ix_(rows, model.classes_)] = model.predict_proba(features[rows])
        return result


def fit_probe(training: TrainingPins, seed: int = 0, fitter: Fitter = ALONE) -> Probe | None:
    """Return the probe by the recipe that suits the pins, or None where the labels of some fold's
    complement have fewer than two classes."""
    words = WordFeatures.fit(training.pins.texts)
    some = training.take(_compared_rows(training, seed))
    for on_answers in (True, False):  # answers can be too few of a class for a model of their own
        recipe = choose_recipe(some, words, on_answers=on_answers, fitter=fitter)
        probe = _fit_folds(recipe, words, training, fitter)
        if probe is not None:
            return probe
    return None


def fit_by_answers(probe: Probe, training: TrainingPins, fitter: Fitter = ALONE) -> Probe | None:
    """Return a probe that learned from people's answers alone, or None where these are too few, or the
    probe itself did so. It errs elsewhere than one that learned from soft labels too."""
    if probe.recipe.answers_only or (training.answers >= 0).sum() < MIN_ANSWERS:
        return None
    answered = training.take(np.flatnonzero(training.answers >= 0))
    return _fit_folds(replace(probe.recipe, answers_only=True), probe.words, answered, fitter)


def predict_held_back(
    probe: Probe,
    training: TrainingPins,
    features: Any,
    soft_without: Mapping[int, np.ndarray],
    fitter: Fitter = ALONE,
) -> np.ndarray:
    """Return P(class) of the answered pins, float32 [g, k], by models that know nothing of their fold's
    answers, not even by soft labels.

    features: of the training pins, as the probe reads them; soft_without: fold -> their soft labels by a
    resolver without its answers, float32 [n, k]; no fold for labels that hang on no answers.
    """
    answered = np.flatnonzero(training.answers >= 0)
    folds = training.pins.folds[answered]
    said = probe.predict(features[answered], folds)
    if probe.recipe.answers_only:
        return said
    unanswered = (training.answers < 0)[:, None]
    todo = {}
    for fold, soft in soft_without.items():
        others = replace(training, soft=np.where(unanswered, soft, training.soft))
        fit = _to_fit(probe.recipe, others, fold)
        if fit is not None and (folds == fold).any():
            todo[fold] = fit
    for fold, model in zip(todo, fitter.fit(features, list(todo.values())), strict=True):
        rows = np.flatnonzero(folds == fold)
        said[rows] = 0
        said[np.ix_(rows, model.classes_)] = model.predict_proba(features[answered[rows]])
    return said


def _fit_folds(
    recipe: ProbeRecipe, words: WordFeatures | None, training: TrainingPins, fitter: Fitter
) -> Probe | None:
    """Return a probe by a recipe, or None where the labels of some fold's complement have fewer than
    two classes."""
    blank = Probe(recipe=recipe, words=words, models=[], classes=training.soft.shape[1])
    fits = _all_to_fit(recipe, training, (*range(FOLDS), NO_FOLD))
    if fits is None:
        return None
    return replace(blank, models=fitter.fit(blank.features(training.pins), fits))


def choose_recipe(
    training: TrainingPins,
    words: WordFeatures | None,
    *,
    on_answers: bool = True,
    fitter: Fitter = ALONE,
) -> ProbeRecipe:
    """Return how to learn. Views and class weights are what predicts the soft labels of held-back
    folds best, by log loss with every class as heavy, so that no rare class is given up. The rest,
    and whether soft labels serve at all, is judged on people's answers where there are enough."""
    views = range(len(training.pins.views))
    reading = [(v,) for v in views] + ([tuple(views)] if len(views) > 1 else [])
    with_words = (True, False) if words is not None else (False,)
    recipes = [
        ProbeRecipe(views=read, words=word, balanced=balanced)
        for read, word, balanced in product(reading, with_words, (False, True))
    ]
    counted = _count(words, training.pins)  # once: all recipes read the same
    found = min(recipes, key=lambda recipe: _loss_on_soft_labels(recipe, counted, training, fitter))
    if not on_answers or (training.answers >= 0).sum() < MIN_ANSWERS:
        return found
    recipes = [replace(found, strength=strength) for strength in STRENGTHS]
    recipes += [replace(recipe, answers_only=True) for recipe in recipes]
    recipes += [replace(found, votes=True), replace(found, votes=True, answers_only=True)]
    losses = [_losses_on_answers(recipe, counted, training, fitter) for recipe in recipes]
    labels = training.answers[training.answers >= 0]
    best = _surely_lowest(losses, labels, training.soft.shape[1])
    return recipes[best]


def _surely_lowest(losses: Sequence[np.ndarray | None], labels: np.ndarray, classes: int) -> int:
    """Return which losses, float [g] each, are the lowest, every class as heavy: the first ones unless
    others are lower by more than chance. None among them: there are no such losses."""
    weights = _balanced(labels, classes)
    first, best, lowest = losses[0], 0, 0.0
    for number, found in enumerate(losses[1:], start=1):
        if found is None:
            continue
        if first is None:
            first, best = found, number
            continue
        paired = found - first
        mean = float(paired @ weights)
        error = float(paired.std() * np.sqrt((weights**2).sum()))
        if mean < lowest and mean < -SURE * error:
            best, lowest = number, mean
    return best


def _balanced(labels: np.ndarray, classes: int) -> np.ndarray:
    """Return weights of answers, float64 [g], that sum to 1, with every class that has enough answers
    as heavy; the others' weigh nothing."""
    counts = np.bincount(labels, minlength=classes)
    enough = counts >= min(MIN_PER_CLASS, counts.max())
    shares = np.divide(enough, counts, where=counts > 0, out=np.zeros(classes))
    return np.asarray(shares[labels] / enough.sum())


def _loss_on_soft_labels(
    recipe: ProbeRecipe, counted: Any, training: TrainingPins, fitter: Fitter
) -> float:
    k = training.soft.shape[1]
    out = np.isin(training.pins.folds, HELD_BACK)
    fit = _to_fit(recipe, training, HELD_BACK)
    if fit is None or not out.any():
        return np.inf
    features = _features(recipe, counted, training.pins, k)
    (model,) = fitter.fit(features, [fit])
    logs = np.log(_said_by(model, features[out], k))
    per_class = training.soft[out].sum(axis=0)
    losses = -(training.soft[out] * logs).sum(axis=0) / np.maximum(per_class, LEAST_WEIGHT)
    return float(losses[per_class >= min(MIN_PER_CLASS, per_class.max())].mean())


def _losses_on_answers(
    recipe: ProbeRecipe, counted: Any, training: TrainingPins, fitter: Fitter
) -> np.ndarray | None:
    """Return the calibrated log losses on answers, float64 [g], each held back from the model of its
    fold; None where some model cannot be fitted."""
    k = training.soft.shape[1]
    answered = np.flatnonzero(training.answers >= 0)
    labels, folds = training.answers[answered], training.pins.folds[answered]
    fits = _all_to_fit(recipe, training, np.unique(folds).tolist())
    if fits is None:
        return None
    features = _features(recipe, counted, training.pins, k)
    said = np.empty((len(answered), k))
    for fold, model in zip(np.unique(folds), fitter.fit(features, fits), strict=True):
        rows = folds == fold
        said[rows] = _said_by(model, features[answered[rows]], k)
    return calibrated_losses(np.log(said), labels, folds)


def _said_by(model: SoftmaxRegression, features: Any, classes: int) -> np.ndarray:
    """Return P(class), float64 [n, k], kept off zero."""
    said = np.full((features.shape[0], classes), 1e-4)
    said[:, model.classes_] += model.predict_proba(features)
    return said / said.sum(axis=1, keepdims=True)


def _compared_rows(training: TrainingPins, seed: int) -> np.ndarray:
    answered = training.answers >= 0
    others = np.random.default_rng(seed).permutation(np.flatnonzero(~answered))[:COMPARED]
    return np.sort(np.concatenate([np.flatnonzero(answered), others]))


def _all_to_fit(
    recipe: ProbeRecipe, training: TrainingPins, without: Sequence[int]
) -> list[Fit] | None:
    """Return what `_to_fit` does for each fold, or None where it does for any."""
    fits = [_to_fit(recipe, training, fold) for fold in without]
    return None if None in fits else [fit for fit in fits if fit is not None]


def _to_fit(
    recipe: ProbeRecipe, training: TrainingPins, without: int | tuple[int, ...]
) -> Fit | None:
    """Return what the model of all folds but some learns from, or None where their labels have one
    class alone."""
    answered = training.answers >= 0
    rows = np.flatnonzero(
        ~np.isin(training.pins.folds, without) & (answered | (not recipe.answers_only))
    )
    soft = training.soft[rows]
    if len(rows) == 0 or len(np.unique(soft.argmax(axis=1))) < 2:
        return None
    weights = np.ones(len(rows), dtype=np.float32)
    if not recipe.answers_only:
        weights[answered[rows]] = ANSWER_WEIGHT
    if recipe.balanced:
        totals = (soft * weights[:, None]).sum(axis=0)
        soft = soft * (totals.sum() / (totals > 0).sum() / np.maximum(totals, LEAST_WEIGHT))
    few = max(1.0, PER_CLASS * soft.shape[1] / len(rows))
    return Fit(rows=rows, soft=soft, weights=weights, strength=recipe.strength * few)


def _count(words: WordFeatures | None, pins: ProbePins) -> Any:
    """Return tf-idf of the pins' texts, CSR float32 [n, w], or None without words."""
    return None if words is None else words.transform(pins.texts)


def _features(recipe: ProbeRecipe, counted: Any, pins: ProbePins, classes: int) -> Any:
    dense = np.hstack([pins.views[view] for view in recipe.views]).astype(np.float32)
    parts = []
    if recipe.words and counted is not None:
        parts.append(counted)
    if recipe.votes:
        parts.append(one_hot(pins.votes, classes).astype(np.float32))
    return sp.hstack([sp.csr_matrix(dense), *parts]).tocsr() if parts else dense
