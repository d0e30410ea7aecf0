"""A model that was trained here as a vote: on the pins that it has not learned from."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from labeling.errors import FunctionError, TrainingError
from labeling.functions.scoring import ABSTAIN, References, Scores, ScoringRule
from labeling.model_folder import TRAINING_PINS, ModelFolder, open_model
from labeling.pins import PinBatch


@dataclass(frozen=True, kw_only=True)
class ModelVotes(ScoringRule):
    """Score: the calibrated probability of the model's favourite class."""

    model: ModelFolder
    labels: tuple[int, ...] | None = None
    """The vote that each of the model's classes means, -1 for none; None: they are the signal's. The
    probabilities of classes that mean the same vote add up."""

    def score(self, batch: PinBatch, references: References, classes: int) -> Scores:
        """Return the model's favourite class, and its probability; nothing for a pin that it has
        learned from, or of which it sees nothing."""
        probabilities = batch.predictions(self.model)
        by_vote = np.zeros((len(batch), classes + 1), dtype=np.float32)  # the last one: left out
        for number, vote in enumerate(self.labels or range(classes)):
            by_vote[:, vote] += probabilities[:, number]
        candidates, scores = by_vote.argmax(axis=1).astype(np.int8), by_vote.max(axis=1)
        silent = ~probabilities.any(axis=1) | (candidates == classes)
        silent |= self.model.has_learned_from(batch.column("pin_id"))
        candidates[silent], scores[silent] = ABSTAIN, np.nan
        return Scores(candidates=candidates, scores=scores)

    def check(self, name: str, classes: Sequence[str]) -> None:
        """Raises FunctionError where the model's classes are not the signal's, and nothing says what
        they mean."""
        if self.labels is None and self.model.classes != tuple(classes):
            raise FunctionError(
                f"{name}: the model in {self.model.path} knows the classes "
                f"{', '.join(self.model.classes)}, and the signal has {', '.join(classes)}; say what "
                f"they mean with labels={{{self.model.classes[0]!r}: ...}}."
            )


def opened(name: str, folder: str | Path) -> ModelFolder:
    """Return a model that votes. Raises FunctionError where the folder holds none, or one that does not
    say what it learned from."""
    try:
        model = open_model(folder)
    except TrainingError as error:
        raise FunctionError(f"model_votes({name!r}): {error}") from error
    if not (model.path / TRAINING_PINS).is_file():
        raise FunctionError(
            f"model_votes({name!r}): the model in {model.path} does not say which pins it learned from "
            f"({TRAINING_PINS} is missing), so it could echo its own labels; train it again."
        )
    return model


def meant(
    name: str, model: ModelFolder, labels: Mapping[str, int] | None
) -> tuple[int, ...] | None:
    """Return the vote that each class of a model means, -1 for those that are left out.

    Raises FunctionError for a class that the model does not know.
    """
    if labels is None:
        return None
    unknown = [known for known in labels if known not in model.classes]
    if unknown:
        raise FunctionError(
            f"model_votes({name!r}) has a label for {unknown[0]!r}, and the model in {model.path} "
            f"knows the classes {', '.join(model.classes)}."
        )
    for known, vote in labels.items():
        if isinstance(vote, bool) or not isinstance(vote, int) or vote < 0:
            raise FunctionError(
                f"model_votes({name!r}) maps {known!r} to {vote!r}, which is no class."
            )
    return tuple(labels.get(known, ABSTAIN) for known in model.classes)
