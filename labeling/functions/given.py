"""Functions whose votes came with the pins: a vendor's, another team's, a WRENCH set's."""

from __future__ import annotations

import numpy as np

from labeling.fingerprints import fingerprint
from labeling.functions.function import ABSTAIN, BatchVotes, LabelingFunction, check_name, vote_of
from labeling.pins import PinBatch


def given_votes(name: str, index: int) -> LabelingFunction:
    """Return a function that gives the vote number `index` of the votes that came with each pin; a
    pin that came without votes is an abstention."""

    def vote(batch: PinBatch, classes: int) -> BatchVotes:
        votes = np.full(len(batch), ABSTAIN, dtype=np.int8)
        faults: dict[int, str] = {}
        for number, value in enumerate(batch.given_votes(index)):
            if value is None:
                continue
            try:
                votes[number] = vote_of(value, classes)
            except ValueError as error:
                faults[number] = str(error)
        return BatchVotes(votes=votes, faults=faults)

    return LabelingFunction(
        name=check_name(name),
        kind="given",
        fingerprint=fingerprint("given", index),
        polarity=None,
        code=vote,
        doc=f"vote {index} of those that came with the pin",
    )
