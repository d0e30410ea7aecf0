"""The kinds of labeling function, one module each; all vote on a batch of pins."""

from labeling.functions.declarative import keywords, link_domain, pattern
from labeling.functions.function import (
    ABSTAIN,
    BatchVotes,
    LabelingFunction,
    searched_row_by_row,
    vote_all,
)
from labeling.functions.given import given_votes

__all__ = [
    "ABSTAIN",
    "BatchVotes",
    "LabelingFunction",
    "given_votes",
    "keywords",
    "link_domain",
    "pattern",
    "searched_row_by_row",
    "vote_all",
]
