"""How `--help` lists the commands: in panels, in the order of the work."""

from __future__ import annotations

from typing import Any

from typer.core import TyperGroup

PANELS = {
    "Begin": ("init", "import", "signals", "doctor"),
    "Write functions": ("functions", "try", "suggest"),
    "From pins to a dataset; run does all of it": (
        *("run", "images", "embed", "vote", "resolve", "doubt", "enqueue", "publish"),
    ),
    "Look at it": ("report", "map", "pin", "watch"),
    "People": ("review", "label-studio", "annotators", "route", "agree", "gold"),
    "What answers are worth": ("estimate", "simulate"),
    "Datasets": ("datasets", "pull", "verify"),
    "Models": ("train", "evaluate", "compare", "promote", "models", "predict"),
    "All of it, unattended": ("loop",),
}
"""Title -> its commands."""


class Panels(TyperGroup):
    """The commands by PANELS; one that is in none comes first, under the heading Commands."""

    def list_commands(self, ctx: Any) -> list[str]:
        """Return their names, and note on each command its panel."""
        placed = {name: title for title, names in PANELS.items() for name in names}
        for name, title in placed.items():
            self.commands[name].rich_help_panel = title  # type: ignore[attr-defined]
        return [*(name for name in self.commands if name not in placed), *placed]
