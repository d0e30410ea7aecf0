"""Where a version is pulled to: its own folder is repaired and filled up, nothing else is touched."""

from __future__ import annotations

import json
import os
import re
import resource
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from stores import put_version, random_bytes

from labeling.datasets import pull, verify
from labeling.errors import DatasetError
from labeling.shards import Store

RUN = "from labeling.cli import main; main()"
DATA = "data/train-00000-of-00001.parquet"
CONTENTS = {DATA: random_bytes(70_001, 1), "README.md": b"# bytes\n"}


@pytest.fixture
def store(tmp_path: Path) -> Store:
    """A store with bytes@v0001 and bytes@v0002, whose files have the same names."""
    store = Store(str(tmp_path / "origin"))
    put_version(store, CONTENTS)
    put_version(store, {name: data[::-1] for name, data in CONTENTS.items()}, 2)
    return store


def lay(folder: Path, files: dict[str, bytes]) -> Path:
    for name, data in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(data)
    return folder


def files_in(folder: Path) -> dict[str, bytes]:
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in folder.rglob("*")
        if path.is_file()
    }


def half_pulled(store: Store, folder: Path) -> Path:
    """Make the folder that a pull of bytes@v0001 leaves when it is killed at its second file."""
    return lay(folder, {DATA: CONTENTS[DATA], ".README.md.part": b"# b"})


@pytest.mark.parametrize(
    ("own", "names"),
    [
        pytest.param({"README.md": b"my notes"}, "README.md", id="a README"),
        pytest.param({DATA: b"my rows"}, DATA, id="data"),
        pytest.param({"notes.txt": b"mine"}, "notes.txt", id="of another name"),
        pytest.param({"notes.part": b"mine", ".x.part": b"mine"}, "part", id="partial"),
        pytest.param({"manifest.json": b'{"name": "app"}'}, "manifest.json", id="a manifest"),
        pytest.param({"data": b"mine"}, "data", id="a file for a folder"),
        pytest.param({"README.md/notes.txt": b"mine"}, "README.md", id="a folder for a file"),
        pytest.param({**CONTENTS, "README.md": b"mine"}, "README.md", id="beside whole files"),
        pytest.param(
            {**CONTENTS, "manifest.json": b"{", "README.md": b"mine"}, "README.md", id="damaged"
        ),
    ],
)
def test_a_folder_with_files_of_its_own_is_refused_and_stays(
    store: Store, tmp_path: Path, own: dict[str, bytes], names: str
) -> None:
    target = lay(tmp_path / "mine", own)
    with pytest.raises(DatasetError, match=rf"mine holds \S*{names}.*a folder of its own\.$"):
        pull(store, "bytes@v0001", target)
    assert files_in(target) == own


def test_another_version_is_refused_and_stays(store: Store, tmp_path: Path) -> None:
    pull(store, "bytes@v0002", tmp_path / "pulled")
    before = files_in(tmp_path / "pulled")
    with pytest.raises(DatasetError, match="holds another dataset version; pull bytes@v0001-"):
        pull(store, "bytes@v0001", tmp_path / "pulled")
    (tmp_path / "pulled/manifest.json").write_bytes(b"{")
    with pytest.raises(DatasetError, match=r"of-00001\.parquet, which is not as bytes@v0001-"):
        pull(store, "bytes@v0001", tmp_path / "pulled")
    assert files_in(tmp_path / "pulled") == {**before, "manifest.json": b"{"}


@pytest.mark.parametrize(
    "damage",
    [
        pytest.param(lambda data: data[:40], id="cut"),
        pytest.param(lambda data: b"", id="empty"),
        pytest.param(lambda data: data.replace(b'"rows": 1', b'"rows": 2'), id="changed"),
    ],
)
def test_a_damaged_manifest_is_pulled_again_as_verify_says(
    store: Store, tmp_path: Path, damage: Callable[[bytes], bytes]
) -> None:
    target = tmp_path / "pulled"
    pull(store, "bytes@v0001", target)
    whole = (target / "manifest.json").read_bytes()
    (target / "manifest.json").write_bytes(damage(whole))
    with pytest.raises(DatasetError, match="pull the version again"):
        verify(target)
    pull(store, "bytes@v0001", target)
    assert files_in(target) == {**CONTENTS, "manifest.json": whole}


@pytest.mark.parametrize("damaged", [DATA, "README.md"])
def test_a_damaged_file_of_a_copy_is_fetched_anew(
    store: Store, tmp_path: Path, damaged: str
) -> None:
    pull(store, "bytes@v0001", tmp_path / "pulled")
    lay(tmp_path / "pulled", {damaged: b"damaged", "notes.txt": b"mine", ".my.part": b"mine"})
    pull(store, "bytes@v0001", tmp_path / "pulled")
    verify(tmp_path / "pulled")
    there = files_in(tmp_path / "pulled")
    assert {name: there[name] for name in CONTENTS} == CONTENTS
    assert there["notes.txt"] == there[".my.part"] == b"mine"


def test_a_broken_off_pull_goes_on_and_leaves_nothing_partial(store: Store, tmp_path: Path) -> None:
    target = half_pulled(store, tmp_path / "pulled")
    lay(target, {"data/.train-00003-of-00009.parquet.part": b"of a larger version"})
    pull(store, "bytes@v0001", target)
    assert files_in(target).keys() == {*CONTENTS, "manifest.json"}


def run_pull(store: Store, target: Path, **options: object) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-c", RUN, "pull", f"{store.url}/bytes@v0001", str(target), "--json"]
    return subprocess.run(command, capture_output=True, text=True, **options)  # type: ignore[call-overload, no-any-return]


@pytest.mark.parametrize(
    ("target", "says"),
    [
        pytest.param("file", "file is a file; name a folder to pull bytes@v0001-", id="a file"),
        pytest.param("file/sub", r"cannot be pulled into .*: Not a directory", id="below a file"),
    ],
)
def test_a_file_in_the_way_is_one_sentence(
    store: Store, tmp_path: Path, target: str, says: str
) -> None:
    lay(tmp_path, {"file": b"mine"})
    with pytest.raises(DatasetError, match=says):
        pull(store, "bytes@v0001", tmp_path / target)
    assert (tmp_path / "file").read_bytes() == b"mine"


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
def test_a_folder_that_may_not_be_written_is_one_sentence(store: Store, tmp_path: Path) -> None:
    (tmp_path / "closed").mkdir(mode=0o500)
    with pytest.raises(DatasetError, match=r"cannot be pulled into .*: Permission denied .*again"):
        pull(store, "bytes@v0001", tmp_path / "closed/pulled")


def test_a_disk_that_takes_no_more_is_one_sentence_and_the_pull_goes_on(
    store: Store, tmp_path: Path
) -> None:
    def no_more_than() -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (50_000, 50_000))

    full = run_pull(store, tmp_path / "pulled", preexec_fn=no_more_than)
    assert full.returncode == 1
    said = r"data/\.train-00000-of-00001\.parquet\.part cannot be written: File too large; what came is"
    assert re.search(said, json.loads(full.stdout)["error"])
    assert "Traceback" not in full.stderr
    assert (tmp_path / "pulled/data/.train-00000-of-00001.parquet.part").stat().st_size == 50_000
    pull(store, "bytes@v0001", tmp_path / "pulled")
    verify(tmp_path / "pulled")


def test_a_cache_that_cannot_be_written_is_gone_without(store: Store, tmp_path: Path) -> None:
    lay(tmp_path, {"cache/sha256": b"a file where the cache has a folder"})
    pull(store, "bytes@v0001", tmp_path / "pulled", cache=tmp_path / "cache")
    verify(tmp_path / "pulled")
    assert files_in(tmp_path / "cache").keys() == {"sha256"}
