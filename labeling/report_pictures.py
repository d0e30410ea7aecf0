"""The pictures of a run's report: its map where one is drawn, thumbnails of its doubtful pins."""

from __future__ import annotations

from labeling.map_points import PinMap, Sources, read_points
from labeling.pictures import pictures_of
from labeling.report import RunReport
from labeling.report_html import Pictures
from labeling.signals import NO_LABEL
from labeling.workspace import Workspace


def read_pictures(workspace: Workspace, report: RunReport) -> Pictures:
    """Return what there is; nothing is made."""
    drawn = PinMap.of(workspace, report.collection)
    ids = [example.pin_id for example in report.examples]
    return Pictures(
        thumbnails=pictures_of(workspace.store, drawn.collection, ids),
        map=_paths(workspace, drawn, report),
    )


def _paths(workspace: Workspace, drawn: PinMap, report: RunReport) -> dict[str, str]:
    """Return a path of dots per label; empty where no map fits the run."""
    sources = Sources.of_report(report, drawn.collection)
    if sources is None or not workspace.store.exists(drawn.key):
        return {}
    dots: dict[str, list[str]] = {label: [] for label in (*report.classes, NO_LABEL)}
    for point in read_points(workspace, drawn, sources):
        dots[point.label].append(f"M{100 * point.x:.1f} {100 - 100 * point.y:.1f}h0")
    return {label: "".join(places) for label, places in dots.items() if places}
