"""Counts of old and new pins -> what differs, each with an effect, a p-value and a sentence."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from labeling.signals import NO_LABEL
from labeling.watching.counting import (
    BINS,
    MISSING,
    PRESENCE,
    PRESENT,
    READABLE,
    Accuracies,
    Counts,
)
from labeling.watching.drifting import (
    Difference,
    compare_counts,
    in_tenths,
    jensen_shannon,
    kolmogorov_smirnov,
    share_p,
)
from labeling.watching.two_samples import tell_apart
from labeling.watching.verdict import Change, Comparison, Level, Limits, grade
from labeling.watching.words import find_new_words

TOP = 20
"""Boards and link domains that are told apart; the others are one."""
OTHER = "all others"
ABSTAINS = "abstains"
SHOWN = 4
"""Changes that are kept of a comparison."""
AUC = (0.6, 0.8)
"""Of telling new vectors from old: from where on it is watched, and alarms."""
DROP = (0.1, 0.2)
"""Of an accuracy or an agreement, the same."""
LEAST_JUDGED = 10
"""Answers on each side, to compare accuracies."""

INPUTS = {
    "language": "Do the functions know {name}? Write some for it, or answer pins in it.",
    "board": "Look at the new pins of {name}: do the functions fit them?",
    "link domain": "Look at the new pins that link to {name}: is a source new, or gone?",
    "text length": "Look at the new pins: does their source cut or join texts?",
}


@dataclass(frozen=True, kw_only=True)
class Names:
    """Of what is compared."""

    signal: str
    collection: str
    classes: tuple[str, ...]
    functions: tuple[str, ...]


def compare(
    before: Counts, now: Counts, names: Names, limits: Limits, *, seed: int = 0
) -> list[Comparison]:
    """Return all comparisons of old with new pins, with p-values as they are; see `verdict.judge`."""
    return [
        *_functions(before, now, names, limits),
        *_labels(before, now, names, limits),
        *_scores(before, now, names, limits),
        *_vectors(before, now, seed),
        *_inputs(before, now, limits),
        *_words(before, now, names, limits),
        *_accuracies(before, now, names),
    ]


def _functions(before: Counts, now: Counts, names: Names, limits: Limits) -> Iterator[Comparison]:
    values = (*names.classes, ABSTAINS)
    for j, name in enumerate(names.functions):
        found = compare_counts(before.votes[j], now.votes[j])
        fired = before.pins - before.votes[j, -1], now.pins - now.votes[j, -1]
        try_it = f"`labeling try {names.signal} {name} {names.collection}`"
        common = _comparison("function", name, found, values, limits)
        voted = tuple(change for change in common.changes if change.what != ABSTAINS)
        common = replace(common, changes=voted)
        if fired[0] and not fired[1] and now.pins:
            yield replace(
                common,
                level="alarm",
                p=share_p((int(fired[0]), before.pins), (0, now.pins)),
                sentence=f"{name} went silent: it voted on {fired[0] / before.pins:.1%} of the pins "
                f"before and on none of {now.pins:,} new ones.",
                advice=f"Look at function {name} ({try_it}): what it looks for is gone from the new "
                "pins, or has another form there.",
            )
        else:
            yield replace(
                common,
                sentence=f"{name} votes otherwise: {_told(common.changes)}.",
                advice=f"Look at function {name} ({try_it}): is it still right on the new pins?",
            )


def _labels(before: Counts, now: Counts, names: Names, limits: Limits) -> Iterator[Comparison]:
    found = compare_counts(before.labels, now.labels)
    one = _comparison("labels", "", found, (*names.classes, NO_LABEL), limits)
    yield replace(
        one,
        sentence=f"Labels moved: {_told(one.changes)}.",
        advice="Answer more of the audit: it says whether the labels or the pins changed.",
    )


def _scores(before: Counts, now: Counts, names: Names, limits: Limits) -> Iterator[Comparison]:
    k = len(names.classes)
    for y in range(1 if k == 2 else 0, k):  # of two classes one says all
        name = names.classes[y]
        old, new = before.scores[y], now.scores[y]
        found = compare_counts(*in_tenths(old, new))
        means = [float(c.means[y]) / max(c.pins, 1) for c in (before, now)]
        yield Comparison(
            aspect="score",
            name=name,
            measure="PSI",
            effect=round(found.psi, 4),
            p=found.p,
            level=limits.grade(found.psi),
            sentence=f"P({name}) moved: its mean went from {means[0]:.2f} to {means[1]:.2f} "
            f"(PSI {found.psi:.2f}).",
            advice="Answer more of the audit: it says whether the labels or the pins changed.",
            changes=(Change(what="mean", before=round(means[0], 4), now=round(means[1], 4)),),
            beside={
                "kolmogorov_smirnov": round(kolmogorov_smirnov(old, new), 4),
                "jensen_shannon": round(jensen_shannon(*_coarse(old, new)), 4),
            },
        )


def _coarse(*histograms: np.ndarray) -> list[np.ndarray]:
    """Return histograms with 20 bins: with more, few pins alone make them diverge."""
    return [one.reshape(20, BINS // 20).sum(axis=1) for one in histograms]


def _vectors(before: Counts, now: Counts, seed: int) -> Iterator[Comparison]:
    for name in (name for name in before.vectors if name in now.vectors):
        old, new = before.vectors[name], now.vectors[name]
        found = tell_apart(old.vectors, new.vectors, seed=seed)
        if found is not None:
            yield Comparison(
                aspect="vectors",
                name=name,
                measure="AUC",
                effect=found.auc,
                p=found.p,
                level=grade(found.auc, *AUC),
                sentence=f"New pins can be told from old ones by their {name} vectors (AUC "
                f"{found.auc:.2f}; 0.5 is not at all).",
                advice="Look at the examples, the new pins that look least like the old ones.",
                examples=tuple(new.ids[row] for row in found.newest),
            )


def _inputs(before: Counts, now: Counts, limits: Limits) -> Iterator[Comparison]:
    for aspect, advice in INPUTS.items():
        old, new = before.inputs.get(aspect, {}), now.inputs.get(aspect, {})
        values = _top(old, new)
        if len(values) < 2:
            continue
        found = compare_counts(_of(old, values), _of(new, values))
        one = _comparison(aspect, "", found, values, limits)
        yield replace(
            one,
            sentence=f"The mix by {aspect} moved: {_told(one.changes)}.",
            advice=advice.format(name=one.name),
        )
    for part, counted in PRESENCE.items():
        if counted not in before.inputs or counted not in now.inputs:
            continue
        there = (PRESENT, MISSING)
        found = compare_counts(*(_of(c.inputs[counted], there) for c in (before, now)))
        one = _comparison("missing", part, found, there, limits)
        what = "do their images load?" if part == READABLE else f"is the column of {part} mapped?"
        yield replace(
            one,
            sentence=f"{found.now[1]:.1%} of the new pins have no {part}, before "
            f"{found.before[1]:.1%}.",
            advice=f"Look at where the new pins come from: {what}",
        )


def _top(old: Mapping[str, int], new: Mapping[str, int]) -> list[str]:
    """Return the commonest values of both sides, then OTHER where there are more."""
    totals = {value: old.get(value, 0) + new.get(value, 0) for value in {**old, **new}}
    ranked = sorted(totals, key=lambda value: (-totals[value], value))
    return ranked if len(ranked) <= TOP else [*ranked[:TOP], OTHER]


def _of(counts: Mapping[str, int], values: Sequence[str]) -> np.ndarray:
    """Return the counts of some values, int64 [k]; those of OTHER are what the rest leaves."""
    found = [counts.get(value, 0) for value in values]
    if values and values[-1] == OTHER:
        found[-1] = sum(counts.values()) - sum(found[:-1])
    return np.array(found, dtype=np.int64)


def _words(before: Counts, now: Counts, names: Names, limits: Limits) -> Iterator[Comparison]:
    found = find_new_words(before.words, now.words, (before.sampled, now.sampled))
    if not found:
        return
    surest = min(found, key=lambda word: word.p)
    sure = [word for word in found if word.p < limits.p] or [surest]
    told = ", ".join(f"{word.word} (in {word.now:,} pins, before {word.before:,})" for word in sure)
    yield Comparison(
        aspect="new words",
        name=sure[0].word,
        measure="z",
        effect=sure[0].z,
        p=surest.p,
        level="watch",
        sentence=f"Words that were hardly there before: {told}.",
        advice="Do the new words say which class a pin is? Then add them to a function: "
        f"`labeling suggest {names.signal} {names.collection}` weighs words.",
        changes=tuple(
            Change(
                what=word.word,
                before=round(word.before / before.sampled, 4),
                now=round(word.now / now.sampled, 4),
            )
            for word in sure
        ),
    )


def _accuracies(before: Counts, now: Counts, names: Names) -> Iterator[Comparison]:
    yield from _compare_accuracy(
        "audited accuracy",
        "new pins",
        _total(before.audit),
        _total(now.audit),
        "Labels are right less often on new pins: answer more of them, then retrain.",
    )
    for j, name in enumerate(names.functions):
        yield from _compare_accuracy(
            "function accuracy",
            name,
            before.functions[j],
            now.functions[j],
            f"Look at function {name}: it is right less often on new pins.",
        )


def compare_answers(audit: Accuracies) -> Iterator[Comparison]:
    """Yield how far labels are right less often by the answers since the baseline, int [2] each."""
    yield from _compare_accuracy(
        "audited accuracy",
        "newest answers",
        audit[0],
        audit[1],
        "The newest answers find more labels wrong: answer more of the audit, then retrain.",
    )


def _total(judged: Accuracies) -> Accuracies:
    return Accuracies(judged=judged.judged.sum(), right=judged.right.sum())


def _compare_accuracy(
    aspect: str, name: str, before: Accuracies, now: Accuracies, advice: str
) -> Iterator[Comparison]:
    """Yield how far an accuracy dropped, where there are answers enough on both sides."""
    n, m = int(before.judged), int(now.judged)
    if min(n, m) < LEAST_JUDGED:
        return
    a, b = int(before.right), int(now.right)
    drop = a / n - b / m
    yield Comparison(
        aspect=aspect,
        name=name,
        measure="drop",
        effect=round(drop, 4),
        p=share_p((a, n), (b, m)),
        level=grade(drop, *DROP),
        sentence=f"{aspect.capitalize()} of {name}: {b} of {m} right, before {a} of {n}.",
        advice=advice,
        changes=(Change(what="right", before=round(a / n, 4), now=round(b / m, 4)),),
    )


def _comparison(
    aspect: str, name: str, found: Difference, values: Sequence[str], limits: Limits
) -> Comparison:
    """Return a comparison of two mixes of values, without its words; without a name it is named after
    the value that moved most, of those that became more where any surely did."""
    level: Level = limits.grade(found.psi)
    sure = found.p_of_each < limits.p
    if level == "ok" and (found.doubled & sure).any():
        level = "watch"
    grew = [row for row in found.moved if sure[row] and found.now[row] > found.before[row]]
    main = grew[0] if grew else found.moved[0]
    shown = [main, *(row for row in found.moved if row != main)][:SHOWN]
    changes = tuple(
        Change(
            what=values[row],
            before=round(float(found.before[row]), 4),
            now=round(float(found.now[row]), 4),
        )
        for row in shown
        if found.before[row] != found.now[row]
    )
    return Comparison(
        aspect=aspect,
        name=name or values[main],
        measure="PSI",
        effect=round(found.psi, 4),
        p=found.p,
        level=level,
        sentence="",
        advice="",
        changes=changes,
    )


def _told(changes: Sequence[Change]) -> str:
    return (
        ", ".join(f"{one.what} {one.before:.1%} to {one.now:.1%}" for one in changes) or "nothing"
    )
