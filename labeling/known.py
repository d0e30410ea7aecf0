"""Which true labels of pins are known, for all that judges functions."""

from __future__ import annotations

from labeling.analysis import KnownLabels
from labeling.collection import Collection
from labeling.signals import Signal
from labeling.workspace import Workspace


def known_labels(workspace: Workspace, signal: Signal, collection: Collection) -> KnownLabels:
    """Return the known labels of a collection's pins: the reference labels that came with them."""
    return KnownLabels(store=workspace.store, signal=signal)
