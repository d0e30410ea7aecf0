"""The verdict: what was compared, what of it drifted, what to do. Pure: no workspace, no database."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Literal

from labeling.chance import holm

Level = Literal["ok", "watch", "alarm"]
LEVELS: tuple[Level, ...] = ("ok", "watch", "alarm")


@dataclass(frozen=True, kw_only=True)
class Limits:
    """From where on a difference counts; see docs/watch.md."""

    watch: float = 0.1
    """PSI."""
    alarm: float = 0.25
    """PSI."""
    p: float = 0.001
    """A corrected p-value must be below it, whatever the effect."""

    def grade(self, psi: float) -> Level:
        """Return what a PSI would be worth."""
        return grade(psi, self.watch, self.alarm)


def grade(effect: float, watch: float, alarm: float) -> Level:
    """Return what an effect would be worth, were it sure."""
    return "alarm" if effect >= alarm else "watch" if effect >= watch else "ok"


@dataclass(frozen=True, kw_only=True)
class Change:
    """A share before and now."""

    what: str
    before: float
    now: float


@dataclass(frozen=True, kw_only=True)
class Comparison:
    """One thing held against what it was."""

    aspect: str
    """function, labels, score, vectors, language, board, link domain, ..."""
    name: str
    """Of what moved most: a function, a class, a language, a board, a word."""
    measure: str
    """What `effect` is: PSI, AUC, drop, days."""
    effect: float
    p: float | None
    """Corrected for all that was compared once a report holds it; None: it was not tested."""
    level: Level
    """In a report: what the effect is worth if it is sure, else ok."""
    sentence: str
    advice: str
    changes: tuple[Change, ...] = ()
    """The largest first."""
    beside: dict[str, float] = field(default_factory=dict)
    """Other figures on the same."""
    examples: tuple[str, ...] = ()
    """Ids of pins to look at."""

    @property
    def title(self) -> str:
        """Names what was compared, without what moved most."""
        moved = self.changes[0].what if self.changes else ""
        return self.aspect if self.name in (self.aspect, moved) else f"{self.aspect} {self.name}"

    @property
    def said_p(self) -> str:
        """The p-value as people read it."""
        if self.p is None:
            return ""
        return "< .0001" if self.p < 0.0001 else f"{self.p:.4f}".removeprefix("0")


def judge(found: Sequence[Comparison], limits: Limits) -> tuple[Comparison, ...]:
    """Return the comparisons with their p-values corrected for each other (Holm), those that are not
    sure as ok; the worst first."""
    tested = [number for number, one in enumerate(found) if one.p is not None]
    corrected = dict(zip(tested, holm([found[n].p or 0.0 for n in tested]).tolist(), strict=True))
    judged = []
    for number, one in enumerate(found):
        p = corrected.get(number)
        is_sure = p is None or p < limits.p
        judged.append(replace(one, p=p, level=one.level if is_sure else "ok"))
    return tuple(sorted(judged, key=lambda one: (-LEVELS.index(one.level), *_rank(one))))


def _rank(one: Comparison) -> tuple[bool, float]:
    """Functions first: they are what can be mended; then the largest effect."""
    return not one.aspect.startswith("function"), -one.effect if one.level != "ok" else 0.0


def worst(found: Sequence[Comparison]) -> Level:
    """Return the worst level of all."""
    return max((one.level for one in found), key=LEVELS.index, default="ok")


@dataclass(frozen=True, kw_only=True)
class Retraining:
    """Whether to publish and train again, and why."""

    is_due: bool
    reason: str
    new_gold: int
    """Labels that people agreed on and no model learned from."""


def when_to_retrain(verdict: Level, new_gold: int, enough: int, learned: str | None) -> Retraining:
    """Return whether to retrain: on so many new gold labels, on half as many after drift.

    New answers are what a model can learn anew; drift without them says that it should be asked more,
    not what the answer is.
    """
    needed = enough if verdict == "ok" else -(-enough // 2)
    since = (
        f"since {learned}, which the newest model learned from" if learned else "and no model yet"
    )
    said = f"{new_gold:,} new gold labels {since}"
    drift = "without drift" if verdict == "ok" else "after drift"
    is_due = new_gold >= needed
    why = f"{needed:,} are enough {drift}" if is_due else f"{drift} {needed:,} are needed"
    return Retraining(is_due=is_due, new_gold=new_gold, reason=f"{said}: {why}.")
