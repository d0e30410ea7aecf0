"""Which pins a model was made with, so that they do not judge it: those of its dataset version, and
their near-duplicates."""

from __future__ import annotations

import io
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from labeling.datasets import Manifest, find_version
from labeling.duplicates import link_key, text_key
from labeling.errors import DatasetError, ModelError
from labeling.final_labels import GOLD
from labeling.groups import NO_KEY
from labeling.pins import PinBatch
from labeling.shards import Store

TRAINED = "trained the model"
CHOSE = "chose its epoch and its temperature"
COLUMNS = ["pin_id", "title", "description", "link", "group"]


@dataclass(frozen=True, kw_only=True)
class PinKeys:
    """What near-duplicates share, of n pins."""

    ids: list[str]
    groups: list[str]
    """The first pin of each one's group, as the last run found them; its own id where none did."""
    texts: np.ndarray
    """int64 [n]; 0 for no text."""
    links: np.ndarray
    """int64 [n]; 0 for no page."""

    @classmethod
    def of(cls, pins: pa.Table, groups: list[str]) -> PinKeys:
        """Return the keys of pins with their columns title, description and link."""
        texts = map(text_key, PinBatch(pins).column("text"))
        links = map(link_key, pins.column("link").to_pylist())
        return cls(
            ids=pins.column("pin_id").to_pylist(),
            groups=groups,
            texts=np.array([*texts], dtype=np.int64),
            links=np.array([*links], dtype=np.int64),
        )

    def among(self, others: PinKeys, *, by_name: bool) -> np.ndarray:
        """Return which of the pins are among others or near-duplicates of one, bool [n]; `by_name`
        where equal ids mean the same pin."""
        found = np.zeros(len(self.ids), dtype=bool)
        for own, known in ((self.texts, others.texts), (self.links, others.links)):
            found |= np.isin(own, known) & (own != NO_KEY)
        if by_name:
            ids, groups = set(others.ids), set(others.groups)
            pairs = zip(self.ids, self.groups, strict=True)
            found |= np.array([id in ids or group in groups for id, group in pairs], dtype=bool)
        return found


def made_with(
    store: Store, version: str, collection: str, pins: PinKeys, *, with_chosen: bool
) -> dict[str, np.ndarray]:
    """Return why -> which of n pins made a model that was trained on a version, bool [n]: TRAINED it or,
    where wanted, CHOSE it among its epochs.

    The version is read row group by row group: memory grows with the pins that are asked about. Raises
    ModelError where the version is not in the store.
    """
    try:
        key, manifest = find_version(store, version)
    except DatasetError as error:
        raise ModelError(
            f"The model was trained on {version}, which is not in the store {store.url}, so nobody can "
            "say which pins trained it; evaluate it in the workspace that published the version."
        ) from error
    by_name = manifest.collection == collection  # in another collection an id may be another pin's
    found = {}
    for split, why in {"train": TRAINED, **({"validation": CHOSE} if with_chosen else {})}.items():
        there = np.zeros(len(pins.ids), dtype=bool)
        for others in _read(store, key, manifest, split):
            there |= pins.among(others, by_name=by_name)
        found[why] = there
    return found


def trained_as_gold(store: Store, version: str, collection: str) -> set[str]:
    """Return the pins of a collection that trained a model with what people said of them: a large audit
    leaves some of its pins to training, chosen without regard to their labels."""
    key, manifest = find_version(store, version)
    if manifest.collection != collection:
        return set()
    rows = [
        store.read_table(f"{key}/{file.path}", ["pin_id", "label_source"])
        for file in manifest.data_files("train")
    ]
    gold = [table.filter(pc.equal(table.column("label_source"), GOLD)) for table in rows]
    return {id for table in gold for id in table.column("pin_id").to_pylist()}


def _read(store: Store, key: str, manifest: Manifest, split: str) -> Iterator[PinKeys]:
    for file in manifest.data_files(split):
        with pq.ParquetFile(io.BytesIO(store.read_bytes(f"{key}/{file.path}"))) as rows:
            for number in range(rows.num_row_groups):
                table = rows.read_row_group(number, COLUMNS)
                yield PinKeys.of(table, table.column("group").to_pylist())
