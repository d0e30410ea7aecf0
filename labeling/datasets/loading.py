"""A dataset version in the hands of a training job: as an Arrow table, a DataFrame, a Hugging Face
dataset or a torch dataset, whole or in batches."""

from __future__ import annotations

import glob
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Literal

import pyarrow as pa
import pyarrow.parquet as pq

from labeling.datasets.finding import LATEST, find_version, split_reference
from labeling.datasets.manifest import MANIFEST, Manifest
from labeling.datasets.pulling import cache_folder, pull
from labeling.datasets.verifying import verify
from labeling.errors import DatasetError
from labeling.shards import Store

As = Literal["arrow", "pandas", "hf", "torch"]
BATCH = 1_024
"""Rows in a batch of a stream, unless told otherwise."""


def load(
    source: str | Path,
    split: str = "train",
    as_: As = "arrow",
    *,
    stream: bool = False,
    batch_rows: int = BATCH,
    check: bool = True,
) -> Any:
    """Return the rows of one split of a version.

    `source` is a version's folder, or `STORE/NAME@v0007`, which is pulled into the cache folder
    first (LABELING_CACHE, else ~/.cache/labeling); without STORE the one in LABELING_STORE.

    | `as_` | whole | `stream=True`, in bounded memory |
    |---|---|---|
    | arrow | `pyarrow.Table` | iterator of `pyarrow.RecordBatch` |
    | pandas | `DataFrame` | iterator of `DataFrame` |
    | hf | `datasets.Dataset` | `datasets.IterableDataset` |
    | torch | `torch.utils.data.Dataset` of dicts | `torch.utils.data.IterableDataset` |

    torch's dicts have every column; `label` (int64), `soft_label` (float32 [k]), `weight` (float32) are
    tensors, and `text` is title and description. Images that a version embeds are PIL images in hf's and
    torch's rows, None where there is none; in arrow and pandas they are structs of `bytes` and `path`.

    Every byte is checked first, unless `check=False`. Raises DatasetError where that fails, where there
    is no such split, or for `@latest`: a training job names its version.
    """
    if as_ not in ("arrow", "pandas", "hf", "torch"):
        raise DatasetError(f"as_ is {as_!r}; it is arrow, pandas, hf or torch.")
    if not isinstance(source, str | Path):
        raise DatasetError(f"source is {source!r}; name a version's folder, or STORE/NAME@v0007.")
    if batch_rows < 1:
        raise DatasetError(f"batch_rows is {batch_rows}; a batch has at least 1 row.")
    folder, manifest = _find(source, check)
    if split not in manifest.rows_by_split:
        raise DatasetError(
            f"{manifest.reference} has no split {split!r}; it has "
            f"{', '.join(manifest.rows_by_split)}."
        )
    paths = [str(folder / file.path) for file in manifest.data_files(split)]
    if as_ == "hf":
        import datasets

        patterns = {split: [glob.escape(path) for path in paths]}
        # its cache is by this name, not by what the files hold
        return datasets.load_dataset(
            "parquet", manifest.folder, data_files=patterns, split=split, streaming=stream
        )
    if as_ == "torch":
        from labeling.datasets import torch_rows

        if stream:
            return torch_rows.StreamedRows(paths, batch_rows)
        return torch_rows.Rows(_table(paths))
    if stream:
        batches = _batches(paths, batch_rows)
        return batches if as_ == "arrow" else (batch.to_pandas() for batch in batches)
    table = _table(paths)
    return table if as_ == "arrow" else table.to_pandas()


def _find(source: str | Path, check: bool) -> tuple[Path, Manifest]:
    """Return the version's folder and manifest, pulled where the source is a reference."""
    if "@" not in str(source) or (Path(source) / MANIFEST).is_file():
        folder = Path(source).expanduser()
        return folder, verify(folder) if check else _manifest(folder)
    url, reference = split_reference(str(source))
    url = url or os.environ.get("LABELING_STORE", "")
    if not url:
        raise DatasetError(
            f"{source!r} does not say where the version lies; write STORE/{reference}, set "
            "LABELING_STORE, or name the folder of a pulled version."
        )
    if reference.endswith(f"@{LATEST}"):
        raise DatasetError(
            f"{source!r} is another version tomorrow; a training job names one, as in NAME@v0007."
        )
    store = Store(url)
    _, manifest = find_version(store, reference)
    cache = cache_folder(os.environ.get("LABELING_CACHE", ""))
    if cache is None:
        cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "labeling"
    folder = cache / "versions" / manifest.name / manifest.folder
    return folder, pull(store, manifest.reference, folder, cache=cache)


def _manifest(folder: Path) -> Manifest:
    path = folder / MANIFEST
    if not path.is_file():
        raise DatasetError(f"{folder} is no dataset version: it holds no {MANIFEST}; pull it.")
    return Manifest.from_bytes(path.read_bytes())


def _table(paths: list[str]) -> pa.Table:
    return pa.concat_tables([pq.ParquetFile(path).read() for path in paths])


def _batches(paths: list[str], rows: int) -> Iterator[pa.RecordBatch]:
    for path in paths:
        with pq.ParquetFile(path) as file:
            yield from file.iter_batches(rows)
