from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest
from conftest import make_workspace
from typer.testing import CliRunner

from labeling.cli import app
from labeling.database import Database
from labeling.errors import PersonError
from labeling.review.people import (
    ROLES,
    Identity,
    Person,
    add_person,
    deactivate,
    list_people,
    sign_in,
)
from labeling.tables import AnnotatorRow

ADA = Identity(issuer="https://id.example/", subject="1", name="Ada", email="ada@x.example")


@pytest.fixture
def people(database: Database) -> Database:
    database.migrate()
    return database


def test_the_first_person_is_the_admin_and_the_next_are_annotators(people: Database) -> None:
    assert sign_in(people, "Ada").role == "admin"
    assert sign_in(people, "Grace").role == "annotator"
    assert sign_in(people, " Ada ").role == "admin"
    assert [person.name for person in list_people(people)] == ["Ada", "Grace"]


def test_the_first_to_come_from_a_provider_is_no_admin_unless_the_settings_say_so(
    people: Database,
) -> None:
    assert sign_in(people, "Ada", ADA).role == "annotator"
    assert sign_in(people, "Ada", ADA, admins=["ada@x.example"]).role == "admin"


def test_an_address_is_the_same_in_any_case(people: Database) -> None:
    add_person(people, "Ada@X.Example", role="reviewer")
    assert add_person(people, "ada@x.example").role == "reviewer"
    ada = sign_in(people, "Ada", ADA, admins=["ADA@x.example"])
    assert (ada.name, ada.role, ada.signs_in) == ("Ada@X.Example", "admin", True)
    assert not deactivate(people, "ADA@X.EXAMPLE").is_active
    assert len(list_people(people)) == 1


def test_a_name_in_another_case_is_no_second_person(people: Database) -> None:
    add_person(people, "zoë", role="reviewer")
    with pytest.raises(
        PersonError, match="There is zoë already, who differs from ZOË only in case"
    ):
        add_person(people, "ZOË")
    assert sign_in(people, "Zoë").name == "zoë"
    from_provider = Identity(issuer="https://id.example", subject="2", name="Zoë")
    assert sign_in(people, "Zoë", from_provider).name == "Zoë (2)"
    assert [person.name for person in list_people(people)] == ["Zoë (2)", "zoë"]


def test_who_differed_only_in_case_before_stays_who_they_are(people: Database) -> None:
    with people.writing() as session:
        for name in ("ada", "ADA"):
            session.add(AnnotatorRow(name=name, role="annotator", created_at=datetime.now(UTC)))
    assert add_person(people, "ADA", role="reviewer").name == "ADA"
    assert [sign_in(people, name).name for name in ("ADA", "ada", "Ada")] == ["ADA", "ada", "ada"]


def test_a_person_is_issuer_and_subject_whatever_their_name_is(people: Database) -> None:
    sign_in(people, "Ada", ADA)
    renamed = Identity(issuer="https://id.example", subject="1", name="Ada Lovelace")
    assert sign_in(people, renamed.name, renamed).name == "ada@x.example"
    other = Identity(issuer="https://other.example", subject="1", name="ada@x.example")
    assert sign_in(people, other.name, other).name == "ada at x.example"
    assert len(list_people(people)) == 2


def stranger(name: str, subject: str = "eve") -> Identity:
    """Someone whose address the provider has not verified."""
    return Identity(issuer="https://id.example", subject=subject, name=name)


def test_who_calls_themselves_like_an_address_gets_nothing_that_an_admin_gives_to_it(
    people: Database,
) -> None:
    eve = stranger("boss@corp.example")
    assert sign_in(people, eve.name, eve).name == "boss at corp.example"
    add_person(people, "boss@corp.example", role="admin")
    assert sign_in(people, eve.name, eve).role == "annotator"
    boss = Identity(
        issuer="https://id.example", subject="b", name="Boss", email="boss@corp.example"
    )
    admin = sign_in(people, boss.name, boss)
    assert (admin.name, admin.role) == ("boss@corp.example", "admin")


@pytest.mark.parametrize(
    "name, becomes",
    [
        ("boss@corp.example", "boss at corp.example"),
        ("boss\uff20corp.example", "boss at corp.example"),
        ("boss @ corp", "boss at corp"),
        ("@", "at"),
        ("@" * 128, ("at " * 40)[:120].rstrip()),
        ("x" * 128, "x" * 120),
    ],
    ids=["address", "full width", "spaces", "alone", "many", "long"],
)
def test_a_name_that_nobody_verified_is_no_address_and_nobody_elses(
    people: Database, name: str, becomes: str
) -> None:
    assert sign_in(people, name, stranger(name)).name == becomes
    assert sign_in(people, name, stranger(name, "other")).name == f"{becomes} (2)"


def test_nobody_takes_the_name_of_someone_who_signs_in(people: Database) -> None:
    sign_in(people, "Ada", ADA)
    with pytest.raises(PersonError, match="signs in at the identity provider"):
        sign_in(people, "ada@x.example")


def test_someone_deactivated_may_not_sign_in_until_added_again(people: Database) -> None:
    sign_in(people, "Ada")
    assert not deactivate(people, "Ada").is_active
    with pytest.raises(PersonError, match="was deactivated"):
        sign_in(people, "Ada")
    add_person(people, "Ada")
    assert sign_in(people, "Ada").is_active


@pytest.mark.parametrize(
    "name", ["", "   ", "x" * 129, "a\x00b", "‮evil"], ids=["empty", "blank", "long", "nul", "rtl"]
)
def test_a_name_that_cannot_be_one_is_refused(people: Database, name: str) -> None:
    with pytest.raises(PersonError, match="cannot be a person's name"):
        sign_in(people, name)


def test_changing_a_person_leaves_the_rest_as_it_is(people: Database) -> None:
    add_person(people, "Ada", role="reviewer", daily_budget=50, signals=["spam"])
    changed = add_person(people, "Ada", role="engineer")
    assert (changed.role, changed.daily_budget, changed.signals) == ("engineer", 50, ("spam",))
    freed = add_person(people, "Ada", daily_budget=0, signals=[])
    assert (freed.role, freed.daily_budget, freed.signals) == ("engineer", None, None)


def test_each_role_may_do_what_those_before_it_may() -> None:
    for place, role in enumerate(ROLES):
        person = Person(
            name="Ada", role=role, daily_budget=None, signals=None, is_active=True, signs_in=False
        )
        assert [person.may(other) for other in ROLES] == [n <= place for n in range(len(ROLES))]


def labeling(home: Path, *words: str) -> tuple[int, str]:
    result = CliRunner().invoke(app, ["--home", str(home), *words])
    error = result.exception
    said = str(error) if isinstance(error, PersonError) else result.output
    return result.exit_code, said


def test_the_command_adds_changes_and_deactivates(tmp_path: Path) -> None:
    home = make_workspace(tmp_path / "home", 30).home
    assert "Nobody is here yet" in labeling(home, "annotators")[1]
    labeling(home, "annotators", "add", "Ada", "--role", "reviewer", "--budget", "50")
    labeling(home, "annotators", "add", "Ada", "--signals", "tone")
    code, said = labeling(home, "annotators", "deactivate", "Ada", "--json")
    assert code == 0
    assert json.loads(said) == {
        "annotators": [
            {
                "name": "Ada",
                "role": "reviewer",
                "daily_budget": 50,
                "signals": ["tone"],
                "is_active": False,
                "signs_in": False,
            }
        ]
    }


@pytest.mark.parametrize(
    "words, says",
    [
        (("remove", "Ada"), "is no action"),
        (("add",), "Whom to add"),
        (("add", "Ada", "--signals", "tome"), "'tome' is no signal; the signals are tone"),
        (("deactivate", "Nobody"), "no annotator 'Nobody'"),
    ],
    ids=["action", "whom", "signal", "unknown"],
)
def test_a_mistake_is_one_sentence(tmp_path: Path, words: tuple[str, ...], says: str) -> None:
    home = make_workspace(tmp_path / "home", 30).home
    code, said = labeling(home, "annotators", *words)
    assert code != 0
    assert says in said
