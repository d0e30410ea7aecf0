"""Sums and samples over the shards on which one function is tried."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

SECTIONS = ("fires", "alone", "against_resolved", "against_known", "changed")


@dataclass(frozen=True, kw_only=True)
class ShardVotes:
    """What is known of those pins of a shard that are looked at; -1 abstains or is unknown."""

    shard: int
    rows: np.ndarray
    """int64 [n]: their places in the shard."""
    priority: np.ndarray
    """float64 [n]: random; the lowest are shown."""
    votes: np.ndarray
    """int8 [n]."""
    before: np.ndarray | None
    """int8 [n]: of the function's last version; None where that did not vote on the shard."""
    others: np.ndarray
    """int8 [n, m]: of the other functions."""
    resolved: np.ndarray
    """int64 [n]: the labels that the votes were last resolved to."""
    known: np.ndarray
    """int64 [n]: the known labels."""


@dataclass(frozen=True, kw_only=True)
class Row:
    """One pin that may be shown."""

    shard: int
    row: int
    vote: int
    before: int | None
    resolved: int
    known: int
    others: np.ndarray


@dataclass
class Sample:
    """A random sample of rows: the same pins win again as long as they qualify. Samples of several
    kinds begin elsewhere (`turn`, 0 to 1), so that they do not show the same pins."""

    limit: int
    turn: float = 0.0
    count: int = 0
    kept: list[tuple[float, Row]] = field(default_factory=list)

    def offer(self, at: ShardVotes, mask: np.ndarray) -> None:
        """Take the rows of a shard that `mask` marks, bool [n], into account."""
        found = np.flatnonzero(mask)
        self.count += len(found)
        priority = (at.priority + self.turn) % 1
        best = found[np.argsort(priority[found], kind="stable")[: self.limit]]
        for n in best.tolist():
            row = Row(
                shard=at.shard,
                row=int(at.rows[n]),
                vote=int(at.votes[n]),
                before=None if at.before is None else int(at.before[n]),
                resolved=int(at.resolved[n]),
                known=int(at.known[n]),
                others=at.others[n],
            )
            self.kept.append((float(priority[n]), row))
        self.kept = sorted(self.kept, key=lambda pair: pair[0])[: self.limit]

    @property
    def rows(self) -> list[Row]:
        """The sample."""
        return [row for _, row in self.kept]


class Tally:
    """The sums; `add` takes one shard after the other."""

    def __init__(self, classes: int, limit: int) -> None:
        self.pins = self.overlap = self.conflict = self.known = self.resolved = 0
        self.votes = np.zeros(classes, np.int64)
        self.judged = np.zeros(classes, np.int64)
        self.right = np.zeros(classes, np.int64)
        self.shared = self.compared = 0
        """Shards and pins on which the function's last version voted, too."""
        self.moves = np.zeros((4, classes + 1, classes + 1), np.int64)
        """[pins, judged, better, worse][vote before + 1, vote now + 1]."""
        turns = np.linspace(0, 1, len(SECTIONS), endpoint=False).tolist()
        self.samples = {
            name: Sample(limit, turn) for name, turn in zip(SECTIONS, turns, strict=True)
        }

    def add(self, at: ShardVotes) -> None:
        """Take one shard into account."""
        k = len(self.votes)
        fired, known = at.votes >= 0, at.known >= 0
        others = at.others.T
        also = np.zeros(len(fired), bool)
        against = np.zeros(len(fired), bool)
        for other in others:
            also |= other >= 0
            against |= (other >= 0) & (other != at.votes)
        right = at.known == at.votes
        self.pins += len(fired)
        self.known += int(known.sum())
        self.overlap += int((fired & also).sum())
        self.conflict += int((fired & against).sum())
        self.resolved += int((fired & (at.resolved >= 0)).sum())
        self.votes += np.bincount(at.votes[fired], minlength=k)
        self.judged += np.bincount(at.votes[fired & known], minlength=k)
        self.right += np.bincount(at.votes[fired & known & right], minlength=k)
        self.samples["fires"].offer(at, fired)
        self.samples["alone"].offer(at, fired & ~also)
        disputed = fired & (at.resolved >= 0) & (at.resolved != at.votes)
        self.samples["against_resolved"].offer(at, disputed)
        self.samples["against_known"].offer(at, fired & known & ~right)
        if at.before is not None:
            self._compare(at, at.before)

    def _compare(self, at: ShardVotes, before: np.ndarray) -> None:
        """Count what changed since the last version. Being right is better than abstaining, and
        that is better than being wrong."""
        self.shared += 1
        self.compared += len(before)
        moved = before != at.votes
        self.samples["changed"].offer(at, moved)
        was, now, truth = before[moved], at.votes[moved], at.known[moved]
        gain = _worth(now, truth) - _worth(was, truth)
        for number, counted in enumerate((truth >= -1, truth >= 0, gain > 0, gain < 0)):
            pair = (was[counted].astype(np.intp) + 1, now[counted].astype(np.intp) + 1)
            np.add.at(self.moves[number], pair, 1)


def _worth(votes: np.ndarray, truth: np.ndarray) -> np.ndarray:
    """Return 1 for a right vote, 0 for none or where the truth is unknown, -1 for a wrong one."""
    return np.where((votes < 0) | (truth < 0), 0, np.where(votes == truth, 1, -1))
