"""Images -> vectors without a model: where edges run which way, which colours lie where.

Gradient histograms as in Dalal and Triggs 2005 (signed, block-normalised, clipped at .2), at two
scales; colour names by cell; a coarse layout. Made for a linear model on top.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from PIL import Image

BATCH = 64
GRID, HUES = 4, 8
COLOURS = 4 + 2 * HUES
"""Four greys, and each hue dark and light."""
LAYOUT = 8
PALE = 40
"""Saturation or value below which a pixel counts as grey."""
WEIGHTS = (1.0, 0.6, 0.5, 0.3)
"""Of fine edges, coarse edges, colours and layout; chosen on a validation split of clothing."""


def classic_features(images: Sequence[Image.Image]) -> np.ndarray:
    """Return float32 [n, 1856] unit vectors of RGB images of any size; aspect is not kept."""
    starts = range(0, len(images), BATCH)
    parts = [_features(images[start : start + BATCH]) for start in starts]
    return np.concatenate(parts) if parts else _features([Image.new("RGB", (1, 1))])[:0]


def _features(images: Sequence[Image.Image]) -> np.ndarray:
    groups = (
        _edges(images, side=128, cell=16, bins=18),
        _edges(images, side=64, cell=16, bins=12),
        _colours(images, side=64),
        _layout(images),
    )
    weighted = [w * _unit(group) for w, group in zip(WEIGHTS, groups, strict=True)]
    return _unit(np.hstack(weighted)).astype(np.float32)


def _edges(images: Sequence[Image.Image], *, side: int, cell: int, bins: int) -> np.ndarray:
    """Return histograms of the directions of gradients, [n, cells * bins]."""
    grey = np.sqrt(_resized([image.convert("L") for image in images], side) / np.float32(255))
    across, down = np.zeros_like(grey), np.zeros_like(grey)
    across[:, :, 1:-1] = grey[:, :, 2:] - grey[:, :, :-2]
    down[:, 1:-1] = grey[:, 2:] - grey[:, :-2]
    length = np.hypot(across, down)
    direction = np.arctan2(down, across) / np.float32(2 * np.pi) % 1 * bins
    lower = direction.astype(np.int64)
    share = direction - lower
    start = _cells(len(images), side, cell) * bins
    count = len(images) * (side // cell) ** 2 * bins
    counts = _counted(start + lower % bins, length * (1 - share), count)
    counts += _counted(start + (lower + 1) % bins, length * share, count)
    return _block_normalised(counts.reshape(len(images), side // cell, side // cell, bins))


def _block_normalised(counts: np.ndarray) -> np.ndarray:
    """Return each cell over the length of the four blocks of 2 x 2 cells that it is in, summed."""
    n, high, wide, _ = counts.shape
    power = np.pad((counts**2).sum(axis=3), ((0, 0), (1, 1), (1, 1)), mode="edge")
    blocks = power[:, :-1, :-1] + power[:, 1:, :-1] + power[:, :-1, 1:] + power[:, 1:, 1:]
    lengths = np.sqrt(blocks + 1e-3)[..., None]
    normalised = np.zeros_like(counts)
    for top in (0, 1):
        for left in (0, 1):
            block = lengths[:, top : top + high, left : left + wide]
            normalised += np.minimum(counts / block, 0.2)
    return normalised.reshape(n, -1)


def _colours(images: Sequence[Image.Image], *, side: int) -> np.ndarray:
    """Return square roots of the shares of colour names by cell, [n, cells * COLOURS]."""
    small = [image.resize((side, side), Image.Resampling.BILINEAR) for image in images]
    hsv = np.stack([np.asarray(image.convert("HSV")) for image in small]).astype(np.int64)
    hue, saturation, value = np.moveaxis(hsv, 3, 0)
    vivid = 4 + (hue * HUES // 256) * 2 + (value > 127)
    names = np.where((saturation < PALE) | (value < PALE), value // 64, vivid)
    cell = side // GRID
    places = _cells(len(images), side, cell) * COLOURS + names
    counts = _counted(places, None, len(images) * GRID * GRID * COLOURS)
    return np.sqrt(counts / cell**2).reshape(len(images), -1)


def _layout(images: Sequence[Image.Image]) -> np.ndarray:
    """Return the colours of a few large pixels around grey, [n, LAYOUT * LAYOUT * 3]."""
    size = (LAYOUT, LAYOUT)
    small = [image.resize(size, Image.Resampling.BOX).convert("YCbCr") for image in images]
    values = np.stack([np.asarray(image) for image in small]) / np.float32(255) - 0.5
    return values.reshape(len(images), -1)


def _resized(images: Sequence[Image.Image], side: int) -> np.ndarray:
    small = [image.resize((side, side), Image.Resampling.BILINEAR) for image in images]
    return np.stack([np.asarray(image) for image in small]).astype(np.float32)


def _cells(n: int, side: int, cell: int) -> np.ndarray:
    """Return the number of each pixel's cell, counted through all images, [n, side, side]."""
    grid = side // cell
    rows, columns = np.mgrid[:side, :side] // cell
    return np.arange(n)[:, None, None] * grid * grid + rows * grid + columns


def _counted(places: np.ndarray, weights: np.ndarray | None, count: int) -> np.ndarray:
    weight = None if weights is None else weights.ravel()
    return np.bincount(places.ravel(), weight, count).astype(np.float32)


def _unit(vectors: np.ndarray) -> np.ndarray:
    return vectors / np.maximum(np.linalg.norm(vectors, axis=1, keepdims=True), 1e-6)
