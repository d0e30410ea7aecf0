"""Which dataset versions a store holds, and what a reference to one means."""

from __future__ import annotations

from labeling.datasets.manifest import MANIFEST, VERSION, Manifest
from labeling.errors import DatasetError, StoreError
from labeling.shards import Store

LATEST = "latest"


def split_reference(reference: str) -> tuple[str, str]:
    """Return the store and the `name@version` of a reference; "" where it names no store.

    >>> split_reference("s3://bucket/pins/spam@v0007")
    ('s3://bucket/pins', 'spam@v0007')
    >>> split_reference("spam@v0007")
    ('', 'spam@v0007')
    """
    before, at, version = reference.rpartition("@")
    store, _, name = before.rpartition("/")
    return store, f"{name}{at}{version}"


def versions(store: Store, name: str) -> list[str]:
    """Return the folder names of a dataset's versions, oldest first."""
    folders = [key.rsplit("/", 1)[1] for key in store.keys(f"datasets/{name}")]
    known = [f for f in folders if VERSION.fullmatch(f) and is_version(store, name, f)]
    return sorted(known, key=lambda folder: (version_number(folder), folder))


def version_number(folder: str) -> int:
    """Return the number of the version with that folder name.

    >>> version_number("v0007-0123456789ab")
    7
    """
    return int(folder[1:].partition("-")[0])


def latest_folder(store: Store, name: str) -> str | None:
    """Return the folder name of what `name@latest` is: the version that was published last, or found
    again by publishing what it holds; None where there is none."""
    folder = _pointed_at(store, name, LATEST)
    if folder is None or not is_version(store, name, folder):
        folder = next(reversed(versions(store, name)), None)
    return folder


def is_version(store: Store, name: str, folder: str) -> bool:
    """Whether the folder holds a finished version."""
    return store.exists(f"datasets/{name}/{folder}/{MANIFEST}")


def dataset_names(store: Store) -> list[str]:
    """Return the names of all datasets with a version."""
    names = [key.rsplit("/", 1)[1] for key in store.keys("datasets")]
    return [name for name in names if versions(store, name)]


def version_pointer(name: str, number: int) -> str:
    """Return the key under which stands the folder of a version: a web server may list no folders."""
    return f"datasets/{name}/folders/v{number:04d}"


def find_version(store: Store, reference: str) -> tuple[str, Manifest]:
    """Return the key of a version's folder and its manifest, by `name@v0007`, with or without the
    digest, or `name@latest`.

    Raises DatasetError for a reference of another form, where there is no such version, or where its
    manifest is not the one that the folder is named after.
    """
    name, at, wanted = reference.partition("@")
    named = VERSION.fullmatch(wanted)
    if not at or not name or "/" in name or not (wanted == LATEST or named):
        raise DatasetError(f"{reference!r} names no version; write NAME@v0001 or NAME@latest.")
    folder = _pointed_at(store, name, wanted)
    if folder is None or not is_version(store, name, folder):
        folder = _listed(store, name, wanted)
    key = f"datasets/{name}/{folder}"
    manifest = Manifest.from_bytes(store.read_bytes(f"{key}/{MANIFEST}"))
    if manifest.reference != f"{name}@{folder}":
        raise DatasetError(
            f"{key}/{MANIFEST} was changed in the store {store.url}: it is that of "
            f"{manifest.reference}; bring it back, or delete the folder and publish again."
        )
    return key, manifest


def _pointed_at(store: Store, name: str, wanted: str) -> str | None:
    """Return the folder that a version's full name, its pointer or LATEST says."""
    if "-" in wanted:
        return wanted
    pointer = f"datasets/{name}/LATEST"
    if wanted != LATEST:
        pointer = version_pointer(name, int(wanted[1:]))
    try:
        folder = store.read_bytes(pointer).decode("utf-8", "replace").strip()
    except StoreError:
        return None
    named = VERSION.fullmatch(folder) and wanted in (LATEST, folder.partition("-")[0])
    return folder if named else None


def _listed(store: Store, name: str, wanted: str) -> str:
    """Return the folder of a version by listing all; raises DatasetError that names what is there."""
    folders = versions(store, name)
    if not folders:
        names = dataset_names(store)
        if not names and not store.is_there():
            raise DatasetError(
                f"There is no dataset {name!r}: the store {store.url} is not there; check its address "
                "and the credentials."
            )
        known = ", ".join(names) or "none yet"
        raise DatasetError(f"There is no dataset {name!r} (there are: {known}).")
    matching = [f for f in folders if wanted in (LATEST, f, f.partition("-")[0])]
    if not matching:
        raise DatasetError(f"{name} has no version {wanted}; it has {', '.join(folders)}.")
    return matching[-1]
