"""Draws the picture of a pin: a scene, then a caption, flaws for low quality, and banners."""

from __future__ import annotations

import io
import math
import random
from dataclasses import dataclass

import numpy as np
from brush import HEIGHT, SCALE, WIDTH, Brush, Color
from PIL import Image, ImageDraw, ImageEnhance, ImageFilter, ImageFont
from scenes import SCENES

JPEG_QUALITY = 62

PALETTES: dict[str, tuple[Color, ...]] = {
    "food": ((214, 120, 60), (120, 150, 70), (236, 205, 140), (170, 60, 50), (250, 240, 225)),
    "home": ((200, 180, 155), (140, 155, 130), (235, 228, 215), (120, 95, 75), (190, 140, 110)),
    "diy": ((230, 190, 120), (190, 110, 120), (110, 150, 165), (225, 140, 90), (150, 110, 80)),
    "fashion": ((60, 65, 85), (205, 175, 160), (230, 225, 220), (150, 80, 90), (110, 120, 100)),
    "travel": ((90, 150, 200), (245, 200, 120), (70, 110, 90), (200, 170, 150), (180, 120, 90)),
    "beauty": ((235, 190, 195), (190, 100, 120), (200, 150, 150), (160, 120, 110), (220, 160, 140)),
    "fitness": ((60, 160, 150), (240, 130, 80), (235, 240, 240), (50, 60, 75), (150, 200, 90)),
    "tech": ((45, 50, 60), (70, 100, 180), (215, 220, 228), (120, 220, 190), (130, 130, 140)),
}
BANNER_COLORS: tuple[Color, ...] = (
    (214, 32, 40),
    (250, 210, 20),
    (20, 20, 20),
    (230, 60, 150),
    (20, 150, 80),
)


@dataclass(frozen=True, kw_only=True)
class Look:
    """What a picture shows; every field was already decided by the pin's story."""

    topic: str
    flaw: str  # one of FLAWS, or ""
    banner: str  # the banner's words, or ""
    burst: bool  # the banner is a star and not a strip
    caption: str  # overlaid title in plain Latin letters, or ""


FLAWS = ("blur", "contrast", "border", "cut_text", "dark", "blocks")


def _jitter(rng: random.Random, color: Color, amount: int = 22) -> Color:
    """A color near ``color``."""
    red, green, blue = (max(0, min(255, part + rng.randint(-amount, amount))) for part in color)
    return red, green, blue


def _scene(rng: random.Random, topic: str) -> Image.Image:
    """The scene on a softly shaded ground, with a trace of sensor noise."""
    colors = [_jitter(rng, color) for color in PALETTES[topic]]
    # The ground is a pale tint, since a shape drawn in the ground's own color would vanish.
    tint = np.array(rng.choice(colors)) * 0.38 + rng.randint(138, 156)
    shade = np.linspace(1.03, rng.uniform(0.84, 0.98), HEIGHT * SCALE)
    ground = np.clip(tint * shade[:, None, None] * np.ones((1, WIDTH * SCALE, 1)), 0, 255)
    picture = Image.fromarray(ground.astype(np.uint8))
    SCENES[topic](Brush(picture), rng, colors)
    if rng.random() < 0.5:
        picture = picture.transpose(Image.Transpose.FLIP_LEFT_RIGHT)
    # Framing: a hand-held camera is seldom straight, centred and at the same distance.
    near, shift = rng.uniform(0.0, 0.09), rng.uniform(0.0, 1.0)
    left, top = WIDTH * SCALE * near * shift, HEIGHT * SCALE * near * shift
    box = (left, top, left + WIDTH * SCALE * (1 - near), top + HEIGHT * SCALE * (1 - near))
    picture = picture.rotate(rng.uniform(-2.5, 2.5), Image.Resampling.BICUBIC, fillcolor=tuple(
        int(part) for part in ground[-1, 0]))  # fmt: skip
    picture = picture.resize((WIDTH, HEIGHT), Image.Resampling.LANCZOS, box=box)
    grain = np.random.default_rng(rng.getrandbits(32)).normal(0, 1.6, (HEIGHT, WIDTH, 1))
    pixels = np.asarray(picture, dtype=np.float64) * rng.uniform(0.92, 1.04) + grain
    return Image.fromarray(np.clip(pixels, 0, 255).astype(np.uint8))


def _write_words(picture: Image.Image, words: str, top: int, left: int, size: int) -> None:
    """Nothing; lays a pale strip over the picture and writes ``words`` on it."""
    draw = ImageDraw.Draw(picture)
    draw.rectangle((0, top - 3, WIDTH, top + size + 6), fill=(250, 248, 244))
    draw.text((left, top), words, fill=(50, 45, 45), font=ImageFont.load_default(size))


def _fitting(words: str, size: int, width: int) -> str:
    """The leading whole words that fit in ``width`` pixels."""
    font = ImageFont.load_default(size)
    while words and font.getlength(words) > width:
        words = words.rpartition(" ")[0]
    return words


def _spoil(picture: Image.Image, rng: random.Random, flaw: str) -> Image.Image:
    """The picture with one flaw that careless pins have."""
    if flaw == "blur":
        return picture.filter(ImageFilter.GaussianBlur(rng.uniform(2.2, 5.0)))
    if flaw == "contrast":
        return ImageEnhance.Contrast(picture).enhance(rng.uniform(0.15, 0.4))
    if flaw == "dark":
        return ImageEnhance.Brightness(picture).enhance(rng.uniform(0.2, 0.42))
    if flaw == "border":
        part = rng.uniform(0.28, 0.45)
        small = picture.resize((int(WIDTH * part), int(HEIGHT * part)))
        framed = Image.new("RGB", (WIDTH, HEIGHT), rng.choice(((255, 255, 255), (15, 15, 15))))
        room = WIDTH - small.width, HEIGHT - small.height
        framed.paste(small, (rng.randint(8, room[0] - 8), rng.randint(8, room[1] - 8)))
        return framed
    if flaw == "blocks":
        # Saved too small and too often: a screenshot of a screenshot.
        part = rng.choice((3, 4))
        tiny = picture.resize((WIDTH // part, HEIGHT // part), Image.Resampling.BILINEAR)
        memory = io.BytesIO()
        tiny.resize(picture.size, Image.Resampling.NEAREST).save(memory, "JPEG", quality=6)
        return Image.open(memory).convert("RGB")
    return picture


def _announce(picture: Image.Image, rng: random.Random, words: str, burst: bool) -> None:
    """Nothing; lays ``words`` over the picture on a strip or a star."""
    draw = ImageDraw.Draw(picture)
    color = rng.choice(BANNER_COLORS)
    ink = (20, 20, 20) if color[1] > 180 else (255, 255, 255)
    size = rng.choice((22, 26, 30))
    if not burst:
        top = rng.choice((10, 76, 146))
        draw.rectangle((0, top, WIDTH, top + size + 14), fill=color)
        spot = WIDTH // 2, top + size // 2 + 7
    else:
        x, y, points = rng.choice((52, 108)), rng.choice((54, 146)), 28
        star = []
        for i in range(points):
            radius = 48 if i % 2 else 39
            angle = 2 * math.pi * i / points
            star.append((x + math.cos(angle) * radius, y + math.sin(angle) * radius))
        draw.polygon(star, fill=color)
        spot, size = (x, y), 18
    draw.text(spot, words, fill=ink, anchor="mm", font=ImageFont.load_default(size))


def draw_pin(look: Look, seed: str) -> Image.Image:
    """The picture for one pin; the same ``look`` and ``seed`` always give the same pixels."""
    rng = random.Random(seed)
    picture = _scene(rng, look.topic)
    if look.flaw == "cut_text":
        words = (look.caption or "more ideas here").upper()
        _write_words(picture, words, rng.choice((3, 80, 172)), rng.randint(-45, 60), 24)
    elif look.caption:
        _write_words(picture, _fitting(look.caption, 13, 146), rng.choice((7, 176)), 7, 13)
    picture = _spoil(picture, rng, look.flaw)
    if look.banner:
        _announce(picture, rng, look.banner, look.burst)
    return picture
