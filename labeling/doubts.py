"""The doubt step: which soft labels are doubtful, seen from outside the votes.

A probe predicts every pin out of sample; a second opinion from vectors alone says how well the
resolved label fits (`labeling.second_opinion`); cleanlab scores how unlike all others a pin is (Kuan &
Mueller, arXiv:2207.03061); near-duplicates are grouped.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from functools import cached_property

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from labeling.collection import Shard, read_pins
from labeling.encoders import Encoder, read_middles
from labeling.final_labels import Asked, Opinion, Resolved, final_labels, pool_by_answers
from labeling.fingerprints import draws_of, fingerprint
from labeling.fitting_many import Fitter
from labeling.list_columns import list_column, read_lists
from labeling.outliers import OutlierScores
from labeling.pin_groups import PinGroups, find_groups, read_folds, read_seen
from labeling.pins import side_by_side
from labeling.pooling import Pool
from labeling.probe import ProbePins, TrainingPins, fit_by_answers, fit_probe
from labeling.progress import Progress
from labeling.resolving import Resolution, gold_labels, is_held_out, read_by_fold, soft_by_fold
from labeling.second_opinion import LabelledPins, SecondOpinion, fit_second_opinion, seen_by_any
from labeling.shards import Store
from labeling.votes import read_votes

VERSION = 19
"""Of what is found: raise it when something is found otherwise, so that nothing old is reused."""
OUTLIER_SHARE_OF_MEDIAN = 0.37037
"""A score below this share of the median is an outlier: the rule of cleanlab's Datalab."""


@dataclass(frozen=True, kw_only=True)
class Doubts:
    """Names the doubts about a resolution."""

    resolution: Resolution
    encoders: tuple[Encoder, ...]
    """That the pins were embedded with; the first reads text."""
    probe_pins: int
    gold: Mapping[str, int] = field(default_factory=dict)
    """Pin id -> class, as people gave it: the probe learns from it."""

    @cached_property
    def folder(self) -> str:
        """Where they lie."""
        r = self.resolution
        encoders = [encoder.fingerprint for encoder in self.encoders]
        gold = sorted(self.gold.items())
        retries = r.collection.retries if len(encoders) > 1 else 0
        made_of = (r.fingerprint, r.held_back, encoders, retries, self.probe_pins, gold)
        name = fingerprint(VERSION, *made_of)
        return f"doubts/{r.signal.name}/{r.collection.name}/{name}"

    @property
    def groups(self) -> PinGroups:
        """The near-duplicates among the pins."""
        return PinGroups(collection=self.resolution.collection, encoders=self.encoders)

    def probe_key(self, shard: Shard) -> str:
        """Return where a shard's predictions lie: pin_id, probe, final, label, source, unaided,
        quality, is_issue, contradicted, outlier.

        final (float32 [k]) and label (int8, -1: none) are what is published: `gold` where people
        answered, else `model` (the pool of probe and votes) where answers are enough to set its
        weights, else `weak` (the resolved votes); `source` says which. unaided
        (int8) is the label as it would be without the pin's own answer: what answers can judge.
        """
        return f"{self.folder}/{shard.id}.probe.parquet"

    def flags_key(self, shard: Shard) -> str:
        """Return where a shard's flags lie: is_issue, contradicted, is_outlier, group."""
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
    pool: dict[str, float] | None
    """How heavy probe and votes are in the final labels (see `pooling.Pool`); None where answers are
    too few to say, and the final labels are the resolved ones."""
    label_issues: int
    """Labels that the second opinion takes for wrong."""
    contradictions: int
    """Sure labels among nearest neighbours that surely have another one."""
    noise: list[list[float]] | None
    """P(given label | true label) as cleanlab estimates it, a row for each true class; None where
    there were not labels enough."""
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
    labelled: LabelledPins
    read: ProbePins
    answers: np.ndarray
    """int [n]: gold, -1 for none."""
    covered: np.ndarray
    """bool [n]: whether some function voted."""

    @cached_property
    def seen(self) -> np.ndarray:
        """Which pins the probe can read, bool [n]: an encoder saw something, or they have text."""
        has_text = np.array([bool(text.strip()) for text in self.read.texts], dtype=bool)
        return seen_by_any(self.read.views) | has_text


@dataclass(frozen=True, kw_only=True)
class Fitted:
    """What was fitted to a sample; None where it was too small."""

    learned: Opinion | None
    pool: Pool | None
    held_back: dict[str, np.ndarray]
    """Pin id -> what is said of an answered pin without its answer (`Asked.held_back`)."""
    opinion: SecondOpinion | None
    outliers: OutlierScores | None


def find_doubts(
    store: Store, doubts: Doubts, progress: Progress, processes: int = 1
) -> DoubtSummary:
    """Finish the doubts of every shard and return their summary; what is finished is not redone.

    Fitting uses a sample of at most `probe_pins`, and so many processes where that is large, which
    changes nothing that is found; memory grows with one shard, with the sample (what is read of its
    texts once in this process, and once more in each that fits), and by some 20 bytes a pin for groups
    and the ranking of label issues.
    """
    shards = doubts.resolution.collection.shards
    keys = [key(shard) for shard in shards for key in (doubts.probe_key, doubts.flags_key)]
    there = set(store.keys(doubts.folder))
    if there.issuperset((doubts.summary_key, *keys)):
        return DoubtSummary(**store.read_json(doubts.summary_key))
    groups = find_groups(store, doubts.groups, progress)
    with progress.bar("doubt: fit", None) as advance:
        fitted = _fit(store, doubts, Fitter(processes=processes, advance=advance))
    with progress.bar("doubt: predict", len(shards)) as advance:
        for shard in shards:
            if doubts.probe_key(shard) not in there:
                table = _predict(read_shard_pins(store, doubts, shard), fitted, doubts)
                store.write_table(doubts.probe_key(shard), table)
            advance(1)
    flags = _flag(store, doubts)
    noise = None if fitted.opinion is None else fitted.opinion.noise.round(6).tolist()
    summary = DoubtSummary(
        probed=fitted.learned is not None,
        pool=None if fitted.pool is None else fitted.pool.to_json(),
        noise=noise,
        groups=groups.groups,
        near_duplicates=groups.near_duplicates,
        compared=groups.compared,
        **flags,
    )
    store.write_json(doubts.summary_key, asdict(summary))
    return summary


def read_shard_pins(store: Store, doubts: Doubts, shard: Shard) -> ShardPins:
    """Return what the step needs of a shard: text, vectors and soft labels, row by row."""
    r, found = doubts.resolution, read_seen(store, doubts.groups, shard)
    soft = store.read_table(r.key(shard), ["soft", "label", "voters"])
    held_out = is_held_out(read_pins(store, shard, ["split"]))
    folds = np.where(held_out, -1, read_folds(store, doubts.groups, shard))
    none = np.empty((shard.rows, 0), dtype=np.int8)
    text, *images = found.views
    middles = read_middles(store, doubts.encoders[0], r.collection, shard)
    middles = np.where(seen_by_any((text,))[:, None], middles, np.float16(0))
    return ShardPins(
        ids=found.ids,
        labelled=LabelledPins(
            views=found.views,
            keys=found.keys,
            folds=folds,
            labels=soft.column("label").to_numpy().astype(np.int64),
            soft=read_lists(soft.column("soft")),
        ),
        read=ProbePins(
            texts=found.texts,
            views=(np.hstack([text, middles]), *images),
            votes=read_votes(store, r.signal, r.functions, r.collection, shard)
            if doubts.gold
            else none,
            folds=folds,
        ),
        answers=np.where(held_out, -1, gold_labels(store, shard, doubts.gold)),
        covered=soft.column("voters").to_numpy() > 0,
    )


def _fit(store: Store, doubts: Doubts, fitter: Fitter) -> Fitted:
    """Return what is fitted to the pins whose ids hash lowest: the probe to those with a label or an
    answer, the second opinion and the outlier scores to those with a label."""
    share = min(1.0, doubts.probe_pins / max(doubts.resolution.collection.pins, 1))
    labelled: list[LabelledPins] = []
    training: list[TrainingPins] = []
    ids: list[str] = []
    resolved: list[np.ndarray] = []
    r = doubts.resolution
    models = read_by_fold(r, store)
    without: dict[int, list[np.ndarray]] = {fold: [] for fold in models}
    k = len(r.signal.classes)
    for shard in r.collection.shards:
        pins = read_shard_pins(store, doubts, shard)
        drawn = draws_of(pins.ids) < share
        usable = pins.seen & (pins.labelled.folds >= 0)
        has_label = usable & drawn & (pins.labelled.labels >= 0)
        with_vectors = has_label & seen_by_any(pins.read.views)
        labelled.append(pins.labelled.take(np.flatnonzero(with_vectors)))
        answered = pins.answers >= 0
        soft = np.where(
            answered[:, None], np.eye(k, dtype=np.float32)[pins.answers], pins.labelled.soft
        )
        rows = np.flatnonzero(has_label | (usable & answered))
        everything = TrainingPins(pins=pins.read, soft=soft, answers=pins.answers)
        training.append(everything.take(rows))
        ids += [pins.ids[row] for row in rows]
        is_silent = ~pins.covered[rows, None]
        resolved.append(np.where(is_silent, 1 / k, pins.labelled.soft[rows]))
        for fold, part in soft_by_fold(store, r, models, shard, rows).items():
            without[fold].append(np.where(is_silent, 1 / k, part))
    found, learned_from = LabelledPins.joined(labelled), TrainingPins.joined(training)
    probe = fit_probe(learned_from, fitter=fitter)
    learned, pool, held_back = None, None, {}
    if probe is not None:
        learned = Opinion(probe=probe, by_answers=fit_by_answers(probe, learned_from, fitter))
    if learned is not None and r.held_back and (learned_from.answers >= 0).any():
        asked = Asked(
            training=learned_from,
            ids=ids,
            resolved=np.concatenate(resolved),
            without={fold: np.concatenate(parts) for fold, parts in without.items()},
        )
        said = asked.said(learned)
        held_back = asked.held_back(learned, said, fitter)
        pool = pool_by_answers(asked, said, votes_help=bool(r.encoders))
    return Fitted(
        learned=learned,
        held_back=held_back,
        pool=pool,
        opinion=fit_second_opinion(found),
        outliers=OutlierScores.fit(side_by_side(found.views)),
    )


def _predict(pins: ShardPins, fitted: Fitted, doubts: Doubts) -> pa.Table:
    n, k = len(pins.ids), len(doubts.resolution.signal.classes)
    predicted = np.full((n, k), 1 / k, dtype=np.float32)
    quality, unlike = (np.full(n, np.nan, dtype=np.float32) for _ in range(2))
    is_issue, contradicted = (np.zeros(n, dtype=bool) for _ in range(2))
    seen = np.flatnonzero(pins.seen)
    opinion = np.zeros((2, n, k))
    if fitted.learned is not None and len(seen):
        said = fitted.learned.ask(pins.read.take(seen))
        predicted[seen], opinion[:, seen] = said.probe, said.logs
    final = final_labels(
        Resolved(
            ids=pins.ids,
            soft=pins.labelled.soft,
            labels=pins.labelled.labels.astype(np.int8),
            covered=pins.covered,
            seen=pins.seen,
            answers=pins.answers,
        ),
        opinion,
        fitted.pool,
        fitted.held_back,
    )
    if fitted.opinion is not None:
        judged = fitted.opinion.judge(pins.labelled)
        quality, is_issue, contradicted = judged.quality, judged.is_issue, judged.contradicted
    if fitted.outliers is not None and len(seen):
        unlike[seen] = fitted.outliers.score(side_by_side(pins.labelled.views)[seen])
    return pa.table(
        {
            "pin_id": pa.array(pins.ids, pa.string()),
            "probe": list_column(predicted.astype(np.float32, copy=False)),
            "final": list_column(final.soft.astype(np.float32, copy=False)),
            "label": pa.array(final.labels, pa.int8()),
            "source": pa.array(final.sources, pa.string()),
            "unaided": pa.array(final.unaided, pa.int8()),
            "quality": pa.array(quality, pa.float32()),
            "is_issue": pa.array(is_issue),
            "contradicted": pa.array(contradicted),
            "outlier": pa.array(unlike, pa.float32()),
        }
    )


def _flag(store: Store, doubts: Doubts) -> dict[str, int]:
    """Finish the flags of every shard and return their counts."""
    shards = doubts.resolution.collection.shards
    columns = ("is_issue", "contradicted", "outlier")
    found = [store.read_table(doubts.probe_key(shard), list(columns)) for shard in shards]
    unlike = np.concatenate([table.column("outlier").to_numpy() for table in found])
    median = float(np.nanmedian(unlike)) if not np.isnan(unlike).all() else 0.0
    issues = contradictions = outliers = 0
    for shard, table in zip(shards, found, strict=True):
        with np.errstate(invalid="ignore"):
            is_outlier = table.column("outlier").to_numpy() < median * OUTLIER_SHARE_OF_MEDIAN
        flags = {
            "is_issue": table.column("is_issue"),
            "contradicted": table.column("contradicted"),
            "is_outlier": pa.array(is_outlier),
            "group": store.read_table(doubts.groups.key(shard), ["group"]).column("group"),
        }
        store.write_table(doubts.flags_key(shard), pa.table(flags))
        issues += pc.sum(flags["is_issue"]).as_py() or 0
        contradictions += pc.sum(flags["contradicted"]).as_py() or 0
        outliers += int(is_outlier.sum())
    return {"label_issues": issues, "contradictions": contradictions, "outliers": outliers}
