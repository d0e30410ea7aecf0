from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from conftest import make_pins, make_workspace
from sqlalchemy import insert
from sqlalchemy.exc import IntegrityError
from test_cli import call

import labeling
from labeling.database import Database
from labeling.errors import GoldError, ResolveError
from labeling.gold import gold_report, import_gold, read_gold, save_gold
from labeling.signals import Signal
from labeling.tables import GoldRow
from labeling.workspace import Workspace

NOON = datetime(2026, 6, 1, 12, tzinfo=UTC)
TONE = Signal("tone", classes=["calm", "loud"])


def write_gold(workspace: Workspace, rows: pd.DataFrame, name: str = "gold.csv") -> Path:
    file = workspace.home / name
    rows.to_csv(file, index=False)
    return file


def truth(count: int, split: str = "train") -> pd.DataFrame:
    pins = make_pins(300)
    return pins[pins["split"] == split][["pin_id", "label"]].head(count)


def test_gold_is_saved_once_and_repeating_it_changes_nothing(database: Database) -> None:
    database.migrate()
    first = save_gold(database, "tone", "pins", {"a": "calm", "b": "loud"}, source="x", now=NOON)
    again = save_gold(database, "tone", "pins", {"b": "loud", "a": "calm"}, source="y", now=NOON)
    assert first == {"added": 2, "changed": 0, "unchanged": 0}
    assert again == {"added": 0, "changed": 0, "unchanged": 2}
    assert read_gold(database, TONE, "pins") == {"a": 0, "b": 1}
    assert read_gold(database, TONE, "others") == {}


def test_gold_that_contradicts_is_refused_whole_unless_it_replaces(database: Database) -> None:
    database.migrate()
    save_gold(database, "tone", "pins", {"a": "calm"}, source="x", now=NOON)
    news = {"a": "loud", "b": "loud"}
    with pytest.raises(GoldError, match=r"1 of 2 labels contradict .* 'a' is 'calm' and would"):
        save_gold(database, "tone", "pins", news, source="x", now=NOON)
    assert read_gold(database, TONE, "pins") == {"a": 0}
    done = save_gold(database, "tone", "pins", news, source="x", replace=True, now=NOON)
    assert done == {"added": 1, "changed": 1, "unchanged": 0}
    assert read_gold(database, TONE, "pins") == {"a": 1, "b": 1}


def test_the_schema_refuses_a_second_label_for_a_pin(database: Database) -> None:
    database.migrate()
    row = {"signal": "s", "collection": "c", "pin_id": "a", "label": "x", "source": "t"}
    with database.engine.begin() as connection:
        connection.execute(insert(GoldRow).values(row | {"created_at": NOON}))
    with pytest.raises(IntegrityError), database.engine.begin() as connection:
        connection.execute(insert(GoldRow).values(row | {"created_at": NOON, "label": "y"}))


def test_gold_keeps_its_meaning_when_classes_change_their_order(database: Database) -> None:
    database.migrate()
    save_gold(database, "tone", "pins", {"a": "calm", "b": "odd"}, source="x", now=NOON)
    turned = Signal("tone", classes=["loud", "calm"])
    assert read_gold(database, turned, "pins") == {"a": 1}


def test_rows_without_a_label_are_passed_over(workspace: Workspace) -> None:
    rows = [("p00000", "calm"), ("p00001", ""), ("p00002", None)]
    file = write_gold(workspace, pd.DataFrame(rows, columns=["pin_id", "label"]))
    report = import_gold(workspace, "tone", "pins", file)
    assert (report.added, report.blank) == (1, 2)
    write_gold(workspace, pd.DataFrame(rows[1:], columns=["pin_id", "label"]))
    with pytest.raises(GoldError, match=r"No row of .* has a label; nothing was saved"):
        import_gold(workspace, "tone", "pins", file)


@pytest.mark.parametrize(
    ("rows", "says"),
    [
        pytest.param(
            [("p00000", "calm"), ("nobody", "calm"), ("p00001", "odd"), ("p00002", "odd")],
            r"\(4 rows\) was saved, because of 2 with a label that is no class of tone \(e.g. 'odd'\), "
            r"1 on no pin of pins \(e.g. 'nobody'\)",
            id="unknown pin, no class",
        ),
        pytest.param(
            [("p00000", "calm"), ("p00000", "1")],
            r"because of 1 against another row on its pin \(e.g. 'p00000'\)",
            id="contradiction",
        ),
        pytest.param(
            [("p00000", "odd")],
            r"Nothing of bad.csv \(1 row\) was saved, because of 1 with a label",
            id="one row",
        ),
    ],
)
def test_a_bad_row_refuses_the_file(run_workspace: Workspace, rows: list, says: str) -> None:
    file = write_gold(run_workspace, pd.DataFrame(rows, columns=["pin_id", "label"]), "bad.csv")
    with pytest.raises(GoldError, match=says):
        import_gold(run_workspace, "tone", "pins", file)
    assert read_gold(run_workspace.database, TONE, "pins") == {}


def test_a_file_without_the_columns_is_refused(run_workspace: Workspace) -> None:
    file = write_gold(run_workspace, pd.DataFrame({"id": ["a"], "label": ["calm"]}), "columns.csv")
    with pytest.raises(
        GoldError, match=r"lacks pin_id \(it has id, label\); gold needs the columns"
    ):
        import_gold(run_workspace, "tone", "pins", file)


@pytest.mark.parametrize("ending", ["csv", "jsonl", "parquet"])
def test_every_format_is_read_and_classes_may_be_numbers(workspace: Workspace, ending: str) -> None:
    rows = truth(40)
    rows["label"] = rows["label"].map({"calm": 0, "loud": 1})
    file = workspace.home / f"gold.{ending}"
    write = {
        "csv": lambda: rows.to_csv(file, index=False),
        "jsonl": lambda: rows.to_json(file, orient="records", lines=True),
        "parquet": lambda: rows.to_parquet(file, index=False),
    }
    write[ending]()
    report = import_gold(workspace, "tone", "pins", file)
    assert (report.added, report.changed, report.held_out) == (40, 0, 0)
    assert sum(report.labels.values()) == 40
    assert import_gold(workspace, "tone", "pins", file).unchanged == 40


def test_gold_of_held_out_pins_is_kept_and_changes_no_model(tmp_path: Path) -> None:
    models = []
    for turned in (False, True):
        workspace = make_workspace(tmp_path / str(turned))
        rows = pd.concat([truth(80), truth(30, "test")])
        if turned:
            held_out = rows["pin_id"].isin(truth(30, "test")["pin_id"])
            rows.loc[held_out, "label"] = "calm"
        import_gold(workspace, "tone", "pins", write_gold(workspace, rows))
        assert gold_report(workspace, "tone", "pins").held_out == len(truth(30, "test"))
        found = labeling.resolve(workspace, "tone", "pins", resolver="stacked")
        models.append(workspace.store.read_json(found.model_key))
    assert models[0] == models[1]


def test_new_gold_makes_new_soft_labels_and_majority_ignores_it(workspace: Workspace) -> None:
    before = {
        name: labeling.resolve(workspace, "tone", "pins", resolver=name).fingerprint
        for name in ("snorkel_robust", "snorkel", "majority", "dawid_skene")
    }
    import_gold(workspace, "tone", "pins", write_gold(workspace, truth(100)))
    after = {
        name: labeling.resolve(workspace, "tone", "pins", resolver=name).fingerprint
        for name in before
    }
    assert {name for name in before if before[name] != after[name]} == {"snorkel_robust"}


def test_a_run_with_gold_compares_and_says_why(workspace: Workspace) -> None:
    import_gold(workspace, "tone", "pins", write_gold(workspace, truth(150)))
    report = labeling.run(workspace, "tone", "pins")
    assert len(report.resolvers) == 9
    assert "gold labels" in report.resolver_reason
    value = json.loads(json.dumps(report.to_json()))
    assert {"resolver", "log_loss", "low", "high", "accuracy"} <= set(value["resolvers"][0])
    again = labeling.resolve(workspace, "tone", "pins")
    assert (again.resolver, again.reason) == (report.resolver, report.resolver_reason)
    assert len(again.compared) == 9
    for name in ("weighted_majority", "semi_supervised", "logistic", "stacked", "co_training"):
        run = labeling.run(workspace, "tone", "pins", resolver=name)
        assert run.functions["weight"].between(0, 1).all()
        assert run.scores["label_model"]["test"]["accuracy"] > 0.8


def test_a_resolver_that_needs_gold_says_where_to_get_it(workspace: Workspace) -> None:
    with pytest.raises(ResolveError, match="there are 0; import some with `labeling gold tone pin"):
        labeling.resolve(workspace, "tone", "pins", resolver="logistic")


def test_gold_goes_round_the_command_line_on_yoruba(tmp_path: Path, real_data: Path) -> None:
    home = ("--home", tmp_path)
    assert call(*home, "init").returncode == 0
    assert call(*home, "import", "yoruba", real_data / "yoruba").returncode == 0
    workspace = labeling.open_workspace(tmp_path)
    pins = pd.concat(
        workspace.store.read_table(shard.key, ["pin_id", "label", "split"]).to_pandas()
        for shard in workspace.collection("yoruba").shards
    )
    train = pins[pins["split"] == "train"]
    chosen = np.random.default_rng(0).choice(len(train), 100, replace=False)
    train.iloc[chosen][["pin_id", "label"]].to_csv(tmp_path / "gold.csv", index=False)
    added = json.loads(
        call(*home, "gold", "yoruba", "yoruba", tmp_path / "gold.csv", "--json").stdout
    )
    assert (added["added"], sum(added["labels"].values())) == (100, 100)
    counted = call(*home, "gold", "yoruba", "yoruba")
    assert "0 of them in valid and test" in counted.stdout
    done = call(*home, "resolve", "yoruba", "yoruba", "--json")
    value = json.loads(done.stdout)
    assert len(value["resolvers"]) == 9
    assert "gold labels" in value["reason"]
    bad = call(*home, "gold", "yoruba", "yoruba", Path("README.md"))
    assert bad.returncode == 1
    assert "Traceback" not in bad.stderr
