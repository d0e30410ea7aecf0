"""The journey in order: import, agree, see the images, embed, vote, resolve, doubt, enqueue, publish.

Each step runs alone, first brings what it needs up to date (what is finished is not redone), and
returns what it did. `run` is the whole journey.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from labeling.analysis import count_functions, learned_weights, tabulate
from labeling.collection import unfinished
from labeling.datasets import Manifest, cache_folder, pull
from labeling.discovery import check_given_signal, save_given_signal
from labeling.doubts import Doubts, DoubtSummary, find_doubts
from labeling.embedding import embed, embed_with
from labeling.errors import EstimateError, LabelingError, SignalError
from labeling.functions import searched_row_by_row
from labeling.gathering import GatherShard, gather
from labeling.gold import read_gold
from labeling.images.counting import ImagesReport
from labeling.importing import ImportReport, import_pins
from labeling.known import known_labels
from labeling.map_points import PINS, MapPoint, On, PinMap, Sources, read_points
from labeling.mapping import draw_map
from labeling.pin_groups import PinGroups, find_groups
from labeling.progress import timed
from labeling.publications import describe_publication, publish_doubts, untrainable_notes
from labeling.publishing import Publication
from labeling.readers import open_pins
from labeling.recipes import Recipe, as_recipe, make_recipe
from labeling.records import end_run, start_run
from labeling.report import RunReport, classes_without_labels, notes_on_functions
from labeling.resolving import Resolution, ResolveShard, findings, plan, settle, settled
from labeling.review.agreeing import AgreeReport
from labeling.review.agreeing import agree as agree_on_gold
from labeling.review.batching import next_batch
from labeling.review.estimating import Audited, LabelEstimates
from labeling.review.estimating import estimate as estimate_quality
from labeling.review.tasks import QueueReport
from labeling.review.tasks import enqueue as enqueue_tasks
from labeling.review.verdicts import Rules
from labeling.score_curves import score_curves
from labeling.scoring import absent_fields, emptied_notes, examples_of, foreign_notes, score_splits
from labeling.seeing import look_at_images
from labeling.signals import Signal
from labeling.votes import FunctionFaults, find_faults, usable_functions
from labeling.voting import ready_signal, vote_with
from labeling.workspace import Workspace


def import_collection(
    workspace: Workspace,
    name: str,
    path: str | Path,
    *,
    format: str = "auto",
    columns: Mapping[str, str] | None = None,
    split: str | None = None,
    encoding: str = "utf-8",
    balance: list[float] | None = None,
) -> ImportReport:
    """Import a file or folder of pins into a collection; a WRENCH folder also brings its signal, and
    `balance` says how frequent each of its classes is, where that is known."""
    reader = open_pins(Path(path).expanduser(), format=format, encoding=encoding)
    if reader.classes:
        folder, given = workspace.settings.functions_folder, reader.given_functions
        check_given_signal(folder, workspace.store, name, reader.classes, given, balance)
    elif balance is not None:
        raise SignalError(
            f"A balance belongs to a signal, and {path} brings none; write it there: "
            "Signal(..., balance=[...])."
        )
    done = 0
    with workspace.progress.bar("import: rows", None) as advance:

        def moved(rows: int) -> None:
            nonlocal done
            advance(rows - done)
            done = rows

        report = import_pins(
            workspace.store,
            name,
            reader,
            columns=columns,
            split=split,
            shard_rows=workspace.settings.shard_rows,
            max_field_chars=workspace.settings.max_field_chars,
            progress=moved,
        )
    if reader.classes:
        save_given_signal(workspace.store, name, reader.classes, reader.given_functions, balance)
    return report


@dataclass(frozen=True, kw_only=True)
class VoteReport:
    """What voting did."""

    signal: str
    collection: str
    functions: int
    columns: int
    """One per function and shard."""
    columns_voted: dict[str, int]
    """Function -> shards on which it voted now; the rest was there already."""
    faults: list[FunctionFaults]
    row_by_row: dict[str, str]
    """Declared functions that are searched for pin by pin, which is slow, and why."""
    notes: list[str]
    """What the authors of scoring functions should know."""


def vote(workspace: Workspace, signal: str, collection: str) -> VoteReport:
    """Bring the votes of a signal's functions on a collection up to date."""
    workspace = workspace.holding(collection)
    return _vote(workspace, ready_signal(workspace, signal, collection), collection)


def _vote(workspace: Workspace, signal: Signal, collection: str) -> VoteReport:
    pins = workspace.collection(collection)
    voted = vote_with(workspace, signal, signal.functions, pins)
    limit = workspace.settings.max_fault_share
    return VoteReport(
        signal=signal.name,
        collection=collection,
        functions=len(signal),
        columns=len(signal) * len(pins.shards),
        columns_voted=voted,
        faults=find_faults(workspace.store, signal, signal.functions, pins, limit),
        row_by_row=searched_row_by_row(signal.functions),
        notes=[function.note for function in signal if function.note],
    )


def resolve(
    workspace: Workspace, signal: str, collection: str, *, resolver: str = "auto"
) -> Resolution:
    """Bring the soft labels up to date."""
    workspace = workspace.holding(collection)
    found = ready_signal(workspace, signal, collection)
    return _resolve(workspace, found, _vote(workspace, found, collection), resolver)


def _resolve(workspace: Workspace, found: Signal, votes: VoteReport, resolver: str) -> Resolution:
    store, pins = workspace.store, workspace.collection(votes.collection)
    gold = read_gold(workspace.database, found, pins.name)
    planned = plan(
        found,
        pins,
        usable_functions(found, votes.faults),
        resolver=resolver,
        seed=workspace.settings.seed,
        discount=workspace.settings.discount,
        gold=gold,
        encoders=workspace.encoders(pins),
    )
    resolution = settled(planned, store)
    for encoder in (resolution or planned).encoders:
        embed_with(workspace, encoder, pins)
    if resolution is None:
        if planned.encoders:
            seen = PinGroups(collection=pins, encoders=planned.encoders)
            find_groups(store, seen, workspace.progress)
        parts = workspace.each(
            GatherShard(store, planned.portable(), gold), pins.shards, title="resolve: count votes"
        )
        resolution = settle(planned, gather(parts, planned), store)
    todo = unfinished(store, pins.shards, resolution.key)
    workspace.run_step(
        ResolveShard(store, resolution.portable()), todo, title="resolve: soft labels"
    )
    return resolution


def doubt(
    workspace: Workspace, signal: str, collection: str, *, resolver: str = "auto"
) -> tuple[Doubts, DoubtSummary]:
    """Bring the doubts about the soft labels up to date; return their place and their summary."""
    workspace = workspace.holding(collection)
    embed(workspace, collection)
    return _doubt(workspace, resolve(workspace, signal, collection, resolver=resolver))


def _doubt(workspace: Workspace, resolution: Resolution) -> tuple[Doubts, DoubtSummary]:
    r = resolution
    doubts = Doubts(
        resolution=r,
        encoders=workspace.encoders(r.collection),
        probe_pins=workspace.settings.probe_pins,
        gold=read_gold(workspace.database, r.signal, r.collection.name),
    )
    return doubts, find_doubts(workspace.store, doubts, workspace.progress, workspace.processes)


def enqueue(
    workspace: Workspace, signal: str, collection: str, *, resolver: str = "auto"
) -> QueueReport:
    """Make the most informative pins the open review tasks."""
    doubts, _ = doubt(workspace, signal, collection, resolver=resolver)
    return enqueue_tasks(workspace.database, signal, collection, next_batch(workspace, doubts))


def agree(workspace: Workspace, signal: str, collection: str) -> AgreeReport:
    """Make gold what the answers agree on; what they do not settle waits for a reviewer."""
    found, pins = workspace.signal(signal), workspace.collection(collection)
    return agree_on_gold(workspace.database, found, pins.name, Rules.of(workspace.settings))


def estimate(
    workspace: Workspace, signal: str, collection: str, *, resolver: str = "auto"
) -> LabelEstimates:
    """Return how good the labels are, by the answers to the random audit."""
    return _estimate(workspace, doubt(workspace, signal, collection, resolver=resolver)[0])


def _estimate(workspace: Workspace, doubts: Doubts) -> LabelEstimates:
    seed = workspace.settings.seed
    return estimate_quality(workspace.store, workspace.database, Audited.of(doubts), seed=seed)


def publish(
    workspace: Workspace,
    signal: str,
    collection: str,
    *,
    resolver: str = "auto",
    recipe: Recipe | Mapping[str, Any] | str | Path | None = None,
) -> Publication:
    """Publish a dataset version, or find the one that has the same content. The recipe may be its values
    or a TOML file's path; without one it is that of the settings."""
    chosen = as_recipe(workspace.settings.recipe if recipe is None else recipe)
    doubts, _ = doubt(workspace, signal, collection, resolver=resolver)
    return publish_doubts(workspace, doubts, chosen, None)


def run(workspace: Workspace, signal: str, collection: str, *, resolver: str = "auto") -> RunReport:
    """Do the whole journey for a signal on a collection and return its report."""
    workspace.signal(signal)  # a name that does not exist is no run
    make_recipe(workspace.settings.recipe)  # nor is a recipe that nobody can follow
    workspace = workspace.holding(collection)  # an import meanwhile is for the next run
    run_id = start_run(workspace, signal, workspace.collection(collection))
    try:
        report = _run(workspace, signal, collection, resolver, run_id)
    except BaseException as error:
        text = str(error) if isinstance(error, LabelingError) else repr(error)
        end_run(workspace, run_id, "failed", error=text)
        raise
    end_run(workspace, run_id, "done", report=report.to_json())
    return report


def _run(
    workspace: Workspace, signal: str, collection: str, resolver: str, run_id: int
) -> RunReport:
    seconds: dict[str, float] = {}
    store, pins = workspace.store, workspace.collection(collection)
    images: ImagesReport | None = None
    with timed(seconds, "agree"):
        agreed = agree(workspace, signal, collection)
    if pins.images:
        with timed(seconds, "images"):
            images = look_at_images(workspace, collection)
    with timed(seconds, "embed"):
        embed(workspace, collection)
    with timed(seconds, "vote"):
        found = ready_signal(workspace, signal, collection)
        votes = _vote(workspace, found, collection)
    with timed(seconds, "resolve"):
        resolution = _resolve(workspace, found, votes, resolver)
    with timed(seconds, "doubt"):
        doubts, summary = _doubt(workspace, resolution)
    with timed(seconds, "enqueue"):
        chosen = next_batch(workspace, doubts)
        queue = enqueue_tasks(workspace.database, signal, collection, chosen)
    with timed(seconds, "publish"):
        recipe = make_recipe(workspace.settings.recipe)
        publication = publish_doubts(workspace, doubts, recipe, run_id)
    with timed(seconds, "report"):
        known = known_labels(workspace, found, pins)
        counts = count_functions(store, found, resolution.functions, pins, known)
        weights = learned_weights(store, resolution)
        table = tabulate(found, resolution.functions, counts, weights)
        labels, scores = score_splits(store, doubts)
        learned = findings(resolution, store)
        notes = notes_on_functions(table, len(found.classes), learned)
        votes_for = dict(zip(found.classes, counts.votes.sum(axis=0).tolist(), strict=True))
        notes += classes_without_labels(labels, votes_for, learned)
        notes += absent_fields(store, resolution.functions, pins)
        notes += foreign_notes(store, found, pins)
        notes += emptied_notes(store, doubts) if recipe.suspected == "drop" else []
        notes += untrainable_notes(publication)
        notes += [agreed.note] if agreed.note else []
        notes += [images.note] if images and images.note else []
        notes += votes.notes
        notes += [_set_aside(fault) for fault in votes.faults if fault.set_aside]
        notes += [
            f"{name} is searched pin by pin: {why}." for name, why in votes.row_by_row.items()
        ]
        examples = examples_of(store, doubts, chosen)
        curves = score_curves(store, found, resolution.functions, pins, known)
        audit = audit_of(workspace, doubts)
    return RunReport(
        signal=signal,
        collection=collection,
        revision=pins.revision,
        classes=found.classes,
        pins=pins.pins,
        covered=counts.covered,
        conflicted=counts.conflicted,
        tied=counts.covered - sum(labels.values()),
        resolver=resolution.resolver,
        resolver_reason=resolution.reason,
        resolvers=resolution.compared,
        columns_voted=votes.columns_voted,
        columns_total=votes.columns,
        functions=table,
        labels=labels,
        scores=scores,
        doubts=asdict(summary),
        examples=tuple(examples),
        faults=tuple(asdict(fault) for fault in votes.faults),
        queue=asdict(queue),
        dataset=describe_publication(workspace, publication),
        notes=tuple(notes),
        seconds={step: round(spent, 2) for step, spent in seconds.items()},
        curves=tuple(asdict(curve) for curve in curves),
        audit=None if audit is None else asdict(audit),
        sources=Sources.of(doubts).to_json(),
    )


def audit_of(workspace: Workspace, doubts: Doubts) -> LabelEstimates | None:
    """Return how good the labels are by the random audit; None where nobody answered any of it."""
    try:
        return _estimate(workspace, doubts)
    except EstimateError:
        return None


@dataclass(frozen=True, kw_only=True)
class DrawnMap:
    """A map with all that is known of its points."""

    pin_map: PinMap
    sources: Sources
    points: tuple[MapPoint, ...]


def map_pins(
    workspace: Workspace,
    signal: str,
    collection: str,
    *,
    on: On = "both",
    pins: int = PINS,
    resolver: str = "auto",
) -> DrawnMap:
    """Bring the doubts and the map of a collection up to date and return the map's points."""
    workspace = workspace.holding(collection)
    doubts, _ = doubt(workspace, signal, collection, resolver=resolver)
    pin_map, sources = PinMap.of(workspace, collection, on=on, pins=pins), Sources.of(doubts)
    draw_map(workspace, pin_map)
    points = read_points(workspace, pin_map, sources)
    return DrawnMap(pin_map=pin_map, sources=sources, points=points)


def pull_dataset(workspace: Workspace, reference: str, target: str | Path) -> Manifest:
    """Copy a dataset version into a folder and verify it."""
    cache = cache_folder(workspace.settings.cache, workspace.home)
    folder = Path(target).expanduser()
    return pull(workspace.store, reference, folder, workspace.progress, cache=cache)


def _set_aside(fault: FunctionFaults) -> str:
    pin_id, message = fault.examples[0]
    return (
        f"{fault.function} was set aside: it faulted on {fault.share:.0%} of the pins, "
        f"e.g. on {pin_id} ({message})."
    )
