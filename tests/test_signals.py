"""Signals: registering functions, their votes, and what the faulty ones leave behind."""

from __future__ import annotations

import functools
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from snorkel.labeling import LabelingFunction as SnorkelFunction
from snorkel.labeling import PandasLFApplier, labeling_function
from snorkel.preprocess import Preprocessor, preprocessor

from labeling import Signal, keywords
from labeling.collection import Collection, Shard
from labeling.discovery import load_signal
from labeling.errors import FunctionError, SignalError
from labeling.pins import SCHEMA, PinBatch
from labeling.shards import Store
from labeling.votes import VoteShard, find_faults, read_votes, usable_functions

pytestmark = pytest.mark.usefixtures("own_imports")

HEAD = "from labeling import Signal, keywords\nspam = Signal('spam', classes=['ok', 'spam'])\n"
SALE = "spam.add(keywords('sale', 1, ['sale']))\n"


def signal() -> Signal:
    return Signal("spam", classes=["ok", "spam"])


def table_of(*titles: str, first: int = 0, given: list[int] | None = None) -> pa.Table:
    blank = dict.fromkeys(SCHEMA.names, "") | {"given_votes": given, "label": "spam"}
    rows = [
        blank | {"pin_id": f"p{first + n}", "title": t, "link": f"https://x.example/{n}"}
        for n, t in enumerate(titles)
    ]
    return pa.Table.from_pylist(rows, schema=SCHEMA)


def write(folder: Path, **modules: str) -> Path:
    """Write the modules of the signal `spam` into a folder of signals; return that folder."""
    (folder / "spam").mkdir(parents=True, exist_ok=True)
    (folder / "__init__.py").touch()
    for name, code in modules.items():
        (folder / "spam" / f"{name}.py").write_text(code, encoding="utf-8")
    return folder


MALFORMED = {
    "a-slash": (dict(name="a/b", classes=["x", "y"]), "'a/b' cannot name a signal; use up to 64"),
    "one-class": (dict(name="a", classes=["x"]), r"has the classes \['x'\]; it needs 2 to 127"),
    "twins": (dict(name="a", classes=["x", "x"]), "each with a name of its own"),
    "no-label": (dict(name="a", classes=["x", "no label"]), "what is said of a pin without one"),
    "no-class": (dict(name="a", classes=["x", "(no class)"]), "what is said of a pin without one"),
    "no-name": (dict(name="a", classes=["x", ""]), "each with a name of its own"),
    "too-many": (dict(name="a", classes=[str(n) for n in range(128)]), "it needs 2 to 127"),
    "one-string": (dict(name="a", classes="yes"), "classes"),
}


@pytest.mark.parametrize(("arguments", "message"), MALFORMED.values(), ids=MALFORMED)
def test_a_signal_that_is_not_well_formed_is_refused(arguments: Any, message: str) -> None:
    with pytest.raises(SignalError, match=message):
        Signal(**arguments)


UNREGISTRABLE = {
    "taken": ([keywords("old", 0, ["b"])], "spam has two functions named 'old'; rename one"),
    "twins": ([keywords("b", 0, ["b"])] * 2, "spam has two functions named 'b'; rename one"),
    "snorkel-twin": ([SnorkelFunction("old", len)], "two functions named 'old'"),
    "no-such-class": ([keywords("b", 2, ["b"])], "'b' votes 2, and spam has the classes 0 ok, 1 s"),
    "a-plain-function": ([len], "it is a builtin_function_or_method, not a labeling function"),
    "a-bad-name": ([SnorkelFunction("a b", len)], "'a b' cannot name a labeling function"),
}


@pytest.mark.parametrize(("functions", "message"), UNREGISTRABLE.values(), ids=UNREGISTRABLE)
def test_functions_are_registered_all_or_none(functions: list[Any], message: str) -> None:
    spam = signal()
    spam.add(keywords("old", 0, ["a"]))
    with pytest.raises(FunctionError, match=message):
        spam.add(keywords("new", 0, ["a"]), *functions)
    assert [function.name for function in spam] == ["old"]


UNDECORATABLE = {
    "a-word": ("words", "cannot register 'words': decorate a plain function"),
    "declared": (keywords("b", 0, ["b"]), "declared functions go to signal.add"),
    "snorkel": (SnorkelFunction("b", len), "signal.add"),
    "a-lambda": (lambda pin: 0, "'<lambda>' cannot name a labeling function"),
    "nameless": (functools.partial(len), "name"),
}


@pytest.mark.parametrize(("value", "message"), UNDECORATABLE.values(), ids=UNDECORATABLE)
def test_what_is_no_plain_function_cannot_be_decorated(value: Any, message: str) -> None:
    with pytest.raises(FunctionError, match=message):
        signal().function(value)


def test_a_decorated_function_stays_callable_and_is_found_by_its_name() -> None:
    spam = signal()

    @spam.function
    def loud(pin: Any) -> int:
        """Shouts."""
        return 1 if pin["title"].isupper() else -1

    spam.batch_function(name="all_ok")(lambda frame: [0] * len(frame))
    assert next((f.name, f.kind, f.doc) for f in spam) == ("loud", "function", "Shouts.")
    assert loud(PinBatch(table_of("HEY")).pins[0]) == 1
    assert spam["loud"].vote(PinBatch(table_of("HEY", "hey")), 2).votes.tolist() == [1, -1]
    with pytest.raises(FunctionError, match="spam has no function 'quiet'; it has loud, all_ok"):
        spam["quiet"]


NOT_A_VOTE = "wanted ABSTAIN (-1) or a class from 0 to 1"
RETURNS = {
    "none": (None, f"returned None, {NOT_A_VOTE}; does a branch lack its return?"),
    "text": ("spam", f"returned 'spam', {NOT_A_VOTE}"),
    "float": (1.0, f"returned 1.0, {NOT_A_VOTE}"),
    "true": (True, f"returned True, {NOT_A_VOTE}"),
    "numpy-true": (np.True_, f"returned np.True_, {NOT_A_VOTE}"),
    "seven": (7, "returned 7, and the signal's classes are 0 to 1 (-1 abstains)"),
    "below": (-2, "returned -2, and the signal's classes are 0 to 1 (-1 abstains)"),
    "a-list": ([1], f"returned [1], {NOT_A_VOTE}"),
    "an-error": (ValueError("no\nprice"), "ValueError: no price"),
    "numpy-scalar": (np.int64(1), None),
}


@pytest.mark.parametrize(("returned", "message"), RETURNS.values(), ids=RETURNS)
def test_only_a_class_or_abstain_counts_as_a_vote(returned: Any, message: str | None) -> None:
    def function(pin: Any) -> Any:
        if pin.title == "good":
            return 0
        if isinstance(returned, Exception):
            raise returned
        return returned

    spam = signal()
    spam.function(function)
    result = spam["function"].vote(PinBatch(table_of("good", "odd", "good")), 2)
    assert result.faults == ({1: message} if message else {})
    assert result.votes.tolist() == [0, -1 if message else 1, 0]


@pytest.mark.parametrize("name", ["label", "split", "given_votes"])
def test_a_function_on_a_pin_cannot_read_reference_labels(name: str) -> None:
    spam = signal()
    spam.function(name="peek")(lambda pin: 1 if getattr(pin, name) else 0)
    result = spam["peek"].vote(PinBatch(table_of("a")), 2)
    assert result.votes.tolist() == [-1]
    assert result.faults[0].startswith(f"AttributeError: a pin has no field '{name}'; it has pin_")


class AddLength(Preprocessor):
    def run(self, text: str) -> dict[str, Any]:
        return {"length": len(text)}


@preprocessor(memoize=True)
def lowered(x: Any) -> Any:
    x.title = x.title.lower()
    return x


@labeling_function(pre=[lowered, AddLength("length", {"text": "text"})], resources={"most": 6})
def short_sale(x: Any, most: int) -> int:
    return 1 if "sale" in x.title and x.length <= most else -1


@labeling_function(name="by_host")
def host(x: Any) -> int:
    return 0 if x.domain == "x.example" and x.name else -1


def test_snorkel_functions_vote_as_under_snorkels_own_applier() -> None:
    functions = [short_sale, host, SnorkelFunction("loud", lambda x: int(x["title"].isupper()))]
    spam = signal()
    spam.add(*functions)
    batch = PinBatch(table_of("SALE", "sale of the year", "", "Ünï SALE", "SALE!"))
    before = [f.fingerprint for f in spam]
    ours = np.column_stack([function.vote(batch, 2).votes for function in spam])
    frame = pd.DataFrame(batch.frame)
    assert ours.tolist() == PandasLFApplier(functions).apply(frame, progress_bar=False).tolist()
    assert [(f.name, f.kind) for f in spam][1] == ("by_host", "snorkel")
    again = signal()
    again.add(*functions)  # their preprocessors remember the pins they saw
    assert [f.fingerprint for f in again] == before


FAULTY = """
@spam.function
def needs_a_price(pin):
    return 1 if int(pin.title) > 3 else 0

@spam.function
def never(pin):
    raise RuntimeError("no model")
"""


def vote(folder: Path, store: Store, *tables: pa.Table) -> Collection:
    """Vote on one shard per table."""
    shards = tuple(Shard(key=f"pins/c/{n}.parquet", rows=len(t)) for n, t in enumerate(tables))
    collection = Collection(name="c", revision=1, shards=shards)
    names = tuple(function.name for function in load_signal("spam", folder, store))
    step = VoteShard(
        store=store,
        functions_folder=folder,
        signal="spam",
        functions=names,
        collection=collection,
    )
    for shard, table in zip(shards, tables, strict=True):
        store.write_table(shard.key, table)
        step(shard)
    return collection


def test_faults_are_kept_with_their_pins_and_the_worst_functions_set_aside(
    tmp_path: Path, store: Store
) -> None:
    folder = write(tmp_path / "labeling_functions", __init__=HEAD + SALE + FAULTY)
    tables = table_of("5", "sale", "1"), table_of("2", "x", "9", "8", "7", first=3)
    collection = vote(folder, store, *tables)
    spam = load_signal("spam", folder, store)
    worst, some = find_faults(store, spam, spam.functions, collection, max_share=0.25)
    assert (worst.function, worst.count, worst.share, worst.set_aside) == ("never", 8, 1.0, True)
    assert worst.messages == {"RuntimeError: no model": 8}
    assert worst.examples == [(f"p{n}", "RuntimeError: no model") for n in range(5)]
    assert (some.function, some.count, some.share, some.set_aside) == ("needs_a_price", 2, 0.25, 0)
    assert [pin for pin, _ in some.examples] == ["p1", "p4"]
    assert "invalid literal for int() with base 10: 'sale'" in some.examples[0][1]
    usable = usable_functions(spam, [worst, some])
    assert [function.name for function in usable] == ["sale", "needs_a_price"]
    votes = read_votes(store, spam, usable, collection, collection.shards[1])
    assert votes.tolist() == [[-1, 0], [-1, -1], [-1, 1], [-1, 1], [-1, 1]]


def test_a_signal_whose_functions_are_all_set_aside_cannot_go_on(
    tmp_path: Path, store: Store
) -> None:
    folder = write(tmp_path / "labeling_functions", __init__=HEAD + FAULTY)
    collection = vote(folder, store, table_of("x"), table_of("y", first=1))
    spam = load_signal("spam", folder, store)
    message = r"All 2 functions of spam are set aside .* says of p0: .*(x'|no model)\."
    with pytest.raises(FunctionError, match=message):
        usable_functions(spam, find_faults(store, spam, spam.functions, collection, max_share=0.5))


@pytest.mark.parametrize(
    "balance",
    [
        pytest.param([0.5], id="too few"),
        pytest.param([1.0, 0.0], id="a zero"),
        pytest.param([0.5, 0.2], id="not one"),
    ],
)
def test_a_balance_that_is_none_is_refused(balance: list[float]) -> None:
    with pytest.raises(SignalError, match="a positive share for each of its 2 classes"):
        Signal("spam", classes=["ok", "spam"], balance=balance)
