"""Any sentence-transformers model, CLIP-type ones included, in bfloat16 where that changes nothing."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from contextlib import AbstractContextManager, nullcontext
from typing import TYPE_CHECKING, Any

import numpy as np

from labeling.errors import EncoderError

if TYPE_CHECKING:
    from PIL.Image import Image

CHARS_AT_ONCE = 2_048
"""Text per forward pass: what stays in a CPU's cache; more texts at once are slower."""
TEXT_BATCHES = (8, 64)
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
        self._half = self._half_is_fast() and self._half_is_same()

    def texts(self, texts: list[str]) -> np.ndarray:
        """Return the vectors of texts, float32 [n, d]."""
        usual = sum(map(len, texts)) // max(len(texts), 1) or 1
        return self._encode(texts, int(np.clip(CHARS_AT_ONCE // usual, *TEXT_BATCHES)))

    def images(self, images: Sequence[Image]) -> np.ndarray:
        """Return the vectors of RGB images, float32 [n, d]."""
        return self._encode(list(images), IMAGE_BATCH)

    def _encode(self, items: list[Any], batch: int) -> np.ndarray:
        with self._precision():
            vectors = self._model.encode(
                items, batch_size=batch, show_progress_bar=False, convert_to_tensor=True
            )
        return vectors.float().cpu().numpy()

    def _precision(self) -> AbstractContextManager[Any]:
        if not self._half:
            return nullcontext()
        return self._torch.autocast(self._model.device.type, dtype=self._torch.bfloat16)

    def _half_is_fast(self) -> bool:
        """Whether the device computes in bfloat16; elsewhere it is emulated, and slower."""
        device = self._model.device.type
        if device == "cuda":
            return bool(self._torch.cuda.is_bf16_supported(including_emulation=False))
        known = getattr(self._torch.cpu, "_is_avx512_bf16_supported", lambda: False)
        return device == "cpu" and bool(known())

    def _half_is_same(self) -> bool:
        """Whether this model's vectors stay the same, tried on a few texts or images."""
        from PIL import Image

        probes: list[Any] = list(PROBES)
        if "text" not in self.reads:
            noise = np.random.default_rng(0).integers(0, 256, (4, 64, 64, 3), dtype=np.uint8)
            probes = [Image.fromarray(pixels) for pixels in noise]
        exact = self._encode(probes, len(probes))
        self._half = True
        half = self._encode(probes, len(probes))
        norms = np.linalg.norm(exact, axis=1) * np.linalg.norm(half, axis=1)
        return bool(((exact * half).sum(axis=1) > SAME * norms).all())
