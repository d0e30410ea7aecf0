"""What a pin is: its fields, its row and batch forms, and the checks every imported row must pass."""

from __future__ import annotations

import hashlib
import html
import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from html.entities import html5
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, NamedTuple, Protocol
from urllib.parse import urlsplit

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from labeling.errors import FunctionError

if TYPE_CHECKING:
    import pandas as pd

    from labeling.model_folder import ModelFolder

FIELDS = ("pin_id", "title", "description", "link", "board", "image", "label", "split")
"""What a column of a file can be mapped to; any other column is kept under `extra`."""

SEEN = FIELDS[:-2]
"""Those that a labeling function sees; reference labels and splits it does not."""

MAX_ID_CHARS = 512
SPLITS = ("train", "valid", "test")
SPLIT_WORDS = {
    **dict.fromkeys(("training", "unlabeled", "unlabelled"), "train"),
    **dict.fromkeys(("validation", "val", "dev", "development", "eval", "evaluation"), "valid"),
    **dict.fromkeys(("testing", "heldout", "held_out"), "test"),
}
"""How else files and folders name the splits."""
NO_SPLIT = "no split"
"""What is said of a pin that came without one."""

SCHEMA = pa.schema(
    [
        *(pa.field(name, pa.string()) for name in FIELDS),
        pa.field("extra", pa.string()),  # JSON object of the other columns, "" for none
        pa.field("given_votes", pa.list_(pa.int8())),  # votes that came with the pin, or null
        pa.field("source", pa.string()),  # the file it came from; its folder roots `image`
        pa.field("digest", pa.string()),  # of all the above: equal digests, equal pins
    ]
)


_PLAIN_LINK = re.compile(
    r"https?://(?:www\.)?([a-z0-9-]+(?:\.[a-z0-9-]+)*)(?::\d+)?(?:[/?#].*)?", re.DOTALL
)


def domain_of(link: str) -> str:
    """Return the host of a link in lower case without "www.", or "" where the link names none.

    >>> domain_of("https://www.Shop.example/deal?x=1")
    'shop.example'
    >>> domain_of("chaz-hoodie")
    ''
    """
    if plain := _PLAIN_LINK.fullmatch(link):  # the same as below, in a fifth of the time
        return plain[1]
    if "://" not in link:
        return ""
    try:
        host = urlsplit(link).hostname or ""
    except ValueError:  # an unclosed IPv6 bracket
        return ""
    return host.removeprefix("www.").rstrip(".")


class _Fields(NamedTuple):
    pin_id: str
    title: str
    description: str
    link: str
    board: str
    image: str
    extra_json: str  # the other columns as an object, or ""


class Pin(_Fields):
    """One pin as a labeling function sees it: `pin.title`, `pin.text`, `pin.domain`, `pin.extra`.

    Fields that a pin lacks are "". Attribute and item access are the same. A pin cannot be changed:
    the next function sees the same one.
    """

    __slots__ = ()

    @property
    def text(self) -> str:
        """Title and description, a line each."""
        return f"{self.title}\n{self.description}"

    @property
    def domain(self) -> str:
        """Host of the link, lower case, without "www."."""
        return domain_of(self.link)

    @property
    def extra(self) -> Mapping[str, str]:
        """The file's other columns, by name."""
        return MappingProxyType(_without_references(self.extra_json))

    def __getitem__(self, name: Any) -> Any:
        return getattr(self, name)

    def __getattr__(self, name: str) -> Any:
        fields = ", ".join((*SEEN, "text", "domain", "extra"))
        raise AttributeError(f"a pin has no field {name!r}; it has {fields}")

    def __repr__(self) -> str:
        return f"Pin({self.pin_id!r}, title={self.title!r})"


def _without_references(extra_json: str) -> dict[str, str]:
    """Return the other columns of a pin but for those that hold a reference label."""
    values = json.loads(extra_json) if extra_json else {}
    return {k: v for k, v in values.items() if not k.startswith("label_")}


class Views(Protocol):
    """What was made of a batch's pins by earlier steps; read only by functions that ask for it."""

    def vectors(self, of: str) -> np.ndarray:
        """Return `text` or `image` vectors, float16 [n, d]; all zeros where there is nothing."""

    def look(self, column: str) -> np.ndarray:
        """Return a column of what was seen of the images, [n] (see docs/images.md)."""

    def predictions(self, model: ModelFolder) -> np.ndarray:
        """Return what a model says, P(class), float32 [n, k]; all zeros where it sees nothing."""


@dataclass(frozen=True)
class PinBatch:
    """The pins of one shard, as rows, columns or a DataFrame; reference labels are left out, so no
    labeling function can look at them."""

    table: pa.Table
    kept: dict[str, Any] = field(default_factory=dict, repr=False, compare=False)
    """What a kind of function made of the pins, for the next function of its kind."""
    views: Views | None = field(default=None, repr=False, compare=False)

    def __len__(self) -> int:
        return self.table.num_rows

    def array(self, field: str) -> pa.Array:
        """Return one field of every pin, string [n]: a column, or the derived `text` or `domain`."""
        if field in SEEN:
            return self.table.column(field).combine_chunks()
        if field == "text":
            both = self.table.column("title"), self.table.column("description")
            return pc.binary_join_element_wise(*both, "\n").combine_chunks()
        if field == "domain":
            values = [domain_of(link) for link in self.column("link")]
        else:
            values = [extra.get(field, "") for extra in self._extras]
        return pa.array(values, pa.string())

    def column(self, field: str) -> list[str]:
        """Return the same as a list."""
        if field not in self._columns:
            self._columns[field] = self.array(field).to_pylist()
        return self._columns[field]

    @cached_property
    def _columns(self) -> dict[str, list[str]]:
        return {}

    @cached_property
    def _extras(self) -> list[dict[str, str]]:
        return [_without_references(extra) for extra in self.table.column("extra").to_pylist()]

    @cached_property
    def pins(self) -> list[Pin]:
        """The pins one by one."""
        columns = [self.column(name) for name in SEEN]
        extras = self.table.column("extra").to_pylist()
        if any('"label_' in extra for extra in extras):
            extras = [json.dumps(extra) for extra in self._extras]
        return list(map(Pin, *columns, extras))

    @cached_property
    def frame(self) -> pd.DataFrame:
        """One row per pin: the fields, `text`, `domain`, and each extra column under its name."""
        frame = self.table.select(list(SEEN)).to_pandas()
        frame["text"] = self.column("text")
        frame["domain"] = self.column("domain")
        names = {name for extra in self._extras for name in extra}
        for name in sorted(names - set(frame.columns)):
            frame[name] = [extra.get(name, "") for extra in self._extras]
        return frame

    def vectors(self, on: str) -> np.ndarray:
        """Return the pins' vectors, float16 [n, d], unit length or all zeros: of their `text`, their
        `image`, or `both` side by side, where each has its share of the length."""
        key = f"vectors of {on}"
        if key not in self.kept:
            if on == "both":
                self.kept[key] = side_by_side([self.vectors("text"), self.vectors("image")])
            else:
                self.kept[key] = self._views.vectors(on)
        return self.kept[key]

    def measure(self, name: str) -> np.ndarray:
        """Return a measure of the pins' images, float [n]; NaN where there is no image."""
        values = self._views.look(name)
        return np.where(self._views.look("content") == 0, np.nan, values)

    def hashes(self) -> np.ndarray:
        """Return the perceptual hashes of the pins' images, int64 [n]; 0 where there is none."""
        return np.where(self._views.look("content") == 0, 0, self._views.look("phash"))

    def predictions(self, model: ModelFolder) -> np.ndarray:
        """Return what a model says of the pins, P(class), float32 [n, k]; all zeros where a pin has
        none of what it reads."""
        return self._views.predictions(model)

    @property
    def _views(self) -> Views:
        if self.views is None:
            raise FunctionError(
                "These pins have no vectors or images at hand; vote on an imported collection."
            )
        return self.views

    def given_votes(self, index: int) -> list[int | None]:
        """Return the vote number `index` that came with each pin; None where none came."""
        lists = self.table.column("given_votes").to_pylist()
        return [votes[index] if votes and index < len(votes) else None for votes in lists]


def side_by_side(views: Sequence[np.ndarray]) -> np.ndarray:
    """Return the vectors of some views, each float16 [n, d], as one of unit length, in which each view
    that sees a pin has an equal share; all zeros where none does."""
    wide = np.hstack(views).astype(np.float32)
    lengths = np.linalg.norm(wide, axis=1, keepdims=True)
    return (wide / np.maximum(lengths, 1e-12)).astype(np.float16)


def reference_label(label: str, extra: str, signal: str) -> str:
    """Return the true label that came with a pin for a signal: its extra column `label_<signal>`,
    else its `label`; "" for none."""
    if extra and f'"label_{signal}"' in extra:
        return str(json.loads(extra)[f"label_{signal}"])
    return label


def digest_of(values: tuple[Any, ...]) -> str:
    """Return 16 hex digits over a row's values; equal rows have equal digests."""
    text = "\x1f".join("" if value is None else str(value) for value in values)
    return hashlib.blake2b(text.encode("utf-8", "surrogatepass"), digest_size=8).hexdigest()


_UNDECODED = re.compile("[\ud800-\udfff]")
_CONTROL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")


def clean(value: str) -> str:
    """Return the text with control characters as spaces: no database or terminal wants them."""
    return value if value.isprintable() else _CONTROL.sub(" ", value)


_ENTITY = re.compile(r"&(#\d{1,7}|#[xX][0-9a-fA-F]{1,6}|[A-Za-z][A-Za-z0-9]{1,31});")


def as_read(text: str) -> str:
    """Return the text with its HTML entities (`&amp;`, `&#39;`, `&trade;`) as the characters that people
    read: crawls and shop feeds leave them in, and no function or encoder looks for them."""
    return _ENTITY.sub(_character, text) if "&" in text else text


def _character(entity: re.Match[str]) -> str:
    if entity[1].startswith("#"):
        return html.unescape(entity[0])
    return html5.get(f"{entity[1]};", entity[0])  # `unescape` would take the &not of &nothing;


def reason_to_reject(row: dict[str, str], max_chars: int) -> str | None:
    """Return why a row cannot become a pin, in words for its author, or None where it can."""
    if len(row["pin_id"]) > MAX_ID_CHARS:
        return f"its id has {len(row['pin_id']):,} characters, more than {MAX_ID_CHARS}"
    for name, value in row.items():
        if not name.isascii() and _UNDECODED.search(name):
            return f"column {name!r} is not valid Unicode"
        if len(value) > max_chars:
            most = f"{max_chars:,} of the setting max_field_chars"
            return f"{name} has {len(value):,} characters, more than the {most}"
        if not value.isascii() and (found := _UNDECODED.search(value)):
            byte = ord(found.group()) - 0xDC00
            if 0x80 <= byte <= 0xFF:
                return f"{name} is not valid UTF-8 (byte 0x{byte:02x}); name the file's --encoding"
            return f"{name} is not valid Unicode: half of a surrogate pair"
    if not any(row.get(field) for field in ("title", "description", "link", "image")):
        return "it has no title, description, link or image"
    if row.get("split") and row["split"] not in SPLITS:
        return f"split is {row['split']!r}; it must be train, valid or test, or empty"
    image = row.get("image", "")
    if image and (reason := _image_reason(image)):
        return reason
    return None


def split_named(word: str) -> str:
    """Return the split that a word in any case names; the word itself where it names none."""
    lower = word.strip().lower()
    return SPLIT_WORDS.get(lower, lower)


def general(reason: str) -> str:
    """Return a reason without what is particular to its pin, so that there are few to count."""
    return re.sub(r"'[^']*'|\b0x\w+|(?<!utf-)\b[\d,]+\b", "…", reason, flags=re.IGNORECASE)


def _image_reason(image: str) -> str | None:
    scheme, separator, _ = image.partition("://")
    if separator:
        if scheme.lower() in ("http", "https"):
            return None
        return f"image is a {scheme}: address; only http and https are read"
    parts = re.split(r"[\\/]", image)
    if image[0] in "/\\" or ".." in parts or re.match(r"[A-Za-z]:", image):
        return f"image {image!r} leaves the folder of its file; use a path inside it"
    return None
