"""Which true labels of pins are known, for all that judges functions."""

from __future__ import annotations

from labeling.analysis import KnownLabels
from labeling.collection import Collection
from labeling.gold import read_gold
from labeling.signals import Signal
from labeling.workspace import Workspace


def known_labels(workspace: Workspace, signal: Signal, collection: Collection) -> KnownLabels:
    """Return the known labels of a collection's pins: gold, else the reference label."""
    gold = read_gold(workspace.database, signal, collection.name)
    return KnownLabels(store=workspace.store, signal=signal, gold=gold)
