from __future__ import annotations

import json
import re
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from conftest import SIGNAL, make_pins, make_workspace, stored, write_signal

import labeling
from labeling import Signal, pipeline
from labeling.analysis import class_numbers
from labeling.errors import (
    CollectionError,
    FunctionError,
    ResolveError,
    SignalError,
    WorkspaceError,
)
from labeling.list_columns import read_lists
from labeling.report import RunReport
from labeling.workspace import Workspace


def test_a_run_goes_the_whole_way_and_accounts_for_every_pin(run_workspace: Workspace) -> None:
    report = labeling.last_report(run_workspace, "tone", "pins")
    assert report.pins == 300
    assert report.resolver == "snorkel"
    assert sum(report.labels.values()) + report.tied == report.covered
    left_out = sum(report.dataset["left_out"].values())
    assert report.dataset["rows"] + left_out == report.pins
    assert report.scores["label_model"]["test"]["accuracy"] > 0.8
    assert report.scores["probe"]["test"]["accuracy"] > 0.8
    assert report.queue["tasks"] > 0
    assert set(report.seconds) >= {"embed", "vote", "resolve", "doubt", "enqueue", "publish"}


def test_the_json_of_a_run_has_the_contracts_keys(run_workspace: Workspace) -> None:
    value = labeling.last_report(run_workspace, "tone", "pins").to_json()
    contract = {"signal", "collection", "pins", "covered", "resolver", "label_model", "probe"}
    contract |= {"doubts", "queue", "dataset", "seconds"}
    assert contract <= set(value)
    assert {"accuracy", "macro_f1"} <= set(value["label_model"]["test"])
    assert {"name", "version", "path", "rows"} <= set(value["dataset"])
    again = RunReport.from_json(json.loads(json.dumps(value))).to_json()
    assert again == value


def test_a_second_run_redoes_nothing_and_publishes_nothing_new(run_workspace: Workspace) -> None:
    before = stored(run_workspace.home)
    report = labeling.run(run_workspace, "tone", "pins")
    assert report.columns_voted == {}
    assert report.dataset["is_new"] is False
    assert report.queue["added"] == report.queue["withdrawn"] == 0
    assert stored(run_workspace.home) == before


def test_editing_one_function_recomputes_its_column_alone(workspace: Workspace) -> None:
    first = labeling.run(workspace, "tone", "pins")
    assert sum(first.columns_voted.values()) == first.columns_total == 6 * 3
    write_signal(workspace.home, SIGNAL.replace("pin.title.isupper()", "pin.title[:9].isupper()"))
    second = labeling.run(workspace, "tone", "pins")
    assert second.columns_voted == {"shouting": 3}
    assert second.dataset["version"].startswith(("v0001", "v0002"))


def test_undoing_an_edit_finds_the_old_version_again(workspace: Workspace) -> None:
    first = labeling.run(workspace, "tone", "pins")
    write_signal(workspace.home, SIGNAL.replace('"free", "gratis"]', '"gratis"]'))
    second = labeling.run(workspace, "tone", "pins")
    assert second.dataset["version"].startswith("v0002")
    write_signal(workspace.home, SIGNAL)
    third = labeling.run(workspace, "tone", "pins")
    assert third.dataset["version"] == first.dataset["version"]
    assert third.dataset["is_new"] is False
    assert list(labeling.dataset_table(workspace)["version"]) == [2, 1]


def test_new_pins_leave_the_old_shards_as_they_are(workspace: Workspace) -> None:
    labeling.run(workspace, "tone", "pins")
    make_pins(320).to_csv(workspace.home / "more.csv", index=False)
    imported = labeling.import_collection(workspace, "pins", workspace.home / "more.csv")
    assert (imported.new, imported.changed, imported.unchanged) == (20, 0, 300)
    assert imported.shards_written == 1
    report = labeling.run(workspace, "tone", "pins")
    assert report.pins == 320


def test_a_faulty_function_is_counted_and_set_aside_and_the_run_goes_on(
    workspace: Workspace,
) -> None:
    faulty = SIGNAL + "\n\n@tone.function\ndef broken(pin):\n    return LOUD if pin.titel else -1\n"
    rarely = (
        "\n\n@tone.function\ndef rarely(pin):\n"
        '    return 1 // (pin.pin_id != "p00007") if pin.title.isupper() else 1 // '
        '(pin.pin_id != "p00007") - 2\n'
    )
    write_signal(workspace.home, faulty + rarely)
    report = labeling.run(workspace, "tone", "pins")
    faults = {fault["function"]: fault for fault in report.faults}
    assert faults["broken"]["count"] == 300
    assert faults["broken"]["set_aside"] is True
    assert "a pin has no field 'titel'" in faults["broken"]["examples"][0][1]
    assert faults["rarely"]["count"] == 1
    assert faults["rarely"]["examples"] == [
        ("p00007", "ZeroDivisionError: integer division or modulo by zero")
    ]
    assert faults["rarely"]["set_aside"] is False
    assert list(report.functions["function"]) == [
        "sale_words",
        "percent_off",
        "nature_words",
        "parks",
        "shouting",
        "long_text",
        "rarely",
    ]
    (note,) = [note for note in report.notes if note.startswith("broken was set aside")]
    assert "it faulted on 100% of the pins, e.g. on p00000 (" in note and note.endswith(").")


def test_uncovered_pins_get_no_label(run_workspace: Workspace) -> None:
    resolution = labeling.resolve(run_workspace, "tone", "pins")
    for shard in resolution.collection.shards:
        table = run_workspace.store.read_table(resolution.key(shard))
        uncovered = table.column("voters").to_numpy() == 0
        labels = table.column("label").to_numpy()
        assert (labels[uncovered] == -1).all()
        soft = read_lists(table.column("soft"))
        assert soft.dtype == np.float32
        np.testing.assert_allclose(soft.sum(axis=1), 1, atol=1e-6)


def test_majority_vote_is_a_resolver_of_its_own(workspace: Workspace) -> None:
    report = labeling.run(workspace, "tone", "pins", resolver="majority")
    assert (report.resolver, report.resolver_reason) == ("majority", "asked for")
    assert report.functions["weight"].isna().all()
    assert report.scores["label_model"] == report.scores["majority"]


def test_two_functions_are_resolved_by_majority_and_it_says_why(workspace: Workspace) -> None:
    code = SIGNAL[: SIGNAL.index("tone.add(")] + (
        'tone.add(keywords("sale", LOUD, ["sale", "free"]), keywords("lake", CALM, ["lake"]))\n'
    )
    write_signal(workspace.home, code)
    report = labeling.run(workspace, "tone", "pins")
    assert (report.resolver, report.resolver_reason) == ("majority", "only 2 functions")
    with pytest.raises(ResolveError, match="at least 3 functions, and tone has 2 usable"):
        labeling.run(workspace, "tone", "pins", resolver="snorkel")


def test_the_result_does_not_depend_on_the_number_of_processes(tmp_path: Path) -> None:
    trees = []
    for workers in (1, 2):
        workspace = make_workspace(tmp_path / str(workers), workers=workers)
        labeling.vote(workspace, "tone", "pins")
        labeling.resolve(workspace, "tone", "pins")
        trees.append(
            {k: v for k, v in stored(workspace.home).items() if not k.endswith("000001.json")}
        )
    assert trees[0] == trees[1]


def test_nothing_is_fitted_on_held_out_pins(tmp_path: Path) -> None:
    """Turning the votes on test pins around changes no parameter of the label model."""
    models = []
    for word in ("lake", "sale"):
        home = tmp_path / word
        workspace = make_workspace(home)
        pins = make_pins(300)
        pins.loc[pins["split"] == "test", "title"] = word
        pins.to_csv(home / "pins.csv", index=False)
        labeling.import_collection(workspace, "pins", home / "pins.csv")
        resolution = labeling.resolve(workspace, "tone", "pins")
        models.append(workspace.store.read_json(resolution.model_key))
    assert models[0] == models[1]


def test_a_failed_run_is_on_record_with_its_reason(workspace: Workspace) -> None:
    with pytest.raises(ResolveError, match="There is no resolver 'best'; choose auto, majority"):
        labeling.run(workspace, "tone", "pins", resolver="best")
    with pytest.raises(WorkspaceError, match="tone was not yet run on pins; do it with"):
        labeling.last_report(workspace, "tone", "pins")


@pytest.mark.parametrize(
    ("signal", "collection", "error", "says"),
    [
        pytest.param("tune", "pins", SignalError, "no signal 'tune' .there are: tone", id="signal"),
        pytest.param(
            "tone", "pin", CollectionError, "no collection 'pin' .there are: pins", id="c"
        ),
        pytest.param("tone", "../x", CollectionError, "'../x' cannot name a collection", id="path"),
    ],
)
def test_a_name_that_does_not_exist_names_those_that_do(
    run_workspace: Workspace, signal: str, collection: str, error: type[Exception], says: str
) -> None:
    with pytest.raises(error, match=says):
        labeling.run(run_workspace, signal, collection)


def test_pins_without_text_are_labelled_but_not_probed(workspace: Workspace) -> None:
    frame = pd.DataFrame(
        {"pin_id": [f"i{n}" for n in range(30)], "link": ["https://parks.example/x"] * 30}
    )
    frame.to_csv(workspace.home / "links.csv", index=False)
    labeling.import_collection(workspace, "links", workspace.home / "links.csv")
    report = labeling.run(workspace, "tone", "links")
    assert report.covered == 30
    assert report.doubts["probed"] is False


def test_a_signals_balance_reaches_the_label_model(workspace: Workspace) -> None:
    plain = labeling.resolve(workspace, "tone", "pins")
    given = SIGNAL.replace(
        'classes=["calm", "loud"]', 'classes=["calm", "loud"], balance=[0.7, 0.3]'
    )
    write_signal(workspace.home, given)
    balanced = labeling.resolve(workspace, "tone", "pins")
    assert balanced.fingerprint != plain.fingerprint
    assert workspace.store.read_json(balanced.model_key)["label_model"]["model"]["balance"] == [
        0.7,
        0.3,
    ]


def test_votes_for_one_class_alone_are_never_turned_around(workspace: Workspace) -> None:
    words = ["sale", "free", "gratis", "buy now", "last chance", "50% off"]
    lines = "".join(f'    keywords("k{n}", LOUD, [{word!r}]),\n' for n, word in enumerate(words))
    write_signal(workspace.home, SIGNAL[: SIGNAL.index("tone.add(")] + f"tone.add(\n{lines})\n")
    report = labeling.run(workspace, "tone", "pins")
    assert report.resolver == "majority"
    assert report.resolver_reason == "all votes are for one class"
    assert report.labels == {"calm": 0, "loud": report.covered}
    assert any(note.startswith("No pin gets the label calm by its votes") for note in report.notes)


def test_a_class_whose_votes_never_prevail_is_told(workspace: Workspace) -> None:
    rival = "\n\n@tone.batch_function\ndef {name}(frame):\n    return [{vote}] * len(frame)\n"
    rivals = [rival.format(name=f"all_loud_{n}", vote="LOUD") for n in range(3)]
    one = '    keywords("sale", LOUD, ["sale"]),\n    keywords("lake", CALM, ["lake"]),\n'
    write_signal(
        workspace.home,
        SIGNAL[: SIGNAL.index("tone.add(")] + f"tone.add(\n{one})\n" + "".join(rivals),
    )
    for resolver in ("auto", "majority"):
        report = labeling.run(workspace, "tone", "pins", resolver=resolver)
        assert report.labels["calm"] == 0
        (note,) = [note for note in report.notes if note.startswith("No pin gets the label")]
        assert re.match(r"No pin gets the label calm \(\d+ votes\), as no vote", note), resolver


def test_a_function_that_exits_or_prints_harms_nothing(
    workspace: Workspace, capsys: pytest.CaptureFixture[str]
) -> None:
    more = (
        "\n\n@tone.function\ndef leaves(pin):\n    import sys\n    sys.exit(0)\n"
        '\n\n@tone.function\ndef talks(pin):\n    print("hi")\n    return -1\n'
    )
    write_signal(workspace.home, SIGNAL + more)
    report = labeling.vote(workspace, "tone", "pins")
    (fault,) = report.faults
    assert (fault.function, fault.count) == ("leaves", 300)
    assert "hi" not in capsys.readouterr().out


def test_a_function_that_is_another_in_each_process_is_named(tmp_path: Path) -> None:
    workspace = make_workspace(tmp_path, workers=2)
    clock = "import time\nNOW = time.time_ns()\n" + SIGNAL
    clock += "\n\n@tone.function\ndef late(pin):\n    return 1 if NOW % 2 else -1\n"
    write_signal(workspace.home, clock)
    with pytest.raises(FunctionError, match="late changed while it voted"):
        labeling.vote(workspace, "tone", "pins")


def test_a_lost_doubt_is_found_again(workspace: Workspace) -> None:
    labeling.run(workspace, "tone", "pins")
    before = stored(workspace.home)
    lost = next(Path(workspace.store.url).rglob("*.flags.parquet"))
    lost.unlink()
    labeling.run(workspace, "tone", "pins")
    assert stored(workspace.home) == before


def test_an_import_meanwhile_is_for_the_next_run(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    vote = pipeline.vote_with

    def import_meanwhile(*words: object) -> dict[str, int]:
        report = vote(*words)  # type: ignore[arg-type]
        make_pins(340).to_csv(workspace.home / "more.csv", index=False)
        labeling.import_collection(workspace, "pins", workspace.home / "more.csv")
        return report

    monkeypatch.setattr(pipeline, "vote_with", import_meanwhile)
    assert labeling.run(workspace, "tone", "pins").pins == 300
    monkeypatch.undo()
    assert labeling.run(workspace, "tone", "pins").pins == 340


def test_reference_labels_of_another_signal_are_said(workspace: Workspace) -> None:
    pins = make_pins(120)
    pins["label"] = "weird"
    pins.to_csv(workspace.home / "odd.csv", index=False)
    labeling.import_collection(workspace, "odd", workspace.home / "odd.csv")
    report = labeling.run(workspace, "tone", "odd")
    assert report.scores == {}
    assert any(
        "(calm, loud) were not scored: 'weird' (120); correct" in note for note in report.notes
    )


def test_a_reference_label_may_be_a_number_with_a_point(workspace: Workspace) -> None:
    pins = make_pins(120)
    pins["label"] = [float(n % 2) if n % 3 else None for n in range(len(pins))]
    pins.to_csv(workspace.home / "numbers.csv", index=False)
    labeling.import_collection(workspace, "numbers", workspace.home / "numbers.csv")
    report = labeling.run(workspace, "tone", "numbers")
    assert sum(found["pins"] for found in report.scores["majority"].values()) == 80
    assert not [note for note in report.notes if "were not scored" in note]


@pytest.mark.parametrize(
    ("classes", "label", "number"),
    [
        pytest.param(["ok", "spam"], "1", 1, id="number"),
        pytest.param(["ok", "spam"], "1.0", 1, id="number with a point"),
        pytest.param(["1", "0"], "1", 0, id="name"),
        pytest.param(["1", "2", "3"], "1.0", 0, id="name with a point"),
        pytest.param(["1", "2", "3"], "0", None, id="no name where names are numbers"),
        pytest.param(["-1", "0", "1"], "-1.0", 0, id="negative name"),
    ],
)
def test_a_number_is_a_reference_label_by_name_where_a_class_is_named_by_one(
    classes: list[str], label: str, number: int | None
) -> None:
    assert class_numbers(Signal("stars", classes=classes)).get(label) == number


def test_many_equal_pins_are_one_group_at_once(workspace: Workspace) -> None:
    frame = pd.DataFrame({"pin_id": [f"e{n}" for n in range(5000)], "title": "a free lake"})
    frame.to_csv(workspace.home / "equal.csv", index=False)
    labeling.import_collection(workspace, "equal", workspace.home / "equal.csv")
    _, summary = labeling.doubt(workspace, "tone", "equal")
    assert (summary.groups, summary.near_duplicates) == (1, 4999)


def test_texts_that_the_encoder_cannot_read_are_no_duplicates_and_are_read_by_their_words(
    workspace: Workspace,
) -> None:
    letters = str.maketrans({chr(97 + n): chr(0x1200 + 8 * n) for n in range(26)})
    pins = make_pins(240)
    titles = [title.lower().translate(letters) for title in pins["title"]]
    pins = pins[["pin_id", "label", "split"]].assign(title=titles)
    pins.to_csv(workspace.home / "ethiopic.csv", index=False)
    labeling.import_collection(workspace, "ethiopic", workspace.home / "ethiopic.csv")
    calm, loud = (
        [word.translate(letters) for word in words]
        for words in (["lake", "forest", "meadow"], ["sale", "free", "gratis"])
    )
    (workspace.home / "labeling_functions" / "tone" / "more.py").write_text(
        "from labeling import keywords\n\nfrom . import tone\n\n"
        f'tone.add(keywords("calm_words", 0, {calm}), keywords("loud_words", 1, {loud}))\n'
    )
    report = labeling.run(workspace, "tone", "ethiopic")
    assert report.doubts["near_duplicates"] < 10
    assert report.doubts["label_issues"] == 0
    assert report.scores["probe"]["test"]["accuracy"] > 0.7


def test_a_version_without_training_rows_is_noted(workspace: Workspace) -> None:
    splits = ["train", "test"] * 20
    frame = pd.DataFrame({"title": "a free lake", "split": splits, "pin_id": map(str, range(40))})
    frame.to_csv(workspace.home / "alike.csv", index=False)
    labeling.import_collection(workspace, "alike", workspace.home / "alike.csv")
    (workspace.home / "labeling_functions" / "tone" / "more.py").write_text(
        "from labeling import keywords\n\nfrom . import tone\n\n"
        'tone.add(keywords("lakes", 0, ["a free lake"]))\n'
    )
    report = labeling.run(workspace, "tone", "alike")
    assert report.dataset["splits"] == {"test": 20}
    (note,) = [
        note for note in report.notes if note.startswith("No model can learn from tone-alike@")
    ]
    assert note.endswith("left out were near-duplicate of a pin in another split (20).")


def test_a_misspelt_field_is_named(workspace: Workspace) -> None:
    code = SIGNAL.replace('["lake", "forest", "meadow"]', '["lake"], field="titel"')
    write_signal(workspace.home, code)
    report = labeling.run(workspace, "tone", "pins")
    note = "nature_words reads 'titel', which is no field of a pin and no column of pins."
    assert note in report.notes
