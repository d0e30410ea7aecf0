"""What resolvers see of a shard's pins beside their votes: the vectors of all encoders."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from labeling.collection import Collection, Shard
from labeling.encoders import Encoder, read_contents, read_vectors
from labeling.resolvers import SeenPins
from labeling.resolvers.linear_probe import FOLDS
from labeling.shards import Store


def read_seen_pins(
    store: Store,
    encoders: Sequence[Encoder],
    collection: Collection,
    shard: Shard,
    votes: np.ndarray,
) -> SeenPins:
    """Return a shard's pins, with their votes int8 [n, m]; the fold is that of the first content there
    is, the text before the image."""
    contents = np.stack([read_contents(store, one, collection, shard) for one in encoders])
    first = np.take_along_axis(contents, (contents != 0).argmax(axis=0)[None], axis=0)[0]
    views = [read_vectors(store, one, collection, shard) for one in encoders]
    return SeenPins(votes=votes, vectors=np.hstack(views), folds=first % FOLDS)
