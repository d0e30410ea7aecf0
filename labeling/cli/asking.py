"""Commands on what answers are worth: the loop played in advance, the quality they show."""

from __future__ import annotations

from functools import partial
from typing import Annotated, Literal

import typer

from labeling.cli.words import CollectionArg, Json, ResolverOpt, SignalArg, app, open_here, say


@app.command()
def simulate(
    signal: SignalArg,
    collection: CollectionArg,
    answers: Annotated[int, typer.Option("--answers", min=1, help="Answers given in all.")],
    rounds: Annotated[
        int, typer.Option("--rounds", min=1, help="Rounds of choosing; answers are shared out.")
    ] = 5,
    seed: Annotated[int, typer.Option("--seed", min=0, help="Of all that is drawn.")] = 0,
    annotators: Annotated[int, typer.Option("--annotators", min=1, help="Who take turns.")] = 1,
    mistakes: Annotated[
        float, typer.Option("--mistakes", min=0, max=1, help="Share of pins each gets wrong.")
    ] = 0.0,
    selection: Annotated[
        Literal["informative", "random"],
        typer.Option("--selection", help="How pins to ask about are chosen."),
    ] = "informative",
    resolver: ResolverOpt = "auto",
    publish: Annotated[
        bool, typer.Option("--publish", help="Publish what it produced as SIGNAL-...-simulated.")
    ] = False,
    as_json: Json = False,
) -> None:
    """Play the loop with reference labels as answers: what would so many answers reach?"""
    from labeling.simulating import simulate as play
    from labeling.simulating_terminal import show_simulation

    found = play(
        open_here(),
        signal,
        collection,
        answers=answers,
        rounds=rounds,
        seed=seed,
        annotators=annotators,
        mistakes=mistakes,
        selection=selection,
        resolver=resolver,
        publish=publish,
    )
    say(as_json, found.to_json(), partial(show_simulation, found))


@app.command()
def estimate(
    signal: SignalArg,
    collection: CollectionArg,
    resolver: ResolverOpt = "auto",
    as_json: Json = False,
) -> None:
    """Estimate how good the labels are from the random audit, with 95% intervals."""
    from dataclasses import asdict

    from labeling import pipeline
    from labeling.review.estimating_terminal import show_estimates

    found = pipeline.estimate(open_here(), signal, collection, resolver=resolver)
    say(as_json, asdict(found), partial(show_estimates, found))
