"""What the step left of a shard's images: looks, and thumbnails one by one or by ranges."""

from __future__ import annotations

import base64
import io
from collections.abc import Sequence

import pyarrow as pa
from PIL import Image

from labeling.collection import Collection, Shard
from labeling.images.looking import looks_key, thumbnails_key
from labeling.shards import Store


def read_looks(
    store: Store, collection: Collection, shard: Shard, columns: Sequence[str] | None = None
) -> pa.Table:
    """Return what was seen of a shard's images (`looking.SCHEMA`), a row per pin in their order.

    Raises StoreError where nobody looked yet.
    """
    return store.read_table(looks_key(collection, shard), list(columns) if columns else None)


def read_thumbnails(
    store: Store, collection: Collection, shard: Shard, rows: Sequence[int] | None = None
) -> list[bytes | None]:
    """Return thumbnails as JPEG files, None where a pin has none: of the rows, or of all.

    A whole shard of 50,000 is about a gigabyte; `rows=range(a, b)` reads only what holds those.
    """
    key = thumbnails_key(collection, shard)
    wanted = range(shard.rows) if rows is None else rows
    return store.read_rows(key, wanted).column("jpeg").to_pylist()


def one_thumbnail(store: Store, collection: Collection, shard: Shard, row: int) -> bytes | None:
    """Return the thumbnail of one pin as a JPEG file, or None; reads one row group."""
    return read_thumbnails(store, collection, shard, [row])[0]


def as_image(jpeg: bytes) -> Image.Image:
    """Return a thumbnail as an RGB image."""
    image = Image.open(io.BytesIO(jpeg), formats=["JPEG"])
    image.load()
    return image


def small_picture(jpeg: bytes, side: int) -> str:
    """Return a thumbnail of a thumbnail as a data URI, at most `side` pixels on its longer side."""
    image = Image.open(io.BytesIO(jpeg), formats=["JPEG"])
    image.draft("RGB", (side, side))
    image.thumbnail((side, side))
    sink = io.BytesIO()
    image.convert("RGB").save(sink, "JPEG", quality=70)
    return f"data:image/jpeg;base64,{base64.b64encode(sink.getvalue()).decode()}"
