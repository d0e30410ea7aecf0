"""Vote statistics + a sample of votes -> Snorkel's label model made robust, and what was found.

Added to Snorkel's model: the class balance follows from the votes where none is given, the result
does not depend on a seed, functions that repeat each other count as one, functions that turn out
worse than chance are not heard. `docs/label_model.md` has the reasons and the measurements.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from labeling.dependence import MIN_SHARED, Dependence, find_dependence, no_dependence
from labeling.label_model import LabelModel, fit_anchored, fit_label_model
from labeling.soft_labels import best_class
from labeling.vote_model import VoteModel
from labeling.vote_statistics import VoteStatistics
from labeling.wording import listed

SAMPLE = 20_000
"""Pins whose votes are kept to estimate the class balance and the spread over seeds."""
SEEDS = (0, 1, 2, 3, 4)
COPIES = 0.95
"""Agreement from which dependent functions are called near-duplicates."""
UNSTEADY = 0.01
"""Share of labels that hang on the seed from which that is said."""
LOST = 0.25
"""A class is lost where it gets less than this share of the labels that both most votes and the
balance would give it."""
FEWEST = 10
"""Labels by most votes below which nothing is said of a class that gets none."""
RAISES = 6
"""How often the balance of lost classes is doubled."""
MUCH = 0.1
"""Share of the labels by most votes that are of lost classes, from which the fit is not trusted."""


@dataclass(frozen=True, kw_only=True)
class Finding:
    """Something about the functions that an author should know."""

    kind: str
    """silent, class_without_votes, class_with_few_votes, class_lost, duplicates, correlated,
    worse_than_chance or unsteady."""
    functions: tuple[str, ...]
    classes: tuple[str, ...]
    figure: float
    """Votes of the class with the fewest, share of the labels by most votes that are of lost classes,
    agreement of duplicates and correlated ones (the lowest pair), P(right | voted) of a function worse
    than chance, share of labels that hang on the seed."""
    sentence: str


@dataclass(frozen=True, kw_only=True)
class SeedSpread:
    """How far Snorkel's own fit hangs on its seed, with this class balance."""

    seeds: tuple[int, ...]
    labels: float
    """Share of the sampled pins with votes on which the seeds do not all give the same label."""
    weights: float
    """Largest difference between seeds in one function's P(right | voted)."""


@dataclass(frozen=True, kw_only=True)
class RobustFit:
    """A fitted model and what was found on the way."""

    model: LabelModel
    """Accuracies as learned, before discounts."""
    votes: VoteModel
    """What to predict with: the model with its discounts."""
    powers: np.ndarray
    """float64 [m]: how much of a function's vote counts; 1 all, 0 nothing."""
    dependent: np.ndarray
    """bool [m, m]: pairs of functions that are left out of the objective."""
    balance_from: str
    """given or votes."""
    spread: SeedSpread
    findings: tuple[Finding, ...]
    distrust: str | None
    """Why the model should not decide, or None."""

    def to_json(self) -> dict[str, Any]:
        """Return all of it as JSON values (never pickle)."""
        return {
            "model": self.model.to_json(),
            "votes": self.votes.to_json(),
            "powers": self.powers.tolist(),
            "dependent": np.argwhere(self.dependent).tolist(),
            "balance_from": self.balance_from,
            "spread": asdict(self.spread),
            "findings": [asdict(finding) for finding in self.findings],
            "distrust": self.distrust,
        }


def sample_votes(votes: np.ndarray, limit: int) -> np.ndarray:
    """Return at most `limit` rows of votes [n, m], evenly spaced."""
    if len(votes) <= limit:
        return votes
    return votes[np.linspace(0, len(votes) - 1, limit).astype(np.intp)]


def smoothed_balance(labels: np.ndarray, classes: int) -> np.ndarray:
    """Return the class balance of int labels [n] (-1: none), float64 [k], one more pin per class.

    Labels may be gold, a random reference sample, or what most votes say.
    """
    counts = np.bincount(labels[labels >= 0].astype(np.intp), minlength=classes) + 1.0
    balance: np.ndarray = counts / counts.sum()
    return balance


def fit_robust(
    statistics: VoteStatistics,
    sample: np.ndarray,
    *,
    functions: Sequence[str],
    classes: Sequence[str],
    balance: np.ndarray | None = None,
    seeds: Sequence[int] = SEEDS,
    discount: bool = True,
) -> RobustFit:
    """Return Snorkel's label model fitted robustly to the statistics, with findings.

    `sample` is int8 [s, m], votes on random pins among those of the statistics; `functions` and
    `classes` are their names in order. `balance` is float [k]; None takes it from the majority of
    the votes in the sample, raised for classes that hardly any pin would get. `discount` switches
    discounts and silencing off. Nothing here is random: the seeds are fitted for their spread alone.
    Raises as `fit_label_model` does.
    """
    names, given, k = tuple(functions), balance is not None, statistics.classes
    covered = sample[(sample >= 0).any(axis=1)]
    counts = np.stack([(covered == y).sum(axis=1) for y in range(k)], axis=1)
    by_most = best_class(counts.astype(float))
    most = np.bincount(by_most[by_most >= 0], minlength=k)
    if balance is None:
        balance = smoothed_balance(by_most, k)
    fit = _fit_discounted(statistics, balance, discount)
    lost = _lost(fit.votes, covered, most, balance)
    for _ in range(0 if given else RAISES):
        if not lost.any():
            break
        raised = np.where(lost, np.minimum(2 * balance, 1 / k), balance)
        balance = raised / raised.sum()
        fit = _fit_discounted(statistics, balance, discount)
        lost = _lost(fit.votes, covered, most, balance)
    fits = [fit_label_model(statistics, seed=seed, balance=balance) for seed in seeds]
    spread = _spread(fits, seeds, covered)
    share = float(most[lost].sum() / max(most.sum(), 1))
    return RobustFit(
        model=fit.model,
        votes=fit.votes,
        powers=fit.powers,
        dependent=fit.dependence.pairs,
        balance_from="given" if given else "votes",
        spread=spread,
        findings=(
            *_support(statistics, names, tuple(classes)),
            *_lost_classes(lost, share, tuple(classes)),
            *_groups(fit.dependence, names),
            *[_worse(names[j], fit.right[j], discount) for j in np.flatnonzero(fit.worse)],
            *_unsteady(spread),
        ),
        distrust=_distrust(statistics, fit.worse, lost, share, classes),
    )


@dataclass(frozen=True, kw_only=True)
class _Discounted:
    """A fit with one class balance."""

    model: LabelModel
    dependence: Dependence
    right: np.ndarray
    """float64 [m]: P(right | voted)."""
    worse: np.ndarray
    """bool [m]: functions worse than chance."""
    powers: np.ndarray
    """float64 [m]."""
    votes: VoteModel


def _fit_discounted(statistics: VoteStatistics, balance: np.ndarray, discount: bool) -> _Discounted:
    found = (
        find_dependence(statistics, balance) if discount else no_dependence(statistics.functions)
    )
    model = fit_anchored(statistics, balance=balance, dependent=found.pairs)
    right, chance = _right_and_chance(model)
    worse = (right < chance) & (statistics.votes.sum(axis=1) >= MIN_SHARED)
    powers = np.where(worse, 0, found.powers) if discount else found.powers
    votes = model.votes
    return _Discounted(
        model=model,
        dependence=found,
        right=right,
        worse=worse,
        powers=powers,
        votes=VoteModel(bias=votes.bias, table=votes.table * powers[:, None, None]),
    )


def _lost(
    votes: VoteModel, covered: np.ndarray, most: np.ndarray, balance: np.ndarray
) -> np.ndarray:
    """Return which classes hardly any covered pin gets although most votes of some are for them, bool
    [k]. `most` is how many pins have most votes for each, int [k]."""
    labels = best_class(votes.predict_proba(covered))
    given = np.bincount(labels[labels >= 0], minlength=len(balance))
    expected = np.minimum(most, balance * len(covered))
    return np.asarray((most >= FEWEST) & (given + 1 < LOST * (expected + 1)))


def _distrust(
    statistics: VoteStatistics,
    worse: np.ndarray,
    lost: np.ndarray,
    share: float,
    classes: Sequence[str],
) -> str | None:
    """Return why the votes say nothing of how far to trust any function, or None."""
    if (statistics.votes.sum(axis=0) > 0).sum() == 1:
        return "all votes are for one class"
    if statistics.votes[worse].sum() > statistics.votes.sum() / 2:
        return "the label model takes most votes for worse than chance"
    if lost.any() and (share >= MUCH or lost.sum() == len(lost) - 1):
        names = listed([classes[y] for y in np.flatnonzero(lost)])
        return f"the label model gives hardly any pin the label {names}"
    return None


def _right_and_chance(model: LabelModel) -> tuple[np.ndarray, np.ndarray]:
    """Return P(right | voted) of each function, and what it would be without knowledge: [m], [m].

    Without knowledge a vote for a class is right as often as the class occurs.
    """
    k = len(model.balance)
    joint = model.conditionals.astype(np.float64).reshape(-1, k, k) * model.balance
    voted = joint.sum(axis=2)
    total = np.maximum(voted.sum(axis=1), 1e-12)
    return np.trace(joint, axis1=1, axis2=2) / total, voted @ model.balance / total


def _spread(fits: list[LabelModel], seeds: Sequence[int], covered: np.ndarray) -> SeedSpread:
    labels = np.array([best_class(fit.predict_proba(covered)) for fit in fits])
    weights = np.array([np.nan_to_num(fit.weights) for fit in fits])
    return SeedSpread(
        seeds=tuple(seeds),
        labels=float((labels != labels[0]).any(axis=0).mean()) if len(covered) else 0.0,
        weights=float(np.ptp(weights, axis=0).max()),
    )


def _support(
    statistics: VoteStatistics, names: tuple[str, ...], classes: tuple[str, ...]
) -> list[Finding]:
    found = []
    counts = statistics.votes.sum(axis=1)
    if silent := tuple(name for name, count in zip(names, counts, strict=True) if count == 0):
        says = f"{', '.join(silent)} {'votes' if len(silent) == 1 else 'vote'} on no pin."
        found.append(_finding("silent", 0, says, functions=silent))
    votes = dict(zip(classes, statistics.votes.sum(axis=0).tolist(), strict=True))
    if without := tuple(name for name, count in votes.items() if count == 0):
        says = f"No function votes for {listed(without)}, so no pin can get that class; write some."
        found.append(_finding("class_without_votes", 0, says, classes=without))
    if few := {name: count for name, count in votes.items() if 0 < count < MIN_SHARED}:
        shown = listed([f"{name} ({count})" for name, count in few.items()])
        says = f"Too few votes to learn from are for {shown}; write wider functions."
        least = min(few.values())
        found.append(_finding("class_with_few_votes", least, says, classes=tuple(few)))
    return found


def _lost_classes(lost: np.ndarray, share: float, classes: tuple[str, ...]) -> list[Finding]:
    if not lost.any():
        return []
    names = tuple(classes[y] for y in np.flatnonzero(lost))
    says = (
        f"The label model gives hardly any pin the label {listed(names)}, which most votes give to "
        f"{share:.1%} of those with one; write more functions for it, or give the signal its balance."
    )
    return [_finding("class_lost", share, says, classes=names)]


def _groups(found: Dependence, names: tuple[str, ...]) -> list[Finding]:
    findings = []
    for group in found.groups:
        members = tuple(names[j] for j in group)
        inside = np.ix_(group, group)
        lowest = float(found.agreement[inside][found.pairs[inside]].min())
        kind = "duplicates" if lowest >= COPIES else "correlated"
        how = "give nearly the same votes" if kind == "duplicates" else "err together"
        says = (
            f"{' and '.join(members)} {how} (they agree on {lowest:.0%} of the pins they share); "
            f"snorkel_robust counts each as {found.powers[list(group)].mean():.2f} of a function."
        )
        findings.append(_finding(kind, lowest, says, functions=members))
    return findings


def _worse(name: str, right: float, silenced: bool) -> Finding:
    then = "leaves its votes out" if silenced else "takes its votes against their own class"
    says = f"{name} looks worse than chance (right on {right:.0%} of its votes); snorkel_robust {then}."
    return _finding("worse_than_chance", right, says, functions=(name,))


def _unsteady(spread: SeedSpread) -> list[Finding]:
    if spread.labels < UNSTEADY:
        return []
    says = (
        f"Snorkel's own fit depends on its seed: {len(spread.seeds)} seeds differ on "
        f"{spread.labels:.1%} of the labels; snorkel_robust has no seed."
    )
    return [_finding("unsteady", spread.labels, says)]


def _finding(
    kind: str,
    figure: float,
    sentence: str,
    *,
    functions: tuple[str, ...] = (),
    classes: tuple[str, ...] = (),
) -> Finding:
    return Finding(
        kind=kind, functions=functions, classes=classes, figure=float(figure), sentence=sentence
    )
