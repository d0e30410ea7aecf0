"""Images that lie in the rows of a version, as structs of `bytes` (a file) and `path`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import pyarrow as pa

if TYPE_CHECKING:
    from PIL.Image import Image

WIDE = pa.struct([("bytes", pa.large_binary()), ("path", pa.string())])


def widened(table: pa.Table) -> pa.Table:
    """Return rows whose embedded images can be joined and taken however large they are together: Arrow's
    `binary` ends at 2 GB. Nothing is copied but offsets."""
    place = table.schema.get_field_index("image")
    if place < 0 or not pa.types.is_struct(table.schema.field(place).type):
        return table
    return table.set_column(place, "image", table.column(place).cast(WIDE))


def picture(value: Mapping[str, Any] | None) -> Image | None:
    """Return an embedded image, RGB and at most 384 pixels on its longer side; None where there is none.

    Raises ImageFault where its bytes are no image. Needs Pillow and numpy.
    """
    from labeling.images.decoding import LARGE, decode

    return decode(value["bytes"], LARGE).image if value and value["bytes"] else None
