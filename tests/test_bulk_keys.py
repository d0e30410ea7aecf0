"""The keys of the page Bulk, however many classes there are."""

from __future__ import annotations

import time
from pathlib import Path

import pytest
from conftest import make_pins, write_signal

import labeling
from labeling.review.answers import read_answers
from labeling.review.people import add_person
from labeling.workspace import Workspace

pytest.importorskip("streamlit.testing.v1", reason="the extra `app` is not installed")

CLASSES = ["calm", "loud", *(f"kind{number}" for number in range(3, 11))]
SIGNAL = f"""
from labeling import Signal, keywords

tone = Signal("tone", classes={CLASSES!r})
tone.add(
    keywords("sale_words", tone.labels[1], ["sale", "free", "gratis"]),
    keywords("nature_words", tone.labels[0], ["lake", "forest", "meadow"]),
    keywords("mist", tone.labels[9], ["morning mist"]),
)
"""


@pytest.fixture(scope="module")
def ten(tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    """A workspace with a signal of ten classes, and open tasks."""
    home = tmp_path_factory.mktemp("ten") / "home"
    write_signal(home, SIGNAL)
    workspace = labeling.init_workspace(home)
    make_pins(120).drop(columns="label").to_csv(home / "pins.csv", index=False)
    labeling.import_collection(workspace, "pins", home / "pins.csv")
    labeling.run(workspace, "tone", "pins")
    add_person(workspace.database, "Ada", role="admin")
    return workspace


def test_ten_classes_have_the_keys_of_review_and_no_pin_has_one_of_them(
    ten: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    from test_app import open_app

    keys = {}
    for name in ("review", "bulk"):
        page = open_app(ten.home, monkeypatch, name)
        assert not page.exception
        shown = {button.label: button.proto.shortcut.lower() for button in page.button}
        keys[name] = [shown[label] for label in CLASSES]
        taken = [button.proto.shortcut.lower() for button in page.button if button.proto.shortcut]
        assert len(set(taken)) == len(taken), name
    assert keys["bulk"] == keys["review"] == [*"123456789", "a"]
    assert all(b.proto.shortcut for b in page.button if b.label == "Take out")
    time.sleep(1.1)  # sooner they would not have been seen
    next(button for button in page.button if button.label == CLASSES[9]).click().run()
    assert set(read_answers(ten.database, "tone", "pins")["label"]) == {"kind10"}


@pytest.mark.parametrize(
    ("classes", "keys"),
    [
        pytest.param(2, "qweztasdfg", id="two"),
        pytest.param(9, "qweztasdfg", id="as many as digits"),
        pytest.param(10, "qweztsdfgh", id="ten take a"),
        pytest.param(13, "qwztsfghop", id="thirteen take a, b, d and e"),
    ],
)
def test_a_pins_key_is_no_classs(classes: int, keys: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend(str(Path(__file__).parent.parent / "app"))
    from screens.bulk import cell_keys
    from screens.review import KEYS

    assert "".join(key or "-" for key in cell_keys(classes)) == keys
    for count in range(2, 40):
        pins = [key for key in cell_keys(count) if key]
        assert len(cell_keys(count)) == 10
        assert not set(pins) & (set(KEYS[:count]) | set("crnu"))
