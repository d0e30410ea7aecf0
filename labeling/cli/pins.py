"""The command on one pin: its whole story."""

from __future__ import annotations

from functools import partial
from typing import Annotated

import typer

from labeling.cli.words import CollectionArg, Json, SignalArg, app, open_here, say


@app.command()
def pin(
    signal: SignalArg,
    collection: CollectionArg,
    pin_id: Annotated[str, typer.Argument(help="A pin's id.")],
    as_json: Json = False,
) -> None:
    """Tell one pin's story: votes, labels, doubts, every answer, and the versions that hold it."""
    from labeling.pin_terminal import show_pin
    from labeling.telling import pin_story

    story = pin_story(open_here(), signal, collection, pin_id)
    say(as_json, story.to_json(), partial(show_pin, story))
