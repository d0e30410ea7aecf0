"""Final labels, which are published: people's answers, else what probe and votes say together."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from labeling.fitting_many import Fitter
from labeling.pooling import Pool, fit_pool, floored_log
from labeling.probe import Probe, ProbePins, TrainingPins, predict_held_back
from labeling.soft_labels import best_class

WEAK, MODEL, GOLD = "weak", "model", "gold"
"""Where a final label comes from: the resolved votes, the pool of probe and votes, people."""
SOURCES = {GOLD: "people", MODEL: "probe and votes together", WEAK: "the votes"}
"""As people read them."""


@dataclass(frozen=True, kw_only=True)
class Resolved:
    """n pins as their votes were resolved."""

    ids: Sequence[str]
    soft: np.ndarray
    """float32 [n, k]."""
    labels: np.ndarray
    """int8 [n], -1 for none."""
    covered: np.ndarray
    """bool [n]: whether some function voted."""
    seen: np.ndarray
    """bool [n]: whether some encoder saw anything."""
    answers: np.ndarray
    """int [n]: gold, -1 for none."""


@dataclass(frozen=True, kw_only=True)
class FinalLabels:
    """What is published of n pins."""

    soft: np.ndarray
    """float32 [n, k]."""
    labels: np.ndarray
    """int8 [n], -1 for none."""
    sources: np.ndarray
    """str [n]: WEAK, MODEL, GOLD; "" where there is no label."""
    unaided: np.ndarray
    """int8 [n]: the labels as they would be without each pin's own answer."""


@dataclass(frozen=True, kw_only=True)
class Said:
    """What is said of n pins."""

    probe: np.ndarray
    """P(class) by the probe that learned from soft labels and answers, float32 [n, k]."""
    logs: np.ndarray
    """log P(class) by it and by the one that learned from answers alone, float64 [2, n, k]; zeros where
    there is no such one."""


@dataclass(frozen=True, kw_only=True)
class Opinion:
    """What is learned from vectors and words: from soft labels with answers, and from answers alone."""

    probe: Probe
    by_answers: Probe | None

    def ask(self, pins: ProbePins) -> Said:
        """Return what it says of pins; both probes read the same features."""
        features = self.probe.features(pins)
        probe = self.probe.predict(features, pins.folds)
        logs = [floored_log(probe), np.zeros(probe.shape)]
        if self.by_answers is not None:
            logs[1] = floored_log(self.by_answers.predict(features, pins.folds))
        return Said(probe=probe, logs=np.stack(logs))


@dataclass(frozen=True, kw_only=True)
class Asked:
    """What the answered pins that the probe learned from are judged by."""

    training: TrainingPins
    ids: Sequence[str]
    resolved: np.ndarray
    """Soft labels by the resolved votes, float32 [n, k]; all equal where no function voted."""
    without: Mapping[int, np.ndarray]
    """Fold -> the same by a resolver without its answers; no fold where it learned from none."""

    @property
    def answered(self) -> np.ndarray:
        """The rows of the answered pins, int64 [g]."""
        return np.flatnonzero(self.training.answers >= 0)

    def said(self, opinion: Opinion) -> np.ndarray:
        """Return what the probe, the answers' model and the votes say of the answered pins, each by what
        learned from no pin of their fold: log P, float64 [3, g, k]."""
        rows = self.answered
        read = self.training.pins.take(rows)
        resolved = self.resolved[rows]
        for fold, soft in self.without.items():
            resolved = np.where((read.folds == fold)[:, None], soft[rows], resolved)
        return np.stack([*opinion.ask(read).logs, floored_log(resolved)])

    def held_back(
        self, opinion: Opinion, said: np.ndarray, fitter: Fitter
    ) -> dict[str, np.ndarray]:
        """Return, by pin id, the same by what knows no answer of the pin's fold, not even through soft
        labels: log P, float64 [3, k]."""
        features = opinion.probe.features(self.training.pins)
        probe = predict_held_back(opinion.probe, self.training, features, self.without, fitter)
        said = np.stack([floored_log(probe), *said[1:]])
        return {self.ids[row]: said[:, at] for at, row in enumerate(self.answered)}


def pool_by_answers(asked: Asked, said: np.ndarray, *, votes_help: bool) -> Pool:
    """Return the weights of opinion and votes, by the answers and what `Asked.said` returns of them.

    A probe that knew nothing of a fifth of the answers would weigh too little for the one that is asked:
    on yoruba, models that learned from labels so pooled told .687 of the pins right, and not .703.
    votes_help: whether votes count. Alone they are no help to a probe that learned from them, on any
    set measured; votes that were resolved together with vectors are.
    """
    pins = asked.training.take(asked.answered)
    return fit_pool(said, pins.answers, pins.pins.folds, votes_help=votes_help)


def final_labels(
    pins: Resolved, opinion: np.ndarray, pool: Pool | None, held_back: Mapping[str, np.ndarray]
) -> FinalLabels:
    """Return the final labels; `opinion` is its log P(class), float64 [2, n, k], `held_back` what
    `Asked.held_back` returns. Without a pool they are the resolved ones, where nobody answered."""
    soft, labels = pins.soft.copy(), pins.labels.copy()
    sources = np.where(labels >= 0, WEAK, "").astype(object)
    answered = np.flatnonzero(pins.answers >= 0)
    if pool is not None:
        resolved = np.where(pins.covered[:, None], floored_log(soft), 0.0)
        said = np.stack([*opinion, resolved])
        for row in answered:
            said[:, row] = held_back.get(pins.ids[row], said[:, row])
        pooled = np.exp(pool.log_proba(said))
        judged = pins.seen | pins.covered
        soft = np.where(judged[:, None], pooled, soft).astype(np.float32)
        labels = np.where(judged, best_class(soft), labels)
        sources[judged] = np.where(labels[judged] >= 0, MODEL, "")
    unaided = labels.copy()
    soft[answered] = np.eye(soft.shape[1], dtype=np.float32)[pins.answers[answered]]
    labels[answered], sources[answered] = pins.answers[answered], GOLD
    return FinalLabels(soft=soft, labels=labels, sources=sources, unaided=unaided)
