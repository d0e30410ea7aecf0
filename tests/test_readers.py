"""Every format, and every way in which a file of pins can be bad: each has a clear end."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from PIL import Image
from pin_files import CSV, faults_of, rows_of, values_of, write, write_parquet

from labeling.errors import ReadError
from labeling.readers import Row, open_pins
from labeling.readers.json_lines import LINE_LIMIT

# CSV and TSV ------------------------------------------------------------------------------------


def test_a_csv_gives_its_rows_as_text_by_column(tmp_path: Path) -> None:
    reader = open_pins(write(tmp_path / "pins.csv", CSV))
    assert (reader.format, reader.columns) == ("csv", ("pin_id", "title"))
    assert [row.number for row in reader.rows()] == [1, 2]


@pytest.mark.parametrize(
    ("name", "content", "options"),
    [
        pytest.param("pins.csv", CSV.encode("utf-8-sig"), {}, id="UTF-8 with BOM"),
        pytest.param("pins.csv", CSV.replace("\n", "\r\n").encode(), {}, id="CRLF"),
        pytest.param("pins.csv", CSV.replace("\n", "\n\n").encode(), {}, id="blank lines"),
        pytest.param("pins.csv", CSV.rstrip().encode(), {}, id="no last line end"),
        pytest.param("pins.tsv", CSV.replace(",", "\t").encode(), {}, id="TSV"),
        pytest.param("pins.csv", CSV.replace(",", ";").encode(), {}, id="semicolons"),
        pytest.param("pins.csv", CSV.replace(",", "\t").encode(), {}, id="tabs in a CSV"),
        pytest.param("pins.csv", CSV.replace(",", "|").encode("utf-8-sig"), {}, id="pipes, BOM"),
        pytest.param("pins.txt", CSV.encode(), {"format": "csv"}, id="format said"),
        pytest.param("PINS.CSV", CSV.encode(), {}, id="ending in capitals"),
        pytest.param("pins.csv", CSV.encode("latin-1"), {"encoding": "latin-1"}, id="latin-1"),
        pytest.param("pins.csv", CSV.encode("utf-16"), {"encoding": "utf-16"}, id="UTF-16"),
    ],
)
def test_the_same_csv_is_read_from_many_forms(
    tmp_path: Path, name: str, content: bytes, options: dict[str, str]
) -> None:
    rows = rows_of(write(tmp_path / name, content), **options)
    assert [row.number for row in rows] == [1, 2]
    assert [row.values["title"] for row in rows if isinstance(row, Row)] == [
        "Blue lake",
        "Old café",
    ]


@pytest.mark.parametrize(
    ("header", "columns"),
    [
        pytest.param("pin_id,title;short|\t", ("pin_id", "title;short|"), id="a comma"),
        pytest.param('id;"title, or name";url', ("id", "title, or name", "url"), id="quoted comma"),
        pytest.param('"title; or name"', ("title; or name",), id="quoted semicolon"),
        pytest.param("id;a|b;c", ("id", "a|b", "c"), id="more semicolons"),
    ],
)
def test_what_separates_the_columns_is_seen_in_the_header(
    tmp_path: Path, header: str, columns: tuple[str, ...]
) -> None:
    assert open_pins(write(tmp_path / "pins.csv", f"{header}\nx\n")).columns == columns


@pytest.mark.parametrize(
    ("content", "options", "says"),
    [
        pytest.param(b"", {}, "is empty; it needs a header line", id="empty"),
        pytest.param(b"\npin_id,title\n", {}, "first line of .* is blank", id="blank header"),
        pytest.param(b"a,,b\n1,2,3\n", {}, "empty or repeated column name", id="unnamed column"),
        pytest.param(b"a,b, a\n", {}, r"repeated column name \(a, b, a\)", id="repeated column"),
        pytest.param(b'"a,b\n1,2\n', {}, "header line of .* cannot be read", id="cut in header"),
        pytest.param(CSV.encode("utf-16"), {}, "is UTF-16, not UTF-8; .*--encoding", id="UTF-16"),
        pytest.param(
            CSV.encode("utf-16-le"), {}, "UTF-16-LE, .*--encoding utf-16-le", id="no mark"
        ),
        pytest.param(CSV.encode("utf-32"), {}, "is UTF-32, not .*--encoding utf-32", id="UTF-32"),
        pytest.param(b"a\n", {"encoding": "utf-9"}, "no text encoding 'utf-9'; try", id="unknown"),
        pytest.param(b"a\n", {"encoding": "hex"}, "no text encoding 'hex'", id="no text"),
    ],
)
def test_a_csv_that_cannot_be_read_says_why(
    tmp_path: Path, content: bytes, options: dict[str, str], says: str
) -> None:
    with pytest.raises(ReadError, match=says):
        rows_of(write(tmp_path / "pins.csv", content), **options)


def test_a_wrong_strict_encoding_is_named_where_it_fails(tmp_path: Path) -> None:
    path = write(tmp_path / "pins.csv", CSV)
    with pytest.raises(ReadError, match=r"is not ascii: .* name its real --encoding"):
        rows_of(path, encoding="ascii")


@pytest.mark.parametrize(
    ("last", "reason"),
    [
        pytest.param('p3,"cut in a quo', "it is not valid CSV: unexpected end of data", id="cut"),
        pytest.param("p3", "it ends early, with 1 of 2 columns", id="cut between cells"),
        pytest.param("p3,a,b", "it has 3 of 2 columns", id="one cell more"),
        pytest.param('p3,"a"b', "it is not valid CSV: ',' expected after '\"'", id="bad quote"),
    ],
)
def test_a_broken_csv_row_is_listed_and_the_others_read(
    tmp_path: Path, last: str, reason: str
) -> None:
    path = write(tmp_path / "pins.csv", CSV + last)
    assert faults_of(path) == [(3, reason)]
    assert len(values_of(path)) == 2


def test_a_csv_field_beyond_the_limit_does_not_swallow_what_follows(tmp_path: Path) -> None:
    path = write(tmp_path / "pins.csv", "pin_id,title\np0," + "x" * 1_100_000 + "\np1,Lake\n")
    assert faults_of(path) == [(1, "it is not valid CSV: field larger than field limit (1048576)")]
    assert values_of(path) == [{"pin_id": "p1", "title": "Lake"}]


# JSON lines -------------------------------------------------------------------------------------


def test_json_lines_become_text(tmp_path: Path) -> None:
    lines = '{"pin_id": 7, "title": "é", "fee": 1.5, "new": true, "old": null}\n\n{"pin_id": NaN}\n'
    path = write(tmp_path / "pins.jsonl", lines)
    full = {"pin_id": "7", "title": "é", "fee": "1.5", "new": "true", "old": ""}
    assert values_of(path) == [full, {"pin_id": ""}]
    assert open_pins(path).columns == ("pin_id", "title", "fee", "new", "old")


def test_json_lines_start_with_a_bom_or_not(tmp_path: Path) -> None:
    path = write(tmp_path / "pins.jsonl", '{"title": "Lake"}\n'.encode("utf-8-sig"))
    assert rows_of(path) == rows_of(path, encoding="UTF8") == [Row(1, {"title": "Lake"})]


def test_an_array_of_objects_is_read_whole(tmp_path: Path) -> None:
    path = write(tmp_path / "pins.json", '[{"title": "Lake"}, 3,\n {"title": "Sale", "n": 1}]')
    assert open_pins(path).columns == ("title", "n")
    assert values_of(path) == [{"title": "Lake"}, {"title": "Sale", "n": "1"}]
    assert faults_of(path) == [(2, "it is a int, not an object")]
    marked = write(tmp_path / "marked.json", '[{"title": "Lake"}]'.encode("utf-8-sig"))
    assert open_pins(marked, encoding="UTF8").columns == ("title",)
    lines = write(tmp_path / "lines.json", '{"title": "Lake"}\n{"title": "Sale"}\n')
    assert values_of(lines) == [{"title": "Lake"}, {"title": "Sale"}]
    for content, says in (
        ('[{"title": "La', "not a whole JSON array"),
        ("[1]", "no JSON object"),
        ('{"0": {}}', "a WRENCH set"),
    ):
        with pytest.raises(ReadError, match=says):
            open_pins(write(tmp_path / "pins.json", content))


def test_the_row_numbers_of_pandas_have_its_name(tmp_path: Path) -> None:
    path = tmp_path / "pins.csv"
    pd.DataFrame({"title": ["Lake", "Sale"]}).to_csv(path)
    assert values_of(path) == [
        {"Unnamed: 0": "0", "title": "Lake"},
        {"Unnamed: 0": "1", "title": "Sale"},
    ]


def test_a_folder_with_a_table_beside_its_images_wants_one_of_them_named(tmp_path: Path) -> None:
    (tmp_path / "images").mkdir()
    Image.new("RGB", (9, 9)).save(tmp_path / "images" / "a.png")
    write(tmp_path / "metadata.csv", "image,title\nimages/a.png,Lake\n")
    with pytest.raises(ReadError, match=r"images and metadata\.csv, .* --format images"):
        open_pins(tmp_path)
    (tmp_path / "images").rename(tmp_path / "Testing")
    (row,) = open_pins(tmp_path, format="images").rows()
    assert isinstance(row, Row)
    assert row.values["split"] == "test"


def test_json_lines_have_columns_for_what_is_in_objects_and_lists_as_json(tmp_path: Path) -> None:
    pin = {
        "title": "Soup",
        "image": {"url": "http://x.example/a.jpg", "size": {"w": 9}},
        "tags": ["é"],
    }
    path = write(tmp_path / "pins.jsonl", json.dumps(pin))
    assert open_pins(path).columns == ("title", "image.url", "image.size.w", "tags")
    flat = {"title": "Soup", "image.url": "http://x.example/a.jpg", "image.size.w": "9"}
    assert values_of(path) == [{**flat, "tags": '["é"]'}]


def test_a_file_without_any_json_object_says_what_its_first_line_is(tmp_path: Path) -> None:
    path = write(tmp_path / "pins.jsonl", '[{"title": "a"}, {"title": "b"}]')
    with pytest.raises(
        ReadError, match=r"None of the first lines .* line 1 .* is a list, not an o"
    ):
        open_pins(path)


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        pytest.param(b'{"title": "cut mid-l', "it is not valid JSON: Unterminated", id="cut"),
        pytest.param(b'["a"]', "it is a list, not an object", id="list"),
        pytest.param(b'{"title": "caf\xe9"}', "it is not valid utf-8 (byte 14)", id="latin-1"),
        pytest.param(b"[" * 200_000, "it is nested too deeply", id="deep"),
        pytest.param(
            b'{"a": "' + b"x" * LINE_LIMIT + b'"}', "the line is longer than 4,194,304", id="long"
        ),
    ],
)
def test_a_broken_json_line_is_listed_and_the_others_read(
    tmp_path: Path, line: bytes, reason: str
) -> None:
    path = write(tmp_path / "pins.jsonl", b'{"title": "a"}\n{"title": "b"}\n' + line)
    ((number, seen),) = faults_of(path)
    assert number == 3
    assert seen.startswith(reason)
    assert values_of(path) == [{"title": "a"}, {"title": "b"}]


@pytest.mark.parametrize(
    ("content", "encoding", "says"),
    [
        pytest.param("", "utf-8", "is empty; it needs one JSON object a line", id="empty"),
        pytest.param("[1]\n[2]\n", "utf-8", "None of the first lines of .* is a JSON", id="lists"),
        pytest.param('[{"title":\n"a"', "utf-8", "None of the first lines", id="one array"),
        pytest.param('{"a": 1}', "utf-9", "no text encoding 'utf-9'", id="unknown encoding"),
        pytest.param('{"a": 1}', "utf-16", "convert it to UTF-8", id="bytes that end no line"),
    ],
)
def test_a_jsonl_file_without_objects_is_refused(
    tmp_path: Path, content: str, encoding: str, says: str
) -> None:
    with pytest.raises(ReadError, match=says):
        open_pins(write(tmp_path / "pins.jsonl", content), encoding=encoding)


# Parquet ----------------------------------------------------------------------------------------


def test_missing_values_of_parquet_become_empty_text(tmp_path: Path) -> None:
    path = write_parquet(
        tmp_path / "pins.parquet", title=["a", None], price=[float("nan"), 2.5], n=[3, None]
    )
    assert values_of(path) == [
        {"title": "a", "price": "", "n": "3"},
        {"title": "", "price": "2.5", "n": ""},
    ]


@pytest.mark.parametrize(
    ("column", "kind"),
    [
        pytest.param(pa.array([b"x"]), "binary", id="binary"),
        pytest.param(pa.array([[b"x"]]), "list<", id="binary in a list"),
        pytest.param(pa.array([{"bytes": b"x"}]), "struct<", id="binary in an object"),
        pytest.param(pa.array([b"x" * 16], pa.uuid()), "arrow.uuid", id="extension"),
    ],
)
def test_a_parquet_column_of_another_type_is_refused_by_name(
    tmp_path: Path, column: pa.Array, kind: str
) -> None:
    path = write_parquet(tmp_path / "pins.parquet", title=["a"], tags=column)
    with pytest.raises(ReadError, match=f"'tags' of .* has the type .*{kind}.*drop or convert"):
        open_pins(path)


@pytest.mark.parametrize(
    ("spoil", "says"),
    [
        pytest.param(lambda whole: b"", "is empty; it needs at least one row", id="empty"),
        pytest.param(lambda whole: whole[:-20], "not a whole Parquet file .*cut", id="no footer"),
        pytest.param(lambda whole: b"id,title\n", "is not a whole Parquet file", id="a CSV"),
        pytest.param(
            lambda whole: whole[:60] + bytes(len(whole) // 4) + whole[60 + len(whole) // 4 :],
            "is damaged after row 0",
            id="damaged pages",
        ),
    ],
)
def test_a_damaged_parquet_file_says_so(
    tmp_path: Path, spoil: Callable[[bytes], bytes], says: str
) -> None:
    path = write_parquet(tmp_path / "pins.parquet", title=[f"lake {n * n}" for n in range(3000)])
    path.write_bytes(spoil(path.read_bytes()))
    with pytest.raises(ReadError, match=says):
        rows_of(path)


def test_a_parquet_file_needs_rows_and_columns_of_different_names(tmp_path: Path) -> None:
    empty = write_parquet(tmp_path / "empty.parquet", title=pa.array([], pa.string()))
    with pytest.raises(ReadError, match="has no rows; it needs at least one"):
        open_pins(empty)
    twice = tmp_path / "twice.parquet"
    pq.write_table(pa.Table.from_arrays([pa.array(["a"]), pa.array(["b"])], ["t", "t"]), twice)
    with pytest.raises(ReadError, match="repeated column name"):
        open_pins(twice)


def test_a_parquet_file_has_columns_for_what_is_in_objects_and_lists_as_json(
    tmp_path: Path,
) -> None:
    path = write_parquet(
        tmp_path / "pins.parquet",
        title=pa.array(["Soup", "Tea"], pa.string_view()),
        board=[{"id": 7, "owner": {"name": "Ada"}}, {"id": 8, "owner": None}],
        tags=[["hot", "easy"], None],
    )
    assert open_pins(path).columns == ("title", "board.id", "board.owner.name", "tags")
    soup, tea = values_of(path)
    assert soup == {
        "title": "Soup",
        "board.id": "7",
        "board.owner.name": "Ada",
        "tags": '["hot", "easy"]',
    }
    assert (tea["board.id"], tea["tags"]) == ("8", "")


# What is no file of pins --------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "options", "says"),
    [
        pytest.param("absent.csv", {}, "does not exist; name a file or folder", id="absent"),
        pytest.param("pins.xlsx", {}, "pins.xlsx is not known by its ending; say", id="ending"),
        pytest.param("pins.csv", {"format": "xml"}, "no format 'xml'; choose auto, csv", id="xml"),
        pytest.param("pins.csv", {"format": "wrench"}, "wrench is read from a folder", id="file"),
        pytest.param("folder", {"format": "csv"}, "csv is read from a file, and", id="folder"),
        pytest.param("folder", {}, "holds neither a WRENCH set .* nor images", id="empty folder"),
        pytest.param("folder", {"format": "images"}, "holds no image", id="no image"),
        pytest.param("folder", {"format": "wrench"}, "label.json is missing; a WRENCH", id="none"),
    ],
)
def test_a_path_that_holds_no_pins_is_refused(
    tmp_path: Path, name: str, options: dict[str, str], says: str
) -> None:
    for file in ("pins.xlsx", "pins.csv", "folder/notes.txt"):
        write(tmp_path / file, CSV)
    with pytest.raises(ReadError, match=says):
        open_pins(tmp_path / name, **options)
