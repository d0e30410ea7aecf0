"""Final labels, which are published: people's answers, else what probe and votes say together."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from labeling.evaluation import best_class
from labeling.pooling import Pool, fit_pool, floored_log
from labeling.probe import Probe, ProbePins, TrainingPins

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


def pool_by_answers(
    opinion: Opinion,
    training: TrainingPins,
    ids: Sequence[str],
    held_back: Mapping[str, np.ndarray],
    *,
    votes_help: bool,
) -> Pool:
    """Return the weights of opinion and votes, by the answers among the pins the probe learned from.

    votes_help: whether votes count. Alone they are no help to a probe that learned from them, on any
    set measured; votes that were resolved together with vectors are.
    """
    rows = np.flatnonzero(training.answers >= 0)
    answered = training.take(rows)
    silent = np.zeros(opinion.probe.classes)
    resolved = np.array([held_back.get(ids[row], silent) for row in rows])
    said = [*opinion.ask(answered.pins).logs, resolved.reshape(len(rows), opinion.probe.classes)]
    folds = answered.pins.folds
    return fit_pool(np.stack(said), answered.answers, folds, votes_help=votes_help)


def final_labels(
    pins: Resolved, opinion: np.ndarray, pool: Pool | None, held_back: Mapping[str, np.ndarray]
) -> FinalLabels:
    """Return the final labels; `opinion` is its log P(class), float64 [2, n, k]. Without a pool they are
    the resolved ones, where nobody answered."""
    soft, labels = pins.soft.copy(), pins.labels.copy()
    sources = np.where(labels >= 0, WEAK, "").astype(object)
    answered = np.flatnonzero(pins.answers >= 0)
    if pool is not None:
        resolved = np.where(pins.covered[:, None], floored_log(soft), 0.0)
        for row in answered:
            resolved[row] = held_back.get(pins.ids[row], resolved[row])
        pooled = np.exp(pool.log_proba(np.stack([*opinion, resolved])))
        judged = pins.seen | pins.covered
        soft = np.where(judged[:, None], pooled, soft).astype(np.float32)
        labels = np.where(judged, best_class(soft), labels)
        sources[judged] = np.where(labels[judged] >= 0, MODEL, "")
    unaided = labels.copy()
    soft[answered] = np.eye(soft.shape[1], dtype=np.float32)[pins.answers[answered]]
    labels[answered], sources[answered] = pins.answers[answered], GOLD
    return FinalLabels(soft=soft, labels=labels, sources=sources, unaided=unaided)
