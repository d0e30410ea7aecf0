"""The points of a drawn map: where each pin lies, and what the last run found out about it.

Nothing is made here and no author's code is loaded, so the web app can read maps.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from functools import cached_property
from typing import Any, Literal

import numpy as np
import pyarrow as pa

from labeling.analysis import KnownLabels
from labeling.collection import Collection, Shard
from labeling.doubts import Doubts
from labeling.encoders import Encoder
from labeling.fingerprints import fingerprint
from labeling.known import known_labels
from labeling.list_columns import read_lists
from labeling.report import RunReport
from labeling.shards import Store
from labeling.signals import NO_LABEL, Signal
from labeling.soft_labels import best_class, disagreeing
from labeling.votes import conflicting, votes_key
from labeling.workspace import Workspace

PINS = 3_000
"""Points of a map, unless told otherwise."""
VERSION = 1
"""Of how a map is drawn: raise it when that changes."""

On = Literal["text", "image", "both"]
SEEN: dict[On, str] = {"text": "text", "image": "an image", "both": "text or an image"}
"""What a pin must have to be on a map."""


@dataclass(frozen=True, kw_only=True)
class PinMap:
    """Names the map of a collection."""

    encoders: tuple[Encoder, ...]
    """Those whose vectors decide which pins lie near each other."""
    collection: Collection
    on: On
    pins: int
    seed: int

    @classmethod
    def of(
        cls, workspace: Workspace, collection: str, *, on: On = "both", pins: int = PINS
    ) -> PinMap:
        """Return the map that the workspace's settings mean."""
        found = workspace.collection(collection)
        encoders = tuple(e for e in workspace.encoders(found) if on in (e.reads, "both"))
        seed = workspace.settings.seed
        return cls(encoders=encoders, collection=found, on=on, pins=pins, seed=seed)

    @cached_property
    def key(self) -> str:
        """Where its points lie: pin_id, shard, row, x, y (float32, 0 to 1), in random order."""
        images = any(encoder.reads == "image" for encoder in self.encoders)
        name = fingerprint(
            [encoder.fingerprint for encoder in self.encoders],
            [shard.id for shard in self.collection.shards],
            [self.collection.retries if images else 0, self.pins, self.seed, VERSION],
        )
        return f"maps/{self.collection.name}/{name}.parquet"


@dataclass(frozen=True, kw_only=True)
class Sources:
    """Where lies what a run found out about a collection."""

    signal: str
    classes: tuple[str, ...]
    revision: int
    soft: str
    doubts: str
    votes: dict[str, str]
    """Function -> folder."""

    @classmethod
    def of(cls, doubts: Doubts) -> Sources:
        """Return the places of a resolution and its doubts."""
        r = doubts.resolution
        first = r.collection.shards[0]
        return cls(
            signal=r.signal.name,
            classes=r.signal.classes,
            revision=r.collection.revision,
            soft=r.folder,
            doubts=doubts.folder,
            votes={
                f.name: votes_key(r.signal, f, r.collection, first).rpartition("/")[0]
                for f in r.functions
            },
        )

    @classmethod
    def of_report(cls, report: RunReport, collection: Collection) -> Sources | None:
        """Return the places of a run; None where they do not fit the collection as it is now."""
        if not report.sources or report.revision != collection.revision:
            return None
        return cls(**{**report.sources, "classes": report.classes})

    def to_json(self) -> dict[str, Any]:
        """Return them as JSON values."""
        return asdict(self)


@dataclass(frozen=True, kw_only=True)
class MapPoint:
    """One pin on a map."""

    pin_id: str
    shard: str
    row: int
    x: float
    y: float
    title: str
    link: str
    label: str
    """The resolved class, or `no label`."""
    confidence: float
    """Its probability."""
    probe: str
    doubt: float | None
    """1 less the label's quality score; None where it was not judged."""
    flags: tuple[str, ...]
    """What speaks against the label."""
    known: str
    """Its gold, else its reference label, or `no label`."""
    votes: dict[str, str]
    """Function -> class, for those that voted."""


def read_points(workspace: Workspace, drawn: PinMap, sources: Sources) -> tuple[MapPoint, ...]:
    """Return the points of a map that is drawn, in its order, with what a run found out about them.

    Raises StoreError where the map was not drawn yet.
    """
    table = workspace.store.read_table(drawn.key)
    shards = np.array(table.column("shard").to_pylist())
    signal = Signal(sources.signal, classes=list(sources.classes))
    known = known_labels(workspace, signal, drawn.collection)
    points: dict[int, MapPoint] = {}
    for shard in drawn.collection.shards:
        places = np.flatnonzero(shards == shard.id)
        if len(places):
            part = _read_shard(workspace.store, shard, table.take(places), sources, known)
            points |= dict(zip(places.tolist(), part, strict=True))
    return tuple(points[place] for place in sorted(points))


def _read_shard(
    store: Store, shard: Shard, places: pa.Table, sources: Sources, known: KnownLabels
) -> list[MapPoint]:
    rows = places.column("row").to_pylist()
    pins = store.read_rows(shard.key, rows).select(["title", "description", "link"]).to_pylist()
    soft = store.read_rows(f"{sources.soft}/{shard.id}.parquet", rows)
    probe = store.read_rows(f"{sources.doubts}/{shard.id}.probe.parquet", rows)
    flags = store.read_rows(f"{sources.doubts}/{shard.id}.flags.parquet", rows)
    keys = [f"{folder}/{shard.id}.parquet" for folder in sources.votes.values()]
    columns = [t.column("vote").to_numpy()[rows] for t in store.read_tables(keys, ["vote"])]
    votes = np.stack(columns, axis=1)
    names = np.array([*sources.classes, NO_LABEL])  # -1 picks the last
    labels = soft.column("label").to_numpy()
    probabilities = read_lists(probe.column("probe"))
    predicted = best_class(probabilities)
    confidence = read_lists(soft.column("soft")).max(axis=1)
    doubt = 1 - probe.column("quality").to_numpy()
    against = {
        name.removeprefix("is_").replace("_", " "): flags.column(name).to_pylist()
        for name in flags.column_names
        if pa.types.is_boolean(flags.schema.field(name).type)
    } | {
        "conflicting votes": conflicting(votes).tolist(),
        "probe disagrees": disagreeing(labels, probabilities).tolist(),
    }
    truth = known.of(shard)[rows]
    return [
        MapPoint(
            **place,
            title=" ".join((pin["title"] or pin["description"]).split())[:160],
            link=pin["link"],
            label=str(names[labels[n]]),
            confidence=round(float(confidence[n]), 3),
            probe=str(names[predicted[n]]),
            doubt=None if np.isnan(doubt[n]) else round(float(doubt[n]), 3),
            flags=tuple(name for name, column in against.items() if column[n]),
            known=str(names[truth[n]]),
            votes=_fired(votes[n], tuple(sources.votes), names),
        )
        for n, (place, pin) in enumerate(zip(places.to_pylist(), pins, strict=True))
    ]


def _fired(votes: np.ndarray, functions: Sequence[str], names: np.ndarray) -> dict[str, str]:
    return {functions[j]: str(names[votes[j]]) for j in np.flatnonzero(votes >= 0)}
