"""What README and docs show is what there is."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from conftest import ROOT, write_signal
from rich.text import Text
from test_cli import call
from typer.main import get_command

import labeling
from labeling import Signal, cli
from labeling.curating import RULES
from labeling.settings import Settings

README = (ROOT / "README.md").read_text("utf-8")
COMMANDS = set(get_command(cli.app).commands)  # type: ignore[attr-defined]


def test_every_command_is_in_the_readme() -> None:
    missing = {name for name in COMMANDS if f"`{name}" not in README}
    assert missing == set()


def test_every_command_that_the_docs_show_exists() -> None:
    for page in [ROOT / "README.md", *(ROOT / "docs").glob("*.md")]:
        for name in re.findall(r"`labeling ([a-z-]+)", page.read_text("utf-8")):
            assert name in COMMANDS, f"{page.name}: labeling {name}"


def test_help_shows_what_is_in_brackets() -> None:
    def helps(command: Any) -> Iterator[str]:
        yield from (text for text in (command.help, *(p.help for p in command.params)) if text)
        for part in getattr(command, "commands", {}).values():
            yield from helps(part)

    for text in helps(get_command(cli.app)):
        shown = Text.from_markup(text).plain  # as the help is rendered
        assert shown == text.replace("\\[", "["), text


def test_the_docs_name_every_source_of_labels() -> None:
    page = (ROOT / "docs/datasets.md").read_text("utf-8")
    (line,) = re.findall(r"^\| `label_source` \| (.*) \|$", page, re.M)
    assert {source for source in RULES if f"`{source}`" in line} == set(RULES)


def test_every_option_that_the_docs_show_exists() -> None:
    commands = get_command(cli.app).commands  # type: ignore[attr-defined]
    for page in [ROOT / "README.md", *(ROOT / "docs").glob("*.md")]:
        shown = re.findall(
            r"(?:^    |`)labeling ([a-z-]+)([^`#\n]*)", page.read_text("utf-8"), re.M
        )
        for name, rest in shown:
            command = commands[name]
            parts = getattr(command, "commands", {})
            meant = [parts[word] for word in re.split(r"[ |]+", rest) if word in parts]
            known = {
                option
                for one in (meant or [command])
                for p in one.params
                for option in (*p.opts, *p.secondary_opts)
            }
            wrong = set(re.findall(r"--[a-z-]+", rest)) - known
            assert not wrong, f"{page.name}: labeling {name} {wrong}"


def test_every_part_of_a_command_is_in_the_readme() -> None:
    for name, command in get_command(cli.app).commands.items():  # type: ignore[attr-defined]
        for part in getattr(command, "commands", {}):
            assert re.search(rf"`{name} [a-z |\\]*\b{part}\b", README), f"{name} {part}"


def test_every_setting_is_documented_with_its_default() -> None:
    text = (ROOT / "docs/settings.md").read_text("utf-8")
    for name, field in Settings.model_fields.items():
        if name != "home":
            assert f"| `{name}` | `{field.default!r}` |" in text, name


def test_the_functions_on_vectors_that_the_docs_show_can_be_declared() -> None:
    names: dict[str, object] = {}
    shown = next(b for b in re.findall(r"```python\n(.*?)```", README, re.S) if "Signal(" in b)
    exec(compile(shown, "README.md", "exec"), names)
    for page in (README, (ROOT / "docs/meaning.md").read_text("utf-8")):
        (block,) = (b for b in re.findall(r"```python\n(.*?)```", page, re.S) if "GOLD" in b)
        exec(compile(block, "docs", "exec"), names)


def test_the_readmes_functions_vote_on_the_sample_pins(tmp_path: Path) -> None:
    blocks = re.findall(r"```python\n(.*?)```", README, re.S)
    shown = [next(block for block in blocks if word in block) for word in ("Signal(", "GOLD")]
    write_signal(tmp_path, "\n".join(shown), name="spam")
    workspace = labeling.init_workspace(tmp_path)
    pins = pd.read_csv(ROOT / "data_samples/pins.csv", dtype=str, keep_default_na=False)
    pins.drop(columns="image").head(100).to_csv(tmp_path / "pins.csv", index=False)
    labeling.import_collection(workspace, "samples", tmp_path / "pins.csv")
    said = call("--home", tmp_path, "functions", "spam", "samples", "--json")
    assert said.returncode == 0, said.stderr
    votes = {one["function"]: one["votes"] for one in json.loads(said.stdout)["functions"]}
    assert list(votes) == [
        *("prize_words", "steep_discount", "known_blog", "shouting"),
        *("easy_money", "like_answered_ones"),
    ]
    assert votes["prize_words"] and votes["known_blog"] and votes["shouting"]
    assert votes["like_answered_ones"] == 0, "nobody answered a pin"


def test_the_readmes_signal_runs() -> None:
    block = next(b for b in re.findall(r"```python\n(.*?)```", README, re.S) if "Signal(" in b)
    names: dict[str, object] = {"__name__": "readme"}
    exec(compile(block, "README.md", "exec"), names)
    signal = names["spam"]
    assert isinstance(signal, Signal)
    assert [function.kind for function in signal] == [
        "keywords",
        "pattern",
        "link_domain",
        "function",
    ]


@pytest.mark.parametrize("target", ["demo", "test", "lint", "bench", "app"])
def test_the_makefile_has_the_targets_of_the_readme(target: str) -> None:
    assert re.search(rf"^{target}:", (ROOT / "Makefile").read_text("utf-8"), re.M)
