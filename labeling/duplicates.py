"""Groups of near-duplicates: pins that say the same thing, show the same or link to the same page."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from urllib.parse import parse_qsl, urlencode, urlsplit

import numpy as np

from labeling.collection import Collection, Shard, read_pins
from labeling.fingerprints import text_digest
from labeling.groups import NO_KEY, Groups
from labeling.near_pairs import VectorBlocks, join_near_hashes, join_near_vectors
from labeling.pins import PinBatch
from labeling.progress import SILENT, Progress
from labeling.shards import Store

NEAR_DUPLICATE = 0.95
"""Cosine from which two vectors count as the same pin said or shown again."""
HASH_DISTANCE = 4
"""Bits of 64 in which two perceptual hashes of one image may differ."""
TRACKING = ("fbclid", "gclid", "ref")
"""Parameters of a link that say where a visitor came from, besides `utm_...`."""

_NOT_A_WORD = re.compile(r"\W+")


def text_key(text: str) -> int:
    """Return a 63-bit digest of the text's words, blind to case, punctuation and compatibility
    forms; of a text without words, such as ":)", that of its signs, made negative; 0 for no text."""
    plain = " ".join(unicodedata.normalize("NFKC", text).casefold().split())
    words = _NOT_A_WORD.sub(" ", plain).strip()
    if words:
        return text_digest(words)
    return -text_digest(plain) if plain else NO_KEY


def link_key(link: str) -> int:
    """Return a 63-bit digest of the page a link leads to, blind to scheme, "www." and tracking
    parameters; 0 for no page (a bare host, or no address at all)."""
    try:
        parts = urlsplit(link)
        host = (parts.hostname or "").removeprefix("www.")
    except ValueError:
        return NO_KEY
    query = [
        (name, value)
        for name, value in parse_qsl(parts.query)
        if name.lower() not in TRACKING and not name.lower().startswith("utm_")
    ]
    path = parts.path.rstrip("/")
    if not host or not (path or query):
        return NO_KEY
    return text_digest(f"{host}{path}?{urlencode(sorted(query))}")


@dataclass(frozen=True, kw_only=True)
class VectorView:
    """What one encoder sees of the pins."""

    name: str
    """For the bar and the summary: "texts", "images"."""
    read: Callable[[Shard], np.ndarray]
    """Shard -> float16 [n, d] unit vectors in pin order; zeros where there was nothing to see."""
    needs_words: bool = False
    """Whether a pin without words is left out: the vector of a text without words means nothing."""
    threshold: float = NEAR_DUPLICATE


@dataclass(frozen=True, kw_only=True)
class HashView:
    """A 64-bit number for each pin: of an image's bytes, or of what it shows."""

    name: str
    read: Callable[[Shard], np.ndarray]
    """Shard -> int64 [n]; 0 for none."""
    distance: int = 0
    """Bits that may differ; 0 for a digest. `HASH_DISTANCE` serves a perceptual hash."""


@dataclass(frozen=True, kw_only=True)
class Duplicates:
    """Near-duplicates among n pins."""

    leaders: np.ndarray
    """The first pin of each pin's group, int64 [n], as rows in the collection's order."""
    groups: list[str]
    """The ids of those."""
    compared: str
    """How they were looked for."""


def find_duplicates(
    store: Store,
    collection: Collection,
    views: Sequence[VectorView],
    hashes: Sequence[HashView] = (),
    progress: Progress = SILENT,
) -> Duplicates:
    """Return the groups of pins that share text or link, or are near in any one view.

    Any one is enough, though two photos of one product may share a text: groups keep training and
    validation apart, and a pair joined wrongly costs a pin there, a pair missed makes a score lie.
    Groups are chains: the ends of one need not be near. Pins are read shard by shard; memory grows
    with `near_pairs.MEMORY` for vectors, and by some 100 bytes a pin and its id.
    """
    shards = collection.shards
    ids: list[str] = []
    texts, links = [], []
    with progress.bar("near-duplicates: words", len(shards)) as advance:
        for shard in shards:
            pins = read_pins(store, shard, ["pin_id", "title", "description", "link"])
            ids.extend(pins.column("pin_id").to_pylist())
            texts.append(_keys(text_key, PinBatch(pins).column("text")))
            links.append(_keys(link_key, pins.column("link").to_pylist()))
            advance(1)
    words = [keys > NO_KEY for keys in texts]
    groups = Groups(len(ids))
    for parts in (texts, links):
        groups.join_equal(np.concatenate(parts))
    said = ["equal texts and links"]
    for seen in hashes:
        keys = np.concatenate([seen.read(shard) for shard in shards])
        if seen.distance:
            join_near_hashes(groups, keys, seen.distance)
        else:
            groups.join_equal(keys)
        said.append(f"{seen.name} within {seen.distance} bits" if seen.distance else seen.name)
    for view in views:
        blocks = VectorBlocks(
            read=partial(_read, view, shards, words), sizes=tuple(shard.rows for shard in shards)
        )
        with progress.bar(f"near-duplicates: {view.name}", len(ids)) as advance:
            cells = join_near_vectors(groups, blocks, view.threshold, advance)
        how = "all pairs" if cells == 1 else f"pairs within {cells:,} cells"
        said.append(f"{how} of {view.name} vectors")
    leaders = groups.leaders()
    named = [ids[leader] for leader in leaders]
    return Duplicates(leaders=leaders, groups=named, compared="; ".join(said))


def _keys(key: Callable[[str], int], values: Sequence[str]) -> np.ndarray:
    return np.array([key(value) for value in values], dtype=np.int64)


def _read(
    view: VectorView, shards: Sequence[Shard], words: Sequence[np.ndarray], number: int
) -> np.ndarray:
    vectors = view.read(shards[number])
    return np.where(words[number][:, None], vectors, 0) if view.needs_words else vectors
