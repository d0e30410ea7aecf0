"""The registry of models: immutable versions in the store, and the trail of what was found and decided
about each."""

from __future__ import annotations

import re
from collections.abc import Collection
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from labeling.database import as_record
from labeling.errors import DatabaseError, ModelError
from labeling.model_folder import CONFIG, LISTING, ModelFolder, open_model
from labeling.models.files import REMEDY, ModelFiles
from labeling.shards import Store
from labeling.tables import ModelRow, ModelTrailRow
from labeling.turns import turn
from labeling.version_numbers import reserve_number
from labeling.workspace import Workspace

PROMOTED = "promoted"
EVALUATED = "evaluated"
REFUSED = "refused"
REFERENCE = re.compile(r"([A-Za-z0-9][A-Za-z0-9_.-]*)@(?:v(\d{4,})(?:-([0-9a-f]{12}))?|promoted)")


@dataclass(frozen=True, kw_only=True)
class RegisteredModel:
    """One version of a model."""

    id: int
    name: str
    version: int
    digest: str
    signal: str
    dataset: str
    """The version that it was trained on."""
    folder: str
    """Its key in the store."""
    created_at: datetime

    @property
    def reference(self) -> str:
        """NAME@v0001."""
        return f"{self.name}@v{self.version:04d}"


@dataclass(frozen=True, kw_only=True)
class NamedModel:
    """A model at hand."""

    folder: ModelFolder
    registered: RegisteredModel | None
    """None for a folder that is not registered."""
    in_use: bool = False
    """Whether it was named as the one in use, NAME@promoted."""

    @property
    def reference(self) -> str:
        """NAME@v0001, or the folder of a model that is not registered."""
        return str(self.folder.path) if self.registered is None else self.registered.reference


@dataclass(frozen=True, kw_only=True)
class TrailEntry:
    """What was found or decided about a model."""

    model: RegisteredModel
    kind: str
    """evaluated, promoted or refused."""
    collection: str
    why: str
    report: dict[str, Any]
    created_at: datetime


def register(workspace: Workspace, folder: str | Path) -> RegisteredModel:
    """Copy a model's folder into the store as a new version, or return the one with the same content.

    It is named after the dataset that it was trained on. Raises TrainingError where the folder holds no
    model, and ModelError where it does not say what it was trained on, or the name is another signal's.
    """
    model = open_model(folder)
    name = model.dataset.partition("@")[0]
    if REFERENCE.fullmatch(f"{name}@{PROMOTED}") is None:
        raise ModelError(
            f"{folder} says that it was trained on {model.dataset!r}, which names no dataset "
            "version; train it anew with `labeling train NAME@VERSION`."
        )
    files = ModelFiles.of(model.path)
    with workspace.database.reading() as session:
        is_known = _by_digest(session, name, files.digest) is not None
    if not is_known:
        find_newest(workspace, name, model.signal)
    key = _place(workspace.store, name, files, model.path)
    row = ModelRow(
        name=name,
        version=int(key.rpartition("/v")[2].partition("-")[0]),
        digest=files.digest,
        signal=model.signal,
        dataset=model.dataset,
        folder=key,
        created_at=datetime.now(UTC),
    )
    try:
        with workspace.database.writing() as session:
            if _by_digest(session, name, files.digest) is None:
                session.add(row)
    except DatabaseError as error:
        if not isinstance(error.__cause__, IntegrityError):  # another registered it meanwhile
            raise
    with workspace.database.reading() as session:
        found = _by_digest(session, name, files.digest)
        if found is None:
            raise ModelError(
                f"{name}@v{row.version:04d} is on record with other content: the store was emptied "
                "since; give the workspace back its store, or a new database."
            )
        return _model(found)


def find_model(workspace: Workspace, reference: str | Path) -> Path:
    """Return a verified local folder of a model: of a folder, NAME@v0001 or NAME@promoted.

    A model that lies on an object store is kept in the workspace's folder `cache`. Raises ModelError.
    """
    model = _named(workspace, str(reference))
    return Path(reference).expanduser() if model is None else _at_hand(workspace, model)


def name_model(workspace: Workspace, reference: str | Path) -> NamedModel:
    """Return the model that a reference means now: whatever is promoted meanwhile, its files and what is
    on record of it are of one version. Raises ModelError, and TrainingError for a folder without a
    model."""
    named = _named(workspace, str(reference))
    if named is not None:
        return NamedModel(
            folder=open_model(_at_hand(workspace, named)),
            registered=named,
            in_use=names_one_in_use(reference),
        )
    folder = open_model(reference)
    return NamedModel(folder=folder, registered=find_registered(workspace, folder.path))


def names_one_in_use(reference: str | Path) -> bool:
    """Whether a reference is NAME@promoted."""
    named = REFERENCE.fullmatch(str(reference))
    return named is not None and named[2] is None


def classes_of(workspace: Workspace, model: RegisteredModel) -> tuple[str, ...]:
    """Return the classes that a registered model knows, in its order. Raises ModelError."""
    return open_model(_at_hand(workspace, model)).classes


def _at_hand(workspace: Workspace, model: RegisteredModel) -> Path:
    """Return a verified local folder of a registered model."""
    listing = f"{model.folder}/{LISTING}"
    if not workspace.store.exists(listing):
        raise ModelError(
            f"{model.reference} is not in the store {workspace.store.url} any more; {REMEDY}."
        )
    files = ModelFiles.from_bytes(workspace.store.read_bytes(listing))
    if files.digest != model.digest:
        raise ModelError(
            f"{listing} was changed: it is not the one {model.reference} was registered with; {REMEDY}."
        )
    if workspace.store.is_local:
        folder = Path(workspace.store.path(model.folder))
        files.check(folder)
        return folder
    folder = workspace.home / "cache" / model.folder
    folder.parent.mkdir(parents=True, exist_ok=True)
    with turn(folder.with_name(f"{folder.name}.lock")):
        try:
            files.check(folder)
        except ModelError:
            files.fetch(workspace.store, model.folder, folder)
    return folder


def find_registered(workspace: Workspace, reference: str | Path) -> RegisteredModel | None:
    """Return the registered model that a reference names or whose content a folder has; None for a
    folder that is not registered. Raises ModelError where there is no such model."""
    model = _named(workspace, str(reference))
    if model is not None:
        return model
    digest = ModelFiles.of(Path(reference).expanduser()).digest
    with workspace.database.reading() as session:
        row = session.scalar(select(ModelRow).where(ModelRow.digest == digest).limit(1))
        return None if row is None else _model(row)


def find_newest(workspace: Workspace, name: str, signal: str) -> RegisteredModel | None:
    """Return the newest model of a name; None for none.

    Raises ModelError where it is of another signal: `a-b` on `c` and `a` on `b-c` give one name. Name
    and signal together say which collection it is.
    """
    with workspace.database.reading() as session:
        row = session.scalar(
            select(ModelRow).where(ModelRow.name == name).order_by(ModelRow.id.desc()).limit(1)
        )
        found = None if row is None else _model(row)
    if found is not None and found.signal != signal:
        raise ModelError(
            f"The name {name} is taken: {found.reference} is a model of {found.signal}, not of "
            f"{signal}; name the collection or the signal otherwise."
        )
    return found


def find_promoted(workspace: Workspace, name: str) -> tuple[RegisteredModel | None, int]:
    """Return the promoted model of a name, None for none, and how many were promoted so far."""
    with workspace.database.reading() as session:
        found = session.execute(
            select(ModelRow, ModelTrailRow.place)
            .join(ModelTrailRow, ModelTrailRow.model_id == ModelRow.id)
            .where(ModelTrailRow.name == name, ModelTrailRow.kind == PROMOTED)
            .order_by(ModelTrailRow.place.desc())
            .limit(1)
        ).first()
        return (None, 0) if found is None else (_model(found[0]), int(found[1] or 0))


def record(
    workspace: Workspace,
    model: RegisteredModel,
    kind: str,
    *,
    collection: str,
    why: str,
    report: dict[str, Any],
    place: int | None = None,
) -> None:
    """Add to the trail. A promotion takes the next place of its name: of two that want one, the schema
    lets one have it. Raises ModelError for the other."""
    try:
        with workspace.database.writing() as session:
            session.add(
                ModelTrailRow(
                    model_id=model.id,
                    name=model.name,
                    kind=kind,
                    place=place,
                    collection=collection,
                    why=why,
                    report=report,
                    created_at=datetime.now(UTC),
                )
            )
    except DatabaseError as error:
        if place is None or not isinstance(error.__cause__, IntegrityError):
            raise
        raise ModelError(
            f"Another model of {model.name} was promoted meanwhile, so {model.reference} was compared "
            "with one that is no longer in use, and was not promoted; promote it again."
        ) from error


def read_trail(workspace: Workspace) -> list[TrailEntry]:
    """Return what was found and decided about all models, newest first."""
    wanted = (
        select(ModelTrailRow, ModelRow)
        .join(ModelRow, ModelTrailRow.model_id == ModelRow.id)
        .order_by(ModelTrailRow.id.desc())
    )
    with workspace.database.reading() as session:
        return [_entry(row, model) for row, model in session.execute(wanted)]


def read_models(workspace: Workspace) -> list[RegisteredModel]:
    """Return all registered models, newest first."""
    with workspace.database.reading() as session:
        return [
            _model(row) for row in session.scalars(select(ModelRow).order_by(ModelRow.id.desc()))
        ]


def last_entry(
    workspace: Workspace,
    model: RegisteredModel,
    kinds: Collection[str],
    collection: str | None = None,
) -> TrailEntry | None:
    """Return what was found or decided last about a model, of some kinds, on a collection or on any."""
    wanted = (
        select(ModelTrailRow)
        .where(ModelTrailRow.model_id == model.id, ModelTrailRow.kind.in_(kinds))
        .order_by(ModelTrailRow.id.desc())
        .limit(1)
    )
    if collection is not None:
        wanted = wanted.where(ModelTrailRow.collection == collection)
    with workspace.database.reading() as session:
        row = session.scalar(wanted)
        return None if row is None else _entry(row, session.get_one(ModelRow, model.id))


def last_evaluation(
    workspace: Workspace, model: RegisteredModel, collection: str | None
) -> TrailEntry | None:
    """Return a model's newest evaluation on a collection, or else on any."""
    found = last_entry(workspace, model, [EVALUATED], collection)
    return found or last_entry(workspace, model, [EVALUATED])


def _place(store: Store, name: str, files: ModelFiles, folder: Path) -> str:
    """Bring the files to their place in the store; return its key."""
    number = reserve_number(store, f"models/{name}", files.digest)
    key = f"models/{name}/v{number:04d}-{files.digest[:12]}"
    with store.scratch_folder(f"models/{name}") as staging:
        files.stage(folder, staging)
        if not store.exists(f"{key}/{LISTING}"):
            store.finish_folder(staging, key, last=LISTING)
            return key
        if not _is_whole(store, key, files):  # lost or damaged since
            for file in files.files:
                store.write_file(f"{key}/{file.path}", staging / file.path)
    return key


def _is_whole(store: Store, key: str, files: ModelFiles) -> bool:
    """Whether the store holds all files, on this machine to the last byte."""
    if not store.is_local:
        return not store.absent(f"{key}/{file.path}" for file in files.files)
    try:
        files.check(Path(store.path(key)))
    except ModelError:
        return False
    return True


def _named(workspace: Workspace, reference: str) -> RegisteredModel | None:
    """Return the registered model of a reference; None for a folder with a model."""
    named = REFERENCE.fullmatch(reference)
    if named is None:
        if (Path(reference).expanduser() / CONFIG).is_file():
            return None
        raise ModelError(
            f"{reference} is no folder of a model, and names none; write a folder, NAME@v0001 or "
            "NAME@promoted, as `labeling models` lists them."
        )
    name, number, digest = named.groups()
    models = read_models(workspace)
    known = [model for model in models if model.name == name]
    if not known:
        names = ", ".join(sorted({model.name for model in models})) or "none"
        raise ModelError(f"There is no model {name} (there are: {names}).")
    if number is None:
        model, _ = find_promoted(workspace, name)
        if model is None:
            raise ModelError(
                f"No model of {name} is promoted; do it with `labeling promote MODEL COLLECTION`."
            )
        return model
    for model in known:
        if model.version == int(number) and model.digest.startswith(digest or ""):
            return model
    listed = ", ".join(model.reference for model in known)
    raise ModelError(f"There is no model {reference} (of that name there are: {listed}).")


def _by_digest(session: Session, name: str, digest: str) -> ModelRow | None:
    return session.scalar(select(ModelRow).where(ModelRow.name == name, ModelRow.digest == digest))


def _entry(row: ModelTrailRow, model: ModelRow) -> TrailEntry:
    return as_record(TrailEntry, row, model=_model(model))


def _model(row: ModelRow) -> RegisteredModel:
    return as_record(RegisteredModel, row)
