"""One drawn scene per topic, in several compositions."""

from __future__ import annotations

import math
import random
from collections.abc import Callable

from brush import HEIGHT, WIDTH, Brush, Color, Colors

WHITE: Color = (250, 248, 243)
INK: Color = (40, 40, 46)
SKINS: Colors = ((241, 205, 178), (214, 168, 132), (160, 112, 82), (104, 70, 52))


def _food(brush: Brush, rng: random.Random, colors: Colors) -> None:
    """Nothing; draws plates from above, a steaming bowl, a tray of bakes, or a tall glass."""
    kind = rng.choice(("plates", "plates", "bowl", "tray", "glass"))
    if kind == "plates":
        for _ in range(rng.choice((1, 1, 2, 3))):
            x, y, radius = rng.randint(45, 115), rng.randint(60, 145), rng.randint(34, 58)
            brush.oval(x, y, radius, radius, WHITE)
            brush.oval(x, y, radius * 0.74, radius * 0.74, rng.choice(colors[:4]))
            for _ in range(rng.randint(5, 12)):
                angle, far = rng.uniform(0, 6.28), rng.uniform(0, radius * 0.55)
                size = rng.randint(3, 9)
                brush.oval(x + math.cos(angle) * far, y + math.sin(angle) * far, size, size,
                           rng.choice(colors))  # fmt: skip
    elif kind == "bowl":
        top = rng.randint(85, 110)
        brush.oval(80, top + 20, 60, 52, rng.choice((WHITE, colors[3], (90, 110, 120))))
        brush.oval(80, top, 60, 18, WHITE)
        brush.oval(80, top, 53, 14, colors[0])
        for _ in range(rng.randint(4, 9)):
            brush.oval(80 + rng.randint(-38, 38), top + rng.randint(-7, 7), 5, 4,
                       rng.choice(colors[1:]))  # fmt: skip
        for x in (60, 80, 100):
            brush.line([(x, top - 25), (x + 5, top - 37), (x - 3, top - 50)], WHITE, 2)
    elif kind == "tray":
        brush.box(18, 34, 124, 134, (90, 85, 80), 8)
        crust = rng.choice(((205, 150, 90), (180, 118, 66), (228, 190, 130)))
        step = rng.choice((30, 40))
        for x in range(40, 130, step):
            for y in range(56, 160, step):
                brush.oval(x + rng.randint(-2, 2), y, step * 0.4, step * 0.4, crust)
                brush.oval(x - 3, y - 3, 3, 3, rng.choice(colors))
    else:
        brush.shape([(48, 48), (112, 48), (102, 172), (58, 172)], WHITE)
        brush.shape([(53, 70), (107, 70), (100, 168), (60, 168)], rng.choice(colors[:4]))
        brush.line([(90, 70), (106, 22)], colors[3], 4)
        brush.oval(66, 66, 12, 10, colors[1])


def _home(brush: Brush, rng: random.Random, colors: Colors) -> None:
    """Nothing; draws a sofa, a bed, kitchen shelves or an armchair, in a room."""
    floor = rng.randint(135, 152)
    brush.box(0, floor, WIDTH, HEIGHT - floor, colors[3])
    kind = rng.choice(("sofa", "sofa", "bed", "shelves", "chair"))
    if kind in ("sofa", "bed"):
        x = rng.randint(15, 90)
        brush.box(x, 24, 50, 54, colors[3])
        brush.box(x + 3, 27, 20, 48, (225, 236, 242))
        brush.box(x + 27, 27, 20, 48, (225, 236, 242))
    left = rng.randint(8, 36)
    if kind == "sofa":
        brush.box(left, floor - 54, 92, 40, colors[4], 9)
        brush.box(left - 4, floor - 30, 100, 40, colors[0], 9)
        brush.box(left + 8, floor - 42, 22, 20, colors[2], 4)
        brush.oval(80, floor + 32, 58, 11, colors[1])
    elif kind == "bed":
        brush.box(left, floor - 50, 108, 46, colors[4], 6)
        brush.box(left, floor - 22, 112, 44, colors[2], 6)
        brush.box(left + 8, floor - 36, 34, 18, WHITE, 6)
        brush.box(left + 56, floor - 36, 34, 18, WHITE, 6)
        brush.box(left, floor - 4, 112, 26, colors[1], 6)
    elif kind == "shelves":
        for y in (50, 84, 118):
            brush.box(16, y, 128, 5, colors[3])
            x = 22
            while x < 128:
                wide, high = rng.randint(7, 15), rng.randint(9, 22)
                brush.box(x, y - high, wide, high, rng.choice((*colors, WHITE)), rng.choice((0, 4)))
                x += wide + rng.randint(3, 9)
    else:
        brush.box(left + 8, floor - 62, 48, 44, colors[0], 12)
        brush.box(left, floor - 32, 64, 34, colors[4], 10)
        brush.line([(left + 8, floor), (left + 4, floor + 16)], INK, 3)
        brush.line([(left + 56, floor), (left + 60, floor + 16)], INK, 3)
        for leaf in range(7):
            angle = math.pi * (leaf + 0.5) / 7
            tip = (128 + math.cos(angle) * 26, floor - 18 - math.sin(angle) * 46)
            brush.line([(128, floor - 14), tip], (86, 122, 84), 5)
        brush.box(117, floor - 16, 22, 26, colors[2], 3)
    if kind != "shelves" and rng.random() < 0.6:
        brush.line([(142, floor - 70), (142, floor + 8)], INK, 2)
        shade = [(130, floor - 66), (154, floor - 66), (148, floor - 88), (136, floor - 88)]
        brush.shape(shade, colors[2])


def _diy(brush: Brush, rng: random.Random, colors: Colors) -> None:
    """Nothing; draws a patchwork, hanging cords, boards with a saw, yarn, or cut paper."""
    kind = rng.choice(("patch", "cord", "wood", "yarn", "paper"))
    if kind == "patch":
        cell = rng.choice((22, 28, 35))
        for x in range(10, 150 - cell // 2, cell):
            for y in range(22, 182 - cell // 2, cell):
                brush.box(x, y, cell - 2, cell - 2, rng.choice(colors))
                if rng.random() < 0.4:
                    brush.line([(x, y), (x + cell - 3, y + cell - 3)], rng.choice(colors), 2)
    elif kind == "cord":
        brush.box(18, 34, 124, 6, colors[4], 3)
        for x in range(26, 138, rng.choice((8, 10))):
            end = 90 + abs(80 - x) * rng.uniform(0.8, 1.2)
            brush.line([(x, 38), (x + rng.randint(-3, 3), end)], WHITE, 4)
            brush.oval(x, 64 + abs(80 - x) * 0.3, 4, 4, rng.choice(colors))
    elif kind == "wood":
        for y in range(34, 160, 24):
            wood = rng.choice(((196, 152, 104), (176, 130, 84), (212, 174, 128)))
            brush.box(14, y, 132, 18, wood)
            brush.line([(20, y + 6), (136, y + 8)], (150, 108, 70), 1)
        brush.shape([(40, 60), (112, 112), (106, 122), (36, 72)], (170, 172, 176))
        brush.oval(116, 122, 15, 13, colors[1])
    elif kind == "yarn":
        for _ in range(rng.choice((2, 3, 4))):
            x, y, r = rng.randint(38, 122), rng.randint(60, 150), rng.randint(20, 32)
            color = rng.choice(colors[:4])
            brush.oval(x, y, r, r, color)
            shade = (color[0] * 3 // 4, color[1] * 3 // 4, color[2] * 3 // 4)
            for part in (0.45, 0.7, 0.92):
                brush.ring(x, y, r * part, shade, 1)
        brush.line([(30, 176), (128, 40)], (190, 190, 198), 3)
    else:
        for _ in range(rng.randint(3, 5)):
            x, y, r = rng.randint(35, 125), rng.randint(45, 120), rng.randint(14, 26)
            star = [
                (x + math.sin(math.pi * i / 5) * r * (1 if i % 2 else 0.42),
                 y + math.cos(math.pi * i / 5) * r * (1 if i % 2 else 0.42))
                for i in range(10)
            ]  # fmt: skip
            brush.shape(star, rng.choice(colors))
        brush.line([(56, 182), (96, 134)], (160, 162, 168), 4)
        brush.line([(96, 182), (56, 134)], (160, 162, 168), 4)
        brush.ring(52, 186, 8, colors[1], 4)
        brush.ring(100, 186, 8, colors[1], 4)


def _fashion(brush: Brush, rng: random.Random, colors: Colors) -> None:
    """Nothing; draws a dress, a coat or trousers on a figure, a rail of clothes, or shoes."""
    x, top = rng.randint(66, 94), rng.randint(46, 56)
    cloth, skin = rng.choice(colors), rng.choice(SKINS)
    kind = rng.choice(("dress", "coat", "trousers", "rail", "shoes"))
    if kind in ("dress", "coat", "trousers"):
        brush.oval(x, top - 17, 11, 14, rng.choice(((60, 42, 36), (150, 100, 60), INK)))
        brush.oval(x, top - 14, 8, 10, skin)
        brush.line([(x - 9, top + 100), (x - 9, 184)], skin, 6)
        brush.line([(x + 9, top + 100), (x + 9, 184)], skin, 6)
    if kind == "dress":
        brush.line([(x - 15, top + 6), (x - 26, top + 56)], skin, 6)
        brush.line([(x + 15, top + 6), (x + 26, top + 56)], skin, 6)
        hem = rng.randint(26, 42)
        brush.shape([(x - 16, top), (x + 16, top), (x + 11, top + 42), (x + hem, top + 112),
                     (x - hem, top + 112), (x - 11, top + 42)], cloth)  # fmt: skip
    elif kind == "coat":
        brush.line([(x - 19, top + 6), (x - 30, top + 66)], cloth, 12)
        brush.line([(x + 19, top + 6), (x + 30, top + 66)], cloth, 12)
        brush.shape([(x - 22, top), (x + 22, top), (x + 29, top + 106), (x - 29, top + 106)], cloth)
        brush.shape([(x - 8, top), (x + 8, top), (x, top + 34)], colors[2])
        brush.line([(x, top + 32), (x, top + 106)], INK, 1)
        brush.box(x - 24, top + 50, 48, 5, INK)
    elif kind == "trousers":
        brush.line([(x - 19, top + 5), (x - 27, top + 52)], colors[2], 9)
        brush.line([(x + 19, top + 5), (x + 27, top + 52)], colors[2], 9)
        brush.box(x - 20, top, 40, 52, colors[2], 5)
        wide = rng.randint(13, 22)
        brush.shape([(x - 19, top + 48), (x, top + 48), (x - 4, 178), (x - wide - 14, 178)], cloth)
        brush.shape([(x, top + 48), (x + 19, top + 48), (x + wide + 14, 178), (x + 4, 178)], cloth)
    elif kind == "rail":
        brush.line([(12, 44), (148, 44)], INK, 3)
        for slot in range(rng.choice((3, 4))):
            left, color = 18 + slot * 33, rng.choice(colors)
            brush.line([(left + 14, 44), (left + 14, 52)], INK, 1)
            low = rng.choice((118, 140, 164))
            flare = rng.choice((0, 0, 5))
            brush.shape([(left, 64), (left + 14, 52), (left + 28, 64), (left + 24, 78),
                         (left + 24 + flare, low), (left + 4 - flare, low),
                         (left + 4, 78)], color)  # fmt: skip
    else:
        for y in (84, 142):
            brush.box(30, y + 20, 100, 8, WHITE, 3)
            brush.shape([(32, y + 20), (34, y - 12), (62, y - 12), (84, y + 4), (124, y + 10),
                         (130, y + 20)], cloth)  # fmt: skip
            brush.line([(64, y - 6), (80, y + 5)], WHITE, 2)


def _travel(brush: Brush, rng: random.Random, colors: Colors) -> None:
    """Nothing; draws a sun over mountains, a skyline, the sea, or a road."""
    sun, kind = rng.randint(26, 134), rng.choice(("mountain", "skyline", "sea", "road"))
    brush.box(0, 0, WIDTH, 120, rng.choice(((196, 222, 240), (250, 214, 178), (226, 206, 226))))
    brush.oval(sun, 46, 17, 17, rng.choice(((250, 196, 92), (246, 140, 96), (255, 232, 160))))
    if kind == "mountain":
        for shade in ((150, 166, 184), (104, 128, 138), colors[2]):
            peak, high = rng.randint(20, 140), rng.randint(58, 108)
            brush.shape([(peak - 110, 190), (peak, high), (peak + 110, 190)], shade)
            if shade != colors[2]:
                brush.shape([(peak - 11, high + 13), (peak, high), (peak + 11, high + 13)], WHITE)
        brush.box(0, 172, WIDTH, 28, colors[2])
    elif kind == "skyline":
        x = 0
        while x < WIDTH:
            wide, high = rng.randint(14, 28), rng.randint(68, 140)
            wall = rng.choice(colors)
            brush.box(x, high, wide, HEIGHT - high, wall)
            if rng.random() < 0.4:
                brush.shape([(x, high), (x + wide / 2, high - 20), (x + wide, high)], colors[4])
            for y in range(high + 8, 190, 14):
                brush.box(x + wide / 2 - 3, y, 5, 6, (250, 236, 190))
            x += wide
    elif kind == "sea":
        brush.box(0, 104, WIDTH, 60, rng.choice(((60, 130, 170), (70, 164, 168))))
        brush.box(0, 158, WIDTH, 42, (236, 214, 170))
        brush.shape([(62, 122), (104, 122), (96, 134), (70, 134)], colors[4])
        brush.shape([(82, 118), (82, 84), (102, 118)], WHITE)
    else:
        brush.shape([(-20, 122), (60, 84), (180, 122)], (120, 140, 130))
        brush.box(0, 118, WIDTH, 82, colors[2])
        brush.shape([(74, 118), (86, 118), (134, 200), (26, 200)], (96, 98, 104))
        for y in (128, 146, 170):
            brush.box(79, y, 3, 10 + (y - 128) // 4, WHITE)


def _beauty(brush: Brush, rng: random.Random, colors: Colors) -> None:
    """Nothing; draws a face, painted nails, bottles, or a palette with a brush."""
    kind, skin = rng.choice(("face", "nails", "bottles", "palette")), rng.choice(SKINS)
    if kind == "face":
        hair = rng.choice(((70, 45, 35), (160, 92, 52), (35, 30, 35), (206, 166, 104)))
        brush.box(34, 30, 92, rng.randint(90, 150), hair, 40)
        brush.box(68, 120, 24, 44, skin)
        brush.oval(80, 92, 32, 42, skin)
        for eye in (67, 93):
            brush.oval(eye, 84, 8, 4, colors[1])
            brush.line([(eye - 8, 86), (eye, 89), (eye + 8, 86)], INK, 2)
        brush.oval(80, 114, 10, 4, (190, 60, 84))
    elif kind == "nails":
        polish = rng.choice(colors)
        for slot in range(4):
            x, y = 22 + slot * 30, 62 + abs(slot - 1) * 12
            brush.box(x, y, 24, 150, skin, 12)
            brush.box(x + 4, y - 14, 16, 36, rng.choice((polish, polish, colors[1])), 8)
    elif kind == "bottles":
        for slot in range(3):
            x, y = 20 + slot * 44, rng.randint(76, 108)
            brush.box(x, y, 34, 178 - y, rng.choice(colors), 6)
            brush.box(x + 11, y - 24, 12, 25, rng.choice((INK, colors[3], WHITE)), 2)
            brush.box(x + 5, y + 22, 24, 20, WHITE, 2)
    else:
        brush.box(24, 50, 112, 92, INK, 8)
        for x in range(3):
            for y in range(2):
                brush.oval(48 + x * 32, 76 + y * 40, 13, 13, rng.choice(colors))
        brush.line([(36, 182), (108, 160)], (160, 110, 80), 5)
        brush.oval(116, 157, 13, 8, colors[1])


def _fitness(brush: Brush, rng: random.Random, colors: Colors) -> None:
    """Nothing; draws a person who moves, a yoga pose, a dumbbell, or a kettlebell."""
    kind, skin = rng.choice(("moves", "moves", "yoga", "dumbbell", "kettlebell")), rng.choice(SKINS)
    brush.box(0, 160, WIDTH, 40, rng.choice((colors[0], (176, 180, 184), colors[4])))
    top, legs = rng.sample([*colors[:2], INK], 2)
    if kind == "moves":
        x, reach = rng.randint(62, 98), rng.randint(-34, 34)
        brush.line([(x, 66), (x - 34, 76 + reach)], skin, 7)
        brush.line([(x, 66), (x + 34, 76 - reach)], skin, 7)
        knee = rng.randint(14, 36)
        brush.line([(x, 108), (x - knee, 134), (x - knee - rng.randint(-8, 14), 164)], legs, 9)
        brush.line([(x, 108), (x + knee, 132), (x + knee + rng.randint(-14, 8), 164)], legs, 9)
        brush.line([(x, 56), (x, 110)], top, 18)
        brush.oval(x, 40, 11, 12, skin)
    elif kind == "yoga":
        if rng.random() < 0.5:
            brush.line([(30, 162), (80, 92), (128, 162)], legs, 11)
            brush.line([(80, 92), (44, 142)], top, 15)
            brush.oval(50, 152, 9, 9, skin)
        else:
            brush.line([(44, 150), (80, 160), (116, 150)], legs, 14)
            brush.line([(80, 150), (80, 92)], top, 18)
            brush.line([(76, 98), (50, 128), (60, 148)], skin, 6)
            brush.line([(84, 98), (110, 128), (100, 148)], skin, 6)
            brush.oval(80, 72, 11, 12, skin)
        brush.box(12, 166, 136, 8, colors[3], 3)
    elif kind == "dumbbell":
        brush.box(38, 112, 84, 9, (110, 110, 118))
        for x, high in ((26, 60), (40, 44), (108, 44), (122, 60)):
            brush.box(x, 116 - high / 2, 12, high, rng.choice((INK, colors[3])), 3)
    else:
        for x in rng.choice(((80,), (50, 112))):
            brush.ring(x, 100, 22, INK, 7)
            brush.oval(x, 136, 29, 29, rng.choice((INK, colors[0], colors[1])))


def _tech(brush: Brush, rng: random.Random, colors: Colors) -> None:
    """Nothing; draws a monitor with a keyboard, a phone, a laptop, or headphones."""
    kind = rng.choice(("monitor", "phone", "laptop", "headphones"))
    if kind in ("monitor", "laptop"):
        high = 74 if kind == "monitor" else 64
        brush.box(22, 44, 116, high, (25, 27, 32), 5)
        brush.box(27, 49, 106, high - 10, colors[1])
        for row in range(rng.randint(3, 5)):
            brush.box(34, 56 + row * 10, rng.randint(20, 88), 3, colors[3])
    if kind == "monitor":
        brush.box(74, 118, 12, 16, INK)
        brush.box(56, 132, 48, 5, INK)
        brush.box(28, 152, 88, 20, colors[4], 4)
        for key in range(9):
            brush.box(32 + key * 9, 156, 6, 5, WHITE)
        brush.oval(132, 162, 7, 10, colors[2])
    elif kind == "laptop":
        brush.shape([(20, 108), (140, 108), (156, 140), (4, 140)], colors[4])
        brush.box(60, 124, 40, 10, colors[2])
    elif kind == "phone":
        x = rng.randint(38, 66)
        brush.box(x, 28, 60, 140, (25, 27, 32), 10)
        brush.box(x + 5, 38, 50, 118, colors[1], 4)
        for slot in range(9):
            brush.box(
                x + 9 + slot % 3 * 15, 46 + slot // 3 * 22, 12, 12, rng.choice((*colors, WHITE)), 3
            )
    else:
        brush.ring(80, 100, 50, INK, 9)
        brush.box(22, 96, 24, 50, rng.choice(colors), 9)
        brush.box(114, 96, 24, 50, rng.choice(colors), 9)


SCENES: dict[str, Callable[[Brush, random.Random, Colors], None]] = {
    "food": _food,
    "home": _home,
    "diy": _diy,
    "fashion": _fashion,
    "travel": _travel,
    "beauty": _beauty,
    "fitness": _fitness,
    "tech": _tech,
}
