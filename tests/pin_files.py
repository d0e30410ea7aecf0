"""Files of pins for tests, and what readers make of them."""

from __future__ import annotations

import json
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
from PIL import Image

from labeling.readers import BadRow, Row, open_pins

CSV = "pin_id,title\np1,Blue lake\np2,Old café\n"
LABELS = {"0": "ham", "1": "spam"}
RECORDS = {
    "0": {"label": 0, "weak_labels": [0, -1, 1], "data": {"text": "see you at noon"}},
    "1": {"label": 1, "weak_labels": [-1, 1, 1], "data": {"text": "win cash now"}},
}


def rows_of(path: Path, **options: str) -> list[Row | BadRow]:
    return list(open_pins(path, **options).rows())


def values_of(path: Path, **options: str) -> list[dict[str, str]]:
    return [row.values for row in rows_of(path, **options) if isinstance(row, Row)]


def faults_of(path: Path, **options: str) -> list[tuple[int, str]]:
    rows = rows_of(path, **options)
    return [(row.number, row.reason) for row in rows if isinstance(row, BadRow)]


def write(path: Path, content: str | bytes) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return path


def write_parquet(path: Path, **columns: object) -> Path:
    pq.write_table(pa.table(columns), path)
    return path


def write_wrench(folder: Path, records: object = RECORDS, labels: object = LABELS) -> Path:
    write(folder / "label.json", json.dumps(labels))
    write(folder / "train.json", json.dumps(records))
    return folder


def write_image(path: Path, size: int = 40) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.effect_noise((size, size), 60).save(path)
    return path
