"""A WRENCH folder -> rows with votes; it brings its classes and its functions' names.

The format is that of https://github.com/JieyuZ2/wrench: label.json names the classes, and each of
train.json, valid.json, test.json maps a number to {"label", "weak_labels", "data": {"text"}}. Sets
of relations have the entities of a text and their spans beside it, which are lists of numbers.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from labeling.errors import ReadError
from labeling.readers.rows import BadRow, Reader, Row, as_text

SPLITS = ("train", "valid", "test")
EXCERPT = 120


def read_wrench(path: Path, encoding: str = "utf-8") -> Reader:
    """Return the rows of all splits; a split's file is read when its turn comes.

    Raises ReadError where label.json or train.json is absent, cut off or of another form.
    """
    names = _load(path / "label.json")
    if not isinstance(names, dict) or sorted(names, key=str) != sorted(
        map(str, range(len(names))), key=str
    ):
        raise ReadError(
            f"{path / 'label.json'} must map the class numbers 0, 1, ... to class names."
        )
    classes = tuple(str(names[str(number)]) for number in range(len(names)))
    splits = [split for split in SPLITS if (path / f"{split}.json").is_file()]
    if not splits:
        raise ReadError(f"{path} holds none of train.json, valid.json and test.json.")
    rows = _rows(path, splits, classes)
    first = next((row for row in rows if isinstance(row, Row)), None)
    votes = first.given_votes if first else ()
    columns = (
        tuple(n for n in first.values if n not in ("pin_id", "split", "label")) if first else ()
    )
    return Reader(
        path=path,
        format="wrench",
        columns=("pin_id", "split", "label", *columns),
        rows=lambda: _rows(path, splits, classes),
        classes=classes,
        given_functions=tuple(f"lf_{number}" for number in range(len(votes or ()))),
    )


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
        return json.loads(file.read_text("utf-8"), object_pairs_hook=_unique)
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
        raise ReadError(f"{path / split}.json must be an object of records, and not empty.")
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
        values = {name: _text_of(value) for name, value in record["data"].items()}
        label = record.get("label")
        values["label"] = "" if label is None or label == -1 else classes[_class(label, classes)]
        votes = [_class(vote, classes, abstain=True) for vote in record.get("weak_labels", ())]
    except (KeyError, TypeError, AttributeError) as error:
        return BadRow(number, f"it lacks {error}", str(record)[:EXCERPT], source)
    except ValueError as error:
        return BadRow(number, f"it {error}", str(record)[:EXCERPT], source)
    values |= {"pin_id": f"{split}-{key}", "split": split}
    return Row(number, values, votes, source)


def _text_of(value: Any) -> str:
    """Return a value as text: a list of numbers (a span, features) as it stands in the file."""
    if isinstance(value, list) and all(type(cell) in (int, float) for cell in value):
        return json.dumps(value) if value else ""
    return as_text(value)


def _class(value: Any, classes: tuple[str, ...], abstain: bool = False) -> int:
    if isinstance(value, int) and (-1 if abstain else 0) <= value < len(classes):
        return value
    raise ValueError(f"names class {value!r}, and label.json has classes 0 to {len(classes) - 1}")
