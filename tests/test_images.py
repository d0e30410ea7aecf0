"""An image file becomes a small upright RGB image with measures, or a fault of its pin."""

from __future__ import annotations

import io
import os
import struct
import zlib
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from image_server import jpeg
from PIL import Image, ImageDraw, ImageFilter, ImageFont

from labeling.errors import ImageFault
from labeling.images.classic import classic_features
from labeling.images.decoding import decode
from labeling.images.limits import Limits
from labeling.images.looking import look
from labeling.images.measuring import measure, perceptual_hash
from labeling.images.opening import open_image

LIMITS = Limits()


def as_file(image: Image.Image, format: str = "PNG", **options: object) -> bytes:
    file = io.BytesIO()
    image.save(file, format, **options)
    return file.getvalue()


def noise(width: int = 120, height: int = 80) -> Image.Image:
    return Image.effect_noise((width, height), 60).convert("RGB")


def png_header(width: int, height: int) -> bytes:
    """A PNG of a few bytes that says it is of this size."""

    def chunk(name: bytes, data: bytes) -> bytes:
        body = name + data
        return struct.pack(">I", len(data)) + body + struct.pack(">I", zlib.crc32(body))

    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    body = zlib.compress(bytes(1000))
    return (
        b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", body) + chunk(b"IEND", b"")
    )


def fault_of(data: bytes, max_pixels: int = LIMITS.max_pixels) -> str:
    with pytest.raises(ImageFault) as caught:
        decode(data, max_pixels)
    return str(caught.value)


# Files that are no whole image -------------------------------------------------------------------

KINDS = "it is not an image of a kind that is read (JPEG, PNG, WEBP, GIF, BMP)"
PIXELS = "it has more than 100,000,000 pixels, which image_max_pixels allows"


@pytest.mark.parametrize(
    ("data", "says"),
    [
        pytest.param(b"", "it is empty (0 bytes)", id="zero bytes"),
        pytest.param(b"\xff\xd8\xff", KINDS, id="three bytes"),
        pytest.param(b"<!doctype html><html>", "it is a web page, not an image", id="web page"),
        pytest.param(
            b'<?xml version="1.0"?><svg onload="alert(1)"/>',
            "it is an SVG, which is not read: it can carry scripts",
            id="SVG",
        ),
        pytest.param(b"PK\x03\x04 and so on", KINDS, id="other"),
        pytest.param(as_file(noise(), "TIFF"), KINDS, id="TIFF"),
        pytest.param(as_file(noise(), "PPM"), KINDS, id="PPM"),
        pytest.param(png_header(60_000, 60_000), PIXELS, id="bomb"),
        pytest.param(png_header(12_000, 12_000), PIXELS, id="huge"),
    ],
)
def test_a_file_that_is_no_image_says_what_it_is(data: bytes, says: str) -> None:
    assert fault_of(data) == says


@pytest.mark.parametrize("format", ["JPEG", "PNG", "WEBP", "GIF", "BMP"])
@pytest.mark.parametrize("size", [200, 3000], ids=["small", "large"])
def test_a_file_that_is_cut_off_is_seen(format: str, size: int) -> None:
    whole = as_file(noise(size, size), format)
    assert fault_of(whole[: len(whole) // 2]).startswith("it is not a whole image: ")
    assert fault_of(whole[: len(whole) * 9 // 10]).startswith("it is not a whole image: ")


def test_a_file_with_damaged_bytes_does_no_harm() -> None:
    draw = np.random.default_rng(0)
    for format in ("JPEG", "PNG", "WEBP", "GIF", "BMP"):
        whole = np.frombuffer(as_file(noise(), format), dtype=np.uint8)
        for _ in range(60):
            bad = whole.copy()
            bad[draw.integers(0, len(bad), 8)] = draw.integers(0, 256, 8)
            try:
                decode(bad.tobytes(), 10**6)
            except ImageFault as fault:
                assert str(fault)


# Kinds of image ----------------------------------------------------------------------------------


def red_over_nothing(mode: str) -> Image.Image:
    image = Image.new("RGBA", (40, 20), (255, 0, 0, 0))
    image.paste((255, 0, 0, 255), (0, 0, 20, 20))
    return image.quantize(4) if mode == "P" else image


def animation() -> bytes:
    frames = [Image.new("RGB", (30, 20), colour) for colour in ("red", "blue")]
    return as_file(frames[0], "GIF", save_all=True, append_images=frames[1:])


def deep(value: int) -> Image.Image:
    return Image.fromarray(np.full((20, 30), value, dtype=np.uint16))


@pytest.mark.parametrize(
    ("data", "left", "right"),
    [
        pytest.param(as_file(red_over_nothing("RGBA")), "red", "white", id="alpha"),
        pytest.param(as_file(red_over_nothing("P")), "red", "white", id="palette and alpha"),
        pytest.param(as_file(red_over_nothing("RGBA"), "WEBP", lossless=True), "red", "white"),
        pytest.param(
            as_file(Image.new("CMYK", (40, 20), (0, 255, 255, 0)), "JPEG"), "red", "red", id="CMYK"
        ),
        pytest.param(as_file(deep(65535)), "white", "white", id="16 bits, white"),
        pytest.param(as_file(deep(32896)), "#808080", "#808080", id="16 bits, grey"),
        pytest.param(animation(), "red", "red", id="first frame"),
        pytest.param(as_file(Image.new("1", (9, 9), 1)), "white", "white", id="one bit"),
        pytest.param(as_file(Image.new("LA", (9, 9), (0, 0))), "white", "white", id="grey, alpha"),
        pytest.param(as_file(Image.new("RGB", (1, 1), "red")), "red", "red", id="one pixel"),
        pytest.param(as_file(Image.new("RGB", (9000, 2), "red")), "red", "red", id="one line"),
    ],
)
def test_every_kind_becomes_rgb(data: bytes, left: str, right: str) -> None:
    picture = decode(data, LIMITS.max_pixels)
    shown = np.asarray(picture.image).astype(int)
    assert (picture.image.mode, max(picture.image.size) <= 384) == ("RGB", True)
    for colour, pixel in ((left, shown[0, 0]), (right, shown[0, -1])):
        wanted = Image.new("RGB", (1, 1), colour).getpixel((0, 0))
        assert np.abs(pixel - wanted).max() <= 3
    seen = measure(picture.image)
    assert all(np.isfinite(value) for value in vars(seen).values())
    assert isinstance(perceptual_hash(picture.image), int)


@pytest.mark.parametrize("orientation", range(1, 9))
def test_an_image_is_turned_upright(orientation: int) -> None:
    upright = Image.new("RGB", (60, 30), "white")
    upright.paste("red", (0, 0, 20, 10))
    undo = {
        2: Image.Transpose.FLIP_LEFT_RIGHT,
        3: Image.Transpose.ROTATE_180,
        4: Image.Transpose.FLIP_TOP_BOTTOM,
        5: Image.Transpose.TRANSPOSE,
        6: Image.Transpose.ROTATE_90,
        7: Image.Transpose.TRANSVERSE,
        8: Image.Transpose.ROTATE_270,
    }
    stored = upright.transpose(undo[orientation]) if orientation in undo else upright
    exif = Image.Exif()
    exif[0x0112] = orientation
    picture = decode(as_file(stored, "JPEG", quality=95, exif=exif), LIMITS.max_pixels)
    assert (picture.width, picture.height) == picture.image.size == (60, 30)
    assert np.abs(np.asarray(picture.image).astype(int) - np.asarray(upright)).mean() < 5


def test_an_exif_block_that_cannot_be_read_turns_nothing() -> None:
    data = as_file(noise(), "JPEG", exif=b"Exif\x00\x00MM\x00*\xff\xff\xff\xff")
    assert decode(data, LIMITS.max_pixels).width == 120


def test_a_large_image_is_kept_small_and_its_size_known() -> None:
    picture = decode(as_file(noise(3000, 1500), "JPEG"), LIMITS.max_pixels)
    assert (picture.width, picture.height, picture.image.size) == (3000, 1500, (384, 192))


# Paths -------------------------------------------------------------------------------------------


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "outside.jpg").write_bytes(jpeg())
    root = tmp_path / "root"
    (root / "in").mkdir(parents=True)
    (root / "in/a.jpg").write_bytes(jpeg())
    (root / "in/png.jpg").write_bytes(as_file(noise()))
    (root / "in/big.jpg").write_bytes(jpeg(2000, 2000))
    (root / "link.jpg").symlink_to(root / "in/a.jpg")
    (root / "escape.jpg").symlink_to(tmp_path / "outside.jpg")
    (root / "out").symlink_to(tmp_path)
    (root / "loop.jpg").symlink_to(root / "loop.jpg")
    os.mkfifo(root / "pipe.jpg")
    return root


@pytest.mark.parametrize(
    ("path", "says"),
    [
        ("../outside.jpg", "its path leaves the folder of its file"),
        ("in/../../outside.jpg", "its path leaves the folder of its file"),
        ("/etc/hostname", "its path leaves the folder of its file"),
        ("escape.jpg", "it is a link that leaves the folder"),
        ("out/outside.jpg", "it is a link that leaves the folder"),
        ("missing.jpg", "it is not there"),
        ("in/a.jpg/b.jpg", "it cannot be read: not a directory"),
        ("in", "it is not a file"),
        ("pipe.jpg", "it is not a file"),
        ("a\0b.jpg", "it cannot be read: its path is not valid"),
        ("a" * 300, "it cannot be read: file name too long"),
        ("in/big.jpg", "it is larger than 100,000 bytes, which image_max_bytes allows"),
    ],
)
def test_a_path_that_gives_no_image_says_why(folder: Path, path: str, says: str) -> None:
    with pytest.raises(ImageFault) as caught:
        open_image(path, str(folder), Limits(max_bytes=100_000))
    assert str(caught.value) == says


def test_a_loop_of_links_is_no_image(folder: Path) -> None:
    with pytest.raises(ImageFault, match="it cannot be read: "):
        open_image("loop.jpg", str(folder), LIMITS)


def test_a_folder_that_moved_is_named(folder: Path) -> None:
    with pytest.raises(ImageFault, match=r"the folder '.*/root' is not there"):
        folder.rename(folder.parent / "moved")
        open_image("in/a.jpg", str(folder), LIMITS)
    with pytest.raises(ImageFault, match="the folder of its file is not known; import the file"):
        open_image("in/a.jpg", None, LIMITS)


@pytest.mark.parametrize("path", ["in/a.jpg", "link.jpg", "in/png.jpg"])
def test_a_path_inside_is_read_whatever_its_suffix(folder: Path, path: str) -> None:
    assert look(path, str(folder), LIMITS)["fault"] is None


# Measures ----------------------------------------------------------------------------------------


def photo() -> Image.Image:
    """Soft shapes of many colours, and grain."""
    draw = np.random.default_rng(0)
    coarse = draw.integers(40, 220, (6, 8, 3), dtype=np.uint8)
    smooth = np.asarray(Image.fromarray(coarse).resize((320, 240), Image.Resampling.BICUBIC))
    return Image.fromarray((smooth + draw.normal(0, 8, smooth.shape)).clip(0, 255).astype(np.uint8))


def written_over(image: Image.Image) -> Image.Image:
    image = image.copy()
    draw = ImageDraw.Draw(image)
    draw.rectangle((0, 60, 320, 180), fill="white")
    font = ImageFont.load_default(18)
    for line in range(6):
        draw.text((4, 60 + 20 * line), "BUY NOW 50% off, the best price ever", "black", font)
    return image


def framed(image: Image.Image) -> Image.Image:
    frame = Image.new("RGB", (image.width * 2, image.height * 2), "#fefefe")
    frame.paste(image, (image.width // 2, image.height // 2))
    return frame


@pytest.mark.parametrize(
    ("name", "change", "more"),
    [
        ("sharpness", lambda image: image.filter(ImageFilter.GaussianBlur(3)), False),
        ("brightness", lambda image: image.point(lambda v: v // 4), False),
        ("dark_end", lambda image: image.point(lambda v: v // 4), False),
        ("bright_end", lambda image: image.point(lambda v: 230 + v // 11), True),
        ("contrast", lambda image: image.point(lambda v: 120 + v // 10), False),
        ("border", framed, True),
        ("clutter", written_over, True),
        ("entropy", lambda image: image.point(lambda v: v // 64 * 64), False),
        ("colourfulness", lambda image: image.convert("L").convert("RGB"), False),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_a_measure_moves_with_what_it_measures(
    name: str, change: Callable[[Image.Image], Image.Image], more: bool
) -> None:
    before, after = getattr(measure(photo()), name), getattr(measure(change(photo())), name)
    assert (after > before) is more and abs(after - before) > 0.1 * max(before, after)


def test_measures_are_what_their_definitions_say() -> None:
    seen = measure(framed(Image.new("RGB", (100, 60), "black")))
    assert seen.border == pytest.approx(0.75)
    assert seen.contrast == pytest.approx(254 / 255 * np.sqrt(3) / 4, abs=1e-4)
    plain = measure(Image.new("RGB", (50, 50), (10, 200, 90)))
    assert (plain.border, plain.sharpness, plain.clutter, plain.contrast) == (1, 0, 0, 0)
    expected = np.sqrt(0.241 * 10**2 + 0.691 * 200**2 + 0.068 * 90**2) / 255
    assert plain.brightness == pytest.approx(expected, abs=1e-4)
    assert plain.dark_end == pytest.approx(expected, abs=1 / 255)


def test_perceptual_hashes_are_imagehashs_and_near_for_near_images() -> None:
    imagehash = pytest.importorskip("imagehash")
    image = photo()
    smaller = decode(as_file(image.resize((200, 150)), "JPEG", quality=60), 10**6).image
    own = perceptual_hash(image)
    assert own % 2**64 == int(str(imagehash.phash(image)), 16)
    assert ((own ^ perceptual_hash(smaller)) % 2**64).bit_count() <= 4
    assert ((own ^ perceptual_hash(noise())) % 2**64).bit_count() > 16


# Features without a model ------------------------------------------------------------------------


def test_classic_features_are_unit_vectors_that_do_not_depend_on_their_batch() -> None:
    images = [photo(), noise(), framed(photo()), Image.new("RGB", (1, 1)), noise(384, 7)]
    together = classic_features(images)
    assert together.dtype == np.float32 and together.shape[0] == len(images)
    assert np.allclose(np.linalg.norm(together, axis=1), 1, atol=1e-5)
    alone = np.concatenate([classic_features([image]) for image in images])
    assert np.allclose(together, alone, atol=1e-6)
    assert classic_features([]).shape == (0, together.shape[1])


def test_classic_features_tell_shape_and_colour_apart() -> None:
    upright, flat = Image.new("RGB", (90, 90), "white"), Image.new("RGB", (90, 90), "white")
    upright.paste("red", (35, 10, 55, 80))
    flat.paste("red", (10, 35, 80, 55))
    shifted = Image.new("RGB", (90, 90), "white")
    shifted.paste("red", (37, 12, 57, 82))
    first, second, third = classic_features([upright, flat, shifted])
    assert first @ third > first @ second + 0.1
