from __future__ import annotations

import io
import json

import numpy as np
import pandas as pd
import pytest
from conftest import SIGNAL, make_pins, write_signal
from rich.console import Console

import labeling
from labeling.authoring.function_report import FunctionReport, report_functions
from labeling.functions_terminal import show_functions
from labeling.gold import save_gold
from labeling.workspace import Workspace


@pytest.fixture(scope="module")
def report(run_workspace: Workspace) -> FunctionReport:
    return report_functions(run_workspace, "tone", "pins")


def shown(report: FunctionReport, width: int) -> str:
    console = Console(file=io.StringIO(), width=width)
    show_functions(report, console)
    return console.file.getvalue()  # type: ignore[attr-defined]


def test_accuracy_is_what_counting_by_hand_gives(
    run_workspace: Workspace, report: FunctionReport
) -> None:
    pins = make_pins(300)
    loud = pins["title"].str.isupper()
    right = int((pins["label"][loud] == "loud").sum())
    row = report.table.set_index("function").loc["shouting"]
    assert (row["votes"], row["judged"]) == (loud.sum(), loud.sum())
    assert row["accuracy"] == right / loud.sum()
    assert row["accuracy_low"] < row["accuracy"] <= row["accuracy_high"]


def test_a_function_that_votes_for_two_classes_is_judged_for_each(workspace: Workspace) -> None:
    both = "\n\n@tone.function\ndef both(pin):\n    return LOUD if 'sale' in pin.title else CALM\n"
    write_signal(workspace.home, SIGNAL + both)
    report = report_functions(workspace, "tone", "pins", without=False)
    row = report.table.set_index("function").loc["both"]
    calm, loud = row["by_class"]
    assert (calm["class"], loud["class"]) == ("calm", "loud")
    assert calm["judged"] + loud["judged"] == row["judged"] == 300
    total = calm["accuracy"] * calm["judged"] + loud["accuracy"] * loud["judged"]
    assert total == pytest.approx(row["accuracy"] * 300)
    assert calm["accuracy_low"] <= calm["accuracy"] <= calm["accuracy_high"]
    assert shown(report, 120).count("loud") > 1


def test_leaving_a_function_out_is_what_deleting_it_would_do(workspace: Workspace) -> None:
    table = report_functions(workspace, "tone", "pins").table.set_index("function")
    before = labels_of(workspace)
    code = SIGNAL.replace('    link_domain("parks", CALM, ["parks.example"]),\n', "")
    write_signal(workspace.home, code)
    after = labels_of(workspace)
    assert table.loc["parks", "changed_without"] == pytest.approx((before != after).mean())
    truth = (make_pins(300)["label"] == "loud").to_numpy().astype(int)
    change = scored(after, truth) - scored(before, truth)
    assert table.loc["parks", "accuracy_without"] == pytest.approx(change)


def labels_of(workspace: Workspace) -> np.ndarray:
    found = labeling.resolve(workspace, "tone", "pins")
    tables = [workspace.store.read_table(found.key(s)) for s in found.collection.shards]
    return np.concatenate([table.column("label").to_numpy() for table in tables])


def scored(labels: np.ndarray, truth: np.ndarray) -> float:
    return float(np.where(labels < 0, 0.5, labels == truth).mean())


def test_with_three_functions_the_model_cannot_be_left_one(workspace: Workspace) -> None:
    write_signal(workspace.home, SIGNAL[: SIGNAL.index("    link_domain(")] + ")\n")
    report = report_functions(workspace, "tone", "pins")
    assert report.resolver == "snorkel"
    assert report.table["changed_without"].isna().all()
    assert "without\n" not in shown(report, 100)


def test_gold_that_the_resolver_learned_from_does_not_judge_what_a_function_adds(
    workspace: Workspace,
) -> None:
    pins = make_pins(300).set_index("pin_id")["label"]
    save_gold(workspace.database, "tone", "pins", dict(pins.iloc[:120]), source="vendor")
    found = report_functions(workspace, "tone", "pins", without=True)
    assert found.left_out is not None and found.left_out.judged == 300
    assert any("judged by reference labels alone" in note for note in found.notes)
    make_pins(300).drop(columns="label").to_csv(workspace.home / "bare.csv", index=False)
    labeling.import_collection(workspace, "bare", workspace.home / "bare.csv")
    save_gold(workspace.database, "tone", "bare", dict(pins.iloc[:120]), source="vendor")
    bare = report_functions(workspace, "tone", "bare", without=True)
    assert bare.left_out is not None and bare.left_out.judged == 0
    assert np.isnan(bare.left_out.accuracy) and (bare.left_out.labels_changed >= 0).any()
    assert "–" in shown(bare, 120) or "nan" not in shown(bare, 120)


def test_without_known_labels_it_says_what_cannot_be_shown(workspace: Workspace) -> None:
    make_pins(200).drop(columns="label").to_csv(workspace.home / "bare.csv", index=False)
    labeling.import_collection(workspace, "bare", workspace.home / "bare.csv")
    report = report_functions(workspace, "tone", "bare")
    assert report.table["accuracy"].isna().all()
    assert report.table["changed_without"].notna().all()
    assert any("No pin of bare has a known label of tone" in note for note in report.notes)


def test_json_has_plain_values_and_the_keys_that_scripts_read(report: FunctionReport) -> None:
    value = json.loads(json.dumps(report.to_json()))
    old = {"function", "kind", "votes_for", "votes", "coverage", "overlap", "conflict"}
    old |= {"accuracy", "accuracy_low", "accuracy_high", "weight"}
    new = {"judged", "by_class", "accuracy_without", "log_loss_without", "changed_without"}
    assert all(old | new == set(row) for row in value["functions"])
    assert value["left_out"]["pins"] == value["pins"] == 300


@pytest.mark.parametrize("width", [60, 80, 100, 200])
def test_the_table_fits_the_terminal(report: FunctionReport, width: int) -> None:
    text = shown(report, width)
    assert max(map(len, text.splitlines())) <= width
    for name in ("shouting", "percent_off", "accuracy (95%)", "coverage"):
        assert name in text


@pytest.mark.parametrize(
    ("sort", "column", "ascending"),
    [
        pytest.param("accuracy", "accuracy", False, id="accuracy"),
        pytest.param("name", "function", True, id="name"),
        pytest.param("loss", "changed_without", False, id="loss"),
    ],
)
def test_sorting(run_workspace: Workspace, sort: str, column: str, ascending: bool) -> None:
    table = report_functions(run_workspace, "tone", "pins", sort=sort).table
    assert table[column].tolist() == sorted(table[column], reverse=not ascending)


def test_a_notebook_gets_the_table_alone(run_workspace: Workspace) -> None:
    table = labeling.function_table(run_workspace, "tone", "pins")
    assert isinstance(table, pd.DataFrame)
    assert len(table) == 6
