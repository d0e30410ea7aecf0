"""Verdicts: what the answers on each pin come to, as a pure function of the answers."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime

import pandas as pd
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from labeling.database import Database, as_record
from labeling.gold import REVIEW
from labeling.review.answers import read_answers
from labeling.review.checks import Checks, find_checks, judged_checks
from labeling.review.consensus import Consensus, find_consensus
from labeling.review.crowd import Crowd, votes_of
from labeling.review.people import Person, people_by_name
from labeling.settings import Settings
from labeling.signals import NO_CLASS, Signal
from labeling.tables import AnswerRow, GoldRow, ReviewTaskRow

GOLD = "gold"
WAITING = "waiting"
DISPUTED = "disputed"
WITHOUT_CLASS = "without class"

FLAGGED = "flagged"
DIFFER = "the answers differ"
DISTRUSTED = "an annotator fails the gold checks"
CONTRADICTS = "the answers contradict other gold"


@dataclass(frozen=True, kw_only=True)
class Rules:
    """When answers become gold."""

    gold_quality: float
    """How sure the consensus of several answers must be."""
    min_check_accuracy: float
    """An annotator who is clearly right on a smaller share of the gold checks is not trusted."""
    count_inactive: bool
    """Whether the answers of annotators who were deactivated count."""

    @classmethod
    def of(cls, settings: Settings) -> Rules:
        """Return the rules of a workspace's settings."""
        return cls(
            gold_quality=settings.gold_quality,
            min_check_accuracy=settings.min_check_accuracy,
            count_inactive=settings.count_inactive,
        )


@dataclass(frozen=True, kw_only=True)
class TaskState:
    """A task that was answered."""

    id: int
    pin_id: str
    status: str
    wanted: int


@dataclass(frozen=True, kw_only=True)
class GoldLabel:
    """A pin's gold as it is saved."""

    label: str
    source: str
    since: datetime


@dataclass(frozen=True, kw_only=True)
class AnswerEvidence:
    """All that verdicts are made from."""

    classes: tuple[str, ...]
    answers: pd.DataFrame
    """Those that stand (see `read_answers`)."""
    tasks: Mapping[str, TaskState]
    """By pin id."""
    gold: Mapping[str, GoldLabel]
    people: Mapping[str, Person]
    rows: Mapping[str, int]
    """Pin id -> rows of any kind that it had; another number later means that someone did something."""


@dataclass(frozen=True, kw_only=True)
class Verdict:
    """What the answers on one pin come to."""

    task: TaskState
    outcome: str
    """GOLD, WAITING, DISPUTED or WITHOUT_CLASS."""
    label: str | None
    """The class that the answers speak for."""
    quality: float | None
    """How sure the consensus is; None for one answer, or where a reviewer decided."""
    why: str | None
    """Of what is disputed."""
    adjudicated: bool
    at: datetime
    """When the last answer that it rests on was given."""

    @property
    def pin_id(self) -> str:
        """Which pin it is on."""
        return self.task.pin_id


@dataclass(frozen=True, kw_only=True)
class Verdicts:
    """The verdicts, and what they are made by."""

    pins: tuple[Verdict, ...]
    consensus: Consensus
    """Of the votes that are trusted."""
    judged: pd.DataFrame
    """The answers to gold checks (see `checks.judged_checks`)."""
    checks: Checks
    distrusted: tuple[str, ...]
    set_aside: int
    """Answers that were not counted: their class is none of the signal's, or their annotator was
    deactivated and the rules say so."""


def read_evidence(database: Database, signal: Signal, collection: str) -> AnswerEvidence:
    """Return what there is on a signal and a collection. A pin that got its first answer while this
    reads is left for the next time."""
    tasks = (
        select(ReviewTaskRow.pin_id, ReviewTaskRow.id, ReviewTaskRow.status, ReviewTaskRow.wanted)
        .where(ReviewTaskRow.signal == signal.name, ReviewTaskRow.collection == collection)
        .where(select(AnswerRow.id).where(AnswerRow.task_id == ReviewTaskRow.id).exists())
    )
    with database.reading() as session:
        rows = count_rows(session, signal.name, collection)
        known = {task.pin_id: as_record(TaskState, task) for task in session.execute(tasks)}
        gold = read_gold_labels(session, signal.name, collection)
    answers = read_answers(database, signal.name, collection)
    return AnswerEvidence(
        classes=signal.classes,
        # the first answer on a pin may have come since its task was looked for
        answers=answers[answers["pin_id"].isin(known)],
        tasks=known,
        gold=gold,
        people=people_by_name(database),
        rows=rows,
    )


def count_rows(session: Session, signal: str, collection: str) -> dict[str, int]:
    """Return pin id -> rows of answers of any kind."""
    counted = (
        select(AnswerRow.pin_id, func.count())
        .where(AnswerRow.signal == signal, AnswerRow.collection == collection)
        .group_by(AnswerRow.pin_id)
    )
    return {pin_id: count for pin_id, count in session.execute(counted)}


def read_gold_labels(session: Session, signal: str, collection: str) -> dict[str, GoldLabel]:
    """Return pin id -> the gold there is."""
    rows = session.execute(
        select(GoldRow.pin_id, GoldRow.label, GoldRow.source, GoldRow.created_at).where(
            GoldRow.signal == signal, GoldRow.collection == collection
        )
    )
    return {
        pin_id: GoldLabel(label=label, source=source, since=since)
        for pin_id, label, source, since in rows
    }


def judge(evidence: AnswerEvidence, rules: Rules) -> Verdicts:
    """Return the verdicts on all pins that have an answer, a flag or an adjudication which stands."""
    answers = _counted(evidence, rules)
    votes = votes_of(answers, evidence.classes)
    decided = _adjudications(answers, evidence.classes)
    judged = judged_checks(answers, firm_gold(evidence, votes, decided), evidence.classes)
    checks = find_checks(judged)
    distrusted = {s.annotator for s in checks.scores if s.fails(rules.min_check_accuracy)}
    consensus = find_consensus(
        Crowd.of(votes[~votes["annotator"].isin(distrusted)], evidence.classes)
    )
    voters = Counter(votes["pin_id"].tolist())
    heard = _hear(consensus, voters)
    # a flag on a gold check says that the gold is wrong; an answer to one says nothing of the pin
    said = answers[~(answers["is_check"].astype(bool) & (answers["kind"] == "answer"))]
    flagged = set(said.loc[said["kind"] == "flag", "pin_id"])
    last = said.groupby("pin_id")["created_at"].max().to_dict()
    pins = [
        _judge_pin(
            evidence.tasks[pin_id],
            heard.get(pin_id, Heard(voters=voters[pin_id])),
            rules,
            decided=decided.get(pin_id),
            is_flagged=pin_id in flagged,
            at=last[pin_id].to_pydatetime(),
        )
        for pin_id in sorted(voters.keys() | flagged | decided.keys())
    ]
    unknown = evidence.answers["label"].notna() & ~evidence.answers["label"].isin(
        [*evidence.classes, NO_CLASS]
    )
    return Verdicts(
        pins=tuple(pins),
        consensus=consensus,
        judged=judged,
        checks=checks,
        distrusted=tuple(sorted(distrusted)),
        set_aside=int(unknown.sum()) + len(evidence.answers) - len(answers),
    )


def firm_gold(
    evidence: AnswerEvidence, votes: pd.DataFrame, decided: Mapping[str, pd.Series]
) -> dict[str, str]:
    """Return pin id -> class name of the gold that an annotator can be judged by: a reviewer's, of
    another source, or what two or more said without one who differed; never a class that there is no
    more, which nobody can answer."""
    given: dict[str, list[str]] = {}
    for pin_id, label in zip(votes["pin_id"], votes["label"], strict=True):
        given.setdefault(pin_id, []).append(label)
    said = {p: labels[0] for p, labels in given.items() if len(labels) > 1 == len(set(labels))}
    others = {
        pin_id: known.label
        for pin_id, known in evidence.gold.items()
        if known.source != REVIEW and known.label in evidence.classes
    }
    reviewed = {pin_id: row["label"] for pin_id, row in decided.items()}
    firm = said | others | reviewed
    return {pin_id: label for pin_id, label in firm.items() if label != NO_CLASS}


def _counted(evidence: AnswerEvidence, rules: Rules) -> pd.DataFrame:
    """Return the answers that count; what a reviewer decided stays decided when they leave."""
    if rules.count_inactive:
        return evidence.answers
    gone = [name for name, person in evidence.people.items() if not person.is_active]
    answers = evidence.answers
    return answers[~answers["annotator"].isin(gone) | (answers["kind"] == "adjudication")]


def _adjudications(answers: pd.DataFrame, classes: tuple[str, ...]) -> dict[str, pd.Series]:
    """Return pin id -> its latest adjudication; those for a class that there is no more are none."""
    made = answers[answers["kind"] == "adjudication"]
    made = made[made["label"].isin([*classes, NO_CLASS])].drop_duplicates("pin_id", keep="last")
    return {row["pin_id"]: row for _, row in made.iterrows()}


@dataclass(frozen=True, kw_only=True)
class Heard:
    """What the votes on one pin say."""

    voters: int
    trusted: int = 0
    """Of the voters, those who do not fail the gold checks."""
    label: str | None = None
    quality: float | None = None
    """Of the consensus of two or more."""
    leads: bool = False
    """Whether more of them gave that class than any other."""


def _hear(consensus: Consensus, voters: Mapping[str, int]) -> dict[str, Heard]:
    """Return pin id -> what the trusted votes on it say."""
    crowd = consensus.crowd
    trusted = crowd.counts.sum(axis=1)
    return {
        pin_id: Heard(
            voters=voters[pin_id],
            trusted=int(trusted[row]),
            label=crowd.classes[consensus.labels[row]],
            quality=round(float(consensus.quality[row]), 4) if trusted[row] > 1 else None,
            leads=bool(consensus.leads[row]),
        )
        for row, pin_id in enumerate(crowd.pin_ids)
    }


def _judge_pin(
    task: TaskState,
    heard: Heard,
    rules: Rules,
    *,
    decided: pd.Series | None,
    is_flagged: bool,
    at: datetime,
) -> Verdict:
    open_verdict = Verdict(
        task=task,
        outcome=DISPUTED,
        label=heard.label,
        quality=heard.quality,
        why=DIFFER,
        adjudicated=False,
        at=at,
    )
    if decided is not None:
        fits = decided["label"] != NO_CLASS
        return replace(
            open_verdict,
            outcome=GOLD if fits else WITHOUT_CLASS,
            label=decided["label"] if fits else None,
            quality=None,
            why=None,
            adjudicated=True,
            at=decided["created_at"].to_pydatetime(),
        )
    if is_flagged:
        return replace(open_verdict, why=FLAGGED)
    if task.status in ("open", "withdrawn") and heard.voters < task.wanted:
        return replace(open_verdict, outcome=WAITING, why=None)
    if heard.trusted < min(heard.voters, 2):
        return replace(open_verdict, why=DISTRUSTED)
    if heard.quality is None or (heard.leads and heard.quality >= rules.gold_quality):
        return replace(open_verdict, outcome=GOLD, why=None)
    return open_verdict


def held_against(verdict: Verdict, known: GoldLabel | None) -> Verdict:
    """Return the verdict, disputed where it contradicts gold of another source; what a reviewer
    decided after that gold came in stands."""
    if known is None or known.source == REVIEW or verdict.outcome not in (GOLD, WITHOUT_CLASS):
        return verdict
    if verdict.label == known.label or (verdict.adjudicated and verdict.at >= known.since):
        return verdict
    return replace(verdict, outcome=DISPUTED, why=CONTRADICTS)
