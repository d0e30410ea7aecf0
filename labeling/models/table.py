"""The registered models as a person lists them: what they were trained on, how good they are, their
state."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from labeling.models.registry import (
    EVALUATED,
    PROMOTED,
    REFUSED,
    find_promoted,
    last_entry,
    read_models,
)
from labeling.workspace import Workspace

REGISTERED = "registered"
REPLACED = "replaced"


@dataclass(frozen=True, kw_only=True)
class ListedModel:
    """A registered model."""

    model: str
    """NAME@v0001."""
    name: str
    version: int
    signal: str
    dataset: str
    created_at: datetime
    accuracy: dict[str, float | None] | None
    """value, low and high by the newest evaluation; None where there is none."""
    evaluated_on: str | None
    """The collection and what was known of its pins."""
    state: str
    """registered, evaluated, refused, promoted, or replaced by another that was promoted since."""
    why: str
    """What was said at the last decision; empty for none."""

    def to_json(self) -> dict[str, Any]:
        """Return the line as JSON values."""
        return asdict(self) | {"created_at": self.created_at.isoformat()}


def list_models(workspace: Workspace) -> list[ListedModel]:
    """Return all registered models, newest first."""
    models = read_models(workspace)
    in_use = {name: find_promoted(workspace, name)[0] for name in {model.name for model in models}}
    found = []
    for model in models:
        evaluated = last_entry(workspace, model, [EVALUATED])
        decided = last_entry(workspace, model, [PROMOTED, REFUSED])
        state = REGISTERED if evaluated is None else EVALUATED
        if decided is not None:
            state = decided.kind
            if state == PROMOTED and in_use[model.name] != model:
                state = REPLACED
        found.append(
            ListedModel(
                model=model.reference,
                name=model.name,
                version=model.version,
                signal=model.signal,
                dataset=model.dataset,
                created_at=model.created_at,
                accuracy=None if evaluated is None else evaluated.report["accuracy"],
                evaluated_on=None
                if evaluated is None
                else f"{evaluated.collection}, {evaluated.report['on']}",
                state=state,
                why="" if decided is None else decided.why,
            )
        )
    return found
