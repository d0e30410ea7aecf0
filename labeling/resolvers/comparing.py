"""All resolvers on the same gold answers, and the choice among them, in figures and a sentence.

A resolver is judged by its log loss on answers held back from it (10 folds), after the temperature
that suits it is set on the other folds: one that is right but too sure is not thrown out for that.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

import numpy as np

from labeling.resolvers import RESOLVERS, Evidence, stacked
from labeling.resolvers.co_training import told_by_vectors
from labeling.resolvers.held_back import HeldBack
from labeling.resolvers.models import log_softmax

MIN_ANSWERS = 50
"""With fewer answers on pins with votes there is no choice among those that read votes alone: measured,
at 30 it did harm on two sets of five."""
MIN_TO_LEARN = 10
"""What a resolver that learns from answers on pins with votes needs of them. With 20 and 40 answers
co-training labelled more pins right, by 4 and 6 points on youtube, 1 and 11 on yoruba."""
TOLD = 0.1
"""Of what votes tell of the classes, what vectors have to tell for co-training to be preferred."""
STACKED, CO_TRAINING = "stacked", "co_training"
FAILS_ON = ("duplicates", "correlated", "worse_than_chance", "unsteady")
"""Findings with which Snorkel's own fit is not to be trusted."""
RARE = 0.5
"""A class with less than this share of an even one is rare: Snorkel's own fit takes all for even."""
SURE = 1.96
"""Standard errors by which a resolver must beat the stacked one to be taken instead."""
UNSEEN_PINS = 5.0
"""Pins with votes for a class that random answers would have met: none met is no accident."""
REFUTED = 20
"""Pins with most votes for other classes that must be among answers of one class alone: with fewer, a
class is rare rather than made up, and what learns from them would deny it."""
MIN_PER_CLASS = 5
"""Fewer answers say nothing of how well a class is told from the others."""


@dataclass(frozen=True, kw_only=True)
class JudgedResolver:
    """How one resolver did on the held-back answers."""

    resolver: str
    log_loss: float
    """Mean, in nats."""
    difference: float
    """Log loss minus the reference's, on the same answers."""
    standard_error: float
    """Of the difference."""
    low: float
    """Of the difference's 95% interval."""
    high: float
    balanced_difference: float
    """The difference when every class with enough answers weighs the same."""
    balanced_error: float
    """Its standard error."""
    accuracy: float


@dataclass(frozen=True, kw_only=True)
class Choice:
    """Which resolver `auto` takes and why, with the comparison behind it."""

    resolver: str
    reason: str
    compared: tuple[JudgedResolver, ...] = ()
    """Best first; empty where there was nothing to compare by."""


def too_little(evidence: Evidence, fewest: int = MIN_ANSWERS) -> str | None:
    """Return why the answers are no ground to choose by, or None."""
    if evidence.answers == 0:
        return "no gold labels to choose by"
    if evidence.answers < fewest:
        return (
            f"only {evidence.answers} gold labels on pins with votes, and a choice needs {fewest}"
        )
    patterns = evidence.patterns
    majority = RESOLVERS["majority"].fit(evidence)
    shares = majority.predict_proba(patterns.votes)
    given = np.average(shares, axis=0, weights=patterns.counts)
    met = (evidence.gold_votes[:, :, None] == np.arange(evidence.classes)).any(axis=(0, 1))
    unmet = ~met & (evidence.answers_per_class == 0) & (given * evidence.answers > UNSEEN_PINS)
    if unmet.any():
        names = ", ".join(evidence.class_names[y] for y in np.flatnonzero(unmet))
        return (
            f"no gold label for {names}, which has {given[unmet].sum():.0%} of the votes: the gold "
            "labels are no random sample"
        )
    if np.count_nonzero(evidence.answers_per_class) == 1:
        only = int(evidence.answers_per_class.argmax())
        said = majority.predict_proba(evidence.gold_votes)
        refuted = int((said[:, only] < said.max(axis=1)).sum())
        if refuted < REFUTED:
            return (
                f"all {evidence.answers} gold labels are {evidence.class_names[only]}, {refuted} of "
                f"them on pins with most votes for another class, and a choice needs {REFUTED} such"
            )
    return None


def choose(evidence: Evidence) -> Choice:
    """Return what `auto` takes: the stacked resolver where its log loss is lower than that of
    Snorkel's label model (of majority vote, where that cannot be trusted), which is the default.

    Another resolver must be clearly better than the stacked one, which varies least. Co-training, where
    vectors tell of the classes at all, must only not be clearly worse than that one or the default: it
    was the best on every set measured, whatever few answers said. With few of them it alone is compared.
    A resolver that is worse than the default when every class weighs the same is not taken, nor is
    co-training where it is clearly so.
    """
    default, because = default_resolver(evidence)
    why = too_little(evidence)
    if why is None:
        losses, accuracies = held_back_losses(evidence, RESOLVERS)
        taken = _least_risk(losses)
    elif evidence.seen is not None and too_little(evidence, MIN_TO_LEARN) is None:
        losses, accuracies = held_back_losses(evidence, (default, CO_TRAINING))
        taken = CO_TRAINING
    else:
        return Choice(resolver=default, reason=because or why)
    judged = judge(losses, accuracies, evidence, default)
    found = {one.resolver: one for one in judged}
    best = found[taken]
    is_behind = best.difference >= 0
    is_unfair = best.balanced_difference > best.balanced_error
    is_preferred = (is_behind or is_unfair) and _preferred(best, evidence)  # a fit, if it matters
    figures = (
        f"cross-validated log loss {best.log_loss:.3f} against {found[default].log_loss:.3f}, "
        f"difference {best.difference:+.3f}, 95% interval {best.low:+.3f} to {best.high:+.3f}, "
        f"on {evidence.answers} gold labels"
    )
    better = "is better than" if best.high < 0 else "looks better than"
    reason = f"{taken} {better} {default}: {figures}"
    if taken == default:
        reason = f"no resolver is clearly better on {evidence.answers} gold labels"
    elif is_behind and is_preferred:
        reason = f"{taken} reads the pins, and is not surely worse than {default}: {figures}"
    elif is_behind:
        taken, reason = default, f"{taken} is not better than {default}: {figures}"
    elif best.balanced_difference > best.balanced_error * (SURE if is_preferred else 1):
        reason = (
            f"{taken} is better than {default} on frequent classes alone: with equal "
            f"weight for each class the difference is {best.balanced_difference:+.3f}; {figures}"
        )
        taken = default
    return Choice(resolver=taken, reason=reason, compared=judged)


def _preferred(judged: JudgedResolver, evidence: Evidence) -> bool:
    """Return whether a resolver is taken unless it is clearly worse than the default."""
    is_close = judged.difference <= SURE * judged.standard_error
    return judged.resolver == CO_TRAINING and is_close and told_by_vectors(evidence) > TOLD


def _least_risk(losses: dict[str, np.ndarray]) -> str:
    """Return what would be taken if it is better than the default."""
    taken = STACKED
    best = min(losses, key=lambda name: (losses[name].mean(), name))
    ahead = losses[STACKED] - losses[best]
    if ahead.mean() > SURE * standard_error(ahead):
        taken = best
    if CO_TRAINING in losses:
        behind = losses[CO_TRAINING] - losses[taken]
        if behind.mean() <= SURE * standard_error(behind):
            taken = CO_TRAINING
    return taken


def default_resolver(evidence: Evidence) -> tuple[str, str]:
    """Return what resolves without gold, and why where it is not Snorkel's own label model: the robust
    one where the votes show what Snorkel's is known to fail on, majority vote where neither can be
    trusted."""
    found = evidence.label_model
    if evidence.distrust or found is None:
        return "majority", evidence.distrust
    for finding in found.findings:
        if finding.kind in FAILS_ON:
            return "snorkel_robust", finding.sentence.rstrip(".")
    share = found.model.balance.min()
    if evidence.balance is None and share < RARE / evidence.classes:
        name = evidence.class_names[int(found.model.balance.argmin())]
        return (
            "snorkel_robust",
            f"{name} is rare, about {share:.1%}, and Snorkel's takes it for common",
        )
    return "snorkel", ""


def held_back_losses(
    evidence: Evidence, names: Collection[str]
) -> tuple[dict[str, np.ndarray], dict[str, float]]:
    """Return, of each of the named resolvers that can be fitted, the log loss on each answer held back
    from it, float64 [g], calibrated, and its accuracy."""
    held_back, said = HeldBack(evidence), {}
    for name, kind in RESOLVERS.items():
        if name not in names or name == STACKED:
            continue
        if "snorkel" in name and evidence.label_model is None:
            continue
        if kind.reads_vectors and evidence.seen is None:
            continue
        if kind.answers == "ignores":
            said[name] = kind.fit(evidence).log_proba(evidence.gold_votes)
        else:
            said[name] = held_back.said_by(kind.fit)
    fold, labels = held_back.folds, evidence.gold_labels
    if STACKED in names:
        members = np.stack([said[name] for name in stacked.MEMBERS])
        said[STACKED] = stacked.said_by_stack(members, labels, fold)
    losses = {name: calibrated_losses(logs, labels, fold) for name, logs in said.items()}
    accuracies = {name: float(hits(logs, labels).mean()) for name, logs in said.items()}
    return losses, accuracies


def judge(
    losses: dict[str, np.ndarray],
    accuracies: dict[str, float],
    evidence: Evidence,
    reference: str,
) -> tuple[JudgedResolver, ...]:
    """Return all resolvers judged by their losses, best first; differences are to the reference."""
    per_class = evidence.answers_per_class
    told = np.maximum(per_class, 1) * (per_class >= MIN_PER_CLASS)
    weights = np.divide(1, told, where=told > 0, out=np.zeros(len(told)))[evidence.gold_labels]
    weights /= max(weights.sum(), 1e-12)
    judged = []
    for name, loss in losses.items():
        paired = loss - losses[reference]
        mean, error = float(paired.mean()), standard_error(paired)
        judged.append(
            JudgedResolver(
                resolver=name,
                log_loss=float(loss.mean()),
                difference=mean,
                standard_error=error,
                low=mean - 1.96 * error,
                high=mean + 1.96 * error,
                balanced_difference=float(paired @ weights),
                balanced_error=float(paired.std(ddof=1) * np.sqrt((weights**2).sum())),
                accuracy=accuracies[name],
            )
        )
    return tuple(sorted(judged, key=lambda one: (one.log_loss, one.resolver)))


def calibrated_losses(logs: np.ndarray, labels: np.ndarray, fold: np.ndarray) -> np.ndarray:
    """Return the log loss of each answer, float64 [g], with the temperature of the other folds."""
    result = np.empty(len(labels))
    for number in np.unique(fold):
        out = fold == number
        power = find_power(logs[~out], labels[~out])
        result[out] = losses_of(power * logs[out], labels[out])
    return result


def find_power(logs: np.ndarray, labels: np.ndarray) -> float:
    """Return the inverse temperature that minimises the log loss, drawn a little towards 1 (Guo et
    al., "On Calibration of Modern Neural Networks", ICML 2017)."""

    from scipy.optimize import minimize_scalar

    def loss(log_power: float) -> float:
        return float(losses_of(np.exp(log_power) * logs, labels).sum() + log_power**2 / 2)

    return float(np.exp(minimize_scalar(loss, bounds=(-3, 2), method="bounded").x))


def losses_of(scores: np.ndarray, labels: np.ndarray) -> np.ndarray:
    """Return the log loss of each answer, float64 [g], by log-weights, float64 [g, k]."""
    return -log_softmax(scores)[np.arange(len(labels)), labels]


def hits(scores: np.ndarray, labels: np.ndarray) -> np.ndarray:
    """Return how right each answer is predicted, float64 [g]: 1, or 1/t where t classes tie."""
    best = scores >= scores.max(axis=1, keepdims=True) - 1e-9
    return best[np.arange(len(labels)), labels] / best.sum(axis=1)


def standard_error(values: np.ndarray) -> float:
    """Return the standard error of the mean."""
    return float(values.std(ddof=1) / np.sqrt(len(values)))
