"""Parquet -> rows, a batch at a time; only plain types, and lists and objects of them, are let in."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from labeling.errors import ReadError
from labeling.readers.rows import BadRow, Reader, Row, as_columns

BATCH_ROWS = 10_000


def read_parquet(path: Path, encoding: str = "utf-8") -> Reader:
    """Return the rows of a Parquet file.

    Raises ReadError where the file is cut off or not Parquet, has no rows, or a column's type is
    binary or an extension type (those have run code in other readers), or holds one.
    """
    if path.stat().st_size == 0:
        raise ReadError(f"{path} is empty; it needs at least one row.")
    try:
        file = pq.ParquetFile(path)
    except PermissionError:
        raise
    except (pa.ArrowInvalid, OSError) as error:
        raise ReadError(
            f"{path} is not a whole Parquet file ({error}); it was cut off or is still being written."
        ) from error
    names = file.schema_arrow.names
    if len(set(names)) != len(names):
        file.close()
        raise ReadError(
            f"{path} has a repeated column name ({', '.join(names)}); every column needs its own."
        )
    for column in file.schema_arrow:
        if not _is_plain(column.type):
            file.close()
            raise ReadError(
                f"The column {column.name!r} of {path} has the type {column.type}; only text, "
                "numbers, booleans and dates are read, alone or in lists and objects: drop or convert "
                "it (images to files whose paths stand in the column)."
            )
    if file.metadata.num_rows == 0:
        file.close()
        raise ReadError(f"{path} has no rows; it needs at least one.")
    return Reader(
        path=path,
        format="parquet",
        columns=tuple(name for column in file.schema_arrow for name in _names(column)),
        rows=lambda: _rows(file, path),
    )


def _names(column: pa.Field, within: str = "") -> list[str]:
    """Return the columns that `as_columns` makes of one."""
    name = f"{within}{column.name}"
    if not pa.types.is_struct(column.type):
        return [name]
    return [found for part in column.type.fields for found in _names(part, f"{name}.")]


def _is_plain(type_: pa.DataType) -> bool:
    if pa.types.is_dictionary(type_) or pa.types.is_list(type_) or pa.types.is_large_list(type_):
        return _is_plain(type_.value_type)
    if pa.types.is_struct(type_):
        return all(_is_plain(part.type) for part in type_.fields)
    checks = (
        pa.types.is_string,
        pa.types.is_large_string,
        pa.types.is_string_view,
        pa.types.is_integer,
        pa.types.is_floating,
        pa.types.is_boolean,
        pa.types.is_temporal,
        pa.types.is_decimal,
        pa.types.is_null,
    )
    return any(check(type_) for check in checks)


def _cells(column: pa.Array) -> list[object]:
    """Return the column's values; undecodable bytes stay as surrogates, for the row's check."""
    try:
        return column.to_pylist()
    except UnicodeDecodeError:
        raw = column.cast(pa.binary()).to_pylist()
        return [cell and cell.decode("utf-8", "surrogateescape") for cell in raw]


def _rows(file: pq.ParquetFile, path: Path) -> Iterator[Row | BadRow]:
    number = 0
    try:
        for batch in file.iter_batches(batch_size=BATCH_ROWS):
            columns = [_cells(column) for column in batch.columns]
            for cells in zip(*columns, strict=True):
                number += 1
                values = dict(zip(batch.schema.names, cells, strict=True))
                yield Row(number, as_columns(values))
    except (pa.ArrowInvalid, OSError) as error:
        raise ReadError(f"{path} is damaged after row {number:,}: {error}.") from error
    finally:
        file.close()
