"""Draws a small picture for a pin: a scene per topic, flaws for low quality, banners for spam."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from PIL import Image, ImageDraw, ImageEnhance, ImageFilter, ImageFont

WIDTH, HEIGHT = 120, 160
JPEG_QUALITY = 68

Color = tuple[int, int, int]

PALETTES: dict[str, tuple[Color, ...]] = {
    "food": ((214, 120, 60), (120, 150, 70), (236, 205, 140), (170, 60, 50), (250, 240, 225)),
    "home": ((200, 180, 155), (140, 155, 130), (235, 228, 215), (120, 95, 75), (190, 140, 110)),
    "diy": ((230, 190, 120), (190, 110, 120), (110, 150, 165), (245, 235, 215), (150, 110, 80)),
    "fashion": ((60, 65, 85), (205, 175, 160), (230, 225, 220), (150, 80, 90), (110, 120, 100)),
    "travel": ((90, 150, 200), (245, 200, 120), (70, 110, 90), (200, 220, 235), (180, 120, 90)),
    "beauty": ((235, 190, 195), (190, 100, 120), (250, 230, 225), (160, 120, 110), (220, 160, 140)),
    "fitness": ((60, 160, 150), (240, 130, 80), (235, 240, 240), (50, 60, 75), (150, 200, 90)),
    "tech": ((45, 50, 60), (90, 120, 200), (215, 220, 228), (120, 220, 190), (130, 130, 140)),
}


@dataclass(frozen=True)
class Look:
    """What a picture shows; every field was already decided by the pin's story."""

    topic: str
    flaw: str  # one of FLAWS, or ""
    banner: str  # the banner's words, or ""
    caption: str  # overlaid title in plain Latin letters, or ""


FLAWS = ("blur", "contrast", "border", "cut_text", "dark")


def _jitter(rng: random.Random, color: Color, amount: int = 22) -> Color:
    """A color near ``color``."""
    red, green, blue = (max(0, min(255, part + rng.randint(-amount, amount))) for part in color)
    return red, green, blue


def _food(draw: ImageDraw.ImageDraw, rng: random.Random, colors: list[Color]) -> None:
    """Nothing; draws plates seen from above, with round pieces on them."""
    for _ in range(rng.choice((1, 1, 2, 3))):
        x, y, radius = rng.randint(35, 85), rng.randint(45, 115), rng.randint(24, 48)
        draw.ellipse((x - radius, y - radius, x + radius, y + radius), fill=(248, 246, 240))
        inner = int(radius * 0.75)
        draw.ellipse((x - inner, y - inner, x + inner, y + inner), fill=colors[0])
        for _ in range(rng.randint(4, 11)):
            px, py = x + rng.randint(-inner // 2, inner // 2), y + rng.randint(-inner // 2, inner)
            size = rng.randint(3, 8)
            draw.ellipse((px - size, py - size, px + size, py + size), fill=rng.choice(colors[1:]))


def _home(draw: ImageDraw.ImageDraw, rng: random.Random, colors: list[Color]) -> None:
    """Nothing; draws a wall, a floor, a window, a sofa or shelf, and a lamp."""
    floor = rng.randint(105, 125)
    draw.rectangle((0, floor, WIDTH, HEIGHT), fill=colors[3])
    x = rng.randint(8, 60)
    draw.rectangle((x, 20, x + 36, 62), fill=(225, 236, 242), outline=colors[3], width=2)
    draw.line((x + 18, 20, x + 18, 62), fill=colors[3], width=2)
    left = rng.randint(5, 35)
    draw.rounded_rectangle((left, floor - 26, left + 68, floor + 8), 7, fill=colors[0])
    draw.rounded_rectangle((left, floor - 42, left + 68, floor - 18), 7, fill=colors[4])
    lamp = rng.choice((left + 78, 110))
    draw.line((lamp, floor - 50, lamp, floor + 6), fill=(60, 50, 45), width=2)
    draw.polygon(
        [(lamp - 10, floor - 50), (lamp + 10, floor - 50), (lamp + 5, floor - 66)], fill=colors[2]
    )
    if rng.random() < 0.5:
        draw.ellipse((20, floor + 18, 100, floor + 34), fill=colors[1])


def _diy(draw: ImageDraw.ImageDraw, rng: random.Random, colors: list[Color]) -> None:
    """Nothing; draws a patchwork, hanging cords, or boards with tools."""
    kind = rng.choice(("patch", "cord", "wood"))
    if kind == "patch":
        cell = rng.choice((18, 24, 30))
        for x in range(10, 108, cell):
            for y in range(20, 140, cell):
                color = rng.choice(colors)
                draw.rectangle((x, y, x + cell - 2, y + cell - 2), fill=color)
                if rng.random() < 0.4:
                    draw.line((x, y, x + cell, y + cell), fill=rng.choice(colors), width=2)
    elif kind == "cord":
        draw.rectangle((15, 28, 105, 33), fill=colors[4])
        for x in range(20, 104, rng.choice((6, 8))):
            end = 70 + abs(60 - x) + rng.randint(-5, 15)
            draw.line((x, 33, x + rng.randint(-3, 3), end), fill=colors[3], width=3)
            draw.ellipse((x - 3, 52, x + 3, 58), fill=rng.choice(colors))
    else:
        for y in range(30, 130, rng.randint(16, 24)):
            draw.rectangle((12, y, 108, y + 12), fill=_jitter(rng, colors[4], 18))
        draw.polygon([(40, 50), (46, 50), (75, 120), (69, 120)], fill=(150, 150, 155))
        draw.ellipse((64, 112, 84, 134), outline=colors[1], width=4)


def _fashion(draw: ImageDraw.ImageDraw, rng: random.Random, colors: list[Color]) -> None:
    """Nothing; draws a dress, a coat or trousers, as a silhouette."""
    x, top = rng.randint(50, 70), rng.randint(30, 42)
    garment = rng.choice(("dress", "coat", "trousers"))
    cloth = colors[rng.choice((0, 3, 4))]
    draw.ellipse((x - 8, top - 20, x + 8, top - 3), fill=colors[1])
    if garment == "dress":
        points = [(x - 13, top), (x + 13, top), (x + 9, top + 38), (x + 33, top + 98)]
        draw.polygon([*points, (x - 33, top + 98), (x - 9, top + 38)], fill=cloth)
    elif garment == "coat":
        draw.polygon(
            [(x - 18, top), (x + 18, top), (x + 26, top + 92), (x - 26, top + 92)], fill=cloth
        )
        draw.polygon([(x - 18, top), (x - 32, top + 55), (x - 24, top + 58)], fill=cloth)
        draw.polygon([(x + 18, top), (x + 32, top + 55), (x + 24, top + 58)], fill=cloth)
        draw.line((x, top, x, top + 92), fill=colors[2], width=2)
    else:
        draw.rectangle((x - 16, top, x + 16, top + 36), fill=colors[2])
        draw.polygon([(x - 16, top + 36), (x, top + 36), (x - 8, top + 108), (x - 28, top + 108)],
                     fill=cloth)  # fmt: skip
        draw.polygon([(x, top + 36), (x + 16, top + 36), (x + 28, top + 108), (x + 8, top + 108)],
                     fill=cloth)  # fmt: skip


def _travel(draw: ImageDraw.ImageDraw, rng: random.Random, colors: list[Color]) -> None:
    """Nothing; draws a sun over mountains, a skyline or the sea."""
    sun = rng.randint(20, 100)
    draw.ellipse((sun - 13, 22, sun + 13, 48), fill=colors[1])
    kind = rng.choice(("mountain", "skyline", "sea"))
    if kind == "mountain":
        for shade in (colors[3], colors[2]):
            peak, high = rng.randint(20, 100), rng.randint(50, 80)
            draw.polygon([(peak - 85, 140), (peak, high), (peak + 85, 140)], fill=shade)
        draw.rectangle((0, 132, WIDTH, HEIGHT), fill=colors[2])
    elif kind == "skyline":
        x = 0
        while x < WIDTH:
            wide, high = rng.randint(9, 20), rng.randint(60, 120)
            draw.rectangle((x, high, x + wide, HEIGHT), fill=_jitter(rng, colors[4]))
            x += wide
    else:
        draw.rectangle((0, 85, WIDTH, 128), fill=_jitter(rng, (60, 130, 170)))
        draw.rectangle((0, 128, WIDTH, HEIGHT), fill=(236, 214, 170))
        draw.polygon([(50, 95), (80, 95), (74, 104), (56, 104)], fill=colors[4])


def _beauty(draw: ImageDraw.ImageDraw, rng: random.Random, colors: list[Color]) -> None:
    """Nothing; draws a face, a row of nails, or bottles."""
    kind = rng.choice(("face", "nails", "bottles"))
    if kind == "face":
        hair = rng.choice(((70, 45, 35), (150, 90, 50), (35, 30, 35)))
        draw.ellipse((28, 22, 92, 128), fill=hair)
        draw.ellipse((38, 38, 82, 104), fill=_jitter(rng, (215, 170, 145), 30))
        for eye in (51, 69):
            draw.arc((eye - 6, 60, eye + 6, 70), 180, 360, fill=hair, width=2)
        draw.ellipse((53, 84, 67, 91), fill=colors[1])
    elif kind == "nails":
        for slot in range(4):
            x, y = 18 + slot * 24, 40 + abs(slot - 1) * 8
            draw.rounded_rectangle((x, y, x + 17, 150), 8, fill=(222, 180, 160))
            draw.rounded_rectangle((x + 3, y - 12, x + 14, y + 16), 6, fill=rng.choice(colors[:2]))
    else:
        for slot in range(3):
            x, y = 15 + slot * 34, rng.randint(55, 80)
            draw.rounded_rectangle((x, y, x + 24, 138), 5, fill=rng.choice(colors))
            draw.rectangle((x + 8, y - 15, x + 16, y), fill=colors[3])


def _fitness(draw: ImageDraw.ImageDraw, rng: random.Random, colors: list[Color]) -> None:
    """Nothing; draws a stick figure on a mat, or a dumbbell."""
    draw.rectangle((0, 125, WIDTH, 140), fill=colors[0])
    if rng.random() < 0.6:
        x = rng.randint(45, 75)
        draw.ellipse((x - 8, 28, x + 8, 44), fill=colors[3])
        draw.line((x, 44, x, 85), fill=colors[1], width=8)
        reach = rng.randint(-25, 25)
        draw.line((x, 52, x - 32, 52 + reach), fill=colors[3], width=4)
        draw.line((x, 52, x + 32, 52 - reach), fill=colors[3], width=4)
        draw.line((x, 85, x - rng.randint(8, 35), 124), fill=colors[3], width=5)
        draw.line((x, 85, x + rng.randint(8, 35), 124), fill=colors[3], width=5)
    else:
        draw.rectangle((30, 78, 90, 85), fill=(90, 90, 95))
        for x in (18, 28, 84, 94):
            draw.rounded_rectangle((x, 58, x + 9, 105), 3, fill=colors[3])


def _tech(draw: ImageDraw.ImageDraw, rng: random.Random, colors: list[Color]) -> None:
    """Nothing; draws a screen with a keyboard, or a phone."""
    if rng.random() < 0.6:
        draw.rounded_rectangle((16, 40, 104, 96), 4, fill=(25, 27, 32))
        draw.rectangle((20, 44, 100, 90), fill=colors[1])
        for row in range(4):
            width = rng.randint(15, 70)
            draw.line((25, 51 + row * 10, 25 + width, 51 + row * 10), fill=colors[3], width=3)
        draw.rectangle((20, 116, 100, 132), fill=colors[4])
    else:
        draw.rounded_rectangle((38, 25, 82, 128), 8, fill=(25, 27, 32))
        draw.rectangle((42, 35, 78, 116), fill=colors[1])
        for slot in range(6):
            x, y = 46 + slot % 2 * 16, 42 + slot // 2 * 22
            draw.rounded_rectangle((x, y, x + 12, y + 12), 3, fill=rng.choice(colors))


SCENES: dict[str, Callable[[ImageDraw.ImageDraw, random.Random, list[Color]], None]] = {
    "food": _food,
    "home": _home,
    "diy": _diy,
    "fashion": _fashion,
    "travel": _travel,
    "beauty": _beauty,
    "fitness": _fitness,
    "tech": _tech,
}


def _write_words(picture: Image.Image, words: str, top: int, left: int, size: int) -> None:
    """Nothing; lays a pale strip over the picture and writes ``words`` on it."""
    draw = ImageDraw.Draw(picture)
    draw.rectangle((0, top - 2, WIDTH, top + size + 4), fill=(250, 248, 244))
    draw.text((left, top), words, fill=(50, 45, 45), font=ImageFont.load_default(size))


def _spoil(picture: Image.Image, rng: random.Random, flaw: str) -> Image.Image:
    """The picture with one flaw that careless pins have."""
    if flaw == "blur":
        return picture.filter(ImageFilter.GaussianBlur(rng.uniform(1.8, 4.0)))
    if flaw == "contrast":
        return ImageEnhance.Contrast(picture).enhance(rng.uniform(0.15, 0.4))
    if flaw == "dark":
        return ImageEnhance.Brightness(picture).enhance(rng.uniform(0.2, 0.4))
    if flaw == "border":
        small = picture.resize((rng.randint(34, 60), rng.randint(45, 70)))
        framed = Image.new("RGB", (WIDTH, HEIGHT), rng.choice(((255, 255, 255), (15, 15, 15))))
        framed.paste(small, (rng.randint(10, 50), rng.randint(15, 80)))
        return framed
    return picture


def draw_pin(look: Look, seed: str) -> Image.Image:
    """The picture for one pin; the same ``look`` and ``seed`` always give the same pixels."""
    rng = random.Random(seed)
    colors = [_jitter(rng, color) for color in PALETTES[look.topic]]
    # The ground is a pale tint, since a shape drawn in the ground's own color would vanish.
    red, green, blue = rng.choice(colors)
    ground = (150 + red * 2 // 5, 150 + green * 2 // 5, 150 + blue * 2 // 5)
    picture = Image.new("RGB", (WIDTH, HEIGHT), ground)
    SCENES[look.topic](ImageDraw.Draw(picture), rng, colors)
    if rng.random() < 0.5:
        picture = picture.transpose(Image.Transpose.FLIP_LEFT_RIGHT)
    # A trace of sensor noise, so that no two pictures share a perfectly flat background.
    grain = np.random.default_rng(rng.getrandbits(32)).normal(0, 2.0, (HEIGHT, WIDTH, 1))
    pixels = np.clip(np.asarray(picture, dtype=np.float64) + grain, 0, 255)
    picture = Image.fromarray(pixels.astype(np.uint8))
    if look.caption and look.flaw != "cut_text":
        _write_words(picture, look.caption[:18], rng.choice((6, 138)), 6, 11)
    elif look.flaw == "cut_text":
        words = look.caption or "more ideas here"
        _write_words(picture, words.upper(), rng.choice((2, 60, 143)), rng.randint(-30, 50), 17)
    picture = _spoil(picture, rng, look.flaw)
    if look.banner:
        top = rng.choice((8, 60, 118))
        color = rng.choice(((214, 32, 40), (250, 210, 20), (20, 20, 20), (230, 60, 150)))
        ink = (20, 20, 20) if color[1] > 180 else (255, 255, 255)
        draw = ImageDraw.Draw(picture)
        draw.rectangle((0, top, WIDTH, top + 30), fill=color)
        draw.text((WIDTH // 2, top + 15), look.banner, fill=ink, anchor="mm",
                  font=ImageFont.load_default(rng.choice((16, 19))))  # fmt: skip
    return picture
