"""The contract between a delivered signal and those who read it, and its check.

A signal is a folder: `data/*.parquet`, a row for each pin, and contract.json, which says what the
columns mean and lists every file with its sha256; it is written last, so a folder that has one is
whole. `python -m labeling.signal_contract FOLDER` checks one. Needs only pyarrow, numpy and fsspec.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import sys
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from labeling.errors import ContractError, LabelingError, StoreError
from labeling.fingerprints import draw_of
from labeling.shards import Store

CONTRACT = "contract.json"
VERSION = 1
"""Of the contract; raised where a column goes or comes to mean something else."""
PROBABILITY = (
    "calibrated P(class): the model's logits, divided by the temperature that fits its validation rows, "
    "through a softmax"
)
RULE = (
    "the class with the highest probability; null where that is below the class's threshold, or where "
    "the model sees nothing of the pin"
)
MEANINGS = {
    "pin_id": "identifies the pin; no two rows have the same",
    "signal": "the signal's name",
    "label": RULE,
    "confidence": "the highest of the probabilities",
    "probabilities": f"{PROBABILITY}; in the order of the classes",
    "fault": "why the model saw nothing of the pin, or not its image; null for none",
}
SUM_WITHIN = 1e-3
"""How far the sum of a row's float32 probabilities may be from 1."""


def schema(classes: int) -> pa.Schema:
    """Return the columns of a signal's files."""
    return pa.schema(
        {
            "pin_id": pa.string(),
            "signal": pa.dictionary(pa.int32(), pa.string()),
            "label": pa.string(),
            "confidence": pa.float32(),
            "probabilities": pa.list_(pa.float32(), classes),
            "fault": pa.string(),
        }
    )


@dataclass(frozen=True, kw_only=True)
class SignalFile:
    """One file of a signal."""

    path: str
    sha256: str
    bytes: int
    rows: int


@dataclass(frozen=True, kw_only=True)
class SignalModelName:
    """Which model made a signal."""

    name: str
    digest: str
    """sha256, hex, of its files."""
    dataset: str
    """The version that it was trained on."""


@dataclass(frozen=True, kw_only=True)
class Contract:
    """What contract.json says."""

    signal: str
    classes: tuple[str, ...]
    thresholds: dict[str, float | None]
    """Class -> the probability from which on it is the label; None: it never is."""
    model: SignalModelName
    collection: str
    revision: int
    """Of the collection."""
    created_at: str
    """UTC, ISO 8601."""
    files: tuple[SignalFile, ...]
    contract: int = VERSION

    @property
    def rows(self) -> int:
        """Pins in all files."""
        return sum(file.rows for file in self.files)

    def to_bytes(self) -> bytes:
        """Return the bytes of contract.json: with it go the meanings of columns and the rule."""
        columns = [
            {"name": field.name, "type": str(field.type), "meaning": MEANINGS[field.name]}
            for field in schema(len(self.classes))
        ]
        value = asdict(self) | {"columns": columns, "rows": self.rows, "label_is": RULE}
        return json.dumps(value, sort_keys=True, ensure_ascii=False, indent=1).encode() + b"\n"

    @classmethod
    def from_bytes(cls, data: bytes) -> Contract:
        """Return the contract. Raises ContractError where the bytes are none, or of another version, or
        for the first value that cannot be."""
        try:
            value = json.loads(data)
            if value["contract"] != VERSION:
                raise ContractError(
                    f"{CONTRACT} is of version {value['contract']}, and this check knows version "
                    f"{VERSION}; install the version of labeling that wrote it."
                )
            said = {name: value.pop(name) for name in ("columns", "rows", "label_is", "classes")}
            files = tuple(SignalFile(**file) for file in value.pop("files"))
            model = SignalModelName(**value.pop("model"))
            found = cls(**value, classes=tuple(said["classes"]), model=model, files=files)
            for what, holds in _conditions(found, said):
                if not holds:
                    raise ValueError(what)
            return found
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            raise ContractError(
                f"{CONTRACT} is damaged ({error}); deliver the signal again with `labeling predict`."
            ) from error


def _conditions(contract: Contract, said: dict[str, Any]) -> Iterator[tuple[str, bool]]:
    """Yield what each value of a contract would be if it could not be, and whether it can; `said` is
    what contract.json has of those that are made of others."""
    texts = {"signal": contract.signal, "collection": contract.collection}
    texts |= {"created_at": contract.created_at, **asdict(contract.model)}
    numbers = {"revision": contract.revision}
    for file in contract.files:
        texts |= {f"the path {file.path!r}": file.path, f"sha256 of {file.path!r}": file.sha256}
        numbers |= {f"bytes of {file.path!r}": file.bytes, f"rows of {file.path!r}": file.rows}
    for name, text in texts.items():
        yield f"{name} is {text!r}, and no text", isinstance(text, str)
    for name, number in numbers.items():
        yield f"{name} is {number!r}, and no number from 0", type(number) is int and number >= 0
    for name in contract.classes:
        yield f"the class {name!r} is no text", isinstance(name, str)
    count = len(contract.classes)
    yield "classes is not two names or more, each once", count == len(set(contract.classes)) >= 2
    thresholds = contract.thresholds
    for name in contract.classes:
        yield f"the threshold of {name} is missing", name in thresholds
    for name, one in thresholds.items():
        yield f"the threshold of {name} is of no class", name in contract.classes
        can_be = one is None or (type(one) in (int, float) and 0 <= one <= 1)
        yield f"the threshold of {name} is {one!r}, and neither null nor from 0 to 1", can_be
    yield "classes is not a list", isinstance(said["classes"], list)
    columns = [column["name"] for column in said["columns"]]
    yield "columns are not those of this version", columns == schema(1).names
    yield "label_is is not the rule of this version", said["label_is"] == RULE
    yield "rows is not the number of rows in all files", said["rows"] == contract.rows


def check_signal(folder: str | Path) -> Contract:
    """Return the contract of a signal, in a folder or at any fsspec URL, after checking all of it.

    Checks every byte, columns and their types, that pin ids are there and unique, that probabilities
    are from 0 to 1 and sum to 1, and that labels are what the thresholds make of them. Raises
    ContractError, which names the first wrong file and row (from 0). Memory: one file, and 8 bytes
    for each pin.
    """
    store = Store(str(folder))
    if not store.exists(CONTRACT):
        raise ContractError(
            f"{folder} is no delivered signal: it holds no {CONTRACT}; copy it again, or deliver it "
            "with `labeling predict`."
        )
    contract = Contract.from_bytes(store.read_bytes(CONTRACT))
    hashes = []
    for file in contract.files:
        ids = _checked(_read(store, file), file.path, contract).column("pin_id")
        hashes.append(np.array([draw_of(id) for id in ids.to_pylist()], dtype=np.uint64))
    listed = {file.path for file in contract.files}
    can_list = not store.url.startswith(("http://", "https://"))
    for key in store.keys("data") if can_list else ():
        if key not in listed:
            raise ContractError(
                f"{key} is not in {CONTRACT}, and readers of the folder would read it too; remove it."
            )
    _check_unique(store, contract, hashes)
    return contract


def _read(store: Store, file: SignalFile) -> pa.Table:
    try:
        data = store.read_bytes(file.path)
    except StoreError as error:
        raise ContractError(f"{file.path} is missing; copy the signal again.") from error
    if len(data) != file.bytes:
        raise ContractError(
            f"{file.path} has {len(data)} bytes, and the contract says {file.bytes}; copy the signal "
            "again."
        )
    if hashlib.sha256(data).hexdigest() != file.sha256:
        raise ContractError(
            f"{file.path} was changed: its sha256 is not the contract's; copy the signal again."
        )
    try:
        return pq.ParquetFile(pa.BufferReader(data)).read()
    except (pa.ArrowInvalid, OSError) as error:
        raise ContractError(f"{file.path} is no Parquet file ({error}).") from error


def _checked(table: pa.Table, path: str, contract: Contract) -> pa.Table:
    """Return one file's rows. Raises ContractError for the first that breaks the contract."""
    _check_columns(table, path, contract)
    wanted = next(file.rows for file in contract.files if file.path == path)
    if len(table) != wanted:
        raise ContractError(f"{path} has {len(table)} rows, and the contract says {wanted}.")
    lists = table.column("probabilities").combine_chunks()
    unseen = _is_null(lists)
    p = np.zeros((len(table), len(contract.classes)), dtype=np.float32)
    p[~unseen] = _floats(lists.flatten()).reshape(-1, p.shape[1])  # flatten leaves null lists out
    ids = table.column("pin_id")
    wrong = {
        "has no pin_id": pc.fill_null(pc.equal(ids, ""), True),
        f"is not of the signal {contract.signal}": pc.fill_null(
            pc.not_equal(table.column("signal").cast(pa.string()), contract.signal), True
        ),
        "has a probability that is not from 0 to 1": ~((p >= 0) & (p <= 1)).all(axis=1),
        "has probabilities that do not sum to 1": ~unseen
        & ~(np.abs(p.sum(axis=1) - 1) <= SUM_WITHIN),
        "has neither probabilities nor a fault": unseen & _is_null(table.column("fault")),
        "has a confidence that is not its highest probability": ~np.where(
            unseen,
            _is_null(table.column("confidence")),
            _floats(table.column("confidence")) == p.max(axis=1, initial=0),
        ),
        "has a label that the thresholds do not give": labels_of(p, contract)
        != _numbers(table.column("label"), contract.classes),
    }
    for what, rows in wrong.items():
        broken = np.flatnonzero(rows)
        if len(broken):
            row = int(broken[0])
            raise ContractError(
                f"Row {row} of {path} (pin {ids[row].as_py()!r}) {what}; deliver the signal again."
            )
    return table


def _check_columns(table: pa.Table, path: str, contract: Contract) -> None:
    wanted = schema(len(contract.classes))
    for field in wanted:
        if field.name not in table.column_names:
            raise ContractError(f"{path} lacks the column {field.name}; deliver the signal again.")
        found = table.schema.field(field.name).type
        if found != field.type:
            raise ContractError(
                f"The column {field.name} of {path} is {found}, and the contract says {field.type}."
            )
    if more := set(table.column_names) - set(wanted.names):
        raise ContractError(f"{path} has the column {min(more)}, which the contract does not name.")


def labels_of(probabilities: np.ndarray, contract: Contract) -> np.ndarray:
    """Return the label of each row of probabilities, float32 [n, k], as a class number, int [n]; -1 for
    none: below the threshold, or all zeros."""
    found = (contract.thresholds[name] for name in contract.classes)
    thresholds = np.array([np.inf if one is None else one for one in found], dtype=np.float32)
    best = probabilities.argmax(axis=1)
    sure = probabilities.max(axis=1, initial=0) >= thresholds[best]
    return np.where(sure & probabilities.any(axis=1), best, -1)


def _numbers(labels: pa.ChunkedArray, classes: tuple[str, ...]) -> np.ndarray:
    """Return class names as numbers, int [n]: -1 for null, -2 for no class."""
    known = pc.fill_null(pc.index_in(labels, pa.array(classes)), -2).to_numpy()
    return np.where(_is_null(labels), -1, known)


def _is_null(values: Any) -> np.ndarray:
    return values.is_null().to_numpy(zero_copy_only=False)


def _floats(values: Any) -> np.ndarray:
    return pc.fill_null(values, np.nan).to_numpy(zero_copy_only=False)


def _check_unique(store: Store, contract: Contract, hashes: list[np.ndarray]) -> None:
    """Raises ContractError for a pin with two rows. Equal hashes are looked at again: they may be of
    different pins."""
    distinct, counts = np.unique(
        np.concatenate([*hashes, np.empty(0, np.uint64)]), return_counts=True
    )
    twice = distinct[counts > 1]
    seen: dict[str, str] = {}
    for file, own in zip(contract.files, hashes, strict=True):
        rows = np.flatnonzero(np.isin(own, twice))
        if not len(rows):
            continue
        ids = _read(store, file).column("pin_id")
        for row in rows.tolist():
            id = ids[row].as_py()
            if id in seen:
                raise ContractError(
                    f"Row {row} of {file.path} is of the pin {id!r}, which has a row in {seen[id]} "
                    "already; deliver the signal again."
                )
            seen[id] = file.path


def main() -> int:
    """Check a signal; print what it is as one JSON object, or the first error."""
    parser = argparse.ArgumentParser(prog="python -m labeling.signal_contract")
    parser.add_argument("folder", help="a delivered signal: a folder or an fsspec URL")
    try:
        found = check_signal(parser.parse_args().folder)
    except LabelingError as error:
        print(error, file=sys.stderr)
        return 1
    told = {"signal": found.signal, "rows": found.rows, "collection": found.collection}
    print(json.dumps(told | {"classes": found.classes, "model": asdict(found.model), "ok": True}))
    return 0


if __name__ == "__main__":
    sys.exit(main())
