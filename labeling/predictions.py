"""What a model says of a shard's pins, as the predict step left it."""

from __future__ import annotations

import numpy as np

from labeling.collection import Collection, Shard
from labeling.list_columns import read_lists
from labeling.model_folder import ModelFolder
from labeling.shards import Store


def predictions_folder(model: ModelFolder) -> str:
    """Return where a model's predictions on all collections lie."""
    return f"predictions/{model.fingerprint}"


def predictions_key(model: ModelFolder, collection: Collection, shard: Shard) -> str:
    """Return where a model's predictions on a shard lie; the path names the model's content, not its
    folder, and the pins."""
    retries = collection.retries if "image" in model.reads else 0
    folder = f"{collection.name}+{retries}" if retries else collection.name
    return f"{predictions_folder(model)}/{folder}/{shard.id}.parquet"


def read_predictions(
    store: Store, model: ModelFolder, collection: Collection, shard: Shard
) -> np.ndarray:
    """Return P(class) of a shard's pins, float32 [n, k]; all zeros where a pin has none of what the
    model reads."""
    table = store.read_table(predictions_key(model, collection, shard), ["probability"])
    return read_lists(table.column("probability"))
