"""Answers come back as they are given: the server is asked again and again, until one stops it.

It reconciles: what a webhook would have told is found by the next question, and nothing is lost
while nobody listens.
"""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime

from labeling.label_studio.projects import Project
from labeling.label_studio.pulling import PullReport, need_project, pull
from labeling.label_studio.server import ProjectGone, Server, ServerAway
from labeling.workspace import Workspace

FULL_EVERY = 20
"""Polls after which all is compared although nothing seems new: a deleted task leaves no trace."""


@dataclass(kw_only=True)
class Watched:
    """What came in while it was watched."""

    polls: int = 0
    pulls: int = 0
    missed: int = 0
    """Polls that the server did not answer."""
    new: dict[str, int] = field(default_factory=dict)
    undone: int = 0

    def add(self, report: PullReport) -> None:
        """Count a pull."""
        self.pulls += 1
        self.new = dict(Counter(self.new) + Counter(report.new))
        self.undone += report.undone


def watch(
    workspace: Workspace,
    server: Server,
    signal: str,
    collection: str,
    watched: Watched,
    *,
    every: float,
    wait: Callable[[float], None] = time.sleep,
) -> Iterator[PullReport]:
    """Yield a report for each time that something new was pulled, for ever; the first at once.

    A poll without news is one small request. Raises LabelStudioError as `pull` does.
    """
    last: datetime | None = None
    while True:
        project = need_project(workspace.database, server, signal, collection)
        due = watched.polls % FULL_EVERY == 0
        watched.polls += 1
        try:
            newest = _last_change(server, project)
            if due or newest is None or newest != last:
                report = pull(workspace, server, signal, collection)
                watched.add(report)
                last = newest
                if report.new or watched.pulls == 1:
                    yield report
        except ServerAway:
            if watched.pulls == 0:  # a wrong address, not a server that is being restarted
                raise
            watched.missed += 1
        wait(every)


def _last_change(server: Server, project: Project) -> datetime | None:
    try:
        return server.last_change(project.outside_id)
    except ProjectGone:
        return None  # the pull says so
