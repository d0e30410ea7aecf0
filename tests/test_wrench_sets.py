"""WRENCH folders: how their records are read, and the signals that come with them."""

from __future__ import annotations

import codecs
import json
from pathlib import Path

import pytest
from pin_files import RECORDS, faults_of, rows_of, values_of, write, write_wrench

import labeling
from labeling.errors import ReadError, SignalError
from labeling.readers import Row, open_pins
from labeling.workspace import Workspace

# Their records ------------------------------------------------------------------------------------


def test_a_wrench_folder_brings_votes_classes_and_function_names(tmp_path: Path) -> None:
    reader = open_pins(write_wrench(tmp_path))
    assert (reader.format, reader.classes) == ("wrench", ("ham", "spam"))
    assert reader.given_functions == ("lf_0", "lf_1", "lf_2")
    first = next(iter(reader.rows()))
    pin = {"text": "see you at noon", "label": "ham", "pin_id": "train-0", "split": "train"}
    assert first == Row(1, pin, [0, -1, 1], "train.json")


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        pytest.param({"weak_labels": [1]}, "it has 1 votes where others have 3", id="few votes"),
        pytest.param({"weak_labels": [0, 1, 2]}, "it names class 2, and label.json", id="vote"),
        pytest.param({"label": 7}, "it names class 7, and label.json has classes 0", id="label"),
        pytest.param({"label": 0.5}, "it names class 0.5, and label.json", id="half a class"),
        pytest.param({"label": "egg"}, "it names class 'egg', and label.json", id="no such name"),
        pytest.param({"data": None}, 'it is not of the form {"label": 0, ', id="no data"),
    ],
)
def test_a_bad_wrench_record_is_listed_and_the_others_read(
    tmp_path: Path, change: dict[str, object], reason: str
) -> None:
    write_wrench(tmp_path, {**RECORDS, "2": {**RECORDS["0"], **change}})
    ((number, seen),) = faults_of(tmp_path)
    assert number == 3
    assert seen.startswith(reason)
    assert len(values_of(tmp_path)) == 2


@pytest.mark.parametrize(
    ("name", "content", "says"),
    [
        pytest.param("label.json", '{"0": "ham", "1": "sp', r"label.json is not whole", id="cut"),
        pytest.param("label.json", '{"1": "a"}', "must map the class numbers 0, 1", id="from 1"),
        pytest.param("train.json", '{"0": {"lab', "train.json is not whole JSON .*cut", id="half"),
        pytest.param("train.json", "[]", "must be an object of records, and not", id="a list"),
        pytest.param("train.json", "{}", "must be an object of records, and not", id="empty"),
        pytest.param("train.json", "[" * 200_000, "train.json is nested too deeply", id="deep"),
        pytest.param("test.json", '{"0": {"lab', "test.json is not whole JSON", id="half later"),
        pytest.param("test.json", '{"0": {}, "0": {}}', "'0' twice", id="repeated record"),
    ],
)
def test_a_damaged_wrench_folder_says_which_file(
    tmp_path: Path, name: str, content: str, says: str
) -> None:
    write(write_wrench(tmp_path) / name, content)
    with pytest.raises(ReadError, match=says):
        rows_of(tmp_path)


def test_a_wrench_set_of_relations_keeps_its_entities_and_spans(tmp_path: Path) -> None:
    data = {
        "text": "Marie wed Pierre",
        "entity1": "Marie",
        "span1": [0, 5],
        "feature": [0.5, -1],
        "span2": [],
    }
    reader = open_pins(write_wrench(tmp_path, {"0": {**RECORDS["0"], "data": data}}))
    own = ("text", "entity1", "span1", "feature", "span2")
    assert reader.columns == ("pin_id", "split", "label", *own)
    (row,) = reader.rows()
    assert isinstance(row, Row)
    kept = ["Marie wed Pierre", "Marie", "[0, 5]", "[0.5, -1]", ""]
    assert [row.values[name] for name in own] == kept


def test_a_wrench_folder_may_begin_with_a_bad_record(tmp_path: Path) -> None:
    write_wrench(tmp_path, {"x": {"label": 0, "weak_labels": 3, "data": None}, **RECORDS})
    assert [number for number, _ in faults_of(tmp_path)] == [1]


@pytest.mark.parametrize(
    ("label", "means"),
    [
        pytest.param("1", "spam", id="number as text"),
        pytest.param(1.0, "spam", id="number with a point"),
        pytest.param("spam", "spam", id="name"),
        pytest.param(None, "", id="null"),
        pytest.param(-1, "", id="unknown"),
        pytest.param("-1", "", id="unknown as text"),
    ],
)
def test_a_wrench_label_may_stand_as_text(tmp_path: Path, label: object, means: str) -> None:
    votes = ["-1", 0.0, "1"]
    record = {"label": label, "weak_labels": votes, "data": {"text": "hi"}}
    (row,) = rows_of(write_wrench(tmp_path, {"0": record}))
    assert isinstance(row, Row)
    assert (row.values["label"], row.given_votes) == (means, [-1, 0, 1])


def test_wrench_records_without_votes_stand_beside_those_with_votes(tmp_path: Path) -> None:
    bare = [{**RECORDS["0"], "weak_labels": []}, {**RECORDS["0"], "weak_labels": None}]
    bare.append({name: RECORDS["0"][name] for name in ("label", "data")})
    records = {**dict(zip("abc", bare, strict=True)), **RECORDS}
    reader = open_pins(write_wrench(tmp_path, records))
    assert reader.given_functions == ("lf_0", "lf_1", "lf_2")
    votes = [row.given_votes for row in reader.rows() if isinstance(row, Row)]
    assert votes == [None, None, None, [0, -1, 1], [-1, 1, 1]]


def test_a_wrench_folder_of_bad_records_alone_says_why(tmp_path: Path) -> None:
    write_wrench(tmp_path, {"0": {**RECORDS["0"], "label": 7}})
    with pytest.raises(
        ReadError, match=r"No record of .*; the first of train.json .* names class 7"
    ):
        open_pins(tmp_path)


def test_wrench_files_may_start_with_a_bom_and_class_names_with_spaces(tmp_path: Path) -> None:
    write_wrench(tmp_path, labels={"1": " spam", "0": "not spam "})
    label = tmp_path / "label.json"
    label.write_bytes(codecs.BOM_UTF8 + label.read_bytes())
    reader = open_pins(tmp_path)
    assert reader.classes == ("not spam", "spam")
    assert [row["label"] for row in values_of(tmp_path)] == ["not spam", "spam"]


@pytest.mark.parametrize("name", ["dev", "validation", "Valid"])
def test_the_files_of_the_splits_may_have_other_names(tmp_path: Path, name: str) -> None:
    write_wrench(tmp_path)
    (tmp_path / "valid.json").unlink(missing_ok=True)
    write(tmp_path / f"{name}.json", json.dumps(RECORDS))
    rows = [row for row in open_pins(tmp_path).rows() if isinstance(row, Row)]
    held_out = [row for row in rows if row.values["split"] == "valid"]
    assert [row.values["pin_id"] for row in held_out] == [f"{name}-0", f"{name}-1"]
    assert {row.source for row in held_out} == {f"{name}.json"}


@pytest.mark.parametrize("names", [["ham", "spam"], {"ham": 0, "spam": 1}])
def test_class_names_may_be_a_list_or_stand_first(tmp_path: Path, names: object) -> None:
    write_wrench(tmp_path)
    write(tmp_path / "label.json", json.dumps(names))
    assert open_pins(tmp_path).classes == ("ham", "spam")


def test_what_data_call_as_the_format_does_is_kept(tmp_path: Path) -> None:
    data = {"text": "a", "label": "old", "split": "x"}
    reader = open_pins(write_wrench(tmp_path, {"0": {**RECORDS["0"], "data": data}}))
    assert reader.columns == ("pin_id", "split", "label", "text", "data_label", "data_split")
    (row,) = reader.rows()
    assert isinstance(row, Row)
    kept = {"text": "a", "data_label": "old", "data_split": "x"}
    assert row.values == kept | {"pin_id": "train-0", "split": "train", "label": "ham"}


def test_what_pandas_writes_for_nothing_is_no_label_and_no_vote(tmp_path: Path) -> None:
    nothing = {"label": float("nan"), "weak_labels": [None, float("nan"), 1]}
    write_wrench(tmp_path, {"0": {**RECORDS["0"], **nothing}})
    row = next(iter(open_pins(tmp_path).rows()))
    assert isinstance(row, Row)
    assert (row.values["label"], row.given_votes) == ("", [-1, -1, 1])


def test_a_wrench_folder_without_its_class_names_says_that(tmp_path: Path) -> None:
    (write_wrench(tmp_path) / "label.json").unlink()
    with pytest.raises(ReadError, match=r"label\.json is missing; a WRENCH folder has"):
        open_pins(tmp_path)


# Their signals ------------------------------------------------------------------------------------


def test_a_wrench_set_cannot_take_the_name_of_an_authored_signal(workspace: Workspace) -> None:
    folder = write_wrench(workspace.home / "set")
    with pytest.raises(SignalError, match="would hide the one that comes with this import"):
        labeling.import_collection(workspace, "tone", folder)


def test_a_wrench_set_without_votes_wants_functions_and_takes_authored_ones(
    workspace: Workspace,
) -> None:
    bare = {"label": 1, "weak_labels": [], "data": {"text": "win cash now"}}
    folder = write_wrench(workspace.home / "set", {str(n): bare for n in range(3)})
    labeling.import_collection(workspace, "mail", folder)
    with pytest.raises(
        SignalError, match=r"came without votes; write some .* classes=\['ham', 'spam'"
    ):
        labeling.run(workspace, "mail", "mail")
    labeling.import_collection(workspace, "tone", folder)  # whose functions are in the folder
    assert len(workspace.signal("tone")) > 1


def test_another_wrench_set_of_the_name_is_refused_and_more_classes_are_taken(
    workspace: Workspace,
) -> None:
    folder = write_wrench(workspace.home / "set")
    labeling.import_collection(workspace, "mail", folder)
    other = write_wrench(workspace.home / "other", labels={"0": "spam", "1": "ham"})
    with pytest.raises(
        SignalError, match=r"came with the classes ham, spam, and this .* spam, ham;"
    ):
        labeling.import_collection(workspace, "mail", other)
    assert workspace.signal("mail").classes == ("ham", "spam")
    assert labeling.import_collection(workspace, "mail", folder).unchanged == 2
    write_wrench(folder, labels={"0": "ham", "1": "spam", "2": "scam"})
    labeling.import_collection(workspace, "mail", folder)
    assert workspace.signal("mail").classes == ("ham", "spam", "scam")


def test_a_wrench_set_takes_the_balance_that_is_known_of_it(
    workspace: Workspace, tmp_path: Path
) -> None:
    path = write_wrench(tmp_path / "set")
    with pytest.raises(SignalError, match="a positive share for each of its 2 classes"):
        labeling.import_collection(workspace, "given", path, balance=[0.5, 0.3, 0.2])
    labeling.import_collection(workspace, "given", path, balance=[0.9, 0.1])
    assert workspace.signal("given").balance == (0.9, 0.1)
    labeling.import_collection(workspace, "given", path)
    assert workspace.signal("given").balance == (0.9, 0.1)
    with pytest.raises(SignalError, match=r"A balance belongs to a signal, and .* brings none"):
        labeling.import_collection(
            workspace, "x", write(tmp_path / "x.csv", "title\na\n"), balance=[0.9, 0.1]
        )


def test_a_wrench_set_may_have_a_dash_in_its_name(tmp_path: Path) -> None:
    folder = write_wrench(tmp_path / "set")
    workspace = labeling.init_workspace(tmp_path / "home")
    labeling.import_collection(workspace, "sms-2024.spam", folder)
    assert len(workspace.signal("sms-2024.spam")) == 3
