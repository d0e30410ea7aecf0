"""What of a workspace works: each part is really tried, and each failure says what to do."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from dataclasses import dataclass

from labeling.encoders import Encoder
from labeling.errors import LabelingError
from labeling.label_studio.server import Server
from labeling.workspace import Workspace, open_workspace


@dataclass(frozen=True, kw_only=True)
class Check:
    """One part that was tried."""

    name: str
    ok: bool
    says: str


def examine(home: str | None) -> list[Check]:
    """Return a check of the workspace, the database, the store, the encoders, Label Studio where its
    address is set, and each signal."""
    try:
        workspace = open_workspace(home)
    except LabelingError as error:
        return [Check(name="workspace", ok=False, says=str(error))]
    parts: list[tuple[str, Callable[[Workspace], str]]] = [
        ("workspace", lambda w: f"{w.home}, seed {w.settings.seed}"),
        ("database", _database),
        ("store", _store),
        ("encoder", lambda w: _encoder(w.text_encoder)),
        ("image encoder", lambda w: _encoder(w.image_encoder)),
    ]
    if workspace.settings.label_studio_url:
        parts.append(("Label Studio", _label_studio))
    checks = [_try(name, part, workspace) for name, part in parts]
    try:
        names = workspace.signals()
    except LabelingError as error:
        return [*checks, Check(name="signals", ok=False, says=str(error))]
    for name in names:
        checks.append(_try("signal", lambda w, name=name: _signal(w, name), workspace))  # type: ignore[misc]
    return checks


def _try(name: str, part: Callable[[Workspace], str], workspace: Workspace) -> Check:
    try:
        return Check(name=name, ok=True, says=part(workspace))
    except LabelingError as error:
        return Check(name=name, ok=False, says=str(error))


def _database(workspace: Workspace) -> str:
    now, newest = workspace.database.revisions()
    shown = workspace.database.url.render_as_string(hide_password=True)
    if now != newest:
        raise LabelingError(
            f"{shown} has the schema {now or 'none'} and this version needs {newest}; "
            "run `labeling init`."
        )
    return f"{shown}, schema {now}"


def _store(workspace: Workspace) -> str:
    key = f"doctor-{uuid.uuid4().hex}"  # no folder, which would stay
    workspace.store.write_bytes(key, b"ok")
    if workspace.store.read_bytes(key) != b"ok":
        raise LabelingError(f"The store {workspace.store.url} does not give back what was written.")
    workspace.store.delete(key)
    return f"{workspace.store.url}, writes and reads"


def _encoder(encoder: Encoder | None) -> str:
    if encoder is None:
        return "none: images are not embedded"
    return f"{encoder.name}, {encoder.dimensions} dimensions"


def _label_studio(workspace: Workspace) -> str:
    settings = workspace.settings
    server = Server(settings.label_studio_url, settings.label_studio_token.get_secret_value())
    return f"{server.url}, the token is that of {server.check()}"


def _signal(workspace: Workspace, name: str) -> str:
    signal = workspace.signal(name)
    return f"{name}: {len(signal)} functions, classes {', '.join(signal.classes)}"
