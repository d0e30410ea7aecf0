"""The command line: words, and nothing else. Heavy imports live in the commands that need them."""

from __future__ import annotations

import json
import sys
from typing import Any

import typer

# Importing a module registers its commands.
from labeling.cli import (  # noqa: F401
    agreeing,
    asking,
    authoring,
    datasets,
    gold,
    label_studio,
    looping,
    models,
    people,
    pins,
    steps,
    training,
    watching,
    workspace,
)
from labeling.cli.words import State, app, keep_stdout
from labeling.errors import LabelingError

__all__ = ["app", "main"]

USAGE_ERROR: Any = typer.BadParameter.__base__
"""Of click, which typer has inside."""


def main() -> None:
    """Run the command line. A known failure is one sentence on stderr and exit code 1, words that are no
    command's exit code 2; with --json both are an object on stdout, too."""
    as_json = "--json" in sys.argv
    if as_json:
        keep_stdout()
    try:
        code = app(standalone_mode=not as_json)
        sys.exit(code if isinstance(code, int) else 0)
    except LabelingError as error:
        _fail(str(error), as_json, 1)
    except USAGE_ERROR as error:
        _fail(error.format_message(), as_json, error.exit_code)
    except KeyboardInterrupt:
        typer.secho("interrupted; what was finished is kept, run it again to go on.", err=True)
        sys.exit(130)


def _fail(sentence: str, as_json: bool, code: int) -> None:
    if as_json:
        typer.echo(json.dumps({"error": sentence}, ensure_ascii=False), file=State.answer)
    typer.secho(f"error: {sentence}", fg="red", err=True)
    sys.exit(code)
