"""People: who may sign in, what their role lets them do, what they are asked."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Literal, get_args

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from labeling.database import Database
from labeling.errors import PersonError
from labeling.tables import AnnotatorRow

Role = Literal["annotator", "reviewer", "engineer", "admin"]
ROLES: tuple[Role, ...] = get_args(Role)
"""Each may do what those before it may."""
MAX_NAME = 128
ROOM = 8
"""Characters of a name for what tells those of the same name apart."""
AT = re.compile("[@\ufe6b\uff20]")
"""In small and in full width, too."""


@dataclass(frozen=True, kw_only=True)
class Person:
    """Someone who answers, and what they may do."""

    name: str
    role: Role = "annotator"
    daily_budget: int | None = None
    """Answers a day; None for as many as there are."""
    signals: tuple[str, ...] | None = None
    """The signals they may answer; None for all."""
    is_active: bool = True
    signs_in: bool = False
    """Whether an identity provider vouches for them."""

    def may(self, role: Role) -> bool:
        """Whether they may do what a role may."""
        return ROLES.index(self.role) >= ROLES.index(role)

    def may_answer(self, signal: str) -> bool:
        """Whether they are asked about a signal."""
        return self.signals is None or signal in self.signals


@dataclass(frozen=True, kw_only=True)
class Identity:
    """Who an identity provider says that someone is."""

    issuer: str
    subject: str
    name: str
    email: str | None = None
    """In lower case; only where the provider has verified it."""

    @property
    def key(self) -> str:
        """Issuer and subject: the same person for ever, whatever their name or address is."""
        return f"{self.issuer.rstrip('/')}#{self.subject}"


def list_people(database: Database, *, active_only: bool = False) -> list[Person]:
    """Return all people by name."""
    with database.reading() as session:
        rows = session.scalars(select(AnnotatorRow).order_by(AnnotatorRow.name)).all()
        return [_person(row) for row in rows if row.is_active or not active_only]


def people_by_name(database: Database) -> dict[str, Person]:
    """Return all people, name -> person."""
    return {person.name: person for person in list_people(database)}


def sign_in(
    database: Database,
    name: str,
    identity: Identity | None = None,
    *,
    admins: Sequence[str] = (),
) -> Person:
    """Return the person, made on the first visit: an annotator; the very first one, or one whose
    verified address is among `admins`, an admin. Who types a known name in another case is that person.

    With an identity the person is who the provider says, and goes by their verified address, else by
    their name without any @. Someone whom an admin added under their verified address is linked to it.
    Raises PersonError for a name that cannot be one, that belongs to someone who signs in, or of
    someone who was deactivated.
    """
    with database.writing() as session:
        row = _known(session, _checked(name), identity)
        if row is None:
            row = _new(session, _checked(name), identity)
        if identity is not None and identity.email in [address.lower() for address in admins]:
            row.role = "admin"
        person = _person(row)
    if not person.is_active:
        raise PersonError(f"{person.name} was deactivated; ask an admin to let you in again.")
    return person


def add_person(
    database: Database,
    name: str,
    *,
    role: Role | None = None,
    daily_budget: int | None = None,
    signals: Sequence[str] | None = None,
) -> Person:
    """Return a person added by an admin, or changed where the name is known; what is None stays as
    it is. A budget of 0 lifts the limit, and no signals at all means every one.

    Raises PersonError for a name that cannot be one, or that is another's but for its case.
    """
    with database.writing() as session:
        row = _by_name(session, _checked(name))
        if row is None:
            if (alike := _in_any_case(session, _checked(name))) is not None:
                raise PersonError(
                    f"There is {alike.name} already, who differs from {_checked(name)} only in case; "
                    f"change {alike.name}, or choose another name."
                )
            row = _row(session, _checked(name), "annotator")
        row.is_active = True
        if role is not None:
            row.role = _role(role)
        if daily_budget is not None:
            row.daily_budget = daily_budget or None
        if signals is not None:
            row.signals = list(signals) or None
        session.flush()
        return _person(row)


def deactivate(database: Database, name: str) -> Person:
    """Return the person, who may no longer sign in or answer; their answers stay."""
    with database.writing() as session:
        row = _by_name(session, name)
        if row is None:
            raise PersonError(f"There is no annotator {name!r}; see `labeling annotators`.")
        row.is_active = False
        return _person(row)


def _known(session: Session, name: str, identity: Identity | None) -> AnnotatorRow | None:
    if identity is None:
        row = _in_any_case(session, name)
        if row is not None and row.subject is not None:
            raise PersonError(f"{row.name} signs in at the identity provider; choose another name.")
        return row
    row = session.scalar(select(AnnotatorRow).where(AnnotatorRow.subject == identity.key))
    if row is None and identity.email is not None:
        row = _by_name(session, identity.email)
        if row is None or row.subject is not None:
            return None
        row.subject = identity.key
    return row


def _new(session: Session, name: str, identity: Identity | None) -> AnnotatorRow:
    anyone = session.scalar(select(AnnotatorRow.id).limit(1))
    if identity is None:
        return _row(session, name, "annotator" if anyone else "admin")
    said = _without_at(name)
    free, number = identity.email or said, 2
    while _in_any_case(session, free) is not None:
        free, number = f"{said} ({number})", number + 1
    row = _row(session, free, "annotator")
    row.subject = identity.key
    return row


def _row(session: Session, name: str, role: Role) -> AnnotatorRow:
    row = AnnotatorRow(name=name, role=role, is_active=True, created_at=datetime.now(UTC))
    session.add(row)
    session.flush()
    return row


def _by_name(session: Session, name: str) -> AnnotatorRow | None:
    """Return who has the name; an address is the same in any case, as its owner may write it so."""
    same = AnnotatorRow.name == name
    if "@" in name:
        same = func.lower(AnnotatorRow.name) == name.lower()
    return session.scalar(select(AnnotatorRow).where(same).order_by(AnnotatorRow.id))


def _in_any_case(session: Session, name: str) -> AnnotatorRow | None:
    """Return who has the name, else who has it in another case."""
    if (row := _by_name(session, name)) is not None:
        return row
    rows = session.scalars(select(AnnotatorRow).order_by(AnnotatorRow.id))
    # not in SQL: SQLite knows the case of ASCII letters only
    return next((row for row in rows if row.name.casefold() == name.casefold()), None)


def _checked(name: str) -> str:
    """Names are shown everywhere and typed on the command line."""
    cleaned = " ".join(name.split())
    if not cleaned or len(cleaned) > MAX_NAME or not cleaned.isprintable():
        raise PersonError(
            f"{name!r} cannot be a person's name; give 1 to {MAX_NAME} characters on one line."
        )
    return cleaned


def _without_at(name: str) -> str:
    """Return a name that people choose themselves: no address, as admins give roles to addresses."""
    return " ".join(AT.sub(" at ", name).split())[: MAX_NAME - ROOM].rstrip()


def _role(role: str) -> Role:
    for known in ROLES:
        if role == known:
            return known
    raise PersonError(f"{role!r} is no role; the roles are {', '.join(ROLES)}.")


def _person(row: AnnotatorRow) -> Person:
    return Person(
        name=row.name,
        role=_role(row.role),
        daily_budget=row.daily_budget,
        signals=None if row.signals is None else tuple(row.signals),
        is_active=row.is_active,
        signs_in=row.subject is not None,
    )
