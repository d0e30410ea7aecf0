"""Labels, majority votes and probe predictions of a collection against its reference labels."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import pyarrow.compute as pc

from labeling.analysis import describe_score, foreign_references, read_reference
from labeling.collection import Collection, read_pins
from labeling.doubts import Doubts
from labeling.functions import LabelingFunction
from labeling.list_columns import read_lists
from labeling.pins import FIELDS
from labeling.report import DoubtExample
from labeling.resolving import read_splits
from labeling.review.tasks import REASONS, Candidate
from labeling.shards import Store
from labeling.signals import NO_LABEL, Signal
from labeling.soft_labels import best_class
from labeling.votes import read_votes
from labeling.wording import listed

EXAMPLES_PER_REASON = 2
NO_SPLIT = "all"
FEW_SUSPECTED = 10
PIN_FIELDS = {*FIELDS, "text", "domain"}


def score_splits(
    store: Store, doubts: Doubts
) -> tuple[dict[str, int], dict[str, dict[str, dict[str, Any]]]]:
    """Return the resolved labels per class, and label_model, majority, probe, final -> split -> scores.

    Pins without a split are scored as "all"; where no reference labels exist there are no scores.
    """
    r = doubts.resolution
    classes = len(r.signal.classes)
    columns: dict[str, list[np.ndarray]] = {
        name: [] for name in ("label_model", "majority", "probe", "final")
    }
    references, splits = [], []
    for shard in r.collection.shards:
        soft = store.read_table(r.key(shard), ["label", "majority"])
        probe = store.read_table(doubts.probe_key(shard), ["probe", "label"])
        columns["label_model"].append(soft.column("label").to_numpy())
        columns["majority"].append(soft.column("majority").to_numpy())
        columns["probe"].append(best_class(read_lists(probe.column("probe"))))
        columns["final"].append(probe.column("label").to_numpy())
        references.append(read_reference(store, r.signal, shard))
        splits.append(read_splits(store, shard))
    reference, split = np.concatenate(references), np.concatenate(splits)
    labels = np.concatenate(columns["label_model"])
    counts = np.bincount(labels[labels >= 0].astype(int), minlength=classes)
    scores: dict[str, dict[str, dict[str, Any]]] = {}
    for kind, parts in columns.items():
        predicted = np.concatenate(parts)
        for name in sorted(set(split.tolist())):
            rows = split == name
            found = describe_score(reference[rows], predicted[rows], classes)
            guessed = kind == "probe" and found and not found["coverage"]
            if found and not guessed:  # a probe that could not be fitted has no score
                scores.setdefault(kind, {})[name or NO_SPLIT] = found
    return dict(zip(r.signal.classes, counts.tolist(), strict=True)), scores


def examples_of(store: Store, doubts: Doubts, chosen: list[Candidate]) -> list[DoubtExample]:
    """Return the most doubtful pins of each reason with what is known of them."""
    wanted: dict[str, Candidate] = {}
    for reason in REASONS:
        first = [c for c in chosen if c.reason == reason][:EXAMPLES_PER_REASON]
        wanted |= {candidate.pin_id: candidate for candidate in first}
    r = doubts.resolution
    names = [*r.signal.classes, NO_LABEL]  # -1 picks the last
    found: dict[str, DoubtExample] = {}
    for shard in r.collection.shards:
        pins = read_pins(store, shard, ["pin_id", "title", "description"])
        rows = [n for n, id in enumerate(pins.column("pin_id").to_pylist()) if id in wanted]
        if not rows:
            continue
        soft = store.read_table(r.key(shard), ["soft", "label"])
        probabilities = read_lists(soft.column("soft"))
        labels = soft.column("label").to_numpy()
        probe = store.read_table(doubts.probe_key(shard), ["probe"])
        predicted = best_class(read_lists(probe.column("probe")))
        votes = read_votes(store, r.signal, r.functions, r.collection, shard)
        for row in rows:
            pin = {name: pins.column(name)[row].as_py() for name in pins.column_names}
            fired = np.flatnonzero(votes[row] >= 0)
            found[pin["pin_id"]] = DoubtExample(
                pin_id=pin["pin_id"],
                title=" ".join((pin["title"] or pin["description"]).split())[:160],
                reason=wanted[pin["pin_id"]].reason,
                label=names[labels[row]],
                confidence=round(float(probabilities[row].max()), 3),
                probe=names[predicted[row]],
                votes={r.functions[j].name: names[votes[row, j]] for j in fired},
            )
    return [found[pin_id] for pin_id in wanted if pin_id in found]


def foreign_notes(store: Store, signal: Signal, collection: Collection) -> list[str]:
    """Return a note on the reference labels that are no class of the signal."""
    foreign = foreign_references(store, signal, collection)
    if not foreign:
        return []
    shown = listed([f"{label!r} ({count:,})" for label, count in foreign.items()])
    return [
        f"Reference labels that are no class of {signal.name} ({', '.join(signal.classes)}) were not "
        f"scored: {shown}; correct them and import the file again."
    ]


def emptied_notes(store: Store, doubts: Doubts) -> list[str]:
    """Return a note on the classes most of whose labels by votes are suspected. Where functions are
    hardly better than chance that is no noise in the class: what is left of it would be too little."""
    r = doubts.resolution
    counted = np.zeros((2, len(r.signal.classes)), dtype=np.int64)
    for shard in r.collection.shards:
        labels = store.read_table(r.key(shard), ["label"]).column("label").to_numpy()
        flags = store.read_table(doubts.flags_key(shard), ["is_issue"]).column("is_issue")
        issues = flags.to_numpy(zero_copy_only=False)
        for row, mask in enumerate((labels >= 0, (labels >= 0) & issues)):
            counted[row] += np.bincount(labels[mask], minlength=len(r.signal.classes))
    emptied = [
        f"{suspected:,} of the {labelled:,} labels {name}"
        for name, labelled, suspected in zip(r.signal.classes, *counted.tolist(), strict=True)
        if suspected > labelled / 2 and suspected >= FEW_SUSPECTED
    ]
    if not emptied:
        return []
    return [
        f"{listed(emptied)} are suspected; where people find most of them right, keep them by the "
        "recipe (suspected, docs/datasets.md)."
    ]


def absent_fields(
    store: Store, functions: tuple[LabelingFunction, ...], collection: Collection
) -> list[str]:
    """Return a note on each function that reads a column which no pin has: a misspelt field."""
    absent = {f.name: f.field for f in functions if f.field and f.field not in PIN_FIELDS}
    for shard in collection.shards:
        if not absent:
            break
        extras = pc.unique(read_pins(store, shard, ["extra"]).column("extra")).to_pylist()
        present = {name for extra in extras if extra for name in json.loads(extra)}
        absent = {name: field for name, field in absent.items() if field not in present}
    return [
        f"{name} reads {field!r}, which is no field of a pin and no column of {collection.name}."
        for name, field in absent.items()
    ]
