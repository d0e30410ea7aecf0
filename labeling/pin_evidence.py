"""What a run found out about one pin: the functions' votes, the soft label, the pins most like it."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from sqlalchemy import select

from labeling.encoders.vectors import read_vectors, vectors_key
from labeling.map_points import NONE, Sources
from labeling.neighbours import blocks_of
from labeling.pin_cards import PinCard, PinShelf
from labeling.resolving import read_probabilities
from labeling.tables import GoldRow
from labeling.workspace import Workspace

SHARDS = 8
"""Shards whose votes and soft labels stay in memory: of 50,000 pins with 20 functions, 2 MB each."""
VECTOR_SHARDS = 2
"""Shards whose vectors stay in memory."""
NEAREST = 256
"""Pins whose nearest stay in memory: they are found while a person still looks at the pin."""


@dataclass(frozen=True, kw_only=True)
class Evidence:
    """What the functions and the label model say about a pin."""

    votes: dict[str, str]
    """Function -> class, for those that voted."""
    soft: dict[str, float]
    """Class -> probability, likeliest first."""

    @property
    def label(self) -> str:
        """The likeliest class."""
        return next(iter(self.soft))


@dataclass(frozen=True, kw_only=True)
class SimilarPin:
    """A pin that looks or reads like another."""

    card: PinCard
    label: str
    """What people agreed on, else the resolved class, else `none`."""
    is_gold: bool


class EvidenceShelf:
    """The evidence on the pins of a run, for many threads; what was read stays for a while."""

    def __init__(self, workspace: Workspace, shelf: PinShelf, sources: Sources) -> None:
        self._workspace, self._shelf, self._sources = workspace, shelf, sources
        self._votes = lru_cache(SHARDS)(self._read_votes)
        self._soft = lru_cache(SHARDS)(self._read_soft)
        self._vectors = lru_cache(VECTOR_SHARDS)(self._read_vectors)
        self._nearest = lru_cache(NEAREST)(self._find_nearest)

    def of(self, card: PinCard) -> Evidence:
        """Return the evidence on a pin. Raises StoreError where its artifacts are gone."""
        classes, names = self._sources.classes, list(self._sources.votes)
        votes = self._votes(card.shard)[card.row]
        soft = self._soft(card.shard)[card.row]
        return Evidence(
            votes={names[j]: classes[votes[j]] for j in np.flatnonzero(votes >= 0).tolist()},
            soft={classes[k]: float(soft[k]) for k in np.argsort(-soft, kind="stable").tolist()},
        )

    def similar(self, card: PinCard, count: int) -> list[SimilarPin]:
        """Return the pins of its shard that are most like a pin, by the mean cosine of text and
        image, likest first; none where nothing was embedded."""
        near = self._nearest(card.shard, card.row, count)
        cards = [self._shelf.card_at(card.shard, row) for row in near]
        gold = self._gold([found.pin_id for found in cards])
        soft = self._soft(card.shard)
        return [
            SimilarPin(
                card=found,
                label=gold.get(found.pin_id) or self._class_of(soft[found.row]),
                is_gold=found.pin_id in gold,
            )
            for found in cards
        ]

    def look_alikes(self, card: PinCard, rows: np.ndarray, count: int, least: float) -> list[int]:
        """Return those of the rows of a pin's shard that are most like it, likest first: with a mean
        cosine of text and image of at least `least`; none where nothing was embedded."""
        cosines = self._cosines(card.shard, card.row, rows)
        best = np.argsort(-cosines, kind="stable")
        return [int(rows[n]) for n in best if cosines[n] >= least and rows[n] != card.row][:count]

    def _find_nearest(self, shard: int, row: int, count: int) -> tuple[int, ...]:
        rows = np.arange(self._shelf.collection.shards[shard].rows)
        cosines = self._cosines(shard, row, rows)
        cosines[row] = -1
        best = np.argsort(-cosines, kind="stable")[:count]
        return tuple(int(near) for near in best if cosines[near] > 0)

    def _cosines(self, shard: int, row: int, rows: np.ndarray) -> np.ndarray:
        """Return the mean of text and image, float32 [rows]."""
        views = self._vectors(shard)
        cosines = np.zeros(len(rows), dtype=np.float32)
        for vectors in views:
            own = vectors[row].astype(np.float32)
            for part in blocks_of(np.arange(len(rows))):
                cosines[part] += vectors[rows[part]].astype(np.float32) @ own
        return cosines / max(len(views), 1)

    def _class_of(self, soft: np.ndarray) -> str:
        best = int(soft.argmax())
        is_tie = bool((soft == soft[best]).sum() > 1)
        return NONE if is_tie else self._sources.classes[best]

    def _gold(self, pin_ids: list[str]) -> dict[str, str]:
        with self._workspace.database.reading() as session:
            rows = session.execute(
                select(GoldRow.pin_id, GoldRow.label)
                .where(GoldRow.signal == self._sources.signal)
                .where(GoldRow.collection == self._shelf.collection.name)
                .where(GoldRow.pin_id.in_(pin_ids))
            )
            return {pin_id: label for pin_id, label in rows}

    def _read_votes(self, shard: int) -> np.ndarray:
        """Return int8 [n, m], -1 abstains."""
        part = self._shelf.collection.shards[shard]
        keys = [f"{folder}/{part.id}.parquet" for folder in self._sources.votes.values()]
        tables = self._workspace.store.read_tables(keys, ["vote"])
        votes = [table.column("vote").to_numpy() for table in tables]
        return np.stack(votes, axis=1) if votes else np.empty((part.rows, 0), dtype=np.int8)

    def _read_soft(self, shard: int) -> np.ndarray:
        """Return float32 [n, k]."""
        part = self._shelf.collection.shards[shard]
        table = self._workspace.store.read_table(
            f"{self._sources.soft}/{part.id}.parquet", ["soft"]
        )
        return read_probabilities(table.column("soft"))

    def _read_vectors(self, shard: int) -> list[np.ndarray]:
        store, collection = self._workspace.store, self._shelf.collection
        part = collection.shards[shard]
        return [
            read_vectors(store, encoder, collection, part)
            for encoder in self._workspace.encoders(collection)
            if store.exists(vectors_key(encoder, collection, part))
        ]
