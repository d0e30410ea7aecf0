"""Gold checks: answers on pins whose class is known already, which tell about the annotator."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import pandas as pd

from labeling.chance import wilson_interval

FEWEST_MISSES = 2
"""Wrong answers on a check from which on the gold itself may be wrong."""


@dataclass(frozen=True, kw_only=True)
class CheckScore:
    """How an annotator did on gold checks."""

    annotator: str
    checks: int
    right: int
    share: float
    low: float
    """Of the 95% Wilson interval of the share."""
    high: float

    def fails(self, least: float) -> bool:
        """Return whether the annotator is clearly right less often than `least`."""
        return self.high < least


@dataclass(frozen=True, kw_only=True)
class MissedCheck:
    """A pin that most of those checked on it answered otherwise: perhaps the gold is wrong."""

    pin_id: str
    task_id: int
    gold: str
    answers: int
    wrong: int
    instead: str
    """The class that was said most often instead."""


@dataclass(frozen=True, kw_only=True)
class Checks:
    """What came of the gold checks."""

    scores: tuple[CheckScore, ...]
    """The worst first."""
    missed: tuple[MissedCheck, ...]
    """The most often missed first; a reviewer should look at them."""


def judged_checks(
    answers: pd.DataFrame, gold: Mapping[str, str], classes: Sequence[str]
) -> pd.DataFrame:
    """Return the standing answers to gold checks (see `read_answers`) with the columns `gold` and
    `is_right`; `gold` is pin id -> class name (see `verdicts.firm_gold`), and a check on any other pin,
    or answered with a class that there is no more, judges nobody."""
    checks = answers[(answers["kind"] == "answer") & answers["is_check"].astype(bool)]
    checks = checks[checks["label"].isin(classes)]
    checks = checks.assign(gold=checks["pin_id"].map(dict(gold)))
    checks = checks[checks["gold"].notna()]
    return checks.assign(is_right=checks["label"] == checks["gold"])


def find_checks(judged: pd.DataFrame) -> Checks:
    """Return what came of judged checks (see `judged_checks`)."""
    scores = []
    for annotator, own in judged.groupby("annotator"):
        n, right = len(own), int(own["is_right"].sum())
        low, high = (round(bound, 4) for bound in wilson_interval(right, n))
        score = CheckScore(
            annotator=str(annotator),
            checks=n,
            right=right,
            share=round(right / n, 4),
            low=low,
            high=high,
        )
        scores.append(score)
    missed = []
    for pin_id, on_pin in judged.groupby("pin_id"):
        wrong = on_pin[~on_pin["is_right"].astype(bool)]
        if len(wrong) >= FEWEST_MISSES and 2 * len(wrong) > len(on_pin):
            check = MissedCheck(
                pin_id=str(pin_id),
                task_id=int(on_pin["task_id"].iloc[-1]),
                gold=on_pin["gold"].iloc[-1],
                answers=len(on_pin),
                wrong=len(wrong),
                instead=wrong["label"].mode().iloc[0],
            )
            missed.append(check)
    return Checks(
        scores=tuple(sorted(scores, key=lambda s: (s.share, -s.checks, s.annotator))),
        missed=tuple(sorted(missed, key=lambda m: (-m.wrong, m.pin_id))),
    )
