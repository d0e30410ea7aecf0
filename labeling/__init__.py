"""Weak supervision for pins: labeling functions vote, a label model resolves, people settle doubts,
and curated, versioned datasets come out.

Names load on first use, so `import labeling` costs nothing and a training job that uses only
`labeling.datasets` never imports the rest.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from labeling.errors import LabelingError
    from labeling.functions import ABSTAIN, keywords, link_domain, pattern
    from labeling.pins import Pin
    from labeling.signals import Signal

__version__ = "0.1.0"

_HOMES = {
    "ABSTAIN": "labeling.functions",
    "LabelingError": "labeling.errors",
    "Pin": "labeling.pins",
    "Signal": "labeling.signals",
    "keywords": "labeling.functions",
    "link_domain": "labeling.functions",
    "pattern": "labeling.functions",
}

__all__ = [
    "ABSTAIN",
    "LabelingError",
    "Pin",
    "Signal",
    "keywords",
    "link_domain",
    "pattern",
]


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"labeling has no {name!r}; it has {', '.join(sorted(_HOMES))}")
    return getattr(importlib.import_module(_HOMES[name]), name)
