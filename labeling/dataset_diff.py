"""Two versions of a dataset, compared row by row: what came in, went out, got another label, and why."""

from __future__ import annotations

from collections import Counter
from dataclasses import asdict, dataclass
from itertools import chain
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from labeling.datasets import Manifest
from labeling.evaluation_moves import Version, displaced_by_answers
from labeling.evaluation_splits import LEAKING
from labeling.row_changes import Lineages
from labeling.shards import Store

EXAMPLES = 8
"""Of each kind, unless told otherwise."""
KEYS = ["pin_id", "label", "source", "split"]
SEEN = [
    *("label_a", "label_b", "source_a", "source_b", "split_a", "split_b"),
    *("reason_a", "reason_b", "by_answers"),
]
"""What says why a row changed."""
WHEN_LEFT_OUT = {"added": "left out before", "removed": "left out now"}
"""Of rows that are in one of the versions alone."""


@dataclass(frozen=True, kw_only=True)
class RowChange:
    """One row that is not the same in both versions."""

    pin_id: str
    title: str
    before: str
    """Its class in the first version; "" where it is not in there."""
    after: str
    """Its class in the second version; "" where it is not in there."""
    why: str
    """See `labeling.row_changes`."""
    left_out: str
    """Why its pin was left out of the version that it is not in; "" where its collection lacks it."""


@dataclass(frozen=True, kw_only=True)
class Relabelling:
    """How many rows went from one class to another."""

    before: str
    after: str
    rows: int


@dataclass(frozen=True, kw_only=True)
class LineageChange:
    """What two versions were made from, where it differs."""

    functions_added: tuple[str, ...]
    functions_removed: tuple[str, ...]
    functions_changed: tuple[str, ...]
    """Of the same name and another fingerprint."""
    settings: dict[str, tuple[Any, Any]]
    """Resolver, encoder, seed, revision of the collection, ... -> before and after."""


@dataclass(frozen=True, kw_only=True)
class VersionDiff:
    """What changed from one version to another."""

    before: str
    after: str
    rows_before: int
    rows_after: int
    labels_before: dict[str, int]
    labels_after: dict[str, int]
    added: int
    removed: int
    relabelled: int
    moved: int
    """Rows of both versions that are in another split."""
    relabellings: tuple[Relabelling, ...]
    """The most frequent first."""
    lineage: LineageChange
    reasons: dict[str, dict[str, int]]
    """`added`, `removed`, `relabelled` -> why -> rows, the most frequent first."""
    left_out: dict[str, dict[str, int]]
    """`added`, `removed` -> why the pins were left out of the version without them -> rows, the most
    frequent first; pins that were not in its collection are not counted."""
    examples: dict[str, tuple[RowChange, ...]]
    """`added`, `removed`, `relabelled` -> the first by pin id."""

    def why_left_out(self, kind: str) -> list[str]:
        """Return a line for each reason why the rows of a kind are in one version alone."""
        counts = self.left_out.get(kind, {})
        return [f"{count:,} {WHEN_LEFT_OUT[kind]}: {why}" for why, count in counts.items()]

    def to_json(self) -> dict[str, Any]:
        """Return the diff as JSON values."""
        return asdict(self)


def diff_versions(store: Store, a: str, b: str, *, examples: int = EXAMPLES) -> VersionDiff:
    """Return what changed from version `a` to version `b`, each as `name@v0001` or `name@latest`.

    Memory: some 100 bytes for each row of both. Raises DatasetError for a version that is not there.
    """
    first, second = Version.find(store, a), Version.find(store, b)
    rows_a, rows_b = _rows(first), _rows(second)
    both = rows_a.join(
        rows_b, "pin_id", join_type="full outer", left_suffix="_a", right_suffix="_b"
    )
    for suffix, version in (("_a", first), ("_b", second)):
        reasons = version.left_out().rename_columns(["pin_id", f"reason{suffix}"])
        both = both.join(reasons, "pin_id")
    both = both.append_column("by_answers", _by_answers(both, first, second))
    both = both.sort_by("pin_id")
    lineages = Lineages(before=first.manifest, after=second.manifest)
    in_a, in_b = pc.is_valid(both.column("label_a")), pc.is_valid(both.column("label_b"))
    kept = pc.and_(in_a, in_b)
    changed = pc.not_equal(both.column("label_a"), both.column("label_b"))
    moved = pc.not_equal(both.column("split_a"), both.column("split_b"))
    kinds = {
        "added": both.filter(pc.invert(in_a)),
        "removed": both.filter(pc.invert(in_b)),
        "relabelled": both.filter(pc.and_(kept, pc.fill_null(changed, False))),
    }
    columns = [kinds["relabelled"].column(name).to_pylist() for name in ("label_a", "label_b")]
    pairs = Counter(zip(*columns, strict=True))
    return VersionDiff(
        before=first.manifest.reference,
        after=second.manifest.reference,
        rows_before=first.manifest.rows,
        rows_after=second.manifest.rows,
        labels_before=_counts(rows_a, first.manifest),
        labels_after=_counts(rows_b, second.manifest),
        **{kind: len(table) for kind, table in kinds.items()},
        moved=pc.sum(pc.and_(kept, pc.fill_null(moved, False))).as_py() or 0,
        relabellings=tuple(
            Relabelling(before=x, after=y, rows=rows) for (x, y), rows in pairs.most_common()
        ),
        lineage=_lineage(first.manifest, second.manifest),
        reasons={kind: _reasons(table, lineages) for kind, table in kinds.items()},
        left_out={
            kind: _counted(kinds[kind].column(f"reason{side}"))
            for kind, side in (("added", "_a"), ("removed", "_b"))
        },
        examples={
            kind: _examples(table.slice(0, examples), lineages, first, second)
            for kind, table in kinds.items()
        },
    )


def _rows(version: Version) -> pa.Table:
    """Return pin_id, label (the class's name: classes may have changed), its source and the split of
    all rows."""
    names = pa.array(version.manifest.classes, pa.string())
    parts = []
    for split, table in version.tables(["pin_id", "label", "label_source"]):
        labels = pc.take(names, table.column("label"))
        splits = pa.repeat(pa.scalar(split), len(table))
        columns = [table.column("pin_id"), labels, table.column("label_source"), splits]
        parts.append(pa.table(columns, names=KEYS))
    return pa.concat_tables(parts)


def _by_answers(both: pa.Table, first: Version, second: Version) -> pa.Array:
    """Return which pins, bool [n], are a row on one side and on the other a near-duplicate of a pin that
    people's answers took into evaluation."""
    found = []
    for suffix, there, here in (("_a", first, second), ("_b", second, first)):
        other = "_b" if suffix == "_a" else "_a"
        leaks = pc.fill_null(pc.equal(both.column(f"reason{other}"), LEAKING), False)
        leaving = both.filter(pc.and_(leaks, pc.is_valid(both.column(f"label{suffix}"))))
        found += displaced_by_answers(there, here, leaving.column("pin_id")).chunks
    ids = pa.chunked_array(found, pa.string()).combine_chunks()
    return pc.is_in(both.column("pin_id"), ids)


def _reasons(rows: pa.Table, lineages: Lineages) -> dict[str, int]:
    """Return why -> rows: few are the ways in which rows change, so each is judged once."""
    counts: Counter[str] = Counter()
    for way in rows.group_by(SEEN).aggregate([([], "count_all")]).to_pylist():
        counts[lineages.why(way)] += way.pop("count_all")
    return dict(counts.most_common())


def _counts(rows: pa.Table, manifest: Manifest) -> dict[str, int]:
    counts = _counted(rows.column("label"))
    return {name: counts.get(name, 0) for name in manifest.classes}


def _counted(values: pa.ChunkedArray) -> dict[str, int]:
    """Return value -> how often it is there, the most frequent first."""
    counts = values.drop_null().value_counts().to_pylist()
    return dict(Counter({one["values"]: one["counts"] for one in counts}).most_common())


def _lineage(first: Manifest, second: Manifest) -> LineageChange:
    was, now = (
        {f["name"]: f["fingerprint"] for f in manifest.lineage["functions"]}
        for manifest in (first, second)
    )
    values = [
        {**m.lineage, "collection revision": m.revision, "classes": list(m.classes)}
        for m in (first, second)
    ]
    # these differ whenever something else does
    digests = (
        "functions",
        "resolution",
        "doubts",
        "rows_by_rule",
        "rows_by_source",
        "rows_by_image",
    )
    names = [name for name in values[0] | values[1] if name not in digests]
    return LineageChange(
        functions_added=tuple(name for name in now if name not in was),
        functions_removed=tuple(name for name in was if name not in now),
        functions_changed=tuple(n for n in now if n in was and was[n] != now[n]),
        settings={
            name: (values[0].get(name), values[1].get(name))
            for name in names
            if values[0].get(name) != values[1].get(name)
        },
    )


def _examples(
    rows: pa.Table, lineages: Lineages, first: Version, second: Version
) -> tuple[RowChange, ...]:
    wanted = rows.column("pin_id").combine_chunks()
    titles: dict[str, str] = {}
    columns = ["pin_id", "title", "description"]
    tables = chain(first.tables(columns), second.tables(columns))
    while len(titles) < len(wanted):
        _, table = next(tables)
        for pin in table.filter(pc.is_in(table.column("pin_id"), wanted)).to_pylist():
            titles[pin["pin_id"]] = pin["title"] or pin["description"] or ""
    return tuple(
        RowChange(
            pin_id=row["pin_id"],
            title=" ".join(titles[row["pin_id"]].split())[:160],
            before=row["label_a"] or "",
            after=row["label_b"] or "",
            why=lineages.why(row),
            left_out=row["reason_b" if row["label_b"] is None else "reason_a"] or "",
        )
        for row in rows.to_pylist()
    )
