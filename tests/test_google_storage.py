"""A workspace whose artifacts lie on Google Cloud Storage: an emulator, the real client (gcsfs)."""

from __future__ import annotations

import io
import logging
import re
import threading
from collections.abc import Iterator
from functools import partial
from http.server import HTTPServer
from importlib.util import find_spec
from pathlib import Path
from typing import Any
from uuid import uuid4

import fsspec
import pytest
from conftest import make_workspace
from joblib.externals.loky import get_reusable_executor
from stores import everything, pull_the_rest, put_version, race_writers, random_bytes

import labeling
from labeling.datasets import load, verify
from labeling.errors import StoreError
from labeling.models.delivering import predict
from labeling.shards import BLOCK, Store
from labeling.signal_contract import check_signal
from labeling.workspace import Workspace

emulator = pytest.importorskip(
    "gcp_storage_emulator.server", reason="gcp-storage-emulator is not installed: it serves gs://"
)
if find_spec("gcsfs") is None:  # its import reads the environment, which is set below
    pytest.skip("gcsfs is not installed: the extra `gcs` brings it", allow_module_level=True)


class Handler(emulator.RequestHandler):  # type: ignore[name-defined,misc]
    """The emulator's, with what the service does and it does not: an upload on the condition that
    nothing is there yet (ifGenerationMatch=0) is refused where something is."""

    ranges: list[tuple[str, str]]
    """Path and Range of each request for an object's bytes."""

    def parse_request(self) -> bool:
        if not super().parse_request():
            return False
        if "alt=media" in self.path:
            self.ranges.append((self.path, self.headers.get("Range", "")))
        if "ifGenerationMatch=0" in self.path and self._is_there():
            self.send_error(412)
            return False
        return True

    def _is_there(self) -> bool:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.rfile = io.BytesIO(body)
        bucket = re.search(r"/b/([^/]+)/o", self.path)
        name = re.search(rb'"name": "([^"]+)"', body)
        assert bucket is not None
        assert name is not None
        from gcp_storage_emulator.exceptions import NotFound

        try:
            return bool(self.storage.get_file_obj(bucket[1], name[1].decode()))
        except NotFound:
            return False


@pytest.fixture(scope="module")
def ranges() -> Iterator[list[tuple[str, str]]]:
    """What was asked of a server with the bucket `pins`, named by the environment as processes
    inherit it."""
    with pytest.MonkeyPatch.context() as patch:
        logging.getLogger("gcp_storage_emulator").setLevel(logging.CRITICAL)
        made = emulator.create_server("127.0.0.1", 0, in_memory=True, default_bucket="pins")
        asked: list[tuple[str, str]] = []
        handler = type("Listening", (Handler,), {"ranges": asked})
        server = HTTPServer(("127.0.0.1", 0), partial(handler, made._storage))
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        for name, value in {
            "STORAGE_EMULATOR_HOST": f"http://127.0.0.1:{server.server_port}",
            "FSSPEC_GS_TOKEN": "anon",
            "GCSFS_EXPERIMENTAL_ZB_HNS_SUPPORT": "false",
        }.items():
            patch.setenv(name, value)
        patch.setitem(fsspec.config.conf, "gs", {"token": "anon"})  # here it is read already
        get_reusable_executor().shutdown()  # idle workers have the environment of before
        yield asked
        server.shutdown()
        server.server_close()
        thread.join()


@pytest.fixture
def url(ranges: Any) -> str:
    return f"gs://pins/{uuid4().hex}"


def test_a_run_on_gs_leaves_the_bytes_of_a_local_one_and_can_be_pulled(
    tmp_path: Path,
    url: str,
    workspace: Workspace,
    own_imports: None,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("LABELING_CACHE", str(tmp_path / "cache"))
    labeling.run(workspace, "tone", "pins")
    there = make_workspace(tmp_path / "there", store=url, workers=2)
    first = labeling.run(there, "tone", "pins")
    found = everything(there.store)
    assert found == everything(workspace.store)

    manifest = labeling.pull_dataset(there, "tone-pins@latest", tmp_path / "pulled")
    assert manifest.rows == first.dataset["rows"] == verify(tmp_path / "pulled").rows
    table = load(f"{url}/tone-pins@v0001", split="train")
    assert len(table) == first.dataset["splits"]["train"]

    again = labeling.run(there, "tone", "pins")
    assert (again.columns_voted, again.dataset["is_new"]) == ({}, False)
    assert everything(there.store) == found


def test_a_pull_from_gs_needs_no_workspace_and_goes_on_where_it_stopped(
    tmp_path: Path, url: str, ranges: list[tuple[str, str]]
) -> None:
    data = random_bytes(3 * BLOCK + 17, 1)
    put_version(Store(url), {"data/train-00000-of-00001.parquet": data})
    before = len(ranges)
    said = pull_the_rest(url, tmp_path, data, 2 * BLOCK + 5)
    assert said["rows"] == 1
    assert (tmp_path / "pulled/data/train-00000-of-00001.parquet").read_bytes() == data
    asked = [part for path, part in ranges[before:] if "train-00000" in path]
    assert asked
    assert min(int(re.findall(r"\d+", part)[0]) for part in asked) == 2 * BLOCK + 5


def test_of_writers_that_race_one_wins(url: str) -> None:
    won = race_writers(url)
    assert len(won) == 1
    assert Store(url).read_json("one.json") == won[0]


def test_a_large_file_is_sent_in_parts_and_what_another_finished_is_seen(
    url: str, tmp_path: Path
) -> None:
    ours, theirs = Store(url), Store(url)
    assert ours.keys("a") == []
    assert not ours.exists("a/one")
    file = tmp_path / "large"
    file.write_bytes(random_bytes(6 * 2**20, 2))  # gcsfs sends more than 5 MiB by another way
    theirs.write_file("a/one", file)
    assert ours.keys("a") == ["a/one"] and ours.exists("a/one")
    assert b"".join(ours.blocks("a/one", BLOCK)) == file.read_bytes()[BLOCK:]
    ours.delete("a/one")
    assert theirs.keys("a") == []


def test_a_signal_is_delivered_to_gs(url: str, new_pins: Workspace, quick_model: Path) -> None:
    predict(new_pins, quick_model, "new", out=url)
    assert check_signal(url).rows == 60


def test_what_is_not_there_is_one_sentence(ranges: Any) -> None:
    with pytest.raises(StoreError, match=r"cannot be written to gs://absent-bucket/here"):
        Store("gs://absent-bucket/here").write_bytes("a", b"")
    with pytest.raises(StoreError, match=r"a.json is not in the store gs://pins/none"):
        Store("gs://pins/none").read_json("a.json")
