"""Pins as a page shows them, found by their id in milliseconds: text, and where the picture lies."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import pandas as pd
import pyarrow as pa

from labeling.collection import Collection, Shard, read_pins
from labeling.images.looking import thumbnails_key
from labeling.images.reading import one_thumbnail
from labeling.shards import Store

KEPT_BYTES = 256 * 2**20
"""Text of shards that stays in memory; those that were not asked for longest go first."""
KEPT_PICTURES = 512
COLUMNS = ["pin_id", "title", "description", "link", "board", "image", "split"]


@dataclass(frozen=True, kw_only=True)
class PinCard:
    """One pin, as people see it."""

    pin_id: str
    title: str
    description: str
    link: str
    board: str
    split: str
    """Empty where it came without one."""
    shard: int
    """The shard's place in its collection."""
    row: int
    has_picture: bool
    """Whether it names an image; one that could not be had shows nothing."""


class PinShelf:
    """The pins of one revision of a collection, for many threads.

    Memory: 12 bytes for each pin of the shards looked into, and KEPT_BYTES of text. The index of ids
    is made shard by shard until a pin is found, some 30 ms for each 50,000 pins, once.
    """

    def __init__(self, store: Store, collection: Collection) -> None:
        self.store = store
        self.collection = collection
        self._index: list[tuple[np.ndarray, np.ndarray]] = []
        self._texts: OrderedDict[int, pa.Table] = OrderedDict()
        self._lock = threading.RLock()
        self._jpeg = lru_cache(KEPT_PICTURES)(self._read_jpeg)

    def cards(self, pin_ids: Iterable[str]) -> dict[str, PinCard]:
        """Return pin id -> card of those that the collection has."""
        wanted = list(dict.fromkeys(pin_ids))
        found: dict[str, PinCard] = {}
        with self._lock:
            for pin_id, hashed in zip(wanted, _hashed(wanted), strict=True):
                card = next(self._matching(pin_id, hashed), None)
                if card is not None:
                    found[pin_id] = card
        return found

    def card(self, pin_id: str) -> PinCard | None:
        """Return one card, or None where the collection has no such pin."""
        return self.cards([pin_id]).get(pin_id)

    def card_at(self, shard: int, row: int) -> PinCard:
        """Return the card of a place. Raises IndexError where there is none."""
        part = self.collection.shards[shard]
        values = {name: self._text(shard).column(name)[row].as_py() or "" for name in COLUMNS}
        image = values.pop("image")
        has_picture = bool(image) and self._has_thumbnails(part)
        return PinCard(**values, shard=shard, row=row, has_picture=has_picture)

    def jpeg(self, shard: int, row: int) -> bytes | None:
        """Return the picture of a place as a JPEG file, or None where there is none."""
        return self._jpeg(shard, row)

    def _read_jpeg(self, shard: int, row: int) -> bytes | None:
        part = self.collection.shards[shard]
        if not part.images or not self._has_thumbnails(part):
            return None
        return one_thumbnail(self.store, self.collection, part, row)

    def _has_thumbnails(self, part: Shard) -> bool:
        return self.store.exists(thumbnails_key(self.collection, part))

    def _matching(self, pin_id: str, hashed: np.uint64) -> Iterator[PinCard]:
        for shard in range(len(self.collection.shards)):
            hashes, rows = self._hashes(shard)
            first = int(np.searchsorted(hashes, hashed, side="left"))
            last = int(np.searchsorted(hashes, hashed, side="right"))
            for row in rows[first:last].tolist():
                card = self.card_at(shard, row)
                if card.pin_id == pin_id:  # two ids may share a hash
                    yield card

    def _hashes(self, shard: int) -> tuple[np.ndarray, np.ndarray]:
        """Return the hashes of a shard's ids, sorted, and their rows."""
        while len(self._index) <= shard:
            part = self.collection.shards[len(self._index)]
            ids = read_pins(self.store, part, ["pin_id"]).column("pin_id").to_pylist()
            hashes = _hashed(ids)
            order = np.argsort(hashes, kind="stable").astype(np.int32)
            self._index.append((hashes[order], order))
        return self._index[shard]

    def _text(self, shard: int) -> pa.Table:
        with self._lock:
            if shard in self._texts:
                self._texts.move_to_end(shard)
                return self._texts[shard]
            table = read_pins(self.store, self.collection.shards[shard], COLUMNS)
            self._texts[shard] = table
            while len(self._texts) > 1 and sum(t.nbytes for t in self._texts.values()) > KEPT_BYTES:
                self._texts.popitem(last=False)
            return table


def _hashed(ids: list[str]) -> np.ndarray:
    """Return uint64 [n]."""
    return pd.util.hash_array(np.array(ids, dtype=object), categorize=False)
