"""Judged annotations -> slots, answers and the trail: each once, edits and deletions followed."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from labeling.label_studio.handing import LABEL_STUDIO
from labeling.label_studio.judging import STANDS, Author, Court, Ruling, Verdict, last_of_each
from labeling.label_studio.projects import Project
from labeling.label_studio.server import Annotation
from labeling.review import elsewhere
from labeling.tables import LabelStudioProjectRow as ProjectRow
from labeling.tables import LabelStudioTrailRow as TrailRow


@dataclass(frozen=True, kw_only=True)
class Change:
    """What became of an annotation now."""

    task_id: int
    verdict: Verdict
    why: str
    undone: int
    """Answers that were taken back for it."""


@dataclass(frozen=True, kw_only=True)
class Recorder:
    """Records the annotations of a project, as one listing of the server told them."""

    project: Project
    court: Court
    listed_at: datetime
    """When the listing began. What another pull saw since is newer, and left alone."""
    now: datetime

    def record(self, session: Session, tasks: Mapping[int, Iterable[Annotation]]) -> list[Change]:
        """Record review task -> its annotations, and return what changed.

        Another pull waits until the transaction ends.
        """
        session.execute(
            select(ProjectRow.id).where(ProjectRow.id == self.project.id).with_for_update()
        )
        history = self._history(session, tasks)
        changes = []
        for task_id, told in tasks.items():
            changes += self._record(session, task_id, told, history.get(task_id, {}))
        return changes

    def _history(
        self, session: Session, tasks: Iterable[int]
    ) -> dict[int, dict[int, list[TrailRow]]]:
        """Return review task -> annotation -> its trail, oldest first."""
        found: dict[int, dict[int, list[TrailRow]]] = {}
        rows = session.scalars(
            select(TrailRow)
            .where(TrailRow.project_id == self.project.id, TrailRow.task_id.in_(list(tasks)))
            .order_by(TrailRow.revision)
        )
        for row in rows:
            found.setdefault(row.task_id, {}).setdefault(row.annotation, []).append(row)
        return found

    def _record(
        self,
        session: Session,
        task_id: int,
        told: Iterable[Annotation],
        trails: dict[int, list[TrailRow]],
    ) -> list[Change]:
        first = {id: _first_author(trail) for id, trail in trails.items()}
        judged = last_of_each([self.court.judge(one, first.get(one.id)) for one in told])
        news = [one for one in judged if self._is_news(session, task_id, one, trails)]
        seen = {one.annotation.id for one in judged}
        gone = [
            trail
            for id, trail in trails.items()
            if id not in seen and trail[-1].verdict != Verdict.DELETED and self._is_old(trail)
        ]
        # what ends comes first: it frees the slot that an answer takes
        changes = [self._delete(session, trail) for trail in gone]
        news.sort(key=lambda one: one.verdict in STANDS)
        return changes + [
            self._add(session, task_id, one, trails.get(one.annotation.id, [])) for one in news
        ]

    def _is_old(self, trail: list[TrailRow]) -> bool:
        return trail[-1].seen_at <= self.listed_at

    def _is_news(
        self, session: Session, task_id: int, one: Ruling, trails: dict[int, list[TrailRow]]
    ) -> bool:
        trail = trails.get(one.annotation.id)
        if trail is None:
            return True
        last = trail[-1]
        if not self._is_old(trail):
            return False
        is_theirs = last.author_id in (None, one.annotation.author)
        if is_theirs and (last.author, last.label) == (one.author, one.label):
            if last.verdict == Verdict.LATE and one.verdict == Verdict.TAKEN:
                return elsewhere.has_room(session, task_id, LABEL_STUDIO, one.annotator)
            if last.verdict == Verdict.TAKEN and one.verdict == Verdict.UNTRUSTED:
                return False  # someone touched it since and left what its author said
            return last.verdict != one.verdict or last.sender != one.sender
        return True

    def _add(self, session: Session, task_id: int, one: Ruling, trail: list[TrailRow]) -> Change:
        undone = 0
        for answer_id in self._ended_by(session, task_id, one, trail):
            undone += elsewhere.take_back(session, answer_id, self.now)
        revision = len(trail) + 1
        recorded = self._answer(session, task_id, one, revision)
        verdict = one.verdict
        if recorded is not None and recorded.is_late:
            verdict = Verdict.LATE
        session.add(
            TrailRow(
                project_id=self.project.id,
                task_id=task_id,
                annotation=one.annotation.id,
                revision=revision,
                author=one.author,
                author_id=one.annotation.author,
                sender=one.sender,
                label=one.label,
                verdict=verdict,
                answer_id=None if recorded is None else recorded.answer_id,
                written_at=one.annotation.written_at,
                seen_at=self.now,
            )
        )
        return Change(task_id=task_id, verdict=verdict, why=one.why, undone=undone)

    def _ended_by(
        self, session: Session, task_id: int, one: Ruling, trail: list[TrailRow]
    ) -> list[int]:
        """Return the answers that end where an annotation becomes what it is now.

        What its author said stands when someone else writes over it.
        """
        if one.verdict == Verdict.UNTRUSTED:
            trail = [row for row in trail if row.verdict == Verdict.UNTRUSTED]
        ended = [row.answer_id for row in trail if row.answer_id is not None]
        if one.verdict in STANDS:
            ended += elsewhere.standing(session, task_id, LABEL_STUDIO, one.annotator)
        return list(dict.fromkeys(ended))

    def _answer(
        self, session: Session, task_id: int, one: Ruling, revision: int
    ) -> elsewhere.Recorded | None:
        kinds = {Verdict.TAKEN: "answer", Verdict.SKIPPED: "skip", Verdict.UNTRUSTED: "flag"}
        kind = kinds.get(one.verdict)
        if kind is None:
            return None
        comment = None
        if kind == "flag":
            comment = f"Label Studio: {one.label or 'a skip'} is not trusted: {one.why}."
        annotation = one.annotation
        return elsewhere.record(
            session,
            elsewhere.Given(
                channel=LABEL_STUDIO,
                submission=f"label-studio-{self.project.id}-{annotation.id}-{revision}",
                task_id=task_id,
                annotator=one.annotator,
                kind=kind,
                label=one.label if kind == "answer" else None,
                comment=comment,
                seconds=annotation.seconds,
                at=annotation.written_at,
            ),
        )

    def _delete(self, session: Session, trail: list[TrailRow]) -> Change:
        last = trail[-1]
        answers = [row.answer_id for row in trail if row.answer_id is not None]
        undone = sum(elsewhere.take_back(session, id, self.now) for id in answers)
        session.add(
            TrailRow(
                project_id=self.project.id,
                task_id=last.task_id,
                annotation=last.annotation,
                revision=len(trail) + 1,
                author=last.author,
                author_id=last.author_id,
                sender=None,
                label=None,
                verdict=Verdict.DELETED,
                answer_id=None,
                written_at=None,
                seen_at=self.now,
            )
        )
        return Change(task_id=last.task_id, verdict=Verdict.DELETED, why="", undone=undone)


def _first_author(trail: list[TrailRow]) -> Author | None:
    """Return whom an annotation named when it was first seen."""
    email = trail[0].author
    return None if email is None else Author(email=email, user=trail[0].author_id)
