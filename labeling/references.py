"""The references of scoring functions as artifacts: named by what they hold, so equal ones are one."""

from __future__ import annotations

import json

import numpy as np
import pyarrow as pa

from labeling.fingerprints import fingerprint
from labeling.functions import References
from labeling.shards import Store


def write_references(store: Store, references: References, *made_with: str) -> str:
    """Finish references and return their key; `made_with` names what else votes depend on."""
    centers = references.centers
    digest = fingerprint(
        references.vectors.tobytes().hex(),
        references.labels.tolist(),
        references.ids,
        None if centers is None else centers.tobytes().hex(),
        references.threshold,
        made_with,
    )
    key = f"references/{digest}.parquet"
    if not store.exists(key):
        settings = {"threshold": references.threshold, "dtype": str(references.vectors.dtype)}
        table = pa.table(
            {
                "vector": [row.tobytes() for row in references.vectors],
                "label": pa.array(references.labels, pa.int8()),
                "id": pa.array(references.ids or [""] * len(references.labels), pa.string()),
            }
        )
        if centers is not None:
            settings["centers"] = centers.tolist()
        store.write_table(key, table.replace_schema_metadata({"settings": json.dumps(settings)}))
    return key


def read_references(store: Store, key: str) -> References:
    """Return what `write_references` finished."""
    table = store.read_table(key)
    settings = json.loads(table.schema.metadata[b"settings"])
    dtype = np.dtype(settings["dtype"])
    vectors = [np.frombuffer(row, dtype) for row in table.column("vector").to_pylist()]
    stacked = np.stack(vectors) if vectors else np.empty((0, 1), dtype)
    centers = settings.get("centers")
    return References(
        vectors=stacked[:, 0] if dtype == np.int64 else stacked,
        labels=table.column("label").to_numpy(),
        ids=tuple(table.column("id").to_pylist()),
        centers=None if centers is None else np.array(centers, dtype=np.float32),
        threshold=settings["threshold"],
    )
