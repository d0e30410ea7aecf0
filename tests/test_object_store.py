"""A workspace whose artifacts lie on S3: a real server (moto's), the real client (s3fs)."""

from __future__ import annotations

import logging
import threading
import urllib.request
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from uuid import uuid4

import pyarrow as pa
import pytest
from conftest import make_workspace
from joblib.externals.loky import get_reusable_executor
from stores import everything, pull_the_rest, put_version, race_writers, random_bytes

import labeling
from labeling.collection import Shard, unfinished
from labeling.datasets import find_version, verify
from labeling.errors import DatasetError, StoreError
from labeling.shards import BLOCK, Store
from labeling.workspace import Workspace

pytest.importorskip("moto.server", reason="moto is not installed: it serves S3 to tests")
s3fs = pytest.importorskip("s3fs", reason="s3fs is not installed: the extra `s3` brings it")


class Requests:
    """Counts what reaches the server, by method."""

    def __init__(self, app: object) -> None:
        self.app, self.seen = app, Counter[str]()
        self.lock = threading.Lock()

    def __call__(self, environ: dict[str, str], start: object) -> object:
        with self.lock:
            self.seen[environ["REQUEST_METHOD"]] += 1
        return self.app(environ, start)  # type: ignore[operator]


@pytest.fixture(scope="module")
def requests() -> Iterator[Requests]:
    """A server with the bucket `pins`, named by the environment as processes inherit it."""
    with pytest.MonkeyPatch.context() as patch:
        from moto.server import DomainDispatcherApplication, create_backend_app
        from werkzeug.serving import make_server

        logging.getLogger("werkzeug").setLevel(logging.ERROR)
        app = Requests(DomainDispatcherApplication(create_backend_app))
        server = make_server("127.0.0.1", 0, app, threaded=True)
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        for name, value in {
            "AWS_ACCESS_KEY_ID": "test",
            "AWS_SECRET_ACCESS_KEY": "test",
            "AWS_DEFAULT_REGION": "us-east-1",
            "AWS_ENDPOINT_URL": f"http://127.0.0.1:{server.port}",
        }.items():
            patch.setenv(name, value)
        urllib.request.urlopen(
            urllib.request.Request(f"http://127.0.0.1:{server.port}/pins", method="PUT")
        )
        get_reusable_executor().shutdown()  # idle workers have the environment of before
        yield app
        server.shutdown()
        thread.join()


@pytest.fixture
def url(requests: Requests) -> str:
    return f"s3://pins/{uuid4().hex}"


def test_a_run_on_s3_leaves_the_bytes_of_a_local_one(
    tmp_path: Path, url: str, workspace: Workspace, own_imports: None
) -> None:
    labeling.run(workspace, "tone", "pins")
    there = make_workspace(tmp_path / "there", store=url, workers=2)
    first = labeling.run(there, "tone", "pins")
    found = everything(there.store)
    assert found == everything(workspace.store)

    manifest = labeling.pull_dataset(there, "tone-pins@latest", tmp_path / "pulled")
    assert manifest.rows == first.dataset["rows"] == verify(tmp_path / "pulled").rows

    again = labeling.run(there, "tone", "pins")
    assert (again.columns_voted, again.dataset["is_new"]) == ({}, False)
    assert everything(there.store) == found


def test_a_pull_from_s3_needs_no_workspace_and_goes_on_where_it_stopped(
    tmp_path: Path, url: str, requests: Requests
) -> None:
    data = random_bytes(3 * BLOCK + 17, 1)
    put_version(Store(url), {"data/train-00000-of-00001.parquet": data})
    before = requests.seen["GET"]
    said = pull_the_rest(url, tmp_path, data, 2 * BLOCK + 5)
    assert said["rows"] == 1
    assert (tmp_path / "pulled/data/train-00000-of-00001.parquet").read_bytes() == data
    assert requests.seen["GET"] == before + 3  # pointer, manifest, and what was missing


def test_of_writers_that_race_one_wins(url: str) -> None:
    won = race_writers(url)
    assert len(won) == 1
    assert Store(url).read_json("one.json") == won[0]


def test_what_another_process_finished_is_seen_at_once(url: str) -> None:
    ours, theirs = Store(url), Store(url)
    assert ours.keys("a") == []
    theirs._fs[0].pipe_file(theirs.path("a/one"), b"1")
    assert ours.keys("a") == ["a/one"] and ours.exists("a/one")


def test_shards_are_asked_for_by_listing(url: str, requests: Requests) -> None:
    store = Store(url)
    store.write_tables({f"votes/f/{n:03d}": pa.table({"vote": [n]}) for n in range(40)})
    shards = [Shard(key=f"pins/{n:03d}.parquet", rows=1) for n in range(50)]
    before = requests.seen.total()
    left = unfinished(store, shards, lambda shard: f"votes/f/{shard.id}")
    assert [shard.id for shard in left] == [f"{n:03d}" for n in range(40, 50)]
    assert requests.seen.total() == before + 1


def test_a_read_is_one_request(url: str, requests: Requests) -> None:
    store = Store(url)
    store.write_table("a.parquet", pa.table({"n": list(range(5000)), "text": ["lake"] * 5000}))
    before = requests.seen.total()
    assert store.read_table("a.parquet", ["n"]).num_rows == 5000
    assert requests.seen.total() == before + 1


def test_some_rows_are_read_without_the_rest(url: str) -> None:
    store = Store(url)
    tables = [pa.table({"jpeg": [bytes([n]) * 4_000] * 100}) for n in range(200)]
    store.write_in_groups("t.parquet", tables, 20)
    found = store.read_rows("t.parquet", [19_999, 5_000, 0]).column("jpeg").to_pylist()
    assert [(cell[0], len(cell)) for cell in found] == [(199, 4_000), (50, 4_000), (0, 4_000)]
    with pytest.raises(IndexError, match="rows 20000 to 20000 of 20000"):
        store.read_rows("t.parquet", [20_000])
    with pytest.raises(StoreError, match=r"absent.parquet is not in the store"):
        store.read_rows("absent.parquet", [0])


def test_a_store_that_cannot_be_reached_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:9")
    monkeypatch.setenv("AWS_MAX_ATTEMPTS", "1")
    s3fs.S3FileSystem.clear_instance_cache()  # it knows the other endpoint
    store = Store(f"s3://elsewhere/{uuid4().hex}")
    for use in (
        store.keys,
        store.read_bytes,
        store.exists,
        lambda key: store.write_bytes(key, b""),
    ):
        with pytest.raises(StoreError, match=r"s3://elsewhere/.* cannot be reached: .*; check"):
            use("a")
    s3fs.S3FileSystem.clear_instance_cache()


def test_a_bucket_that_is_not_there_is_named(requests: Requests) -> None:
    store = Store("s3://absent-bucket/here")
    with pytest.raises(StoreError, match=r"cannot be written to s3://absent-bucket/here"):
        store.write_bytes("a", b"")
    with pytest.raises(DatasetError, match=r"no dataset 'x': the store s3://absent.* is not there"):
        find_version(store, "x@v0001")
    with pytest.raises(DatasetError, match=r"no dataset 'x' \(there are: none yet\)"):
        find_version(Store("s3://pins/empty"), "x@v0001")
