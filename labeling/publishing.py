"""The publish step: soft labels and doubts -> an immutable dataset version."""

from __future__ import annotations

import hashlib
import json
import shutil
from collections.abc import Iterator
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from labeling.collection import read_pins
from labeling.dataset_card import TEXT_COLUMNS, card, croissant, schema
from labeling.datasets import MANIFEST, File, Manifest, find_version, verify, versions
from labeling.doubts import Doubts
from labeling.errors import DatasetError
from labeling.final_labels import GOLD
from labeling.fingerprints import fingerprint
from labeling.progress import Progress
from labeling.resolving import read_probabilities, read_splits
from labeling.shards import Store

FILE_ROWS = 500_000
SPLIT_NAMES = {"valid": "validation", "test": "test"}
SPLIT_ORDER = ("train", "validation", "test")
UNFIT = "no class fits, said a reviewer"
UNLABELLED = "no label (uncovered, or a tie)"
SUSPECTED = "label suspected to be wrong"
LEAKING = "near-duplicate of a pin in another split"


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
    validation_share: float,
    progress: Progress,
    unfit: AbstractSet[str] = frozenset(),
) -> Publication:
    """Publish a version, or return the one whose content is the same.

    Rows are the labelled pins whose label cleanlab does not suspect, but for those `unfit` (pin ids),
    of which a reviewer said that no class fits. Pins keep the split that they
    came with; of those without one (or, where the collection has no valid split, of the train
    pins) a share of the groups goes to validation, by a hash, so a pin never moves. Raises
    DatasetError where no row is left.
    """
    name = dataset_name(doubts.resolution.signal.name, doubts.resolution.collection.name)
    with store.scratch_folder(f"datasets/{name}") as staging:
        files, left_out = _write_rows(store, doubts, validation_share, staging, progress, unfit)
        if not files:
            reasons = ", ".join(f"{why}: {count:,}" for why, count in left_out.items())
            raise DatasetError(f"No pin is fit for publishing ({reasons}); nothing was published.")
        draft = _manifest(doubts, validation_share, name, files, left_out)
        for folder in reversed(versions(store, name)):
            key, known = find_version(store, f"{name}@{folder}")
            if known.content == draft.content:
                _repair(store, key, known, staging)
                store.write_bytes(f"datasets/{name}/LATEST", f"{folder}\n".encode())
                return Publication(key=key, manifest=known, is_new=False)
        manifest = _reserve(store, draft)
        manifest = _with_cards(manifest, staging)
        (staging / MANIFEST).write_bytes(manifest.to_bytes())
        verify(staging)
        key = f"datasets/{name}/{manifest.folder}"
        store.finish_folder(staging, key, last=MANIFEST)
    store.write_bytes(f"datasets/{name}/LATEST", f"{manifest.folder}\n".encode())
    return Publication(key=key, manifest=manifest, is_new=True)


def _manifest(
    doubts: Doubts, share: float, name: str, files: list[File], left_out: dict[str, int]
) -> Manifest:
    r = doubts.resolution
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
        "validation_share": share,
    }
    return Manifest(
        name=name,
        version=0,
        parent=None,
        signal=r.signal.name,
        classes=r.signal.classes,
        collection=r.collection.name,
        revision=r.collection.revision,
        lineage=lineage,
        left_out=left_out,
        files=tuple(files),
    )


def _reserve(store: Store, draft: Manifest) -> Manifest:
    """Return the manifest with a number of its own: of two publishers, each gets another.

    The reservation carries the content's digest, so a publisher that was killed gets its own back.
    """
    number = 1
    while True:
        key = f"datasets/{draft.name}/numbers/{number:06d}"
        try:
            store.write_bytes(key, draft.content.encode(), exclusive=True)
        except FileExistsError:
            if store.read_bytes(key).decode() != draft.content:
                number += 1
                continue
        before = [f for f in versions(store, draft.name) if int(f[1:].partition("-")[0]) < number]
        parent = before[-1] if before else None
        return replace(draft, version=number, parent=parent)


def _repair(store: Store, key: str, known: Manifest, staging: Path) -> None:
    """Write again what is lost or damaged of a version, with the bytes that it had."""
    rows = tuple(file for file in known.files if file.split)
    _with_cards(replace(known, files=rows), staging)
    for file in known.files:
        path = f"{key}/{file.path}"
        data = store.read_bytes(path) if store.exists(path) else b""
        if hashlib.sha256(data).hexdigest() != file.sha256:
            store.write_file(path, staging / file.path)


def _with_cards(manifest: Manifest, staging: Path) -> Manifest:
    """Write README.md and croissant.json; return the manifest that lists them too."""
    texts = {
        "README.md": card(manifest),
        "croissant.json": json.dumps(
            croissant(manifest, list(manifest.files)), indent=1, sort_keys=True
        ),
    }
    listed = list(manifest.files)
    for name, text in texts.items():
        (staging / name).write_text(text, encoding="utf-8")
        listed.append(_described(staging, name, 0, ""))
    return replace(manifest, files=tuple(listed))


def _described(staging: Path, path: str, rows: int, split: str) -> File:
    data = (staging / path).read_bytes()
    digest = hashlib.sha256(data).hexdigest()
    return File(path=path, sha256=digest, bytes=len(data), rows=rows, split=split)


def _write_rows(
    store: Store,
    doubts: Doubts,
    share: float,
    staging: Path,
    progress: Progress,
    unfit: AbstractSet[str],
) -> tuple[list[File], dict[str, int]]:
    """Write the data files of all splits; return them and the pins left out by reason."""
    (staging / "data").mkdir()
    left_out = dict.fromkeys((UNFIT, UNLABELLED, SUSPECTED, LEAKING), 0)
    writers = {split: _SplitWriter(staging, split, doubts) for split in SPLIT_ORDER}
    held, has_valid = _held_out_groups(store, doubts)
    shards = doubts.resolution.collection.shards
    with progress.bar("publish", len(shards)) as advance:
        for shard in shards:
            own = 0.0 if has_valid else share
            rows, splits = _rows_of(store, doubts, shard, held, own, unfit)
            for why, mask in splits.items():
                if why in left_out:
                    left_out[why] += int(mask.sum())
                elif mask.any():
                    writers[why].write(rows.filter(pa.array(mask)))
            advance(1)
    files = [file for split in SPLIT_ORDER for file in writers[split].finish()]
    return files, {why: count for why, count in left_out.items() if count}


def _held_out_groups(store: Store, doubts: Doubts) -> tuple[dict[str, str], bool]:
    """Return the published split of each group with a held-out pin (test before validation), and
    whether the collection has a valid split."""
    held: dict[str, str] = {}
    has_valid = False
    for shard in doubts.resolution.collection.shards:
        splits = read_splits(store, shard).tolist()
        groups = store.read_table(doubts.flags_key(shard), ["group"]).column("group").to_pylist()
        for split, group in zip(splits, groups, strict=True):
            if split in SPLIT_NAMES:
                has_valid = has_valid or split == "valid"
                if held.get(group) != "test":
                    held[group] = SPLIT_NAMES[split]
    return held, has_valid


def _rows_of(
    store: Store,
    doubts: Doubts,
    shard: Any,
    held: dict[str, str],
    share: float,
    unfit: AbstractSet[str],
) -> tuple[pa.Table, dict[str, np.ndarray]]:
    """Return a shard's rows, and per split or reason to leave out which rows it takes."""
    r = doubts.resolution
    pins = read_pins(store, shard, [*TEXT_COLUMNS, "split"])
    resolved = store.read_table(r.key(shard), ["label"]).column("label").to_numpy()
    found = store.read_table(doubts.probe_key(shard), ["final", "label", "source", "quality"])
    flags = store.read_table(doubts.flags_key(shard), ["is_issue", "group"])
    probabilities = read_probabilities(found.column("final"))
    labels = found.column("label").to_numpy()
    groups = flags.column("group").to_pylist()
    given = pins.column("split").to_pylist()
    splits = np.array(
        [_split(s, g, held, share) for s, g in zip(given, groups, strict=True)], dtype=object
    )
    is_unfit = np.array([id in unfit for id in pins.column("pin_id").to_pylist()], dtype=bool)
    unlabelled = (labels < 0) & ~is_unfit
    # what is suspected is the resolved label: one that people or the model corrected is not
    kept = (labels == resolved) & (found.column("source").to_numpy() != GOLD)
    suspected = flags.column("is_issue").to_numpy(zero_copy_only=False)
    suspected = suspected & kept & ~unlabelled & ~is_unfit
    leaking = (splits == LEAKING) & ~unlabelled & ~suspected & ~is_unfit
    usable = ~(is_unfit | unlabelled | suspected | leaking)
    quality = found.column("quality").to_pandas()
    rows = pa.Table.from_arrays(
        [
            *(pins.column(name) for name in TEXT_COLUMNS),
            pa.array(labels, pa.int64()),
            pa.array(list(probabilities), pa.list_(pa.float32())),
            pa.array(probabilities.max(axis=1), pa.float32()),
            found.column("source"),
            pa.array(quality, pa.float32(), from_pandas=True),
            flags.column("group"),
        ],
        schema=schema(r.signal.classes),
    )
    taken = {split: usable & (splits == split) for split in SPLIT_ORDER}
    out = {UNFIT: is_unfit, UNLABELLED: unlabelled, SUSPECTED: suspected, LEAKING: leaking}
    return rows, out | taken


def _split(given: str, group: str, held: dict[str, str], share: float) -> str:
    """Return where a pin is published: its group decides, so near-duplicates stay together."""
    own = SPLIT_NAMES.get(given)
    if group in held:
        return held[group] if own == held[group] else LEAKING
    if int(fingerprint("split", group), 16) / 16**12 < share:
        return "validation"
    return "train"


class _SplitWriter:
    """Writes one split as Parquet files of at most FILE_ROWS rows, named when all are there."""

    def __init__(self, staging: Path, split: str, doubts: Doubts) -> None:
        self.staging, self.split = staging, split
        self.schema = schema(doubts.resolution.signal.classes)
        self.writer: pq.ParquetWriter | None = None
        self.counts: list[int] = []

    def write(self, rows: pa.Table) -> None:
        for start in range(0, len(rows), FILE_ROWS):
            part = rows.slice(start, FILE_ROWS)
            if self.writer is None or self.counts[-1] + len(part) > FILE_ROWS:
                self._next_file()
            assert self.writer is not None
            self.writer.write_table(part)
            self.counts[-1] += len(part)

    def _next_file(self) -> None:
        if self.writer is not None:
            self.writer.close()
        path = self._path(len(self.counts), 0)
        self.writer = pq.ParquetWriter(self.staging / path, self.schema, compression="zstd")
        self.counts.append(0)

    def _path(self, number: int, of: int) -> str:
        return f"data/{self.split}-{number:05d}-of-{of:05d}.parquet"

    def finish(self) -> Iterator[File]:
        if self.writer is not None:
            self.writer.close()
        for number, rows in enumerate(self.counts):
            path = self._path(number, len(self.counts))
            shutil.move(self.staging / self._path(number, 0), self.staging / path)
            yield _described(self.staging, path, rows, self.split)
