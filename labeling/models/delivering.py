"""The predict step: a model and a collection -> a signal, with its contract, for those who read it."""

from __future__ import annotations

import hashlib
import json
import shlex
from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime
from numbers import Real
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa

from labeling.collection import Collection, Shard, read_pins
from labeling.errors import ContractError
from labeling.fingerprints import fingerprint
from labeling.images.reading import read_looks
from labeling.model_folder import ModelFolder
from labeling.models.registry import name_model
from labeling.models.thresholds import thresholds_of
from labeling.predicting import predict_with
from labeling.predictions import read_predictions
from labeling.progress import Progress
from labeling.shards import Store, parquet_bytes
from labeling.signal_contract import (
    CONTRACT,
    VERSION,
    Contract,
    SignalFile,
    SignalModelName,
    check_signal,
    labels_of,
    schema,
)
from labeling.workspace import Workspace

Thresholds = Mapping[str, float | None]


@dataclass(frozen=True, kw_only=True)
class PredictReport:
    """What predicting made."""

    signal: str
    collection: str
    model: str
    path: str
    """Of the signal: in the store, or where it was copied to."""
    pins: int
    labels: dict[str, int]
    """Class -> pins with that label."""
    thresholds: dict[str, float | None]
    """Class -> the probability from which on it is the label; None: it never is."""
    unlabeled: int
    """Pins below the threshold, or of which the model saw nothing."""
    faults: int
    """Pins of which the model saw nothing, or not their image."""
    shards: int
    shards_predicted: int
    """Shards that the model looked at now; the rest was there already."""

    @property
    def hint(self) -> str:
        """What to do where a class is never the label; empty where there is none."""
        never = [name for name, limit in self.thresholds.items() if limit is None]
        if not never:
            return ""
        who = "any class" if len(never) == len(self.thresholds) else ", ".join(never)
        return (
            f"The precision that was asked for is not shown for {who}, from no probability on: too few "
            "pins judged the model, or it is wrong too often. Evaluate it on more gold or with a lower "
            f"--precision, or have predict take --threshold {shlex.quote(never[0])}=0.8."
        )

    def to_json(self) -> dict[str, Any]:
        """Return the report as JSON values, the hint as its note."""
        return asdict(self) | {"note": self.hint}


def predict(
    workspace: Workspace,
    model: str | Path,
    collection: str,
    *,
    thresholds: Thresholds | None = None,
    out: str | None = None,
) -> PredictReport:
    """Deliver what a model, named as `find_model` takes it, says of a collection's pins, below
    `signals/` in the store, and copy it to the folder or fsspec URL `out` where one is given.

    `thresholds`: class -> the probability from which on it is the label, None for a class that never
    is; 0 where it is left out. Not said, they are the model's own (see `thresholds.thresholds`). What is
    finished is not done again. Raises ModelError where there is no such model, TrainingError for one
    that is none, and ContractError for a threshold of no class or that is no number, or an `out` that
    holds something else.
    """
    workspace = workspace.holding(collection)
    named, pins = name_model(workspace, model), workspace.collection(collection)
    found, name = named.folder, named.folder.path.name
    if named.registered is not None:
        name = named.reference
        if thresholds is None:
            known = named.registered
            thresholds = thresholds_of(workspace, known, collection, in_use=named.in_use)
    draft = Contract(
        signal=found.signal,
        classes=found.classes,
        thresholds=_complete(thresholds or {}, found),
        model=SignalModelName(name=name, digest=found.digest, dataset=found.dataset),
        collection=collection,
        revision=pins.revision,
        created_at=datetime.now(UTC).isoformat(timespec="seconds"),
        files=(),
    )
    target = _open_target(out, draft) if out else None
    anew = predict_with(workspace, found, pins)
    folder = _folder(draft, found, pins)
    step = DeliverShard(
        store=workspace.store,
        folder=folder,
        model=found,
        collection=replace(pins, shards=()),
        contract=draft,
    )
    written = workspace.run_step(step, pins.shards, title="deliver: shards")
    contract = replace(draft, files=tuple(part.file for part in written))
    _finish(workspace.store, folder, contract)
    if target is not None:
        _copy(workspace.store, folder, target, workspace.progress)
    unlabeled, *labels = (sum(counts) for counts in zip(*(p.labels for p in written), strict=True))
    return PredictReport(
        signal=contract.signal,
        collection=collection,
        model=contract.model.name,
        path=out or workspace.store.path(folder),
        pins=contract.rows,
        labels=dict(zip(contract.classes, labels, strict=True)),
        thresholds=contract.thresholds,
        unlabeled=unlabeled,
        faults=sum(part.faults for part in written),
        shards=len(pins.shards),
        shards_predicted=anew,
    )


def _complete(given: Thresholds, model: ModelFolder) -> dict[str, float | None]:
    if not isinstance(given, Mapping):
        raise ContractError(
            f"The thresholds are {given!r}; give one for each class, {{class: 0.8}}."
        )
    for name, threshold in given.items():
        if name not in model.classes:
            raise ContractError(
                f"There is a threshold for {name!r}, and the model's classes are "
                f"{', '.join(model.classes)}; name one of these."
            )
        is_number = isinstance(threshold, Real) and not isinstance(threshold, bool)
        if threshold is not None and not (is_number and 0 <= threshold <= 1):
            raise ContractError(
                f"The threshold of {name} is {threshold!r}; it must be a number from 0 to 1."
            )
    limits = {name: given.get(name, 0.0) for name in model.classes}
    return {name: None if limit is None else float(limit) for name, limit in limits.items()}


def _folder(draft: Contract, model: ModelFolder, collection: Collection) -> str:
    """Return where a signal lies; the path names all that its rows depend on."""
    made_of = fingerprint(
        VERSION,
        draft.model.digest,
        draft.model.name,
        draft.thresholds,
        collection.retries if "image" in model.reads else 0,
        [shard.id for shard in collection.shards],
    )
    return f"signals/{draft.signal}/{collection.name}/{made_of}"


@dataclass(frozen=True, kw_only=True)
class DeliveredShard:
    """A shard's file, and what is in it."""

    file: SignalFile
    labels: tuple[int, ...]
    """Pins without a label, then those with each class."""
    faults: int


@dataclass(frozen=True, kw_only=True)
class DeliverShard:
    """The step: predictions on one shard -> a file of the signal."""

    store: Store
    folder: str
    model: ModelFolder
    collection: Collection
    contract: Contract
    """Without its files."""

    def __call__(self, shard: Shard) -> DeliveredShard:
        """Finish the file of a shard, where it is not there with the same bytes."""
        probabilities = read_predictions(self.store, self.model, self.collection, shard)
        labels = labels_of(probabilities, self.contract)
        unseen = np.asarray(~probabilities.any(axis=1))
        faults = self._faults(shard, unseen)
        data = parquet_bytes(self._table(shard, probabilities, labels, unseen, faults))
        file = SignalFile(
            path=f"data/{shard.id}.parquet",
            sha256=hashlib.sha256(data).hexdigest(),
            bytes=len(data),
            rows=shard.rows,
        )
        _write(self.store, f"{self.folder}/{file.path}", data)
        return DeliveredShard(
            file=file,
            labels=tuple(np.bincount(labels + 1, minlength=len(self.model.classes) + 1).tolist()),
            faults=sum(fault is not None for fault in faults),
        )

    def _faults(self, shard: Shard, unseen: np.ndarray) -> list[str | None]:
        faults: list[str | None] = [None] * shard.rows
        if "image" in self.model.reads and shard.images:
            looks = read_looks(self.store, self.collection, shard, ["fault"])
            said = looks.column("fault").to_pylist()
            faults = [fault and f"image: {fault}" for fault in said]
        nothing = f"it has no {' and no '.join(self.model.reads)}"
        pairs = zip(faults, unseen.tolist(), strict=True)
        return [fault or (nothing if gone else None) for fault, gone in pairs]

    def _table(
        self,
        shard: Shard,
        probabilities: np.ndarray,
        labels: np.ndarray,
        unseen: np.ndarray,
        faults: list[str | None],
    ) -> pa.Table:
        contract, k = self.contract, len(self.contract.classes)
        columns = {
            "pin_id": read_pins(self.store, shard, ["pin_id"]).column("pin_id"),
            "signal": pa.DictionaryArray.from_arrays(
                np.zeros(shard.rows, np.int32), [contract.signal]
            ),
            "label": pa.array(contract.classes).take(pa.array(labels, mask=labels < 0)),
            "confidence": pa.array(probabilities.max(axis=1), mask=unseen),
            "probabilities": pa.FixedSizeListArray.from_arrays(
                pa.array(probabilities.reshape(-1)), k, mask=pa.array(unseen)
            ),
            "fault": faults,
        }
        about = {
            "signal": contract.signal,
            "classes": json.dumps(contract.classes),
            "thresholds": json.dumps(contract.thresholds, sort_keys=True),
            **asdict(contract.model),
        }
        return pa.table(columns, schema=schema(k).with_metadata(about))


def _write(store: Store, key: str, data: bytes) -> None:
    """Finish a file, unless it is there with the same bytes."""
    if not store.exists(key) or store.read_bytes(key) != data:
        store.write_bytes(key, data)


def _finish(store: Store, folder: str, contract: Contract) -> None:
    """Write the contract, last of all; one that says the same keeps its time."""
    key = f"{folder}/{CONTRACT}"
    known = _known(store, key)
    if known is None or replace(known, created_at=contract.created_at) != contract:
        store.write_bytes(key, contract.to_bytes())


def _known(store: Store, key: str) -> Contract | None:
    try:
        return Contract.from_bytes(store.read_bytes(key)) if store.exists(key) else None
    except ContractError:
        return None


def _open_target(out: str, draft: Contract) -> Store:
    """Return where a signal is copied to. Raises ContractError where another one lies there."""
    target = Store(out if "://" in out else str(Path(out).expanduser().absolute()))
    if target.exists(CONTRACT):
        known = _known(target, CONTRACT)
        same = known and replace(known, files=(), created_at=draft.created_at) == draft
        if not same:
            raise ContractError(
                f"{out} holds another signal already; readers rely on it: name a new folder."
            )
    return target


def _copy(store: Store, folder: str, target: Store, progress: Progress) -> None:
    """Copy a signal, its contract last, and check what arrived."""
    data = store.read_bytes(f"{folder}/{CONTRACT}")
    contract = Contract.from_bytes(data)
    strangers = set(target.keys("data")) - {file.path for file in contract.files}
    if strangers:
        raise ContractError(
            f"{target.url} holds {min(strangers)}, which is not of this signal, and readers would read "
            "it too; name a new folder."
        )
    with progress.bar("copy: shards", len(contract.files)) as advance:
        for file in contract.files:
            _write(target, file.path, store.read_bytes(f"{folder}/{file.path}"))
            advance(1)
    target.write_bytes(CONTRACT, data)
    check_signal(target.url)
