"""Functions on how a picture is made: its size, blur, light and clutter, as measured at import."""

from __future__ import annotations

import numpy as np

from labeling.errors import FunctionError
from labeling.fingerprints import fingerprint
from labeling.functions.declarative import check_class
from labeling.functions.function import BatchVotes, LabelingFunction, check_name
from labeling.images.looking import FINGERPRINT, MEASURES
from labeling.pins import PinBatch

VOTED = ("width", "height", "aspect", *MEASURES)


def image_measure(
    name: str, vote: int, measure: str, *, above: float | None = None, below: float | None = None
) -> LabelingFunction:
    """Return a function that votes where a measure of the image is above and/or below a bound.

    The measures are described in docs/images.md; `labeling images` shows their distribution. Raises
    FunctionError for an unknown measure, or no bound.
    """
    if measure not in VOTED:
        raise FunctionError(
            f"image_measure({name!r}) asks for {measure!r}; choose one of {', '.join(VOTED)}."
        )
    if above is None and below is None:
        raise FunctionError(f"image_measure({name!r}) needs a bound: above=..., below=... or both.")
    low = -np.inf if above is None else above
    high = np.inf if below is None else below

    def code(batch: PinBatch, classes: int) -> BatchVotes:
        values = batch.measure(measure)  # NaN, which no comparison takes in, where no image is
        with np.errstate(invalid="ignore"):
            votes = np.where((values > low) & (values < high), vote, -1)
        return BatchVotes(votes=votes.astype(np.int8))

    bounds = [
        f"{side} {bound:g}"
        for side, bound in (("above", above), ("below", below))
        if bound is not None
    ]
    return LabelingFunction(
        name=check_name(name),
        kind="image_measure",
        fingerprint=fingerprint("image_measure", vote, measure, above, below, FINGERPRINT),
        polarity=(check_class(name, vote),),
        code=code,
        sees=("looks",),
        doc=f"image {measure} {' and '.join(bounds)}",
    )
