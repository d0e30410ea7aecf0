"""The quality report: what is known of answers, annotators and their agreement, for pages and JSON."""

from __future__ import annotations

from collections import Counter
from dataclasses import asdict, dataclass
from typing import Any

from labeling.review.agreement import Agreement, PairAgreement, compare_pairs, find_agreement
from labeling.review.annotators import (
    DEEDS,
    AnnotatorQuality,
    DayQuality,
    rate_annotators,
    rate_days,
    with_consensus,
)
from labeling.review.answers import read_answers
from labeling.review.checks import Checks
from labeling.review.consensus import find_consensus
from labeling.review.crowd import Crowd, votes_of
from labeling.review.probed import probe_of_last_run
from labeling.review.verdicts import (
    DISPUTED,
    GOLD,
    WAITING,
    WITHOUT_CLASS,
    Rules,
    held_against,
    judge,
    read_evidence,
)
from labeling.workspace import Workspace


@dataclass(frozen=True, kw_only=True)
class ConsensusCounts:
    """What has become of the pins that people answered; the first five add up to `pins`."""

    pins: int
    gold: int
    """That their answers make gold."""
    waiting: int
    """For more answers."""
    disputed: int
    """They wait for a reviewer."""
    without_class: int
    """A reviewer said that no class fits."""
    adjudicated: int
    """Of the gold ones, those that a reviewer decided."""
    several: int
    """With two answers or more."""
    second_agrees: float | None
    """The share of those on which CROWDLAB, which hears the probe too, says the same; None without a
    run to take the probe's predictions from."""


@dataclass(frozen=True, kw_only=True)
class QualityReport:
    """The quality of the answers for a signal on a collection."""

    signal: str
    collection: str
    answers: int
    """That stand, gold checks among them."""
    agreement: Agreement
    pairs: tuple[PairAgreement, ...]
    """Those who agree least first."""
    annotators: tuple[AnnotatorQuality, ...]
    """The worst first."""
    consensus: ConsensusCounts
    checks: Checks
    days: tuple[DayQuality, ...]
    """Oldest first."""

    def to_json(self) -> dict[str, Any]:
        """Return it as JSON values, but for dates."""
        return asdict(self)


def quality_report(workspace: Workspace, signal: str, collection: str) -> QualityReport:
    """Return the quality of the answers as they are now; nothing is changed.

    Everyone's answers are in it, also those that do not count for gold.
    """
    found = workspace.signal(signal)
    evidence = read_evidence(workspace.database, found, collection)
    rules = Rules.of(workspace.settings)
    verdicts = judge(evidence, rules)
    pins = [held_against(v, evidence.gold.get(v.pin_id)) for v in verdicts.pins]
    crowd = Crowd.of(votes_of(evidence.answers, found.classes), found.classes)
    probe = None
    if crowd.several.any():
        probe = probe_of_last_run(workspace, found, collection, crowd.pin_ids)
    consensus = find_consensus(crowd, probe)
    deeds = read_answers(workspace.database, signal, collection, kinds=DEEDS)
    deeds = with_consensus(deeds, consensus)
    outcomes = Counter(verdict.outcome for verdict in pins)
    return QualityReport(
        signal=signal,
        collection=collection,
        answers=int((deeds["kind"] == "answer").sum()),
        agreement=find_agreement(crowd, workspace.settings.seed),
        pairs=compare_pairs(crowd),
        annotators=rate_annotators(
            deeds,
            consensus,
            verdicts.checks,
            evidence.people,
            min_check_accuracy=rules.min_check_accuracy,
        ),
        consensus=ConsensusCounts(
            pins=len(pins),
            gold=outcomes[GOLD],
            waiting=outcomes[WAITING],
            disputed=outcomes[DISPUTED],
            without_class=outcomes[WITHOUT_CLASS],
            adjudicated=sum(v.adjudicated for v in pins),
            several=int(crowd.several.sum()),
            second_agrees=consensus.second_agrees,
        ),
        checks=verdicts.checks,
        days=rate_days(deeds, verdicts.judged),
    )
