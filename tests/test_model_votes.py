"""Models vote, but not on what they learned from."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from conftest import make_pins, write_signal

import labeling
from labeling.errors import FunctionError
from labeling.functions import model_votes
from labeling.model_folder import open_model
from labeling.workspace import Workspace


def signal_with(model: Path, classes: str, settings: str) -> str:
    return (
        "from labeling import Signal, keywords, model_votes\n"
        f"tone = Signal('tone', classes={classes})\n"
        "tone.add(\n"
        "    keywords('sale', 1, ['sale']),\n"
        f"    model_votes('last_model', {str(model)!r}, {settings}),\n"
        ")\n"
    )


def test_a_model_votes_but_not_on_the_pins_that_it_learned_from(
    new_pins: Workspace, run_workspace: Workspace, quick_model: Path
) -> None:
    from labeling.votes import read_votes

    old, new = pd.read_csv(run_workspace.home / "pins.csv"), make_pins(60, seed=7)
    new["pin_id"] = "new-" + new["pin_id"]
    both = pd.concat([old, new.iloc[:59]])
    both.to_csv(new_pins.home / "both.csv", index=False)
    labeling.import_collection(new_pins, "both", new_pins.home / "both.csv")
    write_signal(new_pins.home, signal_with(quick_model, "['calm', 'loud']", "above=0.9"))
    labeling.vote(new_pins, "tone", "both")
    signal = labeling.voting.ready_signal(new_pins, "tone", "both")
    pins = new_pins.collection("both")
    votes = np.concatenate(
        [
            read_votes(new_pins.store, signal, (signal["last_model"],), pins, shard)[:, 0]
            for shard in pins.shards
        ]
    )
    ids = both["pin_id"].to_numpy()
    learned = open_model(quick_model).has_learned_from(ids.tolist())
    rows = labeling.datasets.verify(quick_model.parent / "version").rows_by_split
    assert learned.sum() == rows["train"] + rows["validation"]
    assert (votes[learned] == -1).all()
    truth = (both["label"] == "loud").to_numpy()
    fired = votes >= 0
    assert fired[~learned].mean() > 0.5
    assert (votes == truth)[fired].mean() > 0.9


def test_gold_of_pins_that_the_model_has_not_seen_teaches_its_threshold(
    new_pins: Workspace, quick_model: Path, tmp_path: Path
) -> None:
    pins = make_pins(60, seed=7).iloc[:59]
    pins["pin_id"] = "new-" + pins["pin_id"]
    write_signal(new_pins.home, signal_with(quick_model, "['calm', 'loud']", "precision=0.8"))
    pins[["pin_id", "label"]].to_csv(tmp_path / "gold.csv", index=False)
    labeling.import_gold(new_pins, "tone", "new", tmp_path / "gold.csv")
    table = labeling.function_table(new_pins, "tone", "new").set_index("function")
    assert table["coverage"]["last_model"] > 0.5


@pytest.mark.parametrize(
    ("classes", "settings", "says"),
    [
        pytest.param(
            "['ok', 'spam']", "above=0.9", "knows the classes calm, loud", id="other names"
        ),
        pytest.param(
            "['loud', 'calm']", "above=0.9", "knows the classes calm, loud", id="other order"
        ),
    ],
)
def test_a_model_of_other_classes_needs_to_be_told_what_they_mean(
    new_pins: Workspace, quick_model: Path, classes: str, settings: str, says: str
) -> None:
    write_signal(new_pins.home, signal_with(quick_model, classes, settings))
    with pytest.raises(FunctionError, match=says):
        labeling.vote(new_pins, "tone", "new")
    mapped = settings + ", labels={'loud': 1}"
    write_signal(new_pins.home, signal_with(quick_model, classes, mapped))
    table = labeling.function_table(new_pins, "tone", "new").set_index("function")
    assert table["coverage"]["last_model"] > 0


@pytest.mark.parametrize(
    ("folder", "settings", "says"),
    [
        pytest.param(None, {"above": 0.9}, "holds no model", id="no model"),
        pytest.param("model", {}, "needs a threshold", id="no threshold"),
        pytest.param(
            "model", {"above": 0.9, "labels": {"shrill": 1}}, "label for 'shrill'", id="no class"
        ),
    ],
)
def test_a_vote_that_cannot_be_declared_is_one_sentence(
    quick_model: Path, tmp_path: Path, folder: str | None, settings: dict[str, object], says: str
) -> None:
    with pytest.raises(FunctionError, match=says):
        model_votes("last_model", quick_model if folder else tmp_path, **settings)  # type: ignore[arg-type]


def test_a_model_that_does_not_say_what_it_learned_from_may_not_vote(tmp_path: Path) -> None:
    config = {
        "signal": "tone",
        "classes": ["calm", "loud"],
        "reads": ["text"],
        "version": "t@v0001",
    }
    (tmp_path / "labeling_model.json").write_text(json.dumps(config))
    with pytest.raises(FunctionError, match="does not say which pins it learned from"):
        model_votes("last_model", tmp_path, above=0.9)
