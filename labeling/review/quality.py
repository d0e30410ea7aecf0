"""The quality report: what is known of answers, annotators and their agreement, for pages and JSON."""

from __future__ import annotations

from dataclasses import dataclass

from labeling.review.agreement import Agreement, PairAgreement
from labeling.review.annotators import AnnotatorQuality, DayQuality
from labeling.review.checks import Checks


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
