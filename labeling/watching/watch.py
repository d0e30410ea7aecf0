"""Watching a signal on a collection: what drifted since a baseline, and what to do about it.

All is computed anew from the pins and votes in the store and the answers in the database: the same state
gives the same verdict, whoever asks.
"""

from __future__ import annotations

from datetime import UTC, datetime

from labeling import pipeline
from labeling.collection import Collection
from labeling.doubts import Doubts, DoubtSummary
from labeling.embedding import embed
from labeling.errors import WatchError
from labeling.report import plain
from labeling.seeing import look_at_new
from labeling.settings import Settings
from labeling.voting import vote_with
from labeling.watching.baseline import Baseline, find_baseline, split_pins
from labeling.watching.comparing import Names, compare, compare_answers
from labeling.watching.looking import CountNew, CountShard, Sides, shares_of, total
from labeling.watching.people import (
    Answered,
    compare_agreement,
    compare_queue,
    read_agreement,
    read_answered,
    read_gold_since_model,
    read_queue_age,
)
from labeling.watching.recording import record_watch
from labeling.watching.report import WatchReport
from labeling.watching.verdict import Comparison, Limits, judge, when_to_retrain, worst
from labeling.workspace import Workspace

FEW = 100
"""New pins below which a comparison finds only what is gross."""
ACTIONS = 6
"""That are said; the comparisons hold the others."""


def watch(
    workspace: Workspace,
    signal: str,
    collection: str,
    *,
    against: str | int | None = None,
    resolver: str = "auto",
    now: datetime | None = None,
) -> WatchReport:
    """Return what drifted, and put it on record; votes, labels and doubts are brought up to date first.

    `against` is a run's number or another collection (see `baseline.find_baseline`).
    Raises WatchError for a baseline that is none, and WorkspaceError where nothing was run yet.
    """
    workspace = workspace.holding(collection)
    now = now or datetime.now(UTC)
    pins, database = workspace.collection(collection), workspace.database
    baseline = find_baseline(workspace, workspace.signal(signal).name, pins, against)
    doubts, summary = pipeline.doubt(workspace, signal, collection, resolver=resolver)
    sides = _count(workspace, doubts, summary, baseline)
    queue = read_queue_age(database, signal, collection, now)
    judged = judge(
        [
            *_compare_pins(workspace, doubts, sides),
            *compare_answers(sides.before.audit + sides.now.audit),
            *compare_agreement(
                read_agreement(database, doubts.resolution.signal, collection, baseline.since)
            ),
            *compare_queue(queue, workspace.settings.watch_queue_days),
        ],
        limits_of(workspace.settings),
    )
    gold = read_gold_since_model(database, signal, collection)
    drift = worst([one for one in judged if one.aspect != "queue"])
    enough = workspace.settings.watch_retrain_gold
    retraining = when_to_retrain(drift, gold.gold, enough, gold.dataset)
    audit = pipeline.audit_of(workspace, doubts)
    actions = [one.advice for one in judged if one.level != "ok"]
    if retraining.is_due:
        actions.insert(0, f"Retrain: {retraining.reason}")
    report = WatchReport(
        verdict=worst(judged),
        actions=tuple(dict.fromkeys(actions))[:ACTIONS],
        signal=signal,
        collection=collection,
        revision=pins.revision,
        against=baseline.title,
        baseline=plain(vars(baseline)),
        pins_before=sides.before.pins,
        pins_new=sides.now.pins,
        coverage_before=_share(sides.before.covered, sides.before.pins),
        coverage_new=_share(sides.now.covered, sides.now.pins),
        comparisons=judged,
        queue=queue,
        accuracy=None if audit is None else audit.accuracy,
        retraining=retraining,
        notes=tuple(_notes(sides, baseline)),
    )
    record_watch(database, report, now)
    return report


def _compare_pins(workspace: Workspace, doubts: Doubts, sides: Sides) -> list[Comparison]:
    """Return how new pins differ from old ones; nothing where there are none."""
    if not sides.now.pins:
        return []
    r, settings = doubts.resolution, workspace.settings
    names = Names(
        signal=r.signal.name,
        collection=r.collection.name,
        classes=r.signal.classes,
        functions=tuple(function.name for function in r.functions),
    )
    return compare(sides.before, sides.now, names, limits_of(settings), seed=settings.seed)


def limits_of(settings: Settings) -> Limits:
    """Return from where on a difference counts."""
    return Limits(watch=settings.watch_psi, alarm=settings.alarm_psi, p=settings.watch_p)


def _count(
    workspace: Workspace, doubts: Doubts, summary: DoubtSummary, baseline: Baseline
) -> Sides:
    resolution, store = doubts.resolution, workspace.store
    encoders, other = doubts.encoders, None
    if baseline.against == "collection":
        other = _ready(workspace, doubts, baseline.collection)
        encoders = tuple(e for e in encoders if e in workspace.encoders(other))
    portions = split_pins(store, resolution.collection, baseline, other)
    mixed = [portion for portion in portions if portion.part == "mixed"]
    new = sum(portion.shard.rows for portion in portions if portion.part == "new")
    if mixed:
        new += sum(workspace.each(CountNew(store), mixed, title="watch: changed shards"))
    old = sum(portion.shard.rows for portion in portions) - new
    answered = Answered()
    if other is None:
        answered = read_answered(
            workspace.database,
            resolution.signal,
            resolution.collection.name,
            since=baseline.since,
            seed=workspace.settings.seed,
        )
    step = CountShard(
        store=store,
        resolution=resolution.portable(),
        encoders=encoders,
        doubts="" if other else doubts.folder,
        takes_probe=summary.pool is not None,
        answered=answered,
        shares=(shares_of(old), shares_of(new)),
    )
    return total(workspace.each(step, portions, title="watch: count"))


def _ready(workspace: Workspace, doubts: Doubts, name: str) -> Collection:
    """Return another collection, voted on by the very functions that voted on the first, with what
    they were made ready with there."""
    r, other = doubts.resolution, workspace.collection(name)
    sees_images = any({"image", "looks"}.intersection(function.sees) for function in r.functions)
    if sees_images and other.retries != r.collection.retries:
        raise WatchError(
            f"Images of {r.collection.name} and {name} were not tried anew equally often, so functions "
            "that see images would vote on them as different ones; hold the pins against a run."
        )
    if other.images:
        look_at_new(workspace, other)
    embed(workspace, name)
    vote_with(workspace, r.signal, r.functions, other)
    return other


def _share(part: int, whole: int) -> float | None:
    return round(part / whole, 4) if whole else None


def _notes(sides: Sides, baseline: Baseline) -> list[str]:
    if not sides.now.pins:
        return [f"No pins came since {baseline.title}, so only people's part was looked at."]
    if not sides.before.pins:
        return [
            f"No pin is left as it was in {baseline.title}, so there is nothing to compare with."
        ]
    if sides.now.pins < FEW:
        return [
            f"Only {sides.now.pins:,} pins are new: few enough that all but gross drift looks like "
            "chance."
        ]
    return []
