"""Annotators: how well, how fast and how much each of them answers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime

import numpy as np
import pandas as pd

from labeling.review.checks import Checks, CheckScore
from labeling.review.consensus import Consensus
from labeling.review.people import Person

DEEDS = ("answer", "skip", "flag")
HASTY_SECONDS = 1.0
"""Nobody looks at a pin and decides in less."""


@dataclass(frozen=True, kw_only=True)
class AnnotatorQuality:
    """One annotator on a signal and a collection; None where there is nothing to tell it by."""

    annotator: str
    role: str | None
    is_active: bool
    answers: int
    """That stand, gold checks among them."""
    skill: float | None
    """How often they are right, by Dawid-Skene from all answers."""
    crowdlab: float | None
    """CROWDLAB's quality of them, 0 to 1."""
    agrees: float | None
    """The share of their answers, on pins that others answered too, that is the consensus."""
    checks: CheckScore | None
    """How they did on gold checks."""
    is_distrusted: bool
    """Whether they clearly fail the gold checks, so that their answers do not become gold."""
    median_seconds: float | None
    hasty: float | None
    """The share of their answers given in less than a second."""
    skip_rate: float
    flag_rate: float
    last_answer: datetime


@dataclass(frozen=True, kw_only=True)
class DayQuality:
    """One day, in UTC."""

    day: date
    annotators: int
    answers: int
    skips: int
    flags: int
    median_seconds: float | None
    checks: int
    checks_right: int
    agrees: float | None
    """The share of the day's answers, on pins with several, that is the consensus."""


def with_consensus(deeds: pd.DataFrame, consensus: Consensus) -> pd.DataFrame:
    """Return deeds with the column `agrees`: 1.0 or 0.0 for answers on pins with several, else NaN."""
    crowd = consensus.crowd
    told = {
        pin_id: crowd.classes[label]
        for pin_id, label, several in zip(
            crowd.pin_ids, consensus.labels, crowd.several, strict=True
        )
        if several
    }
    said = deeds["pin_id"].map(told)
    counted = (deeds["kind"] == "answer") & ~deeds["is_check"].astype(bool) & said.notna()
    return deeds.assign(agrees=np.where(counted, (deeds["label"] == said).astype(float), np.nan))


def rate_annotators(
    deeds: pd.DataFrame,
    consensus: Consensus,
    checks: Checks,
    people: Mapping[str, Person],
    *,
    min_check_accuracy: float,
) -> tuple[AnnotatorQuality, ...]:
    """Return every annotator who did something, the worst first; `deeds` are what stands of the kinds
    DEEDS, with the column `agrees` (see `with_consensus`)."""
    numbers = {name: number for number, name in enumerate(consensus.crowd.annotators)}
    scores = {score.annotator: score for score in checks.scores}
    second = consensus.second
    rated = []
    for group, own in deeds.groupby("annotator"):
        name = str(group)
        at, score = numbers.get(name), scores.get(name)
        answers = own[own["kind"] == "answer"]
        seconds = answers["seconds"].dropna().astype(float)
        rated.append(
            AnnotatorQuality(
                annotator=name,
                role=people[name].role if name in people else None,
                is_active=people[name].is_active if name in people else True,
                answers=len(answers),
                skill=None if at is None else _number(consensus.skills[at]),
                crowdlab=None if at is None or second is None else _number(second.annotators[at]),
                agrees=_number(answers["agrees"].mean()),
                checks=score,
                is_distrusted=score is not None and score.fails(min_check_accuracy),
                median_seconds=_number(seconds.median()),
                hasty=_number((seconds < HASTY_SECONDS).mean()) if len(seconds) else None,
                skip_rate=round(float((own["kind"] == "skip").mean()), 4),
                flag_rate=round(float((own["kind"] == "flag").mean()), 4),
                last_answer=own["created_at"].max().to_pydatetime(),
            )
        )
    return tuple(sorted(rated, key=_worst_first))


def _worst_first(one: AnnotatorQuality) -> tuple[bool, float, str]:
    known = one.skill if one.skill is not None else one.checks.share if one.checks else 2.0
    return not one.is_distrusted, known, one.annotator


def rate_days(deeds: pd.DataFrame, judged: pd.DataFrame) -> tuple[DayQuality, ...]:
    """Return every day on which something was done, oldest first; `judged` are the gold checks (see
    `checks.judged_checks`)."""
    days = []
    checks = judged.groupby(_day(judged))["is_right"]
    made, right = checks.size().to_dict(), checks.sum().to_dict()
    for day, done in deeds.groupby(_day(deeds)):
        kinds = done["kind"].value_counts()
        answers = done[done["kind"] == "answer"]
        days.append(
            DayQuality(
                day=day,
                annotators=done["annotator"].nunique(),
                answers=len(answers),
                skips=int(kinds.get("skip", 0)),
                flags=int(kinds.get("flag", 0)),
                median_seconds=_number(answers["seconds"].dropna().astype(float).median()),
                checks=made.get(day, 0),
                checks_right=int(right.get(day, 0)),
                agrees=_number(answers["agrees"].mean()),
            )
        )
    return tuple(days)


def _day(rows: pd.DataFrame) -> pd.Series:
    return rows["created_at"].dt.date


def _number(value: float) -> float | None:
    return None if np.isnan(value) else round(float(value), 4)
