"""Rows of a dataset version as torch datasets; needs torch, and nothing else beside pyarrow."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import torch
from torch.utils.data import Dataset, IterableDataset, get_worker_info

from labeling.datasets.embedded import picture, widened

TENSORS = {"label": torch.int64, "soft_label": torch.float32, "weight": torch.float32}


def _items(rows: pa.Table | pa.RecordBatch) -> Iterator[dict[str, Any]]:
    embedded = pa.types.is_struct(rows.schema.field("image").type)
    for row in rows.to_pylist():
        item = _item(row)
        if embedded:
            item["image"] = picture(row["image"])
        yield item


def _item(row: dict[str, Any]) -> dict[str, Any]:
    """Return a row with its targets and weight as tensors, and the text that a model reads."""
    tensors = {name: torch.tensor(row[name], dtype=kind) for name, kind in TENSORS.items()}
    text = "\n".join(part for part in (row["title"], row["description"]) if part)
    # the default collating takes no None
    rest = {name: _plain(name, value) for name, value in row.items() if name not in TENSORS}
    return {**rest, "text": text, **tensors}


def _plain(name: str, value: Any) -> Any:
    if value is not None:
        return value
    return float("nan") if name in ("inclusion", "quality") else ""


class Rows(Dataset):
    """The rows of a split, held in memory as Arrow."""

    def __init__(self, table: pa.Table) -> None:
        self.table = widened(table).combine_chunks()

    def __len__(self) -> int:
        return len(self.table)

    def __getitem__(self, index: int) -> dict[str, Any]:
        if not -len(self) <= index < len(self):
            raise IndexError(f"row {index} of {len(self)}")
        (item,) = _items(self.table.slice(index % len(self), 1))
        return item


class StreamedRows(IterableDataset):
    """The rows of a split, read as they are asked for; each worker of a DataLoader reads its own."""

    def __init__(self, paths: list[str], batch_rows: int) -> None:
        self.paths, self.batch_rows = paths, batch_rows

    def __iter__(self) -> Iterator[dict[str, Any]]:
        worker = get_worker_info()
        first, step = (worker.id, worker.num_workers) if worker else (0, 1)
        number = 0
        for path in self.paths:
            with pq.ParquetFile(path) as file:
                for group in range(file.num_row_groups):
                    if number % step == first:
                        for batch in file.iter_batches(self.batch_rows, row_groups=[group]):
                            yield from _items(batch)
                    number += 1
