"""What the last run's probe says of some pins: predictions of a model that did not see their answers."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from labeling.errors import WorkspaceError
from labeling.list_columns import read_lists
from labeling.map_points import Sources
from labeling.records import last_report
from labeling.shards import Store
from labeling.signals import Signal
from labeling.workspace import Workspace


def probe_of_last_run(
    workspace: Workspace, signal: Signal, collection: str, pin_ids: Sequence[str]
) -> np.ndarray | None:
    """Return P(class) of some pins by the probe of the last run, float64 [n, k]; None where there is
    no run that fits the collection and the classes as they are now."""
    pins = workspace.collection(collection)
    try:
        sources = Sources.of_report(last_report(workspace, signal.name, collection), pins)
    except WorkspaceError:  # there was no run yet
        return None
    if sources is None or sources.classes != signal.classes:
        return None
    keys = [f"{sources.doubts}/{shard.id}.probe.parquet" for shard in pins.shards]
    if not set(keys) <= set(workspace.store.keys(sources.doubts)):
        return None
    return read_probe(workspace.store, keys, pin_ids, len(signal.classes))


def read_probe(
    store: Store, keys: Sequence[str], pin_ids: Sequence[str], classes: int
) -> np.ndarray:
    """Return P(class) of some pins, float64 [n, k], from tables with the columns pin_id and probe; a
    pin in none of them could be anything."""
    rows = {pin_id: row for row, pin_id in enumerate(pin_ids)}
    asked = pa.array(list(pin_ids), pa.string())
    found = np.full((len(rows), classes), 1 / classes)
    for key in keys:
        table = store.read_table(key, ["pin_id", "probe"])
        table = table.filter(pc.is_in(table.column("pin_id"), asked))
        at = [rows[pin_id] for pin_id in table.column("pin_id").to_pylist()]
        if at:
            found[at] = read_lists(table.column("probe"))
    return found / found.sum(axis=1, keepdims=True)
