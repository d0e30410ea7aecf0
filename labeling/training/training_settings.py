"""How a model is trained, in one frozen object that is written beside the model."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from math import inf
from numbers import Integral, Real
from typing import Any

from labeling.errors import TrainingError
from labeling.fingerprints import fingerprint

COUNTS = ("epochs", "batch_size", "accumulation", "max_tokens", "patience")
RATES = ("learning_rate", "head_learning_rate", "weight_decay", "checkpoint_seconds")
POSITIVE = ("label_temperature", "largest_gradient")


@dataclass(frozen=True, kw_only=True)
class TrainingSettings:
    """What a training run can be told."""

    text_encoder: str | None = "minilm"
    """minilm (comes with the install), or a sentence-transformers or Hugging Face model's name or
    folder; None: the text is not read."""
    image_encoder: str | None = None
    """A CLIP-type sentence-transformers model's name or folder; None: images are not read."""
    words: bool = True
    """Whether a linear model of words and their parts is multiplied with the encoder's, where the
    validation rows show that it helps."""
    quick: bool = False
    """Only a linear head on the frozen encoders: seconds instead of minutes."""
    label_temperature: float = 1.0
    """What the logarithms of weak soft labels are divided by before a model learns from them: below 1
    they are surer (Xie et al. 2020, "Unsupervised Data Augmentation for Consistency Training", take
    0.4). Gold stays as it is, and so do the labels that models are judged and calibrated by."""
    epochs: int = 5
    batch_size: int = 32
    """Rows per step on each device."""
    accumulation: int = 1
    """Steps whose gradients are added up before the weights move."""
    learning_rate: float = 5e-5
    """Of the encoders, at its peak."""
    head_learning_rate: float = 1e-3
    warmup: float = 0.1
    """Share of all steps in which the rate rises; then it falls to zero in a straight line."""
    weight_decay: float = 0.01
    largest_gradient: float = 1.0
    """Norm to which gradients are clipped."""
    max_tokens: int = 128
    patience: int = 2
    """Epochs without a better validation loss after which training stops."""
    checkpoint_seconds: float = 60.0
    """At least so long between two checkpoints."""
    precision: str = "auto"
    """auto: bfloat16 where the device computes in it; or float32, bfloat16."""
    device: str = "auto"
    """auto, cpu, cuda or mps."""
    seed: int = 0

    def __post_init__(self) -> None:
        """Raises TrainingError for values that cannot be."""
        if self.text_encoder is None and self.image_encoder is None:
            raise TrainingError("Neither text nor images would be read; name an encoder.")
        for names, fits, wanted in (
            (COUNTS, lambda value: _is_whole(value) and value >= 1, "a whole number, at least 1"),
            (
                ("seed",),
                lambda value: _is_whole(value) and value >= 0,
                "a whole number, at least 0",
            ),
            (RATES, lambda value: 0 <= value < inf, "a number, at least 0"),
            (POSITIVE, lambda value: 0 < value < inf, "a number above 0"),
            (("warmup",), lambda value: 0 <= value <= 1, "a number from 0 to 1"),
        ):
            for name in names:
                value = getattr(self, name)
                if not isinstance(value, Real) or not fits(value):
                    raise TrainingError(f"{name} is {value!r}; it must be {wanted}.")
        if self.precision not in ("auto", "float32", "bfloat16"):
            raise TrainingError(
                f"There is no precision {self.precision!r}; use auto, float32 or bfloat16."
            )

    @classmethod
    def told(cls, **given: Any) -> TrainingSettings:
        """Return the settings as a command line tells them: an encoder called `none` or "" is none."""
        for name in ("text_encoder", "image_encoder"):
            if given.get(name) in ("none", ""):
                given[name] = None
        return cls(**given)

    @property
    def fingerprint(self) -> str:
        """Names what a checkpoint is good for: all that changes the weights."""
        value = asdict(self)
        for name in ("checkpoint_seconds", "patience", "device"):
            del value[name]
        return fingerprint(value)

    def to_json(self) -> dict[str, Any]:
        """Return the settings as JSON values."""
        return json.loads(json.dumps(asdict(self)))


def _is_whole(value: object) -> bool:
    return isinstance(value, Integral) and not isinstance(value, bool)
