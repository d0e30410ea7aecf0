from __future__ import annotations

import json
import shutil
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from conftest import ROOT, SIGNAL, make_pins, write_signal

import labeling
from labeling.authoring.mining import terms_of
from labeling.authoring.suggestions import Suggestions, suggest
from labeling.authoring.train_texts import read_texts
from labeling.chance import wilson_interval
from labeling.errors import CollectionError, SignalError
from labeling.evaluation import score
from labeling.known import known_labels
from labeling.workspace import Workspace

BY_HOST = """
from labeling import Signal

tone = Signal("tone", classes=["calm", "loud"])


def by_host(digits):
    def vote(pin):
        return int("deals" in pin.link) if pin.title[-1] in digits else -1

    return vote


tone.function(by_host("0123"), name="first")
tone.function(by_host("234"), name="second")
tone.function(by_host("014"), name="third")
"""
"""Functions that are right wherever they vote, on half of the pins."""


def of(workspace: Workspace, **more: object) -> Suggestions:
    return suggest(workspace, "tone", "pins", **more)  # type: ignore[arg-type]


def fewer_functions(workspace: Workspace) -> None:
    """Leave a signal that says little, so that there is something to suggest."""
    write_signal(workspace.home, SIGNAL[: SIGNAL.index("\n\n@tone.batch_function")])
    code = (workspace.home / "labeling_functions/tone/__init__.py").read_text()
    code = code.replace('"sale", "free", "gratis"', '"gratis"').replace('"lake", "forest", ', "")
    write_signal(
        workspace.home, code.replace('    link_domain("parks", CALM, ["parks.example"]),\n', "")
    )


def test_words_that_tell_the_classes_apart_are_found(workspace: Workspace) -> None:
    fewer_functions(workspace)
    labeling.vote(workspace, "tone", "pins")
    found = {(w, s.class_name) for s in of(workspace).suggestions for w in s.words}
    assert {("sale", "loud"), ("lake", "calm"), ("forest", "calm")} & found
    assert {("sale", "calm"), ("lake", "loud")}.isdisjoint(found)


def test_what_functions_say_already_is_not_suggested(workspace: Workspace) -> None:
    fewer_functions(workspace)
    labeling.vote(workspace, "tone", "pins")
    first = of(workspace).suggestions[0]
    number = ["CALM", "LOUD"][["calm", "loud"].index(first.class_name)]
    code = (workspace.home / "labeling_functions/tone/__init__.py").read_text()
    more = f"\ntone.add(keywords('added', {number}, {list(first.words)}))\n"
    write_signal(workspace.home, code + more)
    labeling.vote(workspace, "tone", "pins")
    assert first.words not in [s.words for s in of(workspace).suggestions]


def test_votes_of_functions_that_see_meaning_count(workspace: Workspace) -> None:
    fewer_functions(workspace)
    code = (workspace.home / "labeling_functions/tone/__init__.py").read_text()
    seen = """
from labeling import similar_to

tone.add(similar_to("near", LOUD, ["sale"], above=0.0))
"""
    write_signal(workspace.home, code + seen)
    labeling.vote(workspace, "tone", "pins")
    found = of(workspace)
    assert not [note for note in found.notes if "have not voted" in note]


def test_the_worth_of_words_is_counted_on_the_half_they_were_not_chosen_on(
    workspace: Workspace,
) -> None:
    fewer_functions(workspace)
    labeling.vote(workspace, "tone", "pins")
    signal, pins = workspace.signal("tone"), workspace.collection("pins")
    texts = read_texts(workspace.store, signal, pins, known_labels(workspace, signal, pins), 0)
    frame = texts.pins.to_pandas()[~texts.first_half]
    truth = texts.labels["reference"][~texts.first_half]
    for found in of(workspace).suggestions:
        hit = (frame["title"] + "\n" + frame["description"]).str.contains(
            rf"(?i)\b{found.words[0]}\b"
        )
        right = int((truth[hit] == signal.classes.index(found.class_name)).sum())
        assert found.judged == hit.sum()
        assert found.precision == pytest.approx(right / hit.sum())
        assert (found.precision_low, found.precision_high) == wilson_interval(right, int(hit.sum()))


def test_held_out_pins_are_never_looked_at(workspace: Workspace) -> None:
    pins = make_pins(300).assign(split="train")
    odd = pins.tail(60).assign(title="zebra crossing", split="test", label="loud")
    odd["pin_id"] = [f"odd{n}" for n in range(60)]
    pd.concat([pins, odd]).to_csv(workspace.home / "odd.csv", index=False)
    labeling.import_collection(workspace, "odd", workspace.home / "odd.csv")
    found = suggest(workspace, "tone", "odd")
    assert found.pins == 300
    assert "zebra" not in json.dumps(found.to_json())


def test_equal_texts_are_in_one_half(workspace: Workspace) -> None:
    twice = pd.concat([make_pins(100), make_pins(100).assign(pin_id=[f"q{n}" for n in range(100)])])
    twice.assign(split="train").to_csv(workspace.home / "twice.csv", index=False)
    labeling.import_collection(workspace, "twice", workspace.home / "twice.csv")
    signal, pins = workspace.signal("tone"), workspace.collection("twice")
    texts = read_texts(workspace.store, signal, pins, known_labels(workspace, signal, pins), 0)
    frame = texts.pins.to_pandas().assign(first=texts.first_half)
    assert (frame.groupby(["title", "description"])["first"].nunique() == 1).all()
    assert 0.2 < frame["first"].mean() < 0.8


def test_without_known_labels_it_mines_resolved_ones_and_says_so(workspace: Workspace) -> None:
    make_pins(300).drop(columns="label").to_csv(workspace.home / "bare.csv", index=False)
    labeling.import_collection(workspace, "bare", workspace.home / "bare.csv")
    with pytest.raises(CollectionError, match=r"nothing to learn from.*resolve tone bare"):
        suggest(workspace, "tone", "bare")
    write_signal(workspace.home, BY_HOST)
    labeling.resolve(workspace, "tone", "bare")
    found = suggest(workspace, "tone", "bare")
    assert found.labels["reference"] == 0
    assert {s.source for s in found.suggestions} == {"resolved"}
    assert any("whose mistakes it repeats" in note for note in found.notes)


def test_the_suggested_code_runs_as_pasted(workspace: Workspace) -> None:
    fewer_functions(workspace)
    labeling.vote(workspace, "tone", "pins")
    found = of(workspace)
    assert found.functions
    code = (workspace.home / "labeling_functions/tone/__init__.py").read_text()
    pasted = "".join(f"    {function.code},\n" for function in found.functions)
    write_signal(workspace.home, f"{code}\ntone.add(\n{pasted})\n")
    names = {function.name for function in workspace.signal("tone")}
    assert {function.name for function in found.functions} <= names


def test_one_class_alone(workspace: Workspace) -> None:
    assert {s.class_name for s in of(workspace, class_name="calm").suggestions} <= {"calm"}
    with pytest.raises(SignalError, match="no class 'x'; it has calm, loud"):
        of(workspace, class_name="x")


@pytest.mark.parametrize(
    ("text", "terms"),
    [
        pytest.param("You won", ["you", "won", "you won"], id="pair"),
        pytest.param("You, won", ["you", "won"], id="no pair over a comma"),
        pytest.param("a 24 x", [], id="letters and numbers"),
    ],
)
def test_terms(text: str, terms: list[str]) -> None:
    assert [t for t in terms_of(text) if t != "24 x"] == terms


def test_suggestions_cover_more_and_do_no_harm_on_real_headlines(
    real_data: Path, tmp_path: Path
) -> None:
    folder = tmp_path / "labeling_functions"
    shutil.copytree(ROOT / "tests/examples/labeling_functions", folder)
    workspace = labeling.init_workspace(tmp_path)
    columns = {"title": "headline", "label": "clickbait"}
    for split in ("train", "test"):
        path = real_data / "clickbait" / f"{split}.csv"
        labeling.import_collection(workspace, "clickbait", path, columns=columns, split=split)
    before, coverage = on_test(workspace)
    found = suggest(workspace, "clickbait", "clickbait", limit=5)
    lines = [f"clickbait.add({function.code})" for function in found.functions]
    head = "from labeling import keywords\nfrom . import CLICKBAIT, NEWS, clickbait\n"
    (folder / "clickbait/more.py").write_text(head + "\n".join(lines) + "\n")
    after, more = on_test(workspace)
    assert more > coverage + 0.02
    assert after > before


def on_test(workspace: Workspace) -> tuple[float, float]:
    found = labeling.resolve(workspace, "clickbait", "clickbait")
    labels, truths = [], []
    for shard in found.collection.shards:
        test = workspace.store.read_table(shard.key, ["split"]).column("split").to_pylist()
        rows = np.array(test) == "test"
        table = workspace.store.read_table(found.key(shard), ["label"])
        labels.append(table.column("label").to_numpy()[rows])
        truths.append(known_labels(workspace, found.signal, found.collection).of(shard)[rows])
    scores = score(np.concatenate(truths), np.concatenate(labels), 2)
    assert scores is not None
    return scores.accuracy, scores.coverage
