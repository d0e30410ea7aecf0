"""A model's folder as files with checksums: named by what they hold, copied whole, verified."""

from __future__ import annotations

import hashlib
import json
import shutil
from dataclasses import dataclass
from pathlib import Path

from labeling.datasets.verifying import inside
from labeling.errors import ModelError
from labeling.model_folder import CARD, LISTING, ModelFile, list_files, listing_bytes, sha256_of
from labeling.shards import Store

REMEDY = (
    "train it again with `labeling train NAME@VERSION` and the same options, which brings equal files "
    "back, or train and promote another"
)


@dataclass(frozen=True, kw_only=True)
class ModelFiles:
    """All files of a model but its card."""

    files: tuple[ModelFile, ...]

    @classmethod
    def of(cls, folder: Path) -> ModelFiles:
        """Return what lies in a folder."""
        return cls(files=list_files(folder))

    @property
    def digest(self) -> str:
        """Of what is in the files: equal models, equal digests."""
        return hashlib.sha256(self.to_bytes()).hexdigest()

    def to_bytes(self) -> bytes:
        """Return the bytes of the listing."""
        return listing_bytes(self.files)

    @classmethod
    def from_bytes(cls, data: bytes) -> ModelFiles:
        """Return the listing; raises ModelError where the bytes are none."""
        try:
            return cls(files=tuple(ModelFile(**file) for file in json.loads(data)["files"]))
        except (ValueError, KeyError, TypeError) as error:
            raise ModelError(f"{LISTING} of a model is damaged ({error}); {REMEDY}.") from error

    def stage(self, folder: Path, staging: Path) -> None:
        """Copy the files, the card and the listing; raises ModelError where one changed meanwhile."""
        for file in self.files:
            target = inside(staging, file.path)
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(folder / file.path, target)
        if (folder / CARD).is_file():
            shutil.copyfile(folder / CARD, staging / CARD)
        self.check(staging)
        (staging / LISTING).write_bytes(self.to_bytes())

    def fetch(self, store: Store, key: str, target: Path) -> None:
        """Bring a registered model into a new folder, verified, whole or not at all."""
        staging = target.with_name(f".{target.name}.part")
        shutil.rmtree(staging, ignore_errors=True)
        names = [file.path for file in self.files]
        for name in [*names, *([CARD] if store.exists(f"{key}/{CARD}") else []), LISTING]:
            path = inside(staging, name)
            path.parent.mkdir(parents=True, exist_ok=True)
            with path.open("wb") as file:
                file.writelines(store.blocks(f"{key}/{name}"))
        self.check(staging)
        shutil.rmtree(target, ignore_errors=True)
        staging.replace(target)

    def check(self, folder: Path) -> None:
        """Raises ModelError that names the first file which is missing or changed."""
        for file in self.files:
            path = inside(folder, file.path)
            if not path.is_file():
                raise ModelError(f"{path} is missing; {REMEDY}.")
            if path.stat().st_size != file.bytes or sha256_of(path) != file.sha256:
                raise ModelError(
                    f"{path} was changed: its sha256 is not the one it was registered with; {REMEDY}."
                )
