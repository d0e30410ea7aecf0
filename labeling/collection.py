"""A collection: an ordered list of content-addressed shards of pins, in immutable revisions."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import asdict, dataclass, field
from typing import Any

import pyarrow as pa

from labeling.errors import CollectionError
from labeling.shards import Store

NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,63}")


@dataclass(frozen=True, kw_only=True)
class Shard:
    """One Parquet file of pins; equal pins in equal order have equal keys."""

    key: str
    rows: int
    images: int = 0
    """Pins that name an image."""

    @property
    def id(self) -> str:
        """Position and digest, unique in the collection: names what is derived from the shard."""
        return self.key.rsplit("/", 1)[1].removesuffix(".parquet")


@dataclass(frozen=True, kw_only=True)
class Collection:
    """One revision of a collection. An import makes the next one and leaves this as it is."""

    name: str
    revision: int
    shards: tuple[Shard, ...]
    sources: dict[str, str] = field(default_factory=dict)
    """Folder that each source file's relative image paths start from."""
    retries: int = 0
    """How often images that had a fault were tried anew with success; what is made of images is made
    anew then."""

    @property
    def pins(self) -> int:
        """How many pins there are in all shards."""
        return sum(shard.rows for shard in self.shards)

    @property
    def images(self) -> int:
        """How many of them name an image."""
        return sum(shard.images for shard in self.shards)


def check_name(name: str, what: str) -> str:
    """Return the name; raises CollectionError where it could not be a folder's everywhere."""
    if not NAME.fullmatch(name):
        raise CollectionError(
            f"{name!r} cannot name a {what}; use up to 64 letters, digits, '-', '_' or '.', "
            "starting with a letter or digit."
        )
    return name


def collection_names(store: Store) -> list[str]:
    """Return the names of all collections."""
    names = (key.rsplit("/", 1)[1] for key in store.keys("pins"))
    return [name for name in names if _latest(store, name)]


def load_collection(store: Store, name: str) -> Collection:
    """Return the latest revision.

    Raises CollectionError where there is no such collection, naming those there are.
    """
    revision = _latest(store, check_name(name, "collection"))
    if not revision:
        known = ", ".join(collection_names(store)) or "none yet"
        raise CollectionError(
            f"There is no collection {name!r} (there are: {known}); "
            f"make it with `labeling import {name} PATH`."
        )
    return _from_json(store.read_json(_manifest_key(name, revision)))


def load_revision(store: Store, name: str, revision: int) -> Collection:
    """Return a revision as it was finished. Raises StoreError where there is none."""
    return _from_json(store.read_json(_manifest_key(check_name(name, "collection"), revision)))


def find_collection(store: Store, name: str) -> Collection:
    """Return the latest revision, or an empty revision 0 where there is none yet."""
    if _latest(store, check_name(name, "collection")):
        return load_collection(store, name)
    return Collection(name=name, revision=0, shards=())


def save_revision(store: Store, collection: Collection) -> None:
    """Finish a revision, after all its shards.

    Raises CollectionError where another import finished the same revision first.
    """
    try:
        store.write_json(
            _manifest_key(collection.name, collection.revision), asdict(collection), exclusive=True
        )
    except FileExistsError:
        raise CollectionError(
            f"Another import into {collection.name!r} finished meanwhile, and nothing of this one "
            "was added; run it again."
        ) from None


def read_pins(store: Store, shard: Shard, columns: list[str] | None = None) -> pa.Table:
    """Return a shard's pins (see `pins.SCHEMA`), or some of their columns."""
    return store.read_table(shard.key, columns)


def unfinished(store: Store, shards: Iterable[Shard], key: Callable[[Shard], str]) -> list[Shard]:
    """Return the shards whose artifact `key(shard)` is not there. All lie in one folder, which is
    listed instead of asking for each: 20,000 are 20 requests to an object store."""
    shards = tuple(shards)
    there = set(store.keys(key(shards[0]).rpartition("/")[0])) if shards else set()
    return [shard for shard in shards if key(shard) not in there]


def _manifest_key(name: str, revision: int) -> str:
    return f"pins/{name}/revisions/{revision:06d}.json"


def _latest(store: Store, name: str) -> int:
    keys = store.keys(f"pins/{name}/revisions")
    return int(keys[-1].rsplit("/", 1)[1].removesuffix(".json")) if keys else 0


def _from_json(value: dict[str, Any]) -> Collection:
    return Collection(**{**value, "shards": tuple(Shard(**shard) for shard in value["shards"])})
