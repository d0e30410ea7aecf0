"""The step: pins -> what was seen of their images, in parts of a shard that are joined when all are
there. A killed run loses the parts under way, and one large shard uses all cores."""

from __future__ import annotations

import io
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass, fields
from typing import Any

import numpy as np
import pyarrow as pa

from labeling.collection import Collection, Shard, read_pins
from labeling.errors import ImageFault
from labeling.fingerprints import bytes_digest, fingerprint
from labeling.images.decoding import FORMATS, SIDE, decode
from labeling.images.limits import Limits
from labeling.images.measuring import Measures, measure, perceptual_hash
from labeling.images.opening import is_url, open_image
from labeling.shards import Store

VERSION = 1
"""Of the measures and thumbnails; raise it where they change."""
QUALITY = 85
"""Of the thumbnails' JPEG."""
PART_PINS = 256
GROUP_ROWS = 32
"""Thumbnails that are read to get at one: half a megabyte."""

FINGERPRINT = fingerprint("images", VERSION, SIDE, QUALITY, FORMATS)
"""Names the looks. The limits are not in it: they only decide which pins have a fault, and
`labeling images --again` tries those anew."""

MEASURES = tuple(field.name for field in fields(Measures))
SCHEMA = pa.schema(
    [
        pa.field("content", pa.int64()),  # of the file's bytes, 63 bits; 0 where none were decoded
        pa.field("fault", pa.string()),
        pa.field("width", pa.int32()),  # upright, in pixels; 0 where there is no image
        pa.field("height", pa.int32()),
        pa.field("aspect", pa.float32()),  # width over height
        *(pa.field(name, pa.float32()) for name in MEASURES),  # NaN where there is no image
        pa.field("phash", pa.int64()),  # 64 bits; means nothing where `content` is 0
    ]
)
THUMBNAILS = pa.schema([pa.field("jpeg", pa.binary())])
PART_SCHEMA = pa.unify_schemas([SCHEMA, THUMBNAILS])

Seen = dict[str, Any]
"""The columns of PART_SCHEMA, of one pin."""


def looks_key(collection: Collection, shard: Shard) -> str:
    """Return where a shard's looks lie; written last, so they are the sign that all is there."""
    return f"images/{FINGERPRINT}/{collection.name}/{shard.id}.parquet"


def thumbnails_key(collection: Collection, shard: Shard) -> str:
    """Return where a shard's thumbnails lie."""
    return f"thumbnails/{FINGERPRINT}/{collection.name}/{shard.id}.parquet"


def look(image: str, root: str | None, limits: Limits) -> Seen:
    """Return what is seen of one pin's image; a fault is a column, never an error."""
    if not image:
        return _nothing(None)
    try:
        data = open_image(image, root, limits)
        picture = decode(data, limits.max_pixels)
    except ImageFault as fault:
        return _nothing(str(fault))
    jpeg = io.BytesIO()
    # without this the file's comment, of up to 64 KB, is in its thumbnail; pixels stay, so VERSION does
    picture.image.save(jpeg, "JPEG", quality=QUALITY, comment=b"")
    return {
        "content": bytes_digest(data),
        "fault": None,
        "width": picture.width,
        "height": picture.height,
        "aspect": picture.width / picture.height,
        **asdict(measure(picture.image)),
        "phash": perceptual_hash(picture.image),
        "jpeg": jpeg.getvalue(),
    }


def _nothing(fault: str | None) -> Seen:
    unknown = dict.fromkeys(("aspect", *MEASURES), np.nan)
    empty = {"content": 0, "fault": fault, "width": 0, "height": 0, "phash": 0, "jpeg": None}
    return empty | unknown


@dataclass(frozen=True, kw_only=True)
class Part:
    """Some rows of a shard."""

    shard: Shard
    start: int
    stop: int


def parts_of(shard: Shard) -> list[Part]:
    """Return the parts of a shard."""
    starts = range(0, shard.rows, PART_PINS)
    return [Part(shard=shard, start=s, stop=min(s + PART_PINS, shard.rows)) for s in starts]


def parts_folder(collection: Collection) -> str:
    """Return where the parts of shards that are not finished lie."""
    return f"looking/{FINGERPRINT}/{collection.name}"


def part_key(collection: Collection, part: Part) -> str:
    """Return where a part lies."""
    return f"{parts_folder(collection)}/{part.shard.id}-{part.start:07d}.parquet"


@dataclass(frozen=True, kw_only=True)
class LookPart:
    """The step: look at the images of a part."""

    store: Store
    collection: Collection
    limits: Limits

    def __call__(self, part: Part) -> int:
        """Finish a part, where it is not there already; return how many of its pins have images."""
        pins = read_pins(self.store, part.shard, ["image", "source"])
        pins = pins.slice(part.start, part.stop - part.start)
        key = part_key(self.collection, part)
        if not self.store.exists(key):
            seen = _look_at(pins, self.collection, self.limits)
            self.store.write_table(key, pa.Table.from_pylist(seen, PART_SCHEMA))
        return sum(map(bool, pins.column("image").to_pylist()))


@dataclass(frozen=True, kw_only=True)
class LookShard:
    """The step: join the parts of a shard, all of which are there, to its looks and thumbnails."""

    store: Store
    collection: Collection

    def __call__(self, shard: Shard) -> None:
        """Finish the looks of a shard."""
        store, collection = self.store, self.collection
        keys = [part_key(collection, part) for part in parts_of(shard)]
        thumbnails = (store.read_table(key, THUMBNAILS.names) for key in keys)
        store.write_in_groups(thumbnails_key(collection, shard), thumbnails, GROUP_ROWS)
        looks = pa.concat_tables(store.read_tables(keys, SCHEMA.names))
        store.write_table(looks_key(collection, shard), looks)
        for key in keys:
            store.delete(key)


@dataclass(frozen=True, kw_only=True)
class LookAgain:
    """The step: try the faulty pins of a shard anew."""

    store: Store
    collection: Collection
    limits: Limits

    def __call__(self, shard: Shard) -> int:
        """Replace the looks of a shard where a fault is gone or is another; return how many went."""
        store, collection = self.store, self.collection
        looks = store.read_table(looks_key(collection, shard)).to_pylist()
        rows = [row for row, before in enumerate(looks) if before["fault"] is not None]
        if not rows:
            return 0
        pins = read_pins(store, shard, ["image", "source"]).take(rows)
        seen = dict(zip(rows, _look_at(pins, collection, self.limits), strict=True))
        anew = {row: look for row, look in seen.items() if look["fault"] is None}
        if anew:
            key = thumbnails_key(collection, shard)
            store.write_in_groups(key, _replaced(store, key, shard.rows, anew), GROUP_ROWS)
        for row, look in seen.items():
            looks[row] = {name: look[name] for name in SCHEMA.names}
        store.write_table(looks_key(collection, shard), pa.Table.from_pylist(looks, SCHEMA))
        return len(anew)


def _look_at(pins: pa.Table, collection: Collection, limits: Limits) -> list[Seen]:
    images, sources = (pins.column(name).to_pylist() for name in ("image", "source"))

    def one(image: str, source: str) -> Seen:
        return look(image, collection.sources.get(source), limits)

    if not any(is_url(image) for image in images):
        return list(map(one, images, sources))  # what is here waits for nothing but this core
    with ThreadPoolExecutor(limits.threads) as threads:
        return list(threads.map(one, images, sources))


def _replaced(store: Store, key: str, count: int, anew: dict[int, Seen]) -> Iterator[pa.Table]:
    """Yield the thumbnails of a shard, with new ones in the places of some."""
    for start in range(0, count, PART_PINS):
        rows = range(start, min(start + PART_PINS, count))
        before = store.read_rows(key, rows).column("jpeg").to_pylist()
        jpegs = [anew[r]["jpeg"] if r in anew else b for r, b in zip(rows, before, strict=True)]
        yield pa.table({"jpeg": jpegs}, schema=THUMBNAILS)
