"""How good the labels are, estimated from the random audit: every figure with its 95% interval.

Only pins that the audit drew count, whatever else was answered: the rest was asked because it was
doubtful, and would make the labels look worse than they are. A label is judged as it would be without
the pin's own answer (`unaided`), or the answer would judge itself.

Each drawn pin stands for as many of the frame (Horvitz & Thompson 1952); where some have no agreed
answer, the answered ones stand for them, too (Hajek 1971), which is right where chance says who answers.
Intervals are those of Clopper & Pearson on the effective sample size (Korn & Graubard 1998): they hold
for few answers, and near 0 and 1.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from sqlalchemy import select

from labeling.chance import clopper_pearson_interval
from labeling.collection import Collection, read_pins
from labeling.database import Database
from labeling.doubts import Doubts
from labeling.errors import EstimateError
from labeling.resolving import HELD_OUT, gold_labels
from labeling.review.auditing import number_of
from labeling.review.tasks import AUDIT
from labeling.shards import Store
from labeling.signals import Signal
from labeling.tables import ReviewTaskRow

CONFIDENCE = 0.95


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
    accuracy: Estimate
    """Of the pins with a label."""
    classes: tuple[ClassEstimate, ...]


@dataclass(frozen=True, kw_only=True)
class AuditSample:
    """The answered pins of a sample, and what they were drawn from."""

    labels: np.ndarray
    """int [n]: unaided, -1 for none."""
    answers: np.ndarray
    """int [n]."""
    drawn: int
    frame: int


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
    if not len(sample.answers):
        raise EstimateError(
            f"No pin of the random audit of {signal} on {collection} has an agreed "
            "answer yet, and other answers tell of doubtful pins alone; answer some in "
            "`labeling review`, then make them gold."
        )
    return LabelEstimates(
        signal=signal,
        collection=collection,
        pins=sample.frame,
        drawn=sample.drawn,
        answered=len(sample.answers),
        accuracy=estimate_accuracy(sample),
        classes=estimate_classes(sample, audited.signal.classes),
    )


def read_sample(store: Store, database: Database, audited: Audited, *, seed: int) -> AuditSample:
    """Return the sample up to the last audit task that was answered: all pins with smaller numbers,
    among them those that were answered for another reason."""
    signal, collection = audited.signal.name, audited.collection
    last = last_number(database, signal, collection.name, audited.gold, seed=seed)
    labels, answers, drawn, frame = [], [], 0, 0
    for shard in collection.shards:
        pins = read_pins(store, shard, ["pin_id", "split"])
        split = pins.column("split").to_numpy(zero_copy_only=False)
        numbers = [number_of(id, seed) for id in pins.column("pin_id").to_pylist()]
        asked = ~np.isin(split, HELD_OUT)
        inside = asked & (np.array(numbers) <= last)
        key = f"{audited.doubts}/{shard.id}.probe.parquet"
        table = store.read_table(key)
        if "unaided" not in table.column_names:
            raise EstimateError(
                f"The last run of {signal} on {collection.name} is of an older version; run it again."
            )
        found = table.column("unaided").to_numpy()
        gold = gold_labels(store, shard, audited.gold)
        labels.append(found[inside & (gold >= 0)])
        answers.append(gold[inside & (gold >= 0)])
        drawn += int(inside.sum())
        frame += int(asked.sum())
    return AuditSample(
        labels=np.concatenate(labels), answers=np.concatenate(answers), drawn=drawn, frame=frame
    )


def last_number(
    database: Database, signal: str, collection: str, gold: Mapping[str, int], *, seed: int
) -> float:
    """Return the largest number among audit tasks that were answered and whose pin has gold: the sample
    goes so far. -1 where there is none."""
    with database.reading() as session:
        audits = session.scalars(
            select(ReviewTaskRow.pin_id)
            .where(ReviewTaskRow.signal == signal, ReviewTaskRow.answered > 0)
            .where(ReviewTaskRow.collection == collection, ReviewTaskRow.reason == AUDIT)
        ).all()
    return max((number_of(id, seed) for id in audits if id in gold), default=-1.0)


def estimate_accuracy(sample: AuditSample) -> Estimate:
    """Return the share of right labels among pins with one."""
    return _share(sample, sample.labels == sample.answers, sample.labels >= 0)


def estimate_classes(sample: AuditSample, names: Sequence[str]) -> tuple[ClassEstimate, ...]:
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


def _share(sample: AuditSample, is_so: np.ndarray, among: np.ndarray) -> Estimate:
    """Return the share of pins that are so, among some."""
    n, hits = int(among.sum()), int((is_so & among).sum())
    if n == 0:
        return Estimate(value=None, low=0.0, high=1.0, answers=0)
    low, high = interval(hits / n, n, len(sample.answers) / sample.frame)
    return Estimate(value=round(hits / n, 4), low=round(low, 4), high=round(high, 4), answers=n)


def interval(share: float, answers: int, sampled: float) -> tuple[float, float]:
    """Return the 95% interval of a share seen among so many answers, where a share `sampled` of all
    pins was answered: what is known of all leaves nothing to chance.

    >>> tuple(round(bound, 3) for bound in interval(1.0, 20, 0.0))
    (0.832, 1.0)
    """
    if sampled >= 1:
        return share, share
    return clopper_pearson_interval(share, answers / (1 - sampled), CONFIDENCE)
