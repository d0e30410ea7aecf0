"""What a watch found, as data: the terminal, the app, `--json` and schedulers all read this."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any, Self

from labeling.report import plain
from labeling.review.estimating import Estimate
from labeling.watching.people import QueueAge
from labeling.watching.verdict import LEVELS, Change, Comparison, Level, Retraining

MOST = 4
"""Of an aspect that are told; where all shifted, forty functions would hide the rest."""
EXIT_CODES: Mapping[Level, int] = {"ok": 0, "watch": 0, "alarm": 3}
"""Of the command, for schedulers."""


@dataclass(frozen=True, kw_only=True)
class WatchReport:
    """How the newest pins and answers of a signal on a collection compare with what was before."""

    verdict: Level
    """ok, watch or alarm: the worst of all comparisons."""
    actions: tuple[str, ...]
    """What to do, the most pressing first."""
    signal: str
    collection: str
    revision: int
    against: str
    """Names the baseline in words."""
    baseline: dict[str, Any]
    """against, collection, revision, run, since."""
    pins_before: int
    pins_new: int
    coverage_before: float | None
    """Share of pins with a vote; None where there are none."""
    coverage_new: float | None
    comparisons: tuple[Comparison, ...]
    """The worst first."""
    queue: QueueAge
    accuracy: Estimate | None
    """Of all labels, by the random audit; None where nobody answered any of it."""
    retraining: Retraining
    notes: tuple[str, ...]

    @property
    def drifted(self) -> tuple[Comparison, ...]:
        """What is not ok, the worst first."""
        return tuple(one for one in self.comparisons if one.level != "ok")

    @property
    def told(self) -> tuple[Comparison, ...]:
        """Of what drifted the worst MOST of each aspect."""
        seen: Counter[str] = Counter()
        found = []
        for one in self.drifted:
            seen[one.aspect] += 1
            if seen[one.aspect] <= MOST:
                found.append(one)
        return tuple(found)

    @property
    def untold(self) -> str:
        """How much more drifted, e.g. `function: 17 more, score: 6 more`; empty for nothing."""
        counts = Counter(one.aspect for one in self.drifted)
        more = {aspect: count - MOST for aspect, count in counts.items() if count > MOST}
        return ", ".join(f"{aspect}: {count} more" for aspect, count in more.items())

    @property
    def exit_code(self) -> int:
        """Of the command: 3 for an alarm, else 0."""
        return EXIT_CODES[self.verdict]

    def to_json(self) -> dict[str, Any]:
        """Return it as JSON values; `drifted` names what drifted, the worst first."""
        value = plain(asdict(self))
        named = [
            {"level": one.level, "aspect": one.aspect, "name": one.name, "sentence": one.sentence}
            for one in self.drifted
        ]
        first = {"verdict": value["verdict"], "drifted": named}
        return {**first, **value, "exit_code": self.exit_code}

    @classmethod
    def from_json(cls, value: Mapping[str, Any]) -> Self:
        """Return what `to_json` wrote."""
        rest = {name: part for name, part in value.items() if name in cls.__dataclass_fields__}
        accuracy = rest["accuracy"]
        return cls(
            **{
                **rest,
                "actions": tuple(rest["actions"]),
                "notes": tuple(rest["notes"]),
                "comparisons": tuple(_comparison(one) for one in rest["comparisons"]),
                "queue": QueueAge(**rest["queue"]),
                "accuracy": None if accuracy is None else Estimate(**accuracy),
                "retraining": Retraining(**rest["retraining"]),
            }
        )


def _comparison(value: dict[str, Any]) -> Comparison:
    assert value["level"] in LEVELS
    changes = tuple(Change(**change) for change in value["changes"])
    return Comparison(**{**value, "changes": changes, "examples": tuple(value["examples"])})
