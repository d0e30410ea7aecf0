"""Consensus: the class that a pin's answers speak for, by how far each annotator can be trusted.

Dawid & Skene's model with one skill for each annotator (Zhang et al., "Spectral Methods Meet EM",
JMLR 17, 2016), as crowd-kit fits it, reads the answers alone: what gold is must not hang on a model
that is trained and scored on gold. CROWDLAB (Goh et al., arXiv:2210.06812), as cleanlab has it, also
hears the probe's predictions and stands beside it as a second opinion.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from labeling.review.crowd import Crowd

STEPS = 100
"""Of expectation maximisation, at most."""


@dataclass(frozen=True, kw_only=True)
class SecondOpinion:
    """What CROWDLAB makes of the same answers and the probe's predictions."""

    labels: np.ndarray
    """int64 [n]."""
    quality: np.ndarray
    """float64 [n], 0 to 1: a score, not a probability."""
    annotators: np.ndarray
    """float64 [m]: the quality of each annotator."""


@dataclass(frozen=True, kw_only=True)
class Consensus:
    """The consensus on the n pins of a crowd."""

    crowd: Crowd
    labels: np.ndarray
    """int64 [n]."""
    quality: np.ndarray
    """float64 [n]: P(that class | the answers); NaN for one answer, which nothing is held against."""
    leads: np.ndarray
    """bool [n]: whether more annotators gave that class than any other."""
    skills: np.ndarray
    """float64 [m]: how often each annotator is right, as estimated; NaN where no pin has two answers."""
    second: SecondOpinion | None = None

    @property
    def second_agrees(self) -> float | None:
        """The share of the pins with several answers on which both opinions are the same."""
        several = self.crowd.several
        if self.second is None or not several.any():
            return None
        return float((self.second.labels == self.labels)[several].mean())


def find_consensus(crowd: Crowd, probe: np.ndarray | None = None) -> Consensus:
    """Return the consensus of a crowd; `probe`, float [n, k], are predictions of a model that did not
    see the pins' answers."""
    several = crowd.several
    counts = crowd.counts
    most = counts.max(axis=1, initial=0)
    belief, skills = counts / np.maximum(counts.sum(axis=1, keepdims=True), 1), None
    if several.any() and len(np.unique(crowd.labels[crowd.labels >= 0])) > 1:
        belief, skills = _fit_one_coin(crowd)
    labels = belief.argmax(axis=1)
    rows = np.arange(len(labels))
    return Consensus(
        crowd=crowd,
        labels=labels,
        quality=np.where(several, belief[rows, labels], np.nan),
        leads=(counts[rows, labels] == most) & ((counts == most[:, None]).sum(axis=1) == 1),
        skills=np.full(len(crowd.annotators), np.nan) if skills is None else skills,
        second=None if probe is None or not several.any() else _ask_crowdlab(crowd, probe),
    )


def _fit_one_coin(crowd: Crowd) -> tuple[np.ndarray, np.ndarray]:
    """Return P(class | answers), float64 [n, k], and the annotators' skills, float64 [m]."""
    from crowdkit.aggregation import OneCoinDawidSkene

    rows, columns = np.nonzero(crowd.labels >= 0)
    given = crowd.labels[rows, columns].astype(np.int64)
    model = OneCoinDawidSkene(n_iter=STEPS)
    model.fit(pd.DataFrame({"task": rows, "worker": columns, "label": given}))
    assert model.probas_ is not None
    pins, classes = range(len(crowd.pin_ids)), range(len(crowd.classes))
    belief = model.probas_.reindex(index=pins, columns=classes, fill_value=0.0)
    skills = model.skills_.reindex(range(len(crowd.annotators)))
    return belief.to_numpy(dtype=np.float64), skills.to_numpy(dtype=np.float64)


def _ask_crowdlab(crowd: Crowd, probe: np.ndarray) -> SecondOpinion:
    from cleanlab.multiannotator import get_label_quality_multiannotator

    found = get_label_quality_multiannotator(
        as_cleanlab(crowd), probe.astype(np.float64), return_detailed_quality=False, verbose=False
    )
    pins, annotators = found["label_quality"], found["annotator_stats"]
    by_number = annotators["annotator_quality"].reindex(range(len(crowd.annotators)))
    return SecondOpinion(
        labels=pins["consensus_label"].to_numpy(),
        quality=pins["consensus_quality_score"].to_numpy(),
        annotators=by_number.to_numpy(),
    )


def as_cleanlab(crowd: Crowd) -> pd.DataFrame:
    """Return the answers as cleanlab takes them: a row for each pin, NaN where there is none."""
    return pd.DataFrame(np.where(crowd.labels >= 0, crowd.labels, np.nan))
