"""Opening the database, and bringing its schema up to date by the migrations."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import fields
from datetime import UTC, datetime
from functools import cached_property
from pathlib import Path
from typing import Any, TypeVar

from sqlalchemy import DateTime, Dialect, Engine, TypeDecorator, create_engine, event
from sqlalchemy.engine import make_url
from sqlalchemy.exc import (
    ArgumentError,
    IntegrityError,
    NoSuchModuleError,
    OperationalError,
    SQLAlchemyError,
)
from sqlalchemy.orm import Session

from labeling.errors import DatabaseError
from labeling.turns import turn

READS = "labeling_reads"
"""Execution option of a connection that only reads, so it need not take SQLite's write lock."""
CHUNK = 500
"""Ids in one statement; SQLite takes some thousand parameters at most."""
Item = TypeVar("Item")
Result = TypeVar("Result")
BUSY_MS = 30_000
"""How long SQLite waits for another writer."""
RETRIES = 20
"""Of a transaction that lost a race: every race has a winner, so some retry wins."""
DEADLOCK = "40P01"


class Database:
    """One database, by SQLAlchemy URL: SQLite, or PostgreSQL through psycopg 3."""

    def __init__(self, url: str) -> None:
        """Raises DatabaseError for a URL that names no database we speak."""
        try:
            self.url = make_url(url)
        except ArgumentError:
            raise DatabaseError(
                f"{url!r} is no database URL; use sqlite:///FILE or postgresql://USER@HOST/NAME."
            ) from None
        if self.url.drivername in ("postgresql", "postgres"):
            self.url = self.url.set(drivername="postgresql+psycopg")
        if self.url.get_backend_name() not in ("sqlite", "postgresql"):
            raise DatabaseError(
                f"The database {self.url.drivername} is not supported; use SQLite or PostgreSQL."
            )

    @cached_property
    def engine(self) -> Engine:
        """The connection pool. Raises DatabaseError where the driver is not installed."""
        try:
            engine = create_engine(self.url, pool_pre_ping=True)
        except (NoSuchModuleError, ModuleNotFoundError):
            raise DatabaseError(
                "The PostgreSQL driver is not installed; install labeling[postgres]."
            ) from None
        if self.url.get_backend_name() == "sqlite":
            event.listen(engine, "connect", _tune_sqlite)
            event.listen(engine, "begin", _begin_sqlite)
        return engine

    @contextmanager
    def writing(self) -> Iterator[Session]:
        """Yield a session in one transaction: committed at the end, rolled back by an exception.

        Raises DatabaseError where the database cannot be reached or has no such tables.
        """
        with self._turn(), self._session(self.engine) as session:
            yield session

    def transact(self, work: Callable[[Session], Result]) -> Result:
        """Do the work in one transaction and return its result; it is done again where it lost a race.

        Raises as `writing` does, and what the work raises.
        """
        for retry in range(RETRIES + 1):
            try:
                with self.writing() as session:
                    return work(session)
            except DatabaseError as error:
                if retry == RETRIES or not _lost_a_race(error.__cause__):
                    raise
        raise AssertionError("the last retry returns or raises")

    @contextmanager
    def reading(self) -> Iterator[Session]:
        """Yield a session in one transaction that waits for no writer; raises as `writing` does."""
        with self._session(self.engine.execution_options(**{READS: True})) as session:
            yield session

    @contextmanager
    def _session(self, engine: Engine) -> Iterator[Session]:
        try:
            with Session(engine) as session, session.begin():
                yield session
        except SQLAlchemyError as error:
            raise DatabaseError(self._say(error)) from error

    @contextmanager
    def _turn(self) -> Iterator[None]:
        """Wait for one's turn to write to SQLite, in the order of coming.

        SQLite waits by trying again after ever longer sleeps: of fifty writers some would never get
        in.
        """
        file = self.url.database
        if self.url.get_backend_name() != "sqlite" or not file:
            yield
            return
        with turn(Path(f"{file}-turn")):
            yield

    def migrate(self) -> None:
        """Create the tables, or bring older ones up to date. Raises DatabaseError where it fails."""
        from alembic import command

        try:
            command.upgrade(self._alembic(), "head")
        except SQLAlchemyError as error:
            raise DatabaseError(self._say(error)) from error

    def revisions(self) -> tuple[str | None, str | None]:
        """Return the schema's revision in the database and the newest one."""
        from alembic.migration import MigrationContext
        from alembic.script import ScriptDirectory

        try:
            with self.engine.connect() as connection:
                now = MigrationContext.configure(connection).get_current_revision()
        except SQLAlchemyError as error:
            raise DatabaseError(self._say(error)) from error
        return now, ScriptDirectory.from_config(self._alembic()).get_current_head()

    def _alembic(self) -> Any:
        from alembic.config import Config

        config = Config()
        config.set_main_option("script_location", str(migrations_folder()))
        config.attributes["engine"] = self.engine
        return config

    def _say(self, error: SQLAlchemyError) -> str:
        shown = self.url.render_as_string(hide_password=True)
        cause = str(getattr(error, "orig", None) or error).strip().splitlines()[0]
        advice = "check the URL, or run `labeling init`"
        if isinstance(error, IntegrityError):
            advice = "another process may have written the same: try again"
        return f"The database {shown} answers: {cause}; {advice}."


class UtcDateTime(TypeDecorator[datetime]):
    """A moment in UTC. SQLite keeps no time zone, and PostgreSQL answers in the session's."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Return what is written."""
        return None if value is None else value.astimezone(UTC)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Return what was read."""
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


def in_chunks(items: Sequence[Item], size: int = CHUNK) -> Iterator[Sequence[Item]]:
    """Yield the items in their order, at most so many at a time."""
    return (items[start : start + size] for start in range(0, len(items), size))


def as_record(kind: type[Result], row: Any, **more: Any) -> Result:
    """Return a dataclass with the values of a row that go by the names of its fields, beside `more`."""
    names = [field.name for field in fields(kind) if field.name not in more]  # type: ignore[arg-type]
    return kind(**{name: getattr(row, name) for name in names}, **more)


def migrations_folder() -> Path:
    """Return the folder of the migrations: the checkout's, or the copy in an installed package."""
    package = Path(__file__).resolve().parent
    shipped = package / "_shipped" / "migrations"
    return shipped if shipped.is_dir() else package.parent / "migrations"


def _lost_a_race(cause: BaseException | None) -> bool:
    if isinstance(cause, OperationalError):
        return getattr(cause.orig, "sqlstate", None) == DEADLOCK
    return isinstance(cause, IntegrityError)


def _tune_sqlite(connection: Any, record: object) -> None:
    connection.isolation_level = None  # the driver's own BEGIN is deferred, which loses races
    cursor = connection.cursor()
    for pragma in ("journal_mode=WAL", "foreign_keys=ON", f"busy_timeout={BUSY_MS}"):
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()


def _begin_sqlite(connection: Any) -> None:
    reads = connection.get_execution_options().get(READS)
    connection.exec_driver_sql("BEGIN" if reads else "BEGIN IMMEDIATE")
