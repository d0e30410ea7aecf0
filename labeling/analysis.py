"""What each labeling function does on a collection: the table an author works with."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow.compute as pc

from labeling.chance import wilson_interval
from labeling.collection import Collection, Shard, read_pins
from labeling.evaluation import score
from labeling.functions import LabelingFunction
from labeling.pins import reference_label
from labeling.resolving import Resolution, gold_labels, read_model
from labeling.shards import Store
from labeling.signals import Signal
from labeling.votes import conflicting, read_votes

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True, kw_only=True)
class KnownLabels:
    """True labels of pins, to judge votes by; nothing learns from them."""

    store: Store
    signal: Signal
    gold: Mapping[str, int] = field(default_factory=dict)
    """Pin id -> class that people agreed on; it counts before the reference label."""

    @property
    def source(self) -> str:
        """What they are: `reference` labels came with the pins, `gold or reference` ones also from
        people."""
        return "gold or reference" if self.gold else "reference"

    def of(self, shard: Shard) -> np.ndarray:
        """Return a shard's true labels, int64 [n]; -1 where none is known."""
        gold = gold_labels(self.store, shard, self.gold)
        return np.where(gold >= 0, gold, read_reference(self.store, self.signal, shard))


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
    """int64 [m, k]: its votes for each class on pins whose true label is known."""
    right: np.ndarray
    """int64 [m, k]: those that were right."""
    known: np.ndarray
    """int64 [k]: known true labels per class."""
    covered: int = 0
    """Pins with a vote."""
    conflicted: int = 0
    """Pins with votes for different classes."""


def count_functions(
    store: Store,
    signal: Signal,
    functions: tuple[LabelingFunction, ...],
    collection: Collection,
    known: KnownLabels,
) -> FunctionCounts:
    """Return the counts over all shards of a collection."""
    m, k = len(functions), len(signal.classes)
    counts = FunctionCounts(
        pins=collection.pins,
        votes=np.zeros((m, k), dtype=np.int64),
        overlaps=np.zeros(m, dtype=np.int64),
        conflicts=np.zeros(m, dtype=np.int64),
        judged=np.zeros((m, k), dtype=np.int64),
        right=np.zeros((m, k), dtype=np.int64),
        known=np.zeros(k, dtype=np.int64),
    )
    for shard in collection.shards:
        votes = read_votes(store, signal, functions, collection, shard)
        truth = known.of(shard)
        fired = votes >= 0
        voters = fired.sum(axis=1)
        conflict = conflicting(votes)
        for y in range(k):
            voted = votes == y
            counts.votes[:, y] += voted.sum(axis=0)
            counts.judged[:, y] += voted[truth >= 0].sum(axis=0)
            counts.right[:, y] += voted[truth == y].sum(axis=0)
        counts.overlaps += (fired & (voters > 1)[:, None]).sum(axis=0)
        counts.conflicts += (fired & conflict[:, None]).sum(axis=0)
        counts.covered += int((voters > 0).sum())
        counts.conflicted += int(conflict.sum())
        counts.known += np.bincount(truth[truth >= 0], minlength=k)
    return counts


def judge(right: int, judged: int) -> dict[str, Any]:
    """Return `judged`, `accuracy` and its 95% Wilson interval; NaN where no label is known."""
    low, high = wilson_interval(right, judged) if judged else (np.nan, np.nan)
    accuracy = right / judged if judged else np.nan
    return {
        "judged": judged,
        "accuracy": accuracy,
        "accuracy_low": low,
        "accuracy_high": high,
    }


def tabulate(
    signal: Signal,
    functions: tuple[LabelingFunction, ...],
    counts: FunctionCounts,
    weights: np.ndarray | None,
) -> pd.DataFrame:
    """Return one row per function: kind, votes for, coverage, overlap, conflict (shares of all
    pins), accuracy with its 95% Wilson interval over `judged` votes (NaN without known labels) and
    the same per class voted for (`by_class`), learned weight."""
    import pandas as pd

    rows = []
    for j, function in enumerate(functions):
        voted_for = np.flatnonzero(counts.votes[j])
        by_class = [
            {"class": signal.classes[y], "votes": int(counts.votes[j, y])}
            | judge(int(counts.right[j, y]), int(counts.judged[j, y]))
            for y in voted_for
        ]
        rows.append(
            {
                "function": function.name,
                "kind": function.kind,
                "votes_for": ", ".join(signal.classes[y] for y in voted_for),
                "votes": int(counts.votes[j].sum()),
                "coverage": counts.votes[j].sum() / max(counts.pins, 1),
                "overlap": counts.overlaps[j] / max(counts.pins, 1),
                "conflict": counts.conflicts[j] / max(counts.pins, 1),
                **judge(int(counts.right[j].sum()), int(counts.judged[j].sum())),
                "by_class": by_class,
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
    labels, extras = table.column("label"), table.column("extra")
    numbers = class_numbers(signal)
    if pc.any(pc.match_substring(extras, f'"label_{signal.name}"')).as_py():
        pairs = zip(labels.to_pylist(), extras.to_pylist(), strict=True)
        texts = (reference_label(label, extra, signal.name) for label, extra in pairs)
        return np.array([numbers.get(text, -1) for text in texts], dtype=np.int64)
    found = labels.combine_chunks().dictionary_encode(null_encoding="encode")
    classes = [numbers.get(text, -1) for text in found.dictionary.to_pylist()]
    return np.array([*classes, -1], dtype=np.int64)[np.from_dlpack(found.indices)]


def class_numbers(signal: Signal) -> dict[str, int]:
    """Return reference label -> class: by class name, or by number where no class is named by one; a
    number also as `1.0`: that is how it is written where some pins have none."""
    names = {name: number for number, name in enumerate(signal.classes)}
    if not any(map(_is_number, names)):
        names |= {str(number): number for number in signal.labels}
    return {f"{name}.0": number for name, number in names.items() if _is_number(name)} | names


def _is_number(name: str) -> bool:
    return re.fullmatch("-?[0-9]+", name) is not None


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
