"""Commands on people: who may sign in, what they may do, which pins wait for them."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from labeling.cli.words import CollectionArg, Json, SignalArg, app, open_here, say
from labeling.errors import PersonError

if TYPE_CHECKING:
    from rich.console import Console


@app.command()
def annotators(
    action: Annotated[
        str | None, typer.Argument(help="add or deactivate; without it they are listed.")
    ] = None,
    name: Annotated[str | None, typer.Argument(help="The person's name.")] = None,
    role: Annotated[
        Literal["annotator", "reviewer", "engineer", "admin"] | None,
        typer.Option(help="What they may do.", show_default="annotator"),
    ] = None,
    budget: Annotated[
        int | None, typer.Option(min=0, help="Answers a day; 0 for as many as there are.")
    ] = None,
    signals: Annotated[
        str | None, typer.Option(help="The signals they are asked about: a,b,c or all.")
    ] = None,
    as_json: Json = False,
) -> None:
    """List the people who answer, add or change one, or deactivate one."""
    from labeling.review.people import add_person, deactivate, list_people

    if action not in (None, "add", "deactivate"):
        raise PersonError(f"{action!r} is no action; write add NAME, deactivate NAME, or nothing.")
    if action is not None and name is None:
        raise PersonError(
            f"Whom to {action} is not said; write `labeling annotators {action} NAME`."
        )
    workspace = open_here()
    database = workspace.database
    if action == "add":
        named = None if signals is None else _split(signals, workspace.signals())
        add_person(database, str(name), role=role, daily_budget=budget, signals=named)
    elif action == "deactivate":
        deactivate(database, str(name))
    people = list_people(database)

    def show(console: Console) -> None:
        for person in people:
            budget = "" if person.daily_budget is None else f"{person.daily_budget:,} a day"
            asked = "" if person.signals is None else f"asked about {', '.join(person.signals)}"
            left = "" if person.is_active else "deactivated"
            rest = ", ".join(filter(None, [budget, asked, left]))
            console.print(f"{person.name:<24} {person.role:<10} {rest}".rstrip(), markup=False)
        if not people:
            console.print("Nobody is here yet; the first to open the app becomes its admin.")

    say(as_json, {"annotators": [asdict(person) for person in people]}, show)


@app.command()
def route(
    signal: SignalArg,
    collection: CollectionArg,
    annotator: Annotated[str, typer.Argument(help="Whom the pins wait for.")],
    count: Annotated[int, typer.Option(min=0, help="The next so many open pins of the queue.")] = 0,
    pins: Annotated[str | None, typer.Option(help="Ids of open pins: a,b,c.")] = None,
    back: Annotated[
        bool, typer.Option("--back", help="All that wait for them wait for anyone again.")
    ] = False,
    as_json: Json = False,
) -> None:
    """Let open pins wait for one annotator; without an option, count those that do."""
    from labeling.review.routing import give_back
    from labeling.review.routing import route as route_pins

    workspace = open_here()
    workspace.signal(signal)
    workspace.collection(collection)
    named = [part.strip() for part in (pins or "").split(",") if part.strip()]
    if back and (count or named):
        raise PersonError("--back gives all back; leave --count and --pins out.")
    if back:
        done = give_back(workspace.database, signal, collection, annotator)
    else:
        done = route_pins(
            workspace.database, signal, collection, annotator, count=count, pin_ids=named
        )

    def show(console: Console) -> None:
        changed = f"{done.given_back:,} given back" if back else f"{done.routed:,} routed now"
        console.print(f"{done.waiting:,} open pins wait for {annotator}, {changed}.", markup=False)

    say(as_json, asdict(done), show)


def _split(given: str, known: list[str]) -> list[str]:
    names = [] if given == "all" else [part.strip() for part in given.split(",") if part.strip()]
    for name in names:
        if name not in known:
            raise PersonError(f"{name!r} is no signal; the signals are {', '.join(known)}, or all.")
    return names
