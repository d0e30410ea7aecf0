"""Any sentence-transformers model, CLIP-type ones included, in bfloat16 where that changes nothing."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
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
MIDDLE = 2 / 3
"""How far up the layer lies whose view is kept beside the last one's."""
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
        config = getattr(getattr(self._model[0], "model", None), "config", None)
        if config is not None and self._is_plain():
            config.output_hidden_states = True
        self._half = False
        self._half = half_is_fast(self._model.device.type) and self._half_is_same()

    def texts(self, texts: list[str]) -> tuple[np.ndarray, np.ndarray]:
        """Return the vectors and middles of texts, float32 [n, d] each; all zeros where the model knows
        too few of the words (`UNKNOWN`)."""
        if not self._is_plain():
            return self._encode(texts, TEXT_BATCH), np.zeros((len(texts), 1), dtype=np.float32)
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

    def _by_token_count(self, texts: list[str]) -> tuple[np.ndarray, np.ndarray]:
        """Return what `texts` does, batched by numbers of tokens: next to no padding.

        SentenceTransformer.encode sorts by characters and takes a fixed number of texts at once.
        """
        model, budget = self._model, tokens_at_once(self._model.device.type)
        tokens = Tokens.of(model.tokenizer, texts, model.max_seq_length)
        parts, order = [], []
        for rows in token_batches(tokens.lengths, budget):
            said = model(tokens.batch(rows, model.device))
            found = (said["sentence_embedding"], _middle(said))
            parts.append([part.float().cpu().numpy() for part in found])
            order.append(rows)
        back = np.argsort(np.concatenate(order))
        vectors, middles = (np.concatenate(found)[back] for found in zip(*parts, strict=True))
        special = model.tokenizer.num_special_tokens_to_add(pair=False)
        unknown = tokens.share_of(model.tokenizer.unk_token_id, special)
        for found in (vectors, middles):
            found[unknown > UNKNOWN] = 0  # they say how long a text is, no more
        return vectors, middles

    def _precision(self) -> AbstractContextManager[Any]:
        return half(self._model.device.type) if self._half else nullcontext()

    def _half_is_same(self) -> bool:
        """Whether this model's vectors stay the same, tried on a few texts or images."""
        from PIL import Image

        probes: list[Any] = list(PROBES)
        if "text" not in self.reads:
            noise = np.random.default_rng(0).integers(0, 256, (4, 64, 64, 3), dtype=np.uint8)
            probes = [Image.fromarray(pixels) for pixels in noise]

        def encode() -> np.ndarray:
            return self.texts(probes)[0] if "text" in self.reads else self.images(probes)

        exact = encode()
        self._half = True
        rounded = encode()
        norms = np.linalg.norm(exact, axis=1) * np.linalg.norm(rounded, axis=1)
        return bool(((exact * rounded).sum(axis=1) >= SAME * norms).all())


def _middle(said: Mapping[str, Any]) -> Any:
    """Return the mean over tokens of a layer in the middle, float [n, d]; zeros, [n, 1], of a model that
    does not show its layers."""
    if "all_layer_embeddings" not in said:
        return said["sentence_embedding"].new_zeros(len(said["sentence_embedding"]), 1)
    layers = said[
        "all_layer_embeddings"
    ]  # what goes into the first one, then what comes out of each
    tokens = layers[round(MIDDLE * (len(layers) - 1))]
    mask = said["attention_mask"].unsqueeze(-1).to(tokens.dtype)
    return (tokens * mask).sum(dim=1) / mask.sum(dim=1)
