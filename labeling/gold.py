"""Gold: the classes of pins that people agreed on, by signal and collection."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from sqlalchemy import select

from labeling.analysis import class_numbers
from labeling.collection import Collection, read_pins
from labeling.database import Database
from labeling.errors import GoldError
from labeling.readers import BadRow, Reader, open_pins
from labeling.resolving import HELD_OUT, read_splits
from labeling.shards import Store
from labeling.signals import Signal
from labeling.tables import GoldRow
from labeling.workspace import Workspace

COLUMNS = ("pin_id", "label")
REVIEW = "review"
"""The source of gold that answers make; gold of other sources is nobody's to change but a reviewer's."""


@dataclass(frozen=True, kw_only=True)
class GoldReport:
    """What gold there is of a signal on a collection, and what an import added to it."""

    signal: str
    collection: str
    labels: dict[str, int]
    """Per class."""
    held_out: int
    """Of pins in the splits valid and test: kept, and never fitted on."""
    other: dict[str, int] = field(default_factory=dict)
    """Labels that are no class of the signal any more, or whose pin is gone: not used."""
    added: int = 0
    changed: int = 0
    unchanged: int = 0
    blank: int = 0
    """Rows of an import without a label: passed over."""


def read_gold(database: Database, signal: Signal, collection: str) -> dict[str, int]:
    """Return pin id -> class, sorted by id; labels that are no class of the signal are left out."""
    numbers = {name: number for number, name in enumerate(signal.classes)}
    labels = _read(database, signal.name, collection)
    return {id: numbers[label] for id, label in labels.items() if label in numbers}


def read_imported(database: Database, signal: str, collection: str) -> frozenset[str]:
    """Return the pins whose gold came from elsewhere than the review queue, which asks about doubtful
    pins."""
    with database.reading() as session:
        ids = session.scalars(
            select(GoldRow.pin_id)
            .where(GoldRow.signal == signal, GoldRow.collection == collection)
            .where(GoldRow.source != REVIEW)
        )
        return frozenset(ids)


def save_gold(
    database: Database,
    signal: str,
    collection: str,
    labels: Mapping[str, str],
    *,
    source: str,
    replace: bool = False,
    now: datetime | None = None,
) -> Counter[str]:
    """Save pin id -> class name in one transaction, and return how many were added, changed and
    unchanged.

    Raises GoldError where a pin has another label already, unless `replace`.
    """
    now = now or datetime.now(UTC)
    done = Counter(added=0, changed=0, unchanged=0)
    wanted = dict(labels)
    with database.writing() as session:
        rows = session.scalars(
            select(GoldRow).where(GoldRow.signal == signal, GoldRow.collection == collection)
        )
        for row in rows:
            label = wanted.pop(row.pin_id, None)
            if label is None:
                continue
            if label == row.label:
                if row.source == REVIEW:  # or it would go where its answer is taken back
                    row.source, row.created_at = source, now
                done["unchanged"] += 1
                continue
            done["changed"] += 1
            example = f"{row.pin_id!r} is {row.label!r} and would become {label!r}"
            row.label, row.source, row.created_at = label, source, now
        if done["changed"] and not replace:  # the exception rolls all of it back
            raise GoldError(
                f"{done['changed']} of {len(labels)} labels contradict the gold there is "
                f"(e.g. {example}), and nothing was saved; say --replace where the new ones are right."
            )
        for pin_id, label in wanted.items():
            session.add(
                GoldRow(
                    signal=signal,
                    collection=collection,
                    pin_id=pin_id,
                    label=label,
                    source=source,
                    created_at=now,
                )
            )
    done["added"] = len(wanted)
    return done


def import_gold(
    workspace: Workspace,
    signal: str,
    collection: str,
    path: str | Path,
    *,
    source: str = "import",
    replace: bool = False,
) -> GoldReport:
    """Import a file with the columns pin_id and label (class name or number), all of it or nothing;
    repeating it changes nothing.

    Raises ReadError for a file that cannot be read and GoldError for rows that cannot be gold.
    """
    found, pins = workspace.signal(signal), workspace.collection(collection)
    labels, blank = _checked(open_pins(Path(path).expanduser()), found, pins, workspace.store)
    done = save_gold(workspace.database, signal, collection, labels, source=source, replace=replace)
    return gold_report(workspace, signal, collection, {**done, "blank": blank})


def gold_report(
    workspace: Workspace, signal: str, collection: str, done: Mapping[str, int] | None = None
) -> GoldReport:
    """Return what gold there is of a signal on a collection."""
    found, pins = workspace.signal(signal), workspace.collection(collection)
    labels = _read(workspace.database, signal, collection)
    splits = _splits(workspace.store, pins, labels) if labels else {}
    counts = Counter(label for id, label in labels.items() if id in splits)
    other = {name: counts.pop(name) for name in list(counts) if name not in found.classes}
    if gone := len(labels.keys() - splits.keys()):
        other["(pin gone)"] = gone
    return GoldReport(
        signal=signal,
        collection=collection,
        labels={name: counts[name] for name in found.classes},
        held_out=sum(split in HELD_OUT for split in splits.values()),
        other=other,
        **(done or {}),
    )


def _read(database: Database, signal: str, collection: str) -> dict[str, str]:
    with database.reading() as session:
        rows = session.execute(
            select(GoldRow.pin_id, GoldRow.label).where(
                GoldRow.signal == signal, GoldRow.collection == collection
            )
        ).all()
    return dict(sorted((id, label) for id, label in rows))


def _checked(
    reader: Reader, signal: Signal, collection: Collection, store: Store
) -> tuple[dict[str, str], int]:
    """Return pin id -> class name, and the number of rows without a label, which exports of unfinished
    work have. Raises GoldError that counts the rows which cannot be gold."""
    missing = [name for name in COLUMNS if name not in reader.columns]
    if missing:
        raise GoldError(
            f"{reader.path} lacks {' and '.join(missing)} (it has {', '.join(reader.columns)}); "
            "gold needs the columns pin_id and label."
        )
    numbers = class_numbers(signal)
    labels: dict[str, str] = {}
    faults: dict[str, list[str]] = {}
    rows = blank = 0
    for row in reader.rows():
        rows += 1
        if isinstance(row, BadRow):
            faults.setdefault("unreadable", []).append(f"row {row.number}: {row.reason}")
            continue
        id, label = (row.values.get(name, "").strip() for name in COLUMNS)
        if not label:
            blank += 1
        elif label not in numbers:
            faults.setdefault(f"with a label that is no class of {signal.name}", []).append(
                repr(label)
            )
        elif (
            labels.setdefault(id, signal.classes[numbers[label]]) != signal.classes[numbers[label]]
        ):
            faults.setdefault("against another row on its pin", []).append(repr(id))
    known = _splits(store, collection, labels)
    unknown = [repr(id) for id in labels if id not in known]
    if unknown:
        faults[f"on no pin of {collection.name}"] = unknown
    if faults:
        said = ", ".join(
            f"{len(rows_):,} {what} (e.g. {rows_[0]})" for what, rows_ in faults.items()
        )
        counted = "1 row" if rows == 1 else f"{rows:,} rows"
        raise GoldError(
            f"Nothing of {reader.path.name} ({counted}) was saved, because of {said}; correct them and "
            "import the file again."
        )
    if not labels:
        raise GoldError(f"No row of {reader.path.name} has a label; nothing was saved.")
    return labels, blank


def _splits(store: Store, collection: Collection, ids: Mapping[str, str]) -> dict[str, str]:
    """Return pin id -> split of those of the ids that are pins of the collection."""
    found: dict[str, str] = {}
    for shard in collection.shards:
        column = read_pins(store, shard, ["pin_id"]).column("pin_id")
        rows = [row for row, id in enumerate(column.to_pylist()) if id in ids]
        if rows:
            splits = read_splits(store, shard)
            found |= {column[row].as_py(): str(splits[row]) for row in rows}
    return found
