"""The store finishes artifacts whole or not at all; what this user may not read or write says so."""

from __future__ import annotations

import json
import os
import pickle
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from uuid import uuid4

import pyarrow as pa
import pytest
from pin_files import (
    CSV,
    RECORDS,
    faults_of,
    rows_of,
    write,
    write_image,
    write_parquet,
    write_wrench,
)

from labeling.errors import LabelingError, ReadError, StoreError
from labeling.importing import import_pins
from labeling.readers import open_pins
from labeling.shards import ABANDONED_SECONDS, TEMPORARY, Store, parquet_bytes

NOBODY = 65534
AsNobody = Callable[[], AbstractContextManager[None]]
TABLE = pa.table({"n": list(range(5000)), "text": [f"lake {n * n}" for n in range(5000)]})


@pytest.fixture(params=["local", "memory"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Store:
    return Store(str(tmp_path) if request.param == "local" else f"memory://{uuid4().hex}")


@pytest.fixture
def local(tmp_path: Path) -> Store:
    return Store(str(tmp_path))


@pytest.fixture
def open_folder() -> Iterator[Path]:
    """A folder every user can enter; pytest's own is closed to others than root."""
    with tempfile.TemporaryDirectory(prefix="labeling-test-") as folder:
        Path(folder).chmod(0o755)
        yield Path(folder)


@pytest.fixture
def as_nobody() -> AsNobody:
    """Code inside runs without root's right to read everything."""
    if not hasattr(os, "setresuid"):
        pytest.skip("permissions of files are not enforced, or no user can be changed to, here")

    @contextmanager
    def drop() -> Iterator[None]:
        if os.geteuid() != 0:
            yield
            return
        os.setresuid(NOBODY, NOBODY, 0)  # the real one too: os.access asks for that
        try:
            yield
        finally:
            os.setresuid(0, 0, 0)

    return drop


def leftovers(folder: Path) -> list[Path]:
    return [path for path in folder.rglob("*") if TEMPORARY in path.name]


# Artifacts --------------------------------------------------------------------------------------


def test_what_is_written_is_read(store: Store, tmp_path: Path) -> None:
    store.write_json("a/one.json", {"b": 1, "é": [2]})
    store.write_table("a/two.parquet", TABLE)
    store.write_file("a/three.txt", write(tmp_path / "source", "text"))
    assert store.read_json("a/one.json") == {"b": 1, "é": [2]}
    assert store.read_table("a/two.parquet") == TABLE
    assert store.read_table("a/two.parquet", ["n"]).column_names == ["n"]
    assert store.read_bytes("a/three.txt") == b"text"
    assert store.keys("a") == ["a/one.json", "a/three.txt", "a/two.parquet"]
    store.delete("a/one.json")
    assert [store.exists(f"a/{name}") for name in ("one.json", "two.parquet")] == [False, True]


def test_an_absent_folder_has_no_keys(store: Store) -> None:
    assert store.keys("absent") == []


def test_a_finished_folder_has_all_its_files(store: Store, tmp_path: Path) -> None:
    with store.scratch_folder("sets") as scratch:
        write(scratch / "data" / "a.txt", "a")
        write(scratch / "last.json", "{}")
        store.finish_folder(scratch, "sets/v1", last="last.json")
    assert store.read_bytes("sets/v1/data/a.txt") == b"a"
    assert store.keys("sets") == ["sets/v1"]
    assert leftovers(tmp_path) == []


def test_of_two_that_finish_a_folder_at_once_one_makes_it(
    local: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = []
    with local.scratch_folder("sets") as quick, local.scratch_folder("sets") as slow:
        for scratch in (quick, slow):
            write(scratch / "last.json", "{}")

        def overtake(_: int) -> None:
            monkeypatch.undo()
            made.append(local.finish_folder(quick, "sets/v1", last="last.json"))

        monkeypatch.setattr("os.fsync", overtake)
        assert local.finish_folder(slow, "sets/v1", last="last.json") is False
    assert made == [True]
    assert local.keys("sets/v1") == ["sets/v1/last.json"]


def test_a_folder_that_lost_its_last_file_is_finished_again(store: Store) -> None:
    for _ in range(2):
        with store.scratch_folder("sets") as scratch:
            write(scratch / "data.txt", "a")
            write(scratch / "last.json", "{}")
            assert store.finish_folder(scratch, "sets/v1", last="last.json")
        assert store.exists("sets/v1/last.json")
        store.delete("sets/v1/last.json")


def test_an_exclusive_write_keeps_the_first(store: Store, tmp_path: Path) -> None:
    store.write_json("one.json", 1, exclusive=True)
    with pytest.raises(FileExistsError, match=r"one\.json|^$"):  # fsspec's says nothing
        store.write_json("one.json", 2, exclusive=True)
    assert store.read_json("one.json") == 1
    store.write_json("one.json", 3)
    assert store.read_json("one.json") == 3
    assert leftovers(tmp_path) == []


@pytest.mark.parametrize("key", ["/etc/passwd", "../x", "a/../../x", ".."])
def test_a_key_that_leaves_the_store_is_refused(store: Store, key: str) -> None:
    for use in (store.read_bytes, store.exists, lambda key: store.write_bytes(key, b"")):
        with pytest.raises(StoreError, match=r"The key '.*' leaves the store; keys are relative"):
            use(key)


def test_pins_are_imported_into_a_store_elsewhere(tmp_path: Path) -> None:
    store = Store(f"memory://{uuid4().hex}")
    path = write(tmp_path / "pins.csv", CSV + "p1,Again\n")
    report = import_pins(store, "pins", open_pins(path))
    assert (report.new, report.rejected) == (2, 1)
    assert import_pins(store, "pins", open_pins(path)).revision == 1
    assert b"stands already in row 1" in store.read_bytes(store.keys("pins/pins/rejected")[0])


def test_a_store_travels_as_its_url(local: Store) -> None:
    assert local.is_local
    copy = pickle.loads(pickle.dumps(local))
    assert (copy, copy.is_local) == (local, True)


def test_a_protocol_that_is_not_installed_is_named(tmp_path: Path) -> None:
    with pytest.raises(
        StoreError, match=r"'nope://x' cannot be opened: .*; set `store` to a folder"
    ):
        Store("nope://x").exists("a")


def test_equal_tables_are_equal_bytes() -> None:
    assert parquet_bytes(TABLE) == parquet_bytes(TABLE.slice(0))


# Artifacts that are not whole -------------------------------------------------------------------


def test_an_absent_artifact_says_which_step_to_run(store: Store) -> None:
    for read in (store.read_bytes, store.read_json, store.read_table):
        with pytest.raises(StoreError, match=r"artifact a/b.c is not in the store .*run the step"):
            read("a/b.c")


@pytest.mark.parametrize(
    "spoil",
    [
        pytest.param(lambda whole: b"", id="empty"),
        pytest.param(lambda whole: whole[:-10], id="no footer"),
        pytest.param(lambda whole: b"<html>", id="no Parquet"),
        pytest.param(
            lambda whole: whole[:90] + bytes(9000) + whole[9090:], id="whole footer, broken pages"
        ),
    ],
)
def test_a_damaged_table_is_named(store: Store, spoil: Callable[[bytes], bytes]) -> None:
    store.write_bytes("a/t.parquet", spoil(parquet_bytes(TABLE)))
    with pytest.raises(StoreError, match=r"a/t.parquet is damaged \(.*delete it and run its step"):
        store.read_table("a/t.parquet")


def test_damaged_json_is_named(store: Store) -> None:
    store.write_bytes("a/one.json", b'{"cut": ')
    with pytest.raises(StoreError, match=r"a/one.json is damaged \("):
        store.read_json("a/one.json")


@pytest.mark.parametrize("kind", ["bytes", "file"])
def test_a_write_that_fails_leaves_no_temporary(local: Store, tmp_path: Path, kind: str) -> None:
    source = write(tmp_path / "source", "text")
    write(tmp_path / "taken" / "inside", "a folder stands where the artifact should")
    with pytest.raises(
        StoreError, match=r"artifact taken cannot be written to .*; check the store"
    ):
        if kind == "bytes":
            local.write_bytes("taken", b"text")
        else:
            local.write_file("taken", source)
    assert leftovers(tmp_path) == []


def test_an_unfinished_artifact_is_no_key(local: Store, tmp_path: Path) -> None:
    write(tmp_path / "a" / f"{TEMPORARY}1", "half")
    write(tmp_path / "a" / "whole", "")
    assert local.keys("a") == ["a/whole"]


def test_a_sweep_deletes_old_leftovers_alone(local: Store, tmp_path: Path) -> None:
    old = time.time() - ABANDONED_SECONDS - 60
    for name in (f"a/{TEMPORARY}old", f"a/{TEMPORARY}new", f"b/{TEMPORARY}folder/x", "a/artifact"):
        write(tmp_path / name, "half")
    for name in (f"a/{TEMPORARY}old", f"b/{TEMPORARY}folder", "a/artifact"):
        os.utime(tmp_path / name, (old, old))
    assert local.sweep() == 2
    assert leftovers(tmp_path) == [tmp_path / f"a/{TEMPORARY}new"]
    assert local.exists("a/artifact")
    assert local.sweep(now=time.time() + ABANDONED_SECONDS + 60) == 1


def test_a_sweep_of_a_store_elsewhere_deletes_nothing() -> None:
    assert Store(f"memory://{uuid4().hex}").sweep() == 0


# Shards of bounded memory ----------------------------------------------------------------------


GENERATED_IMPORT = """
import resource, sys
from pathlib import Path
from labeling.importing import import_pins
from labeling.readers import open_pins
from labeling.shards import Store
folder, rows = Path(sys.argv[1]), int(sys.argv[2])
with (folder / "pins.csv").open("w", encoding="utf-8") as file:
    file.write("pin_id,title,description\\n")
    for n in range(rows):
        file.write(f"p{n},title {n},{'lake forest ' * 40}{n}\\n")
store = Store(str(folder / "store"))
report = import_pins(store, "pins", open_pins(folder / "pins.csv"), shard_rows=10_000)
assert report.new == rows
print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)
"""


@pytest.mark.skipif(sys.platform != "linux", reason="ru_maxrss is in KiB on Linux only")
def test_the_memory_of_an_import_does_not_grow_with_its_rows(tmp_path: Path) -> None:
    runs = []
    for rows in (50_000, 200_000):
        (folder := tmp_path / str(rows)).mkdir()
        command = [sys.executable, "-c", GENERATED_IMPORT, str(folder), str(rows)]
        runs.append(subprocess.Popen(command, stdout=subprocess.PIPE, text=True))
    small, large = (int(run.communicate(timeout=120)[0]) for run in runs)
    assert large - small < 25 * 1024  # the rows between are 75 MB of text


# What may not be read or written ----------------------------------------------------------------


@pytest.mark.parametrize(
    ("opened", "closed"),
    [
        pytest.param("pins.csv", "pins.csv", id="csv"),
        pytest.param("pins.jsonl", "pins.jsonl", id="jsonl"),
        pytest.param("pins.parquet", "pins.parquet", id="parquet"),
        pytest.param("wrench", "wrench/label.json", id="wrench labels"),
        pytest.param("wrench", "wrench/test.json", id="wrench split"),
        pytest.param("wrench", "wrench", id="folder"),
        pytest.param("images", "images/in", id="folder of images"),
        pytest.param("wrench/test.json", "wrench", id="file in a closed folder"),
    ],
)
def test_pins_that_may_not_be_read_say_so(
    open_folder: Path, as_nobody: AsNobody, opened: str, closed: str
) -> None:
    write(open_folder / "pins.csv", CSV)
    write(open_folder / "pins.jsonl", '{"title": "a"}')
    write_parquet(open_folder / "pins.parquet", title=["a"])
    write(write_wrench(open_folder / "wrench") / "test.json", json.dumps(RECORDS))
    write_image(open_folder / "images" / "in" / "a.png")
    write_image(open_folder / "images" / "b.png")
    (open_folder / closed).chmod(0)
    with as_nobody(), pytest.raises(ReadError, match="cannot be read: permission denied; give"):
        rows_of(open_folder / opened)


def test_an_image_that_may_not_be_read_is_listed(open_folder: Path, as_nobody: AsNobody) -> None:
    write_image(open_folder / "a.png")
    write_image(open_folder / "b.png").chmod(0)
    with as_nobody():
        assert faults_of(open_folder) == [(2, "it cannot be read: permission denied")]


def test_a_store_that_may_not_be_written_says_so(open_folder: Path, as_nobody: AsNobody) -> None:
    reader = open_pins(write(open_folder / "pins.csv", CSV))
    (open_folder / "store").mkdir(mode=0o555)
    store = Store(str(open_folder / "store"))
    says = "cannot be written to .*: Permission denied; check the store's permissions"
    with as_nobody(), pytest.raises(StoreError, match=says):
        store.write_json("one.json", 1)
    with as_nobody(), pytest.raises(StoreError, match=says):
        store.write_file("rejected.csv", open_folder / "pins.csv")
    with as_nobody(), pytest.raises(LabelingError, match=says):
        import_pins(store, "pins", reader)


@pytest.mark.parametrize("key", ["one.json", "one.parquet"])
def test_an_artifact_that_may_not_be_read_says_so(
    open_folder: Path, as_nobody: AsNobody, key: str
) -> None:
    store = Store(str(open_folder))
    store.write_table(key, TABLE)
    (open_folder / key).chmod(0)
    read = store.read_json if key.endswith("json") else store.read_table
    with as_nobody(), pytest.raises(StoreError, match=f"{key} cannot be read from .*permission"):
        read(key)
