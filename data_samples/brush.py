"""Plain shapes on a canvas of 160 by 200 units."""

from __future__ import annotations

from collections.abc import Sequence

from PIL import Image, ImageDraw

WIDTH, HEIGHT = 160, 200
# Drawn at twice the size and shrunk later, since Pillow draws hard, jagged edges.
SCALE = 2

Color = tuple[int, int, int]
Colors = Sequence[Color]
Point = tuple[float, float]


class Brush:
    """Draws plain shapes in canvas units."""

    def __init__(self, picture: Image.Image) -> None:
        self._draw = ImageDraw.Draw(picture)

    def oval(self, x: float, y: float, wide: float, high: float, color: Color) -> None:
        """Nothing; fills an ellipse around (x, y) with these radii."""
        self._draw.ellipse(_scaled(x - wide, y - high, x + wide, y + high), fill=color)

    def box(self, x: float, y: float, wide: float, high: float, color: Color, r: int = 0) -> None:
        """Nothing; fills a rectangle from its upper left corner, with corner radius ``r``."""
        self._draw.rounded_rectangle(
            _scaled(x, y, x + wide, y + high), radius=r * SCALE, fill=color
        )

    def shape(self, points: Sequence[Point], color: Color) -> None:
        """Nothing; fills a polygon."""
        self._draw.polygon([(x * SCALE, y * SCALE) for x, y in points], fill=color)

    def line(self, points: Sequence[Point], color: Color, wide: float = 2) -> None:
        """Nothing; draws a line through the points."""
        scaled = [(x * SCALE, y * SCALE) for x, y in points]
        self._draw.line(scaled, fill=color, width=round(wide * SCALE), joint="curve")

    def ring(self, x: float, y: float, radius: float, color: Color, wide: float = 2) -> None:
        """Nothing; draws a circle's outline."""
        corners = _scaled(x - radius, y - radius, x + radius, y + radius)
        self._draw.ellipse(corners, outline=color, width=round(wide * SCALE))


def _scaled(*numbers: float) -> tuple[float, float, float, float]:
    """The four numbers in pixels."""
    left, top, right, bottom = (number * SCALE for number in numbers)
    return left, top, right, bottom
