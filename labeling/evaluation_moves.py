"""Which rows went or came because people's answers moved a near-duplicate into evaluation, or back."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import pyarrow as pa
import pyarrow.compute as pc

from labeling.datasets import LEFT_OUT, Manifest, find_version
from labeling.final_labels import GOLD
from labeling.shards import Store

COLUMNS = ["pin_id", "group", "label_source", "inclusion"]


@dataclass(frozen=True, kw_only=True)
class Version:
    """One of two versions that are compared."""

    store: Store
    key: str
    manifest: Manifest

    @classmethod
    def find(cls, store: Store, reference: str) -> Version:
        """Return a version. Raises DatasetError where it is not there."""
        key, manifest = find_version(store, reference)
        return cls(store=store, key=key, manifest=manifest)

    def tables(self, columns: list[str]) -> Iterator[tuple[str, pa.Table]]:
        """Yield the split and some columns of each file with rows."""
        for file in self.manifest.data_files():
            yield file.split, self.store.read_table(f"{self.key}/{file.path}", columns)

    def rows(self) -> pa.Table:
        """Return pin_id, group and answered: bool, whether a row evaluates by what people said."""
        parts = []
        for _, table in self.tables(COLUMNS):
            by_people = pc.and_(
                pc.equal(table.column("label_source"), GOLD),
                pc.is_valid(table.column("inclusion")),
            )
            columns = [table.column("pin_id"), table.column("group"), by_people]
            parts.append(pa.table(columns, names=["pin_id", "group", "answered"]))
        return pa.concat_tables(parts)

    def left_out(self) -> pa.Table:
        """Return the ids of the pins that are not in it, and why."""
        return self.store.read_table(f"{self.key}/{LEFT_OUT}")


def displaced_by_answers(there: Version, here: Version, ids: pa.ChunkedArray) -> pa.ChunkedArray:
    """Return those of the ids whose near-duplicate evaluates by people's answers `here` alone.

    The ids are rows `there`, and left out `here` as near-duplicates of a pin elsewhere. Where that
    pin is new, or was no near-duplicate, it is the pins that changed.
    """
    if not len(ids):
        return ids.slice(0, 0)
    was, now = there.rows(), here.rows()
    displaced = was.filter(_are_in(was.column("pin_id"), ids))
    answered = now.filter(now.column("answered"))
    # of a row in both versions the group `there` counts, of one that was left out the one it has now
    moved = was.filter(
        pc.and_(
            pc.invert(was.column("answered")),
            _are_in(was.column("pin_id"), answered.column("pin_id")),
        )
    )
    came_in = answered.filter(_are_in(answered.column("pin_id"), there.left_out().column("pin_id")))
    chunks = [*moved.column("group").chunks, *came_in.column("group").chunks]
    causes = pa.chunked_array(chunks, pa.string())
    return displaced.filter(_are_in(displaced.column("group"), causes)).column("pin_id")


def _are_in(values: pa.ChunkedArray, known: pa.ChunkedArray) -> pa.ChunkedArray:
    return pc.is_in(values, known.combine_chunks())
