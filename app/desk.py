"""An annotator's desk: the pins they hold, what they just did, what is to be said about it."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from labeling.errors import ReviewError
from labeling.review.claiming import Claimed, Outcome, Progress, ReviewQueue
from labeling.review.own_answers import OwnAnswer

HELD = 3
"""Pins in one's hands: the one that is shown, and the next, whose pictures are loaded already."""
PROGRESS_SECONDS = 5.0
"""How old the counts of the whole queue may be."""
HEARD_SECONDS = 60.0
"""How old what others say of one's answers may be."""
IDLE_SECONDS = 1800.0
"""A page on which nothing was done for so long no longer keeps its pins from others."""


@dataclass(frozen=True, kw_only=True)
class Done:
    """What was done with a pin."""

    claimed: Claimed
    label: str | None
    """None for a skip or a flag."""
    verb: str
    """answered, skipped or flagged."""


@dataclass(frozen=True, kw_only=True)
class Notice:
    """Something the annotator should know."""

    text: str
    is_warning: bool = False


@dataclass(frozen=True, kw_only=True)
class Heard:
    """What others say of an annotator's answers."""

    agreement: float | None = None
    """The share that was agreed on, if known."""
    overruled: Sequence[OwnAnswer] = ()


class Desk:
    """What one browser works on. Runs of its page may overlap, so every action takes the lock; that
    nothing is answered twice is up to the queue."""

    def __init__(self, queue: ReviewQueue, annotator: str, listen: Callable[[], Heard]) -> None:
        """`listen` returns what others say of one's answers."""
        self.queue, self.annotator = queue, annotator
        self._listen = listen
        self._heard: tuple[Heard, float] | None = None
        self.hand: list[Claimed] = []
        self.last: Done | None = None
        self.notice: Notice | None = None
        self.closed: str | None = None
        """Why there is nothing more for this annotator; None where there may be."""
        self.is_flagging = False
        self.shows_guideline = False
        self._shown: dict[str, float] = {}
        self._progress: tuple[Progress, float] | None = None
        self._acted = time.monotonic()
        self._lock = threading.RLock()

    def fill(self) -> None:
        """Claim pins until the hand is full or nothing is left."""
        with self._lock:
            try:
                claimed = {c.lease: c for c in self.queue.claim(self.annotator, HELD)}
            except ReviewError as error:
                self.hand, self.closed = [], str(error)
                return
            # the pin that is shown stays first, whatever has come into the queue
            kept = [claimed.pop(c.lease) for c in self.hand if c.lease in claimed]
            self.hand, self.closed = [*kept, *claimed.values()], None

    def show(self) -> Claimed | None:
        """Return the pin to be shown; its time begins when it is first asked for."""
        with self._lock:
            if not self.hand:
                self.fill()
            if not self.hand:
                return None
            self._shown.setdefault(self.hand[0].lease, time.monotonic())
            return self.hand[0]

    def answer(self, lease: str, label: str) -> None:
        """Answer the pin that was shown under a lease."""
        self._finish(lease, label, "answered", lambda c, s: self.queue.submit(c, label, seconds=s))

    def skip(self, lease: str) -> None:
        """Leave the pin to others."""
        self._finish(lease, None, "skipped", lambda c, s: self.queue.skip(c, seconds=s))

    def flag(self, lease: str, comment: str) -> None:
        """Hand the pin to a reviewer."""
        if not comment.strip():
            self.notice = Notice(text="Say what is wrong with it, so that a reviewer can tell.")
            return
        self._finish(
            lease, None, "flagged", lambda c, s: self.queue.flag(c, comment.strip(), seconds=s)
        )

    def undo(self) -> None:
        """Take back the last thing done."""
        with self._lock:
            self._acted = time.monotonic()
            self.is_flagging = False
            try:
                claimed = self.queue.undo(self.annotator)
            except ReviewError as error:
                self.notice = Notice(text=str(error), is_warning=True)
                return
            if claimed is None:
                self.notice = Notice(text="There is nothing left to take back.")
                return
            said = "Taken back: decide on it again."
            if self.last is not None and self.last.claimed.pin_id != claimed.pin_id:
                said = f"The last one cannot be taken back any more; this is one before it. {said}"
            self.hand = [claimed, *(c for c in self.hand if c.slot_id != claimed.slot_id)]
            self.last, self._progress = None, None
            self.notice = Notice(text=said)

    def renew(self) -> float:
        """Keep the pins for another lease time, unless the page was left alone; return the seconds
        that are left of the pin shown."""
        with self._lock:
            if self.hand and time.monotonic() - self._acted < IDLE_SECONDS:
                self.fill()  # renews what is held
            return self.seconds_left()

    def seconds_left(self) -> float:
        """Return how long the pin shown is still theirs for sure."""
        if not self.hand:
            return 0.0
        return max(0.0, (self.hand[0].expires_at - datetime.now(UTC)).total_seconds())

    def progress(self) -> Progress:
        """Return how far the queue is, as it was last counted."""
        with self._lock:
            if self._progress is None:
                self.count()
            assert self._progress is not None
            return self._progress[0]

    def heard(self) -> Heard:
        """Return what others say of one's answers, as it was last heard."""
        with self._lock:
            if self._heard is None:
                self.count()
            assert self._heard is not None
            return self._heard[0]

    def count(self) -> None:
        """Count anew what was counted some time ago: nobody waits for it where the pin is drawn."""
        with self._lock:
            now = time.monotonic()
            if self._progress is None or now - self._progress[1] > PROGRESS_SECONDS:
                self._progress = (self.queue.progress(self.annotator), now)
            if self._heard is None or now - self._heard[1] > HEARD_SECONDS:
                self._heard = (self._listen(), now)

    def take_notice(self) -> Notice | None:
        """Return what is to be said, once."""
        notice, self.notice = self.notice, None
        return notice

    def _finish(
        self,
        lease: str,
        label: str | None,
        verb: str,
        act: Callable[[Claimed, float], Outcome],
    ) -> None:
        with self._lock:
            self._acted = time.monotonic()
            claimed = next((c for c in self.hand if c.lease == lease), None)
            if claimed is None:
                return  # a key that was pressed on a pin which is gone from the page already
            seconds = time.monotonic() - self._shown.get(lease, 0.0)
            try:
                outcome = act(claimed, seconds)
            except ReviewError as error:  # they may not answer any more
                self.hand, self.closed = [], str(error)
                return
            if outcome is Outcome.TOO_FAST:
                self.notice = Notice(text="That was too quick to have been read. Press it again.")
                return
            self.hand = [c for c in self.hand if c.lease != lease]
            self._shown.pop(lease, None)
            self.is_flagging = False
            if outcome is Outcome.ACCEPTED:
                self.last = Done(claimed=claimed, label=label, verb=verb)
                self._count(verb)
            elif outcome is Outcome.REPLAYED:
                self.notice = Notice(text="You had answered that one already, in another window.")
            else:
                kept = f" Your choice, {label}, is kept aside and not counted." if label else ""
                self.notice = Notice(
                    text=f"Your time for that pin had run out and someone else has it now.{kept}",
                    is_warning=True,
                )

    def _count(self, verb: str) -> None:
        """Bring the counts up to date without asking for them."""
        if self._progress is not None and verb != "skipped":
            known, at = self._progress
            counted = Progress(
                open=max(known.open - 1, 0),
                done=known.done + 1,
                today=known.today + 1,
                budget=known.budget,
            )
            self._progress = (counted, at)
