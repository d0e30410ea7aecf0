"""Votes with a known truth: the probes on which label models break."""

from __future__ import annotations

import numpy as np

RARE_CLASSES = ("two_sided", "varied", "mixed", "sparse", "one_sided", "mostly_positive")


def copies(
    seed: int, *, pins: int = 10_000, differ: float = 0.0, coverage: float = 1.0
) -> tuple[np.ndarray, np.ndarray]:
    """Return votes int8 [n, 10] and truth [n], two classes: six copies of a function that is right on
    60%, each changed on a share `differ`, then four independent ones that are right on 80%."""
    draw = np.random.default_rng(seed)
    truth = draw.integers(0, 2, pins)
    shared = np.where(draw.random(pins) < 0.6, truth, 1 - truth)
    columns = [np.where(draw.random(pins) < differ, 1 - shared, shared) for _ in range(6)]
    columns += [np.where(draw.random(pins) < 0.8, truth, 1 - truth) for _ in range(4)]
    votes = np.stack(columns, axis=1).astype(np.int8)
    votes[draw.random(votes.shape) >= coverage] = -1
    return votes, truth


def independent(accuracies: list[float], *, pins: int = 10_000) -> tuple[np.ndarray, np.ndarray]:
    """Return votes int8 [n, m] of independent functions on all pins, and truth [n], two classes."""
    draw = np.random.default_rng(0)
    truth = draw.integers(0, 2, pins)
    right = draw.random((pins, len(accuracies))) < np.array(accuracies)
    return np.where(right, truth[:, None], 1 - truth[:, None]).astype(np.int8), truth


def rare_class(
    kind: str, seed: int, *, pins: int = 10_000, share: float = 0.05
) -> tuple[np.ndarray, np.ndarray]:
    """Return votes int8 [n, 10] and truth [n] (1: the rare class).

    two_sided: all vote for both classes, right on 70 to 90%, on half of the pins. varied: right on
    60 to 95%, on 40 to 90% of the pins. mixed: three for the rare class, four for the other, three
    for both. sparse: mixed, with 30% of the votes. one_sided: five for each class. mostly_positive:
    eight for the rare class, two for the other.
    """
    draw = np.random.default_rng(seed)
    truth = (draw.random(pins) < share).astype(int)
    votes = np.full((pins, 10), -1, dtype=np.int8)
    sides = {
        "two_sided": "b" * 10,
        "varied": "v" * 10,
        "mixed": "pppnnnnbbb",
        "sparse": "pppnnnnbbb",
        "one_sided": "pppppnnnnn",
        "mostly_positive": "ppppppppnn",
    }
    for j, side in enumerate(sides[kind]):
        if side == "p":
            recall, precision = draw.uniform(0.2, 0.6), draw.uniform(0.4, 0.9)
            false = recall * share * (1 - precision) / precision / (1 - share)
            votes[draw.random(pins) < np.where(truth == 1, recall, false), j] = 1
        elif side == "n":
            coverage = draw.uniform(0.1, 0.5)
            wrong = coverage * draw.uniform(0.1, 0.4)
            votes[draw.random(pins) < np.where(truth == 0, coverage, wrong), j] = 0
        else:
            accuracy, coverage = (draw.uniform(0.7, 0.9), 0.5)
            if side == "v":
                accuracy, coverage = draw.uniform(0.6, 0.95), draw.uniform(0.4, 0.9)
            answers = np.where(draw.random(pins) < accuracy, truth, 1 - truth)
            votes[:, j] = np.where(draw.random(pins) < coverage, answers, -1)
    if kind == "sparse":
        votes[draw.random(votes.shape) < 0.7] = -1
    return votes, truth
