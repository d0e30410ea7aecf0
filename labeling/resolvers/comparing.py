"""All resolvers on the same gold answers, and the choice among them, in figures and a sentence.

A resolver is judged by its log loss on answers held back from it (10 folds), after the temperature
that suits it is set on the other folds: one that is right but too sure is not thrown out for that.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from labeling.resolvers import RESOLVERS, Evidence, stacked
from labeling.resolvers.held_back import HeldBack
from labeling.resolvers.models import log_softmax

MIN_ANSWERS = 50
"""Fewer answers on pins with votes decide nothing: measured, at 30 a choice did harm on two sets of
five."""
FAILS_ON = ("duplicates", "correlated", "worse_than_chance", "unsteady")
"""Findings with which Snorkel's own fit is not to be trusted."""
RARE = 0.5
"""A class with less than this share of an even one is rare: Snorkel's own fit takes all for even."""
SURE = 1.96
"""Standard errors by which a resolver must beat the stacked one to be taken instead."""
UNSEEN_PINS = 5.0
"""Pins with votes for a class that random answers would have met: none met is no accident."""
MIN_PER_CLASS = 5
"""Fewer answers say nothing of how well a class is told from the others."""


@dataclass(frozen=True, kw_only=True)
class Judged:
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
    compared: tuple[Judged, ...] = ()
    """Best first; empty where there was nothing to compare by."""
    held_back: np.ndarray | None = None
    """What the resolver says of each answer held back from it: log P(class), float64 [g, k]; None
    where there was nothing to compare by."""


def too_little(evidence: Evidence) -> str | None:
    """Return why the answers are no ground to choose by, or None."""
    if evidence.answers == 0:
        return "no gold labels to choose by"
    if evidence.answers < MIN_ANSWERS:
        return (
            f"only {evidence.answers} gold labels on pins with votes, and a choice needs "
            f"{MIN_ANSWERS}"
        )
    patterns = evidence.patterns
    shares = RESOLVERS["majority"].fit(evidence).predict_proba(patterns.votes)
    given = np.average(shares, axis=0, weights=patterns.counts)
    met = (evidence.gold_votes[:, :, None] == np.arange(evidence.classes)).any(axis=(0, 1))
    unmet = ~met & (evidence.answers_per_class == 0) & (given * evidence.answers > UNSEEN_PINS)
    if unmet.any():
        names = ", ".join(evidence.class_names[y] for y in np.flatnonzero(unmet))
        return (
            f"no gold label for {names}, which has {given[unmet].sum():.0%} of the votes: the gold "
            "labels are no random sample"
        )
    return None


def choose(evidence: Evidence) -> Choice:
    """Return what `auto` takes: the stacked resolver where its log loss is lower than that of
    Snorkel's label model (of majority vote, where that cannot be trusted), which is the default.

    Another resolver must be clearly better than the stacked one, which varies least, except for
    co-training, which must not be clearly worse: it looks at the pins themselves, and answers on pins
    that were chosen for their doubtful votes make much of votes. A resolver that
    is worse than the default when every class weighs the same is not taken.
    """
    default, because = default_resolver(evidence)
    why = too_little(evidence)
    if why is not None:
        return Choice(resolver=default, reason=because or why)
    said, losses, accuracies = held_back_losses(evidence)
    judged = judge(losses, accuracies, evidence, default)
    found = {one.resolver: one for one in judged}
    best = judged[0]
    ahead = losses["stacked"] - losses[best.resolver]
    taken = best if ahead.mean() > SURE * standard_error(ahead) else found["stacked"]
    if taken.resolver == "stacked" and "co_training" in losses:
        ahead = losses["co_training"] - losses["stacked"]
        if ahead.mean() <= SURE * standard_error(ahead):
            taken = found["co_training"]
    figures = (
        f"cross-validated log loss {taken.log_loss:.3f} against {found[default].log_loss:.3f}, "
        f"difference {taken.difference:+.3f}, 95% interval {taken.low:+.3f} to {taken.high:+.3f}, "
        f"on {evidence.answers} gold labels"
    )
    if taken.resolver == default or taken.difference >= 0:
        reason = f"no resolver is clearly better on {evidence.answers} gold labels"
        if taken.resolver != default:
            reason = f"{taken.resolver} is not better than {default}: {figures}"
        return Choice(resolver=default, reason=reason, compared=judged, held_back=said[default])
    if taken.balanced_difference > taken.balanced_error:
        reason = (
            f"{taken.resolver} is better than {default} on frequent classes alone: with equal "
            f"weight for each class the difference is {taken.balanced_difference:+.3f}; {figures}"
        )
        return Choice(resolver=default, reason=reason, compared=judged, held_back=said[default])
    reason = f"{taken.resolver} is better than {default}: {figures}"
    held_back = said[taken.resolver]
    return Choice(resolver=taken.resolver, reason=reason, compared=judged, held_back=held_back)


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
    evidence: Evidence,
) -> tuple[dict[str, np.ndarray], dict[str, np.ndarray], dict[str, float]]:
    """Return what each resolver says of each answer held back from it, log P(class), float64 [g, k];
    its log loss on them, float64 [g], calibrated; and its accuracy."""
    held_back, said = HeldBack(evidence), {}
    for name, kind in RESOLVERS.items():
        if name == "stacked" or ("snorkel" in name and evidence.label_model is None):
            continue
        if kind.reads_vectors and evidence.seen is None:
            continue
        if kind.answers == "ignores":
            said[name] = kind.fit(evidence).log_proba(evidence.gold_votes)
        else:
            said[name] = held_back.said_by(kind.fit)
    fold, labels = held_back.folds, evidence.gold_labels
    members = np.stack([said[name] for name in stacked.MEMBERS])
    said["stacked"] = stacked.said_by_stack(members, labels, fold)
    losses = {name: calibrated_losses(logs, labels, fold) for name, logs in said.items()}
    accuracies = {name: float(hits(logs, labels).mean()) for name, logs in said.items()}
    return said, losses, accuracies


def judge(
    losses: dict[str, np.ndarray],
    accuracies: dict[str, float],
    evidence: Evidence,
    reference: str,
) -> tuple[Judged, ...]:
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
            Judged(
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
