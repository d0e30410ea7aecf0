"""Functions that see meaning, pictures and neighbours: one line each for their author."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, Literal

from labeling.errors import FunctionError
from labeling.fingerprints import fingerprint
from labeling.functions.classifier import predictor
from labeling.functions.code import value_fingerprint
from labeling.functions.declarative import check_class
from labeling.functions.examples import GOLD, Example, checked, described
from labeling.functions.function import LabelingFunction, check_name
from labeling.functions.model_votes import ModelVotes, meant, opened
from labeling.functions.scoring import (
    ABSTAIN,
    Classifier,
    Cluster,
    Nearest,
    On,
    Prototype,
    SameLooks,
    ScoringRule,
    Similar,
)

Given = Mapping[int, Sequence[Example]] | Literal["gold"]
"""Class -> examples, or GOLD."""
VECTORS = ("text", "image", "both")
SEES: dict[str, tuple[str, ...]] = {
    "text": ("text",),
    "image": ("image",),
    "both": ("text", "image"),
    "hash": ("looks",),
    "words": (),
    "model": (),
}


def similar_to(
    name: str,
    vote: int,
    examples: Sequence[Example],
    *,
    on: On = "text",
    above: float | None = None,
    precision: float | None = None,
) -> LabelingFunction:
    """Return a function that votes where a pin is similar to one of the examples: cosine at least
    `above`, or at least what gives the wanted `precision` on gold.

    Examples are texts (prompts), Paths to images, or pins by `pin_ids(...)`. A text is compared with
    images only by a joint image encoder (CLIP). Raises FunctionError for settings that make no sense.
    """
    rule = Similar(
        on=_one_of(name, on, VECTORS),
        examples=checked(name, {vote: examples}),
        at_least=_threshold(name, "above", above, precision),
        precision=precision,
    )
    return _function(name, "similar_to", rule, "cosine")


def duplicate_of(
    name: str, vote: int, examples: Sequence[Example], *, on: On = "text", above: float = 0.95
) -> LabelingFunction:
    """Return a function that votes where a pin is one of the known pins again: by `text` or `image`
    vector (cosine at least `above`), or by perceptual `hash` of the image (share of equal bits)."""
    kind = SameLooks if _one_of(name, on, (*VECTORS, "hash")) == "hash" else Similar
    rule = kind(
        on=on,
        examples=checked(name, {vote: examples}),
        at_least=_threshold(name, "above", above, None),
    )
    return _function(name, "duplicate_of", rule, "similarity")


def prototype(
    name: str,
    examples: Given,
    *,
    on: On = "text",
    margin: float | None = None,
    precision: float | None = None,
) -> LabelingFunction:
    """Return a function that votes for the class whose examples' mean is the nearest: by at least
    `margin` of cosine before the second, or as much as gives the wanted `precision` on gold.

    `examples` is {CLASS: [...], ...} or GOLD; a few per class do.
    """
    return _by_means(name, "prototype", _given(name, examples), on, margin, precision)


def zero_shot(
    name: str,
    descriptions: Mapping[int, str | Sequence[str]],
    *,
    on: On = "text",
    margin: float | None = None,
    precision: float | None = None,
) -> LabelingFunction:
    """Return a function that votes for the class whose description fits best; several descriptions of
    a class count as their mean. On images it needs a joint image encoder (CLIP)."""
    return _by_means(name, "zero_shot", checked(name, descriptions), on, margin, precision)


def nearest(
    name: str,
    examples: Given,
    *,
    k: int = 5,
    on: On = "text",
    agree: float | None = None,
    precision: float | None = None,
) -> LabelingFunction:
    """Return a function that votes as the k nearest labelled pins do, where at least a share of
    `agree` of them is of one class, or as large a share as gives the wanted `precision` on gold.

    `examples` is {CLASS: [...], ...} or GOLD.
    """
    rule = Nearest(
        on=_one_of(name, on, VECTORS),
        examples=_given(name, examples),
        at_least=_threshold(name, "agree", agree, precision),
        precision=precision,
        k=_count(name, "k", k),
    )
    return _function(name, "nearest", rule, "agreement")


def cluster(
    name: str,
    examples: Given,
    *,
    clusters: int = 50,
    on: On = "text",
    agree: float | None = None,
    precision: float | None = None,
) -> LabelingFunction:
    """Return a function that groups the collection's pins (k-means) and votes in each cluster as the
    labelled pins in it do, where at least a share of `agree` of them is of one class.

    `examples` is {CLASS: [...], ...} or GOLD.
    """
    rule = Cluster(
        on=_one_of(name, on, VECTORS),
        examples=_given(name, examples),
        at_least=_threshold(name, "agree", agree, precision),
        precision=precision,
        clusters=_count(name, "clusters", clusters),
    )
    return _function(name, "cluster", rule, "agreement")


def classifier(
    name: str,
    model: Any,
    *,
    labels: Mapping[Any, int] | None = None,
    on: On = "text",
    above: float | None = None,
    precision: float | None = None,
) -> LabelingFunction:
    """Return a function that votes as a fitted model predicts, where its probability is at least
    `above`, or as high as gives the wanted `precision` on gold.

    `model` is a scikit-learn estimator with predict_proba, which gets vectors (`on` text, image or
    both) or raw texts (`on="words"`); a Hugging Face text pipeline (`on="words"`); or a function
    without arguments that returns one of them, so that it is loaded only when it votes. `labels` maps
    the model's classes to the signal's; where it is left out, they are equal.
    """
    rule = Classifier(
        on=_one_of(name, on, (*VECTORS, "words")),
        at_least=_threshold(name, "above", above, precision),
        precision=precision,
        predict=predictor(name, model, labels),
    )
    function = _function(name, "classifier", rule, "probability", value_fingerprint(model), labels)
    return replace(
        function, polarity=None if labels is None else _classes_of(name, labels.values())
    )


def model_votes(
    name: str,
    model: str | Path,
    *,
    labels: Mapping[str, int] | None = None,
    above: float | None = None,
    precision: float | None = None,
) -> LabelingFunction:
    """Return a function that votes as a model that `labeling train` wrote predicts, where its calibrated
    probability is at least `above`, or as high as gives the wanted `precision` on gold.

    `model` is its folder. `labels` maps the model's classes to the signal's by name, and those left out
    abstain; without it the model must have the signal's classes.

    It abstains on the pins that the model was trained on or chosen by (its folder carries their hashes).
    There it repeats the labels that it was given, as sure as it was made to be: the label model would
    take the echo of its own labels for one more witness that agrees with all of them, and trust both
    more than they deserve. Labels learned from pins that it has not seen are what it can add.
    """
    found = opened(name, model)
    votes = meant(name, found, labels)
    rule = ModelVotes(
        on="model",
        at_least=_threshold(name, "above", above, precision),
        precision=precision,
        model=found,
        labels=votes,
    )
    function = _function(name, "model_votes", rule, "probability", found.digest, votes)
    looks = ("looks",) if "image" in found.reads else ()
    polarity = None if votes is None else _classes_of(name, votes)
    return replace(function, polarity=polarity, sees=("model", *looks))


def _by_means(
    name: str, kind: str, examples: Any, on: On, margin: float | None, precision: float | None
) -> LabelingFunction:
    rule = Prototype(
        on=_one_of(name, on, VECTORS),
        examples=examples,
        at_least=_threshold(name, "margin", margin, precision),
        precision=precision,
    )
    return _function(name, kind, rule, "lead")


def _function(
    name: str, kind: str, rule: ScoringRule, score: str, *settings: Any
) -> LabelingFunction:
    examples = rule.examples if rule.examples == GOLD else described(rule.examples)
    more = [getattr(rule, extra, None) for extra in ("k", "clusters")]
    listed = list(map(repr, settings))
    wanted = (
        f"right in {rule.precision:.0%} of cases"
        if rule.precision is not None
        else f"{score} {rule.at_least:g} or more"
    )
    return LabelingFunction(
        name=check_name(name),
        kind=kind,
        fingerprint=fingerprint(
            kind, rule.on, examples, rule.at_least, rule.precision, more, listed
        ),
        polarity=None if rule.examples == GOLD or not rule.examples else tuple(rule.examples),
        rule=rule,
        doc=f"{rule.on}: {wanted}",
        sees=SEES[rule.on],
    )


def _classes_of(name: str, votes: Iterable[int]) -> tuple[int, ...]:
    """Return the classes that a function can vote for; raises FunctionError for what is none."""
    return tuple(sorted({check_class(name, vote) for vote in votes if vote != ABSTAIN}))


def _given(name: str, examples: Any) -> Any:
    return GOLD if isinstance(examples, str) and examples == GOLD else checked(name, examples)


def _one_of(name: str, on: On, allowed: Sequence[str]) -> On:
    if on not in allowed:
        raise FunctionError(f"{name!r} compares on={on!r}; choose one of {', '.join(allowed)}.")
    return on


DEFAULTS = {"margin": 0.0, "agree": 0.6}


def _threshold(
    name: str, setting: str, value: float | None, precision: float | None
) -> float | None:
    """Return the author's threshold, None where it is to be learned alone."""
    for said, number in ((setting, value), ("precision", precision)):
        if number is not None and not 0 <= number <= 1:
            raise FunctionError(f"{name!r} has {said}={number!r}; it must be from 0 to 1.")
    if value is None and precision is None:
        if setting not in DEFAULTS:
            raise FunctionError(
                f"{name!r} needs a threshold: {setting}=0.5, say, or precision=0.9 to learn it from "
                "gold."
            )
        return DEFAULTS[setting]
    return value


def _count(name: str, setting: str, value: int) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or value < 1:
        raise FunctionError(f"{name!r} has {setting}={value!r}; it must be at least 1.")
    return value
