"""Weak supervision for pins: labeling functions vote, a label model resolves, people settle doubts,
and curated, versioned datasets come out.

Names load on first use, so `import labeling` costs nothing and a training job that uses only
`labeling.datasets` never imports the rest.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from labeling.authoring.function_report import function_table
    from labeling.authoring.suggestions import suggest
    from labeling.authoring.trying import try_function
    from labeling.embedding import embed
    from labeling.errors import LabelingError
    from labeling.functions import (
        ABSTAIN,
        GOLD,
        classifier,
        cluster,
        duplicate_of,
        image_measure,
        keywords,
        link_domain,
        model_votes,
        nearest,
        pattern,
        pin_ids,
        prototype,
        similar_to,
        zero_shot,
    )
    from labeling.gold import gold_report, import_gold
    from labeling.looping import loop
    from labeling.models.delivering import predict
    from labeling.models.evaluating import compare_models, evaluate_model
    from labeling.models.promoting import promote
    from labeling.models.registry import find_model
    from labeling.models.table import list_models
    from labeling.models.training import train_model, train_registered
    from labeling.pins import Pin
    from labeling.pipeline import (
        agree,
        doubt,
        enqueue,
        import_collection,
        map_pins,
        publish,
        pull_dataset,
        resolve,
        run,
        vote,
    )
    from labeling.records import dataset_table, last_report
    from labeling.review.quality import quality_report
    from labeling.seeing import look_at_images
    from labeling.signals import Signal
    from labeling.telling import pin_story
    from labeling.watching.watch import watch
    from labeling.workspace import Workspace, init_workspace, open_workspace

__version__ = "0.1.0"

# For authors of labeling functions.
_AUTHORING = {
    "ABSTAIN": "labeling.functions",
    "GOLD": "labeling.functions",
    "LabelingError": "labeling.errors",
    "Pin": "labeling.pins",
    "Signal": "labeling.signals",
    "classifier": "labeling.functions",
    "cluster": "labeling.functions",
    "duplicate_of": "labeling.functions",
    "image_measure": "labeling.functions",
    "keywords": "labeling.functions",
    "link_domain": "labeling.functions",
    "model_votes": "labeling.functions",
    "nearest": "labeling.functions",
    "pattern": "labeling.functions",
    "pin_ids": "labeling.functions",
    "prototype": "labeling.functions",
    "similar_to": "labeling.functions",
    "zero_shot": "labeling.functions",
}
# For notebooks and jobs: every command is one of these, with a workspace as its first argument.
_JOURNEY = {
    "Workspace": "labeling.workspace",
    "agree": "labeling.pipeline",
    "compare_models": "labeling.models.evaluating",
    "dataset_table": "labeling.records",
    "doubt": "labeling.pipeline",
    "embed": "labeling.embedding",
    "enqueue": "labeling.pipeline",
    "estimate": "labeling.pipeline",
    "evaluate_model": "labeling.models.evaluating",
    "find_model": "labeling.models.registry",
    "function_table": "labeling.authoring.function_report",
    "gold_report": "labeling.gold",
    "import_collection": "labeling.pipeline",
    "import_gold": "labeling.gold",
    "init_workspace": "labeling.workspace",
    "last_report": "labeling.records",
    "list_models": "labeling.models.table",
    "look_at_images": "labeling.seeing",
    "loop": "labeling.looping",
    "map_pins": "labeling.pipeline",
    "open_workspace": "labeling.workspace",
    "pin_story": "labeling.telling",
    "predict": "labeling.models.delivering",
    "promote": "labeling.models.promoting",
    "publish": "labeling.pipeline",
    "pull_dataset": "labeling.pipeline",
    "quality_report": "labeling.review.quality",
    "resolve": "labeling.pipeline",
    "run": "labeling.pipeline",
    "simulate": "labeling.simulating",
    "train_model": "labeling.models.training",
    "train_registered": "labeling.models.training",
    "suggest": "labeling.authoring.suggestions",
    "try_function": "labeling.authoring.trying",
    "vote": "labeling.pipeline",
    "watch": "labeling.watching.watch",
}
_HOMES = _AUTHORING | _JOURNEY

__all__ = [
    "ABSTAIN",
    "GOLD",
    "LabelingError",
    "Pin",
    "Signal",
    "Workspace",
    "agree",
    "classifier",
    "cluster",
    "compare_models",
    "dataset_table",
    "doubt",
    "duplicate_of",
    "embed",
    "enqueue",
    "estimate",
    "evaluate_model",
    "find_model",
    "function_table",
    "gold_report",
    "image_measure",
    "import_collection",
    "import_gold",
    "init_workspace",
    "keywords",
    "last_report",
    "link_domain",
    "list_models",
    "look_at_images",
    "loop",
    "map_pins",
    "model_votes",
    "nearest",
    "open_workspace",
    "pattern",
    "pin_ids",
    "pin_story",
    "predict",
    "promote",
    "prototype",
    "publish",
    "pull_dataset",
    "quality_report",
    "resolve",
    "run",
    "similar_to",
    "simulate",
    "suggest",
    "train_model",
    "train_registered",
    "try_function",
    "vote",
    "watch",
    "zero_shot",
]


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"labeling has no {name!r}; it has {', '.join(sorted(_HOMES))}")
    return getattr(importlib.import_module(_HOMES[name]), name)
