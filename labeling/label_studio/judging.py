"""Whose word an annotation is: judged by what the server itself notes, not by what a request says.

A request can name anyone as an annotation's author (`completed_by`), but whose request wrote it last
(`updated_by`) the server notes itself, at each change. So an annotation is its author's word where
both are the same; where they differ someone wrote in another's name, and an imported one has no
sender at all.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from enum import StrEnum

from labeling.label_studio.asking import chosen
from labeling.label_studio.server import Annotation
from labeling.review.people import Person
from labeling.signals import Signal


class Verdict(StrEnum):
    """What becomes of an annotation."""

    TAKEN = "taken"
    """An answer."""
    SKIPPED = "skipped"
    LATE = "late"
    """Kept and not counted: no answer was wanted of them any more."""
    SUPERSEDED = "superseded"
    """The same person answered the same pin again."""
    UNTRUSTED = "untrusted"
    """Not written by the author it names: a reviewer is told."""
    NO_ANNOTATOR = "no annotator"
    """The author may not answer here: nobody of that name, not active, or not for this signal."""
    NO_CLASS = "no class"
    """It does not say one class of the signal."""
    DELETED = "deleted"


STANDS = (Verdict.TAKEN, Verdict.SKIPPED)
"""Of several annotations of one person on one pin only the last can be one of these."""

NOBODY = "label-studio"
"""Flags an imported annotation: no user's request wrote it."""


@dataclass(frozen=True, kw_only=True)
class Author:
    """Whom an annotation named when it was first seen."""

    email: str
    user: int | None
    """Their number on the server, which stays where the address changes; None: it was not noted."""


@dataclass(frozen=True, kw_only=True)
class Ruling:
    """An annotation with all that decides about it."""

    annotation: Annotation
    verdict: Verdict
    author: str | None
    """E-mail addresses: of whom it names,"""
    sender: str | None
    """and of who wrote it last."""
    label: str | None
    """What it says; several classes with a bar between them."""
    annotator: str
    """The name that an answer is recorded under."""
    why: str = ""


@dataclass(frozen=True, kw_only=True)
class Court:
    """What judging needs to know."""

    signal: Signal
    users: Mapping[int, str]
    """User of the server -> e-mail address."""
    members: Mapping[str, Person]
    """E-mail address -> annotator; annotators are named by it."""

    def judge(self, annotation: Annotation, first: Author | None) -> Ruling:
        """Return what becomes of an annotation; `first` is whom it named when it was first seen, None
        for a new one."""
        author = self._author(annotation, first)
        is_own = annotation.sender == annotation.author
        sender = author if is_own else self._email(annotation.sender)
        names = chosen(annotation.result)
        verdict, why = self._verdict(annotation, author, sender, first, names)
        said_by = sender if verdict == Verdict.UNTRUSTED else author
        known = self.members.get(said_by or "")
        return Ruling(
            annotation=annotation,
            verdict=verdict,
            author=author,
            sender=sender,
            label="|".join(names) or None,
            annotator=known.name if known else said_by or NOBODY,
            why=why,
        )

    def _email(self, user: int | None) -> str | None:
        return None if user is None else self.users.get(user, f"user {user}")

    def _author(self, annotation: Annotation, first: Author | None) -> str | None:
        """Return the address of whom an annotation names. Who has another one since stays who they were
        while that one may answer here, so that what they said is no news."""
        now = self._email(annotation.author)
        if now is None or first is None or first.user != annotation.author:
            return now
        return now if self._why_not(first.email) else first.email

    def _why_not(self, email: str) -> str:
        """Return why somebody may not answer; nothing where they may."""
        member = self.members.get(email)
        if member is None:
            return f"no annotator is named {email}"
        if not member.is_active:
            return f"{email} is not active any more"
        if member.signals is not None and self.signal.name not in member.signals:
            return f"{email} may not answer {self.signal.name}"
        return ""

    def _verdict(
        self,
        annotation: Annotation,
        author: str | None,
        sender: str | None,
        first: Author | None,
        names: list[str],
    ) -> tuple[Verdict, str]:
        if author is None:
            return Verdict.NO_ANNOTATOR, "it names no author"
        if first is not None and not _is_same(annotation, author, first):
            return Verdict.UNTRUSTED, f"{sender} changed its author from {first.email} to {author}"
        if sender is None:
            return Verdict.UNTRUSTED, f"it was imported in the name of {author}"
        if annotation.sender != annotation.author:
            return Verdict.UNTRUSTED, f"{sender} wrote it in the name of {author}"
        if why_not := self._why_not(author):
            return Verdict.NO_ANNOTATOR, why_not
        if annotation.is_skip:
            return Verdict.SKIPPED, ""
        if len(names) != 1 or names[0] not in self.signal.classes:
            said = " and ".join(repr(name) for name in names) or "nothing"
            return Verdict.NO_CLASS, f"{author} said {said}"
        return Verdict.TAKEN, ""


def last_of_each(judged: list[Ruling]) -> list[Ruling]:
    """Return the annotations of one pin with all but the last of each person superseded."""
    last: dict[int | None, Ruling] = {}
    for one in judged:
        if one.verdict in STANDS:
            known = last.get(one.annotation.author)
            if known is None or _when(one) > _when(known):
                last[one.annotation.author] = one
    kept = {one.annotation.id for one in last.values()}
    return [
        one
        if one.verdict not in STANDS or one.annotation.id in kept
        else replace(one, verdict=Verdict.SUPERSEDED)
        for one in judged
    ]


def _is_same(annotation: Annotation, author: str, first: Author) -> bool:
    """Return whether an annotation still names whom it named first."""
    if first.user is None:
        return author == first.email
    return annotation.author == first.user


def _when(judged: Ruling) -> tuple[object, int]:
    return judged.annotation.written_at, judged.annotation.id
