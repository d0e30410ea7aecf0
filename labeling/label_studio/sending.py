"""Pins -> tasks of Label Studio: what is shown, and what the label model says so far."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from labeling.collection import read_pins
from labeling.label_studio.asking import choice
from labeling.list_columns import read_lists
from labeling.pictures import pictures_of
from labeling.resolving import Resolution
from labeling.shards import Store

SIDE = 320
"""Pixels of the longer side of a picture that travels inside its task: 8 kB, seldom 16."""
NO_PICTURE = "data:image/gif;base64,R0lGODlhAQABAIAAAAAAAP///yH5BAEAAAAALAAAAAABAAEAAAIBRAA7"
"""One transparent pixel: where a project shows images, each task needs one."""
DIGITS = 4


@dataclass(frozen=True, kw_only=True)
class Sending:
    """A pin as it is sent."""

    data: dict[str, Any]
    prediction: dict[str, Any]

    @property
    def task(self) -> dict[str, Any]:
        """As the server imports it."""
        return {"data": self.data, "predictions": [self.prediction]}


def model_version(resolution: Resolution) -> str:
    """Return the name of the soft labels among a task's predictions."""
    return f"{resolution.resolver}-{resolution.fingerprint}"


def sendings(
    store: Store, resolution: Resolution, pin_ids: Iterable[str], *, images: bool
) -> dict[str, Sending]:
    """Return pin id -> what is sent of those of the pins that the collection has.

    An image with an http(s) address is sent as the address, which the annotator's browser fetches;
    of others the thumbnail travels inside the task.
    """
    wanted = pa.array(sorted(set(pin_ids)), pa.string())
    collection = resolution.collection
    pictures = pictures_of(store, collection, wanted.to_pylist(), side=SIDE) if images else {}
    found: dict[str, Sending] = {}
    for shard in collection.shards:
        columns = ["pin_id", "title", "description", "link", "board", "image"]
        pins = read_pins(store, shard, columns)
        rows = pc.indices_nonzero(pc.is_in(pins.column("pin_id"), wanted))
        if not len(rows):
            continue
        table = store.read_table(resolution.key(shard), ["soft", "label"]).take(rows)
        soft = read_lists(table.column("soft"))
        labels = table.column("label").to_pylist()
        for number, pin in enumerate(pins.take(rows).to_pylist()):
            data = _data(pin)
            if images:
                data["image"] = _image(pin, pictures)
            found[pin["pin_id"]] = Sending(
                data=data, prediction=_prediction(resolution, soft[number], labels[number])
            )
    return found


def _data(pin: dict[str, str]) -> dict[str, Any]:
    parts = (pin["title"], pin["description"], pin["board"] and f"[{pin['board']}]")
    return {
        "pin_id": pin["pin_id"],
        "text": "\n\n".join(part for part in parts if part) or "(no text)",
        "link": pin["link"] or "(no link)",
    }


def _image(pin: dict[str, str], pictures: dict[str, str]) -> str:
    address = pin["image"] or ""
    if address.startswith(("http://", "https://")):
        return address
    return pictures.get(pin["pin_id"], NO_PICTURE)


def _prediction(resolution: Resolution, soft: np.ndarray, label: int) -> dict[str, Any]:
    """Return the soft label as a prediction; its score is the confidence, so that Label Studio's
    uncertainty sampling, which serves the lowest score first, begins with the most doubtful pin.

    A pin on which no function voted has no class, and the lowest confidence there is.
    """
    classes = resolution.signal.classes
    if label < 0:
        result, confidence = [], 1 / len(classes)
    else:
        confidence = float(soft.max())
        shares = {name: round(float(p), DIGITS) for name, p in zip(classes, soft, strict=True)}
        region = choice(classes[label]) | {"score": round(float(soft[label]), DIGITS)}
        result = [region | {"meta": {"soft_label": shares}}]
    return {
        "model_version": model_version(resolution),
        "score": round(confidence, DIGITS),
        "result": result,
    }
