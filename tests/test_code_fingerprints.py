"""Authored code: found in folders, imported with clear errors, and fingerprinted."""

from __future__ import annotations

import os
import subprocess
import sys
from itertools import count
from pathlib import Path

import pyarrow as pa
import pytest

from labeling.discovery import load_signal, save_given_signal, signal_names
from labeling.errors import SignalError
from labeling.pins import SCHEMA, PinBatch
from labeling.shards import Store

pytestmark = pytest.mark.usefixtures("own_imports")

HEAD = "from labeling import Signal, keywords\nspam = Signal('spam', classes=['ok', 'spam'])\n"
SALE = "spam.add(keywords('sale', 1, ['sale']))\n"
LINKS = (
    "from labeling_functions.spam import spam\n\n@spam.function\ndef short(pin):\n    return 0\n"
)
COUNTER = count()


def write(home: Path, **modules: str) -> Path:
    """Write the modules of the signal `spam` into a workspace; return its folder of signals."""
    folder = home / "labeling_functions"
    (folder / "spam").mkdir(parents=True, exist_ok=True)
    (folder / "__init__.py").touch()
    for name, code in modules.items():
        (folder / "spam" / f"{name}.py").write_text(code, encoding="utf-8")
    return folder


def names(folder: Path, store: Store) -> list[str]:
    return [function.name for function in load_signal("spam", folder, store)]


def test_a_signal_may_be_split_over_modules(tmp_path: Path, store: Store) -> None:
    folder = write(tmp_path, __init__=HEAD + SALE, links=LINKS, also=LINKS.replace("short", "b"))
    assert names(folder, store) == ["sale", "b", "short"]
    assert signal_names(folder, store) == ["spam"]


BROKEN = {
    "syntax": ({"links": "a = 1\nb = = 2\n"}, r"links\.py, line 2: SyntaxError: invalid syntax"),
    "import": ({"links": "\nimport no_such\n"}, r"links\.py, line 2: ModuleNotFoundError: No mod"),
    "name": ({"__init__": HEAD + "\nspan.x\n"}, r"__init__\.py, line 4: NameError: name 'span'"),
    "deep": ({"links": "def f():\n    1 / 0\nf()\n"}, r"links\.py, line 2: ZeroDivisionError"),
    "twins": ({"links": LINKS + LINKS[41:]}, r"links\.py, line \d+: spam has two functions named"),
    "no-signal": ({"__init__": "x = 1\n"}, r"__init__\.py defines 0 signals named 'spam'; it must"),
    "other-name": ({"__init__": HEAD.replace("l('spam", "l('scam")}, "defines 0 signals named 'sp"),
    "no-functions": ({"__init__": HEAD}, "has no labeling functions; add some in .*spam"),
}


@pytest.mark.parametrize(("modules", "message"), BROKEN.values(), ids=BROKEN)
def test_code_that_fails_is_named_by_file_and_line(
    tmp_path: Path, store: Store, modules: dict[str, str], message: str
) -> None:
    folder = write(tmp_path, **{"__init__": HEAD + SALE} | modules)
    with pytest.raises(SignalError, match=message):
        load_signal("spam", folder, store)


def test_a_mistake_that_was_mended_loads_whole_in_the_same_process(
    tmp_path: Path, store: Store
) -> None:
    folder = write(tmp_path, __init__=HEAD + SALE, links=LINKS + "oops\n")
    for _ in range(2):  # the second try says the same
        with pytest.raises(SignalError, match="NameError: name 'oops'"):
            load_signal("spam", folder, store)
    write(tmp_path, links=LINKS)
    assert names(folder, store) == ["sale", "short"]


@pytest.mark.parametrize("name", ["scam", "", "..", "../spam"])
def test_a_missing_signal_names_those_there_are(tmp_path: Path, store: Store, name: str) -> None:
    folder = write(tmp_path, __init__=HEAD + SALE)
    save_given_signal(store, "youtube", ("ham", "spam"), ("f0",))
    with pytest.raises(SignalError, match=rf"no signal {name!r} \(there are: spam, youtube\)"):
        load_signal(name, folder, store)


def test_a_file_where_a_folder_belongs_is_told_its_place(tmp_path: Path, store: Store) -> None:
    folder = write(tmp_path, __init__=HEAD + SALE)
    (folder / "scam.py").write_text(HEAD + SALE)
    with pytest.raises(SignalError, match=r"move .*/scam\.py to .*/scam/__init__\.py\.$"):
        load_signal("scam", folder, store)


@pytest.mark.parametrize("packages", [True, False], ids=["packages", "no-init-in-the-folder"])
def test_two_workspaces_in_one_process_each_get_their_own_code(
    tmp_path: Path, store: Store, packages: bool
) -> None:
    first = write(tmp_path / "a", __init__=HEAD + SALE, links=LINKS)
    second = write(tmp_path / "b", __init__=HEAD + SALE.replace("'sale'", "'free'"))
    sys.path.insert(0, str(first.parent))  # as if started there
    if not packages:
        (second / "__init__.py").unlink()
    assert names(first, store) == ["sale", "short"]
    assert names(second, store) == ["free"]
    assert names(first, store) == ["sale", "short"]


def test_leaving_a_workspace_leaves_the_path_that_python_was_started_with(
    tmp_path: Path, store: Store
) -> None:
    sys.path.insert(0, str(tmp_path / "a"))
    load_signal("spam", write(tmp_path / "a", __init__=HEAD + SALE), store)
    load_signal("spam", write(tmp_path / "b", __init__=HEAD + SALE), store)
    assert str(tmp_path / "a") in sys.path


def test_a_given_signal_votes_what_came_with_the_pins(tmp_path: Path, store: Store) -> None:
    save_given_signal(store, "youtube", ("ham", "spam"), ("lf_a", "lf_b"))
    youtube = load_signal("youtube", tmp_path, store)
    assert (youtube.classes, [f.kind for f in youtube]) == (("ham", "spam"), ["given"] * 2)
    blank = dict.fromkeys(SCHEMA.names, "")
    given = [[0, 1], [-1, 9], None, [1]]
    batch = PinBatch(pa.Table.from_pylist([blank | {"given_votes": g} for g in given], SCHEMA))
    assert youtube["lf_a"].vote(batch, 2).votes.tolist() == [0, -1, -1, 1]
    result = youtube["lf_b"].vote(batch, 2)
    assert result.votes.tolist() == [1, -1, -1, -1]
    assert result.faults == {1: "returned 9, and the signal's classes are 0 to 1 (-1 abstains)"}
    with pytest.raises(SignalError, match="it needs 2 to 127"):
        save_given_signal(store, "bad", ("one",), ("f",))


CODE = '''
import functools, re
from labeling import Signal
from labeling_functions.spam import chain, lists
from labeling_functions.spam.words import Checker, long
spam = Signal("spam", classes=["ok", "spam"])
LIMIT, LISTED, KNOWN = 3, ["free"], {("a", "b"), ("c", "d"), ("e", "f")}
NESTED = {frozenset({"p", "q", "r"}): {"x", "y", "z"}, "other": [b"1", 2.5]}
PRICE = re.compile(r"\\d+ usd")
LOW, HIGH = [1], [2]
TABLE = {"low": LOW, "high": HIGH, "top": HIGH}
CHECKS = {
    "a": lambda pin: pin.title.isupper(),
}
checker = Checker(20)
SOME = 4

def helper(pin, least=SOME):
    return len(pin.board) > least

def only(some):
    def decorate(function):
        @functools.wraps(function)
        def inner(pin):
            return function(pin) if len(pin.link) > some + 11 else -1
        return inner
    return decorate

def make(closed):
    def made(pin):
        return int(closed in pin.title)
    return made

@spam.function
@only(30)
def big(pin, floor=2):
    """Docs."""
    # a comment
    if pin.title in KNOWN or pin.title in NESTED or PRICE.search(pin.text):
        return 1 if len(LISTED) > LIMIT else -1
    if long(pin) or lists.has(pin) or chain.has(pin) or checker.check(pin) or helper(pin):
        return [CHECKS["a"](pin) for _ in TABLE["top"]][0]
    return -1 + floor

spam.function(name="made")(make("gold"))

@spam.function
def other(pin):
    return 0
'''
MODULES = {
    "__init__": CODE,
    "words": "class Checker:\n    def __init__(self, n):\n        self.n = n\n"
    "    def check(self, pin):\n        return len(pin.text) > self.n + 50\n\n"
    "def long(pin):\n    return len(pin.title) > 60\n",
    "lists": "WORDS = ['prize']\ndef has(pin):\n    return pin.title in WORDS\n",
    "chain": "from labeling_functions.spam.terms import TERMS\n"
    "def has(pin):\n    return pin.title in TERMS\n",
    "terms": "TERMS = ['lottery']\n",
}


def prints(tmp_path: Path, old: str = "", new: str = "", module: str = "") -> dict[str, str]:
    """Return the fingerprints of the functions in a new workspace, one text replaced."""
    modules = dict(MODULES)
    if old:
        module = module or next(name for name in modules if old in modules[name])
        assert modules[module].count(old) == 1
        modules[module] = modules[module].replace(old, new)
    folder = write(tmp_path / f"home{next(COUNTER)}", **modules)
    spam = load_signal("spam", folder, Store(str(tmp_path / "store")))
    return {function.name: function.fingerprint for function in spam}


SAME = {
    "where-the-file-lies": ("", ""),
    "comment": ("# a comment", "# another, longer one\n    # of two lines"),
    "docstring": ('"""Docs."""', '"""Other docs."""'),
    "no-docstring": ('"""Docs."""\n    ', ""),
    "formatting": ("return -1 + floor", "return (\n        -1\n        + floor\n    )"),
    "a-blank-line-above": ("@spam.function\n@only", "\n\n\n@spam.function\n@only"),
    "its-neighbour": ("    return 0\n", "    return 1\n"),
}


@pytest.mark.parametrize(("old", "new"), SAME.values(), ids=SAME)
def test_a_fingerprint_stays_when_nothing_it_computes_changes(
    tmp_path: Path, old: str, new: str
) -> None:
    before, after = prints(tmp_path), prints(tmp_path, old, new)
    assert (before["big"], before["made"]) == (after["big"], after["made"])
    assert (before["other"] == after["other"]) is (old != "    return 0\n")


CHANGED = {
    "body": ("-1 + floor", "floor - 2"),
    "default": ("floor=2", "floor=1"),
    "constant-int": ("= 3,", "= 4,"),
    "constant-list": ('["free"]', '["free", "gratis"]'),
    "constant-set": ('("c", "d")', '("c", "e")'),
    "constant-dict-value": ('{"x", "y", "z"}', '{"x", "y"}'),
    "constant-dict-key": ('frozenset({"p", "q", "r"})', 'frozenset({"p", "q"})'),
    "compiled-regex": ("usd", "eur"),
    "regex-flags": ('usd")', 'usd", re.I)'),
    "which-of-two-constants": ('"top": HIGH', '"top": LOW'),
    "helper-body": ("pin.board) >", "pin.board) >="),
    "helper-default": ("SOME = 4", "SOME = 5"),
    "helper-in-another-module": ("60", "61"),
    "helper-through-its-module": ("'prize'", "'price'"),
    "constant-two-modules-away": ("'lottery'", "'lotto'"),
    "lambda-in-a-dict": ("pin.title.isupper()", "pin.board.isupper()"),
    "object's-attribute": ("Checker(20)", "Checker(21)"),
    "object's-method": ("self.n + 50", "self.n + 51"),
    "decorator's-argument": ("@only(30)", "@only(31)"),
    "decorator's-body": ("some + 11", "some + 12"),
}


@pytest.mark.parametrize(("old", "new"), CHANGED.values(), ids=CHANGED)
def test_a_fingerprint_changes_with_what_it_computes(tmp_path: Path, old: str, new: str) -> None:
    before, after = prints(tmp_path), prints(tmp_path, old, new)
    assert before["big"] != after["big"]
    assert (before["made"], before["other"]) == (after["made"], after["other"])


def test_a_fingerprint_changes_with_a_value_closed_over(tmp_path: Path) -> None:
    before, after = prints(tmp_path), prints(tmp_path, '"gold"', '"silver"')
    assert [name for name in before if before[name] != after[name]] == ["made"]


def test_fingerprints_are_the_same_in_every_process(tmp_path: Path) -> None:
    folder = write(tmp_path, **MODULES)
    script = (
        "import sys; from pathlib import Path; from labeling.shards import Store\n"
        "from labeling.discovery import load_signal\n"
        "spam = load_signal('spam', Path(sys.argv[1]), Store(sys.argv[1]))\n"
        "print([(f.name, f.fingerprint) for f in spam])"
    )
    printed = set()
    for seed in "123":
        command = [sys.executable, "-c", script, str(folder)]
        environment = {**os.environ, "PYTHONHASHSEED": seed}
        done = subprocess.run(command, env=environment, capture_output=True, text=True, check=True)
        printed.add(done.stdout)
    assert printed == {f"{list(prints(tmp_path).items())}\n"}
