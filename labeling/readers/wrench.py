"""A WRENCH folder -> rows with votes; it brings its classes and its functions' names.

The format is that of https://github.com/JieyuZ2/wrench: label.json names the classes, and each of
train.json, valid.json, test.json (or dev.json, validation.json, ...) maps a number to {"label",
"weak_labels", "data": {"text"}}. Sets of relations have the entities of a text and their spans beside
it, which are lists of numbers; a split may come without votes.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from labeling.errors import ReadError
from labeling.pins import SPLITS, split_named
from labeling.readers.rows import BadRow, Reader, Row, as_columns

OWN = ("pin_id", "split", "label")
"""Columns that the format itself gives; what a record's data call so keeps another name."""
EXCERPT = 120
FORM = '{"label": 0, "weak_labels": [0, -1], "data": {"text": ...}}'


def read_wrench(path: Path, encoding: str = "utf-8") -> Reader:
    """Return the rows of all splits; a split's file is read when its turn comes.

    Raises ReadError where label.json or train.json is absent, cut off or of another form.
    """
    names = _by_number(_load(path / "label.json"))
    if not isinstance(names, dict) or sorted(names, key=str) != sorted(
        map(str, range(len(names))), key=str
    ):
        raise ReadError(
            f"{path / 'label.json'} must map the class numbers 0, 1, ... to class names, e.g. "
            f'{{"0": "ham", "1": "spam"}}; it begins {json.dumps(names)[:EXCERPT]}.'
        )
    classes = tuple(str(names[str(number)]).strip() for number in range(len(names)))
    files = sorted((file.stem for file in path.glob("*.json")), key=_place)
    splits = [name for name in files if split_named(name) in SPLITS]
    if not splits:
        raise ReadError(f"{path} holds none of train.json, valid.json and test.json.")
    first: Row | None = None
    fault: BadRow | None = None
    functions = 0
    for row in _rows(path, splits, classes):
        if isinstance(row, BadRow):
            fault = fault or row
            continue
        first = first or row
        if row.given_votes:
            functions = len(row.given_votes)
            break
    if first is None:
        said = f"; the first of {fault.source} is out because {fault.reason}" if fault else ""
        raise ReadError(f"No record of {path} can be read{said}.")
    columns = tuple(name for name in first.values if name not in OWN)
    return Reader(
        path=path,
        format="wrench",
        columns=(*OWN, *columns),
        rows=lambda: _rows(path, splits, classes),
        files=tuple(f"{name}.json" for name in splits),
        classes=classes,
        given_functions=tuple(f"lf_{number}" for number in range(functions)),
    )


def _place(name: str) -> tuple[int, str]:
    """Return where a split's file comes in the order of the splits; others are last."""
    split = split_named(name)
    return (SPLITS.index(split) if split in SPLITS else len(SPLITS)), name


def _by_number(names: Any) -> Any:
    """Return number -> class name, also of a list of names, or where name -> number is said."""
    if isinstance(names, list):
        return {str(number): name for number, name in enumerate(names)}
    if isinstance(names, dict) and all(type(number) is int for number in names.values()):
        return {str(number): name for name, number in names.items()}
    return names


class _RepeatedError(ValueError):
    """A key that stands twice in one object; json would keep the last in silence."""


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        seen: set[str] = set()
        for key, _ in pairs:
            if key in seen:
                raise _RepeatedError(repr(key))
            seen.add(key)
    return found


def _load(file: Path) -> Any:
    try:
        return json.loads(file.read_text("utf-8-sig"), object_pairs_hook=_unique)
    except FileNotFoundError:
        raise ReadError(
            f"{file} is missing; a WRENCH folder has label.json and train.json."
        ) from None
    except PermissionError as error:
        raise ReadError(
            f"{file} cannot be read: permission denied; give this user read access to it."
        ) from error
    except RecursionError:
        raise ReadError(f"{file} is nested too deeply; it is no WRENCH set.") from None
    except _RepeatedError as error:
        raise ReadError(f"{file} has the key {error} twice; every record needs its own.") from error
    except ValueError as error:
        raise ReadError(
            f"{file} is not whole JSON ({error}); it was cut off or damaged."
        ) from error


def _records(path: Path, split: str) -> dict[str, Any]:
    records = _load(path / f"{split}.json")
    if not isinstance(records, dict) or not records:
        seen = "empty" if records in ([], {}) else f"a {type(records).__name__}"
        raise ReadError(
            f"{path / split}.json must be an object of records, and not empty; it is {seen}."
        )
    return records


def _rows(path: Path, splits: list[str], classes: tuple[str, ...]) -> Iterator[Row | BadRow]:
    width: int | None = None
    for split in splits:
        for number, (key, record) in enumerate(_records(path, split).items(), start=1):
            row = _row(number, key, record, split, classes)
            if isinstance(row, Row) and row.given_votes is not None:
                width = len(row.given_votes) if width is None else width
                if len(row.given_votes) != width:
                    seen = f"it has {len(row.given_votes)} votes where others have {width}"
                    row = BadRow(number, seen, str(record)[:EXCERPT], f"{split}.json")
            yield row


def _row(number: int, key: str, record: Any, split: str, classes: tuple[str, ...]) -> Row | BadRow:
    source = f"{split}.json"
    try:
        data = as_columns(record["data"])
        values = {f"data_{name}" if name in OWN else name: value for name, value in data.items()}
        label = record.get("label")
        known = not _is_missing(label) and label not in (-1, "-1", "")
        values["label"] = classes[_class(label, classes)] if known else ""
        given = record.get("weak_labels") or ()  # a split without votes has none, or empty lists
        votes = [_class(vote, classes, abstain=True) for vote in given]
    except KeyError as error:
        return BadRow(number, f"it lacks {error}", str(record)[:EXCERPT], source)
    except (TypeError, AttributeError):
        return BadRow(number, f"it is not of the form {FORM}", str(record)[:EXCERPT], source)
    except ValueError as error:
        return BadRow(number, f"it {error}", str(record)[:EXCERPT], source)
    values |= {"pin_id": f"{split}-{key}", "split": split_named(split)}
    return Row(number, values, votes or None, source)


def _is_missing(value: Any) -> bool:
    """Whether nothing was written: null, or NaN, which pandas writes for it."""
    return value is None or value != value


def _class(value: Any, classes: tuple[str, ...], abstain: bool = False) -> int:
    """Return a class by its number, also where that stands as 1.0 or "1", or by its name."""
    if abstain and _is_missing(value):
        return -1
    if isinstance(value, str) and value in classes:
        return classes.index(value)
    try:
        number = int(value)
        if number == float(value) and -int(abstain) <= number < len(classes):
            return number
    except (ValueError, OverflowError):
        pass
    raise ValueError(f"names class {value!r}, and label.json has classes 0 to {len(classes) - 1}")
