"""A second opinion on every label: what pins that look alike were labelled, seen from vectors alone.

Words are left out on purpose. Functions look for words, so a model of words learns their mistakes
with their labels; in vectors a mistake stands among right labels of pins that mean the same. Two
opinions are asked, a linear model that never saw the pin's fold and the pin's nearest neighbours, and
cleanlab (Northcutt et al., "Confident Learning", JAIR 2021) finds label issues by each and by both.
"""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from sklearn.linear_model import LogisticRegression

from labeling.aligned import Aligned
from labeling.probe import FOLDS

STRENGTH = 0.1
"""Inverse regularisation (scikit-learn's C): strong, so that no small group keeps its own mistake."""
NEIGHBOURS = 50
AMONG = 10_000
"""Labelled pins that neighbours are looked for among."""
FLOOR = 1e-3
"""Weight of a label as unsure as a guess, and the pull of each class on a pin's neighbours."""
CLOSEST = 10
"""Neighbours that can contradict a label."""
CONTRADICTING = 8
"""Of those, how many must surely be of one other class."""
SURE = 0.5
"""From here, chance taken off, a label counts as sure: for two classes a probability of 0.75."""
BLOCK = 1_024


@dataclass(frozen=True, kw_only=True)
class LabelledPins(Aligned):
    """n pins to learn from, or to judge."""

    views: tuple[np.ndarray, ...]
    """Vectors by each encoder, float16 [n, d]; all-zero rows see nothing."""
    keys: np.ndarray
    """int64 [n]: pins with equal keys say nothing about each other."""
    folds: np.ndarray
    """int [n], 0..4; -1 for pins that nothing is fitted on."""
    labels: np.ndarray
    """int [n]; -1 for none."""
    soft: np.ndarray
    """float32 [n, k]: what the labels come from."""

    @property
    def sureness(self) -> np.ndarray:
        """How sure each label is, chance taken off: float32 [n], 0 to 1."""
        k = self.soft.shape[1]
        best = self.soft[np.arange(len(self.labels)), np.maximum(self.labels, 0)]
        return np.clip((best - 1 / k) / (1 - 1 / k), 0, 1)


@dataclass(frozen=True, kw_only=True)
class LabelJudgement:
    """What the second opinion says of n labels."""

    quality: np.ndarray
    """float32 [n]: how well each label fits, 0 to 1; NaN where there is no label or nothing is seen."""
    is_issue: np.ndarray
    """bool [n]."""
    contradicted: np.ndarray
    """bool [n]: a sure label among neighbours that surely have another."""


@dataclass(frozen=True, kw_only=True)
class SecondOpinion:
    """Both opinions, fitted to a sample, and what cleanlab found there."""

    models: list[LogisticRegression]
    among: LabelledPins
    shares: np.ndarray
    """float64 [k]: of the labels; divided out, so that a rare class is not taken for a mistake."""
    cut: float
    """The quality from which down a label is an issue where both opinions say so."""
    noise: np.ndarray
    """float64 [k, k]: P(given label | true label), a row for each true one, as cleanlab estimates."""

    def judge(self, pins: LabelledPins) -> LabelJudgement:
        """Return the judgement of pins, among them those that it was fitted on."""
        n = len(pins.labels)
        judged = np.flatnonzero((pins.labels >= 0) & seen_by_any(pins.views))
        quality = np.full(n, np.nan, dtype=np.float32)
        is_issue, contradicted = np.zeros(n, dtype=bool), np.zeros(n, dtype=bool)
        if len(judged):
            pins = pins.take(judged)
            linear, near, contradicted[judged] = self.opinions(pins)
            quality[judged], against = _compare(linear, near, pins.labels)
            is_issue[judged] = against & (quality[judged] <= self.cut)
        return LabelJudgement(quality=quality, is_issue=is_issue, contradicted=contradicted)

    def opinions(self, pins: LabelledPins) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Return P(class) by the linear models and by neighbours, float64 [n, k], every class as
        likely beforehand, and which labels neighbours contradict."""
        linear = _predict(self.models, pins, len(self.shares)) / self.shares
        near, contradicted = _ask_neighbours(pins, self.among, self.shares)
        return _scaled(linear), _scaled(near / self.shares), contradicted


def seen_by_any(views: tuple[np.ndarray, ...]) -> np.ndarray:
    """Return which pins some encoder saw anything of, bool [n]."""
    return np.any([view.any(axis=1) for view in views], axis=0)


def fit_second_opinion(pins: LabelledPins) -> SecondOpinion | None:
    """Return the second opinion on the labels of pins that all have one; None where those of some
    fold's complement have fewer than two classes."""
    k = pins.soft.shape[1]
    features, weights = _joined(pins.views), pins.sureness + FLOOR
    models = []
    for fold in range(FOLDS):
        rows = np.flatnonzero(pins.folds != fold)
        if len(np.unique(pins.labels[rows])) < 2:
            return None
        model = LogisticRegression(C=STRENGTH, max_iter=300, tol=1e-3)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # not fully converged is good enough for doubts
            scale = weights[rows] / weights[rows].mean()
            models.append(model.fit(features[rows], pins.labels[rows], sample_weight=scale))
    counts = np.bincount(pins.labels, minlength=k)
    some = np.arange(len(pins.labels))[:: -(-len(pins.labels) // AMONG)]
    among = pins.take(some)
    shares = np.maximum(counts, 1) / np.maximum(counts, 1).sum()
    opinion = SecondOpinion(models=models, among=among, shares=shares, cut=-np.inf, noise=np.eye(k))
    linear, near, _ = opinion.opinions(among)
    return SecondOpinion(
        models=models,
        among=among,
        shares=shares,
        cut=_find_cut(linear, near, among.labels),
        noise=_find_noise(linear + near, among.labels),
    )


def _compare(linear: np.ndarray, near: np.ndarray, labels: np.ndarray) -> tuple[np.ndarray, ...]:
    """Return the quality of each label by both opinions, float64 [n], and where both say another
    class, bool [n]."""
    from cleanlab.rank import get_label_quality_scores

    quality = get_label_quality_scores(labels.astype(int), (linear + near) / 2)
    return quality, (linear.argmax(axis=1) != labels) & (near.argmax(axis=1) != labels)


def _find_cut(linear: np.ndarray, near: np.ndarray, labels: np.ndarray) -> float:
    """Return the quality from which down labels are issues: so many as cleanlab finds by one opinion
    or the other or by both together. Each alone finds too few, having learned from wrong labels."""
    from cleanlab.filter import find_label_issues

    opinions = (linear, near, (linear + near) / 2)
    present, numbers = np.unique(labels, return_inverse=True)
    found = [
        find_label_issues(numbers, _scaled(opinion[:, present]), n_jobs=1) for opinion in opinions
    ]
    count = int(np.any(found, axis=0).sum())
    quality, against = _compare(linear, near, labels)
    worst = np.sort(quality[against].astype(np.float32))
    return float(worst[min(count, len(worst)) - 1]) if count and len(worst) else -np.inf


def _find_noise(opinion: np.ndarray, labels: np.ndarray) -> np.ndarray:
    """Return cleanlab's noise matrix, a row for each true class; classes without labels keep theirs."""
    from cleanlab.count import compute_confident_joint, estimate_latent

    present, numbers = np.unique(labels, return_inverse=True)
    joint = compute_confident_joint(numbers, _scaled(opinion[:, present]), calibrate=True)
    found = estimate_latent(joint, numbers)[1]
    noise = np.eye(opinion.shape[1])
    noise[np.ix_(present, present)] = found.T
    return noise


def _ask_neighbours(
    pins: LabelledPins, among: LabelledPins, shares: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Return the classes of each pin's neighbours, each as heavy as it is sure, float64 [n, k], and
    which sure labels neighbours by some view contradict, bool [n]."""
    k, n = len(shares), len(pins.labels)
    given = np.eye(k, dtype=np.float32)[among.labels] * (among.sureness + FLOOR)[:, None]
    surely = np.where(among.sureness >= SURE, among.labels, -1)
    sure = pins.sureness >= SURE
    near, contradicted = np.empty((n, k)), np.zeros(n, dtype=bool)
    for start, by_view in similarities(pins, among):
        rows = slice(start, start + len(by_view[0]))
        together = closest(np.sum(by_view, axis=0), NEIGHBOURS)
        near[rows] = (given[together] * (together >= 0)[:, :, None]).sum(axis=1) + FLOOR * shares
        for view in by_view:
            nearest = together if len(by_view) == 1 else closest(view, CLOSEST)
            said = np.where(nearest >= 0, surely[nearest], -1)[:, :CLOSEST]
            for y in range(k):
                against = ((said == y).sum(axis=1) >= CONTRADICTING) & (pins.labels[rows] != y)
                contradicted[rows] |= against & sure[rows]
    return near, contradicted


def similarities(pins: LabelledPins, among: LabelledPins) -> Iterator[tuple[int, list[np.ndarray]]]:
    """Yield blocks of pins: the first one's row, and by each view the cosines to the others, float32
    [b, s]; -inf for pins with equal keys."""
    wide = [view.astype(np.float32) for view in among.views]
    for start in range(0, len(pins.labels), BLOCK):
        rows = slice(start, start + BLOCK)
        equal = pins.keys[rows, None] == among.keys[None, :]
        blocks = []
        for view, others in zip(pins.views, wide, strict=True):
            block = view[rows].astype(np.float32) @ others.T
            block[equal] = -np.inf
            blocks.append(block)
        yield start, blocks


def closest(similar: np.ndarray, count: int) -> np.ndarray:
    """Return the columns of each row's largest similarities, int [b, c], largest first; -1 where what
    is left is not alike (zero or less: one of the two is not seen)."""
    count = min(count, similar.shape[1])
    nearest = np.argpartition(-similar, count - 1, axis=1)[:, :count]
    found = np.take_along_axis(similar, nearest, axis=1)
    order = np.argsort(-found, axis=1, kind="stable")
    nearest, found = (np.take_along_axis(part, order, axis=1) for part in (nearest, found))
    return np.where(found > 0, nearest, -1)


def _predict(models: list[LogisticRegression], pins: LabelledPins, classes: int) -> np.ndarray:
    """Return P(class), float64 [n, k], of each pin by the model that did not see its fold, or by the
    mean of all."""
    features = _joined(pins.views)
    result = np.full((len(features), classes), 1e-6)
    for number, model in enumerate(models):
        for rows, share in ((pins.folds == number, 1.0), (pins.folds == -1, 1 / len(models))):
            if rows.any():
                found = model.predict_proba(features[rows])
                result[np.ix_(rows, model.classes_)] += found * share
    return result


def _joined(views: tuple[np.ndarray, ...]) -> np.ndarray:
    return np.hstack(views).astype(np.float32)


def _scaled(weights: np.ndarray) -> np.ndarray:
    return weights / weights.sum(axis=1, keepdims=True)
