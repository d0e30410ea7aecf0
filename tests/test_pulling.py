"""Pulling from real servers: what is cut off goes on, nothing damaged is kept, nothing comes twice."""

from __future__ import annotations

import json
import os
import random
import signal
import subprocess
import sys
import tracemalloc
from collections import Counter
from contextlib import nullcontext
from pathlib import Path
from typing import Any

import pytest
from stores import WebStore, put_version, random_bytes, serving

from labeling.datasets import Manifest, find_version, pull, verify, version_pointer
from labeling.errors import DatasetError, StoreError
from labeling.progress import Progress
from labeling.shards import Store

MIB = 1 << 20
RUN = "from labeling.cli import main; main()"
CONTENTS = {
    f"data/train-{n:05d}-of-00003.parquet": random_bytes(size, n)
    for n, size in enumerate([3 * MIB, 70_001, MIB])
}
TOTAL = sum(map(len, CONTENTS.values()))


@pytest.fixture
def origin(tmp_path: Path) -> Path:
    """The folder of a store with the version bytes@v0001."""
    put_version(Store(str(tmp_path / "origin")), CONTENTS)
    return tmp_path / "origin"


def start_pull(reference: str, target: Path, **environment: str) -> subprocess.Popen[str]:
    """Start `labeling pull` as a process of its own, where there is no workspace."""
    target.parent.mkdir(parents=True, exist_ok=True)
    return subprocess.Popen(
        [sys.executable, "-c", RUN, "pull", reference, str(target), "--json"],
        cwd=target.parent,
        env={**os.environ, **environment},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def pulled(process: subprocess.Popen[str]) -> dict[str, object]:
    out, err = process.communicate(timeout=60)
    assert process.returncode == 0, err
    return json.loads(out)  # type: ignore[no-any-return]


def contents(folder: Path) -> dict[str, bytes]:
    return {p.relative_to(folder).as_posix(): p.read_bytes() for p in folder.rglob("data/*")}


@pytest.mark.parametrize("parts", [True, False], ids=["parts", "no parts"])
@pytest.mark.parametrize("listings", [True, False], ids=["listings", "no listings"])
@pytest.mark.parametrize("version", ["v0001", "latest"])
def test_a_version_is_pulled_from_any_web_server(
    origin: Path, tmp_path: Path, parts: bool, listings: bool, version: str
) -> None:
    with serving(origin, parts=parts, listings=listings) as web:
        manifest = pull(Store(web.url), f"bytes@{version}", tmp_path / "pulled")
    assert contents(tmp_path / "pulled") == CONTENTS
    assert manifest == verify(tmp_path / "pulled")


def test_a_pull_killed_at_ten_points_goes_on_at_the_byte_and_verifies(
    origin: Path, tmp_path: Path
) -> None:
    draw = random.Random(7)
    target = tmp_path / "job/pulled"
    with serving(origin) as web:
        reference = f"{web.url}/bytes@v0001"
        for _ in range(10):
            before = sum(p.stat().st_size for p in target.rglob("data/*") if p.is_file())
            web.stop_after(draw.randint(1, (TOTAL - before) // 3))
            process = start_pull(reference, target)
            assert web.stopped.wait(60)
            wait_for_bytes(process, web, target)
            process.send_signal(signal.SIGKILL)
            process.communicate()
            assert process.returncode == -signal.SIGKILL
            assert not (target / "manifest.json").exists()
            web.release()
        assert pulled(start_pull(reference, target))["rows"] == 3
    assert contents(target) == CONTENTS
    verify(target)
    assert web.bytes_sent == TOTAL  # no byte came twice
    assert len([start for _, start, _ in web.sent if start]) >= 7


def wait_for_bytes(process: subprocess.Popen[str], web: WebStore, target: Path) -> None:
    """Wait until what the server sent is on disk, so that the account is exact."""
    while sum(p.stat().st_size for p in target.rglob("data/*") if p.is_file()) < web.bytes_sent:
        assert process.poll() is None


def test_a_server_without_parts_sends_all_again_and_the_rest_is_appended(
    origin: Path, tmp_path: Path
) -> None:
    with serving(origin, parts=False) as web:
        web.stop_after(2 * MIB)
        target = tmp_path / "job/pulled"
        process = start_pull(f"{web.url}/bytes@latest", target)
        assert web.stopped.wait(60)
        wait_for_bytes(process, web, target)
        process.kill()
        process.communicate()
        web.release()
        pull(Store(web.url), "bytes@v0001", target)
    assert contents(target) == CONTENTS


def test_a_connection_that_breaks_is_taken_up_again(origin: Path, tmp_path: Path) -> None:
    with serving(origin) as web:
        web.drop_at = 2 * MIB + 17
        pull(Store(web.url), "bytes@v0001", tmp_path / "pulled")
        starts = [start for _, start, _ in web.sent]
    assert contents(tmp_path / "pulled") == CONTENTS
    assert len([start for start in starts if start]) == 1


def test_what_a_partial_file_holds_of_something_else_is_fetched_anew(
    origin: Path, tmp_path: Path
) -> None:
    data = tmp_path / "pulled/data"
    data.mkdir(parents=True)
    (data / ".train-00000-of-00003.parquet.part").write_bytes(b"half of another file")
    pull(Store(str(origin)), "bytes@v0001", tmp_path / "pulled")
    assert contents(tmp_path / "pulled") == CONTENTS


def test_a_file_that_the_store_lost_or_that_is_short_is_named(origin: Path, tmp_path: Path) -> None:
    store = Store(str(origin))
    key, _ = find_version(store, "bytes@v0001")
    lost = Path(store.path(f"{key}/data/train-00001-of-00003.parquet"))
    whole = lost.read_bytes()
    lost.write_bytes(whole[:-1])
    with pytest.raises(DatasetError, match=r"train-00001.* is damaged in the store"):
        pull(store, "bytes@v0001", tmp_path / "pulled")
    lost.unlink()
    with pytest.raises(
        DatasetError, match=r"is gone from the store .*: publish .* then pull again"
    ):
        pull(store, "bytes@v0001", tmp_path / "pulled")
    lost.write_bytes(whole)
    pull(store, "bytes@v0001", tmp_path / "pulled")


def test_a_second_version_that_shares_files_fetches_only_what_is_new(
    origin: Path, tmp_path: Path
) -> None:
    new = {**CONTENTS, "data/train-00001-of-00003.parquet": random_bytes(5_000, 9)}
    put_version(Store(str(origin)), new, 2)
    cache = tmp_path / "cache"
    with serving(origin) as web:
        store = Store(web.url)
        pull(store, "bytes@v0001", tmp_path / "one", cache=cache)
        pull(store, "bytes@v0001", tmp_path / "again", cache=cache)
        assert web.bytes_sent == TOTAL
        pull(store, "bytes@v0002", tmp_path / "two", cache=cache)
        assert web.bytes_sent == TOTAL + 5_000
    assert contents(tmp_path / "again") == CONTENTS
    assert contents(tmp_path / "two") == new
    links = [
        (tmp_path / name / "data/train-00000-of-00003.parquet").stat().st_ino
        for name in ("one", "again", "two")
    ]
    assert len(set(links)) == 1  # one copy on disk


def test_a_damaged_file_in_the_cache_is_fetched_anew(origin: Path, tmp_path: Path) -> None:
    store, cache = Store(str(origin)), tmp_path / "cache"
    pull(store, "bytes@v0001", tmp_path / "one", cache=cache)
    for blob in cache.rglob("*"):
        if blob.is_file():
            blob.chmod(0o644)
            blob.write_bytes(b"x" + blob.read_bytes()[1:])
    pull(store, "bytes@v0001", tmp_path / "two", cache=cache)
    assert contents(tmp_path / "two") == CONTENTS


@pytest.mark.parametrize(
    "folders",
    [
        pytest.param(("one", "two"), id="two folders"),
        pytest.param(("pulled",) * 6, id="the ranks of a training job in one folder"),
    ],
)
def test_pulls_at_once_share_the_cache_and_fetch_each_file_once(
    origin: Path, tmp_path: Path, folders: tuple[str, ...]
) -> None:
    cache = str(tmp_path / "cache")
    with serving(origin) as web:
        pulls = [
            start_pull(f"{web.url}/bytes@v0001", tmp_path / name, LABELING_CACHE=cache)
            for name in folders
        ]
        assert [pulled(process)["rows"] for process in pulls] == [3] * len(folders)
        assert web.bytes_sent == TOTAL
    for name in folders:
        assert contents(tmp_path / name) == CONTENTS


def test_a_large_file_is_never_in_memory(tmp_path: Path) -> None:
    store = Store(str(tmp_path / "origin"))
    put_version(store, {"data/train-00000-of-00001.parquet": bytes(96 * MIB)})
    tracemalloc.start()
    pull(store, "bytes@v0001", tmp_path / "pulled", cache=tmp_path / "cache")
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 24 * MIB


def test_progress_counts_bytes_once(origin: Path, tmp_path: Path) -> None:
    moved: Counter[str] = Counter()

    class Counting(Progress):
        def bar(self, title: str, total: int | None, *, unit: str = "items") -> Any:
            assert (total, unit) == (TOTAL, "bytes")
            return nullcontext(lambda count: moved.update({title: count}))

    pull(Store(str(origin)), "bytes@v0001", tmp_path / "pulled", Counting())
    assert moved == {"pull": TOTAL, "verify": TOTAL}
    pull(Store(str(origin)), "bytes@v0001", tmp_path / "pulled", Counting())
    assert moved == {"pull": TOTAL, "verify": 2 * TOTAL}


@pytest.mark.parametrize(
    ("reference", "says"),
    [
        pytest.param("bytes", "names no version; write", id="no version"),
        pytest.param("other@v0001", "There is no dataset 'other' .there are: bytes", id="dataset"),
        pytest.param("bytes@v0007", "bytes has no version v0007; it has v0001-", id="version"),
    ],
)
def test_what_a_web_store_does_not_have_is_one_sentence(
    origin: Path, tmp_path: Path, reference: str, says: str
) -> None:
    with serving(origin) as web, pytest.raises(DatasetError, match=says):
        pull(Store(web.url), reference, tmp_path / "pulled")


def test_a_store_that_is_not_there_is_told_from_one_without_datasets(tmp_path: Path) -> None:
    with pytest.raises(DatasetError, match=r"no dataset 'x': the store .*nowhere is not there"):
        pull(Store(str(tmp_path / "nowhere")), "x@v0001", tmp_path / "pulled")
    with pytest.raises(DatasetError, match=r"no dataset 'x' \(there are: none yet\)"):
        pull(Store(str(tmp_path)), "x@v0001", tmp_path / "pulled")


def test_a_server_that_cannot_be_reached_is_one_sentence(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match=r"http://127.0.0.1:9 cannot be reached"):
        pull(Store("http://127.0.0.1:9"), "bytes@v0001", tmp_path / "pulled")


def test_an_unreachable_store_on_the_command_line_exits_with_a_sentence(tmp_path: Path) -> None:
    process = start_pull("http://127.0.0.1:9/bytes@v0001", tmp_path / "pulled")
    out, err = process.communicate(timeout=60)
    assert process.returncode == 1
    assert "cannot be reached" in json.loads(out)["error"]
    assert "Traceback" not in err


def test_a_version_is_the_same_whichever_way_it_is_named(origin: Path, tmp_path: Path) -> None:
    store = Store(str(origin))
    names = ["bytes@v0001", "bytes@latest"]
    found: list[Manifest] = [find_version(store, name)[1] for name in names]
    found.append(find_version(store, f"bytes@{found[0].folder}")[1])
    assert found[0] == found[1] == found[2]


@pytest.mark.parametrize("version", ["v0001", "latest", "the whole name"])
def test_a_manifest_that_was_changed_in_the_store_is_not_pulled(
    origin: Path, tmp_path: Path, version: str
) -> None:
    store = Store(str(origin))
    key, manifest = find_version(store, "bytes@v0001")
    path = Path(store.path(f"{key}/manifest.json"))
    turned = json.loads(path.read_bytes()) | {"classes": ["b", "a"]}
    path.write_bytes(Manifest.from_bytes(json.dumps(turned).encode()).to_bytes())
    wanted = manifest.folder if version == "the whole name" else version
    with pytest.raises(DatasetError, match=r"was changed in the store .* that of bytes@v0001-"):
        pull(store, f"bytes@{wanted}", tmp_path / "pulled")
    assert not (tmp_path / "pulled").exists()


def test_a_pointer_to_another_version_is_not_followed(origin: Path) -> None:
    store = Store(str(origin))
    put_version(store, {**CONTENTS, "data/train-00002-of-00003.parquet": b"other"}, 2)
    store.write_bytes(version_pointer("bytes", 1), store.read_bytes(version_pointer("bytes", 2)))
    assert find_version(store, "bytes@v0001")[1].version == 1
