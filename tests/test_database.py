from __future__ import annotations

import threading
from datetime import UTC, datetime, timedelta, timezone

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import func, insert, inspect, select
from sqlalchemy.exc import IntegrityError

from labeling.database import Database
from labeling.errors import DatabaseError
from labeling.review.tasks import Candidate, enqueue
from labeling.tables import Base, DatasetVersionRow, ReviewTaskRow, RunRow

NOON = datetime(2026, 6, 1, 12, tzinfo=UTC)


def candidate(pin_id: str, priority: float = 0.5) -> Candidate:
    return Candidate(priority=priority, pin_id=pin_id, reason="uncertain", group=pin_id)


def open_tasks(database: Database) -> dict[str, float]:
    with database.reading() as session:
        rows = session.scalars(select(ReviewTaskRow).where(ReviewTaskRow.status == "open"))
        return {row.pin_id: row.priority for row in rows}


def test_the_migrations_make_the_schema_of_the_tables(database: Database) -> None:
    database.migrate()
    with database.engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, Base.metadata) == []


def test_the_migrations_make_the_constraints_that_the_tables_name(database: Database) -> None:
    database.migrate()
    found = inspect(database.engine)
    for table in Base.metadata.sorted_tables:
        wanted = {c.name for c in table.constraints if "ck_" in str(c.name)}
        assert {c["name"] for c in found.get_check_constraints(table.name)} == wanted


def test_migrating_twice_changes_nothing(database: Database) -> None:
    database.migrate()
    database.migrate()
    now, newest = database.revisions()
    assert now == newest


def test_a_database_without_tables_says_to_init(database: Database) -> None:
    with pytest.raises(DatabaseError, match="run `labeling init`"), database.reading() as session:
        session.scalars(select(RunRow)).all()


@pytest.mark.parametrize(
    ("url", "says"),
    [
        pytest.param("nonsense", "'nonsense' is no database URL; use sqlite", id="no URL"),
        pytest.param("mysql://h/d", "mysql is not supported; use SQLite or Postgre", id="mysql"),
    ],
)
def test_a_url_that_is_no_database_is_refused(url: str, says: str) -> None:
    with pytest.raises(DatabaseError, match=says):
        Database(url)


def test_a_server_that_does_not_answer_is_one_sentence_without_the_password() -> None:
    database = Database("postgresql://ada:secret@127.0.0.1:9/none")
    with pytest.raises(DatabaseError, match="check the URL") as caught:
        database.revisions()
    assert "secret" not in str(caught.value)


def test_enqueueing_twice_changes_nothing(database: Database) -> None:
    database.migrate()
    first = enqueue(database, "spam", "pins", [candidate("a"), candidate("b")], now=NOON)
    again = enqueue(database, "spam", "pins", [candidate("a"), candidate("b")], now=NOON)
    assert (first.added, again.added, again.withdrawn) == (2, 0, 0)
    assert open_tasks(database) == {"a": 0.5, "b": 0.5}


def test_a_pin_that_is_no_longer_chosen_is_withdrawn_and_can_come_back(database: Database) -> None:
    database.migrate()
    enqueue(database, "spam", "pins", [candidate("a"), candidate("b")], now=NOON)
    report = enqueue(database, "spam", "pins", [candidate("b", 0.9)], now=NOON)
    assert report.withdrawn == 1
    assert open_tasks(database) == {"b": 0.9}
    enqueue(database, "spam", "pins", [candidate("a")], now=NOON)
    assert open_tasks(database) == {"a": 0.5}


def test_another_collections_tasks_are_left_alone(database: Database) -> None:
    database.migrate()
    enqueue(database, "spam", "pins", [candidate("a")], now=NOON)
    enqueue(database, "spam", "others", [candidate("z")], now=NOON)
    assert set(open_tasks(database)) == {"a", "z"}


def test_the_schema_refuses_a_second_task_for_a_pin(database: Database) -> None:
    database.migrate()
    row = {
        "signal": "spam",
        "collection": "pins",
        "pin_id": "a",
        "reason": "uncertain",
        "priority": 1.0,
        "status": "open",
        "created_at": NOON,
    }
    with database.engine.begin() as connection:
        connection.execute(insert(ReviewTaskRow).values(row))
    with pytest.raises(IntegrityError), database.engine.begin() as connection:
        connection.execute(insert(ReviewTaskRow).values(row))


def test_the_schema_refuses_a_version_number_used_twice(database: Database) -> None:
    database.migrate()
    row = {
        "name": "spam",
        "version": 1,
        "signal": "spam",
        "collection": "pins",
        "rows": 1,
        "folder": "f",
        "created_at": NOON,
    }
    with database.engine.begin() as connection:
        connection.execute(insert(DatasetVersionRow).values(row | {"digest": "a"}))
    with pytest.raises(IntegrityError), database.engine.begin() as connection:
        connection.execute(insert(DatasetVersionRow).values(row | {"digest": "b"}))


def test_moments_are_read_in_utc_from_wherever_they_were_written(database: Database) -> None:
    database.migrate()
    noon = NOON.astimezone(timezone(timedelta(hours=5)))
    run = {"signal": "s", "collection": "c", "revision": 1, "status": "done", "started_at": noon}
    with database.writing() as session:
        session.execute(insert(RunRow).values(run | {"ended_at": None}))
    with database.reading() as session:
        row = session.execute(select(RunRow.started_at, RunRow.ended_at)).one()
        found = session.scalar(select(func.count()).where(RunRow.started_at == noon))
    assert row == (NOON, None) and row.started_at.tzinfo is UTC
    assert found == 1


def test_writers_at_once_wait_for_each_other(database: Database) -> None:
    database.migrate()
    faults: list[Exception] = []

    def add(name: str) -> None:
        try:
            for number in range(10):
                enqueue(database, "spam", f"{name}{number}", [candidate("a")], now=NOON)
        except DatabaseError as error:
            faults.append(error)

    threads = [threading.Thread(target=add, args=(f"c{n}_",)) for n in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert faults == []
    with database.reading() as session:
        assert session.scalar(select(func.count()).select_from(ReviewTaskRow)) == 60
