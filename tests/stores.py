"""Stores to pull from: a version of random bytes, and web servers that can be stopped at a byte."""

from __future__ import annotations

import hashlib
import json
import random
import re
import subprocess
import sys
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from labeling.datasets import MANIFEST, File, Manifest
from labeling.datasets.finding import version_pointer
from labeling.shards import Store


def put_version(store: Store, contents: dict[str, bytes], number: int = 1) -> Manifest:
    """Lay a version of the dataset `bytes` into a store, as publishing does."""
    files = tuple(
        File(
            path=path,
            sha256=hashlib.sha256(data).hexdigest(),
            bytes=len(data),
            rows=1,
            split="train",
        )
        for path, data in contents.items()
    )
    manifest = Manifest(
        name="bytes",
        version=number,
        parent=None,
        signal="bytes",
        classes=("a", "b"),
        collection="bytes",
        revision=1,
        lineage={},
        left_out={},
        files=files,
    )
    folder = f"datasets/bytes/{manifest.folder}"
    for path, data in contents.items():
        store.write_bytes(f"{folder}/{path}", data)
    store.write_bytes(f"{folder}/{MANIFEST}", manifest.to_bytes())
    store.write_bytes(version_pointer("bytes", number), manifest.folder.encode())
    store.write_bytes("datasets/bytes/LATEST", manifest.folder.encode())
    return manifest


def everything(store: Store) -> dict[str, str]:
    """Return every artifact's sha256 by its key, but for revisions, which name the folder read."""
    filesystem, root = store._fs
    found = {path.removeprefix(f"{root}/"): path for path in filesystem.find(root)}
    kept = {key: filesystem.cat_file(found[key]) for key in found if "/revisions/" not in key}
    return {key: hashlib.sha256(data).hexdigest() for key, data in kept.items()}


def race_writers(url: str) -> list[int]:
    """Return which of 24 writers of `one.json`, 8 at once, were told that they wrote it first."""

    def write(number: int) -> int | None:
        try:
            Store(url).write_json("one.json", number, exclusive=True)
        except FileExistsError:
            return None
        return number

    with ThreadPoolExecutor(8) as threads:
        return [number for number in threads.map(write, range(24)) if number is not None]


def pull_the_rest(url: str, folder: Path, data: bytes, there: int) -> dict[str, Any]:
    """Return what `labeling pull` says of a version of one file, `there` bytes of which it has already
    when it starts, in a process that knows no workspace."""
    partial_file = folder / "pulled/data/.train-00000-of-00001.parquet.part"
    partial_file.parent.mkdir(parents=True)
    partial_file.write_bytes(data[:there])
    command = ["from labeling.cli import main; main()", "pull", f"{url}/bytes@v0001"]
    done = subprocess.run(
        [sys.executable, "-c", *command, str(folder / "pulled"), "--json"],
        cwd=folder,
        capture_output=True,
        text=True,
        check=True,
    )
    return dict(json.loads(done.stdout))


def random_bytes(count: int, seed: int) -> bytes:
    return random.Random(seed).randbytes(count)


class WebStore:
    """A folder on a real web server that counts the bytes of data files and can stop at one."""

    def __init__(self, folder: Path, *, parts: bool, listings: bool) -> None:
        self.folder, self.parts, self.listings = folder, parts, listings
        self.sent: list[tuple[str, int, int]] = []
        """Path, first byte and bytes sent, for each GET of a data file."""
        self.stop_at: int | None = None
        """Bytes of data files after which the server sends no more."""
        self.drop_at: int | None = None
        """Bytes of data files after which it closes the connection, once."""
        self.stopped = threading.Event()
        self.go_on = threading.Event()
        self.url = ""

    @property
    def bytes_sent(self) -> int:
        return sum(count for _, _, count in self.sent)

    def stop_after(self, count: int) -> None:
        """Stop when so many more bytes are sent."""
        self.stopped.clear()
        self.go_on.clear()
        self.stop_at = self.bytes_sent + count

    def release(self) -> None:
        self.stop_at = None
        self.go_on.set()


class _Handler(SimpleHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def __init__(self, *args: Any, web: WebStore) -> None:
        self.web = web
        super().__init__(*args, directory=str(web.folder))

    def log_message(self, format: str, *args: Any) -> None:
        pass

    def list_directory(self, path: Any) -> Any:
        if self.web.listings:
            return super().list_directory(path)
        self.send_error(403)
        return None

    def end_headers(self) -> None:
        if self.web.parts:
            self.send_header("Accept-Ranges", "bytes")
        super().end_headers()

    def do_GET(self) -> None:
        path = Path(self.translate_path(self.path))
        if "/data/" not in self.path or not path.is_file():
            super().do_GET()
            return
        data = path.read_bytes()
        start = 0
        asked = re.fullmatch(r"bytes=(\d+)-(\d*)", self.headers.get("Range", ""))
        if self.web.parts and asked:
            start = int(asked[1])
            self.send_response(206)
            self.send_header("Content-Range", f"bytes {start}-{len(data) - 1}/{len(data)}")
        else:
            self.send_response(200)
        self.send_header("Content-Length", str(len(data) - start))
        self.end_headers()
        self._send(data, start)

    def _send(self, data: bytes, start: int) -> None:
        web, at = self.web, start
        place = len(web.sent)
        web.sent.append((self.path, start, 0))
        try:
            while at < len(data):
                step = min(4_096, len(data) - at)
                for limit in (web.stop_at, web.drop_at):
                    if limit is not None:
                        step = min(step, max(limit - web.bytes_sent, 0))
                if step == 0 and web.drop_at is not None:
                    web.drop_at = None
                    self.close_connection = True
                    self.connection.close()
                    return
                if step == 0:
                    web.stopped.set()
                    web.go_on.wait(60)
                    self.close_connection = True
                    return
                self.wfile.write(data[at : at + step])
                at += step
                web.sent[place] = (self.path, start, at - start)
        except (BrokenPipeError, ConnectionResetError, ValueError):
            self.close_connection = True


@contextmanager
def serving(folder: Path, *, parts: bool = True, listings: bool = True) -> Iterator[WebStore]:
    """Yield a web server of a folder: with or without parts (Range), with or without listings."""
    web = WebStore(folder, parts=parts, listings=listings)
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(_Handler, web=web))  # type: ignore[arg-type]
    server.daemon_threads = True
    web.url = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield web
    finally:
        web.release()
        server.shutdown()
        server.server_close()
        thread.join()
