"""New keyword functions, mined from known labels and from confident resolved ones.

Honest by a split: words are chosen on one half of the pins and what they are worth is estimated on
the other, by the very function that is suggested. Equal texts fall into one half. Pins of the
splits valid and test are never looked at.
"""

from __future__ import annotations

import itertools
import json
import re
import sys
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from functools import cached_property
from typing import Any

import numpy as np
import pyarrow as pa

from labeling.authoring.mining import FEWEST, Mined, mine
from labeling.authoring.train_texts import TrainTexts, read_texts
from labeling.chance import wilson_interval
from labeling.errors import CollectionError, SignalError
from labeling.functions import keywords
from labeling.known import known_labels
from labeling.pins import SEEN, PinBatch
from labeling.report import plain
from labeling.signals import Signal
from labeling.voting import ready_signal
from labeling.workspace import Workspace

SURE = 0.9
"""Words with at least this lower bound of precision go into a function of their own: one function,
one accuracy."""


@dataclass(frozen=True, kw_only=True)
class Suggestion:
    """Words to vote for a class by, and what they are worth on pins they were not chosen on."""

    class_name: str
    words: tuple[str, ...]
    source: str
    """What the precision is estimated from: known labels (`reference`, `gold or reference`) or
    `resolved` ones."""
    judged: int
    """On how many labelled pins they occur."""
    precision: float
    precision_low: float
    precision_high: float
    """95% Wilson interval."""
    coverage: float
    """Share of the pins on which they occur."""
    new_coverage: float
    """Of these, those on which no function votes, or functions contradict each other."""


@dataclass(frozen=True, kw_only=True)
class SuggestedFunction:
    """A function made of suggestions, ready to paste."""

    name: str
    code: str
    worth: Suggestion


@dataclass(frozen=True, kw_only=True)
class Suggestions:
    """What `labeling suggest` shows."""

    signal: str
    collection: str
    pins: int
    """Pins looked at, both halves."""
    labels: dict[str, int]
    """Source -> how many of them have such a label."""
    open_share: float
    """Share of them on which no function votes, or functions contradict each other."""
    suggestions: tuple[Suggestion, ...]
    functions: tuple[SuggestedFunction, ...]
    notes: tuple[str, ...]

    def to_json(self) -> dict[str, Any]:
        """Return the suggestions as JSON values."""
        return plain(asdict(self))


def suggest(
    workspace: Workspace,
    signal: str,
    collection: str,
    *,
    class_name: str | None = None,
    limit: int = 20,
) -> Suggestions:
    """Return up to `limit` words or pairs of words that would say something new, for one class or
    for all, each estimated alone, and functions made of them.

    Raises SignalError for a class that does not exist, CollectionError where there is nothing to
    learn from.
    """
    found, pins = ready_signal(workspace, signal, collection), workspace.collection(collection)
    if class_name is not None and class_name not in found.classes:
        raise SignalError(
            f"{signal} has no class {class_name!r}; it has {', '.join(found.classes)}."
        )
    texts = read_texts(
        workspace.store, found, pins, known_labels(workspace, found, pins), workspace.settings.seed
    )
    labelled = {source: int((labels >= 0).sum()) for source, labels in texts.labels.items()}
    if not any(labelled.values()):
        raise CollectionError(
            f"There is nothing to learn from: no training pin of {collection} has a known label of "
            f"{signal} or a confident resolved one; import some with labels, or run `labeling "
            f"resolve {signal} {collection}`."
        )
    wanted = found.labels if class_name is None else (found.classes.index(class_name),)
    mined: dict[tuple[int, str], Mined] = {}
    for source in texts.labels:
        for term in mine(texts, source, wanted, limit):
            mined.setdefault((term.y, term.term), term)
    judge = _Judge(found, texts)
    judged = [judge.worth([term.term], term.y) for term in mined.values()]
    kept = [worth for worth, holds_up in judged if holds_up]
    notes = list(texts.notes)
    for source, labels in texts.labels.items():
        present = np.unique(labels[labels >= 0])
        if len(present) == 1:
            notes.append(
                f"All {source} labels used are {found.classes[present[0]]}, so no word can be seen to "
                "tell it from the others."
            )
    if len(kept) < len(judged):
        notes.append(f"{len(judged) - len(kept)} more did not hold up on the other half.")
    if any(found.source == "resolved" for found in kept):
        notes.append(
            "A precision by resolved labels is agreement with the functions there are, whose mistakes "
            "it repeats: look at such words with `labeling try` first."
        )
    best = sorted(kept, key=lambda s: (s.source == "resolved", -s.new_coverage))[:limit]
    constants = _constants(found, workspace)
    return Suggestions(
        signal=signal,
        collection=collection,
        pins=len(texts.pins),
        labels=labelled,
        open_share=float(texts.open.mean()),
        suggestions=tuple(best),
        functions=tuple(_functions(found, judge, best, constants)),
        notes=tuple(notes),
    )


@dataclass(frozen=True)
class _Judge:
    """What words are worth on the second half, by the function that would be pasted."""

    signal: Signal
    texts: TrainTexts

    def worth(self, words: list[str], y: int) -> tuple[Suggestion, bool]:
        """Return the words' worth by the most trusted labels that are enough to judge them, and
        whether they may be as sure as `mine` asked them to be."""
        rows = np.flatnonzero(~self.texts.first_half)
        votes = keywords("judged", y, words).vote(self._batch, len(self.signal.classes)).votes
        fired = votes >= 0
        for source in self.texts.labels:
            labels = self.texts.labels[source][rows]
            judged, right = int((fired & (labels >= 0)).sum()), int((fired & (labels == y)).sum())
            if judged >= FEWEST:
                break
        low, high = wilson_interval(right, judged)
        worth = Suggestion(
            class_name=self.signal.classes[y],
            words=tuple(words),
            source=source,
            judged=judged,
            precision=right / max(judged, 1),
            precision_low=low,
            precision_high=high,
            coverage=float(fired.mean()),
            new_coverage=float((fired & self.texts.open[rows]).mean()),
        )
        base = (labels == y).sum() / max((labels >= 0).sum(), 1)
        return worth, judged > 0 and worth.precision > base and high >= (1 + base) / 2

    @cached_property
    def _batch(self) -> PinBatch:
        pins = self.texts.pins.filter(pa.array(~self.texts.first_half))
        blank = pa.array([""] * len(pins))
        rest = {name: blank for name in (*SEEN, "extra") if name not in pins.column_names}
        columns = {name: pins.column(name) for name in pins.column_names}
        return PinBatch(pa.table(columns | rest))


def _functions(
    signal: Signal, judge: _Judge, best: list[Suggestion], constants: list[str]
) -> Iterator[SuggestedFunction]:
    """Yield functions made of the words: a class's sure ones in one, the likely ones in another."""
    groups: dict[tuple[str, str, str], list[str]] = {}
    for found in best:
        tier = "sure" if found.precision_low >= SURE else "likely"
        groups.setdefault((found.class_name, found.source, tier), []).extend(found.words)
    taken = {function.name for function in signal}
    for (class_name, _, tier), words in groups.items():
        y = signal.classes.index(class_name)
        stem = re.sub(r"\W+", "_", f"{tier}_{class_name}_words")
        numbered = (stem if n == 1 else f"{stem}_{n}" for n in itertools.count(1))
        name = next(name for name in numbered if name not in taken)
        taken.add(name)
        listed = json.dumps(words, ensure_ascii=False)
        code = f'keywords("{name}", {constants[y]}, {listed})'
        yield SuggestedFunction(name=name, code=code, worth=judge.worth(words, y)[0])


def _constants(signal: Signal, workspace: Workspace) -> list[str]:
    """Return what the signal's own module calls each class, or the class's number."""
    module = sys.modules.get(f"{workspace.settings.functions_folder.name}.{signal.name}")
    named = {v: n for n, v in vars(module or object).items() if n.isupper() and type(v) is int}
    return [named.get(y, str(y)) for y in signal.labels]
