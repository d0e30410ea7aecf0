"""The table of a signal's functions on a collection, and what the result loses without each."""

from __future__ import annotations

from dataclasses import asdict, dataclass, replace
from typing import Any

import pandas as pd

from labeling.analysis import (
    FunctionCounts,
    KnownLabels,
    count_functions,
    learned_weights,
    tabulate,
)
from labeling.authoring.leave_one_out import LeftOut, leave_one_out
from labeling.collection import Collection
from labeling.errors import FunctionError
from labeling.known import known_labels
from labeling.pipeline import resolve
from labeling.report import notes_on_functions, plain
from labeling.resolving import findings
from labeling.review.comments import FunctionComments, by_function, read_comments
from labeling.score_curves import ScoreCurve, score_curves
from labeling.signals import Signal
from labeling.workspace import Workspace

MANY = 40
"""Functions; with more, leaving each out once is done only when asked for."""
CHANGES = {
    "accuracy_change": "accuracy_without",
    "log_loss_change": "log_loss_without",
    "labels_changed": "changed_without",
}
SORTS = ("written", "coverage", "overlap", "conflict", "accuracy", "weight", "loss", "name")


@dataclass(frozen=True, kw_only=True)
class FunctionReport:
    """What `labeling functions` shows."""

    signal: str
    collection: str
    pins: int
    covered: int
    conflicted: int
    source: str
    """What the accuracies are measured against: `reference` labels, or `gold or reference`."""
    known: int
    """Pins whose label is known."""
    resolver: str
    table: pd.DataFrame
    """See `analysis.tabulate`; with `left_out` also how the result changes without the function:
    accuracy_without, log_loss_without (differences), changed_without (share of labels)."""
    left_out: LeftOut | None
    curves: tuple[ScoreCurve, ...]
    """Of functions that score: how precise they are at other thresholds."""
    notes: tuple[str, ...]
    comments: dict[str, FunctionComments]
    """Function -> what annotators said about it, for those of which they said something."""

    def to_json(self) -> dict[str, Any]:
        """Return the report as JSON values."""
        value = {name: part for name, part in vars(self).items() if name != "table"}
        value["left_out"] = self.left_out and {
            name: getattr(self.left_out, name)
            for name in ("pins", "judged", "accuracy", "log_loss")
        }
        value["curves"] = [vars(curve) for curve in self.curves]
        value["comments"] = {name: asdict(one) for name, one in self.comments.items()}
        return plain({**value, "functions": self.table.to_dict("records")})


def report_functions(
    workspace: Workspace,
    signal: str,
    collection: str,
    *,
    without: bool | None = None,
    sort: str = "written",
) -> FunctionReport:
    """Return what each function does, after bringing votes and labels up to date.

    `without` says whether to resolve once more without each function; None: where there are at most
    40. Raises FunctionError for an unknown sort.
    """
    if sort not in SORTS:
        raise FunctionError(f"The functions cannot be sorted by {sort!r}; use {', '.join(SORTS)}.")
    resolution = resolve(workspace, signal, collection)
    found, pins, functions = resolution.signal, resolution.collection, resolution.functions
    known = known_labels(workspace, found, pins)
    counts = count_functions(workspace.store, found, functions, pins, known)
    table = tabulate(found, functions, counts, learned_weights(workspace.store, resolution))
    left_out = None
    if without or (without is None and len(functions) <= MANY):
        # gold that the resolver learned from would say that it loses nothing without a function
        unlearned = replace(known, gold={}) if resolution.gold else known
        left_out = leave_one_out(workspace.store, resolution, unlearned)
        for name, column in CHANGES.items():
            table[column] = getattr(left_out, name)
    return FunctionReport(
        signal=signal,
        collection=collection,
        pins=pins.pins,
        covered=counts.covered,
        conflicted=counts.conflicted,
        source=known.source,
        known=int(counts.known.sum()),
        resolver=resolution.resolver,
        table=_sorted(table, sort),
        left_out=left_out,
        curves=score_curves(workspace.store, found, functions, pins, known),
        notes=tuple(
            _notes(
                table,
                found,
                pins,
                known,
                counts,
                findings(resolution, workspace.store),
                learned_from_gold=bool(resolution.gold and left_out),
            )
            + [function.note for function in functions if function.note]
        ),
        comments=by_function(read_comments(workspace.database, signal, collection)),
    )


def _notes(
    table: pd.DataFrame,
    signal: Signal,
    collection: Collection,
    known: KnownLabels,
    counts: FunctionCounts,
    found: list[str] | None,
    *,
    learned_from_gold: bool,
) -> list[str]:
    notes = notes_on_functions(table, len(signal.classes), found)
    if not counts.known.any():
        notes.append(
            f"No pin of {collection.name} has a known label of {signal.name}, so accuracy cannot be "
            f"shown; import some with a column label or label_{signal.name}."
        )
    if learned_from_gold and counts.known.any():
        notes.append(
            "The resolver learned from gold, so what the result loses without each function is judged "
            "by reference labels alone; where there are none, only how many labels change is known."
        )
    if "changed_without" not in table and len(table) > MANY:
        notes.append("What the result loses without each function takes a while; add --without.")
    return notes


def function_table(workspace: Workspace, signal: str, collection: str) -> pd.DataFrame:
    """Return the table of a signal's functions on a collection (see `analysis.tabulate`)."""
    return report_functions(workspace, signal, collection, without=False).table


def _sorted(table: pd.DataFrame, sort: str) -> pd.DataFrame:
    """Return the rows sorted: names from a to z, figures from the highest; unknown ones last."""
    if sort == "written":
        return table
    column = {"name": "function", "loss": "changed_without"}.get(sort, sort)
    if column not in table:
        raise FunctionError("Sorting by loss needs --without.")
    return table.sort_values(column, ascending=sort == "name", kind="stable", ignore_index=True)
