"""The doubt step: which soft labels are doubtful, seen from outside the votes.

A probe predicts every pin out of sample; cleanlab scores how well the resolved label fits that
prediction (Northcutt et al., "Confident Learning", JAIR 2021) and how unlike all others a pin is
(Kuan & Mueller, arXiv:2207.03061); near-duplicates are grouped.
"""

from __future__ import annotations

import hashlib
from dataclasses import asdict, dataclass
from functools import cached_property, partial

import numpy as np
import pyarrow as pa

from labeling.collection import Shard, read_pins
from labeling.duplicates import VectorView, find_duplicates, text_key
from labeling.encoders import Encoder, read_vectors
from labeling.fingerprints import fingerprint
from labeling.groups import NO_KEY
from labeling.outliers import OutlierScores
from labeling.pins import PinBatch
from labeling.probe import Probe, TrainingPins, fit_probe, fold_of
from labeling.progress import Progress
from labeling.resolving import HELD_OUT, Resolution, probability_column, read_probabilities
from labeling.shards import Store

OUTLIER_SHARE_OF_MEDIAN = 0.37037
"""A score below this share of the median is an outlier: the rule of cleanlab's Datalab."""


@dataclass(frozen=True, kw_only=True)
class Doubts:
    """Names the doubts about a resolution."""

    resolution: Resolution
    encoder: Encoder
    probe_pins: int

    @cached_property
    def folder(self) -> str:
        """Where they lie."""
        r = self.resolution
        name = fingerprint(r.fingerprint, self.encoder.fingerprint, self.probe_pins)
        return f"doubts/{r.signal.name}/{r.collection.name}/{name}"

    def probe_key(self, shard: Shard) -> str:
        """Return where a shard's predictions lie: pin_id, probe, quality, outlier."""
        return f"{self.folder}/{shard.id}.probe.parquet"

    def flags_key(self, shard: Shard) -> str:
        """Return where a shard's flags lie: is_issue, is_outlier, group."""
        return f"{self.folder}/{shard.id}.flags.parquet"

    @property
    def summary_key(self) -> str:
        """Where the counts over all shards lie."""
        return f"{self.folder}/summary.json"


@dataclass(frozen=True, kw_only=True)
class DoubtSummary:
    """Counts over a collection."""

    probed: bool
    """Whether there were labels enough to fit the probe."""
    label_issues: int
    """Labels that cleanlab takes for wrong."""
    outliers: int
    near_duplicates: int
    """Pins that are not the first of their group."""
    groups: int
    """Groups of two or more pins."""
    compared: str
    """How near-duplicates were looked for."""


@dataclass(frozen=True, kw_only=True)
class ShardPins:
    """What the step needs of one shard's n pins."""

    ids: list[str]
    texts: list[str]
    vectors: np.ndarray
    """float16 [n, d]."""
    keys: np.ndarray
    """`text_key` of each, int64 [n]; 0 where there is no text, and so no meaning in its vector."""
    soft: np.ndarray
    labels: np.ndarray
    held_out: np.ndarray

    @property
    def folds(self) -> np.ndarray:
        """The probe's fold of each pin, int [n], equal for equal texts; -1 for those held out."""
        folds = [fold_of(str(key or id)) for key, id in zip(self.keys, self.ids, strict=True)]
        return np.where(self.held_out, -1, folds)


def find_doubts(store: Store, doubts: Doubts, progress: Progress) -> DoubtSummary:
    """Finish the doubts of every shard and return their summary; what is finished is not redone.

    Fitting uses a sample of at most `probe_pins`; memory grows with that and with one shard, and by
    some 20 bytes a pin for groups and the ranking of label issues.
    """
    shards = doubts.resolution.collection.shards
    keys = [key(shard) for shard in shards for key in (doubts.probe_key, doubts.flags_key)]
    there = set(store.keys(doubts.folder))
    if there.issuperset((doubts.summary_key, *keys)):
        return DoubtSummary(**store.read_json(doubts.summary_key))
    with progress.bar("doubt: fit", 1) as advance:
        sample = _sample(store, doubts)
        probe = fit_probe(sample)
        outliers = OutlierScores.fit(sample.vectors)
        advance(1)
    with progress.bar("doubt: predict", len(shards)) as advance:
        for shard in shards:
            if doubts.probe_key(shard) not in there:
                table = _predict(read_shard_pins(store, doubts, shard), probe, outliers, doubts)
                store.write_table(doubts.probe_key(shard), table)
            advance(1)
    views, of = _views(store, doubts), doubts.resolution.collection
    duplicates = find_duplicates(store, of, views, progress=progress)
    flags = _flag(store, doubts, duplicates.groups)
    summary = DoubtSummary(probed=probe is not None, compared=duplicates.compared, **flags)
    store.write_json(doubts.summary_key, asdict(summary))
    return summary


def read_shard_pins(store: Store, doubts: Doubts, shard: Shard) -> ShardPins:
    """Return what the step needs of a shard: text, vectors and soft labels, row by row."""
    r = doubts.resolution
    pins = read_pins(store, shard, ["pin_id", "title", "description", "split"])
    texts = PinBatch(pins).column("text")
    soft = store.read_table(r.key(shard), ["soft", "label"])
    return ShardPins(
        ids=pins.column("pin_id").to_pylist(),
        texts=texts,
        vectors=read_vectors(store, doubts.encoder, r.collection, shard),
        keys=np.array([text_key(text) for text in texts], dtype=np.int64),
        soft=read_probabilities(soft.column("soft")),
        labels=soft.column("label").to_numpy(),
        held_out=np.isin(pins.column("split").to_numpy(zero_copy_only=False), HELD_OUT),
    )


def _sample(store: Store, doubts: Doubts) -> TrainingPins:
    """Return the labelled pins that the probe learns from: those whose ids hash lowest."""
    shards = doubts.resolution.collection.shards
    texts: list[str] = []
    parts: list[tuple[np.ndarray, np.ndarray, np.ndarray]] = []
    share = min(1.0, doubts.probe_pins / max(doubts.resolution.collection.pins, 1))
    for shard in shards:
        pins = read_shard_pins(store, doubts, shard)
        drawn = np.array([_draw(id) < share for id in pins.ids])
        rows = np.flatnonzero(drawn & (pins.labels >= 0) & ~pins.held_out & (pins.keys != NO_KEY))
        texts.extend(pins.texts[row] for row in rows)
        parts.append((pins.vectors[rows], pins.soft[rows], pins.folds[rows]))
    vectors, soft, folds = (np.concatenate(part) for part in zip(*parts, strict=True))
    return TrainingPins(texts=texts, vectors=vectors, soft=soft, folds=folds)


def _draw(pin_id: str) -> float:
    """Return a number in [0, 1) that is the pin's own, so a sample stays as pins come."""
    data = hashlib.blake2b(pin_id.encode(), digest_size=8).digest()
    return int.from_bytes(data, "big") / 2**64


def _predict(
    pins: ShardPins, probe: Probe | None, outliers: OutlierScores | None, doubts: Doubts
) -> pa.Table:
    from cleanlab.rank import get_label_quality_scores

    n, k = len(pins.ids), len(doubts.resolution.signal.classes)
    predicted = np.full((n, k), 1 / k, dtype=np.float32)
    quality = np.full(n, np.nan, dtype=np.float32)
    unlike = np.full(n, np.nan, dtype=np.float32)
    seen = np.flatnonzero(pins.keys != NO_KEY)
    if probe is not None and len(seen):
        texts = [pins.texts[row] for row in seen]
        predicted[seen] = probe.predict_proba(texts, pins.vectors[seen], pins.folds[seen])
        judged = np.flatnonzero((pins.labels >= 0) & (pins.keys != NO_KEY))
        if len(judged):
            labels = pins.labels[judged].astype(int)
            quality[judged] = get_label_quality_scores(labels, predicted[judged])
    if outliers is not None and len(seen):
        unlike[seen] = outliers.score(pins.vectors[seen])
    return pa.table(
        {
            "pin_id": pa.array(pins.ids, pa.string()),
            "probe": probability_column(predicted),
            "quality": pa.array(quality, pa.float32()),
            "outlier": pa.array(unlike, pa.float32()),
        }
    )


def _views(store: Store, doubts: Doubts) -> list[VectorView]:
    """Return what near-duplicates are looked for by."""
    read = partial(read_vectors, store, doubts.encoder, doubts.resolution.collection)
    return [VectorView(name="text", read=read, needs_words=True)]


def _flag(store: Store, doubts: Doubts, groups: list[str]) -> dict[str, int]:
    """Finish the flags of every shard and return their counts."""
    shards = doubts.resolution.collection.shards
    cut, median = _thresholds(store, doubts)
    issues = outliers = start = 0
    for shard in shards:
        table = store.read_table(doubts.probe_key(shard), ["quality", "outlier"])
        with np.errstate(invalid="ignore"):
            is_issue = table.column("quality").to_numpy() <= cut
            is_outlier = table.column("outlier").to_numpy() < median * OUTLIER_SHARE_OF_MEDIAN
        flags = {
            "is_issue": pa.array(is_issue),
            "is_outlier": pa.array(is_outlier),
            "group": pa.array(groups[start : start + shard.rows], pa.string()),
        }
        store.write_table(doubts.flags_key(shard), pa.table(flags))
        issues += int(is_issue.sum())
        outliers += int(is_outlier.sum())
        start += shard.rows
    _, sizes = np.unique(np.array(groups), return_counts=True)
    return {
        "label_issues": issues,
        "outliers": outliers,
        "near_duplicates": int((sizes - 1).sum()),
        "groups": int((sizes > 1).sum()),
    }


def _thresholds(store: Store, doubts: Doubts) -> tuple[float, float]:
    """Return the quality at or below which a label is an issue, and the median outlier score.

    How many issues there are is cleanlab's estimate over batches (`LabelInspector`): it compares
    each prediction with its class's mean confidence. -inf and 0 where nothing was judged.
    """
    from cleanlab.experimental.label_issues_batched import LabelInspector

    shards = doubts.resolution.collection.shards
    classes = len(doubts.resolution.signal.classes)
    inspector = LabelInspector(num_class=classes, verbose=False, n_jobs=1)
    unlike = []
    for step in (inspector.update_confident_thresholds, inspector.score_label_quality):
        for shard in shards:
            table = store.read_table(doubts.probe_key(shard))
            quality = table.column("quality").to_numpy()
            judged = ~np.isnan(quality)
            if judged.any():
                soft = store.read_table(doubts.resolution.key(shard), ["label"])
                labels = soft.column("label").to_numpy()[judged].astype(int)
                step(labels, read_probabilities(table.column("probe"))[judged])
            if step == inspector.score_label_quality:
                unlike.append(table.column("outlier").to_numpy())
    scores = np.concatenate(unlike)
    median = float(np.nanmedian(scores)) if not np.isnan(scores).all() else 0.0
    qualities = np.sort(np.asarray(inspector.label_quality_scores, dtype=np.float32))
    issues = inspector.get_num_issues() if len(qualities) else 0
    return (float(qualities[issues - 1]) if issues else -np.inf), median
