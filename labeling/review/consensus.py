"""Consensus: the class that a pin's answers speak for, by how far each annotator can be trusted.

Dawid & Skene's model with one skill for each annotator (Zhang et al., "Spectral Methods Meet EM",
JMLR 17, 2016), as crowd-kit fits it, reads the answers alone: what gold is must not hang on a model
that is trained and scored on gold. CROWDLAB (Goh et al., arXiv:2210.06812), as cleanlab has it, also
hears the probe's predictions and stands beside it as a second opinion.
"""

from __future__ import annotations

import io
from contextlib import redirect_stdout
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
    """float64 [m]: how often each annotator is right, as estimated; NaN for who answered no pin that
    another one did."""
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
    see the pins' answers.

    What one annotator alone said of a pin stands, however little they are trusted.
    """
    several = crowd.several
    counts = crowd.counts
    most = counts.max(axis=1, initial=0)
    belief = counts / np.maximum(counts.sum(axis=1, keepdims=True), 1)
    skills = np.full(len(crowd.annotators), np.nan)
    if len(np.unique(crowd.labels[several][crowd.labels[several] >= 0])) > 1:
        belief[several], skills = _fit_one_coin(crowd.labels[several], counts.shape[1])
    labels = belief.argmax(axis=1)
    rows = np.arange(len(labels))
    return Consensus(
        crowd=crowd,
        labels=labels,
        quality=np.where(several, belief[rows, labels], np.nan),
        leads=(counts[rows, labels] == most) & ((counts == most[:, None]).sum(axis=1) == 1),
        skills=skills,
        second=None if probe is None or not several.any() else _ask_crowdlab(crowd, probe),
    )


def _fit_one_coin(labels: np.ndarray, k: int) -> tuple[np.ndarray, np.ndarray]:
    """Return P(class | answers), float64 [n, k], of pins with several answers, int [n, m], and the
    annotators' skills, float64 [m].

    As if everybody had answered one pin more of each class, and rightly: with few pins in common the
    likeliest skills are 0 and 1, and would turn what two said alike into its opposite.
    """
    from crowdkit.aggregation import OneCoinDawidSkene

    n, m = labels.shape
    there = np.flatnonzero((labels >= 0).any(axis=0))
    imagined = np.full((k, m), -1)
    imagined[:, there] = np.arange(k)[:, None]
    rows, columns = np.nonzero(np.vstack([labels, imagined]) >= 0)
    given = np.vstack([labels, imagined])[rows, columns].astype(np.int64)
    model = OneCoinDawidSkene(n_iter=STEPS)
    model.fit(pd.DataFrame({"task": rows, "worker": columns, "label": given}))
    assert model.probas_ is not None
    belief = model.probas_.reindex(index=range(n), columns=range(k), fill_value=0.0).to_numpy()
    skills = np.full(m, np.nan)
    for column in there:
        said = labels[:, column]
        skills[column] = belief[np.flatnonzero(said >= 0), said[said >= 0]].mean()
    return belief, skills


def _ask_crowdlab(crowd: Crowd, probe: np.ndarray) -> SecondOpinion:
    from cleanlab.multiannotator import get_label_quality_multiannotator

    with redirect_stdout(io.StringIO()):  # it prints what is unusual, verbose or not
        found = get_label_quality_multiannotator(
            as_cleanlab(crowd),
            probe.astype(np.float64),
            return_detailed_quality=False,
            verbose=False,
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
