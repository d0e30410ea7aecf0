"""The publish step: soft labels, doubts and gold, curated by a recipe -> an immutable version."""

from __future__ import annotations

import hashlib
import json
import math
import shutil
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from labeling.collection import read_pins
from labeling.curating import REASONS, CuratedPins, Curation, Curator
from labeling.dataset_card import COLUMNS, TEXT_COLUMNS, card, croissant, schema
from labeling.datasets import (
    LEFT_OUT,
    MANIFEST,
    File,
    Manifest,
    find_version,
    latest_folder,
    verify,
    version_number,
    version_pointer,
    versions,
)
from labeling.doubts import Doubts
from labeling.errors import DatasetError
from labeling.evaluation_splits import SPLIT_ORDER
from labeling.fingerprints import fingerprint
from labeling.packing import FATES, pack_images
from labeling.pins import FIELDS, SEEN, PinBatch
from labeling.progress import Progress
from labeling.shards import Store
from labeling.version_numbers import reserve_number

FILE_ROWS = 500_000
FILE_BYTES = 256 * 2**20
"""Of a file whose rows have their images in them."""
LEFT_OUT_SCHEMA = pa.schema([("pin_id", pa.string()), ("reason", pa.string())])


@dataclass(frozen=True, kw_only=True)
class _Written:
    """What lies in the staging folder."""

    rows: list[File]
    why: File
    """The pins that are left out, each with its reason."""
    left_out: dict[str, int]
    rules: dict[str, int]
    sources: dict[str, dict[str, int]]
    """Split -> source of the label -> rows."""
    images: dict[str, int]
    """Rows by what became of their image; {} where the recipe embeds none."""


@dataclass(frozen=True, kw_only=True)
class Publication:
    """A version, and whether this call made it or found it published already."""

    key: str
    """Of its folder in the store."""
    manifest: Manifest
    is_new: bool


def dataset_name(signal: str, collection: str) -> str:
    """Return the name of the dataset of a signal and a collection."""
    return signal if signal == collection else f"{signal}-{collection}"


def publish(
    store: Store,
    doubts: Doubts,
    curation: Curation,
    progress: Progress,
    *,
    name: str | None = None,
) -> Publication:
    """Publish a version, or return the one whose content is the same; named as `dataset_name` says
    unless another name is given.

    Which pins are its rows, with which label and weight and in which split, is for the recipe and
    the splits to say (`labeling.curating`). Raises DatasetError where no row is left, or where the
    recipe names a slice that no pin has.
    """
    name = name or dataset_name(doubts.resolution.signal.name, doubts.resolution.collection.name)
    with store.scratch_folder(f"datasets/{name}") as staging:
        written = _write_rows(store, doubts, curation, staging, progress)
        if not written.rows:
            reasons = ", ".join(f"{why}: {count:,}" for why, count in written.left_out.items())
            signal, pins = doubts.resolution.signal.name, doubts.resolution.collection.name
            raise DatasetError(
                f"No pin is fit for publishing ({reasons}); nothing was published. "
                f"`labeling functions {signal} {pins}` says what the functions vote, and people "
                "can label what waits in the queue: `labeling review`."
            )
        draft = _manifest(doubts, curation, name, written)
        for folder in reversed(versions(store, name)):
            key, known = find_version(store, f"{name}@{folder}")
            if (known.signal, known.collection) != (draft.signal, draft.collection):
                raise DatasetError(
                    f"The name {name} is taken: {name}@{folder} is of {known.signal} on "
                    f"{known.collection}, and nothing of {draft.signal} on {draft.collection} was "
                    "published; name the collection or the signal otherwise."
                )
            if known.content == draft.content:
                _repair(store, key, known, staging)
                _point(store, known, found=True)
                return Publication(key=key, manifest=known, is_new=False)
        manifest = _reserve(store, draft)
        manifest = _with_cards(manifest, staging)
        (staging / MANIFEST).write_bytes(manifest.to_bytes())
        verify(staging)
        key = f"datasets/{name}/{manifest.folder}"
        is_new = store.finish_folder(staging, key, last=MANIFEST)
    _point(store, manifest, found=False)
    return Publication(key=key, manifest=manifest, is_new=is_new)


def _point(store: Store, manifest: Manifest, *, found: bool) -> None:
    """Say where the version lies to readers that cannot list a folder, and that it is the latest: not
    of a new one that a later one overtook, but of one that was found. A version whose publisher was
    killed before it said where it lies gets its pointer here."""
    name = manifest.name
    there = store.keys(f"datasets/{name}/folders")
    for folder in versions(store, name):
        pointer = version_pointer(name, version_number(folder))
        if folder == manifest.folder or pointer not in there:
            store.write_bytes(pointer, f"{folder}\n".encode())
    latest = latest_folder(store, name)
    if found or latest is None or version_number(latest) <= manifest.version:
        store.write_bytes(f"datasets/{name}/LATEST", f"{manifest.folder}\n".encode())


def _manifest(doubts: Doubts, curation: Curation, name: str, written: _Written) -> Manifest:
    r = doubts.resolution
    recipe = curation.recipe
    gold = sorted(doubts.gold.items()) if recipe.gold else []
    lineage: dict[str, Any] = {
        "functions": [
            {"name": f.name, "kind": f.kind, "fingerprint": f.fingerprint} for f in r.functions
        ],
        "resolver": r.resolver,
        "resolution": r.fingerprint,
        "doubts": doubts.folder.rsplit("/", 1)[1],
        "encoder": ", ".join(encoder.name for encoder in doubts.encoders),
        "balance": None if r.signal.balance is None else list(r.signal.balance),
        "seed": r.seed,
        "validation_share": curation.validation_share,
        "recipe": recipe.to_json(),
        "gold": {"labels": len(gold), "digest": fingerprint(gold) if gold else ""},
        "rows_by_rule": written.rules,
        "rows_by_source": written.sources,
    }
    if written.images:
        lineage["rows_by_image"] = written.images
    return Manifest(
        name=name,
        version=0,
        parent=None,
        signal=r.signal.name,
        classes=r.signal.classes,
        collection=r.collection.name,
        revision=r.collection.revision,
        lineage=lineage,
        left_out=written.left_out,
        files=(*written.rows, written.why),
    )


def _reserve(store: Store, draft: Manifest) -> Manifest:
    """Return the manifest with a number of its own."""
    number = reserve_number(store, f"datasets/{draft.name}", draft.content)
    before = [f for f in versions(store, draft.name) if version_number(f) < number]
    return replace(draft, version=number, parent=before[-1] if before else None)


def _repair(store: Store, key: str, known: Manifest, staging: Path) -> None:
    """Write again what is lost or damaged of a version, with the bytes that it had."""
    _with_cards(known, staging)
    for file in known.files:
        path, digest = f"{key}/{file.path}", hashlib.sha256()
        for block in store.blocks(path) if store.exists(path) else ():
            digest.update(block)
        if digest.hexdigest() != file.sha256:
            store.write_file(path, staging / file.path)


def _with_cards(manifest: Manifest, staging: Path) -> Manifest:
    """Write README.md and croissant.json; return the manifest that lists them too."""
    texts = {
        "README.md": card(manifest),
        "croissant.json": json.dumps(croissant(manifest), indent=1, sort_keys=True),
    }
    listed = [file for file in manifest.files if file.path not in texts]
    for name, text in texts.items():
        (staging / name).write_text(text, encoding="utf-8")
        listed.append(_described(staging, name, 0, ""))
    return replace(manifest, files=tuple(listed))


def _described(staging: Path, path: str, rows: int, split: str) -> File:
    with (staging / path).open("rb") as file:
        digest = hashlib.file_digest(file, "sha256").hexdigest()
    size = (staging / path).stat().st_size
    return File(path=path, sha256=digest, bytes=size, rows=rows, split=split)


def _write_rows(
    store: Store, doubts: Doubts, curation: Curation, staging: Path, progress: Progress
) -> _Written:
    """Write the data files of all splits and the list of what is left out."""
    (staging / "data").mkdir()
    slices = _slices(curation)
    classes, collection = doubts.resolution.signal.classes, doubts.resolution.collection
    embeds = curation.recipe.images == "embed"
    columns = schema(classes, slices)
    stored = schema(classes, slices, embeds=embeds)
    most = FILE_BYTES if embeds else math.inf
    writers = {split: _SplitWriter(staging, split, stored, most) for split in SPLIT_ORDER}
    left_out, rules, images = Counter[str](), Counter[str](), Counter[str]()
    sources = {split: Counter[str]() for split in SPLIT_ORDER}
    there: set[str] = set()
    shards = collection.shards
    curator = Curator.survey(store, doubts, curation)
    audited = curator.curation.audited
    with (
        progress.bar("publish", len(shards)) as advance,
        pq.ParquetWriter(staging / LEFT_OUT, LEFT_OUT_SCHEMA, compression="zstd") as reasons,
    ):
        for shard in shards:
            judged = curator.judge(shard)
            pins = read_pins(store, shard, [*SEEN, "extra"])
            rows = _rows(pins, judged, slices, columns)
            there.update(name for name in slices if any(rows.column(name).unique().to_pylist()))
            for split in SPLIT_ORDER:
                mask = judged.fates == split
                if mask.any():
                    own, places = rows.filter(pa.array(mask)), np.flatnonzero(mask)
                    parts: Iterable[pa.Table] = [own]
                    if embeds:
                        parts = pack_images(store, collection, shard, own, places, images)
                    for part in parts:
                        writers[split].write(part)
                    sources[split].update(judged.sources[mask].tolist())
            out = np.isin(judged.fates, REASONS)
            left_out.update(judged.fates[out].tolist())
            ids = pins.column("pin_id").filter(pa.array(out))
            pairs = [ids, pa.array(judged.fates[out], pa.string())]
            reasons.write(pa.table(pairs, schema=LEFT_OUT_SCHEMA))
            for rule, mask in judged.rules(audited):
                rules[rule] += int(mask.sum())
            advance(1)
    # a domain is made of the link: where none has a host the name is right
    if missing := [name for name in slices if name not in there and name != "domain"]:
        raise DatasetError(
            f"The recipe keeps the slice {missing[0]!r}, which no pin of "
            f"{doubts.resolution.collection.name} has; correct its name."
        )
    return _Written(
        rows=[file for split in SPLIT_ORDER for file in writers[split].finish()],
        why=_described(staging, LEFT_OUT, 0, ""),
        left_out={why: left_out[why] for why in REASONS if left_out[why]},
        rules={rule: count for rule, count in rules.items() if count},
        sources={split: dict(sorted(found.items())) for split, found in sources.items() if found},
        images={fate: images[fate] for fate in FATES} if embeds else {},
    )


def _slices(curation: Curation) -> tuple[str, ...]:
    """Return the columns to carry along beside those that every version has."""
    names = tuple(dict.fromkeys(n for n in curation.recipe.slices if n not in TEXT_COLUMNS))
    for name in names:
        if name in COLUMNS or name in FIELDS or name.startswith("label_"):
            raise DatasetError(
                f"The recipe keeps the slice {name!r}, which is a column that versions have for "
                "something else; keep other columns."
            )
    return names


def _rows(
    pins: pa.Table, judged: CuratedPins, slices: tuple[str, ...], columns: pa.Schema
) -> pa.Table:
    """Return a row for each pin of a shard."""
    batch = PinBatch(pins)
    values = {
        **{name: pins.column(name) for name in TEXT_COLUMNS},
        "label": pa.array(judged.labels, pa.int64()),
        "soft_label": pa.array(list(judged.soft), pa.list_(pa.float32())),
        "confidence": pa.array(judged.soft.max(axis=1), pa.float32()),
        "label_source": pa.array(judged.sources, pa.string()),
        "weight": pa.array(judged.weights, pa.float32()),
        "inclusion": pa.array(judged.inclusion, pa.float32(), from_pandas=True),
        "quality": pa.array(judged.quality, pa.float32(), from_pandas=True),
        "group": pa.array(judged.groups, pa.string()),
        **{name: batch.array(name) for name in slices},
    }
    return pa.table([values[name] for name in columns.names], schema=columns)


class _SplitWriter:
    """Writes one split as Parquet files of at most FILE_ROWS rows and so many bytes (before they are
    compressed), named when all are there."""

    def __init__(self, staging: Path, split: str, columns: pa.Schema, most: float) -> None:
        self.staging, self.split, self.schema, self.most = staging, split, columns, most
        self.writer: pq.ParquetWriter | None = None
        self.bytes = 0
        """In the file that is being written."""
        self.counts: list[int] = []

    def write(self, rows: pa.Table) -> None:
        for start in range(0, len(rows), FILE_ROWS):
            part = rows.slice(start, FILE_ROWS)
            if (
                self.writer is None
                or self.counts[-1] + len(part) > FILE_ROWS
                or self.bytes + part.nbytes > self.most
            ):
                self._next_file()
            assert self.writer is not None
            self.writer.write_table(part)
            self.counts[-1] += len(part)
            self.bytes += part.nbytes

    def _next_file(self) -> None:
        if self.writer is not None:
            self.writer.close()
        path = self._path(len(self.counts), 0)
        self.writer = pq.ParquetWriter(self.staging / path, self.schema, compression="zstd")
        self.counts.append(0)
        self.bytes = 0

    def _path(self, number: int, of: int) -> str:
        return f"data/{self.split}-{number:05d}-of-{of:05d}.parquet"

    def finish(self) -> Iterator[File]:
        if self.writer is not None:
            self.writer.close()
        for number, rows in enumerate(self.counts):
            path = self._path(number, len(self.counts))
            shutil.move(self.staging / self._path(number, 0), self.staging / path)
            yield _described(self.staging, path, rows, self.split)
