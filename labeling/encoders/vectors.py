"""The embed step: the vectors of a shard's pins, where no text or image is ever embedded twice."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial

import numpy as np

from labeling.collection import Collection, Shard, read_pins
from labeling.contents import Advance, content_of, holders, make_once, with_contents
from labeling.encoders.encoder import MAX_CHARS, Encoder
from labeling.images.reading import as_image, read_looks, read_thumbnails
from labeling.list_columns import read_lists
from labeling.pins import PinBatch
from labeling.shards import Store

IMAGES_AT_ONCE = 128
"""Decoded images in memory."""


def vectors_key(encoder: Encoder, collection: Collection, shard: Shard) -> str:
    """Return where a shard's vectors lie."""
    retries = collection.retries if encoder.reads == "image" else 0
    folder = f"{collection.name}+{retries}" if retries else collection.name
    return f"vectors/{encoder.fingerprint}/{folder}/{shard.id}.parquet"


def read_vectors(
    store: Store, encoder: Encoder, collection: Collection, shard: Shard
) -> np.ndarray:
    """Return a shard's vectors, float16 [n, d], in the order of its pins: unit length, or all zeros
    where a pin has no text, no image, or one that cannot be read."""
    return _read(store, encoder, collection, shard, "vector")


def read_middles(
    store: Store, encoder: Encoder, collection: Collection, shard: Shard
) -> np.ndarray:
    """Return the middles of a shard's texts (`TextVectors`), in the same way."""
    return _read(store, encoder, collection, shard, "middle")


def _read(
    store: Store, encoder: Encoder, collection: Collection, shard: Shard, column: str
) -> np.ndarray:
    table = store.read_table(vectors_key(encoder, collection, shard), [column])
    return read_lists(table.column(column))


def read_all_vectors(
    store: Store, encoder: Encoder, collection: Collection, shards: Iterable[Shard]
) -> np.ndarray | None:
    """Return the same of some shards, one after another; None where one of them was not embedded."""
    keys = [vectors_key(encoder, collection, shard) for shard in shards]
    if store.absent(keys):
        return None
    return np.concatenate(
        [read_lists(table.column("vector")) for table in store.read_tables(keys, ["vector"])]
    )


def read_contents(
    store: Store, encoder: Encoder, collection: Collection, shard: Shard
) -> np.ndarray:
    """Return the digest of what the encoder saw of each pin, int64 [n]; 0 for nothing."""
    table = store.read_table(vectors_key(encoder, collection, shard), ["content"])
    return table.column("content").to_numpy()


def reusable(
    store: Store, encoder: Encoder, collection: Collection, todo: Iterable[Shard]
) -> dict[str, tuple[str, ...]]:
    """Return, for each shard to embed, the finished vectors that hold some of its contents (see
    `labeling.contents`)."""
    read = partial(contents, store, encoder, collection)
    return holders(store, f"vectors/{encoder.fingerprint}", todo, read)


def contents(store: Store, encoder: Encoder, collection: Collection, shard: Shard) -> np.ndarray:
    """Return a digest of what the encoder sees of each pin, int64 [n]; 0 for nothing."""
    if encoder.reads == "image":
        return read_looks(store, collection, shard, ["content"]).column("content").to_numpy()
    return np.array([content_of(text) for text in _texts(store, shard)], dtype=np.int64)


def _texts(store: Store, shard: Shard) -> list[str]:
    texts = PinBatch(read_pins(store, shard, ["title", "description"])).column("text")
    return [text[:MAX_CHARS] for text in texts]


@dataclass(frozen=True, kw_only=True)
class EmbedShard:
    """The step: vectors of one shard, columns `content` (int64), `vector` and, of texts, `middle`
    (float16 [d] each)."""

    store: Store
    encoder: Encoder
    collection: Collection
    reuse: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """See `reusable`."""

    @property
    def gpus(self) -> int:
        """GPUs that it wants for itself."""
        return int(self.encoder.device == "cuda")

    def __call__(self, shard: Shard, advance: Advance = lambda count: None) -> None:
        """Finish the vectors of a shard; `advance` hears of pins."""
        content = contents(self.store, self.encoder, self.collection, shard)
        columns = ("vector", "middle") if self.encoder.reads == "text" else ("vector",)
        made = make_once(
            self.store,
            content,
            self.reuse.get(shard.id, ()),
            columns,
            lambda rows: self._encode(shard, rows, advance),
            advance,
        )
        if made is None:
            made = [np.zeros((shard.rows, d), dtype=np.float16) for d in self.encoder.widths]
        table = with_contents(content, dict(zip(columns, made, strict=True)))
        self.store.write_table(vectors_key(self.encoder, self.collection, shard), table)

    def _encode(self, shard: Shard, rows: np.ndarray, advance: Advance) -> Sequence[np.ndarray]:
        """Return the columns of some of a shard's pins."""
        if self.encoder.reads == "text":
            texts = _texts(self.store, shard)
            return self.encoder.read_texts([texts[row] for row in rows.tolist()], advance)
        parts = []
        for start in range(0, len(rows), IMAGES_AT_ONCE):
            some = rows[start : start + IMAGES_AT_ONCE]
            jpegs = read_thumbnails(self.store, self.collection, shard, some.tolist())
            parts.append(self.encoder.encode_images([as_image(jpeg) for jpeg in jpegs if jpeg]))
            advance(len(some))
        return [np.concatenate(parts)]
