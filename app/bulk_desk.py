"""A desk for pins that look alike: they are claimed together, and one key answers them all."""

from __future__ import annotations

import threading
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass

from desk import Notice

from labeling.errors import LabelingError, ReviewError
from labeling.pin_cards import PinCard, PinShelf
from labeling.pin_evidence import EvidenceShelf
from labeling.review.claiming import Claimed, Outcome, ReviewQueue
from labeling.signals import NO_LABEL

GROUP = 10
"""Pins of a group: as many as can be taken back."""
LEAST_COSINE = 0.55
"""Mean of text and image: below, pins do not look alike."""
ENOUGH = 3
"""Pins that make it worth to answer them together; fewer are shown when there is no such group."""
LOOKED_AT = 20_000
"""Pins free to the annotator among which look-alikes are sought, those worth most."""
SEEDS = 25
"""Pins whose look-alikes are sought, those worth most."""


@dataclass(frozen=True, kw_only=True)
class Group:
    """Pins that look alike, in the hands of one annotator."""

    cards: tuple[PinCard, ...]
    claims: dict[str, Claimed]
    """By pin id."""
    suggested: str | None
    """The class that the label model gives to most of them; None where it gives none."""
    leases: frozenset[str]
    """Of those that came into their hands with the group; the others may be on the page Review, too."""


class BulkDesk:
    """What one browser works on at the bulk page."""

    def __init__(self, queue: ReviewQueue, annotator: str) -> None:
        self._queue, self.annotator = queue, annotator
        self.group: Group | None = None
        self.taken_out: set[str] = set()
        self.notice: Notice | None = None
        self._passed: set[str] = set()
        self._shown = 0.0
        self._lock = threading.RLock()

    def open(self, shelf: PinShelf, evidence: EvidenceShelf | None) -> Group | None:
        """Return the group to be shown, claimed now where there is none; None where none is left.

        Raises ReviewError where the annotator may not answer.
        """
        with self._lock:
            if self.group is None:
                self.group = self._claim(shelf, evidence)
                self.taken_out, self._shown = set(), time.monotonic()
            return self.group

    def toggle(self, pin_id: str) -> None:
        """Take a pin out of the group, or put it back."""
        self.taken_out ^= {pin_id}

    def answer(self, label: str, first: str) -> None:
        """Answer all that were not taken out; `first` is the lease of the group that was shown."""
        with self._lock:
            group = self.group
            if group is None or next(iter(group.claims.values())).lease != first:
                return
            seconds = time.monotonic() - self._shown
            outcomes: Counter[Outcome] = Counter()
            for card in group.cards:
                if card.pin_id not in self.taken_out:
                    claimed = group.claims[card.pin_id]
                    outcomes[self._queue.submit(claimed, label, seconds=seconds)] += 1
                    if Outcome.TOO_FAST in outcomes:
                        self.notice = Notice(text="That was too quick to have been seen.")
                        return
            self._close(group)
            lost = outcomes[Outcome.LOST] + outcomes[Outcome.REPLAYED]
            others = f" {lost} had been answered already." if lost else ""
            count = outcomes[Outcome.ACCEPTED]
            self.notice = Notice(text=f"{count} answered as {label}.{others}")

    def pass_over(self) -> None:
        """Leave the group to others."""
        with self._lock:
            if self.group is not None:
                self._close(self.group)

    def undo(self) -> None:
        """Take back the last of one's answers, one by one."""
        try:
            claimed = self._queue.undo(self.annotator)
        except ReviewError as error:
            self.notice = Notice(text=str(error), is_warning=True)
            return
        text = "There is nothing left to take back."
        if claimed is not None:
            text = f"Taken back: {claimed.pin_id}. It waits for you on the page Review."
        self.notice = Notice(text=text)

    def take_notice(self) -> Notice | None:
        """Return what is to be said, once."""
        notice, self.notice = self.notice, None
        return notice

    def _close(self, group: Group) -> None:
        self._passed |= {card.pin_id for card in group.cards}
        self._queue.release(self.annotator, group.leases)
        self.group = None

    def _claim(self, shelf: PinShelf, evidence: EvidenceShelf | None) -> Group | None:
        held = {claimed.lease for claimed in self._queue.held(self.annotator)}
        for cards in self._candidates(shelf, evidence):
            claims = {
                claimed.pin_id: claimed
                for claimed in self._queue.claim_pins(self.annotator, [c.pin_id for c in cards])
            }
            leases = frozenset(claimed.lease for claimed in claims.values()) - held
            if cards[0].pin_id in claims:
                kept = tuple(card for card in cards if card.pin_id in claims)
                suggested = _suggested(kept, evidence)
                return Group(cards=kept, claims=claims, suggested=suggested, leases=leases)
            if claims:  # without the first they need not look alike
                self._queue.release(self.annotator, leases)
        return None

    def _candidates(
        self, shelf: PinShelf, evidence: EvidenceShelf | None
    ) -> Iterator[list[PinCard]]:
        """Yield groups of pins, those large enough first, by what they are worth; another only where
        the one before could not be claimed: somebody was quicker."""
        free = self._queue.free_pins(self.annotator, LOOKED_AT)
        ids = [id for id in free if id not in self._passed]
        shards, rows = shelf.places(ids)
        shards, rows = shards[shards >= 0], rows[shards >= 0]
        few = []
        for seed in shelf.cards(ids[:SEEDS]).values():
            alike: list[PinCard] = []
            if evidence is not None:
                alike = evidence.look_alikes(seed, shards, rows, GROUP - 1, LEAST_COSINE)
            group = [seed, *alike]
            if len(group) >= ENOUGH:
                yield group
            else:
                few.append(group)
        yield from few


def _suggested(cards: tuple[PinCard, ...], evidence: EvidenceShelf | None) -> str | None:
    if evidence is None:
        return None
    try:
        labels = Counter(evidence.label(card) for card in cards)
    except LabelingError:  # what the run left was deleted meanwhile
        return None
    [(label, _)] = labels.most_common(1)
    return None if label == NO_LABEL else label
