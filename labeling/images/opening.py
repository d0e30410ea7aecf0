"""A pin's field `image` -> the bytes of its file, by a path below the collection's folder or a URL."""

from __future__ import annotations

import os
import stat
from pathlib import Path

from labeling.errors import ImageFault
from labeling.images.fetching import fetch, too_large
from labeling.images.limits import Limits


def is_url(image: str) -> bool:
    """Whether a pin's image is an address (of whatever kind), not a path."""
    return "://" in image


def open_image(image: str, root: str | None, limits: Limits) -> bytes:
    """Return the bytes of an image; `root` is the folder that its path starts from.

    Raises ImageFault with one sentence on why it cannot be had.
    """
    if is_url(image):
        return fetch(image, limits)
    if root is None:
        raise ImageFault("the folder of its file is not known; import the file again")
    return read_inside(Path(root), image, limits.max_bytes)


def read_inside(root: Path, path: str, max_bytes: int) -> bytes:
    """Return the bytes of a file below a folder; no `..`, absolute path or link leads out of it.

    Raises ImageFault.
    """
    if ".." in Path(path).parts or Path(path).is_absolute():
        raise ImageFault("its path leaves the folder of its file")
    try:
        file = (root / path).resolve(strict=True)
        if not file.is_relative_to(root.resolve()):
            raise ImageFault("it is a link that leaves the folder")
        # a pipe would wait for a writer; a link put there since is not followed
        with open(file, "rb", opener=_open_now) as opened:
            data = opened.read(max_bytes + 1)
    except FileNotFoundError:
        missing = f"the folder '{root}' is not there" if not root.is_dir() else "it is not there"
        raise ImageFault(missing) from None
    except PermissionError:
        raise ImageFault("it cannot be read: permission denied") from None
    except (OSError, RuntimeError, ValueError) as error:  # a name too long, a loop of links, NUL
        reason = getattr(error, "strerror", None) or "its path is not valid"
        raise ImageFault(f"it cannot be read: {reason.lower()}") from None
    if len(data) > max_bytes:
        raise too_large(max_bytes)
    return data


def _open_now(path: str, flags: int) -> int:
    handle = os.open(path, flags | os.O_NONBLOCK | os.O_NOFOLLOW)
    if stat.S_ISREG(os.fstat(handle).st_mode):
        return handle
    os.close(handle)
    raise ImageFault("it is not a file")
