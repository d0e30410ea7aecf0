"""The promote step: a model takes the place of the one in use, or is refused with a reason.

A model is refused where it is worse than the one in use: its accuracy is lower on average, and a loss
beyond the margin cannot be ruled out. So it is promoted where it is better on average (the empirical
success rule, which loses least in the long run where both errors cost the same: Manski 2004; Manski &
Tetenov 2016, "Sufficient trial size to inform clinical practice"), or where it is shown to be no worse
than the margin allows (non-inferiority: Blackwelder 1982; Piaggio et al. 2012). Non-inferiority alone
would, with the few hundred rows of gold that there are, refuse most models that are better. It is also
refused where a slice or a class surely got worse, all corrected together (Holm 1979), however much the
rest gained. The first model must surely beat the majority class.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from labeling.errors import ModelError
from labeling.judgement import Comparison, beats_majority
from labeling.models.evaluating import PRECISION, Bench, ModelComparison, ModelEvaluation
from labeling.models.registry import (
    PROMOTED,
    REFUSED,
    RegisteredModel,
    classes_of,
    find_model,
    find_promoted,
    find_registered,
    last_evaluation,
    record,
    register,
)
from labeling.models.rows import On
from labeling.models.tracking import track_evaluation, track_promotion
from labeling.workspace import Workspace

MARGIN = 0.01


@dataclass(frozen=True, kw_only=True)
class Verdict:
    """Whether a model is fit to take another's place."""

    is_fit: bool
    why: str
    """One sentence."""


@dataclass(frozen=True, kw_only=True)
class Promotion:
    """What was decided about a model."""

    model: str
    before: str | None
    """The one that was in use; None for none."""
    promoted: bool
    why: str
    evaluation: ModelEvaluation | None
    """None where the model was in use already."""
    comparison: ModelComparison | None
    """With the one in use; None for the first model."""

    def to_json(self) -> dict[str, Any]:
        """Return the decision as JSON values."""
        return vars(self) | {
            "evaluation": None if self.evaluation is None else self.evaluation.to_json(),
            "comparison": None if self.comparison is None else self.comparison.to_json(),
        }


def promote(
    workspace: Workspace,
    reference: str | Path,
    collection: str,
    *,
    on: On = "auto",
    split: str = "test",
    by: str | Sequence[str] = (),
    margin: float = MARGIN,
    precision: float | None = None,
) -> Promotion:
    """Register a model where it is not yet, evaluate it, and put it in use or refuse it; either goes on
    record.

    precision: that thresholds are to reach; the one of the evaluation before where it is not said. Said
    of the model in use, it is promoted again, with thresholds of a new evaluation.
    Raises ModelError where another model was promoted meanwhile, and where no class of the one in use
    reaches the precision: nothing is changed then.
    """
    if not 0 <= margin < 1:
        raise ModelError(f"The margin is {margin:g}; it must be at least 0 and below 1.")
    model = find_registered(workspace, reference) or register(
        workspace, find_model(workspace, reference)
    )
    current, place = find_promoted(workspace, model.name)
    if current == model and precision is None:
        return Promotion(
            model=model.reference,
            before=model.reference,
            promoted=True,
            why=f"{model.reference} is promoted already.",
            evaluation=None,
            comparison=None,
        )
    known = None if current in (None, model) else _known(workspace, current)
    rival = current if known == classes_of(workspace, model) else None
    references = [m.reference for m in (rival, model) if m is not None]
    bench = Bench.open(workspace, references, collection, on=on, split=split, by=by)
    wanted = _wanted(workspace, model, collection) if precision is None else precision
    evaluation = bench.evaluate(bench.models[-1], wanted)
    comparison = None if rival is None else bench.compare(*bench.models)
    if current == model:
        if all(one.threshold.threshold is None for one in evaluation.judgement.classes):
            raise ModelError(
                f"A precision of {wanted:g} is not shown for any class on {evaluation.judgement.rows:,} "
                f"pins, so {model.reference} would label nothing; its thresholds stay as they are. Ask "
                "for less, or judge it on more gold."
            )
        verdict = Verdict(is_fit=True, why=f"{model.reference} stays, with thresholds found anew.")
    elif comparison is None:
        others = ""
        if current is not None:
            others = f" to know its classes, which {current.reference} does not"
            if known is None:
                others = f" whose files are whole, which those of {current.reference} are not"
        verdict = _first(model, others, beats_majority(bench.judged(bench.models[-1])))
    else:
        verdict = decide(comparison.before, comparison.after, comparison.comparison, margin)
    decision = Promotion(
        model=model.reference,
        before=None if current is None else current.reference,
        promoted=verdict.is_fit,
        why=verdict.why,
        evaluation=evaluation,
        comparison=comparison,
    )
    record(
        workspace,
        model,
        PROMOTED if verdict.is_fit else REFUSED,
        collection=collection,
        why=verdict.why,
        report=decision.to_json(),
        place=place + 1 if verdict.is_fit else None,
    )
    track_evaluation(workspace, evaluation.to_json())
    track_promotion(workspace, model.signal, decision.to_json())
    return decision


def decide(before: str, after: str, found: Comparison, margin: float) -> Verdict:
    """Return whether a model may take another's place, by what they reach on the same pins."""
    gain = found.accuracy
    assert gain.value is not None and gain.low is not None and gain.high is not None
    reached = f"accuracy {found.after:.3f} against {found.before:.3f} on {found.rows:,} pins"
    between = f"a difference of {gain.value:+.3f}, between {gain.low:+.3f} and {gain.high:+.3f}"
    if gain.value < 0 and gain.low < -margin:
        return Verdict(
            is_fit=False,
            why=f"{after} is worse than {before}: {reached}, {between}, and more than {margin:g} may be "
            "lost.",
        )
    if found.worse_slices:
        worse = "; ".join(
            f"{one.column} {one.value} ({one.after:.3f} against {one.before:.3f} on {one.rows:,} pins)"
            for one in found.worse_slices
        )
        return Verdict(is_fit=False, why=f"{after} is worse than {before} on a slice: {worse}.")
    how = "better than" if gain.low > 0 else "better on average than"
    how = "no worse than" if gain.value <= 0 else how
    return Verdict(is_fit=True, why=f"{after} is {how} {before}: {reached}, {between}.")


def _wanted(workspace: Workspace, model: RegisteredModel, collection: str) -> float:
    """Return the precision that the model's thresholds reach already, so that deciding on it leaves them
    as they are."""
    entry = last_evaluation(workspace, model, collection)
    return PRECISION if entry is None else float(entry.report["classes"][0]["threshold"]["wanted"])


def _known(workspace: Workspace, model: RegisteredModel) -> tuple[str, ...] | None:
    """Return the classes of a model; None for a damaged one, which must not be in the next one's way."""
    try:
        return classes_of(workspace, model)
    except ModelError:
        return None


def _first(model: RegisteredModel, others: str, found: Comparison) -> Verdict:
    """Return whether a model may be in use where no other can be compared with; `others` says why."""
    gain = found.accuracy
    assert gain.low is not None
    reached = (
        f"accuracy {found.after:.3f} on {found.rows:,} pins, where always saying the most frequent "
        f"class reaches {found.before:.3f}"
    )
    if gain.low <= 0:
        alone = (
            "; there is no pin of another, so judge it on more"
            if round(found.before, 6) == 1
            else ""
        )
        return Verdict(
            is_fit=False,
            why=f"{model.reference} does not surely beat the most frequent class: {reached}{alone}.",
        )
    return Verdict(is_fit=True, why=f"{model.reference} is the first{others}: {reached}.")
