"""The report on a collection's images, in the terminal."""

from __future__ import annotations

from typing import TYPE_CHECKING

from labeling.images.counting import ImagesReport

if TYPE_CHECKING:
    from rich.console import Console


def show_images(report: ImagesReport, console: Console) -> None:
    """Print what was seen, what could not be, and why."""
    if not report.images:
        console.print(f"None of the {report.pins:,} pins names an image.")
        return
    console.print(
        f"{report.seen:,} of {report.images:,} images seen ({report.pins:,} pins); "
        f"{report.shards_looked} of {report.shards} shards anew"
        + (f"; {report.gained:,} images that had a fault before" if report.gained else "")
    )
    for issue, count in report.issues.items():
        if count:
            console.print(f"  {count:>7,} {issue}")
    for fault in report.faults:
        console.print(f"  {fault.count:>7,} not seen: {fault.reason}", style="yellow", markup=False)
        for pin_id, text in fault.examples:
            console.print(f"          {pin_id}: {text}", style="dim", markup=False)
    if report.note:
        style = "yellow" if report.seen else "bold red"
        console.print(report.note, style=style, markup=False)
