"""What the recipe, gold and audits make of each pin in a published version."""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow.parquet as pq
import pytest
from conftest import ROOT, make_pins, make_workspace

import labeling
from labeling.curating import (
    AUDITED,
    DOWN_WEIGHTED,
    DUPLICATE,
    IMPORTED,
    RULES,
    SUSPECTED,
    UNAUDITED,
    UNBALANCED,
    UNLABELLED,
    UNSURE,
    Curation,
)
from labeling.datasets import LEFT_OUT, verify
from labeling.doubts import Doubts
from labeling.errors import DatasetError
from labeling.evaluation_splits import LEAKING, MOST_AUDITED
from labeling.progress import Progress
from labeling.publishing import Publication, publish
from labeling.recipes import Recipe, make_recipe, read_recipe
from labeling.workspace import Workspace

PINS = 400


@pytest.fixture(scope="module")
def unsplit(tmp_path_factory: pytest.TempPathFactory) -> tuple[Workspace, Doubts]:
    """A workspace with sample pins without their splits, and the doubts about them."""
    home = tmp_path_factory.mktemp("unsplit") / "home"
    functions = ROOT / "labeling_functions"
    workspace = labeling.init_workspace(home, functions=functions, image_encoder="none")
    samples().drop(columns=["split", "image"]).to_csv(home / "pins.csv", index=False)
    labeling.import_collection(workspace, "pins", home / "pins.csv")
    return workspace, labeling.doubt(workspace, "spam", "pins", resolver="snorkel")[0]


def samples() -> pd.DataFrame:
    return pd.read_csv(ROOT / "data_samples/pins.csv", keep_default_na=False).head(PINS)


def published(
    made: tuple[Workspace, Doubts],
    answers: dict[str, int] | None = None,
    *,
    share: float = 0.1,
    audited: dict[str, float] | None = None,
    imported: frozenset[str] = frozenset(),
    **recipe: Any,
) -> tuple[Publication, pd.DataFrame, dict[str, str]]:
    """Return a publication, its rows with their split, and pin -> why it was left out."""
    workspace, doubts = made
    # gold is given here alone, so that labels, doubts and groups stay the same in all tests
    curation = Curation(
        recipe=make_recipe(recipe),
        validation_share=share,
        audited=audited or {},
        imported=imported,
    )
    judged = _with_gold(doubts, answers or {})
    found = publish(workspace.store, judged, curation, Progress())
    folder = Path(workspace.store.path(found.key))
    verify(folder)
    frames = [
        pq.ParquetFile(folder / file.path).read().to_pandas().assign(split=file.split)
        for file in found.manifest.files
        if file.split
    ]
    reasons = pq.read_table(folder / LEFT_OUT).to_pydict()
    why = dict(zip(reasons["pin_id"], reasons["reason"], strict=True))
    rows = pd.concat(frames).set_index("pin_id")
    assert not set(rows.index) & set(why)
    assert len(rows) + len(why) == doubts.resolution.collection.pins
    assert found.manifest.left_out == dict(Counter(why.values()))
    return found, rows, why


class _SameDoubts(Doubts):
    """Doubts that lie where those without gold do."""

    @property
    def folder(self) -> str:  # type: ignore[override]
        return replace(
            Doubts(resolution=self.resolution, encoders=self.encoders, probe_pins=self.probe_pins)
        ).folder


def _with_gold(doubts: Doubts, gold: dict[str, int]) -> Doubts:
    return _SameDoubts(
        resolution=doubts.resolution,
        encoders=doubts.encoders,
        probe_pins=doubts.probe_pins,
        gold=gold,
    )


def test_without_gold_the_default_recipe_takes_weak_labels_that_are_not_suspected(
    unsplit: tuple[Workspace, Doubts],
) -> None:
    found, rows, why = published(unsplit)
    assert set(rows["label_source"]) == {"weak"}
    assert (rows["weight"] == 1).all()
    assert rows["weight"].dtype == np.float32
    assert rows["inclusion"].isna().all()
    assert set(rows["split"]) == {"train", "validation"}
    assert SUSPECTED in why.values()
    card = (Path(unsplit[0].store.path(found.key)) / "README.md").read_text()
    assert "The validation split holds weak labels" in card


def test_gold_takes_the_place_of_the_soft_label_and_is_never_suspected(
    unsplit: tuple[Workspace, Doubts],
) -> None:
    _, before, why = published(unsplit)
    suspected = [id for id, reason in why.items() if reason == SUSPECTED][:5]
    turned = [id for id in before.index if before.loc[id, "split"] == "train"][:5]
    gold = dict.fromkeys(suspected, 1) | {id: 1 - int(before.loc[id, "label"]) for id in turned}
    found, rows, _ = published(unsplit, gold, share=0, gold_weight=3)
    of_gold = rows.loc[list(gold)]
    assert (of_gold["label_source"] == "gold").all()
    assert dict(of_gold["label"]) == gold
    assert all(np.array_equal(s, np.eye(2)[n]) for s, n in of_gold[["soft_label", "label"]].values)
    assert (of_gold["confidence"] == 1).all()
    assert (of_gold["weight"] == 3).all()
    assert of_gold["quality"].isna().all()
    assert (rows.drop(list(gold))["label_source"] == "weak").all()
    assert len(suspected) == 5
    assert found.manifest.lineage["rows_by_rule"][RULES["gold"]] == 10
    assert found.manifest.lineage["gold"]["labels"] == 10
    _, ignoring, _ = published(unsplit, gold, share=0, gold=False)
    assert (ignoring["label_source"] == "weak").all()


def test_labels_less_sure_than_the_minimum_are_left_out_but_gold(
    unsplit: tuple[Workspace, Doubts],
) -> None:
    _, before, _ = published(unsplit)
    limit = float(before["confidence"].median())
    unsure = before.index[before["confidence"] < limit]
    _, rows, why = published(unsplit, {unsure[0]: 0}, min_confidence=limit, share=0)
    assert rows.loc[rows["label_source"] == "weak", "confidence"].min() >= limit
    assert unsure[0] in rows.index
    assert set(unsure[1:]) <= {id for id, reason in why.items() if reason == UNSURE}


def test_suspected_labels_weigh_less_in_training(unsplit: tuple[Workspace, Doubts]) -> None:
    _, _, why = published(unsplit)
    found, rows, _ = published(unsplit, suspected="down-weight", suspected_weight=0.125)
    training = set(rows.index[rows["split"] == "train"])
    light = {id for id, reason in why.items() if reason == SUSPECTED} & training
    assert rows["weight"].to_dict() == {id: 0.125 if id in light else 1.0 for id in rows.index}
    assert found.manifest.lineage["rows_by_rule"][DOWN_WEIGHTED] == len(light)


def test_suspected_labels_become_the_probes(unsplit: tuple[Workspace, Doubts]) -> None:
    _, weighed, _ = published(unsplit, share=0, suspected="down-weight")
    _, dropped, why = published(unsplit, share=0)
    suspected = [id for id, reason in why.items() if reason == SUSPECTED]
    found, rows, _ = published(unsplit, share=0, suspected="relabel")
    anew = rows.loc[[id for id in suspected if id in rows.index]]
    assert len(anew)
    assert (anew["label_source"] == "probe").all()
    assert (anew["label"] != weighed.loc[anew.index, "label"]).any()
    assert (anew["confidence"] == anew["soft_label"].map(max)).all()
    assert (rows.loc[dropped.index, "label"] == dropped["label"]).all()
    assert found.manifest.lineage["rows_by_source"]["train"]["probe"] == len(anew)


def test_near_duplicates_collapse_to_one_training_row_gold_first(
    unsplit: tuple[Workspace, Doubts],
) -> None:
    _, before, _ = published(unsplit, share=0)
    twins = list(before.index[before.duplicated("group")])
    assert len(twins) > 5
    gold = {twins[0]: int(before.loc[twins[0], "label"])}
    _, rows, why = published(unsplit, gold, share=0, near_duplicates="collapse")
    assert rows["group"].is_unique
    assert set(rows["group"]) == set(before["group"])
    assert twins[0] in rows.index
    dropped = set(before.index) - set(rows.index)
    assert dropped <= {id for id, reason in why.items() if reason == DUPLICATE}
    surest = before.drop(list(gold)).groupby("group")["confidence"].max()
    weak = rows[rows["label_source"] == "weak"]
    assert (weak["confidence"].to_numpy() == surest[weak["group"]].to_numpy()).all()


def test_class_weights_make_classes_weigh_the_same(unsplit: tuple[Workspace, Doubts]) -> None:
    _, rows, _ = published(unsplit, balance="weights")
    training = rows[rows["split"] == "train"]
    sums = training.groupby("label")["weight"].sum()
    assert sums.max() - sums.min() < 1e-3
    assert abs(training["weight"].sum() - len(training)) < 1e-3
    assert (rows.loc[rows["split"] != "train", "weight"] == 1).all()


def test_sampling_makes_classes_as_large_as_the_smallest_and_keeps_gold(
    unsplit: tuple[Workspace, Doubts],
) -> None:
    _, before, _ = published(unsplit, share=0)
    counts = before["label"].value_counts()
    larger = int(counts.idxmax())
    gold = dict.fromkeys(before.index[before["label"] == larger][:20], larger)
    _, rows, why = published(unsplit, gold, share=0, balance="sample")
    assert set(rows["label"].value_counts()) == {counts.min()}
    assert set(gold) <= set(rows.index)
    assert UNBALANCED in why.values()
    _, again, _ = published(unsplit, gold, share=0, balance="sample")
    assert list(again.index) == list(rows.index)


def test_slices_are_carried_along(unsplit: tuple[Workspace, Doubts]) -> None:
    _, rows, _ = published(unsplit, slices=["language", "domain", "board"])
    source = samples().set_index("pin_id")
    assert (rows["language"] == source.loc[rows.index, "language"]).all()
    assert rows["language"].nunique() > 2
    assert all(host in link for host, link in rows[["domain", "link"]].to_numpy())
    assert list(rows.columns).count("board") == 1
    with pytest.raises(DatasetError, match="keeps the slice 'lang', which no pin of pins has"):
        published(unsplit, slices=["lang"])
    for name in ("label", "weight", "label_spam"):
        with pytest.raises(DatasetError, match=f"keeps the slice '{name}', which is a column"):
            published(unsplit, slices=[name])


def test_audited_pins_evaluate_with_their_inclusion_and_nothing_else_does(
    unsplit: tuple[Workspace, Doubts],
) -> None:
    _, before, _ = published(unsplit)
    alone = before[~before.duplicated("group", keep=False)]
    drawn = list(alone.index[::4])
    gold = {id: int(before.loc[id, "label"]) for id in drawn}
    found, rows, why = published(unsplit, gold, audited=dict.fromkeys(drawn, 0.25))
    evaluating = rows[rows["split"] != "train"]
    assert set(evaluating.index) == set(drawn)
    assert set(evaluating["split"]) == {"validation", "test"}
    assert (evaluating["label_source"] == "gold").all()
    assert (evaluating["inclusion"] == 0.25).all()
    assert (evaluating["weight"] == 4).all()
    was = set(before.index[before["split"] == "validation"])
    assert was - set(drawn) <= {id for id, reason in why.items() if reason == UNAUDITED}
    # what evaluated by weak labels does not train now
    assert not was & set(rows.index[rows["split"] == "train"])
    assert found.manifest.lineage["rows_by_rule"][AUDITED] == len(drawn)
    card = (Path(unsplit[0].store.path(found.key)) / "README.md").read_text()
    assert "The test split holds only rows that people answered" in card
    assert "holds weak labels" not in card


def test_near_duplicates_of_an_audited_pin_do_not_train(unsplit: tuple[Workspace, Doubts]) -> None:
    _, before, _ = published(unsplit, share=0)
    twin = before.index[before.duplicated("group")][0]
    others = set(before.index[before["group"] == before.loc[twin, "group"]]) - {twin}
    _, rows, why = published(unsplit, {twin: 0}, share=0, audited={twin: 0.1})
    assert rows.loc[twin, "split"] in ("validation", "test")
    assert {why[id] for id in others} == {LEAKING}


def test_a_large_audit_leaves_most_pins_to_training_with_their_near_duplicates(
    unsplit: tuple[Workspace, Doubts],
) -> None:
    _, before, _ = published(unsplit, share=0, suspected="down-weight")
    drawn = list(before.index[::2])
    gold = {id: int(before.loc[id, "label"]) for id in drawn}

    def with_audit(of: list[str]) -> tuple[pd.DataFrame, dict[str, str]]:
        audited = dict.fromkeys(of, 0.5)
        return published(unsplit, gold, share=0, audited=audited, suspected="down-weight")[1:]

    rows, why = with_audit(drawn)
    trains = rows["split"] == "train"
    assert abs(trains.sum() / len(before) - (1 - MOST_AUDITED)) < 0.08
    assert set(rows.index[~trains]) < set(drawn)
    assert (rows[trains].reindex(drawn).dropna()["label_source"] == "gold").all()
    assert rows[trains]["inclusion"].isna().all()
    assert set(why.values()) <= {LEAKING, UNLABELLED}
    assert not set(rows[trains]["group"]) & set(rows[~trains]["group"])
    # which of them evaluate hangs on the pins alone, so more answers move few
    fewer, _ = with_audit(some := drawn[: len(drawn) * 3 // 4])
    assert set(rows.index[~trains]) & set(some) <= set(fewer.index[fewer["split"] != "train"])


def test_a_slice_by_domain_is_empty_where_no_link_has_a_host(tmp_path: Path) -> None:
    workspace = make_workspace(tmp_path / "home", 2)
    pins = make_pins(120).assign(link=[f"page-{n}" for n in range(120)])
    pins.to_csv(tmp_path / "pins.csv", index=False)
    labeling.import_collection(workspace, "bare", tmp_path / "pins.csv")
    found = labeling.publish(
        workspace, "tone", "bare", resolver="majority", recipe=Recipe(slices=("domain",))
    )
    table = pq.read_table(Path(workspace.store.path(found.key)) / "data")
    assert set(table.column("domain").to_pylist()) == {""}


def test_gold_chosen_for_doubts_trains_and_does_not_evaluate(
    unsplit: tuple[Workspace, Doubts],
) -> None:
    _, before, _ = published(unsplit)
    in_validation = list(before.index[before["split"] == "validation"])
    biased, imported = in_validation[:3], in_validation[3:8]
    training = before.index[before["split"] == "train"][0]
    gold = {id: 0 for id in (*biased, *imported, training)}
    found, rows, why = published(unsplit, gold, imported=frozenset(imported))
    assert set(rows.index[rows["split"] == "validation"]) == set(imported)
    assert (rows.loc[imported, "inclusion"] == 1).all()
    assert {why[id] for id in biased} == {UNAUDITED}
    assert rows.loc[training, "label_source"] == "gold"
    assert found.manifest.lineage["rows_by_rule"][IMPORTED] == 5


def test_the_splits_that_pins_came_with_never_train(tmp_path: Path) -> None:
    workspace = make_workspace(tmp_path / "home", 200)
    pins = make_pins(200).set_index("pin_id")
    held_out = pins.index[pins["split"].isin(["valid", "test"])]
    (tmp_path / "gold.csv").write_text(
        "pin_id,label\n" + "".join(f"{id},{pins.loc[id, 'label']}\n" for id in held_out[:20])
    )
    labeling.import_gold(workspace, "tone", "pins", tmp_path / "gold.csv")
    found = labeling.publish(workspace, "tone", "pins", recipe=Recipe(suspected="relabel"))
    folder = Path(workspace.store.path(found.key))
    for file in found.manifest.files:
        if file.split:
            rows = pq.ParquetFile(folder / file.path).read().to_pandas()
            own = pins.loc[rows["pin_id"], "split"].replace("valid", "validation")
            assert (own == file.split).all()
            if file.split != "train":
                assert set(rows["pin_id"]) <= set(held_out[:20])
                assert (rows["inclusion"] == 1).all()


def test_equal_recipes_are_one_version_and_another_recipe_is_another(
    unsplit: tuple[Workspace, Doubts],
) -> None:
    first, _, _ = published(unsplit, min_confidence=0.51)
    same, _, _ = published(unsplit, min_confidence=0.51)
    other, _, _ = published(unsplit, min_confidence=0.52)
    assert same.manifest == first.manifest
    assert not same.is_new
    assert other.manifest.content != first.manifest.content
    assert first.manifest.lineage["recipe"]["min_confidence"] == 0.51


@pytest.mark.parametrize(
    ("text", "says"),
    [
        pytest.param("min_confidence = 2", "sets min_confidence to 2: Input should be", id="range"),
        pytest.param("suspected = 'hide'", "sets suspected to 'hide'", id="choice"),
        pytest.param("balanced = true", "sets 'balanced', which is no part.*balance", id="name"),
        pytest.param("gold = ", "is not valid TOML", id="syntax"),
        pytest.param(
            "slices = 'board'",
            r"sets slices to 'board': write a list, e\.g\. \[\"board\"\]",
            id="text",
        ),
        pytest.param("slices = [1]", r"sets slices\.0 to 1: write text in quotes", id="number"),
        pytest.param("gold = 'yes, please'", "Input should be true or false", id="no switch"),
        pytest.param("gold_weight = nan", "sets gold_weight to nan", id="nan"),
    ],
)
def test_a_recipe_that_nobody_can_follow_is_one_sentence(
    tmp_path: Path, text: str, says: str
) -> None:
    (tmp_path / "recipe.toml").write_text(text)
    with pytest.raises(DatasetError, match=says):
        read_recipe(tmp_path / "recipe.toml")


def test_the_recipe_of_the_settings_and_of_a_file_are_followed(tmp_path: Path) -> None:
    workspace = make_workspace(tmp_path / "home", 120)
    with (workspace.home / "labeling.toml").open("a") as file:
        file.write('\n[recipe]\nsuspected = "relabel"\nslices = ["domain"]\n')
    by_settings = labeling.publish(labeling.open_workspace(workspace.home), "tone", "pins")
    assert by_settings.manifest.lineage["recipe"] == {
        **Recipe().to_json(),
        "suspected": "relabel",
        "slices": ["domain"],
    }
    (tmp_path / "recipe.toml").write_text("gold_weight = 2.0\n")
    given = read_recipe(tmp_path / "recipe.toml")
    by_file = labeling.publish(
        labeling.open_workspace(workspace.home), "tone", "pins", recipe=given
    )
    assert by_file.manifest.lineage["recipe"] == json.loads(
        json.dumps(Recipe(gold_weight=2.0).to_json())
    )
