"""Files of a web server through fsspec: read on from a byte, with patience."""

from __future__ import annotations

from http import HTTPStatus
from typing import Any

SKIPPED = 1 << 20
"""Bytes that are read at once from a server that sends no parts."""


def patience(url: str) -> dict[str, Any]:
    """Return the options by which a server may take any time for a file, but not for its next bytes;
    none for a URL of another kind."""
    if not url.startswith(("http://", "https://")):
        return {}
    import aiohttp

    timeout = aiohttp.ClientTimeout(total=None, sock_connect=30, sock_read=60)
    return {"client_kwargs": {"timeout": timeout, "trust_env": True}}


def open_from(fs: Any, path: str, start: int) -> Any:
    """Return a file that is read on from a byte as it arrives, in one request.

    Of a server that does not send parts but all, what is before is read and skipped.
    """
    # compressed on the way, its bytes would be others
    headers = {"Accept-Encoding": "identity"}
    if start:
        headers["Range"] = f"bytes={start}-"
    file = fs.open(path, "rb", block_size=0, headers=headers)
    left = 0 if file.r.status == HTTPStatus.PARTIAL_CONTENT else start
    while left and (skipped := file.read(min(left, SKIPPED))):
        left -= len(skipped)
    return file
