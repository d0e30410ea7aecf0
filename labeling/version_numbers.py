"""The next number of what is kept in versions: of two that want one at once, each gets another."""

from __future__ import annotations

from labeling.shards import Store


def reserve_number(store: Store, folder: str, content: str) -> int:
    """Return a number that is the content's own among the versions in a folder of the store.

    The reservation carries the content's digest, so one that was killed gets its own back.
    """
    number = 1
    while True:
        key = f"{folder}/numbers/{number:06d}"
        try:
            store.write_bytes(key, content.encode(), exclusive=True)
        except FileExistsError:
            if store.read_bytes(key).decode() != content:
                number += 1
                continue
        return number
