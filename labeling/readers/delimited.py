"""CSV and TSV -> rows; a broken row is reported and the next one read."""

from __future__ import annotations

import codecs
import csv
import re
from collections.abc import Iterator
from contextlib import ExitStack
from itertools import chain
from pathlib import Path
from typing import IO

from labeling.errors import ReadError
from labeling.readers.rows import BadRow, Reader, Row, is_utf8

FIELD_LIMIT = 1 << 20
"""Characters in one field before it is taken for an unclosed quote."""
EXCERPT = 120
OTHER_SEPARATORS = (";", "\t", "|")
"""What spreadsheets and databases put where a CSV has its comma."""
UNNAMED = "Unnamed: 0"
"""The column of row numbers that pandas writes without a name, as it reads it back."""
QUOTED = re.compile(r'"[^"]*"')
WIDE = (
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
UNDECODED = re.compile("[\ud800-\udfff]")


def read_csv(path: Path, encoding: str = "utf-8") -> Reader:
    """Return the rows of a CSV (or, by its ending, TSV) file with a header line.

    Where the header of a CSV has no comma, a semicolon, tab or | in it is what separates the columns.
    Raises ReadError for an empty file, a header with empty or repeated names, or a wrong encoding
    of the whole file. Bytes that do not decode stay in the row as surrogates, for its check.
    """
    with ExitStack() as closing:
        raw = closing.enter_context(path.open("rb"))
        reader = _open(path, raw, encoding)
        closing.pop_all()  # the reader closes it
    return reader


def _open(path: Path, raw: IO[bytes], encoding: str) -> Reader:
    start = raw.read(4)
    raw.seek(0)
    if not start:
        raise ReadError(f"{path} is empty; it needs a header line and at least one row.")
    if is_utf8(encoding) and (seen := _wide(start)):
        raise ReadError(f"{path} is {seen.upper()}, not UTF-8; read it with --encoding {seen}.")
    lines = _decoded(raw, path, encoding)
    first = next(lines, "")
    delimiter = "\t" if path.suffix.lower() == ".tsv" else _separator(first)
    csv.field_size_limit(FIELD_LIMIT)
    parser = csv.reader(chain([first], lines), delimiter=delimiter, strict=True)
    try:
        header = next(parser, [])
    except csv.Error as error:
        raise ReadError(f"The header line of {path} cannot be read: {error}.") from error
    names = [name.strip() for name in header]
    if len(names) > 1 and names[0] == "" and all(names[1:]):
        names[0] = UNNAMED
    if not any(names):
        raise ReadError(f"The first line of {path} is blank; it must name the columns.")
    if any(not name.isascii() and UNDECODED.search(name) for name in names):
        raise ReadError(
            f"The header of {path} is not valid UTF-8; name the file's real --encoding."
        )
    if "" in names or len(set(names)) != len(names):
        raise ReadError(
            f"The header of {path} has an empty or repeated column name ({', '.join(names)}); "
            "every column needs a name of its own."
        )
    return Reader(
        path=path,
        format="csv",
        columns=tuple(names),
        rows=lambda: _rows(parser, names, raw, delimiter),
        separator=delimiter,
    )


def _wide(start: bytes) -> str:
    """Return the encoding of several bytes a character that the first four of a file tell of, or ""."""
    for mark, encoding in WIDE:
        if start.startswith(mark):
            return encoding
    if b"\0" in start:  # no mark, but the names of columns begin with letters of ASCII
        return "utf-16-le" if start[1:2] == b"\0" else "utf-16-be"
    return ""


def _separator(header: str) -> str:
    """Return what separates the columns that a CSV's header names; quoted names do not count."""
    bare = QUOTED.sub("", header)
    most = max(OTHER_SEPARATORS, key=bare.count)
    return most if "," not in bare and most in bare else ","


def _decoded(raw: IO[bytes], path: Path, encoding: str) -> Iterator[str]:
    import io

    text = io.TextIOWrapper(
        raw,
        encoding="utf-8-sig" if is_utf8(encoding) else encoding,
        errors="surrogateescape" if is_utf8(encoding) else "strict",
        newline="",
    )
    try:
        yield from text
    except UnicodeError as error:
        raise ReadError(f"{path} is not {encoding}: {error}; name its real --encoding.") from error


def _rows(
    parser: Iterator[list[str]], names: list[str], raw: IO[bytes], delimiter: str
) -> Iterator[Row | BadRow]:
    number = 0
    width = len(names)
    with raw:
        while True:
            number += 1
            try:
                cells = next(parser)
            except StopIteration:
                return
            except csv.Error as error:
                yield BadRow(number, f"it is not valid CSV: {error}", "")
                continue
            if len(cells) == width:
                yield Row(number, dict(zip(names, cells, strict=True)))
            elif cells:
                seen = f"{len(cells)} of {width} columns"
                reason = f"it ends early, with {seen}" if len(cells) < width else f"it has {seen}"
                yield BadRow(number, reason, delimiter.join(cells)[:EXCERPT])
            else:  # a blank line is no row
                number -= 1
