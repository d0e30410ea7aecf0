"""A desk for pins that look alike: they are claimed together, and one key answers them all."""

from __future__ import annotations

import threading
import time
from collections import Counter
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field, replace

from desk import IDLE_SECONDS, Notice

from labeling.errors import LabelingError, ReviewError
from labeling.pin_cards import PinCard, PinShelf
from labeling.pin_evidence import EvidenceShelf
from labeling.resolving import HELD_OUT
from labeling.review.claiming import Claimed, Outcome, ReviewQueue
from labeling.signals import NO_LABEL

GROUP = 10
"""Pins of a group."""
UNDOABLE = 10
"""Groups that can be taken back."""
AT_A_GLANCE = 4
"""Pins that are seen to belong together in the least time that one pin takes."""
LEAST_COSINE = 0.55
"""Mean of text and image: below, pins do not look alike."""
SEEDS = 10
"""Pins of the queue whose look-alikes are sought, those worth most."""
LOOKED_AT = 50
"""Look-alikes of a pin among which those are taken that the annotator can have."""


@dataclass(frozen=True, kw_only=True)
class Group:
    """Pins that look alike, in the hands of one annotator."""

    cards: tuple[PinCard, ...]
    claims: dict[str, Claimed]
    """By pin id."""
    suggested: str | None
    """The class that the label model gives to most of them; None where it gives none."""

    @property
    def first(self) -> str:
        """The lease that names the group on the page."""
        return self.claims[self.cards[0].pin_id].lease

    def only(self, claims: list[Claimed]) -> Group | None:
        """Return the group of those pins that are claimed; None for none."""
        by_pin = {claimed.pin_id: claimed for claimed in claims}
        cards = tuple(card for card in self.cards if card.pin_id in by_pin)
        return replace(self, cards=cards, claims=by_pin) if cards else None


@dataclass(frozen=True)
class Kept:
    """Leases of one person: what a reload of the page must not lose."""

    claimed: set[str] = field(default_factory=set)
    """Of the pins that came into their hands with a group; the others may be on the page Review, too."""
    out: set[str] = field(default_factory=set)
    """Of those that were taken out of one."""


class BulkDesk:
    """What one browser works on at the bulk page."""

    def __init__(
        self, queue: ReviewQueue, annotator: str, kept: Kept | None = None, *, wanted: int = 1
    ) -> None:
        """`kept` lasts longer than this object; `wanted` answers are asked for about each pin."""
        self._queue, self.annotator, self._wanted = queue, annotator, wanted
        self._kept = kept or Kept()
        self.group: Group | None = None
        self.notice: Notice | None = None
        self.shows_guideline = False
        self._passed: set[str] = set()
        self._answered: list[Group] = []
        self._shown = 0.0
        self._acted = time.monotonic()
        self._lock = threading.RLock()

    @property
    def taken_out(self) -> set[str]:
        """The pins of the group that are not answered with it."""
        claims = {} if self.group is None else self.group.claims
        return {pin_id for pin_id, claimed in claims.items() if claimed.lease in self._kept.out}

    def open(self, shelf: PinShelf, evidence: EvidenceShelf | None) -> Group | None:
        """Return the group to be shown, claimed now where there is none; None where none is left.

        Raises ReviewError where the annotator may not answer.
        """
        with self._lock:
            if self.group is None:
                self.group = self._claim(shelf, evidence)
                self._shown = time.monotonic()
            return self.group

    def look_ahead(self, shelf: PinShelf, evidence: EvidenceShelf | None) -> None:
        """Find what the next group will need while this one is looked at."""
        shown = () if self.group is None else self.group.claims
        next(self._candidates(shelf, evidence, shown), None)

    def renew(self) -> None:
        """Keep the pins for another lease time, unless the page was left alone; those that are in other
        hands by now, or were answered on another page, leave the group."""
        with self._lock:
            if self.group is None or time.monotonic() - self._acted > IDLE_SECONDS:
                return
            held = {claimed.lease for claimed in self._queue.held(self.annotator)}
            claims = [claimed for claimed in self.group.claims.values() if claimed.lease in held]
            self.group = self.group.only(claims)

    def toggle(self, pin_id: str) -> None:
        """Take a pin out of the group, or put it back."""
        with self._lock:
            if self.group is not None:
                self._acted = time.monotonic()
                self._kept.out.symmetric_difference_update({self.group.claims[pin_id].lease})

    def answer(self, label: str, first: str) -> None:
        """Answer all that were not taken out; `first` is the lease of the group that was shown."""
        with self._lock:
            group = self.group
            if group is None or group.first != first:
                return
            self._acted = time.monotonic()
            seconds, taken_out = self._acted - self._shown, self.taken_out
            chosen = [group.claims[c.pin_id] for c in group.cards if c.pin_id not in taken_out]
            if seconds < self._queue.min_seconds * max(1, len(chosen) / AT_A_GLANCE):
                self.notice = Notice(text="That was too quick to have been seen.")
                return
            outcomes: Counter[Outcome] = Counter()
            try:
                for claimed in chosen:
                    outcomes[self._queue.submit(claimed, label, seconds=seconds)] += 1
            except ReviewError as error:  # they may not answer any more
                self.notice = Notice(text=str(error), is_warning=True)
                self._close(group)
                return
            self._close(group)
            self._answered = [*self._answered, group][-UNDOABLE:]
            said = [f"{outcomes[Outcome.ACCEPTED]} answered as {label}."]
            if outcomes[Outcome.REPLAYED]:
                said.append(f"{outcomes[Outcome.REPLAYED]} had been answered already.")
            if outcomes[Outcome.LOST]:
                said.append(f"{outcomes[Outcome.LOST]} went to someone else: time was up.")
            self.notice = Notice(text=" ".join(said))

    def pass_over(self) -> None:
        """Leave the group to others."""
        with self._lock:
            if self.group is not None:
                self._close(self.group)

    def undo(self) -> None:
        """Take back the group that was answered last, which is shown again; before the first of this
        desk, the last of one's answers, one by one."""
        with self._lock:
            self._acted = time.monotonic()
            try:
                said = self._undo_group() if self._answered else self._undo_one()
            except ReviewError as error:
                self.notice = Notice(text=str(error), is_warning=True)
                return
            self.notice = Notice(text=said)

    def _undo_group(self) -> str:
        group = self._answered.pop()
        leases = [claimed.lease for claimed in group.claims.values()]
        again = self._queue.undo_leases(self.annotator, leases)
        if not again:
            return "None of the last group can be taken back any more."
        if self.group is not None:
            self._put_back(self.group.claims)
        self.group = group.only(again)
        self._kept.claimed.update(claimed.lease for claimed in again)
        self._shown = time.monotonic()
        return f"Taken back: {len(again)}. Decide on them again."

    def _undo_one(self) -> str:
        claimed = self._queue.undo(self.annotator)
        if claimed is None:
            return "There is nothing left to take back."
        return f"Taken back: {claimed.pin_id}. It waits for you on the page Review."

    def take_notice(self) -> Notice | None:
        """Return what is to be said, once."""
        notice, self.notice = self.notice, None
        return notice

    def _close(self, group: Group) -> None:
        self._passed |= {card.pin_id for card in group.cards}
        self._put_back(group.claims)
        self.group = None

    def _put_back(self, claims: Mapping[str, Claimed]) -> None:
        leases = {claimed.lease for claimed in claims.values()}
        self._queue.release(self.annotator, leases & self._kept.claimed)
        self._kept.claimed.difference_update(leases)
        self._kept.out.difference_update(leases)

    def _claim(self, shelf: PinShelf, evidence: EvidenceShelf | None) -> Group | None:
        held = {claimed.lease for claimed in self._queue.held(self.annotator)} - self._kept.claimed
        for cards in self._candidates(shelf, evidence):
            ids = [card.pin_id for card in cards]
            claimed = self._queue.claim_pins(self.annotator, ids, unasked_wanted=self._wanted)
            claims = {one.pin_id: one for one in claimed}
            self._kept.claimed.update({one.lease for one in claimed} - held)
            if cards[0].pin_id in claims:
                kept = tuple(card for card in cards if card.pin_id in claims)
                suggested = _suggested(kept, evidence)
                return Group(cards=kept, claims=claims, suggested=suggested)
            self._put_back(claims)  # without the first they need not look alike
        return None

    def _candidates(
        self, shelf: PinShelf, evidence: EvidenceShelf | None, shown: Collection[str] = ()
    ) -> Iterator[list[PinCard]]:
        """Yield groups of a pin of the queue and others of the collection, full ones by what that pin
        is worth, then the largest; another only where the one before could not be claimed: somebody
        was quicker."""
        over = self._passed | set(shown)
        free = self._queue.free_pins(self.annotator, SEEDS + len(over))
        ids = [id for id in free if id not in over][:SEEDS]
        smaller = []
        for seed in shelf.cards(ids).values():
            group = [seed, *self._look_alikes(seed, evidence)]
            if len(group) == GROUP:
                yield group
            else:
                smaller.append(group)
        yield from sorted(smaller, key=len, reverse=True)

    def _look_alikes(self, seed: PinCard, evidence: EvidenceShelf | None) -> list[PinCard]:
        """Return the pins most like one that the annotator can have, likest first."""
        if evidence is None:
            return []
        alike = evidence.look_alikes(seed, LOOKED_AT, LEAST_COSINE)
        open_to = self._queue.askable(self.annotator, {card.pin_id for card in alike})
        open_to -= self._passed
        return [c for c in alike if c.pin_id in open_to and c.split not in HELD_OUT][: GROUP - 1]


def _suggested(cards: tuple[PinCard, ...], evidence: EvidenceShelf | None) -> str | None:
    if evidence is None:
        return None
    try:
        labels = Counter(evidence.label(card) for card in cards)
    except LabelingError:  # what the run left was deleted meanwhile
        return None
    [(label, _)] = labels.most_common(1)
    return None if label == NO_LABEL else label
