"""What an author shows a function: texts, image files, pins of a collection, or people's answers."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from labeling.errors import FunctionError

GOLD: Literal["gold"] = "gold"
"""In place of examples: the pins whose class people gave, as many as there are at the time."""


@dataclass(frozen=True)
class PinId:
    """A pin as an example."""

    id: str
    collection: str = ""
    """Where it lies; empty: in the collection that is voted on."""


Example = str | Path | PinId
"""A text, an image file, or a pin."""
Examples = Mapping[int, Sequence[Example]]
"""Class -> its examples."""


def pin_ids(*ids: str, collection: str = "") -> tuple[PinId, ...]:
    """Return pins as examples: of the collection that is voted on, or of another by name."""
    return tuple(PinId(id, collection) for id in ids)


def checked(name: str, examples: Any) -> dict[int, tuple[Example, ...]]:
    """Return class -> examples as an author gave them.

    Raises FunctionError for a class without examples, or an example that is none.
    """
    if not isinstance(examples, Mapping) or not examples:
        raise FunctionError(f"{name!r} needs examples for each class, as {{CLASS: [...]}}.")
    result = {}
    for vote, given in examples.items():
        if isinstance(vote, bool) or not isinstance(vote, int) or vote < 0:
            raise FunctionError(f"{name!r} has examples for {vote!r}, which is no class.")
        listed = (given,) if isinstance(given, (str, Path, PinId)) else tuple(given)
        for example in listed:
            if not isinstance(example, (str, Path, PinId)) or not str(example).strip():
                raise FunctionError(
                    f"{name!r} has the example {example!r}; give a text, a Path to an image file, "
                    "or pins by pin_ids(...)."
                )
            if isinstance(example, Path) and not example.is_file():
                raise FunctionError(
                    f"{name!r} has the image {example}, which is no file; give its path from the "
                    "signal's folder, e.g. Path(__file__).parent / 'logo.png'."
                )
        if not listed:
            raise FunctionError(f"{name!r} has no example for the class {vote}.")
        result[vote] = listed
    return result


def described(examples: Mapping[int, Sequence[Example]]) -> list[Any]:
    """Return the examples as JSON values for a fingerprint; image files by content."""
    return [[vote, *map(_described, given)] for vote, given in sorted(examples.items())]


def _described(example: Example) -> list[str]:
    if isinstance(example, Path):
        return ["file", hashlib.sha256(example.read_bytes()).hexdigest()]
    if isinstance(example, PinId):
        return ["pin", example.collection, example.id]
    return ["text", example]
