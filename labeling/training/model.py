"""A signal's model: an encoder for texts, one for images or both, and a linear head over them."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from scipy.special import softmax
from torch import nn

from labeling.errors import EncoderError, TrainingError
from labeling.model_folder import CONFIG, open_model
from labeling.passes import Tokens, half, half_is_fast, token_batches, tokens_at_once
from labeling.pretrained import load_pretrained
from labeling.training.words import Words

HEAD = "head.safetensors"
IMAGES_AT_ONCE = 32


@dataclass(frozen=True, kw_only=True)
class Inputs:
    """Rows as the encoders read them, before they are batched."""

    tokens: Tokens | None
    """None where no text is read."""
    texts: Sequence[str]
    image: Callable[[int], Any] | None
    """The image of a row, RGB, or None."""

    @property
    def count(self) -> int:
        """Rows."""
        return len(self.texts)

    @property
    def lengths(self) -> np.ndarray:
        """Tokens of each row, int [n]."""
        if self.tokens is None:
            return np.ones(self.count, dtype=np.int64)
        return self.tokens.lengths


class SignalModel(nn.Module):
    """Logits of a signal's classes: those of the encoders, and what words add."""

    words: Words | None = None
    """None where they add nothing."""

    def __init__(
        self, classes: Sequence[str], text: Any, image: Any, head: nn.Linear | None = None
    ) -> None:
        """`text` and `image` are SentenceTransformer models, or None for what is not read."""
        super().__init__()
        self.classes = tuple(classes)
        self.text, self.image = text, image
        width = sum(_width(encoder) for encoder in (text, image) if encoder is not None)
        self.head = head or nn.Linear(width, len(self.classes))

    @property
    def reads(self) -> tuple[str, ...]:
        """`text`, `image`, or both."""
        parts = (("text", self.text), ("image", self.image))
        return tuple(name for name, encoder in parts if encoder is not None)

    @property
    def device(self) -> torch.device:
        """Where it computes."""
        return self.head.weight.device

    def inputs(self, texts: Sequence[str], image: Callable[[int], Any] | None = None) -> Inputs:
        """Return n rows tokenized: once, however many epochs follow."""
        tokens = None
        if self.text is not None:
            tokens = Tokens.of(self.text.tokenizer, texts, self.text.max_seq_length)
        return Inputs(tokens=tokens, texts=texts, image=image if self.image else None)

    def batch(self, inputs: Inputs, rows: np.ndarray) -> dict[str, Any]:
        """Return some rows, padded, on the model's device."""
        parts: dict[str, Any] = {}
        if inputs.tokens is not None:
            parts["text"] = inputs.tokens.batch(rows, self.device)
        if inputs.image is not None:
            images = [inputs.image(int(row)) for row in rows]
            there = [n for n, image in enumerate(images) if image is not None]
            if there:
                features = self.image.preprocess([images[n] for n in there])
                parts["image"] = {
                    name: part.to(self.device) if isinstance(part, torch.Tensor) else part
                    for name, part in features.items()
                }
            parts["there"] = torch.tensor(there, dtype=torch.long, device=self.device)
            parts["rows"] = len(rows)
        return parts

    def features(self, batch: dict[str, Any]) -> torch.Tensor:
        """Return what the head reads, float32 [b, d]: unit vectors side by side, zeros for no image."""
        parts = []
        if self.text is not None:
            found = self.text(dict(batch["text"]))["sentence_embedding"]
            parts.append(nn.functional.normalize(found.float(), dim=1))
        if self.image is not None:
            vectors = torch.zeros(batch["rows"], _width(self.image), device=self.device)
            if "image" in batch:
                found = self.image(dict(batch["image"]))["sentence_embedding"]
                unit = nn.functional.normalize(found.float(), dim=1)
                vectors = vectors.index_copy(0, batch["there"], unit)
            parts.append(vectors)
        return torch.cat(parts, dim=1)

    def saw_image(self, features: np.ndarray) -> np.ndarray:
        """Return which rows had an image, bool [n], by what the head reads of them, float32 [n, d]."""
        if self.image is None:
            return np.zeros(len(features), dtype=bool)
        return np.asarray(features[:, -_width(self.image) :].any(axis=1))

    def forward(self, batch: dict[str, Any]) -> torch.Tensor:
        """Return the logits of the encoders, float32 [b, k]."""
        return self.head(self.features(batch))

    def logits(
        self, inputs: Inputs, advance: Callable[[int], None] = lambda rows: None
    ) -> np.ndarray:
        """Return the logits of rows in their order, float32 [n, k]; `advance` hears of rows."""
        found = self.run(inputs, self.forward, advance)
        return found if self.words is None else self.words.beside(found, inputs.texts)

    def predict_proba(
        self,
        texts: Sequence[str],
        image: Callable[[int], Any] | None = None,
        advance: Callable[[int], None] = lambda rows: None,
    ) -> np.ndarray:
        """Return P(class), float32 [n, k], of rows in their order; `advance` hears of rows."""
        return self.probabilities(self.inputs(texts, image), advance)

    def probabilities(
        self, inputs: Inputs, advance: Callable[[int], None] = lambda rows: None
    ) -> np.ndarray:
        """Return the same of rows that are tokenized."""
        return softmax(self.logits(inputs, advance), axis=1)

    def run(
        self,
        inputs: Inputs,
        step: Callable[[dict[str, Any]], torch.Tensor],
        advance: Callable[[int], None] = lambda rows: None,
    ) -> np.ndarray:
        """Return what `step` makes of all rows, float32 [n, ...], without gradients."""
        self.train(False)
        parts, order = [], []
        with torch.inference_mode(), precision(self.device.type):
            for rows in self._passes(inputs):
                parts.append(step(self.batch(inputs, rows)).float().cpu().numpy())
                order.append(rows)
                advance(len(rows))
        return np.concatenate(parts)[np.argsort(np.concatenate(order))]

    def _passes(self, inputs: Inputs) -> Iterator[np.ndarray]:
        if inputs.image is not None:
            rows = np.argsort(inputs.lengths, kind="stable")
            return (rows[n : n + IMAGES_AT_ONCE] for n in range(0, len(rows), IMAGES_AT_ONCE))
        return token_batches(inputs.lengths, tokens_at_once(self.device.type))

    def save(self, folder: Path, about: dict[str, Any]) -> None:
        """Write the model into a new folder, with `about` in its labeling_model.json.

        A model of texts is a plain sentence-transformers model whose vectors are the logits of the
        encoder; one that reads images too is one such encoder each, with the head beside them. What
        words add stands beside.
        """
        from safetensors.torch import save_file

        if self.reads == ("text",):
            from sentence_transformers import SentenceTransformer
            from sentence_transformers.sentence_transformer.modules import Dense, Normalize

            modules = [module for module in self.text if not isinstance(module, Normalize)]
            dense = Dense(
                self.head.in_features,
                len(self.classes),
                activation_function=nn.Identity(),
                init_weight=self.head.weight.detach().cpu(),
                init_bias=self.head.bias.detach().cpu(),
            )
            whole = SentenceTransformer(modules=[*modules, Normalize(), dense], device="cpu")
            whole.max_seq_length = self.text.max_seq_length
            whole.save(str(folder), create_model_card=False)
        else:
            folder.mkdir(parents=True)
            for name in self.reads:
                getattr(self, name).save(str(folder / name), create_model_card=False)
            tensors = {name: part.contiguous() for name, part in self.head.state_dict().items()}
            save_file(tensors, str(folder / HEAD))
        if self.words is not None:
            self.words.save(folder)
        config = {"classes": list(self.classes), "reads": list(self.reads), **about}
        (folder / CONFIG).write_text(json.dumps(config, indent=1, sort_keys=True) + "\n", "utf-8")


def build_model(
    classes: Sequence[str],
    text_encoder: str | None,
    image_encoder: str | None,
    max_tokens: int,
    device: str,
) -> SignalModel:
    """Return a model with pretrained encoders and a head that knows nothing yet.

    Raises EncoderError for an encoder that cannot be loaded, TrainingError for one that does not read
    its part.
    """
    text = _encoder(text_encoder, "text", device)
    if text is not None:
        text.max_seq_length = min(text.max_seq_length or max_tokens, max_tokens)
    return SignalModel(classes, text, _encoder(image_encoder, "image", device)).to(
        torch.device(device)
    )


def load_model(folder: str | Path, device: str = "auto") -> SignalModel:
    """Return a model that `train` wrote. Raises TrainingError where the folder holds none."""
    from safetensors import SafetensorError
    from safetensors.torch import load_file

    found, where = open_model(folder), pick_device(device)
    try:
        if found.reads == ("text",):
            text = load_pretrained(str(found.path), where)
            model = SignalModel(found.classes, text, None, text.pop(-1).linear)
        else:
            parts = {name: load_pretrained(str(found.path / name), where) for name in found.reads}
            model = SignalModel(found.classes, parts.get("text"), parts["image"])
            model.head.load_state_dict(load_file(str(found.path / HEAD)))
        model.words = Words.load(found.path)
    except (
        EncoderError,
        SafetensorError,
        OSError,
        RuntimeError,
        AttributeError,
        ValueError,
        KeyError,
        TypeError,
    ) as error:
        why = " ".join(str(error.__cause__ or error).split())[:200]
        raise TrainingError(
            f"The model in {found.path} is damaged ({why}); train it again with "
            "`labeling train NAME@VERSION`."
        ) from error
    return model.to(torch.device(where)).train(False)


def pick_device(device: str) -> str:
    """Return cpu, cuda or mps. Raises TrainingError for another, or one that is not there."""
    if device == "auto":
        return "cuda" if torch.cuda.is_available() else "cpu"
    there = {
        "cpu": True,
        "cuda": torch.cuda.is_available(),
        "mps": torch.backends.mps.is_available(),
    }
    if device not in there:
        raise TrainingError(f"The device is {device!r}; it must be auto, cpu, cuda or mps.")
    if not there[device]:
        raise TrainingError(
            f"There is no {device.upper()} device here; say --device cpu, or leave it out."
        )
    return device


def precision(device: str, wanted: str = "auto") -> AbstractContextManager[Any]:
    """Return a context that computes in bfloat16: where it is fast, or where it is wanted."""
    if wanted == "float32" or (wanted == "auto" and not half_is_fast(device)):
        return nullcontext()
    return half(device)


def _encoder(name: str | None, reads: str, device: str) -> Any:
    if name is None:
        return None
    encoder = load_pretrained(name, device)
    if reads not in encoder.modalities:
        known = ", ".join(map(str, encoder.modalities))
        raise TrainingError(
            f"The encoder {name!r} reads no {reads} (it reads {known}); name another."
        )
    return encoder


def _width(encoder: Any) -> int:
    return int(encoder.get_embedding_dimension())
