"""A resolver that was fitted, as a resolution keeps it: in JSON, never pickled."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from labeling.resolvers import CoTrained, LinearProbe, SeenPins, VotePredictor
from labeling.vote_model import VoteModel


@dataclass(frozen=True, kw_only=True)
class FittedResolver:
    """What was learned, as a resolution keeps it."""

    votes: VoteModel
    """What each vote says of each class."""
    weights: np.ndarray | None = None
    """float64 [m]: P(vote is right | it voted), as the resolver sees it; NaN: never voted. None for one
    without the answers of a fold."""
    probe: LinearProbe | None = None
    """What vectors say of each class, where the resolver reads them."""

    @classmethod
    def from_json(cls, value: dict[str, Any]) -> FittedResolver:
        """Return what was written."""
        probe = value["probe"]
        return cls(
            votes=VoteModel.from_json(value["table"]),
            weights=np.array(value["weights"], dtype=np.float64) if "weights" in value else None,
            probe=None if probe is None else LinearProbe.from_json(probe),
        )

    def predict_proba(self, votes: np.ndarray, seen: SeenPins | None) -> np.ndarray:
        """Return the soft labels of n pins, float32 [n, k], by their votes, int8 [n, m], and by what is
        seen of them, where the resolver reads that."""
        if self.probe is None or seen is None:
            return self.votes.predict_proba(votes)
        both = CoTrained(bias=self.votes.bias, table=self.votes.table, probe=self.probe)
        return both.predict_proba_of(seen)


def to_json(model: VotePredictor) -> dict[str, Any]:
    """Return what `FittedResolver.from_json` reads of a fitted resolver, but for the weights."""
    probe = model.probe if isinstance(model, CoTrained) else None
    return {"table": model.to_json(), "probe": None if probe is None else probe.to_json()}
