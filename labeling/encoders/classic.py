"""Classic image features as an encoder: colours, edges and layout, no model."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from labeling.errors import EncoderError
from labeling.images.classic import classic_features

if TYPE_CHECKING:
    from PIL.Image import Image


class ClassicFeatures:
    """See `labeling.images.classic`."""

    reads = frozenset({"image"})

    def texts(self, texts: list[str]) -> tuple[np.ndarray, np.ndarray]:
        """Raises EncoderError: it reads no text."""
        raise EncoderError("The image encoder 'classic' reads no text.")

    def images(self, images: Sequence[Image]) -> np.ndarray:
        """Return the features of RGB images, float32 [n, d]."""
        return classic_features(list(images))
