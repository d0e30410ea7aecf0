"""What a run did, as data: the terminal, the HTML page, `--json` and notebooks all show this."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Any

from labeling.wording import listed

if TYPE_CHECKING:
    import pandas as pd


MISTAKES = 5
"""That are told."""
LEAST_NOISE = 0.01
"""A mistake estimated to be rarer is not worth a line."""


@dataclass(frozen=True, kw_only=True)
class DoubtExample:
    """One doubtful pin, as a person would want to see it."""

    pin_id: str
    title: str
    reason: str
    label: str
    """The resolved class, or "no label"."""
    confidence: float
    probe: str
    """The probe's class."""
    votes: dict[str, str]
    """Function -> class, for those that voted."""


@dataclass(frozen=True, kw_only=True)
class RunReport:
    """Everything that came of one run."""

    signal: str
    collection: str
    revision: int
    classes: tuple[str, ...]
    pins: int
    covered: int
    conflicted: int
    tied: int
    """Covered pins whose best classes tie, so they have no label."""
    resolver: str
    resolver_reason: str
    columns_voted: dict[str, int]
    """Function -> shards on which it voted anew in this run; the rest was there already."""
    columns_total: int
    functions: pd.DataFrame
    labels: dict[str, int]
    """Resolved labels per class."""
    scores: dict[str, dict[str, dict[str, Any]]]
    """label_model, majority, probe, final -> split -> scores; only where reference labels exist."""
    doubts: dict[str, Any]
    examples: tuple[DoubtExample, ...]
    faults: tuple[dict[str, Any], ...]
    queue: dict[str, Any]
    dataset: dict[str, Any]
    resolvers: tuple[dict[str, Any], ...] = ()
    """How each resolver did on gold labels held back from it, best first; empty without gold."""
    notes: tuple[str, ...] = ()
    """What a person should know: functions set aside, never fired, learned as worse than chance."""
    seconds: dict[str, float] = field(default_factory=dict)
    curves: tuple[dict[str, Any], ...] = ()
    """How precise scoring functions are at other thresholds (see `score_curves.ScoreCurve`)."""
    audit: dict[str, Any] | None = None
    """What the random audit says of the final labels (see `review.estimating.LabelEstimates`); None
    where no pin of it has an agreed answer."""
    sources: dict[str, Any] = field(default_factory=dict)
    """Where the soft labels, doubts and votes lie (see `map_points.Sources`)."""

    def to_json(self) -> dict[str, Any]:
        """Return the report as JSON values, with the contract's keys first."""
        value = asdict(self)
        functions = plain(self.functions.to_dict("records"))
        scores = value.pop("scores")
        return plain({**value, "functions": functions, **scores})

    @classmethod
    def from_json(cls, value: dict[str, Any]) -> RunReport:
        """Return what `to_json` wrote."""
        import pandas as pd

        kinds = ("label_model", "majority", "probe", "final")
        rest = {name: part for name, part in value.items() if name not in kinds}
        rest["functions"] = pd.DataFrame(rest["functions"])
        rest["classes"] = tuple(rest["classes"])
        rest["faults"], rest["notes"] = tuple(rest["faults"]), tuple(rest["notes"])
        rest["resolvers"] = tuple(rest.get("resolvers", ()))
        rest["curves"] = tuple(rest.get("curves", ()))
        rest["examples"] = tuple(DoubtExample(**example) for example in rest["examples"])
        return cls(**rest, scores={kind: value[kind] for kind in kinds if kind in value})


@dataclass(frozen=True, kw_only=True)
class Mistake:
    """A way in which labels are estimated to be wrong."""

    true: str
    given: str
    share: float
    """Of the pins that are truly of the class, how many are given the other."""


def mistakes(report: RunReport) -> list[Mistake]:
    """Return the estimated mistakes from 1% up, most frequent first."""
    noise = report.doubts.get("noise") or []
    found = [
        Mistake(true=report.classes[t], given=report.classes[g], share=share)
        for t, row in enumerate(noise)
        for g, share in enumerate(row)
        if t != g and share >= LEAST_NOISE
    ]
    return sorted(found, key=lambda one: -one.share)[:MISTAKES]


def plain(value: Any) -> Any:
    """Return the value as JSON can hold it: no number as null, numpy numbers as Python's, rounded, times
    as text."""
    if isinstance(value, dict):
        return {str(name): plain(part) for name, part in value.items()}
    if isinstance(value, (list, tuple)):
        return [plain(part) for part in value]
    if hasattr(value, "item"):
        value = value.item()
    if isinstance(value, float):
        return round(value, 6) if math.isfinite(value) else None
    return value.isoformat() if isinstance(value, datetime) else value


def notes_on_functions(
    functions: pd.DataFrame, classes: int, findings: list[str] | None
) -> list[str]:
    """Return what an author should know about the functions: what the label model found, and where
    it was not fitted what the table shows."""
    if findings is not None:
        return list(findings)
    notes = []
    for row in functions.to_dict("records"):
        name, weight = row["function"], row["weight"]
        if row["votes"] == 0:
            notes.append(f"{name} never voted: no pin fits it.")
        elif not math.isnan(weight) and weight < 1 / classes:
            notes.append(
                f"{name} was learned as worse than chance (weight {weight:.2f}): "
                "does it vote for the class that it means?"
            )
    return notes


def classes_without_labels(
    labels: Mapping[str, int], votes: Mapping[str, int], findings: list[str] | None
) -> list[str]:
    """Return notes on the classes that no pin gets, of class -> pins with the label and class -> votes;
    those without a vote are among what the label model found, where it was fitted."""
    empty = [name for name, count in labels.items() if count == 0]
    silent = [name for name in empty if not votes[name]]
    lost = [f"{name} ({votes[name]:,} votes)" for name in empty if votes[name]]
    notes = []
    if silent and findings is None:
        notes.append(
            f"No pin gets the label {listed(silent)} by its votes; write functions that vote for it."
        )
    if lost:
        notes.append(
            f"No pin gets the label {listed(lost)}, as no vote for it prevails; see what these votes "
            "conflict with (`labeling functions SIGNAL COLLECTION --sort conflict`), or answer pins."
        )
    return notes
