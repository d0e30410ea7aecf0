"""What dataset versions hold and how they differ, in the terminal."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from rich.console import Console
from rich.text import Text

from labeling.dataset_diff import VersionDiff
from labeling.dataset_lineage import RowLineage
from labeling.pin_terminal import answer_line
from labeling.wording import in_words


def show_diff(diff: VersionDiff, console: Console) -> None:
    """Print what changed in the rows, with examples, and in what the versions were made from."""
    console.print(f"{diff.before} -> {diff.after}", style="bold")
    console.print(
        f"  rows {diff.rows_before:,} -> {diff.rows_after:,}: {diff.added:,} in, "
        f"{diff.removed:,} out, {diff.relabelled:,} relabelled, {diff.moved:,} in another split"
    )
    for one in diff.relabellings:
        console.print(f"  {one.rows:,} {one.before} -> {one.after}", markup=False)
    for kind, counts in diff.reasons.items():
        if counts:
            causes = ", ".join(f"{count:,} {why}" for why, count in counts.items())
            console.print(f"  {kind} by: {causes}", markup=False)
        for reason in diff.why_left_out(kind):
            console.print(f"    {reason}", soft_wrap=True)
    for kind, rows in diff.examples.items():
        for row in rows:
            became = " -> ".join(label for label in (row.before, row.after) if label)
            line = Text(
                f"{row.pin_id} {became} ({row.why}): {row.title}", overflow="ellipsis", no_wrap=True
            )
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
        for said in _setting_lines(name, was, now):
            console.print(Text(f"  {said}"), soft_wrap=True)


def _setting_lines(name: str, was: Any, now: Any) -> Iterator[str]:
    """Yield what differs, a line for each part of a setting that has several."""
    if name == "gold":
        before, after = (f"{gold['labels']:,} labels" for gold in (was, now))
        yield f"gold: {before} -> {after}" + (", not the same" if before == after else "")
    elif isinstance(was, dict) and isinstance(now, dict):
        for part in was | now:
            if was.get(part) != now.get(part):
                yield f"{name} {part}: {in_words(was.get(part))} -> {in_words(now.get(part))}"
    else:
        yield f"{name}: {in_words(was)} -> {in_words(now)}"


def show_lineage(found: RowLineage, console: Console) -> None:
    """Print where a pin's row comes from, a line for each thing that made it."""
    for heading, text in _lineage_lines(found):
        console.print(Text.assemble((f"{heading:<12}", "bold"), text), soft_wrap=True)


def _lineage_lines(found: RowLineage) -> Iterator[tuple[str, str]]:
    yield "version", f"{found.version}, of {found.collection} revision {found.revision}"
    yield "pin", " ".join(f"{found.pin_id} {found.title}".split())
    if found.left_out:
        yield "left out", found.left_out
    else:
        yield "row", _row(found)
    yield "resolved", f"{found.resolved} {found.resolved_confidence:.2f} by {found.resolver}"
    yield "doubts", ", ".join(found.doubts) or "none"
    for vote in found.votes:
        said = vote.fault or vote.vote or "abstains"
        yield "vote", f"{vote.function} {vote.fingerprint} ({vote.kind}): {said}"
    for answer in found.answers:
        yield "answer", answer_line(answer)
    if found.gold:
        yield (
            "gold",
            f"{found.gold.label} ({found.gold.source}, {found.gold.created_at:%Y-%m-%d %H:%M})",
        )
    yield "recipe", in_words(found.recipe)


def _row(found: RowLineage) -> str:
    parts = [f"{found.split}: {found.label} {found.confidence:.2f} ({found.label_source})"]
    parts += [f"weight {found.weight:g}"]
    parts += [] if found.inclusion is None else [f"inclusion {found.inclusion:g}"]
    return ", ".join(parts)
