"""The difference of two dataset versions in the terminal."""

from __future__ import annotations

from rich.console import Console
from rich.text import Text

from labeling.dataset_diff import VersionDiff


def show_diff(diff: VersionDiff, console: Console) -> None:
    """Print what changed in the rows, with examples, and in what the versions were made from."""
    console.print(f"{diff.before} -> {diff.after}", style="bold")
    console.print(
        f"  rows {diff.rows_before:,} -> {diff.rows_after:,}: {diff.added:,} in, "
        f"{diff.removed:,} out, {diff.relabelled:,} relabelled, {diff.moved:,} in another split"
    )
    for one in diff.relabellings:
        console.print(f"  {one.rows:,} {one.before} -> {one.after}", markup=False)
    for kind, rows in diff.examples.items():
        for row in rows:
            became = " -> ".join(label for label in (row.before, row.after) if label)
            line = Text(f"{row.pin_id} {became}: {row.title}", overflow="ellipsis", no_wrap=True)
            console.print(Text.assemble((f"  {kind:<11}", "dim"), line), no_wrap=True)
    lineage = diff.lineage
    for what, names in (
        ("added", lineage.functions_added),
        ("removed", lineage.functions_removed),
        ("changed", lineage.functions_changed),
    ):
        if names:
            console.print(f"  functions {what}: {', '.join(names)}", soft_wrap=True)
    for name, (was, now) in lineage.settings.items():
        console.print(Text(f"  {name}: {was} -> {now}"), soft_wrap=True)
