"""The embed step: the vectors of a shard's pins, where no text or image is ever embedded twice."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

import numpy as np
import pyarrow as pa

from labeling.collection import Collection, Shard, read_pins
from labeling.encoders.encoder import MAX_CHARS, Advance, Encoder
from labeling.fingerprints import text_digest
from labeling.images.reading import as_image, read_looks, read_thumbnails
from labeling.pins import PinBatch
from labeling.shards import Store

IMAGES_AT_ONCE = 128
"""Decoded images in memory."""
NOTHING = 0
"""The content of a pin that has nothing for the encoder to see; its vector is all zeros."""


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
    return _vectors(store.read_table(vectors_key(encoder, collection, shard), ["vector"]))


def read_contents(
    store: Store, encoder: Encoder, collection: Collection, shard: Shard
) -> np.ndarray:
    """Return the digest of what the encoder saw of each pin, int64 [n]; 0 for nothing."""
    table = store.read_table(vectors_key(encoder, collection, shard), ["content"])
    return table.column("content").to_numpy()


def _vectors(table: pa.Table) -> np.ndarray:
    chunk = table.column("vector").combine_chunks()
    return chunk.flatten().to_numpy(zero_copy_only=False).reshape(len(chunk), -1)


def reusable(
    store: Store, encoder: Encoder, collection: Collection, todo: Iterable[Shard]
) -> dict[str, tuple[str, ...]]:
    """Return, for each shard to embed, the finished artifacts of any collection that hold some of
    its contents: an edited pin leaves the others' vectors as they are.

    Memory: 8 bytes for each pin to embed.
    """
    folder = f"vectors/{encoder.fingerprint}"
    finished = [key for name in store.keys(folder) for key in store.keys(name)]
    if not finished:
        return {}
    wanted = {shard.id: np.unique(contents(store, encoder, collection, shard)) for shard in todo}
    found: dict[str, list[str]] = {}
    for key in finished:
        held = store.read_table(key, ["content"]).column("content").to_numpy()
        held = np.unique(held[held != NOTHING])
        for id, hashes in wanted.items():
            if np.isin(hashes, held, assume_unique=True).any():
                found.setdefault(id, []).append(key)
    return {id: tuple(keys) for id, keys in found.items()}


def contents(store: Store, encoder: Encoder, collection: Collection, shard: Shard) -> np.ndarray:
    """Return a digest of what the encoder sees of each pin, int64 [n]; 0 for nothing."""
    if encoder.reads == "image":
        return read_looks(store, collection, shard, ["content"]).column("content").to_numpy()
    return np.array([_content(text) for text in _texts(store, shard)], dtype=np.int64)


def _texts(store: Store, shard: Shard) -> list[str]:
    texts = PinBatch(read_pins(store, shard, ["title", "description"])).column("text")
    return [text[:MAX_CHARS] for text in texts]


def _content(text: str) -> int:
    return text_digest(text) if text.strip() else NOTHING


@dataclass(frozen=True, kw_only=True)
class EmbedShard:
    """The step: vectors of one shard, columns `content` (int64) and `vector` (float16 [d])."""

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
        distinct, first, row = np.unique(content, return_index=True, return_inverse=True)
        known = self._known(distinct, shard)
        lacking = [
            number
            for number, value in enumerate(distinct.tolist())
            if value != NOTHING and value not in known
        ]
        advance(shard.rows - len(lacking))
        fresh = self._encode(shard, first[lacking], advance)
        some = next((v for v in (fresh, *known.values()) if v is not None), None)
        wide = self.encoder.dimensions if some is None else some.shape[-1]
        vectors = np.zeros((len(distinct), wide), dtype=np.float16)
        if fresh is not None:
            vectors[lacking] = fresh
        for number, value in enumerate(distinct.tolist()):
            if value in known:
                vectors[number] = known[value]
        flat = pa.array(vectors[row].reshape(-1), type=pa.float16())
        table = pa.table(
            {
                "content": pa.array(content, pa.int64()),
                "vector": pa.FixedSizeListArray.from_arrays(flat, wide),
            }
        )
        self.store.write_table(vectors_key(self.encoder, self.collection, shard), table)

    def _known(self, distinct: np.ndarray, shard: Shard) -> dict[int, np.ndarray]:
        """Return content -> vector of what other artifacts hold."""
        known: dict[int, np.ndarray] = {}
        for key in self.reuse.get(shard.id, ()):
            table = self.store.read_table(key)
            held = table.column("content").to_numpy()
            rows = np.flatnonzero(np.isin(held, distinct) & (held != NOTHING))
            known.update(zip(held[rows].tolist(), _vectors(table)[rows], strict=True))
        return known

    def _encode(self, shard: Shard, rows: np.ndarray, advance: Advance) -> np.ndarray | None:
        """Return the vectors of some of a shard's pins; None for none."""
        if not len(rows):
            return None
        if self.encoder.reads == "text":
            texts = _texts(self.store, shard)
            return self.encoder.encode_texts([texts[row] for row in rows.tolist()], advance)
        parts = []
        for start in range(0, len(rows), IMAGES_AT_ONCE):
            some = rows[start : start + IMAGES_AT_ONCE]
            jpegs = read_thumbnails(self.store, self.collection, shard, some.tolist())
            parts.append(self.encoder.encode_images([as_image(jpeg) for jpeg in jpegs if jpeg]))
            advance(len(some))
        return np.concatenate(parts)
