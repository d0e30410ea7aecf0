"""Which words make a declared function vote: found by asking it about stretches of the text."""

from __future__ import annotations

import re

import pyarrow as pa

from labeling.functions import LabelingFunction
from labeling.pins import SEEN, PinBatch

PLACES = {"title": ("title",), "description": ("description",), "text": ("title", "description")}
LONGEST = 4
"""Words in a stretch."""
MOST_WORDS = 300
"""Of one text; what comes after is not marked."""
EDGES = ",.;:!?…\"'()[]“”‘’"


def marks_of(
    function: LabelingFunction, texts: list[dict[str, str]], classes: int
) -> list[tuple[str, ...]]:
    """Return for each pin (its fields by name) the shortest stretches of up to 4 words for which
    the function votes by themselves; none for a function that is coded, or reads other fields."""
    places = PLACES.get(function.field or "", ())
    if not places:
        return [() for _ in texts]
    stretches = [
        (number, size, stretch)
        for number, text in enumerate(texts)
        for place in places
        for size, stretch in _stretches(text[place])
    ]
    if not stretches:  # no pin, or none with words
        return [() for _ in texts]
    column = [stretch for _, _, stretch in stretches]
    blank = [""] * len(column)
    table = pa.table({name: column if name == places[0] else blank for name in (*SEEN, "extra")})
    votes = function.vote(PinBatch(table), classes).votes
    found: list[list[str]] = [[] for _ in texts]
    for (number, _, stretch), vote in sorted(
        zip(stretches, votes.tolist(), strict=True), key=lambda pair: pair[0][1]
    ):
        stretch = stretch.strip(EDGES) or stretch
        if vote >= 0 and not any(mark in stretch for mark in found[number]):
            found[number].append(stretch)
    return [tuple(marks) for marks in found]


def _stretches(text: str) -> list[tuple[int, str]]:
    spans = [match.span() for match in re.finditer(r"\S+", text)][:MOST_WORDS]
    return [
        (size, " ".join(text[spans[i][0] : spans[i + size - 1][1]].split()))
        for size in range(1, LONGEST + 1)
        for i in range(len(spans) - size + 1)
    ]
