"""Rows of a file -> a new revision of a collection: checked, deduplicated, in bounded memory.

An import is an upsert by pin id: new pins fill new shards, a shard with changed pins is written
anew, all others stay as they are. What cannot become a pin goes to the `rejected` file.
"""

from __future__ import annotations

import csv
import hashlib
import json
import re
import tempfile
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from itertools import islice
from pathlib import Path

import pyarrow as pa

from labeling.collection import Collection, Shard, find_collection, read_pins, save_revision
from labeling.columns import field_named, map_columns, unused_columns, unused_note
from labeling.errors import CollectionError
from labeling.fingerprints import fingerprint
from labeling.pin_index import Known, PinIndex
from labeling.pins import (
    FIELDS,
    SCHEMA,
    SPLITS,
    as_read,
    clean,
    digest_of,
    general,
    reason_to_reject,
    split_named,
)
from labeling.readers import BadRow, Reader, Row
from labeling.shards import Store

BATCH_ROWS = 10_000
TEXTS = ("title", "description", "board")
IMAGE = SCHEMA.get_field_index("image")
NOTICED = 100
"""Ids of a shard that are looked at."""
FORMULA = ("=", "+", "-", "@", "\t", "\r")

CONTENT_ID = re.compile(r"[0-9a-f]{16}(-\d+)?")
TWICE = (
    "The ids of some pins are made of their content and those of others come from a column: the same "
    "pins may be there twice; if so, import all into a new collection."
)

Values = tuple[object, ...]
"""A pin as a tuple in the order of `pins.SCHEMA`."""


@dataclass(frozen=True, kw_only=True)
class ImportReport:
    """What an import did, row by row accounted for: rows = new + changed + unchanged + rejected."""

    collection: str
    revision: int
    rows: int
    new: int
    changed: int
    unchanged: int
    rejected: int
    reasons: dict[str, int]
    """Rejected rows by reason, without what is particular to a row."""
    examples: dict[str, str]
    """The same reasons -> the first such row, and the whole reason."""
    rejected_file: str | None
    shards_written: int
    pins: int
    """Pins in the collection now."""
    columns: dict[str, str]
    """Which column each field was read from."""
    unused_columns: tuple[str, ...]
    """Columns from which no field was read; they are kept as `pin.extra`."""
    separator: str
    """What separates the columns of a CSV or TSV; "" for other formats."""
    is_twice: bool = False
    """Whether pins with ids of their own stand beside others whose ids were made of their content."""

    @property
    def note(self) -> str:
        """What a person should know: of columns that became no field, of ids; "" for nothing."""
        said = unused_note(self.unused_columns, self.columns)
        return " ".join(filter(None, [TWICE if self.is_twice else "", said]))


def import_pins(
    store: Store,
    name: str,
    reader: Reader,
    *,
    columns: Mapping[str, str] | None = None,
    split: str | None = None,
    shard_rows: int = 50_000,
    max_field_chars: int = 20_000,
    progress: Callable[[int], None] = lambda rows: None,
) -> ImportReport:
    """Add the rows of a reader to the collection `name` and return what came of each.

    `columns` maps fields to the file's columns (beside those that already have a field's name);
    `split` puts every row in one split. Pins without an id column get one from their content.
    Raises ReadError or CollectionError; then the collection is what it was before.
    """
    mapping = map_columns(reader, columns or {})
    if split is not None and split not in SPLITS:
        raise CollectionError(f"--split is {split!r}; it must be train, valid or test.")
    base = find_collection(store, name)
    with tempfile.TemporaryDirectory(prefix="labeling-import-") as scratch:
        job = _Import(store, base, reader, mapping, split, shard_rows, max_field_chars, scratch)
        for batch in _batched(reader.rows()):
            job.add(batch)
            progress(job.rows)
        return job.finish()


class _Import:
    """One import under way: rows come in by batches, shards go out when full."""

    def __init__(
        self,
        store: Store,
        base: Collection,
        reader: Reader,
        mapping: dict[str, str],
        split: str | None,
        shard_rows: int,
        max_field_chars: int,
        scratch: str,
    ) -> None:
        self.store, self.base, self.reader, self.split = store, base, reader, split
        self.mapping, self.shard_rows, self.max_chars = mapping, shard_rows, max_field_chars
        self.by_column = {column: field for field, column in mapping.items()}
        self.columns = frozenset(reader.columns)
        self.shards = list(base.shards)
        self.pending: list[Values] = []
        self.rejected = _RejectedFile(scratch, reader.path.name)
        self.index = PinIndex(Path(scratch) / "index.db")
        self.had_own_ids = False
        for number, shard in enumerate(base.shards):
            table = read_pins(store, shard, ["pin_id", "image", "digest"])
            ids, images, digests = (column.to_pylist() for column in table.columns)
            # a revision of before images were counted has none
            self.shards[number] = replace(shard, images=sum(map(bool, images)))
            self.index.add(
                (id, Known(digest, number, 0)) for id, digest in zip(ids, digests, strict=True)
            )
            self.had_own_ids |= not all(map(CONTENT_ID.fullmatch, ids[:NOTICED]))
        self.rows = self.new = self.changed = self.unchanged = self.written = 0

    def add(self, batch: list[Row | BadRow]) -> None:
        """Check a batch and sort its pins into new, changed and unchanged ones."""
        self.rows += len(batch)
        checked = [pin for row in batch if (pin := self._checked(row)) is not None]
        if "pin_id" not in self.mapping:
            checked = self.index.with_content_ids(checked)
        known = self.index.find([row_id(values) for _, values in checked])
        entries: dict[str, Known] = {}
        for row, values in checked:
            id, digest = row_id(values), str(values[-1])
            before = entries.get(id) or known.get(id)
            if before is not None and before.row:
                reason = f"the pin id {id!r} stands already in row {before.row:,}; ids are unique"
                self._reject(row, reason, id)
                continue
            if before is None:
                self.new += 1
                entries[id] = Known(digest, len(self.shards), row.number)
                self.pending.append(values)
                if len(self.pending) == self.shard_rows:
                    self._write_pending()
                continue
            if before.digest == digest:
                self.unchanged += 1
            else:
                self.changed += 1
                self.index.keep_change(before.shard, values)
            entries[id] = Known(digest, before.shard, row.number)
        self.index.add(entries.items())

    def finish(self) -> ImportReport:
        """Write what is left and the new revision; raises CollectionError where no row was usable."""
        kept = self.new + self.changed + self.unchanged
        if self.rows == 0:
            raise CollectionError(f"{self.reader.path} has no rows; nothing was imported.")
        if self.pending:
            self._write_pending()
        for number in self.index.changed_shards():
            self._rewrite(number)
        revision = self.base.revision + 1
        rejected = self.rejected.finish(self.store, f"pins/{self.base.name}/rejected")
        if kept == 0:
            reason, count = self.rejected.reasons.most_common(1)[0]
            raise CollectionError(
                f"None of the {self.rows:,} rows of {self.reader.path} could become a pin "
                f"({count:,} times, e.g. {self.rejected.examples[reason]}); all are listed "
                f"in {rejected}."
            )
        sources = {source: str(self.reader.root.resolve()) for source in self._sources()}
        collection = Collection(
            name=self.base.name,
            revision=revision,
            shards=tuple(self.shards),
            sources={**self.base.sources, **sources},
            retries=self.base.retries,
        )
        if (collection.shards, collection.sources) == (self.base.shards, self.base.sources):
            collection = self.base
        else:
            save_revision(self.store, collection)
        return ImportReport(
            collection=collection.name,
            revision=collection.revision,
            rows=self.rows,
            new=self.new,
            changed=self.changed,
            unchanged=self.unchanged,
            rejected=self.rejected.count,
            reasons=dict(self.rejected.reasons.most_common()),
            examples=self.rejected.examples,
            rejected_file=rejected,
            shards_written=self.written,
            pins=collection.pins,
            columns=self.mapping,
            unused_columns=unused_columns(self.reader, self.mapping),
            separator=self.reader.separator,
            is_twice=self._is_twice(),
        )

    def _is_twice(self) -> bool:
        """Whether new pins have ids of another kind than those of before."""
        has_own_ids = "pin_id" in self.mapping
        return bool(self.base.pins and self.new) and self.had_own_ids != has_own_ids

    def _sources(self) -> Iterable[str]:
        return self.reader.files or (self.reader.path.name,)

    def _checked(self, row: Row | BadRow) -> tuple[Row, Values] | None:
        """Return the pin of a row in the schema's order, or None after rejecting the row."""
        if isinstance(row, BadRow):
            self.rejected.add(row, "", row.reason, row.excerpt)
            return None
        fields: dict[str, str] = dict.fromkeys(FIELDS, "")
        extra: dict[str, str] = {}
        for column, value in row.values.items():
            target = self.by_column.get(column) or self._late(column, value)
            if not target:
                extra[column] = clean(value)
            else:
                value = as_read(value) if target in TEXTS else value
                fields[target] = clean(value.strip())
        fields["split"] = self.split or split_named(fields["split"])
        if "pin_id" in self.mapping and not fields["pin_id"]:
            reason: str | None = f"its id is missing (column {self.mapping['pin_id']!r})"
        else:
            reason = reason_to_reject({**fields, **extra}, self.max_chars)
        if reason:
            self._reject(row, reason, fields["pin_id"])
            return None
        source = row.source or self.reader.path.name
        packed = json.dumps(extra, ensure_ascii=False, sort_keys=True) if extra else ""
        values = (*fields.values(), packed, row.given_votes, source)
        relative = fields["image"] and "://" not in fields["image"]
        # which file a pin came from changes it only where that is where its image lies
        return row, (*values, digest_of(values if relative else values[:-1]))

    def _late(self, column: str, value: str) -> str:
        """Return the field of a column that the first rows lacked, as JSON lines may, and read it from
        there from now on; "" for none. Ids do not come late: the pins before have others."""
        field = "" if column in self.columns or not value else field_named(column)
        if not field or field == "pin_id" or field in self.mapping:
            return ""
        self.mapping[field] = column
        self.by_column[column] = field
        return field

    def _reject(self, row: Row, reason: str, pin_id: str) -> None:
        content = " | ".join(value for value in row.values.values() if value)
        self.rejected.add(row, pin_id, reason, content)

    def _write_pending(self) -> None:
        self.shards.append(self._write(len(self.shards), self.pending))
        self.pending = []

    def _rewrite(self, number: int) -> None:
        """Write a shard anew with its changed pins in the places of the old ones."""
        table = read_pins(self.store, self.shards[number])
        rows = zip(*(column.to_pylist() for column in table.columns), strict=True)
        changes = {row_id(values): values for values in self.index.changes(number)}
        merged = [changes.get(row_id(values), values) for values in rows]
        self.shards[number] = self._write(number, merged)

    def _write(self, number: int, pins: list[Values]) -> Shard:
        digest = fingerprint([str(values[-1]) for values in pins], [row_id(v) for v in pins])
        shard = Shard(
            key=f"pins/{self.base.name}/{number:06d}-{digest}.parquet",
            rows=len(pins),
            images=sum(bool(values[IMAGE]) for values in pins),
        )
        if not self.store.exists(shard.key):
            columns = [
                pa.array(cells, type=kind.type)
                for cells, kind in zip(zip(*pins, strict=True), SCHEMA, strict=True)
            ]
            self.store.write_table(shard.key, pa.Table.from_arrays(columns, schema=SCHEMA))
        self.written += 1
        return shard


def row_id(values: Values) -> str:
    """Return the pin id of a pin in the schema's order."""
    return str(values[0])


class _RejectedFile:
    """The list of rejected rows, spooled to disk, as a CSV that is safe to open in a spreadsheet."""

    def __init__(self, scratch: str, source: str) -> None:
        self.source = source
        self.path = Path(scratch) / "rejected.csv"
        self.file = self.path.open("w", encoding="utf-8", newline="")
        self.writer = csv.writer(self.file)
        self.writer.writerow(["file", "row", "pin_id", "reason", "excerpt"])
        self.count = 0
        self.reasons: Counter[str] = Counter()
        self.examples: dict[str, str] = {}

    def add(self, row: Row | BadRow, pin_id: str, reason: str, excerpt: str) -> None:
        self.count += 1
        self.reasons[general(reason)] += 1
        self.examples.setdefault(general(reason), f"row {row.number:,}: {reason}")
        cells = [_spreadsheet_safe(cell) for cell in (pin_id, reason, excerpt[:120])]
        self.writer.writerow([_spreadsheet_safe(row.source or self.source), row.number, *cells])

    def finish(self, store: Store, folder: str) -> str | None:
        """Return where the list lies in the store (named by its content, so no import overwrites
        another's), or None where nothing was rejected."""
        self.file.close()
        if not self.count:
            return None
        with self.path.open("rb") as file:
            digest = hashlib.file_digest(file, "sha256").hexdigest()[:12]
        key = f"{folder}/{digest}.csv"
        store.write_file(key, self.path)
        return store.path(key)


def _spreadsheet_safe(cell: str) -> str:
    cell = cell.encode("utf-8", "backslashreplace").decode()
    return f"'{cell}" if cell.startswith(FORMULA) else cell


def _batched(rows: Iterator[Row | BadRow]) -> Iterator[list[Row | BadRow]]:
    while batch := list(islice(rows, BATCH_ROWS)):
        yield batch
