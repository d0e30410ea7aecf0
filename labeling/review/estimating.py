"""How good the labels are, estimated from the random audit: every figure with its 95% interval.

Only pins that the audit drew count, whatever else was answered: the rest was asked because it was
doubtful, and would make the labels look worse than they are. A label is judged as it would be without
the pin's own answer (`unaided`), or the answer would judge itself.

Each drawn pin stands for as many of those that came with it (Horvitz & Thompson 1952); where some have
no agreed answer, the answered ones stand for them, too (Hajek 1971), which is right where chance says
who answers (`labeling.review.audit_sample`). Intervals are those of Clopper & Pearson on the effective
sample size (Korn & Graubard 1998): they hold for few answers, and near 0 and 1. Imports of which nothing
was answered may be all right or all wrong, and widen them by their share.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from labeling.chance import clopper_pearson_interval
from labeling.collection import Collection, read_pins
from labeling.database import Database
from labeling.doubts import Doubts
from labeling.errors import EstimateError
from labeling.judgement.sample import effective
from labeling.resolving import gold_labels, is_held_out
from labeling.review.audit_sample import read_audit
from labeling.review.auditing import number_of
from labeling.shards import Store
from labeling.signals import Signal


@dataclass(frozen=True, kw_only=True)
class Estimate:
    """A share of the frame."""

    value: float | None
    """None where no answer tells of it."""
    low: float
    high: float
    """Of the 95% interval."""
    answers: int
    """That it stands on."""


@dataclass(frozen=True, kw_only=True)
class ClassEstimate:
    """How well one class is labelled."""

    name: str
    precision: Estimate
    """Of the pins labelled so, the share that are."""
    recall: Estimate
    """Of the pins that are of the class, the share labelled so; one without a label is missed."""
    prevalence: Estimate
    """The share of all pins that are of the class."""


@dataclass(frozen=True, kw_only=True)
class LabelEstimates:
    """What the audit says of the labels of a signal on a collection."""

    signal: str
    collection: str
    pins: int
    """In the frame: all that are not held out."""
    drawn: int
    """Into the sample, up to the last one that was answered."""
    answered: int
    """Of those, how many have an agreed answer."""
    unknown: int
    """Pins that came in imports of which nothing was answered yet."""
    accuracy: Estimate
    """Of the pins with a label."""
    classes: tuple[ClassEstimate, ...]

    @property
    def note(self) -> str:
        """What a person should know of the intervals; empty for nothing."""
        if not self.unknown:
            return ""
        return (
            f"Of {self.unknown:,} pins, imported later, the audit has no answer yet: all of their "
            "labels may be right or wrong, which the intervals allow for."
        )


@dataclass(frozen=True, kw_only=True)
class JudgedLabels:
    """The labels of the answered pins of a sample, and what they were drawn from."""

    labels: np.ndarray
    """int64 [n]: unaided, -1 for none."""
    answers: np.ndarray
    """int [n]."""
    weights: np.ndarray
    """float64 [n]: how many pins each stands for."""
    drawn: int
    frame: int
    answered: int
    """By the audit; the other rows have imported gold."""
    unknown: int = 0
    """Pins of the frame that nothing tells of."""


@dataclass(frozen=True, kw_only=True)
class Audited:
    """The labels that are judged, and what people agreed on."""

    signal: Signal
    collection: Collection
    doubts: str
    """The folder of the doubts about the labels."""
    gold: Mapping[str, int]
    """Pin id -> class."""

    @classmethod
    def of(cls, doubts: Doubts) -> Audited:
        """Return the labels of a resolution."""
        r = doubts.resolution
        return cls(signal=r.signal, collection=r.collection, doubts=doubts.folder, gold=doubts.gold)


def estimate(store: Store, database: Database, audited: Audited, *, seed: int) -> LabelEstimates:
    """Return the estimates. Raises EstimateError where no pin of the audit has an agreed answer."""
    signal, collection = audited.signal.name, audited.collection.name
    sample = read_sample(store, database, audited, seed=seed)
    if not sample.answered:
        raise EstimateError(
            f"No pin of the random audit of {signal} on {collection} has an agreed "
            "answer yet, and other answers tell of doubtful pins alone; answer some in "
            f"`labeling review`; they are gold at the next run, or by `labeling agree {signal} "
            f"{collection}`."
        )
    return LabelEstimates(
        signal=signal,
        collection=collection,
        pins=sample.frame,
        drawn=sample.drawn,
        answered=sample.answered,
        unknown=sample.unknown,
        accuracy=estimate_accuracy(sample),
        classes=estimate_classes(sample, audited.signal.classes),
    )


def read_sample(store: Store, database: Database, audited: Audited, *, seed: int) -> JudgedLabels:
    """Return the sample up to the last audit task that was answered: all pins with smaller numbers,
    among them those that were answered for another reason, and those with imported gold."""
    signal, collection = audited.signal.name, audited.collection
    sample = read_audit(store, database, signal, collection, audited.gold, seed=seed)
    labels, answers, weights, drawn = [], [], [], 0
    for shard in collection.shards:
        pins = read_pins(store, shard, ["pin_id", "split"])
        ids = pins.column("pin_id").to_pylist()
        asked = ~is_held_out(pins)
        table = store.read_table(f"{audited.doubts}/{shard.id}.probe.parquet")
        if "unaided" not in table.column_names:
            raise EstimateError(
                f"The last run of {signal} on {collection.name} is of an older version; run it again."
            )
        weight = np.array([sample.weight(id) for id in ids])
        gold = gold_labels(store, shard, audited.gold)
        judges = asked & (weight > 0) & (gold >= 0)
        labels.append(table.column("unaided").to_numpy()[judges])
        answers.append(gold[judges])
        weights.append(weight[judges])
        inside = np.array([number_of(id, seed) for id in ids]) <= sample.last
        drawn += int((asked & inside).sum())
    return JudgedLabels(
        labels=np.concatenate(labels),
        answers=np.concatenate(answers),
        weights=np.concatenate(weights),
        drawn=drawn,
        frame=sample.frame,
        answered=len(sample.audited),
        unknown=sample.unknown,
    )


def estimate_accuracy(sample: JudgedLabels) -> Estimate:
    """Return the share of right labels among pins with one."""
    return _share(sample, sample.labels == sample.answers, sample.labels >= 0)


def estimate_classes(sample: JudgedLabels, names: Sequence[str]) -> tuple[ClassEstimate, ...]:
    """Return precision, recall and prevalence of each class."""
    everywhere = np.ones(len(sample.answers), dtype=bool)
    return tuple(
        ClassEstimate(
            name=name,
            precision=_share(sample, sample.answers == y, sample.labels == y),
            recall=_share(sample, sample.labels == y, sample.answers == y),
            prevalence=_share(sample, sample.answers == y, everywhere),
        )
        for y, name in enumerate(names)
    )


def _share(sample: JudgedLabels, is_so: np.ndarray, among: np.ndarray) -> Estimate:
    """Return the share of pins that are so, among some."""
    n = int(among.sum())
    if n == 0:
        return Estimate(value=None, low=0.0, high=1.0, answers=0)
    weights = sample.weights[among]
    share = float(np.average(is_so[among], weights=weights))
    low, high = interval(share, effective(weights), len(sample.answers) / sample.frame)
    dark = sample.unknown / sample.frame
    return Estimate(
        value=round(share, 4),
        low=round(low * (1 - dark), 4),
        high=round(high * (1 - dark) + dark, 4),
        answers=n,
    )


def interval(share: float, answers: float, sampled: float) -> tuple[float, float]:
    """Return the 95% interval of a share seen among so many answers, where a share `sampled` of all
    pins was answered: what is known of all leaves nothing to chance.

    >>> tuple(round(bound, 3) for bound in interval(1.0, 20, 0.0))
    (0.832, 1.0)
    """
    if sampled >= 1:
        return share, share
    return clopper_pearson_interval(share, answers / (1 - sampled))
