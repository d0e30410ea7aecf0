"""The pins and the evidence that pages show: opened once for all who are here."""

from __future__ import annotations

import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from weakref import WeakKeyDictionary

import streamlit as st
from visit import Job, the_workspace

from labeling.errors import LabelingError
from labeling.map_points import Sources
from labeling.pin_cards import PinCard, PinShelf
from labeling.pin_evidence import EvidenceShelf
from labeling.pin_vectors import PinVectors
from labeling.records import last_report
from labeling.workspace import Workspace

SHELVES = 4
"""Revisions of collections that stay open."""
SECONDS = 30.0
"""How long an import or a run that finished may go unnoticed."""

_shelves: OrderedDict[tuple[str, str, int], PinShelf] = OrderedDict()
_latest: dict[tuple[str, str], tuple[PinShelf, float]] = {}
_vectors: WeakKeyDictionary[PinShelf, PinVectors] = WeakKeyDictionary()
"""They hang on the pins alone, and outlive a run's evidence."""
_lock = threading.Lock()
_ahead = ThreadPoolExecutor(1, thread_name_prefix="read-ahead")


def shelf_of(workspace: Workspace, collection: str) -> PinShelf:
    """Return the pins of a collection's latest revision. Raises CollectionError."""
    key = (str(workspace.home), collection)
    with _lock:
        known = _latest.get(key)
        if known is not None and time.monotonic() - known[1] < SECONDS:
            return known[0]
        found = workspace.collection(collection)
        place = (*key, found.revision)
        if place not in _shelves or _shelves[place].collection != found:
            _shelves[place] = PinShelf(workspace.store, found)
        _shelves.move_to_end(place)
        while len(_shelves) > SHELVES:
            _shelves.popitem(last=False)
        _latest[key] = (_shelves[place], time.monotonic())
        return _shelves[place]


def open_shelf(collection: str, revision: int) -> PinShelf | None:
    """Return a shelf that is open; None where nobody looked at it lately."""
    with _lock:
        return _shelves.get((str(the_workspace().home), collection, revision))


def evidence_of(workspace: Workspace, job: Job) -> EvidenceShelf | None:
    """Return what the last run found out; None where there is none of the pins as they are now."""
    return _evidence(str(workspace.home), job, shelf_of(workspace, job.collection))


@st.cache_resource(show_spinner=False, ttl=SECONDS, hash_funcs={PinShelf: id, Job: str})
def _evidence(home: str, job: Job, shelf: PinShelf) -> EvidenceShelf | None:
    workspace = the_workspace()
    try:
        report = last_report(workspace, job.signal, job.collection)
    except LabelingError:
        return None
    sources = Sources.of_report(report, shelf.collection)
    if sources is None:
        return None
    vectors = _vectors.setdefault(shelf, PinVectors(workspace, shelf.collection))
    return EvidenceShelf(workspace, shelf, sources, vectors)


def read_ahead(evidence: EvidenceShelf | None, cards: Iterable[PinCard], similar: int) -> None:
    """Read in the background what a page will ask for when these pins are answered."""
    if evidence is not None:
        for card in cards:
            in_background(evidence.of, card)
            in_background(evidence.similar, card, similar)


def in_background(work: Callable[..., object], *given: object) -> None:
    """Do what makes the next page quicker, and nothing that it depends on."""
    _ahead.submit(work, *given)
