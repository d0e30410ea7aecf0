"""Which column of a file becomes which field of a pin, and what is said of the others."""

from __future__ import annotations

import difflib
import re
import shlex
from collections.abc import Mapping, Sequence

from labeling.errors import ReadError
from labeling.pins import FIELDS
from labeling.readers import Reader
from labeling.wording import listed

ALIASES = {
    "id": "pin_id",
    "image_path": "image",
    "image_url": "image",
    "url": "link",
    "text": "description",
    "body": "description",
}
GIVING = ("title", "description", "link", "image")
"""A pin needs one of them."""
CONTENT = ("title", "description", "link", "board", "image")
LIKELY = {
    **{field: field for field in CONTENT},
    **dict.fromkeys(("name", "headline", "heading"), "title"),
    **dict.fromkeys(("desc", "summary"), "description"),
    **dict.fromkeys(("href", "website"), "link"),
    **dict.fromkeys(("category",), "board"),
    **dict.fromkeys(("pic", "picture", "photo", "img"), "image"),
}
"""What a column is likely to hold: said, never done."""
TOLD_BY = ("name", "title", "url", "path", "text")
"""Of an object, the part that says what it is."""
MAP = "--map FIELD=COLUMN"
_SPACE = re.compile(r"[\s-]+")
NAMED = 12
"""Columns that a note names; of more it says how many."""


def map_columns(reader: Reader, wanted: Mapping[str, str]) -> dict[str, str]:
    """Return field -> column: what was asked for, then columns with a field's name or alias.

    Raises ReadError for an unknown field or column, or where no column would give a pin content.
    """
    for field, column in wanted.items():
        if field not in FIELDS:
            raise ReadError(f"{field!r} is no field of a pin; map one of {', '.join(FIELDS)}.")
        if column not in reader.columns:
            close = difflib.get_close_matches(column, reader.columns, n=1)
            hint = f"; did you mean {close[0]!r}?" if close else "."
            seen = ", ".join(reader.columns)
            raise ReadError(f"{reader.path} has no column {column!r}; it has {seen}{hint}")
        if list(wanted.values()).count(column) > 1:
            raise ReadError(f"The column {column!r} is mapped twice; map it to one field.")
    mapping = dict(wanted)
    used = set(wanted.values())
    # a column with the field's own name goes before one with an alias
    for column in sorted(reader.columns, key=lambda column: column not in FIELDS):
        field = field_named(column)
        if field and field not in mapping and column not in used:
            mapping[field] = column
            used.add(column)
    if not set(GIVING) & set(mapping):
        free = [column for column in reader.columns if not field_named(column)] or ["COLUMN"]
        fits = [f"{_likely(c)}={c}" for c in free if _likely(c) in GIVING]
        likely = fits[0] if fits else f"title={free[0]}"
        raise ReadError(
            f"None of the columns of {reader.path} ({', '.join(reader.columns)}) gives a pin a "
            f"title, description, link or image; say which with --map, e.g. --map {shlex.quote(likely)}."
        )
    return mapping


def field_named(column: str) -> str:
    """Return the field that a column's name means in any case, "" for none: `Pin ID` is pin_id."""
    name = _SPACE.sub("_", column.strip().lower())
    return name if name in FIELDS else ALIASES.get(name, "")


def unused_columns(reader: Reader, mapping: Mapping[str, str]) -> tuple[str, ...]:
    """Return the columns from which no field is read; those of reference labels are in use."""
    used = set(mapping.values())
    return tuple(c for c in reader.columns if c not in used and not c.startswith("label_"))


def unused_note(unused: Sequence[str], mapping: Mapping[str, str]) -> str:
    """Return one sentence on columns from which no field was read, and how to map them to the fields
    that are free; "" where all were."""
    if not unused:
        return ""
    free = [field for field in CONTENT if field not in mapping]
    likely = {_likely(column): column for column in unused}
    pairs = [f"{field}={likely[field]}" for field in free if field in likely]
    say = " ".join(f"--map {shlex.quote(pair)}" for pair in pairs)
    hint = ""
    if free:
        hint = f"; where one is a field of a pin, import again with {'it, e.g. ' + say if say else MAP}"
    return f"No field was read from {listed(unused, NAMED)}: kept as extra{hint}."


def _likely(column: str) -> str:
    """Return what a column is likely to hold, "" for no guess: `image.url` an image."""
    name, _, part = column.lower().partition(".")
    name = _SPACE.sub("_", name).removeprefix("pin_")
    return LIKELY.get(name, "") if not part or part in TOLD_BY else ""
