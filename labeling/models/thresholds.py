"""From which probability on each class is believed, by what is on record of a model."""

from __future__ import annotations

from pathlib import Path

from labeling.models.registry import (
    PROMOTED,
    RegisteredModel,
    find_registered,
    last_entry,
    last_evaluation,
    names_one_in_use,
)
from labeling.workspace import Workspace


def thresholds(
    workspace: Workspace, reference: str | Path, collection: str | None = None
) -> dict[str, float | None]:
    """Return class -> the probability from which it is believed; None for a class that none makes
    precise enough. Empty where the model was never evaluated.

    NAME@promoted has those with which it was put in use, whatever was tried since; another reference
    those of its newest evaluation on the collection, or else of its newest.
    """
    model = find_registered(workspace, reference)
    if model is None:
        return {}
    return thresholds_of(workspace, model, collection, in_use=names_one_in_use(reference))


def thresholds_of(
    workspace: Workspace, model: RegisteredModel, collection: str | None, *, in_use: bool
) -> dict[str, float | None]:
    """Return the same of a registered model, as the one in use or as itself."""
    if in_use:
        entry = last_entry(workspace, model, [PROMOTED])
        report = entry and entry.report.get("evaluation")
    else:
        entry = last_evaluation(workspace, model, collection)
        report = entry and entry.report
    if not report:
        return {}
    return {one["name"]: one["threshold"]["threshold"] for one in report["classes"]}
