"""Bringing a model's predictions on a collection up to date, on the engine of the workspace."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import lru_cache, partial
from typing import TYPE_CHECKING, Any

import numpy as np

from labeling.collection import Collection, Shard, read_pins, unfinished
from labeling.contents import NOTHING, Advance, content_of, holders, make_once, with_contents
from labeling.images.reading import as_image, read_looks, read_thumbnails
from labeling.model_folder import ModelFolder
from labeling.passes import ahead
from labeling.pins import PinBatch
from labeling.predictions import predictions_folder, predictions_key
from labeling.seeing import look_at_new
from labeling.shards import Store
from labeling.workspace import Workspace

if TYPE_CHECKING:
    from labeling.training.model import Inputs, SignalModel

TEXTS_AT_ONCE = 8_192
"""Tokenized texts in memory, of nearly equal length: little of a pass is padding."""
IMAGES_AT_ONCE = 128
"""Decoded images in memory."""


def predict_with(workspace: Workspace, model: ModelFolder, collection: Collection) -> int:
    """Bring a model's predictions up to date; return how many shards lacked them."""
    if "image" in model.reads and collection.images:
        look_at_new(workspace, collection)
    store = workspace.store
    todo = unfinished(store, collection.shards, partial(predictions_key, model, collection))
    read = partial(contents, store, model, collection)
    step = PredictShard(
        store=store,
        model=model,
        device=workspace.settings.device,
        collection=replace(collection, shards=()),  # it travels with every task
        reuse=holders(store, predictions_folder(model), todo, read),
    )
    workspace.run_model(step, todo, title="predict")
    return len(todo)


def contents(store: Store, model: ModelFolder, collection: Collection, shard: Shard) -> np.ndarray:
    """Return a digest of what the model sees of each pin, int64 [n]; 0 for nothing."""
    parts = []
    if "text" in model.reads:
        parts.append([content_of(text) for text in _texts(store, shard)])
    if "image" in model.reads and shard.images:
        seen = read_looks(store, collection, shard, ["content"])
        parts.append(seen.column("content").to_pylist())
    if not parts:
        return np.full(shard.rows, NOTHING, dtype=np.int64)
    if len(parts) == 1:
        return np.array(parts[0], dtype=np.int64)
    pairs = zip(*parts, strict=True)
    return np.array([content_of(f"{t} {i}") if t or i else NOTHING for t, i in pairs], np.int64)


def _texts(store: Store, shard: Shard) -> list[str]:
    return PinBatch(read_pins(store, shard, ["title", "description"])).column("text")


@dataclass(frozen=True, kw_only=True)
class PredictShard:
    """The step: predictions on one shard, columns `content` (int64) and `probability` (float32 [k])."""

    store: Store
    model: ModelFolder
    device: str
    collection: Collection
    reuse: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """See `labeling.contents.holders`."""

    @property
    def gpus(self) -> int:
        """GPUs that it wants for itself."""
        return int(self.device == "cuda")

    def __call__(self, shard: Shard, advance: Advance = lambda count: None) -> None:
        """Finish the predictions on a shard; `advance` hears of pins."""
        content = contents(self.store, self.model, self.collection, shard)
        found = make_once(
            self.store,
            content,
            self.reuse.get(shard.id, ()),
            ["probability"],
            lambda rows: [self._predict(shard, rows, advance)],
            advance,
        )
        if found is None:
            found = [np.zeros((shard.rows, len(self.model.classes)), dtype=np.float32)]
        key = predictions_key(self.model, self.collection, shard)
        self.store.write_table(key, with_contents(content, {"probability": found[0]}))

    def _predict(self, shard: Shard, rows: np.ndarray, advance: Advance) -> np.ndarray:
        """Return P(class) of some of a shard's pins, float32 [m, k]."""
        model = _loaded(self.model, self.device)
        every = _texts(self.store, shard)
        texts = [every[row] for row in rows.tolist()]
        found = np.empty((len(rows), len(self.model.classes)), dtype=np.float32)
        sees_images = "image" in self.model.reads and shard.images
        size = IMAGES_AT_ONCE if sees_images else TEXTS_AT_ONCE
        # by their length, but for images: thumbnails lie in the order of the pins
        order = np.arange(len(rows)) if sees_images else np.argsort(list(map(len, texts)))

        def prepare(start: int) -> tuple[np.ndarray, Inputs]:
            some = order[start : start + size]
            images = self._images(shard, rows[some].tolist()) if sees_images else [None] * len(some)
            return some, model.inputs(
                [texts[number] for number in some.tolist()], images.__getitem__
            )

        for some, inputs in ahead(prepare, range(0, len(rows), size)):
            found[some] = model.probabilities(inputs, advance)
        return found

    def _images(self, shard: Shard, rows: Sequence[int]) -> list[Any]:
        """Return the images of some pins as training reads them, None where a pin has none."""
        from labeling.training.rows import seen

        jpegs = read_thumbnails(self.store, self.collection, shard, rows)
        return [jpeg and seen(as_image(jpeg)) for jpeg in jpegs]


@lru_cache(maxsize=1)
def _loaded(model: ModelFolder, device: str) -> SignalModel:
    from labeling.training import load_model  # loads torch

    return load_model(model.path, device)
