"""A real HTTP server on this machine that behaves well or badly by its path."""

from __future__ import annotations

import io
import ssl
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import unquote

from PIL import Image


def jpeg(width: int = 60, height: int = 40) -> bytes:
    file = io.BytesIO()
    Image.effect_noise((width, height), 60).convert("RGB").save(file, "JPEG")
    return file.getvalue()


class _Handler(BaseHTTPRequestHandler):
    def log_message(self, *args: object) -> None:
        pass

    def do_GET(self) -> None:
        self.server.seen.append((self.path, self.headers["Host"]))  # type: ignore[attr-defined]
        with suppress(ConnectionError, ssl.SSLError):
            self._answer(*self.path.lstrip("/").split("/", 1))

    def _answer(self, kind: str, rest: str = "") -> None:
        if kind == "to":  # /to/<where>: a redirect
            self._head(302, {"Location": unquote(rest)})
        elif kind == "loop":
            self._head(302, {"Location": self.path})
        elif kind == "html":
            self._whole(b"<!DOCTYPE html><p>Sign in</p>", "image/jpeg")
        elif kind == "mislabelled":
            self._whole(jpeg(), "text/plain")
        elif kind == "short":
            self._head(200, {"Content-Length": "99999"})
            self.wfile.write(jpeg())
        elif kind == "large":
            self._head(200, {"Content-Length": str(10**12)})
        elif kind == "endless":
            self._head(200, {})
            while True:
                self.wfile.write(bytes(1 << 16))
        elif kind == "drip":
            self._head(200, {"Content-Length": "99999"})
            self._drip()
        elif kind == "drip-head":
            self.wfile.write(b"HTTP/1.1 200 OK\r\nX-Slow: ")
            self._drip()
        elif kind == "flaky" and not self.server.mended:  # type: ignore[attr-defined]
            self._head(503, {})
        elif kind in ("ok", "flaky"):
            self._whole(jpeg(), "image/jpeg")
        elif kind == "garbage":
            self.wfile.write(b"SSH-2.0-\x1b[31mOpenSSH_9.6\r\n")
        elif kind == "chunks":
            self.wfile.write(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nfff\r\nabc")
        else:
            self._head(int(kind), {})

    def _head(self, status: int, headers: dict[str, str]) -> None:
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.end_headers()

    def _whole(self, body: bytes, content_type: str) -> None:
        self._head(200, {"Content-Type": content_type, "Content-Length": str(len(body))})
        self.wfile.write(body)

    def _drip(self) -> None:
        for _ in range(200):
            self.wfile.write(b"x")
            self.wfile.flush()
            time.sleep(0.05)


class Server(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.seen: list[tuple[str, str]] = []
        self.mended = False
        self.scheme = "http"

    def handle_error(self, *args: object) -> None:
        pass

    def at(self, path: str, host: str = "127.0.0.1") -> str:
        return f"{self.scheme}://{host}:{self.server_port}/{path}"


@contextmanager
def serving(certificate: Path | None = None) -> Iterator[Server]:
    """Yield a server, with TLS where a certificate with its key is given."""
    server = Server()
    if certificate is not None:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(certificate)
        server.socket = context.wrap_socket(server.socket, server_side=True)
        server.scheme = "https"
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield server
    finally:
        server.shutdown()
        server.server_close()
