"""Functions on vectors in a real workspace: examples, gold, thresholds, what is redone, what is said."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from conftest import make_pins, make_workspace, write_signal
from PIL import Image, ImageDraw

import labeling
from labeling.authoring.function_report import report_functions
from labeling.errors import EncoderError, FunctionError
from labeling.votes import read_votes
from labeling.voting import ready_signal
from labeling.workspace import Workspace

HEAD = """
from pathlib import Path
from labeling import (GOLD, Signal, cluster, duplicate_of, image_measure, keywords, nearest, pin_ids,
                      prototype, similar_to, zero_shot)

tone = Signal("tone", classes=["calm", "loud"])
CALM, LOUD = tone.labels
"""


def declare(workspace: Workspace, *functions: str) -> None:
    write_signal(workspace.home, f"{HEAD}\ntone.add({', '.join(functions)})\n")


def votes_of(workspace: Workspace, name: str, collection: str = "pins") -> np.ndarray:
    found = ready_signal(workspace, "tone", collection)
    pins = workspace.collection(collection)
    return np.concatenate(
        [read_votes(workspace.store, found, (found[name],), pins, s)[:, 0] for s in pins.shards]
    )


def truth(count: int = 300) -> np.ndarray:
    return (make_pins(count)["label"] == "loud").to_numpy().astype(int)


def trained_ids(count: int, label: str, start: int = 0) -> list[str]:
    pins = make_pins(300)
    rows = pins[(pins.split == "train") & (pins.label == label)]
    return rows.pin_id.tolist()[start : start + count]


def add_gold(workspace: Workspace, count: int, wrong: int = 0) -> None:
    pins = make_pins(300)
    rows = pins[pins.split == "train"].iloc[:count].copy()
    rows.iloc[:wrong, rows.columns.get_loc("label")] = "loud"
    file = workspace.home / "gold.csv"
    rows[["pin_id", "label"]].to_csv(file, index=False)
    labeling.import_gold(workspace, "tone", "pins", file, replace=True)


def test_texts_and_descriptions_find_their_class(workspace: Workspace) -> None:
    declare(
        workspace,
        "similar_to('sale', LOUD, ['buy now, last chance, 50% off sale'], above=0.35)",
        "zero_shot('topic', {CALM: 'a quiet lake in the forest', LOUD: 'a discount sale'})",
    )
    report = labeling.vote(workspace, "tone", "pins")
    assert report.columns_voted == {"sale": 3, "topic": 3} and not report.notes
    sale, topic = votes_of(workspace, "sale"), votes_of(workspace, "topic")
    assert (truth()[sale == 1] == 1).mean() > 0.9 and (sale == 1).sum() > 50
    assert (topic == truth()).mean() > 0.9 and (topic >= 0).all()


def test_five_pins_of_each_class_are_a_prototype(workspace: Workspace) -> None:
    calm, loud = trained_ids(5, "calm"), trained_ids(5, "loud")
    declare(
        workspace,
        f"prototype('five', {{CALM: pin_ids(*{calm}), LOUD: pin_ids(*{loud})}})",
        f"nearest('three', {{CALM: pin_ids(*{calm}), LOUD: pin_ids(*{loud})}}, k=3, agree=1.0)",
    )
    labeling.vote(workspace, "tone", "pins")
    assert (votes_of(workspace, "five") == truth()).mean() > 0.95
    three = votes_of(workspace, "three")
    assert (three == truth())[three >= 0].mean() > 0.95


def test_gold_teaches_functions_and_each_new_answer_votes_anew(workspace: Workspace) -> None:
    declare(workspace, "nearest('gold', GOLD, k=5)", "cluster('groups', GOLD, clusters=8)")
    first = labeling.vote(workspace, "tone", "pins")
    assert [note.split(" abstains")[0] for note in first.notes] == ["gold", "groups"]
    assert "no gold of tone on pins" in first.notes[0]
    assert (votes_of(workspace, "gold") == -1).all()
    add_gold(workspace, 60)
    second = labeling.vote(workspace, "tone", "pins")
    assert second.columns_voted == {"gold": 3, "groups": 3} and not second.notes
    for name in ("gold", "groups"):
        votes = votes_of(workspace, name)
        assert (votes == truth())[votes >= 0].mean() > 0.9, name
    assert labeling.vote(workspace, "tone", "pins").columns_voted == {}


def test_a_threshold_is_learned_from_gold_and_the_curve_shows_it(workspace: Workspace) -> None:
    declare(
        workspace,
        "similar_to('sale', LOUD, ['a cheap offer'], precision=0.9)",
        "keywords('k', LOUD, ['sale'])",
        "keywords('c', CALM, ['lake'])",
    )
    add_gold(workspace, 120)
    assert not labeling.vote(workspace, "tone", "pins").notes
    sale = votes_of(workspace, "sale")
    assert (truth()[sale == 1] == 1).mean() >= 0.8
    report = report_functions(workspace, "tone", "pins")
    (curve,) = report.curves
    assert curve.function == "sale" and curve.known == 300
    at = [point for point in curve.points if point["threshold"] >= (curve.threshold or 0)][-1]
    assert at["coverage"] == pytest.approx((sale == 1).mean(), abs=0.05)
    falling = [point["coverage"] for point in curve.points]
    assert falling == sorted(falling) and falling[-1] == 1
    assert report.to_json()["curves"][0]["wanted"][0]["wanted"] == 0.8


def test_a_precision_that_gold_cannot_show_is_said(workspace: Workspace) -> None:
    declare(
        workspace,
        "similar_to('sale', LOUD, ['a cheap offer'], precision=0.99)",
        "similar_to('other', LOUD, ['a cheap offer'], above=0.2, precision=0.99)",
    )
    add_gold(workspace, 4)
    notes = labeling.vote(workspace, "tone", "pins").notes
    assert "4 gold labels outside valid and test are too few; it abstains everywhere" in notes[0]
    assert "it votes at 0.2 or more" in notes[1]
    assert (votes_of(workspace, "sale") == -1).all() and (votes_of(workspace, "other") == 1).any()


def test_nothing_learns_from_held_out_pins(workspace: Workspace) -> None:
    pins = make_pins(300)
    held_out = pins[pins.split == "test"].pin_id.iloc[0]
    declare(workspace, f"prototype('p', {{CALM: pin_ids({held_out!r})}})")
    with pytest.raises(FunctionError, match="in the split test: nothing may learn from it"):
        labeling.vote(workspace, "tone", "pins")


def test_an_example_that_is_no_pin_is_named(workspace: Workspace) -> None:
    declare(workspace, "prototype('p', {CALM: pin_ids('nobody')})")
    with pytest.raises(FunctionError, match="'nobody', which is no pin of pins"):
        labeling.vote(workspace, "tone", "pins")


def test_pins_of_another_collection_are_examples_too(workspace: Workspace) -> None:
    file = workspace.home / "other.csv"
    make_pins(40, seed=9).assign(pin_id=lambda pins: "q" + pins.pin_id).to_csv(file, index=False)
    labeling.import_collection(workspace, "other", file)
    rows = pd.read_csv(file)
    rows = rows[rows.split == "train"]
    by_class = {name: rows[rows.label == name].pin_id.tolist()[:5] for name in ("calm", "loud")}
    declare(
        workspace,
        f"prototype('p', {{CALM: pin_ids(*{by_class['calm']}, collection='other'), "
        f"LOUD: pin_ids(*{by_class['loud']}, collection='other')}})",
    )
    labeling.vote(workspace, "tone", "pins")
    assert (votes_of(workspace, "p") == truth()).mean() > 0.95


def test_editing_one_function_votes_with_it_alone(workspace: Workspace) -> None:
    other = "zero_shot('topic', {CALM: 'a lake', LOUD: 'a sale'})"
    declare(workspace, "similar_to('s', LOUD, ['a sale'], above=0.3)", other)
    labeling.vote(workspace, "tone", "pins")
    declare(workspace, "similar_to('s', LOUD, ['a sale'], above=0.5)", other)
    assert labeling.vote(workspace, "tone", "pins").columns_voted == {"s": 3}


def test_a_function_on_vectors_can_be_tried_alone(workspace: Workspace) -> None:
    declare(
        workspace,
        "similar_to('s', LOUD, ['a sale'], above=0.3)",
        "nearest('never', GOLD)",
    )
    trial = labeling.try_function(workspace, "tone", "s", "pins")
    assert trial.pins == 300 and trial.votes["loud"] > 0
    assert "1 other functions have not voted" in " ".join(trial.notes)


def test_several_processes_vote_as_one_does(tmp_path: Path) -> None:
    found = []
    for workers in (1, 2):
        workspace = make_workspace(tmp_path / str(workers), workers=workers)
        declare(
            workspace,
            "zero_shot('topic', {CALM: 'a lake', LOUD: 'a sale'})",
            "cluster('groups', GOLD, clusters=8)",
        )
        add_gold(workspace, 60)
        labeling.vote(workspace, "tone", "pins")
        found.append(votes_of(workspace, "groups"))
    assert np.array_equal(*found)


def test_functions_on_vectors_go_the_whole_way(workspace: Workspace) -> None:
    declare(
        workspace,
        "zero_shot('topic', {CALM: 'a lake', LOUD: 'a sale'})",
        "similar_to('s', LOUD, ['a sale'], above=0.4)",
        "keywords('k', LOUD, ['sale'])",
    )
    report = labeling.run(workspace, "tone", "pins")
    assert report.scores["label_model"]["test"]["accuracy"] > 0.8
    assert asdict(report)["dataset"]["rows"] > 200


@pytest.fixture
def pictured(tmp_path: Path) -> Workspace:
    """Thirty pins without text: red discs and blue stripes, one red disc twice, one file broken."""
    workspace = labeling.init_workspace(tmp_path / "home", shard_rows=12, image_encoder="classic")
    draw = np.random.default_rng(0)
    rows = []
    for number in range(30):
        red = number % 2 == 0
        image = Image.new("RGB", (120, 100), "white")
        pen, x, y = ImageDraw.Draw(image), *draw.integers(20, 30, 2).tolist()
        if red:
            pen.ellipse((x, y, x + 45, y + 45), fill="red")
        else:
            for step in range(0, 60, 12):
                pen.rectangle((x, step, x + 50, step + 6), fill="blue")
        image.save(workspace.home / f"{number}.png")
        rows.append({"pin_id": f"i{number}", "image": f"{number}.png"})
    (workspace.home / "29.png").write_bytes(b"<svg/>")
    Image.open(workspace.home / "0.png").save(workspace.home / "28.png")
    pd.DataFrame(rows).to_csv(workspace.home / "pictures.csv", index=False)
    labeling.import_collection(workspace, "pictures", workspace.home / "pictures.csv")
    return workspace


def test_pictures_alone_are_told_apart_by_examples(pictured: Workspace) -> None:
    declare(
        pictured,
        "prototype('p', {CALM: pin_ids('i1', 'i3'), LOUD: pin_ids('i0', 'i2')}, on='image')",
        "duplicate_of('again', LOUD, pin_ids('i0'), on='hash')",
        "image_measure('colourful', LOUD, 'colourfulness', above=0)",
    )
    labeling.vote(pictured, "tone", "pictures")
    votes = votes_of(pictured, "p", "pictures")
    assert (votes[:29] == [1, 0] * 14 + [1]).all()
    assert votes[29] == -1, "its image is broken"
    assert votes_of(pictured, "again", "pictures")[28] == 1
    colourful = votes_of(pictured, "colourful", "pictures")
    assert (colourful[:29] == 1).all() and colourful[29] == -1


def test_an_image_that_is_found_late_is_seen_by_all_that_reads_images(
    pictured: Workspace,
) -> None:
    declare(
        pictured,
        "prototype('p', {CALM: pin_ids('i1', 'i3'), LOUD: pin_ids('i0', 'i2')}, on='image')",
        "image_measure('m', LOUD, 'colourfulness', above=0)",
        "keywords('k', LOUD, ['x'])",
    )
    labeling.vote(pictured, "tone", "pictures")
    Image.open(pictured.home / "1.png").save(pictured.home / "29.png")
    assert labeling.look_at_images(pictured, "pictures", again=True).gained == 1
    assert labeling.vote(pictured, "tone", "pictures").columns_voted == {"p": 3, "m": 3}
    assert votes_of(pictured, "p", "pictures")[29] == 0
    assert votes_of(pictured, "m", "pictures")[29] == 1
    assert labeling.look_at_images(pictured, "pictures", again=True).gained == 0
    assert not labeling.vote(pictured, "tone", "pictures").columns_voted


def test_an_image_file_is_an_example(pictured: Workspace) -> None:
    declare(
        pictured,
        f"similar_to('s', LOUD, [Path({str(pictured.home / '0.png')!r})], on='image', above=0.98)",
    )
    labeling.vote(pictured, "tone", "pictures")
    votes = votes_of(pictured, "s", "pictures")
    assert votes[0] == votes[28] == 1 and votes[1] == -1


def test_a_text_needs_a_joint_encoder_to_find_pictures(pictured: Workspace) -> None:
    declare(pictured, "similar_to('s', LOUD, ['a red disc'], on='image', above=0.3)")
    with pytest.raises(FunctionError, match="set `image_encoder` to a CLIP-type model"):
        labeling.vote(pictured, "tone", "pictures")


def test_functions_on_images_abstain_on_collections_without_any(workspace: Workspace) -> None:
    declare(
        workspace,
        "similar_to('s', LOUD, pin_ids('p00000'), on='image', above=0.3)",
        "image_measure('m', LOUD, 'contrast', above=0)",
    )
    (note,) = labeling.vote(workspace, "tone", "pins").notes
    assert note == "s abstains everywhere: no pin of pins has an image."
    assert (votes_of(workspace, "s") == -1).all() and (votes_of(workspace, "m") == -1).all()


def test_an_encoder_that_cannot_be_loaded_stops_before_anything_is_written(
    workspace: Workspace,
) -> None:
    declare(workspace, "zero_shot('topic', {CALM: 'a lake', LOUD: 'a sale'})")
    other = labeling.open_workspace(workspace.home, encoder="no such model")
    with pytest.raises(EncoderError):
        labeling.vote(other, "tone", "pins")
    assert not workspace.store.keys("prepared")
