"""How a dataset version is curated from soft labels, doubts and gold: declared, and kept in the
version's manifest."""

from __future__ import annotations

import json
import tomllib
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import ConfigDict, Field, TypeAdapter, ValidationError
from pydantic.dataclasses import dataclass

from labeling.errors import DatasetError

NOT_NEGATIVE = Field(ge=0, allow_inf_nan=False)
TOML_WORDS = {
    **dict.fromkeys(("bool_type", "bool_parsing"), "Input should be true or false"),
    **dict.fromkeys(("float_type", "float_parsing"), "Input should be a number"),
    "string_type": "write text in quotes",
}
"""What a value should be, by pydantic's name of the error."""


@dataclass(frozen=True, kw_only=True, config=ConfigDict(extra="forbid"))
class Recipe:
    """What becomes of each pin; every part can be set in labeling.toml under `[recipe]`, or in a file
    of its own."""

    gold: bool = True
    """Take what people agreed on instead of the soft label."""
    gold_weight: Annotated[float, NOT_NEGATIVE] = 1.0
    """Of a training row whose label is gold."""
    min_confidence: Annotated[float, Field(ge=0, le=1)] = 0.0
    """A weak label that is less sure is left out."""
    suspected: Literal["drop", "down-weight", "relabel"] = "drop"
    """What becomes of a label that cleanlab takes for wrong: gold is never suspected. `relabel` takes
    the probe's opinion."""
    suspected_weight: Annotated[float, NOT_NEGATIVE] = 0.25
    """Of a suspected training row, with `down-weight`."""
    near_duplicates: Literal["keep", "collapse"] = "keep"
    """`collapse` keeps one training row of a group: gold first, then the surest."""
    balance: Literal["none", "weights", "sample"] = "none"
    """Of the classes of the training rows: `weights` make each class weigh the same, `sample` leaves
    out weak rows of the larger ones."""
    weights: Literal["equal", "confidence"] = "equal"
    """What a weak training row weighs to begin with: 1, or its confidence."""
    slices: tuple[str, ...] = ()
    """Other columns of the pins that the version carries along, such as `language`; `domain` is ""
    where a link names no host."""
    images: Literal["paths", "embed"] = "paths"
    """`embed` puts the images into the rows, where else only their paths or addresses are."""

    def to_json(self) -> dict[str, Any]:
        """Return the recipe as JSON values."""
        values = {**asdict(self), "slices": list(self.slices)}
        if self.images == "paths":
            values.pop("images")  # as before there was a choice: the digest stays
        return values


def make_recipe(values: Mapping[str, Any], where: str = "[recipe]") -> Recipe:
    """Return the recipe of some values; raises DatasetError naming the first that is wrong."""
    try:
        return TypeAdapter(Recipe).validate_python(dict(values))
    except ValidationError as error:
        first = error.errors()[0]
        name = ".".join(str(part) for part in first["loc"])
        if first["type"] in ("unexpected_keyword_argument", "extra_forbidden"):
            known = ", ".join(asdict(Recipe()))
            raise DatasetError(
                f"{where} sets {name!r}, which is no part of a recipe; the parts are {known}."
            ) from error
        raise DatasetError(
            f"{where} sets {name} to {first['input']!r}: {_wanted(first)}; see docs/datasets.md."
        ) from error


def as_recipe(given: object) -> Recipe:
    """Return a recipe as it is, or by its values, or from the TOML file of a path; raises DatasetError
    where it is none of these."""
    if isinstance(given, Recipe):
        return given
    if isinstance(given, str | Path):
        return read_recipe(Path(given))
    if isinstance(given, Mapping):
        return make_recipe(given)
    raise DatasetError(
        f"The recipe is {given!r}; give a Recipe, its values, or a TOML file's path."
    )


def _wanted(error: Mapping[str, Any]) -> str:
    """Return what a value should be, in TOML's words where pydantic's are Python's."""
    if error["type"] == "tuple_type":
        one = error["input"] if isinstance(error["input"], str) else "language"
        return f"write a list, e.g. {json.dumps([one], ensure_ascii=False)}"
    return TOML_WORDS.get(error["type"], error["msg"])


def read_recipe(path: Path) -> Recipe:
    """Return the recipe in a TOML file; raises DatasetError where it holds none."""
    try:
        values = tomllib.loads(path.read_text("utf-8"))
    except OSError as error:
        raise DatasetError(
            f"The recipe {path} cannot be read: {error.strerror}; name a TOML file."
        ) from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise DatasetError(f"The recipe {path} is not valid TOML: {error}.") from error
    return make_recipe(values, str(path))
