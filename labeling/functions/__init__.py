"""The kinds of labeling function, one module each; all vote on a batch of pins."""

from labeling.functions.declarative import keywords, link_domain, pattern
from labeling.functions.examples import GOLD, pin_ids
from labeling.functions.function import (
    ABSTAIN,
    BatchVotes,
    LabelingFunction,
    searched_row_by_row,
    vote_all,
)
from labeling.functions.given import given_votes
from labeling.functions.image_measure import image_measure
from labeling.functions.meaning import (
    classifier,
    cluster,
    duplicate_of,
    model_votes,
    nearest,
    prototype,
    similar_to,
    zero_shot,
)
from labeling.functions.model_votes import ModelVotes
from labeling.functions.scoring import References, Scores, ScoringRule

__all__ = [
    "ABSTAIN",
    "GOLD",
    "BatchVotes",
    "LabelingFunction",
    "ModelVotes",
    "References",
    "Scores",
    "ScoringRule",
    "classifier",
    "cluster",
    "duplicate_of",
    "given_votes",
    "image_measure",
    "keywords",
    "link_domain",
    "model_votes",
    "nearest",
    "pattern",
    "pin_ids",
    "prototype",
    "searched_row_by_row",
    "similar_to",
    "vote_all",
    "zero_shot",
]
