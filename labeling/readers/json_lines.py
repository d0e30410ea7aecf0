"""JSON lines, or one array of objects, -> rows; what is no object is reported and the next one read."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import IO, Any

from labeling.errors import ReadError
from labeling.readers.rows import BadRow, Reader, Row, as_columns, is_utf8

LINE_LIMIT = 1 << 22
"""Bytes in one line before it is given up: 4 MiB."""
SAMPLED_LINES = 100
EXCERPT = 120


def read_jsonl(path: Path, encoding: str = "utf-8") -> Reader:
    """Return the rows of a file with one JSON object a line.

    Raises ReadError where the file is empty or none of its first lines is an object.
    """
    file = path.open("rb")
    columns: dict[str, None] = {}
    fault = ""
    if is_utf8(encoding):
        encoding = "utf-8-sig"
    elif "\n".encode(encoding) != b"\n":
        file.close()
        raise ReadError(
            f"{path} cannot be read as {encoding}: JSON lines must end in one byte; convert it to UTF-8."
        )
    for number, row in enumerate(_parsed(file, encoding), start=1):
        if isinstance(row, Row):
            columns.update(dict.fromkeys(row.values))
        else:
            fault = fault or f": line {row.number:,} cannot be read, because {row.reason}"
        if number == SAMPLED_LINES:
            break
    if file.tell() == 0:
        file.close()
        raise ReadError(f"{path} is empty; it needs one JSON object a line.")
    if not columns:
        file.close()
        raise ReadError(f"None of the first lines of {path} is a JSON object with values{fault}.")
    file.seek(0)
    return Reader(
        path=path,
        format="jsonl",
        columns=tuple(columns),
        rows=lambda: _parsed(file, encoding, close=True),
    )


def read_json(path: Path, encoding: str = "utf-8") -> Reader:
    """Return the rows of a file that is one array of JSON objects, read whole; another file is read as
    JSON lines.

    Raises ReadError where the file is empty, no whole JSON, or holds no object of a pin.
    """
    try:
        values = json.loads(path.read_text("utf-8-sig" if is_utf8(encoding) else encoding))
    except (ValueError, RecursionError) as error:
        if path.read_bytes()[:EXCERPT].lstrip().startswith(b"["):
            raise ReadError(
                f"{path} is not a whole JSON array ({error}); it was cut off or damaged."
            ) from error
        return read_jsonl(path, encoding)
    if isinstance(values, dict) and all(isinstance(value, dict) for value in values.values()):
        raise ReadError(
            f"{path} is one object of objects; pins are read from an array of objects or one object a "
            "line, and a WRENCH set from its folder."
        )
    if not isinstance(values, list):
        return read_jsonl(path, encoding)
    rows = [_row_of(number, value, str(value)[:EXCERPT]) for number, value in enumerate(values, 1)]
    columns = dict.fromkeys(c for row in rows if isinstance(row, Row) for c in row.values)
    if not columns:
        raise ReadError(f"{path} holds no JSON object with values; it needs one for each pin.")
    return Reader(path=path, format="json", columns=tuple(columns), rows=lambda: iter(rows))


def _parsed(file: IO[bytes], encoding: str, close: bool = False) -> Iterator[Row | BadRow]:
    number = 0
    while line := file.readline(LINE_LIMIT):
        number += 1
        if not line.endswith(b"\n") and len(line) == LINE_LIMIT:
            while line and not line.endswith(b"\n"):
                line = file.readline(LINE_LIMIT)
            yield BadRow(number, f"the line is longer than {LINE_LIMIT:,} bytes", "")
        elif line.strip():
            yield _row(number, line, encoding)
    if close:
        file.close()


def _row(number: int, line: bytes, encoding: str) -> Row | BadRow:
    excerpt = line[:EXCERPT].decode("utf-8", "replace").strip()
    try:
        value = json.loads(line.decode(encoding))
    except UnicodeDecodeError as error:
        name = encoding.removesuffix("-sig")
        return BadRow(number, f"it is not valid {name} (byte {error.start})", excerpt)
    except RecursionError:
        return BadRow(number, "it is nested too deeply", excerpt)
    except ValueError as error:
        return BadRow(number, f"it is not valid JSON: {error}", excerpt)
    return _row_of(number, value, excerpt)


def _row_of(number: int, value: Any, excerpt: str) -> Row | BadRow:
    if not isinstance(value, dict):
        return BadRow(number, f"it is a {type(value).__name__}, not an object", excerpt)
    try:
        return Row(number, as_columns(value))
    except RecursionError:
        return BadRow(number, "it is nested too deeply", excerpt)
