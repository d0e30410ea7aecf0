"""Which pins a collection has and which this import has seen: on disk, so memory stays bounded."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import NamedTuple, TypeVar

from labeling.pins import digest_of

RowT = TypeVar("RowT")


class Known(NamedTuple):
    """What is known of a pin id: its digest, its shard, and its row in this import (0: none yet)."""

    digest: str
    shard: int
    row: int


class PinIndex:
    """A scratch SQLite file: pin id -> Known, and the changed pins by shard."""

    def __init__(self, path: Path) -> None:
        self._db = sqlite3.connect(path, isolation_level=None)
        self._db.executescript(
            """
            PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF; PRAGMA cache_size = -65536;
            CREATE TABLE pins (id TEXT PRIMARY KEY, digest TEXT, shard INT, row INT) WITHOUT ROWID;
            CREATE TABLE changes (shard INT, pin TEXT);
            CREATE TABLE copies (digest TEXT PRIMARY KEY, count INT) WITHOUT ROWID;
            """
        )

    def add(self, entries: Iterable[tuple[str, Known]]) -> None:
        """Set what is known of pins."""
        self._db.execute("BEGIN")
        self._db.executemany(
            "INSERT OR REPLACE INTO pins VALUES (?, ?, ?, ?)",
            ((id, *known) for id, known in entries),
        )
        self._db.execute("COMMIT")

    def find(self, ids: list[str]) -> dict[str, Known]:
        """Return what is known of those of the ids that are known."""
        found = self._db.execute(
            "SELECT id, digest, shard, row FROM pins WHERE id IN (SELECT value FROM json_each(?))",
            (json.dumps(ids),),
        )
        return {id: Known(*known) for id, *known in found}

    def with_content_ids(
        self, rows: list[tuple[RowT, tuple[object, ...]]]
    ) -> list[tuple[RowT, tuple[object, ...]]]:
        """Return the rows with ids made of their content (not their label, nor their file's name);
        the second copy of a row ends in -2."""
        named = []
        self._db.execute("BEGIN")
        for row, values in rows:
            digest = digest_of((*values[1:6], *values[7:10]))
            (count,) = self._db.execute(
                "INSERT INTO copies VALUES (?, 1) ON CONFLICT DO UPDATE SET count = count + 1 "
                "RETURNING count",
                (digest,),
            ).fetchone()
            id = digest if count == 1 else f"{digest}-{count}"
            named.append((row, (id, *values[1:])))
        self._db.execute("COMMIT")
        return named

    def keep_change(self, shard: int, pin: tuple[object, ...]) -> None:
        """Keep a pin's new values until its shard is written anew."""
        self._db.execute("INSERT INTO changes VALUES (?, ?)", (shard, json.dumps(pin)))

    def changed_shards(self) -> list[int]:
        """Return the numbers of the shards with changed pins."""
        rows = self._db.execute("SELECT DISTINCT shard FROM changes ORDER BY shard")
        return [number for (number,) in rows]

    def changes(self, shard: int) -> Iterator[tuple[object, ...]]:
        """Yield the new values of a shard's changed pins."""
        for (pin,) in self._db.execute("SELECT pin FROM changes WHERE shard = ?", (shard,)):
            yield tuple(json.loads(pin))
