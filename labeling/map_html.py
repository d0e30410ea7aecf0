"""A map as one interactive HTML page: nothing in it is loaded from elsewhere, and it runs no script
but its own."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from markupsafe import Markup

from labeling.map_points import SEEN, MapPoint, PinMap, Sources
from labeling.pages import page_template, write_page
from labeling.pictures import pictures_at
from labeling.shards import Store

PICTURE_BYTES = 5_000_000
"""Of all pictures together, so that the page opens at once and can be mailed."""
COLOURINGS = {
    "label": "label",
    "confidence": "confidence",
    "doubt": "doubt",
    "flag": "what speaks against it",
    "known": "known label",
}
ALIKE = {"text": "texts", "image": "images", "both": "texts and images"}


def write_map(
    store: Store, drawn: PinMap, sources: Sources, points: Sequence[MapPoint], path: Path
) -> None:
    """Write the map as one self-contained HTML file, whole or not at all.

    Raises StoreError where the path cannot be written.
    """
    write_page(render_map(drawn, sources, points, pictures_on(store, drawn, points)), path)


def render_map(
    drawn: PinMap, sources: Sources, points: Sequence[MapPoint], pictures: dict[str, str]
) -> str:
    """Return the page. Text of pins reaches it as JSON data and is shown as text alone; the page's
    policy allows the one script that it has."""
    numbers = {name: number for number, name in enumerate(sources.classes)}
    functions = {name: number for number, name in enumerate(sources.votes)}
    parts, size = [], 0
    for point in points:
        picture = pictures.get(point.pin_id, "")
        size += len(picture)
        kept = picture if size <= PICTURE_BYTES else ""
        parts.append(_value(point, numbers, functions) | {"picture": kept})
    script = page_template("map.js").render()
    digest = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
    on = drawn.on if len(drawn.encoders) > 1 else drawn.encoders[0].reads
    has_known = any(point.known in numbers for point in points)
    return page_template("map.html").render(
        collection=drawn.collection.name,
        signal=sources.signal,
        revision=sources.revision,
        pins=drawn.collection.pins,
        shown=len(points),
        alike=ALIKE[on],
        seen=SEEN[on],
        encoders=[encoder.name for encoder in drawn.encoders],
        colourings={v: t for v, t in COLOURINGS.items() if v != "known" or has_known},
        functions=list(functions),
        pictured=sum(bool(part["picture"]) for part in parts),
        cut=size > PICTURE_BYTES,
        data={"names": sources.classes, "functions": list(functions), "points": parts},
        script=Markup(script),
        script_hash=f"sha256-{digest}",
    )


def _value(point: MapPoint, numbers: dict[str, int], functions: dict[str, int]) -> dict[str, Any]:
    """Return a point as the script reads it: classes and functions as numbers, -1 for none."""
    classes = {name: numbers.get(getattr(point, name), -1) for name in ("label", "probe", "known")}
    votes = {functions[name]: numbers[label] for name, label in point.votes.items()}
    places = {"x": round(point.x, 4), "y": round(point.y, 4)}
    value = asdict(point) | classes | places | {"votes": votes}
    return {name: part for name, part in value.items() if name not in ("shard", "row")}


def pictures_on(store: Store, drawn: PinMap, points: Sequence[MapPoint]) -> dict[str, str]:
    """Return pin id -> picture (a data URI) of those of the points that have one."""
    found: dict[str, str] = {}
    for shard in drawn.collection.shards:
        ids = {point.row: point.pin_id for point in points if point.shard == shard.id}
        if ids:
            pictures = pictures_at(store, drawn.collection, shard, sorted(ids))
            found |= {ids[row]: picture for row, picture in pictures.items()}
    return found
