"""The bytes of an image file -> a small RGB image, upright, or the fault that it has."""

from __future__ import annotations

import io
import threading
import warnings
from dataclasses import dataclass

import numpy as np
from PIL import Image

from labeling.errors import ImageFault
from labeling.pins import clean

FORMATS = ("JPEG", "PNG", "WEBP", "GIF", "BMP")
"""What is decoded; SVG is not: it is a program, and would run on the review page."""
SIDE = 384
"""Longest side of what is kept, in pixels: a crop of 224 for an encoder fits in."""
LARGE = 16_000_000
"""Pixels from which a process decodes one image at a time, so that threads do not add up."""
ORIENTATION = 0x0112
TURNS = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}
"""What makes an image upright, by the value of its EXIF orientation."""
SIDEWAYS = {TURNS[orientation] for orientation in (5, 6, 7, 8)}

_one_large = threading.Lock()
# what Pillow warns of (many pixels, a corrupt EXIF block) is judged below, and stderr is the bar's
warnings.filterwarnings("ignore", module=r"PIL\.")


@dataclass(frozen=True, kw_only=True)
class Picture:
    """A decoded image."""

    image: Image.Image
    """RGB, at most SIDE on the longer side, alpha over white, turned as its EXIF says."""
    width: int
    height: int
    """Of the original, upright."""


def decode(data: bytes, max_pixels: int) -> Picture:
    """Return the first frame of an image file; all of its data is read.

    Raises ImageFault with one sentence where it is no whole image, or too large.
    """
    if not data:
        raise ImageFault("it is empty (0 bytes)")
    try:
        with Image.open(io.BytesIO(data), formats=FORMATS) as image:
            if image.width * image.height > max_pixels:
                raise _too_many_pixels(max_pixels)
            if image.width * image.height < LARGE:
                return _picture(image)
            with _one_large:
                return _picture(image)
    except ImageFault:
        raise
    except Image.UnidentifiedImageError:
        raise ImageFault(_what_else(data)) from None
    except Image.DecompressionBombError:
        raise _too_many_pixels(max_pixels) from None
    except Exception as error:  # noqa: BLE001 decoders raise many kinds; each is counted and shown
        text = " ".join(clean(str(error)).split())[:120] or type(error).__name__
        raise ImageFault(f"it is not a whole image: {text}") from None


def _picture(image: Image.Image) -> Picture:
    width, height = image.size
    turn = _turn(image)
    image.draft(None, (2 * SIDE, 2 * SIDE))  # a large JPEG is decoded at a fraction of its size
    image.load()
    small = _small(image)
    if turn is not None:
        small = small.transpose(turn)
    if turn in SIDEWAYS:
        width, height = height, width
    return Picture(image=small, width=width, height=height)


def _turn(image: Image.Image) -> Image.Transpose | None:
    try:
        return TURNS.get(image.getexif().get(ORIENTATION, 1))
    except Exception:  # noqa: BLE001 an EXIF block that cannot be read turns nothing
        return None


def _small(image: Image.Image) -> Image.Image:
    """Return an image in RGB, shrunk: alpha over white, 16 bits scaled to 8. It is shrunk first, as
    each conversion is a copy of all pixels."""
    see_through = image.has_transparency_data
    if image.mode.startswith("I"):  # Pillow would clip at 255
        values = np.asarray(image).astype(np.float32) / 257
        image = Image.fromarray(values.clip(0, 255).astype(np.uint8))
    elif see_through and image.mode not in ("RGBA", "LA"):
        image = image.convert("RGBA")
    elif image.mode in ("P", "1"):  # of these, shrinking would pick pixels
        image = image.convert("RGB")
    image.thumbnail((SIDE, SIDE), Image.Resampling.LANCZOS)
    if see_through and image.mode in ("RGBA", "LA"):
        image = image.convert("RGBA")
        image = Image.alpha_composite(Image.new("RGBA", image.size, "white"), image)
    return image.convert("RGB")


def _too_many_pixels(limit: int) -> ImageFault:
    return ImageFault(f"it has more than {limit:,} pixels, which image_max_pixels allows")


def _what_else(data: bytes) -> str:
    start = data[:1024].lstrip(b"\xef\xbb\xbf \t\r\n").lower()
    if b"<svg" in start:
        return "it is an SVG, which is not read: it can carry scripts"
    if start.startswith((b"<!doctype html", b"<html", b"<head", b"<body")):
        return "it is a web page, not an image"
    return f"it is not an image of a kind that is read ({', '.join(FORMATS)})"
