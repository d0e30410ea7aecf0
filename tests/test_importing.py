"""Imports: every row is accounted for, and only new and changed pins are written."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import pytest
from pin_files import RECORDS, write, write_image, write_parquet, write_wrench

from labeling.collection import (
    Collection,
    collection_names,
    find_collection,
    load_collection,
    read_pins,
    save_revision,
)
from labeling.errors import CollectionError, ReadError
from labeling.importing import ImportReport, import_pins
from labeling.readers import open_pins
from labeling.shards import Store

Cells = list[dict[str, str]]


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return Store(str(tmp_path / "store"))


def import_file(
    store: Store, path: Path, encoding: str = "utf-8", **options: object
) -> ImportReport:
    return import_pins(store, "pins", open_pins(path, encoding=encoding), **options)


def pins_of(store: Store) -> Cells:
    shards = load_collection(store, "pins").shards
    return [pin for shard in shards for pin in read_pins(store, shard).to_pylist()]


def rejected_of(report: ImportReport) -> Cells:
    assert report.rejected_file
    with Path(report.rejected_file).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def write_csv(path: Path, rows: list[list[str]], header: str = "pin_id,title") -> Path:
    with path.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows([header.split(","), *rows])
    return path


def numbered(count: int, **changes: str) -> list[list[str]]:
    return [[f"p{n}", changes.get(f"p{n}", f"title {n}")] for n in range(count)]


# What is kept, and what is rejected -------------------------------------------------------------


def test_every_row_is_kept_or_listed_with_its_reason(store: Store, tmp_path: Path) -> None:
    rows = [["p1", "Lake"], ["", "No id"], ["p1", "Again"], ["p2", ""], ["p3"], ["p4", "=SUM(A1)"]]
    report = import_file(store, write_csv(tmp_path / "pins.csv", rows))
    assert (report.rows, report.new, report.rejected, report.pins) == (6, 2, 4, 2)
    assert report.rows == report.new + report.changed + report.unchanged + report.rejected
    assert sum(report.reasons.values()) == 4
    assert {(cells["row"], cells["pin_id"], cells["reason"]) for cells in rejected_of(report)} == {
        ("2", "", "its id is missing (column 'pin_id')"),
        ("3", "p1", "the pin id 'p1' stands already in row 1; ids are unique"),
        ("4", "p2", "it has no title, description, link or image"),
        ("5", "", "it ends early, with 1 of 2 columns"),
    }
    assert [pin["title"] for pin in pins_of(store)] == ["Lake", "=SUM(A1)"]


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("Women&#39;s tee", "Women's tee"),
        ("Tea &amp; cake&nbsp;", "Tea & cake"),
        ("Dry&trade; &#x2713;", "Dry™ ✓"),
        ("&amp;lt;", "&lt;"),
        ("a &notanentity; b&c; R&D ?x=1&copy=2", "a &notanentity; b&c; R&D ?x=1&copy=2"),
        ("&#0; &#55296;", "\ufffd \ufffd"),
    ],
)
def test_texts_are_kept_as_people_read_them_and_links_as_they_are(
    store: Store, tmp_path: Path, written: str, read: str
) -> None:
    path = write_csv(
        tmp_path / "pins.csv",
        [["p1", written, written, written, "https://x.test/?a=1&amp;b=2", written]],
        "pin_id,title,description,board,link,shop",
    )
    import_file(store, path)
    (pin,) = pins_of(store)
    assert [pin["title"], pin["description"], pin["board"]] == [read] * 3
    assert pin["link"] == "https://x.test/?a=1&amp;b=2"
    assert json.loads(pin["extra"]) == {"shop": written}
    assert import_file(store, path).unchanged == 1


def test_an_import_without_bad_rows_has_no_rejected_file(store: Store, tmp_path: Path) -> None:
    report = import_file(store, write_csv(tmp_path / "pins.csv", numbered(3)))
    assert report.rejected_file is None
    assert store.keys("pins/pins/rejected") == []


def test_a_repeated_id_is_found_in_a_later_batch(store: Store, tmp_path: Path) -> None:
    rows = [*numbered(10_001), ["p3", "Again"]]
    report = import_file(store, write_csv(tmp_path / "pins.csv", rows))
    assert rejected_of(report)[0]["reason"].startswith("the pin id 'p3' stands already in row 4;")


@pytest.mark.parametrize(
    ("cells", "reason"),
    [
        pytest.param({"title": "x" * 21}, "title has 21 characters, more than the 20", id="long"),
        pytest.param({"shop": "x" * 21}, "shop has 21 characters, more than the 20", id="extra"),
        pytest.param({"pin_id": "x" * 600}, "its id has 600 characters, more than 512", id="id"),
        pytest.param({"split": "tset"}, "split is 'tset'; it must be train, valid", id="split"),
        pytest.param({"image": "a/../../b.png"}, "image 'a/../../b.png' leaves", id="parent"),
        pytest.param({"image": "a\\..\\b.png"}, r"image 'a\\..\\b.png' leaves", id="backslash"),
        pytest.param({"image": "/etc/x.png"}, "image '/etc/x.png' leaves the folder", id="root"),
        pytest.param({"image": "\\\\host\\x.png"}, "leaves the folder of its file", id="share"),
        pytest.param({"image": "C:x.png"}, "image 'C:x.png' leaves the folder", id="drive"),
        pytest.param({"image": "ftp://a/b.png"}, "image is a ftp: address; only http", id="ftp"),
        pytest.param({"image": "FILE:///a.png"}, "image is a FILE: address; only", id="file"),
        pytest.param({"title": "\ud83d lone"}, "title is not valid", id="lone surrogate"),
        pytest.param({"pin_id": "\ud83d"}, "pin_id is not valid", id="surrogate id"),
        pytest.param({"\ud83d": "x"}, "column '\\ud83d' is not valid", id="surrogate column"),
    ],
)
def test_a_pin_beyond_the_rules_is_rejected_and_the_next_one_kept(
    store: Store, tmp_path: Path, cells: dict[str, str], reason: str
) -> None:
    fields = ("pin_id", "title", "image", "split")
    bad = {**dict.fromkeys(fields, ""), "pin_id": "p1", "title": "Lake", **cells}
    good = {**dict.fromkeys(fields, ""), "pin_id": "p2", "title": "Wood", "split": "Validation"}
    path = write(tmp_path / "pins.jsonl", f"{json.dumps(good)}\n{json.dumps(bad)}\n")
    report = import_file(store, path, max_field_chars=20)
    ((row, seen),) = [(cells["row"], cells["reason"]) for cells in rejected_of(report)]
    assert row == "2"
    assert reason in seen
    assert [(pin["pin_id"], pin["split"]) for pin in pins_of(store)] == [("p2", "valid")]


@pytest.mark.parametrize("start", ["=", "+", "-", "@"])
def test_the_rejected_file_holds_no_formula(store: Store, tmp_path: Path, start: str) -> None:
    formula = f"{start}HYPERLINK(1)"
    rows = [["good", "Lake", ""], [formula, "", ""], ["", formula, ""], ["p", "a", "x" * 30]]
    path = write_csv(tmp_path / "pins.csv", rows, header=f"pin_id,title,{formula}")
    listed = rejected_of(import_file(store, path, max_field_chars=20))
    assert [cells["pin_id"] for cells in listed] == [f"'{formula}", "", "p"]
    assert listed[1]["excerpt"] == f"'{formula}"
    assert listed[2]["reason"].startswith(f"'{formula} has 30 characters")


def test_a_latin_1_file_is_rejected_by_row_until_its_encoding_is_said(
    store: Store, tmp_path: Path
) -> None:
    path = write(tmp_path / "pins.csv", "pin_id,title\np1,café\np2,Lake\n".encode("latin-1"))
    (listed,) = rejected_of(import_file(store, path))
    assert listed["reason"] == "title is not valid UTF-8 (byte 0xe9); name the file's --encoding"
    assert listed["excerpt"] == r"p1 | caf\udce9"
    report = import_file(store, path, encoding="latin-1")
    assert (report.new, report.unchanged, report.rejected) == (1, 1, 0)
    assert pins_of(store)[1]["title"] == "café"


def test_a_header_in_another_encoding_is_refused(store: Store, tmp_path: Path) -> None:
    path = write(tmp_path / "pins.csv", "pin_id,title,année\np1,Lake,1\n".encode("latin-1"))
    with pytest.raises(ReadError, match=r"header .* is not valid UTF-8; .*--encoding"):
        import_file(store, path)


def test_undecodable_text_in_parquet_is_rejected_by_row(store: Store, tmp_path: Path) -> None:
    import pyarrow as pa

    text = pa.array([b"caf\xe9", b"Lake"]).view(pa.string())
    report = import_file(store, write_parquet(tmp_path / "a.parquet", id=["a", "b"], title=text))
    assert rejected_of(report)[0]["reason"].startswith("title is not valid UTF-8 (byte 0xe9)")
    assert [pin["pin_id"] for pin in pins_of(store)] == ["b"]


def test_when_all_rows_are_rejected_the_collection_stays_and_the_list_is_there(
    store: Store, tmp_path: Path
) -> None:
    import_file(store, write_csv(tmp_path / "pins.csv", numbered(3)))
    before = load_collection(store, "pins")
    bad = write_csv(tmp_path / "bad.csv", [["", "No id"], ["", "None either"]])
    with pytest.raises(
        CollectionError,
        match=r"None of the 2 rows .* \(2 times, e.g. row 1: its id is missing .* listed in",
    ):
        import_file(store, bad)
    assert load_collection(store, "pins") == before
    assert len(store.read_bytes(store.keys("pins/pins/rejected")[0]).splitlines()) == 3


def test_a_file_that_breaks_off_leaves_the_collection_as_it_was(
    store: Store, tmp_path: Path
) -> None:
    path = write(write_wrench(tmp_path / "set") / "test.json", '{"0": {"lab').parent
    with pytest.raises(ReadError, match=r"test.json is not whole JSON"):
        import_file(store, path)
    with pytest.raises(CollectionError, match=r"no collection 'pins' \(there are: none yet\)"):
        load_collection(store, "pins")


def test_a_file_with_only_a_header_is_refused(store: Store, tmp_path: Path) -> None:
    with pytest.raises(CollectionError, match="has no rows; nothing was imported"):
        import_file(store, write_csv(tmp_path / "pins.csv", []))


# Which column becomes which field ---------------------------------------------------------------


def test_columns_are_mapped_by_name_by_alias_and_as_asked(store: Store, tmp_path: Path) -> None:
    header = "text,description,id,name,shop"
    path = write_csv(tmp_path / "pins.csv", [["t", "d", "p1", "n", "s"]], header=header)
    report = import_file(store, path, columns={"title": "name"})
    assert report.columns == {"title": "name", "pin_id": "id", "description": "description"}
    (pin,) = pins_of(store)
    assert (pin["pin_id"], pin["title"], pin["description"]) == ("p1", "n", "d")
    assert json.loads(pin["extra"]) == {"shop": "s", "text": "t"}


@pytest.mark.parametrize(
    ("header", "options", "error", "says"),
    [
        pytest.param("name", {}, ReadError, r"\(name\) gives a pin .*--map title=name", id="none"),
        pytest.param("pin_id,label,body_text", {}, ReadError, "--map title=body_text", id="hint"),
        pytest.param("Pin Title", {}, ReadError, "--map 'title=Pin Title'", id="space"),
        pytest.param(
            "title",
            {"columns": {"heading": "title"}},
            ReadError,
            "'heading' is no field",
            id="field",
        ),
        pytest.param(
            "title,shop_name",
            {"columns": {"board": "shopname"}},
            ReadError,
            r"no column 'shopname'; it has title, shop_name; did you mean 'shop_name'\?",
            id="column",
        ),
        pytest.param(
            "a",
            {"columns": {"title": "a", "link": "a"}},
            ReadError,
            "'a' .*(twice|two)",
            id="twice",
        ),
        pytest.param("title", {"split": "tset"}, CollectionError, "--split is 'tset'", id="split"),
    ],
)
def test_a_mapping_that_cannot_be_is_refused(
    store: Store, tmp_path: Path, header: str, options: object, error: type, says: str
) -> None:
    path = write_csv(tmp_path / "pins.csv", [["x"] * len(header.split(","))], header=header)
    with pytest.raises(error, match=says):
        import_file(store, path, **options)
    assert collection_names(store) == []


def test_a_name_that_could_be_no_folder_is_refused(store: Store, tmp_path: Path) -> None:
    reader = open_pins(write_csv(tmp_path / "pins.csv", numbered(1)))
    with pytest.raises(CollectionError, match=r"'\.\./pins' cannot name a collection; use up to"):
        import_pins(store, "../pins", reader)


# Importing again --------------------------------------------------------------------------------


def test_an_unchanged_file_makes_no_new_revision(store: Store, tmp_path: Path) -> None:
    path = write_csv(tmp_path / "pins.csv", numbered(7))
    first = import_file(store, path, shard_rows=3)
    again = import_file(store, path, shard_rows=3)
    assert (first.revision, first.shards_written) == (1, 3)
    assert (again.revision, again.unchanged, again.shards_written) == (1, 7, 0)


def test_a_changed_pin_rewrites_its_shard_alone(store: Store, tmp_path: Path) -> None:
    path = write_csv(tmp_path / "pins.csv", numbered(9))
    import_file(store, path, shard_rows=3)
    before = load_collection(store, "pins").shards
    written = [Path(store.path(shard.key)).stat().st_mtime_ns for shard in before]
    report = import_file(store, write_csv(path, numbered(9, p4="new title")), shard_rows=3)
    assert (report.changed, report.unchanged, report.shards_written) == (1, 8, 1)
    after = load_collection(store, "pins").shards
    assert [old == new for old, new in zip(before, after, strict=True)] == [True, False, True]
    # the old shard stays for the revision that names it
    assert [Path(store.path(shard.key)).stat().st_mtime_ns for shard in before] == written
    assert [pin["title"] for pin in pins_of(store)][3:6] == ["title 3", "new title", "title 5"]


def test_appended_rows_make_new_shards(store: Store, tmp_path: Path) -> None:
    path = write_csv(tmp_path / "pins.csv", numbered(4))
    import_file(store, path, shard_rows=3)
    before = load_collection(store, "pins").shards
    report = import_file(store, write_csv(path, numbered(6)), shard_rows=3)
    after = load_collection(store, "pins").shards
    assert (report.new, report.unchanged, report.shards_written) == (2, 4, 1)
    assert (after[:2], [shard.rows for shard in after]) == (before, [3, 1, 2])


def test_ids_made_of_content_stay_and_number_the_copies(store: Store, tmp_path: Path) -> None:
    rows = [["Lake", "calm"], ["Sale", "loud"], ["Lake", "calm"]]
    path = write_csv(tmp_path / "pins.csv", rows, header="title,label")
    assert import_file(store, path).new == 3
    lake, _, copy = (pin["pin_id"] for pin in pins_of(store))
    assert copy == f"{lake}-2"
    assert (import_file(store, path).unchanged, find_collection(store, "pins").revision) == (3, 1)
    relabelled = [["Wood", "calm"], ["Sale", "calm"], *rows[::2]]
    report = import_file(store, write_csv(path, relabelled, header="title,label"))
    assert (report.new, report.changed, report.unchanged) == (1, 1, 2)


def test_of_two_imports_that_race_the_second_is_refused(store: Store, tmp_path: Path) -> None:
    slow = write_csv(tmp_path / "slow.csv", numbered(3))
    quick = write_csv(tmp_path / "quick.csv", [["q", "Quick"]])
    with pytest.raises(CollectionError, match="Another import into 'pins' finished meanwhile"):
        import_file(store, slow, progress=lambda rows: import_file(store, quick))
    assert [pin["pin_id"] for pin in pins_of(store)] == ["q"]
    with pytest.raises(CollectionError, match="nothing of this one was added; run it again"):
        save_revision(store, Collection(name="pins", revision=1, shards=()))


# Folders ----------------------------------------------------------------------------------------


def test_the_votes_of_a_wrench_folder_arrive_with_its_pins(store: Store, tmp_path: Path) -> None:
    few = {**RECORDS["0"], "weak_labels": [1]}
    report = import_file(store, write_wrench(tmp_path / "set", {**RECORDS, "2": few}))
    assert [pin["given_votes"] for pin in pins_of(store)] == [[0, -1, 1], [-1, 1, 1]]
    assert [pin["label"] for pin in pins_of(store)] == ["ham", "spam"]
    assert rejected_of(report)[0]["reason"] == "it has 1 votes where others have 3"


def test_folders_name_the_split_and_the_label_of_an_image(store: Store, tmp_path: Path) -> None:
    for name in ("train/cat/a.png", "dog/b.JPG", "c.webp"):
        write_image(tmp_path / "set" / name)
    import_file(store, tmp_path / "set")
    seen = [(pin["pin_id"], pin["split"], pin["label"]) for pin in pins_of(store)]
    assert seen == [
        ("c.webp", "", ""),
        ("dog/b.JPG", "", "dog"),
        ("train/cat/a.png", "train", "cat"),
    ]


@pytest.mark.parametrize("name", ["b.png", "b.jpg", "b.webp"])
def test_an_image_cut_in_half_is_listed_and_the_rest_imported(
    store: Store, tmp_path: Path, name: str
) -> None:
    write_image(tmp_path / "set" / "a.png")
    whole = write_image(tmp_path / "set" / name, size=200).read_bytes()
    (tmp_path / "set" / name).write_bytes(whole[: len(whole) // 2])
    (listed,) = rejected_of(import_file(store, tmp_path / "set"))
    assert listed["reason"].startswith("it is not a whole image: ")
    assert (listed["excerpt"], [pin["pin_id"] for pin in pins_of(store)]) == (name, ["a.png"])


def test_a_link_that_leaves_its_folder_is_listed(store: Store, tmp_path: Path) -> None:
    outside = write_image(tmp_path / "secret.png")
    write_image(tmp_path / "set" / "a.png")
    (tmp_path / "set" / "b.png").symlink_to(outside)
    (listed,) = rejected_of(import_file(store, tmp_path / "set"))
    assert (listed["row"], listed["reason"]) == ("2", "it is a link that leaves the folder")


def test_a_column_that_json_lines_bring_late_is_read_like_one_of_the_first(
    store: Store, tmp_path: Path
) -> None:
    pins = [{"title": f"title {n}"} for n in range(150)]
    pins += [{"title": "known", "label": "spam", "split": "test", "note": "x", "id": "7"}]
    path = write(tmp_path / "pins.jsonl", "\n".join(map(json.dumps, pins)))
    report = import_file(store, path)
    assert report.columns == {"title": "title", "label": "label", "split": "split"}
    last = pins_of(store)[-1]
    assert (last["label"], last["split"]) == ("spam", "test")
    assert json.loads(last["extra"]) == {"id": "7", "note": "x"}


def test_a_note_guesses_the_fields_that_objects_hold(store: Store, tmp_path: Path) -> None:
    pin = {"title": "a", "image": {"url": "http://x.example/a.jpg", "w": 9}, "board": {"id": 1}}
    report = import_file(store, write(tmp_path / "pins.jsonl", json.dumps(pin)))
    assert report.unused_columns == ("image.url", "image.w", "board.id")
    assert report.note.endswith("import again with it, e.g. --map image=image.url.")
