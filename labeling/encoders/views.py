"""What earlier steps made of a shard's pins, for functions that ask for it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from labeling.collection import Collection, Shard
from labeling.encoders.encoder import Encoder
from labeling.encoders.vectors import read_vectors
from labeling.images.reading import read_looks
from labeling.model_folder import ModelFolder
from labeling.predictions import read_predictions
from labeling.shards import Store


@dataclass(frozen=True)
class ShardViews:
    """Vectors and looks of a shard's pins, or of some of them, read when asked for."""

    store: Store
    encoders: tuple[Encoder, ...]
    collection: Collection
    shard: Shard
    rows: np.ndarray | None = None
    """int [n]; None for all."""

    def vectors(self, of: str) -> np.ndarray:
        """Return the vectors of the pins' text or image, float16 [n, d]; all zeros where a collection
        without images is asked for them."""
        encoder = next((encoder for encoder in self.encoders if encoder.reads == of), None)
        if encoder is None:
            return np.zeros((self._count, 1), dtype=np.float16)
        return self._some(read_vectors(self.store, encoder, self.collection, self.shard))

    def look(self, column: str) -> np.ndarray:
        """Return a column of what was seen of the images, [n]."""
        if not self.collection.images:
            return np.zeros(self._count, dtype=np.int64)
        table = read_looks(self.store, self.collection, self.shard, [column])
        return self._some(table.column(column).to_numpy())

    def predictions(self, model: ModelFolder) -> np.ndarray:
        """Return what a model says of the pins, P(class), float32 [n, k]; all zeros where it sees
        nothing."""
        return self._some(read_predictions(self.store, model, self.collection, self.shard))

    @property
    def _count(self) -> int:
        return self.shard.rows if self.rows is None else len(self.rows)

    def _some(self, values: np.ndarray) -> np.ndarray:
        return values if self.rows is None else values[self.rows]
