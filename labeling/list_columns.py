"""Rows of equal length as a column of a table."""

from __future__ import annotations

import numpy as np
import pyarrow as pa


def list_column(rows: np.ndarray) -> pa.Array:
    """Return [n, d] as an Arrow array of n fixed-size lists of the same dtype."""
    return pa.FixedSizeListArray.from_arrays(pa.array(rows.reshape(-1)), rows.shape[1])


def read_lists(column: pa.ChunkedArray) -> np.ndarray:
    """Return what `list_column` made, [n, d]."""
    chunk = column.combine_chunks()
    return chunk.flatten().to_numpy(zero_copy_only=False).reshape(len(chunk), -1)
