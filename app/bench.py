"""A reviewer's bench: the pins that wait for a decision, and those decided that can be decided anew."""

from __future__ import annotations

import secrets
import time
from collections import Counter, deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from labeling.database import Database
from labeling.errors import LabelingError
from labeling.review.adjudicating import DisputedTask, adjudicate, disputed_tasks, still_waits
from labeling.review.verdicts import REVIEW
from labeling.signals import NO_CLASS, NONE_FITS

FRESH_SECONDS = 30.0
"""How old the list of those that wait may be."""
UNDOABLE = 10
"""Decisions that can be made anew, the last first."""
HELD_SECONDS = 600.0
"""For so long others begin with another pin than the one that a reviewer has before them."""
PATIENCE = 3.0
"""Seconds to wait for answers to be compared, where there is nothing else to do."""

_held: dict[tuple[str, int], tuple[str, float]] = {}
"""(database, task) -> who has it before them, and until when. It only keeps reviewers apart: whose
decision counts is up to the database."""


@dataclass(frozen=True, kw_only=True)
class Decided:
    """What was decided on this bench."""

    task: DisputedTask
    label: str
    comment: str
    submission: str


class Bench:
    """What one reviewer has before them."""

    def __init__(
        self,
        database: Database,
        signal: str,
        collection: str,
        reviewer: str,
        settle: Callable[[float], bool],
    ) -> None:
        """`settle` brings the tasks to what the answers come to, waits for so many seconds at most, and
        returns whether it is done."""
        self.database, self.signal, self.collection = database, signal, collection
        self.reviewer, self._settle = reviewer, settle
        self.waiting: list[DisputedTask] = []
        self.is_settled = False
        self.shown: DisputedTask | None = None
        self.submission = ""
        """Of the decision on the pin that is shown; a second press of a key is known by it."""
        self.why: str | None = None
        """Only pins that are disputed for this are shown; None for all."""
        self.said = ""
        self.shows_guideline = False
        self._url = str(database.url)
        self._read_at = 0.0
        self._passed: dict[int, float] = {}
        self._decided: deque[Decided] = deque(maxlen=UNDOABLE)
        self._again: dict[int, Decided] = {}

    @property
    def kinds(self) -> Counter[str]:
        """Why pins wait -> how many."""
        return Counter(task.why for task in self.waiting)

    @property
    def standing(self) -> Decided | None:
        """The decision that stands until another is made on the pin that is shown."""
        return None if self.shown is None else self._again.get(self.shown.task_id)

    def show(self) -> DisputedTask | None:
        """Return the pin to be shown; None where none waits."""
        if not self.waiting or time.monotonic() - self._read_at > FRESH_SECONDS:
            self._read()
        chosen = self._first()
        if chosen is not None and self._is_held(chosen):
            self._read()  # whoever had it may have decided
            chosen = self._first()
        if chosen is None or self.shown is None or chosen.task_id != self.shown.task_id:
            self.submission = f"adjudication-{secrets.token_hex(16)}"
        self.shown = chosen
        if chosen is not None:
            _held[self._place(chosen)] = (self.reviewer, time.monotonic() + HELD_SECONDS)
        return chosen

    def choose(self, why: str | None) -> None:
        """Show only pins that are disputed for this, or all."""
        if why != self.why:
            self.why, self.shown = why, None

    def later(self) -> None:
        """Put the pin that is shown behind the others."""
        if self.shown is not None:
            self._passed[self.shown.task_id] = time.monotonic()
            _held.pop(self._place(self.shown), None)
        self.shown = None

    def decide(self, submission: str, label: str, comment: str, classes: Sequence[str]) -> None:
        """Decide on the pin that was shown when this was the submission."""
        task, standing = self.shown, self.standing
        if task is None or submission != self.submission:
            return
        after = standing.submission if standing else None
        if not still_waits(self.database, task.task_id, after=after):
            self.said = "Someone else had decided on that one already."
        else:
            try:
                adjudicate(
                    self.database,
                    task.task_id,
                    self.reviewer,
                    label,
                    comment or None,
                    submission=submission,
                    classes=classes,
                )
            except LabelingError as error:
                self.said = str(error)
                return
            self.said = f"Decided: {_said(label)}."
            made = Decided(task=task, label=label, comment=comment, submission=submission)
            self._decided.append(made)
        self._again.pop(task.task_id, None)
        self.waiting = [one for one in self.waiting if one.task_id != task.task_id]
        self.shown = None

    def undo(self) -> None:
        """Let the last pin decided here wait again; the decision stands until another is made."""
        if not self._decided:
            self.said = "There is nothing left to take back."
            return
        last = self._decided.pop()
        task, label = last.task, None if last.label == NO_CLASS else last.label
        if task.gold != label:
            last = replace(last, task=replace(task, gold=label, gold_source=REVIEW))
        self._again[task.task_id] = last
        self._passed.pop(task.task_id, None)
        self.waiting = [last.task, *(one for one in self.waiting if one.task_id != task.task_id)]
        self.shown = None

    def take_said(self) -> str:
        """Return what is to be said: what was done is said once."""
        said, self.said = self.said, ""
        standing = self.standing
        if standing is None or said:
            return said
        return f"{standing.task.pin_id} again: now {_said(standing.label)}, decide anew."

    def _read(self) -> None:
        self.is_settled = self._settle(0.0 if self.waiting else PATIENCE)
        again = [decided.task for decided in reversed(self._again.values())]
        found = disputed_tasks(self.database, self.signal, self.collection)
        self.waiting = [*again, *(task for task in found if task.task_id not in self._again)]
        self._read_at = time.monotonic()

    def _first(self) -> DisputedTask | None:
        if self.why not in self.kinds:
            self.why = None
        wanted = (t for t in self.waiting if self.why in (None, t.why) or t.task_id in self._again)
        return min(wanted, key=self._rank, default=None)

    def _rank(self, task: DisputedTask) -> tuple[bool, float, bool, bool]:
        """Return what goes first: the pin that is shown already, those not left for later, those taken
        back, and those that nobody else has before them."""
        is_shown = self.shown is not None and task.task_id == self.shown.task_id
        passed = self._passed.get(task.task_id, 0.0)
        return not is_shown, passed, task.task_id not in self._again, self._is_held(task)

    def _is_held(self, task: DisputedTask) -> bool:
        holder, until = _held.get(self._place(task), (self.reviewer, 0.0))
        return holder != self.reviewer and time.monotonic() < until

    def _place(self, task: DisputedTask) -> tuple[str, int]:
        return self._url, task.task_id


def _said(label: str) -> str:
    """Return a decision in words."""
    return NONE_FITS.lower() if label == NO_CLASS else label
