"""Any sentence-transformers model, CLIP-type ones included, in bfloat16 where that changes nothing."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import AbstractContextManager, nullcontext
from typing import TYPE_CHECKING, Any

import numpy as np

from labeling.passes import Tokens, half, half_is_fast, token_batches, tokens_at_once
from labeling.pretrained import load_pretrained

if TYPE_CHECKING:
    from PIL.Image import Image

TEXT_BATCH = 32
IMAGE_BATCH = 16
SAME = 0.999
"""Least cosine between vectors in bfloat16 and in float32 for bfloat16 to be used."""
UNKNOWN = 0.5
"""Share of a text's tokens that the model does not know, above which its vector tells nothing: of texts
in Thai, Telugu or Khmer, of which MiniLM knows a quarter at most, 3 to 6 pairs in 10 have a cosine of
.95 or more."""
PROBES = ("a red dress", "12 Weeknight Dinners You Will Make Again", "click HERE, free $$$", "дом")


class SentenceModel:
    """A SentenceTransformer."""

    def __init__(self, name: str, device: str | None) -> None:
        """Raises EncoderError where there is no such model."""
        import torch

        self._model = load_pretrained(name, device)
        seen = self._model.modalities
        self.reads: frozenset[str] = frozenset(part for part in ("text", "image") if part in seen)
        self._torch = torch
        self._half = False
        self._half = half_is_fast(self._model.device.type) and self._half_is_same()

    def texts(self, texts: list[str]) -> np.ndarray:
        """Return the vectors of texts, float32 [n, d]; all zeros where the model knows too few of the
        words (`UNKNOWN`)."""
        if not self._is_plain():
            return self._encode(texts, TEXT_BATCH)
        with self._torch.inference_mode(), self._precision():
            return self._by_token_count(texts)

    def images(self, images: Sequence[Image]) -> np.ndarray:
        """Return the vectors of RGB images, float32 [n, d]."""
        return self._encode(list(images), IMAGE_BATCH)

    def _encode(self, items: list[Any], batch: int) -> np.ndarray:
        with self._precision():
            vectors = self._model.encode(
                items, batch_size=batch, show_progress_bar=False, convert_to_tensor=True
            )
        return vectors.float().cpu().numpy()

    def _is_plain(self) -> bool:
        """Whether a text is its tokens through the modules, nothing put before them."""
        model = self._model
        whole = getattr(model.tokenizer, "is_fast", False) and model.max_seq_length
        return bool(whole) and "image" not in self.reads and model.default_prompt_name is None

    def _by_token_count(self, texts: list[str]) -> np.ndarray:
        """Return the vectors of texts, batched by their numbers of tokens: next to no padding.

        SentenceTransformer.encode sorts by characters and takes a fixed number of texts at once.
        """
        model, budget = self._model, tokens_at_once(self._model.device.type)
        tokens = Tokens.of(model.tokenizer, texts, model.max_seq_length)
        vectors = np.empty((len(texts), 0), dtype=np.float32)
        for rows in token_batches(tokens.lengths, budget):
            features = tokens.batch(rows, model.device)
            found = model(features)["sentence_embedding"].float().cpu().numpy()
            if not vectors.shape[1]:
                vectors = np.empty((len(texts), found.shape[1]), dtype=np.float32)
            vectors[rows] = found
        special = model.tokenizer.num_special_tokens_to_add(pair=False)
        unknown = tokens.share_of(model.tokenizer.unk_token_id, special)
        vectors[unknown > UNKNOWN] = 0  # they say how long a text is, no more
        return vectors

    def _precision(self) -> AbstractContextManager[Any]:
        return half(self._model.device.type) if self._half else nullcontext()

    def _half_is_same(self) -> bool:
        """Whether this model's vectors stay the same, tried on a few texts or images."""
        from PIL import Image

        probes: list[Any] = list(PROBES)
        if "text" not in self.reads:
            noise = np.random.default_rng(0).integers(0, 256, (4, 64, 64, 3), dtype=np.uint8)
            probes = [Image.fromarray(pixels) for pixels in noise]
        encode = self.texts if "text" in self.reads else self.images
        exact = encode(probes)
        self._half = True
        rounded = encode(probes)
        norms = np.linalg.norm(exact, axis=1) * np.linalg.norm(rounded, axis=1)
        return bool(((exact * rounded).sum(axis=1) >= SAME * norms).all())
