"""What a run found out about one pin: the functions' votes, the soft label, the pins most like it."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from sqlalchemy import select

from labeling.list_columns import read_lists
from labeling.map_points import Sources
from labeling.pin_cards import PinCard, PinShelf
from labeling.pin_vectors import PinVectors
from labeling.signals import NO_LABEL
from labeling.soft_labels import best_class
from labeling.tables import GoldRow
from labeling.workspace import Workspace

SHARDS = 8
"""Shards whose votes and soft labels stay in memory: of 50,000 pins with 20 functions, 2 MB each."""
NOT_ALIKE = 1e-6
"""Mean cosine below which pins have nothing in common."""


@dataclass(frozen=True, kw_only=True)
class PinEvidence:
    """What the functions and the label model say about a pin."""

    votes: dict[str, str]
    """Function -> class, for those that voted."""
    soft: dict[str, float]
    """Class -> probability, likeliest first."""


@dataclass(frozen=True, kw_only=True)
class SimilarPin:
    """A pin that looks or reads like another."""

    card: PinCard
    label: str
    """What people agreed on, else the resolved class, else `no label`."""
    is_gold: bool


class EvidenceShelf:
    """The evidence on the pins of a run, for many threads; what was read stays for a while."""

    def __init__(
        self,
        workspace: Workspace,
        shelf: PinShelf,
        sources: Sources,
        vectors: PinVectors,
    ) -> None:
        self._workspace, self._shelf, self._sources = workspace, shelf, sources
        self._votes = lru_cache(SHARDS)(self._read_votes)
        self._soft = lru_cache(SHARDS)(self._read_soft)
        self._vectors = vectors

    def of(self, card: PinCard) -> PinEvidence:
        """Return the evidence on a pin. Raises StoreError where its artifacts are gone."""
        classes, names = self._sources.classes, list(self._sources.votes)
        votes = self._votes(card.shard)[card.row]
        soft = self._soft(card.shard)[card.row]
        return PinEvidence(
            votes={names[j]: classes[votes[j]] for j in np.flatnonzero(votes >= 0).tolist()},
            soft={classes[k]: float(soft[k]) for k in np.argsort(-soft, kind="stable").tolist()},
        )

    def label(self, card: PinCard) -> str:
        """Return the class that the votes resolve to, or `no label`."""
        best = int(best_class(self._soft(card.shard)[card.row][None])[0])
        return self._sources.classes[best] if best >= 0 else NO_LABEL

    def similar(self, card: PinCard, count: int) -> list[SimilarPin]:
        """Return the pins most like a pin (`PinVectors`), likest first; none where nothing was
        embedded."""
        cards = self.look_alikes(card, count, NOT_ALIKE)
        gold = self._gold([found.pin_id for found in cards])
        return [
            SimilarPin(
                card=found,
                label=gold.get(found.pin_id) or self.label(found),
                is_gold=found.pin_id in gold,
            )
            for found in cards
        ]

    def look_alikes(self, card: PinCard, count: int, least: float) -> list[PinCard]:
        """Return the pins most like a pin, likest first: with a mean cosine of text and image of at
        least `least`; none where nothing was embedded."""
        near = self._vectors.nearest(self._vectors.number(card.shard, card.row), count, least)
        return [self._shelf.card_at(*self._vectors.place(found)) for found in near]

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
        return read_lists(table.column("soft"))
