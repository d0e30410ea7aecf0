"""The command line: words, and nothing else. Heavy imports live in the commands that need them."""

from __future__ import annotations

import json
import sys

import typer

from labeling.cli.words import State, app, keep_stdout
from labeling.errors import LabelingError

# Importing a module registers its commands; `--help` lists them in this order.
# isort: off
import labeling.cli.workspace
import labeling.cli.authoring
import labeling.cli.steps
import labeling.cli.pins
import labeling.cli.gold
import labeling.cli.asking
import labeling.cli.watching
import labeling.cli.label_studio
import labeling.cli.people
import labeling.cli.agreeing
import labeling.cli.datasets
import labeling.cli.training
import labeling.cli.models
import labeling.cli.looping  # noqa: F401
# isort: on

__all__ = ["app", "main"]


def main() -> None:
    """Run the command line. A known failure is one sentence on stderr and exit code 1."""
    as_json = "--json" in sys.argv
    if as_json:
        keep_stdout()
    try:
        app()
    except LabelingError as error:
        if as_json:
            typer.echo(json.dumps({"error": str(error)}, ensure_ascii=False), file=State.answer)
        typer.secho(f"error: {error}", fg="red", err=True)
        sys.exit(1)
    except KeyboardInterrupt:
        typer.secho("interrupted; what was finished is kept, run it again to go on.", err=True)
        sys.exit(130)
