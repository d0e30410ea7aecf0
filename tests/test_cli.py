from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from conftest import ROOT, SIGNAL, make_pins, write_signal
from rich.text import Text
from typer.main import get_command

from labeling import cli, doctor
from labeling.cli.panels import PANELS
from labeling.cli.words import open_console
from labeling.workspace import Workspace


def call(*words: str | Path, cwd: Path | None = None, **env: str) -> subprocess.CompletedProcess:
    """Run the command as a user does."""
    command = [sys.executable, "-c", "from labeling.cli import main; main()", *map(str, words)]
    environment = {k: v for k, v in os.environ.items() if not k.startswith("LABELING_")} | env
    return subprocess.run(
        command, capture_output=True, text=True, cwd=cwd or ROOT, env=environment, check=False
    )


@pytest.fixture(scope="module")
def home(run_workspace: Workspace) -> Path:
    return run_workspace.home


def test_a_new_user_goes_from_nothing_to_a_verified_dataset(tmp_path: Path) -> None:
    home = tmp_path / "home"
    steps = [
        ("init",),
        ("init",),
        ("import", "pins", tmp_path / "pins.csv"),
        ("signals",),
        ("vote", "tone", "pins"),
        ("run", "tone", "pins"),
        ("functions", "tone", "pins"),
        ("try", "tone", "shouting", "pins", "--html", tmp_path / "try.html"),
        ("suggest", "tone", "pins"),
        ("report", "tone", "pins", "--html", tmp_path / "report.html"),
        ("datasets",),
        ("pull", "tone-pins@v0001", tmp_path / "pulled"),
        ("verify", tmp_path / "pulled"),
        ("doctor",),
    ]
    make_pins(200).to_csv(tmp_path / "pins.csv", index=False)
    write_signal(home)
    for step in steps:
        done = call("--home", home, *step)
        assert done.returncode == 0, (step, done.stderr)
    assert "<html" in (tmp_path / "report.html").read_text()


@pytest.mark.parametrize(
    "words",
    [
        pytest.param(("signals",), id="signals"),
        pytest.param(("functions", "tone", "pins"), id="functions"),
        pytest.param(("try", "tone", "shouting", "pins"), id="try"),
        pytest.param(("suggest", "tone", "pins"), id="suggest"),
        pytest.param(("embed", "pins"), id="embed"),
        pytest.param(("vote", "tone", "pins"), id="vote"),
        pytest.param(("resolve", "tone", "pins"), id="resolve"),
        pytest.param(("doubt", "tone", "pins"), id="doubt"),
        pytest.param(("enqueue", "tone", "pins"), id="enqueue"),
        pytest.param(("publish", "tone", "pins"), id="publish"),
        pytest.param(("run", "tone", "pins"), id="run"),
        pytest.param(("report", "tone", "pins"), id="report"),
        pytest.param(("gold", "tone", "pins"), id="gold"),
        pytest.param(("pin", "tone", "pins", "p00001"), id="pin"),
        pytest.param(("datasets",), id="datasets"),
        pytest.param(
            ("datasets", "diff", "tone-pins@v0001", "tone-pins@latest"), id="datasets diff"
        ),
        pytest.param(("models",), id="models"),
        pytest.param(("doctor",), id="doctor"),
        pytest.param(("init",), id="init"),
    ],
)
def test_json_is_exactly_one_object_on_stdout(home: Path, words: tuple[str, ...]) -> None:
    done = call("--home", home, *words, "--json")
    assert done.returncode == 0, done.stderr
    assert isinstance(json.loads(done.stdout), dict)


@pytest.mark.parametrize(
    ("words", "says"),
    [
        pytest.param(("run", "tune", "pins"), "There is no signal 'tune'", id="signal"),
        pytest.param(("run", "tone", "pin"), "There is no collection 'pin'", id="collection"),
        pytest.param(("import", "x", "nowhere.csv"), "nowhere.csv does not exist", id="path"),
        pytest.param(("import", "x", "README.md"), "is not known by its ending", id="format"),
        pytest.param(("import", "x", "README.md", "--map", "title"), "as FIELD=COLUMN", id="map"),
        pytest.param(("pull", "tone-pins", "x"), "names no version", id="version"),
        pytest.param(("datasets", "diff", "tone-pins@v1", "x"), "names no version", id="diff"),
        pytest.param(("pin", "tone", "pins", "p9"), "pins has no pin 'p9'", id="pin"),
        pytest.param(("evaluate", "docs", "pins"), "docs is no folder of a model", id="model"),
        pytest.param(("verify", "docs"), "is no dataset version", id="verify"),
        pytest.param(("report", "tone", "other"), "There is no collection|not yet run", id="rep"),
        pytest.param(("run", "tone", "pins", "--resolver", "x"), "no resolver 'x'", id="resolver"),
        pytest.param(
            ("try", "tone", "shoutin", "pins"), "did you mean 'shouting'\\?", id="function"
        ),
        pytest.param(
            ("try", "tone", "shouting", "pins", "--split", "tst"), "no split 'tst'; use", id="split"
        ),
        pytest.param(
            ("try", "tone", "shouting", "pins", "--html", "no/such/x.html"), "written", id="html"
        ),
        pytest.param(
            ("functions", "tone", "pins", "--sort", "x"), "cannot be sorted by 'x'", id="sort"
        ),
        pytest.param(
            ("functions", "tone", "pins", "--sort", "loss", "--no-without"), "needs --wi", id="loss"
        ),
        pytest.param(
            ("suggest", "tone", "pins", "--class", "x"), "no class 'x'; it has calm", id="class"
        ),
    ],
)
def test_a_bad_input_is_one_sentence_and_a_failing_exit_code(
    home: Path, words: tuple[str, ...], says: str
) -> None:
    import re

    done = call("--home", home, *words)
    assert done.returncode == 1
    assert done.stdout == ""
    last = done.stderr.strip().splitlines()[-1]
    assert re.search(says, last), done.stderr
    assert last.startswith("error: ")
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize(
    ("words", "code", "says"),
    [
        pytest.param(("map", "tone", "pins", "--on", "nope"), 2, "nope", id="value"),
        pytest.param(("run", "tone", "pins", "--workers", "0"), 2, "equal to 1", id="number"),
        pytest.param(("nope",), 2, "No such command", id="command"),
        pytest.param(("run", "tone"), 2, "Missing argument", id="argument"),
        pytest.param(("run", "tone", "nope"), 1, "There is no collection 'nope'", id="collection"),
    ],
)
def test_with_json_what_is_wrong_is_an_object_too(
    home: Path, words: tuple[str, ...], code: int, says: str
) -> None:
    done = call("--home", home, *words, "--json")
    assert done.returncode == code
    assert says in json.loads(done.stdout)["error"]
    assert done.stderr.startswith("error: ") and "Traceback" not in done.stderr


def test_what_functions_print_is_no_part_of_the_answer(tmp_path: Path) -> None:
    home = tmp_path / "home"
    make_pins(60).to_csv(tmp_path / "pins.csv", index=False)
    noisy = (
        SIGNAL
        + """

print("loaded")


@tone.function
def chatty(pin):
    print("looked at", pin.pin_id)
    return ABSTAIN
"""
    )
    write_signal(home, noisy)
    for step in (("init",), ("import", "pins", tmp_path / "pins.csv")):
        assert call("--home", home, *step).returncode == 0
    done = call("--home", home, "vote", "tone", "pins", "--workers", "2", "--json")
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["signal"] == "tone"
    assert "loaded" in done.stderr and "looked at p00001" in done.stderr


def test_what_is_finished_shows_no_bar(home: Path) -> None:
    done = call("--home", home, "resolve", "tone", "pins")
    assert done.returncode == 0
    assert "0/0" not in done.stderr


def test_a_failure_is_one_json_object_too(home: Path) -> None:
    done = call("--home", home, "run", "tune", "pins", "--json")
    assert done.returncode == 1
    assert "There is no signal 'tune'" in json.loads(done.stdout)["error"]


def test_without_a_workspace_it_says_how_to_make_one(tmp_path: Path) -> None:
    done = call("signals", cwd=tmp_path)
    assert done.returncode == 1
    assert "make one here with `labeling init`" in done.stderr
    done = call("--home", tmp_path / "none", "signals")
    assert "is not a workspace" in done.stderr


@pytest.mark.parametrize(
    ("text", "says"),
    [
        pytest.param("workers = -1", "The setting workers is -1", id="value"),
        pytest.param(
            "wokers = 1", "sets 'wokers', which is no setting; the settings are", id="name"
        ),
        pytest.param("workers = = 1", "is not valid TOML", id="syntax"),
    ],
)
def test_a_wrong_setting_is_named(tmp_path: Path, text: str, says: str) -> None:
    (tmp_path / "labeling.toml").write_text(text)
    done = call("--home", tmp_path, "signals")
    assert done.returncode == 1
    assert says in done.stderr


def test_a_workspace_is_made_where_the_environment_names_it(tmp_path: Path) -> None:
    done = call("init", "--json", cwd=tmp_path, LABELING_HOME="named")
    assert json.loads(done.stdout)["home"] == str(tmp_path / "named")
    assert call("signals", cwd=tmp_path, LABELING_HOME="named").returncode == 0


def test_the_environment_wins_over_the_file(tmp_path: Path) -> None:
    (tmp_path / "labeling.toml").write_text('store = "here"\n')
    done = call("--home", tmp_path, "init", "--json", LABELING_STORE="there")
    assert json.loads(done.stdout)["store"] == str(tmp_path / "there")


def test_the_doctor_says_what_to_do_where_something_is_broken(tmp_path: Path) -> None:
    (tmp_path / "labeling.toml").write_text('encoder = "no-such-folder/model"\n')
    write_signal(tmp_path, "this is no Python")
    done = call("--home", tmp_path, "doctor", HF_HUB_OFFLINE="1")
    assert done.returncode == 1
    said = done.stdout
    assert "run `labeling init`" in said
    assert "The encoder 'no-such-folder/model' cannot be loaded" in said
    assert "The signal 'tone' does not import" in said


def test_the_doctor_leaves_nothing_in_the_store(run_workspace: Workspace) -> None:
    store = run_workspace.home / "store"
    before = sorted(store.rglob("*"))
    assert "writes and reads" in doctor._store(run_workspace)
    assert sorted(store.rglob("*")) == before


def test_the_doctor_goes_on_where_the_store_cannot_be_read(tmp_path: Path) -> None:
    (tmp_path / "labeling.toml").write_text('store = "labeling.toml"\n')
    done = call("--home", tmp_path, "doctor", "--json")
    checks = {check["name"]: check for check in json.loads(done.stdout)["checks"]}
    assert done.returncode == 1
    assert not checks["store"]["ok"]
    assert checks["encoder"]["ok"]


def test_a_path_is_printed_as_it_is(home: Path, tmp_path: Path) -> None:
    done = call("--home", home, "pull", "tone-pins@v0001", tmp_path / "[bold]")
    assert str(tmp_path / "[bold]") in done.stdout, done.stderr


def test_one_broken_signal_does_not_hide_the_others(tmp_path: Path) -> None:
    write_signal(tmp_path)
    write_signal(tmp_path, "1 / 0", name="broken")
    (tmp_path / "labeling.toml").touch()
    done = call("--home", tmp_path, "signals", "--json")
    rows = {row["signal"]: row for row in json.loads(done.stdout)["signals"]}
    assert "ZeroDivisionError" in rows["broken"]["error"]
    assert rows["tone"]["functions"] == 6


def test_every_command_and_option_has_help() -> None:
    commands = dict(get_command(cli.app).commands)  # type: ignore[attr-defined]
    assert sorted(name for names in PANELS.values() for name in names) == sorted(commands)
    for name, command in list(commands.items()):
        parts = getattr(command, "commands", {})
        commands |= {f"{name} {part}": value for part, value in parts.items()}
    for name, command in commands.items():
        assert command.help, name
        for option in command.params:
            assert getattr(option, "help", None), f"{name} {option.name}"


def test_help_lists_commands_in_panels() -> None:
    shown = call("--help").stdout
    places = [shown.index(f" {title} ") for title in PANELS]
    assert places == sorted(places)
    assert places[0] < shown.index(" doctor ") < places[1]


def test_the_terminal_shows_text_as_it_is(capsys: pytest.CaptureFixture[str]) -> None:
    open_console().print("a :key: of [b]brass[/b]", Text(":key: [b]"))
    assert capsys.readouterr().out == "a :key: of brass :key: [b]\n"


def test_help_loads_nothing_heavy() -> None:
    code = (
        "import sys; sys.argv = ['labeling', '--help']\n"
        "from labeling.cli import main\n"
        "try: main()\n"
        "except SystemExit: pass\n"
        "heavy = {'pandas', 'numpy', 'torch', 'pyarrow', 'sqlalchemy', 'sklearn', 'snorkel'}\n"
        "sys.exit(', '.join(heavy & set(sys.modules)) or 0)\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
