"""A visit: who is here, in which workspace, working on which signal and collection."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import streamlit as st
from sqlalchemy import func, select
from styles import literal

from labeling.errors import LabelingError, SignalError
from labeling.review.people import Person
from labeling.settings import find_home
from labeling.signals import Signal
from labeling.tables import ReviewTaskRow, RunRow
from labeling.workspace import Workspace, open_workspace

SIGNAL_SECONDS = 60
"""An author's change to a signal is seen after so long."""
JOBS_SECONDS = 20
OTHERS = 3
"""Other jobs that are named where pins are open in them: those with most."""

_last_read: dict[tuple[str, str], Signal] = {}


@dataclass(frozen=True, kw_only=True, order=True)
class Job:
    """What is worked on: a signal on a collection."""

    signal: str
    collection: str

    def __str__(self) -> str:
        return f"{self.signal} on {self.collection}"


@dataclass(frozen=True, kw_only=True)
class Visit:
    """What every page is given."""

    workspace: Workspace
    person: Person
    job: Job | None
    """None where nothing was run yet."""

    @property
    def signal(self) -> Signal:
        """The signal that is worked on, with its functions. Raises SignalError."""
        assert self.job is not None
        return read_signal(str(self.workspace.home), self.job.signal)


@contextmanager
def errors_said() -> Iterator[None]:
    """Say on the page what stands in the way. A part of a page that runs alone needs it for itself."""
    try:
        yield
    except LabelingError as error:
        st.error(literal(str(error)))


def the_workspace() -> Workspace:
    """Return the workspace that LABELING_HOME or the current folder names; opened once.

    Raises WorkspaceError or SettingsError.
    """
    return _opened(str(find_home(os.environ.get("LABELING_HOME"))))


@st.cache_resource(show_spinner=False)
def _opened(home: str) -> Workspace:
    return open_workspace(home)


@st.cache_resource(show_spinner=False, ttl=SIGNAL_SECONDS)
def read_signal(home: str, name: str) -> Signal:
    """Return a signal of the workspace, read again when it is a minute old; while its author's files
    cannot be read, as it was before: people go on. Raises SignalError where it never could be read."""
    try:
        _last_read[home, name] = _opened(home).signal(name)
    except SignalError:
        if (home, name) not in _last_read:
            raise
    return _last_read[home, name]


@st.cache_data(show_spinner=False, ttl=JOBS_SECONDS)
def find_jobs(home: str) -> list[Job]:
    """Return what was run or waits for people, last run first."""
    with _opened(home).database.reading() as session:
        ran = session.execute(
            select(RunRow.signal, RunRow.collection)
            .where(RunRow.status == "done")
            .order_by(RunRow.id.desc())
        ).all()
        asked = session.execute(
            select(ReviewTaskRow.signal, ReviewTaskRow.collection).distinct()
        ).all()
    found = dict.fromkeys(
        Job(signal=s, collection=c) for s, c in [*ran, *sorted(map(tuple, asked))]
    )
    return list(found)


def jobs_of(workspace: Workspace, person: Person) -> list[Job]:
    """Return the jobs that a person may see."""
    jobs = find_jobs(str(workspace.home))
    return [job for job in jobs if person.may_answer(job.signal)]


@st.cache_data(show_spinner=False, ttl=JOBS_SECONDS)
def open_pins(home: str) -> dict[Job, int]:
    """Return job -> how many pins of its queue are open, without those where none is."""
    with _opened(home).database.reading() as session:
        rows = session.execute(
            select(ReviewTaskRow.signal, ReviewTaskRow.collection, func.count())
            .where(ReviewTaskRow.status == "open")
            .group_by(ReviewTaskRow.signal, ReviewTaskRow.collection)
        ).all()
    return {Job(signal=s, collection=c): count for s, c, count in rows}


def open_elsewhere(visit: Visit) -> str:
    """Return in which other jobs of the person pins are open, and how many, as a part of a sentence;
    nothing where in none."""
    counts = open_pins(str(visit.workspace.home))
    others = [job for job in jobs_of(visit.workspace, visit.person) if job in counts]
    others = sorted((job for job in others if job != visit.job), key=lambda job: -counts[job])
    if not others:
        return ""
    first, *rest = others[:OTHERS]
    also = "".join(f", {job} {counts[job]:,}" for job in rest)
    return f"{first} has {counts[first]:,} open{also}"
