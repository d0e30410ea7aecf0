"""What came of trying one function, as data: the terminal, the page and `--json` all show this."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import asdict, dataclass, replace
from typing import Any, NamedTuple

from labeling.report import plain

ABSTAINS = "abstains"
TITLES = {
    "fires": "Where it votes",
    "alone": "Where it alone decides",
    "against_resolved": "Against the resolved label",
    "against_known": "Against the {source} label",
    "changed": "Changed since its last version",
}
"""Section -> its heading; `source` says what the known labels are."""


@dataclass(frozen=True, kw_only=True)
class TriedPin:
    """One pin, as the author of a function wants to see it."""

    pin_id: str
    title: str
    description: str
    link: str
    domain: str
    board: str
    vote: str
    """The class the function votes for, or "abstains"."""
    before: str | None
    """What its last version voted; None where that did not vote here."""
    resolved: str | None
    """The label that the votes were last resolved to; None for none."""
    known: str | None
    """The known label; None for none."""
    others: dict[str, str]
    """Function -> class, for the others that voted."""
    marks: tuple[str, ...]
    """The stretches of text for which a declared function votes."""


@dataclass(frozen=True, kw_only=True)
class Section:
    """Pins of one kind: how many there are, and a random sample of them."""

    name: str
    """fires, alone, against_resolved, against_known or changed."""
    pins: int
    of: int
    """Of how many votes (or, for changed, pins) they are a part."""
    sample: tuple[TriedPin, ...]

    def with_at_most(self, limit: int) -> Section:
        """Return the section with at most `limit` pins."""
        return replace(self, sample=self.sample[:limit])


@dataclass(frozen=True, kw_only=True)
class VoteChange:
    """Pins whose vote changed in one way."""

    before: str
    after: str
    pins: int
    judged: int
    """Those with a known label."""
    better: int
    worse: int


@dataclass(frozen=True, kw_only=True)
class Changes:
    """What the present version of a function votes otherwise than the last one."""

    since: str
    """The last version's fingerprint."""
    shards: int
    """Shards on which both voted; of all shards."""
    of_shards: int
    pins: int
    kinds: tuple[VoteChange, ...]
    section: Section


@dataclass(frozen=True, kw_only=True)
class Trial:
    """All that came of trying a function."""

    signal: str
    function: str
    kind: str
    doc: str
    classes: tuple[str, ...]
    collection: str
    revision: int
    split: str | None
    pins: int
    """Pins looked at: all, or those of the split."""
    votes: dict[str, int]
    """Class -> votes for it."""
    coverage: float
    overlap: float | None
    """Shares of the pins; None where no other function has voted yet."""
    conflict: float | None
    others: int
    """How many other functions' votes it was compared with."""
    source: str
    """What `known` labels are: reference, or gold or reference."""
    known: int
    """Pins with a known label."""
    judged: int
    """Votes on those; accuracy and its 95% Wilson interval are over these (NaN: none)."""
    accuracy: float
    accuracy_low: float
    accuracy_high: float
    by_class: tuple[dict[str, Any], ...]
    sections: tuple[Section, ...]
    changes: Changes | None
    notes: tuple[str, ...]
    """What could not be shown, and why."""
    pins_voted: int
    """On how many pins it had to vote now; the rest was there already."""
    seconds: float

    def with_at_most(self, limit: int) -> Trial:
        """Return the trial with at most `limit` pins of each kind."""
        changes = self.changes
        return replace(
            self,
            sections=tuple(section.with_at_most(limit) for section in self.sections),
            changes=changes and replace(changes, section=changes.section.with_at_most(limit)),
        )

    def to_json(self) -> dict[str, Any]:
        """Return the trial as JSON values."""
        return plain(asdict(self))


class Piece(NamedTuple):
    """A piece of a text, and whether the function votes for it."""

    text: str
    marked: bool


def pieces(text: str, marks: tuple[str, ...]) -> Iterator[Piece]:
    """Yield the text in pieces, the marks set apart."""
    if not marks:
        yield Piece(text, False)
        return
    longest_first = sorted(marks, key=len, reverse=True)
    either = "|".join(map(re.escape, longest_first))
    for number, part in enumerate(re.split(rf"(?<!\w)({either})(?!\w)", text)):
        if part:
            yield Piece(part, number % 2 == 1)


def snippet(text: str, marks: tuple[str, ...], width: int) -> str:
    """Return at most about `width` characters of a text, on one line, around its first mark."""
    text = " ".join(text.split())
    if len(text) <= width:
        return text
    first = min((at for mark in marks if (at := text.find(mark)) >= 0), default=0)
    start = 0 if first < width * 2 // 3 else first - width // 3
    shown = text[start : start + width]
    return f"{'…' if start else ''}{shown}{'…' if start + width < len(text) else ''}"
