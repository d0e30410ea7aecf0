"""What the last run found, read once and kept: for the pages on which pins are looked at."""

from __future__ import annotations

from dataclasses import dataclass

import streamlit as st
from sqlalchemy import func, select
from visit import Visit, the_workspace

from labeling.errors import WorkspaceError
from labeling.last_run import LastRun
from labeling.pictures import pictures_at
from labeling.searching import PinPage, PinQuery, Place, find_pins
from labeling.tables import RunRow

SEARCH_SECONDS = 30
"""What people did meanwhile is seen in a search after so long."""
PICTURE_SIDE = 256
LARGE_SIDE = 384


@dataclass(frozen=True, kw_only=True)
class RunKey:
    """Names a run among those of all workspaces."""

    home: str
    signal: str
    collection: str
    run_id: int


def last_run_id(visit: Visit) -> int:
    """Return which run is the last one of what is worked on. Raises WorkspaceError for none."""
    job = visit.job
    assert job is not None
    with visit.workspace.database.reading() as session:
        found = session.scalar(
            select(func.max(RunRow.id)).where(
                RunRow.signal == job.signal,
                RunRow.collection == job.collection,
                RunRow.status == "done",
            )
        )
    if found is None:
        raise WorkspaceError(
            f"{job.signal} was not yet run on {job.collection}; do it with "
            f"`labeling run {job.signal} {job.collection}`."
        )
    return found


def last_run(visit: Visit) -> LastRun:
    """Return the last run of what is worked on."""
    assert visit.job is not None
    return _last_run(_key(visit))


def _key(visit: Visit) -> RunKey:
    assert visit.job is not None
    home, run_id = str(visit.workspace.home), last_run_id(visit)
    return RunKey(
        home=home, signal=visit.job.signal, collection=visit.job.collection, run_id=run_id
    )


@st.cache_resource(show_spinner=False, max_entries=8)
def _last_run(key: RunKey) -> LastRun:
    return LastRun.of(the_workspace(), key.signal, key.collection)


def search(visit: Visit, query: PinQuery, start: Place, count: int) -> PinPage:
    """Return a page of the pins that fit."""
    return _search(_key(visit), query, start, count)


@st.cache_data(show_spinner="Searching", ttl=SEARCH_SECONDS, max_entries=64)
def _search(key: RunKey, query: PinQuery, start: Place, count: int) -> PinPage:
    return find_pins(_last_run(key), the_workspace().database, query, start=start, count=count)


def pictures(
    visit: Visit, places: list[tuple[int, int]], side: int = PICTURE_SIDE
) -> dict[tuple[int, int], str]:
    """Return (shard, row) -> picture of those of the pins that have one."""
    key = _key(visit)
    by_shard: dict[int, list[int]] = {}
    for shard, row in places:
        by_shard.setdefault(shard, []).append(row)
    found: dict[tuple[int, int], str] = {}
    for shard, rows in by_shard.items():
        seen = _pictures(key, shard, tuple(rows), side)
        found |= {(shard, row): picture for row, picture in seen.items()}
    return found


@st.cache_data(show_spinner=False, max_entries=128)
def _pictures(key: RunKey, shard: int, rows: tuple[int, ...], side: int) -> dict[int, str]:
    run = _last_run(key)
    place = run.collection.shards[shard]
    return pictures_at(run.store, run.collection, place, list(rows), side=side)
