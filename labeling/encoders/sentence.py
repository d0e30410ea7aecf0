"""Any sentence-transformers model, CLIP-type ones included, in bfloat16 where that changes nothing."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from contextlib import AbstractContextManager, nullcontext
from typing import TYPE_CHECKING, Any

import numpy as np

from labeling.errors import EncoderError
from labeling.passes import half_is_fast, token_batches

if TYPE_CHECKING:
    from PIL.Image import Image

TOKENS_AT_ONCE = {"cpu": 1_536, "cuda": 65_536}
"""Tokens per forward pass, padding included: on a CPU what stays in its cache."""
TEXT_BATCH = 32
IMAGE_BATCH = 16
SAME = 0.999
"""Least cosine between vectors in bfloat16 and in float32 for bfloat16 to be used."""
PROBES = ("a red dress", "12 Weeknight Dinners You Will Make Again", "click HERE, free $$$", "дом")


class SentenceModel:
    """A SentenceTransformer."""

    def __init__(self, location: str, name: str, device: str | None) -> None:
        """Raises EncoderError where there is no such model."""
        logging.getLogger("sentence_transformers").setLevel(logging.ERROR)
        import torch
        import transformers
        from sentence_transformers import SentenceTransformer

        transformers.logging.disable_progress_bar()
        try:
            self._model: Any = SentenceTransformer(location, device=device)
        except (OSError, ValueError, RuntimeError, KeyError, ImportError) as error:
            raise EncoderError(
                f"The encoder {name!r} cannot be loaded ({' '.join(str(error).split())[:200]}); "
                "name a sentence-transformers model by its folder or hub name, or one that needs no "
                "hub: minilm for `encoder`, efficientnet or classic for `image_encoder`."
            ) from error
        seen = self._model.modalities
        self.reads: frozenset[str] = frozenset(part for part in ("text", "image") if part in seen)
        self._torch = torch
        self._half = False
        self._half = half_is_fast(self._model.device.type) and self._half_is_same()

    def texts(self, texts: list[str]) -> np.ndarray:
        """Return the vectors of texts, float32 [n, d]."""
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
        model, budget = self._model, TOKENS_AT_ONCE.get(self._model.device.type, 16_384)
        tokens = model.tokenizer(texts, truncation=True, max_length=model.max_seq_length)
        lengths = np.array([len(ids) for ids in tokens["input_ids"]])
        vectors = np.empty((len(texts), 0), dtype=np.float32)
        for rows in token_batches(lengths, budget):
            batch = {name: [part[row] for row in rows] for name, part in tokens.items()}
            features = model.tokenizer.pad(batch, return_tensors="pt").to(model.device)
            found = model({**features})["sentence_embedding"].float().cpu().numpy()
            if not vectors.shape[1]:
                vectors = np.empty((len(texts), found.shape[1]), dtype=np.float32)
            vectors[rows] = found
        return vectors

    def _precision(self) -> AbstractContextManager[Any]:
        if not self._half:
            return nullcontext()
        return self._torch.autocast(self._model.device.type, dtype=self._torch.bfloat16)

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
        half = encode(probes)
        norms = np.linalg.norm(exact, axis=1) * np.linalg.norm(half, axis=1)
        return bool(((exact * half).sum(axis=1) > SAME * norms).all())
