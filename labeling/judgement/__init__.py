"""How good a model's probabilities are on rows whose class is known: scores with intervals, calibration,
thresholds, slices, and two models on the same rows. Needs only numpy and scipy.

Rows weigh 1 / the probability with which they came into the sample, so a weighted mean tells of the pins
that it was drawn from (Horvitz & Thompson 1952; Hajek 1971). Intervals are of 95%.
"""

from labeling.judgement.figures import Figure
from labeling.judgement.judging import ClassJudgement, Judgement, judge_rows
from labeling.judgement.paired import Comparison, SliceDifference, beats_majority, compare_rows
from labeling.judgement.sample import JudgedRows
from labeling.judgement.slices import SliceGap, SliceValues
from labeling.judgement.thresholds import Threshold, find_threshold

__all__ = [
    "ClassJudgement",
    "Comparison",
    "Figure",
    "JudgedRows",
    "Judgement",
    "SliceDifference",
    "SliceGap",
    "SliceValues",
    "Threshold",
    "beats_majority",
    "compare_rows",
    "find_threshold",
    "judge_rows",
]
