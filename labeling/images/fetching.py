"""A URL -> the bytes behind it. The only module that opens an address that came with the data.

Written on http.client, because what must hold (the address that was checked is the address that is
connected to, at every redirect; one deadline over names, handshake, headers and body) is decided in
`connect`, which it lets a subclass replace. No proxy is used: behind one the address is unknown.
"""

from __future__ import annotations

import http.client
import socket
import ssl
import threading
import time
from contextlib import closing, suppress
from functools import cache
from http import HTTPStatus
from urllib.parse import SplitResult, quote, urljoin, urlsplit

from labeling.errors import ImageFault
from labeling.images.addresses import resolve, vet
from labeling.images.limits import Limits
from labeling.images.silent_hosts import SilentHosts
from labeling.pins import clean

MAX_REDIRECTS = 3
PIECE = 1 << 16
HEADERS = {"User-Agent": "labeling", "Accept": "image/*", "Accept-Encoding": "identity"}
PORTS = {"http": 80, "https": 443}
HOSTS = SilentHosts()
REDIRECTS = {301, 302, 303, 307, 308}


def fetch(url: str, limits: Limits) -> bytes:
    """Return the body of a URL's answer, at most `limits.max_bytes`, within `limits.seconds`.

    Raises ImageFault with what went wrong as a sentence.
    """
    deadline = time.monotonic() + limits.seconds
    try:
        for _ in range(MAX_REDIRECTS + 1):
            answer = _Hop(_split(url), limits, deadline).get()
            if isinstance(answer, bytes):
                return answer
            url = urljoin(url, answer.location)
    except ImageFault:
        if time.monotonic() < deadline:
            raise
        raise _too_slow(limits) from None
    except (OSError, http.client.HTTPException, ValueError) as error:
        if isinstance(error, TimeoutError) or time.monotonic() >= deadline:
            raise _too_slow(limits) from None
        if isinstance(error, http.client.IncompleteRead):
            raise _broke_off() from None
        raise ImageFault(f"its server failed: {_in_words(error)}") from None
    raise ImageFault(f"its address redirects more than {MAX_REDIRECTS} times")


class _Redirect:
    def __init__(self, location: str) -> None:
        self.location = location


class _Hop(http.client.HTTPConnection):
    """One request: connects to vetted addresses alone, and is cut off at the deadline."""

    auto_open = 0  # no second connection behind the back of `get`

    def __init__(self, url: SplitResult, limits: Limits, deadline: float) -> None:
        self.url, self.limits, self.deadline = url, limits, deadline
        self.has_answered = False
        self.default_port = PORTS[url.scheme]  # so that Host names the others alone
        super().__init__(str(url.hostname), url.port or self.default_port)

    def connect(self) -> None:
        """Open a socket to a vetted address, with TLS for https."""
        private = self.limits.private_hosts
        self.sock = self._reach(resolve(self.host, self.port, self._left(), private))
        vet(self.host, self.sock.getpeername()[0], private)
        if self.url.scheme == "https":
            self.sock = _trusted().wrap_socket(
                self.sock, server_hostname=self.host, do_handshake_on_connect=False
            )

    def _reach(self, addresses: list[str]) -> socket.socket:
        for tried, address in enumerate(addresses[:-1]):
            seconds = self._left() / (len(addresses) - tried)
            with suppress(OSError):
                return socket.create_connection((address, self.port), seconds)
        return socket.create_connection((addresses[-1], self.port), self._left())

    def _left(self) -> float:
        return max(self.deadline - time.monotonic(), 0.001)

    def get(self) -> bytes | _Redirect:
        """Return the body, or where the server says it is."""
        HOSTS.check((self.host, self.port))
        begun = time.monotonic()
        try:
            return self._got()
        except OSError:  # of those that come at once, none costs much
            if not self.has_answered and time.monotonic() - begun > self.limits.seconds / 2:
                HOSTS.was_silent((self.host, self.port))
            raise

    def _got(self) -> bytes | _Redirect:
        with closing(self):
            self.connect()
            # a time limit on the socket counts anew with each byte of a slow drip
            cut = threading.Timer(self._left(), _cut_off, [self.sock])
            cut.daemon = True
            cut.start()
            try:
                return self._answer()
            finally:
                cut.cancel()

    def _answer(self) -> bytes | _Redirect:
        if isinstance(self.sock, ssl.SSLSocket):
            self.sock.do_handshake()
        self.request("GET", _target(self.url), headers=HEADERS)
        response = self.getresponse()
        self.has_answered = True
        HOSTS.has_answered((self.host, self.port))
        if response.status in REDIRECTS:
            return _Redirect(response.headers.get("Location", ""))
        if response.status != HTTPStatus.OK:
            raise ImageFault(f"its server answered {_status(response.status)}")
        return self._body(response)

    def _body(self, response: http.client.HTTPResponse) -> bytes:
        limit = self.limits.max_bytes
        if (response.length or 0) > limit:
            raise too_large(limit)
        body = bytearray()
        while piece := response.read(PIECE):
            body += piece
            if len(body) > limit:
                raise too_large(limit)
        if response.length or time.monotonic() >= self.deadline:
            raise _broke_off()
        return bytes(body)


def too_large(limit: int) -> ImageFault:
    """Return the fault of an image that has more bytes than the limit."""
    return ImageFault(f"it is larger than {limit:,} bytes, which image_max_bytes allows")


def _too_slow(limits: Limits) -> ImageFault:
    return ImageFault(f"it took longer than {limits.seconds:g} seconds, which image_seconds allows")


def _broke_off() -> ImageFault:
    return ImageFault("its server broke off in the middle")


def _cut_off(sock: socket.socket) -> None:
    with suppress(OSError):  # it is closed already
        # of the plain socket: that of a TLS socket takes its state away from under the reader
        socket.socket.shutdown(sock, socket.SHUT_RDWR)


def _split(url: str) -> SplitResult:
    """Return the parts of a URL with a host in ASCII; raises ImageFault where it is none."""
    try:
        parts = urlsplit(url)
        host, port = parts.hostname or "", parts.port
        ascii_host = host if host.isascii() else host.encode("idna").decode()
    except ValueError:  # a bad port, bracket or international name
        raise ImageFault("its address is not a valid URL") from None
    if parts.scheme not in PORTS:
        raise ImageFault(f"its address is {parts.scheme or 'no'}: and only http and https are read")
    if not host:
        raise ImageFault("its address is not a valid URL")
    bracketed = f"[{ascii_host}]" if ":" in ascii_host else ascii_host
    return parts._replace(netloc=bracketed if port is None else f"{bracketed}:{port}")


def _target(url: SplitResult) -> str:
    """Return path and query as a request names them: what is not ASCII is escaped."""
    path = quote(url.path or "/", safe="/%:=&~+!$,;'@()*")
    return f"{path}?{quote(url.query, safe='/%:=&~+!$,;@()*?[]|')}" if url.query else path


def _status(status: int) -> str:
    try:
        return f"{status} {HTTPStatus(status).phrase}"
    except ValueError:
        return str(status)


def _in_words(error: Exception) -> str:
    text = getattr(error, "verify_message", "") or getattr(error, "strerror", "") or str(error)
    return " ".join(clean(str(text)).split())[:120] or type(error).__name__


@cache
def _trusted() -> ssl.SSLContext:
    return ssl.create_default_context()
