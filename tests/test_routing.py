"""Pins that wait for one annotator, and the day's budget of those who answer elsewhere."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest
from claims import SPAM, Clock, fill, pins_of, queue_of
from conftest import make_workspace
from crowds import ask
from sqlalchemy import select
from test_cli import call

from labeling.database import Database
from labeling.errors import PersonError, ReviewError
from labeling.label_studio.handing import hand_over
from labeling.label_studio.pushing import members_of
from labeling.review.budgets import room_today
from labeling.review.claiming import ReviewQueue
from labeling.review.people import add_person, deactivate, list_people
from labeling.review.routing import Routing, give_back, route
from labeling.tables import ReviewSlotRow

PINS = {"a": 0.9, "b": 0.7, "c": 0.5, "d": 0.3}


@pytest.fixture
def staffed(database: Database) -> Database:
    """Pins a to d, the most urgent first, and two annotators."""
    database.migrate()
    for name in ("ann", "bob"):
        add_person(database, name, role="annotator")
    fill(database, PINS)
    return database


def routed(database: Database, **wanted: object) -> Routing:
    return route(database, "spam", "pins", "bob", **wanted)  # type: ignore[arg-type]


def test_routed_pins_wait_for_one_annotator_until_they_are_given_back(staffed: Database) -> None:
    queue = queue_of(staffed, Clock())
    found = routed(staffed, count=1, pin_ids=["d"])
    assert (found.routed, found.waiting) == (2, 2)
    assert pins_of(queue.claim("ann", 4)) == ["b", "c"]
    fill(staffed, PINS)  # the next batch holds the same pins
    assert queue.release("ann") == 2
    assert pins_of(queue.claim("ann", 4)) == ["b", "c"]
    back = give_back(staffed, "spam", "pins", "bob")
    assert (back.given_back, back.waiting) == (2, 0)
    assert pins_of(queue.claim("ann", 4)) == ["b", "c", "a", "d"]


def test_other_answers_to_a_routed_pin_are_for_others(staffed: Database) -> None:
    fill(staffed, {"a": 0.9}, wanted=2)
    assert routed(staffed, count=5).routed == 1
    queue = queue_of(staffed, Clock())
    assert pins_of(queue.claim("ann")) == ["a"]
    assert queue.claim("cyd") == []
    assert pins_of(queue.claim("bob")) == ["a"]


def test_what_an_annotator_had_is_not_routed_to_them(staffed: Database) -> None:
    queue = queue_of(staffed, Clock())
    (first, second) = queue.claim("bob", 2)
    queue.skip(first)
    queue.submit(second, "ok")
    assert routed(staffed, count=9).routed == 2
    assert pins_of(queue.claim("ann", 4)) == ["a"]
    with pytest.raises(ReviewError, match="The pin 'a' of pins cannot wait for bob"):
        routed(staffed, pin_ids=["a"])


def test_nobody_who_may_not_answer_is_waited_for(staffed: Database) -> None:
    with pytest.raises(PersonError, match="eve is nobody who may answer spam"):
        route(staffed, "spam", "pins", "eve", count=1)
    deactivate(staffed, "bob")
    with pytest.raises(PersonError, match="bob is nobody who may answer spam"):
        routed(staffed, count=1)


def test_no_more_goes_to_label_studio_than_the_days_budgets_leave(staffed: Database) -> None:
    for name in ("ann@x.example", "bob@x.example"):
        add_person(staffed, name, daily_budget=2)
    add_person(staffed, "cyd@x.example", daily_budget=50, signals=["topic"])
    members = members_of(list_people(staffed), "spam", ["Ann@x.example", "bob@x.example"])
    assert [one.name for one in members] == ["ann@x.example", "bob@x.example"]
    queue = ReviewQueue(staffed, SPAM, "pins")
    (pin,) = queue.claim("ann@x.example")
    queue.submit(pin, "ok")
    routed(staffed, pin_ids=["b"])
    with staffed.writing() as session:
        assert room_today(session, members, datetime.now(UTC)) == 3
        assert room_today(session, list_people(staffed), datetime.now(UTC)) is None
        assert room_today(session, [], datetime.now(UTC)) is None
        assert [hand_over(session, "spam", "pins", most) for most in (1, 1, 3, None)] == [
            1,
            0,
            1,
            0,
        ]
    with staffed.reading() as session:
        there = session.scalars(select(ReviewSlotRow.channel).order_by(ReviewSlotRow.priority))
        assert there.all() == ["label-studio", "label-studio", "app", "app"]


def test_the_command_routes(tmp_path: Path) -> None:
    home = tmp_path / "home"
    workspace = make_workspace(home, 60)
    add_person(workspace.database, "ann", role="annotator")
    ask(workspace.database, "tone", ["p00000", "p00001", "p00002"])
    words = ("--home", home, "route", "tone", "pins", "ann")
    done = call(*words, "--pins", "p00002", "--count", "1", "--json")
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["routed"] == 2
    assert "0 open pins wait for ann, 2 given back." in call(*words, "--back").stdout
    refused = call(*words, "--back", "--count", "1")
    assert refused.returncode == 1
    assert "--back gives all back" in refused.stderr
