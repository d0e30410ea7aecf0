"""A dataset version copied from a store into a folder: resumed at the byte where it stopped, kept in a
cache by what the files hold, verified."""

from __future__ import annotations

import fcntl
import hashlib
import os
import shutil
from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

from labeling.datasets.finding import find_version
from labeling.datasets.manifest import MANIFEST, File, Manifest
from labeling.datasets.verifying import inside, is_whole, verify
from labeling.errors import AbsentError, DatasetError, StoreError
from labeling.progress import SILENT, Progress
from labeling.shards import Store

PARTIAL = ".*.part"


def pull(
    store: Store,
    reference: str,
    target: Path,
    progress: Progress = SILENT,
    *,
    cache: Path | None = None,
) -> Manifest:
    """Copy a version into the folder `target` and verify it; return its manifest.

    What an earlier, broken-off pull brought is kept, to the byte; manifest.json comes last, so a
    folder that has one is a whole version. With a `cache`, files lie there by their sha256, and what
    is there is linked instead of fetched. Memory: one block. Raises DatasetError where the target
    holds something else, which stays as it is, cannot be written, or a file arrives damaged.
    """
    key, manifest = find_version(store, reference)
    if target.exists() and not target.is_dir():
        raise DatasetError(f"{target} is a file; name a folder to pull {manifest.reference} into.")
    try:
        target.mkdir(parents=True, exist_ok=True)
        with _alone_in(target):
            there = _check_target(target, manifest)
            if there is not None:
                _fill_folder(store, key, manifest, target, progress, cache, there)
        try:
            return verify(target, progress)
        except DatasetError:  # damaged since it was pulled
            with _alone_in(target):
                _fill_folder(store, key, manifest, target, progress, cache, set())
            return verify(target, progress)
    except OSError as error:
        raise DatasetError(
            f"{manifest.reference} cannot be pulled into {target}: {error.strerror or error} "
            f"({error.filename or target}); check its permissions and free space, and pull again."
        ) from error


def cache_folder(named: str, home: Path = Path()) -> Path | None:
    """Return the cache of a name below a folder, as the setting `cache` has it; None for ""."""
    return home / Path(named).expanduser() if named else None


@contextmanager
def _alone_in(folder: Path) -> Iterator[None]:
    """Let one process at a time pull into a folder, as every rank of a training job asks for it; where
    the file system cannot lock a folder, only the files that arrive are locked."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        with suppress(OSError):
            fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)


def _fill_folder(
    store: Store,
    key: str,
    manifest: Manifest,
    target: Path,
    progress: Progress,
    cache: Path | None,
    whole: set[Path],
) -> None:
    """Bring every file that is not there whole, manifest.json last. `whole` are those of which that is
    known."""
    with progress.bar("pull", sum(file.bytes for file in manifest.files), unit="bytes") as advance:
        for file in manifest.files:
            path = inside(target, file.path)
            if path in whole or is_whole(path, file):
                advance(file.bytes)
                continue
            path.parent.mkdir(parents=True, exist_ok=True)
            fetch = _Fetch(store=store, key=f"{key}/{file.path}", file=file, advance=advance)
            cached = None if cache is None else _cached(cache, fetch)
            if cached is None:
                fetch.to(path, partial_of(path))
            else:
                _link(cached, path)
    growing = _growing(target, manifest)
    for partial in target.rglob(PARTIAL):  # of a pull of something else that broke off
        if partial in growing or _is_of_data(partial, target):
            partial.unlink(missing_ok=True)
    partial = partial_of(target / MANIFEST)
    partial.write_bytes(manifest.to_bytes())
    partial.replace(target / MANIFEST)


def partial_of(path: Path) -> Path:
    """Return where a file grows until it is whole."""
    return path.with_name(f".{path.name}.part")


def _check_target(target: Path, manifest: Manifest) -> set[Path] | None:
    """Return files of which it is known that they are whole, or None where a pull has finished. Raises
    DatasetError where a pull would overwrite what it did not bring, or lie beside it.

    With the version's own manifest.json the folder is a copy of it. A pull that broke off has none, and
    one that is damaged says nothing: then all that lies there must be whole files of the version, and
    partial ones.
    """
    present = target / MANIFEST
    if present.is_file():
        if present.read_bytes() == manifest.to_bytes():
            return None
        if _is_manifest(present.read_bytes()):
            raise DatasetError(
                f"{target} holds another dataset version; pull {manifest.reference} into "
                "a folder of its own."
            )
    own = {inside(target, file.path): file for file in manifest.files}
    whole = {path for path, file in own.items() if is_whole(path, file)}
    foreign = _first_foreign(target, manifest, own, whole)
    if foreign is not None:
        raise DatasetError(
            f"{target} holds {foreign.relative_to(target)}, which is not as {manifest.reference} has "
            "it; nothing was pulled, so that nothing is lost: pull it into a folder of its own."
        )
    return whole


def _first_foreign(
    target: Path, manifest: Manifest, own: Collection[Path], whole: set[Path]
) -> Path | None:
    """Return a path in the folder that no pull of the version has left there; None where all are. `own`
    are where its files belong, `whole` those that are there."""
    for path in own:
        if path.exists() and path not in whole:
            return path
    growing = _growing(target, manifest)
    for path in target.rglob("*"):
        if path == target / MANIFEST:
            if not whole:  # many a program has a manifest.json
                return path
        elif not (path in own or path.is_dir() or path in growing or _is_of_data(path, target)):
            return path
    return None


def _growing(target: Path, manifest: Manifest) -> set[Path]:
    """Return where a pull of the version lets files grow."""
    names = [*(file.path for file in manifest.files), MANIFEST]
    return {partial_of(target / name) for name in names}


def _is_of_data(path: Path, target: Path) -> bool:
    """Whether a pull of a version with other data files lets one grow there."""
    return path.parent == target / "data" and path.match(PARTIAL)


def _is_manifest(data: bytes) -> bool:
    """Whether the bytes are a version's manifest, as it was published."""
    try:
        return Manifest.from_bytes(data).to_bytes() == data
    except DatasetError:
        return False


def _cached(cache: Path, fetch: _Fetch) -> Path | None:
    """Return the file in the cache, fetched where it is not there yet; None where it is not there and
    the cache cannot be written."""
    digest = fetch.file.sha256
    path = cache / "sha256" / digest[:2] / digest
    if is_whole(path, fetch.file):
        fetch.advance(fetch.file.bytes)
        return path
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        fetch.to(path, partial_of(path))
        path.chmod(0o444)  # it may be linked to from many folders
    except OSError:
        return None
    return path


def _link(cached: Path, path: Path) -> None:
    """Make `path` the cached file, by a hard link where the file system allows it."""
    partial = partial_of(path)
    partial.unlink(missing_ok=True)
    try:
        os.link(cached, partial)
    except OSError:
        shutil.copyfile(cached, partial)
    partial.replace(path)


@dataclass(frozen=True, kw_only=True)
class _Fetch:
    """Brings one file of a version."""

    store: Store
    key: str
    file: File
    advance: Callable[[int], None]

    def to(self, path: Path, partial: Path) -> None:
        """Finish the file, from where its partial one ends; raises DatasetError where it is damaged or
        cannot be had."""
        with _alone(partial) as out:
            if is_whole(path, self.file):  # another process was quicker
                self.advance(self.file.bytes)
                partial.unlink(missing_ok=True)
                return
            resumed = self._fill(out)
            if not self._is_right(out) and resumed:  # what was there was of something else
                self.advance(-out.seek(0, os.SEEK_END))
                out.truncate(0)
                self._fill(out)
            if not self._is_right(out):
                partial.unlink(missing_ok=True)
                raise DatasetError(
                    f"{self.key} is damaged in the store {self.store.url}: its sha256 is not the "
                    "manifest's; publish the version again."
                )
            os.fsync(out.fileno())
            partial.replace(path)

    def _fill(self, out: IO[bytes]) -> int:
        """Append what is missing; return how many bytes were there."""
        begin = out.seek(0, os.SEEK_END)
        if begin > self.file.bytes:
            begin = out.truncate(0)
        self.advance(begin)
        there = begin
        while there < self.file.bytes:
            out.seek(there)
            before = there
            try:
                for block in self.store.blocks(self.key, there):
                    part = block[: self.file.bytes - there]
                    self._append(out, part)
                    there += len(part)
                    self.advance(len(part))
                    if there >= self.file.bytes:
                        break
            except AbsentError as error:
                raise DatasetError(
                    f"{self.key} is gone from the store {self.store.url}: publish the version again, "
                    "then pull again to go on; what came is kept."
                ) from error
            except (StoreError, OSError) as error:
                if there == before:  # else the connection broke: go on from here
                    raise DatasetError(
                        f"{self.key} cannot be had: {error} What came is kept: pull again to go on."
                    ) from error
                continue
            if there == before:
                break
        return begin

    def _append(self, out: IO[bytes], part: bytes) -> None:
        try:
            while part:  # a write to a disk that gets full takes a piece first
                part = part[out.write(part) :]
        except OSError as error:
            raise DatasetError(
                f"{out.name} cannot be written: {error.strerror}; what came is kept: make room and "
                "pull again to go on."
            ) from error

    def _is_right(self, out: Any) -> bool:
        out.seek(0)
        size = os.fstat(out.fileno()).st_size
        digest = hashlib.file_digest(out, "sha256").hexdigest()
        return bool(size == self.file.bytes and digest == self.file.sha256)


@contextmanager
def _alone(partial: Path) -> Iterator[IO[bytes]]:
    """Yield the partial file, held by this process alone; a process that is killed lets go of it."""
    while True:
        # unbuffered: a kill loses nothing
        with open(partial, "r+b", buffering=0, opener=_made) as file:
            fcntl.flock(file, fcntl.LOCK_EX)
            if os.fstat(file.fileno()).st_nlink:  # else who held it before has finished it
                yield file
                return


def _made(path: str, flags: int) -> int:
    return os.open(path, flags | os.O_CREAT, 0o644)
