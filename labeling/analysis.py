"""What each labeling function does on a collection: the table an author works with."""

from __future__ import annotations

import json
from dataclasses import dataclass, field

import numpy as np
import pandas as pd

from labeling.collection import Collection, Shard, read_pins
from labeling.evaluation import score, wilson_interval
from labeling.functions import LabelingFunction
from labeling.pins import reference_label
from labeling.resolving import Resolution, read_model
from labeling.shards import Store
from labeling.signals import Signal
from labeling.votes import conflicting, read_votes


@dataclass(kw_only=True)
class FunctionCounts:
    """Sums over shards from which the table is made, per function."""

    pins: int
    votes: np.ndarray
    """int64 [m, k]: how often each function voted for each class."""
    overlaps: np.ndarray
    """int64 [m]: its votes on pins where another voted too."""
    conflicts: np.ndarray
    """int64 [m]: its votes on pins where another voted otherwise."""
    judged: np.ndarray
    """int64 [m]: its votes on pins with a reference label."""
    right: np.ndarray
    """int64 [m]: those that were right."""
    covered: int
    """Pins with a vote."""
    conflicted: int
    """Pins with votes for different classes."""
    reference: np.ndarray = field(default_factory=lambda: np.zeros(0, dtype=np.int64))
    """int64 [k]: reference labels per class."""


def count_functions(
    store: Store,
    signal: Signal,
    functions: tuple[LabelingFunction, ...],
    collection: Collection,
) -> FunctionCounts:
    """Return the counts over all shards of a collection."""
    m, k = len(functions), len(signal.classes)
    zero = np.zeros(m, dtype=np.int64)
    counts = FunctionCounts(
        pins=collection.pins,
        votes=np.zeros((m, k), dtype=np.int64),
        overlaps=zero.copy(),
        conflicts=zero.copy(),
        judged=zero.copy(),
        right=zero.copy(),
        covered=0,
        conflicted=0,
        reference=np.zeros(k, dtype=np.int64),
    )
    for shard in collection.shards:
        votes = read_votes(store, signal, functions, collection, shard)
        reference = read_reference(store, signal, shard)
        fired = votes >= 0
        voters = fired.sum(axis=1)
        conflict = conflicting(votes)
        known = reference >= 0
        counts.votes += np.stack([(votes == y).sum(axis=0) for y in range(k)], axis=1)
        counts.overlaps += (fired & (voters > 1)[:, None]).sum(axis=0)
        counts.conflicts += (fired & conflict[:, None]).sum(axis=0)
        counts.judged += (fired & known[:, None]).sum(axis=0)
        counts.right += (fired & (votes == reference[:, None])).sum(axis=0)
        counts.covered += int((voters > 0).sum())
        counts.conflicted += int(conflict.sum())
        counts.reference += np.bincount(reference[known], minlength=k)
    return counts


def tabulate(
    signal: Signal,
    functions: tuple[LabelingFunction, ...],
    counts: FunctionCounts,
    weights: np.ndarray | None,
) -> pd.DataFrame:
    """Return one row per function: kind, votes for, coverage, overlap, conflict (shares of all
    pins), accuracy with its 95% Wilson interval (NaN without reference labels), learned weight."""
    rows = []
    for j, function in enumerate(functions):
        voted = int(counts.votes[j].sum())
        judged, right = int(counts.judged[j]), int(counts.right[j])
        low, high = wilson_interval(right, judged)
        known = judged > 0
        rows.append(
            {
                "function": function.name,
                "kind": function.kind,
                "votes_for": ", ".join(signal.classes[y] for y in np.flatnonzero(counts.votes[j])),
                "votes": voted,
                "coverage": voted / max(counts.pins, 1),
                "overlap": counts.overlaps[j] / max(counts.pins, 1),
                "conflict": counts.conflicts[j] / max(counts.pins, 1),
                "accuracy": right / judged if known else np.nan,
                "accuracy_low": low if known else np.nan,
                "accuracy_high": high if known else np.nan,
                "weight": np.nan if weights is None else float(weights[j]),
            }
        )
    return pd.DataFrame(rows)


def learned_weights(store: Store, resolution: Resolution) -> np.ndarray | None:
    """Return the label model's weights, float64 [m]; None where the resolver learns none."""
    model = read_model(resolution, store)
    return None if model is None else model.weights


def read_reference(store: Store, signal: Signal, shard: Shard) -> np.ndarray:
    """Return a shard's reference labels as classes, int64 [n]; -1 where a pin came without one, or
    with one that is no class of the signal."""
    table = read_pins(store, shard, ["label", "extra"])
    labels, extras = table.column("label").to_pylist(), table.column("extra").to_pylist()
    numbers = class_numbers(signal)
    texts = (reference_label(a, b, signal.name) for a, b in zip(labels, extras, strict=True))
    return np.array([numbers.get(text, -1) for text in texts], dtype=np.int64)


def class_numbers(signal: Signal) -> dict[str, int]:
    """Return reference label -> class: by class name, or by number where no class is so named."""
    by_number = {str(number): number for number in signal.labels}
    return by_number | {name: number for number, name in enumerate(signal.classes)}


def foreign_references(store: Store, signal: Signal, collection: Collection) -> dict[str, int]:
    """Return the reference labels that are no class of the signal, with their counts."""
    numbers = class_numbers(signal)
    found: dict[str, int] = {}
    for shard in collection.shards:
        table = read_pins(store, shard, ["label", "extra"])
        for label, extra in zip(*(c.to_pylist() for c in table.columns), strict=True):
            text = reference_label(label, extra, signal.name)
            if text and text not in numbers:
                found[text] = found.get(text, 0) + 1
    return found


def describe_score(reference: np.ndarray, labels: np.ndarray, classes: int) -> dict[str, float]:
    """Return the scores as JSON values, rounded; empty without reference labels."""
    found = score(reference, labels, classes)
    if found is None:
        return {}
    values = json.loads(json.dumps(vars(found)))
    return {name: round(v, 4) if isinstance(v, float) else v for name, v in values.items()}
