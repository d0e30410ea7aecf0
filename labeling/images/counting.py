"""Looks of shards -> the report on a collection's images."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

import numpy as np

from labeling.collection import Collection, Shard, read_pins
from labeling.images.reading import read_looks
from labeling.pins import general
from labeling.shards import Store

EXAMPLES = 3
ISSUES: dict[str, Callable[[dict[str, np.ndarray]], np.ndarray]] = {
    "small": lambda seen: np.minimum(seen["width"], seen["height"]) < 100,
    "blurred or flat": lambda seen: seen["sharpness"] < 20,
    "dark": lambda seen: seen["dark_end"] < 0.32,
    "too bright": lambda seen: seen["bright_end"] > 0.95,
    "nearly empty": lambda seen: seen["entropy"] < 3,
    "long and narrow": lambda seen: np.minimum(seen["aspect"], 1 / seen["aspect"]) < 0.35,
    "mostly border": lambda seen: seen["border"] > 0.6,
    "much text": lambda seen: seen["clutter"] > 0.2,
}
"""Name -> which images have it, from the columns of their looks (see `measuring` on thresholds)."""
COLUMNS = (
    *("fault", "content", "width", "height", "aspect", "sharpness", "dark_end", "bright_end"),
    *("entropy", "border", "clutter"),
)


@dataclass(frozen=True, kw_only=True)
class FaultCount:
    """Pins whose images share a fault."""

    reason: str
    """The fault without what is particular to a pin."""
    count: int
    examples: tuple[tuple[str, str], ...]
    """Pin ids, each with its own fault."""


@dataclass(frozen=True, kw_only=True)
class ImagesReport:
    """What is known of a collection's images."""

    collection: str
    pins: int
    images: int
    """Pins that name an image."""
    seen: int
    """Images that were read and measured."""
    faults: tuple[FaultCount, ...]
    """Most frequent first."""
    issues: dict[str, int]
    """Images that are small, blurred, ...: an image can have several."""
    shards: int
    shards_looked: int
    """Shards that were looked at now; the rest was there already."""
    gained: int
    """Images that had a fault before and were read now."""

    @property
    def note(self) -> str:
        """One sentence on the images that could not be read; "" where all could."""
        failed = self.images - self.seen
        if not failed:
            return ""
        first = self.faults[0]
        pin_id, fault = first.examples[0]
        what = f"{first.count:,} times: {first.reason}; e.g. {pin_id}: {fault}"
        again = f"`labeling images {self.collection} --again`"
        if self.seen:
            return f"{failed:,} of {self.images:,} images could not be read ({what}); try {again}."
        return (
            f"None of the {self.images:,} images could be read ({what}); if they moved, import the "
            f"pins again from where the images are, then run {again}."
        )


@dataclass(frozen=True, kw_only=True)
class ShardCount:
    """Counts of one shard, or the sum of several."""

    seen: int = 0
    reasons: Counter[str] = field(default_factory=Counter)
    examples: dict[str, list[tuple[str, str]]] = field(default_factory=dict)
    issues: Counter[str] = field(default_factory=Counter)


@dataclass(frozen=True, kw_only=True)
class CountLooks:
    """The step: counts of one shard."""

    store: Store
    collection: Collection

    def __call__(self, shard: Shard) -> ShardCount:
        """Return the counts of a shard that was looked at."""
        looks = read_looks(self.store, self.collection, shard, COLUMNS)
        faults = looks.column("fault").to_pylist()
        rows: dict[str, list[int]] = defaultdict(list)
        for row, fault in enumerate(faults):
            if fault is not None:
                rows[general(fault)].append(row)
        ids = read_pins(self.store, shard, ["pin_id"]).column("pin_id")
        there = looks.column("content").to_numpy() != 0
        seen = {n: looks.column(n).to_numpy()[there] for n in COLUMNS if n != "fault"}
        return ShardCount(
            seen=int(there.sum()),
            reasons=Counter({reason: len(some) for reason, some in rows.items()}),
            examples={
                reason: [(ids[row].as_py(), faults[row]) for row in some[:EXAMPLES]]
                for reason, some in rows.items()
            },
            issues=Counter({name: int(has(seen).sum()) for name, has in ISSUES.items()}),
        )


def add_up(parts: Iterable[ShardCount]) -> ShardCount:
    """Return the sum of the counts of shards."""
    seen, reasons, issues = 0, Counter[str](), Counter[str]()
    examples: dict[str, list[tuple[str, str]]] = {}
    for part in parts:
        seen += part.seen
        reasons += part.reasons
        issues += part.issues
        for reason, some in part.examples.items():
            examples[reason] = (examples.get(reason, []) + some)[:EXAMPLES]
    return ShardCount(seen=seen, reasons=reasons, examples=examples, issues=issues)
