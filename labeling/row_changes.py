"""Why a row of a dataset is not the same in two versions, by what the versions say of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from labeling.curating import (
    DUPLICATE,
    GOLD,
    PROBE,
    SUSPECTED,
    TRAIN,
    UNAUDITED,
    UNBALANCED,
    UNFIT,
    UNSURE,
)
from labeling.datasets import Manifest
from labeling.evaluation_splits import LEAKING

BY_GOLD = "gold"
"""People answered, or took an answer back."""
BY_FUNCTIONS = "functions"
"""Labeling functions came, went or changed."""
BY_RESOLVER = "resolver"
"""Their votes were resolved otherwise: another resolver or seed, or gold that taught it."""
BY_RECIPE = "recipe"
"""The version was curated otherwise."""
BY_PINS = "pins"
"""The pin came into the collection or went, or other pins did, on which labels and doubts depend."""
RECIPE_REASONS = (UNSURE, DUPLICATE, UNBALANCED)
RESOLVING = ("resolver", "seed", "balance", "gold", "encoder")


@dataclass(frozen=True, kw_only=True)
class Lineages:
    """What two versions were made from."""

    before: Manifest
    after: Manifest

    def why(self, row: Mapping[str, Any]) -> str:
        """Return what changed a row; of several causes the one that is nearest to the row.

        `row` has, with the suffixes _a and _b for before and after: `label` and `source`, None where
        the row is not in the version, `split`, and `reason`, why its pin was left out; and `by_answers`,
        whether it went for a near-duplicate that evaluates by people's answers on one side alone.
        """
        if row["by_answers"]:
            return self._by_answers
        sources = {row["source_a"], row["source_b"]}
        reasons = {row["reason_a"], row["reason_b"]}
        # a training row that goes as a near-duplicate would go whatever people said of it
        leaves = LEAKING in reasons and TRAIN in {row["split_a"], row["split_b"]}
        if (GOLD in sources and not leaves) or UNFIT in reasons or UNAUDITED in reasons:
            same = row["source_a"] == row["source_b"] and row["label_a"] == row["label_b"]
            if not same or reasons & {UNFIT, UNAUDITED}:
                return BY_GOLD
        if any(row[f"label_{side}"] is None and row[f"reason_{side}"] is None for side in "ab"):
            return BY_PINS
        if self._recipe_differs and (PROBE in sources or reasons & {*RECIPE_REASONS, SUSPECTED}):
            return BY_RECIPE
        if LEAKING in reasons and self._differs("revision"):
            return BY_PINS
        return self._by_votes

    @cached_property
    def _by_answers(self) -> str:
        """What lets answers count on one side alone: the recipe, or that people gave them."""
        was, now = (recipe["gold"] for recipe in self._of("recipe"))
        return BY_GOLD if was == now else BY_RECIPE

    @cached_property
    def _recipe_differs(self) -> bool:
        return bool(self._of("recipe")[0] != self._of("recipe")[1])

    @cached_property
    def _by_votes(self) -> str:
        """What changed the resolved labels."""
        was, now = (
            {(f["name"], f["fingerprint"]) for f in functions}
            for functions in self._of("functions")
        )
        if was != now:
            return BY_FUNCTIONS
        if any(self._of(name)[0] != self._of(name)[1] for name in RESOLVING):
            return BY_RESOLVER
        if self._differs("revision"):
            return BY_PINS
        return BY_RECIPE if self._recipe_differs else BY_RESOLVER

    def _differs(self, name: str) -> bool:
        return bool(getattr(self.before, name) != getattr(self.after, name))

    def _of(self, name: str) -> tuple[Any, Any]:
        return self.before.lineage[name], self.after.lineage[name]
