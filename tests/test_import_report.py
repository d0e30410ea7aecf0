"""What an import says: the columns that became no field, a real row for each reason, the separator."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from pin_files import write
from test_cli import call
from test_importing import import_file, store, write_csv  # noqa: F401 a fixture

from labeling.errors import CollectionError, ReadError
from labeling.shards import Store

UNKNOWN = "id,pic,name,desc,url,b"


def test_columns_that_became_no_field_are_listed_with_a_way_to_map_them(
    store: Store,  # noqa: F811
    tmp_path: Path,
) -> None:
    row = ["p1", "a.png", "Lake", "Blue", "https://x.example/a", "Water"]
    report = import_file(store, write_csv(tmp_path / "pins.csv", [row], UNKNOWN))
    assert report.unused_columns == ("pic", "name", "desc", "b")
    assert report.note == (
        "No field was read from pic, name, desc, b: kept as extra; where one is a field of a pin, "
        "import again with it, e.g. --map title=name --map description=desc --map image=pic."
    )
    mapped = {"title": "name", "description": "desc", "image": "pic", "board": "b"}
    again = import_file(store, tmp_path / "pins.csv", columns=mapped)
    assert (again.changed, again.unused_columns, again.note) == (1, (), "")


def test_a_file_that_gives_no_pin_content_is_told_of_a_column_that_would(
    store: Store,  # noqa: F811
    tmp_path: Path,
) -> None:
    path = write_csv(tmp_path / "pins.csv", [["Soup", "Food"]], "post.headline,category")
    with pytest.raises(ReadError, match=r"e\.g\. --map title=post\.headline\."):
        import_file(store, path)


@pytest.mark.parametrize(
    ("header", "hint"),
    [
        pytest.param("Title,Board-Name,URL", "No field was read from Board-Name", id="capitals"),
        pytest.param("link,Pin Title", "e.g. --map 'title=Pin Title'.", id="of a pin"),
        pytest.param("link,x y", "import again with --map FIELD=COLUMN.", id="no likely one"),
        pytest.param(
            "title,description,link,board,image,shop", "from shop: kept as extra.", id="full"
        ),
        pytest.param("title,label_tone", "", id="reference label"),
        pytest.param(
            "title," + ",".join(f"c{n}" for n in range(99)), "c11 and 87 more: ", id="many"
        ),
    ],
)
def test_the_note_proposes_only_fields_that_are_free(
    store: Store,  # noqa: F811
    tmp_path: Path,
    header: str,
    hint: str,
) -> None:
    cells = ["x"] * len(header.split(","))
    note = import_file(store, write_csv(tmp_path / "pins.csv", [cells], header)).note
    assert hint in note
    assert bool(hint) == bool(note)


def test_each_reason_has_a_real_row(store: Store, tmp_path: Path) -> None:  # noqa: F811
    rows = "p1,Lake\np2,caf\xe9\np3,caf\xe8\np1,Again\np2"
    path = write(tmp_path / "pins.csv", f"pin_id,title\n{rows}\n".encode("latin-1"))
    report = import_file(store, path)
    invalid = "title is not valid UTF-8 (byte …); name the file's --encoding"
    twice = "the pin id … stands already in row …; ids are unique"
    short = "it ends early, with … of … columns"
    assert report.reasons == {invalid: 2, twice: 1, short: 1}
    assert report.examples == {
        invalid: "row 2: title is not valid UTF-8 (byte 0xe9); name the file's --encoding",
        twice: "row 4: the pin id 'p1' stands already in row 1; ids are unique",
        short: "row 5: it ends early, with 1 of 2 columns",
    }
    bad = write(tmp_path / "bad.csv", "pin_id,title\np1,caf\xe9\n".encode("latin-1"))
    with pytest.raises(
        CollectionError, match=r"\(1 times, e\.g\. row 1: title .*UTF-8 \(byte 0xe9\)"
    ):
        import_file(store, bad)


def test_the_command_says_all_of_it(tmp_path: Path) -> None:
    write(tmp_path / "pins.csv", "pin_id;image_path;title;price\np1;a.png;Lake;1,50\np1;;Sea;2\n")
    call("init", cwd=tmp_path)
    said = call("import", "pins", "pins.csv", cwd=tmp_path).stdout
    assert "image from image_path, separated by semicolons" in " ".join(said.split())
    assert "No field was read from price: kept as extra" in said
    assert "rejected 1, e.g. row 2: the pin id 'p1' stands already in row 1" in said
    told = json.loads(call("import", "pins", "pins.csv", "--json", cwd=tmp_path).stdout)
    assert (told["separator"], told["unused_columns"], told["unchanged"]) == (";", ["price"], 1)
    assert told["note"].startswith("No field was read from price")


def test_pins_that_may_be_there_twice_are_told_of(store: Store, tmp_path: Path) -> None:  # noqa: F811
    path = write_csv(tmp_path / "pins.csv", [["k1", "Lake"], ["k2", "Sale"]], "Key,title")
    assert not import_file(store, path).is_twice
    again = import_file(store, path, columns={"pin_id": "Key"})
    assert (again.new, again.is_twice) == (2, True)
    assert again.note.startswith("The ids of some pins are made of their content")
    assert not import_file(store, path, columns={"pin_id": "Key"}).is_twice  # nothing is new
