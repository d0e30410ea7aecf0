"""Rows of a dataset version with their images in them, so that a training job needs nothing else.

What travels is the thumbnail that `labeling images` keeps: checked, upright, RGB, large enough for crops
of 224 pixels, and what a model is shown when it predicts. Nothing is opened or fetched here.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from itertools import groupby, islice

import numpy as np
import pyarrow as pa

from labeling.collection import Collection, Shard
from labeling.dataset_card import IMAGE
from labeling.images.reading import read_thumbnails
from labeling.shards import Store

GROUP_ROWS = 256
"""Rows of a row group: some 8 MB, 30 at worst."""
SPAN = 512
"""Rows of a shard that are read at once, however few of them are wanted: those of a small split are far
apart."""
EMBEDDED, UNREADABLE, NONE = FATES = ("embedded", "unreadable", "none")
"""What becomes of a row's image: a row has it, or names one that could not be read, or names none."""


def pack_images(
    store: Store,
    collection: Collection,
    shard: Shard,
    rows: pa.Table,
    places: np.ndarray,
    counts: Counter[str],
) -> Iterator[pa.Table]:
    """Yield rows, in parts of GROUP_ROWS, with their column `image` (string) made an IMAGE: null where
    there is none to be had. `counts` hears what became of each row's, one of FATES.

    places: int64 [n], where the rows lie in the shard, ascending. Raises StoreError where nobody looked
    at its images yet.
    """
    spans = groupby(places.tolist(), key=lambda place: place // SPAN)
    thumbnails = (
        jpeg for _, some in spans for jpeg in read_thumbnails(store, collection, shard, list(some))
    )
    column = rows.column_names.index("image")
    for start in range(0, len(rows), GROUP_ROWS):
        part = rows.slice(start, GROUP_ROWS)
        jpegs = list(islice(thumbnails, len(part)))
        paths = part.column("image").to_pylist()
        for jpeg, path in zip(jpegs, paths, strict=True):
            counts[EMBEDDED if jpeg else UNREADABLE if path else NONE] += 1
        files = pa.array(jpegs, pa.binary())
        # a row without bytes has no path either: readers would open it
        images = pa.StructArray.from_arrays(
            [files, pa.array(paths, pa.string())], fields=list(IMAGE), mask=files.is_null()
        )
        yield part.set_column(column, "image", images)
