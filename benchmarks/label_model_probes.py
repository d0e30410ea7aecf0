"""Where label models break, side by side: majority, Snorkel's own over 20 seeds, and the robust fit.

python benchmarks/label_model_probes.py
LABELING_REAL_DATA=... python benchmarks/label_model_probes.py    # and the sets of real votes there
"""

from __future__ import annotations

import json
import os
from pathlib import Path

import numpy as np
from planted_votes import RARE_CLASSES, copies, rare_class

from labeling.evaluation import score
from labeling.label_model import fit_label_model
from labeling.resolving import vote_shares
from labeling.robust_label_model import SAMPLE, RobustFit, fit_robust, sample_votes
from labeling.soft_labels import best_class
from labeling.vote_model import VoteModel
from labeling.vote_statistics import VoteStatistics

SEEDS = range(20)


def robust(
    votes: np.ndarray, k: int, *, balance: np.ndarray | None = None, discount: bool = True
) -> RobustFit:
    return fit_robust(
        VoteStatistics.of(votes, k),
        sample_votes(votes, SAMPLE),
        functions=[f"function_{j}" for j in range(votes.shape[1])],
        classes=[f"class_{y}" for y in range(k)],
        balance=balance,
        discount=discount,
        seeds=(0,),
    )


def labels(model: VoteModel | None, votes: np.ndarray, k: int) -> np.ndarray:
    """Return the labels of a model, or of the majority for None; -1 on ties and without votes."""
    soft = vote_shares(votes, k) if model is None else model.predict_proba(votes)
    return np.where((votes >= 0).any(axis=1), best_class(soft), -1)


def f1(found: np.ndarray, truth: np.ndarray) -> float:
    both = ((found == 1) & (truth == 1)).sum()
    return 2 * both / max(1, (found == 1).sum() + (truth == 1).sum())


def accuracy(model: VoteModel | None, votes: np.ndarray, truth: np.ndarray, k: int) -> float:
    found = score(truth, labels(model, votes, k), k)
    assert found is not None
    return found.accuracy


def rare_classes() -> None:
    print(
        "F1 of a class with 5% of 10,000 pins, mean of 5 draws; snorkel: worst to best of 20 seeds"
    )
    print("(robust: mean; lowest difference to majority)")
    for kind in RARE_CLASSES:
        rows = []
        for draw in range(5):
            votes, truth = rare_class(kind, draw)
            statistics, known = VoteStatistics.of(votes, 2), np.array([0.95, 0.05])
            row = [f1(labels(None, votes, 2), truth)]
            for balance in (None, known):
                fits = [fit_label_model(statistics, seed=s, balance=balance) for s in SEEDS]
                found = [f1(labels(fit.votes, votes, 2), truth) for fit in fits]
                ours = robust(votes, 2, balance=balance).votes
                row += [min(found), max(found), f1(labels(ours, votes, 2), truth)]
            rows.append(row)
        table = np.array(rows)
        majority, *cells = table.mean(axis=0)
        less = (table[:, [3, 6]] - table[:, :1]).min(axis=0)
        print(
            f"  {kind:<16} majority {majority:.2f} | balance not given: snorkel {cells[0]:.2f} to "
            f"{cells[1]:.2f}, robust {cells[2]:.2f} ({less[0]:+.2f}) | given: snorkel "
            f"{cells[3]:.2f} to {cells[4]:.2f}, robust {cells[5]:.2f} ({less[1]:+.2f})"
        )


def six_copies() -> None:
    print("accuracy with six copies of a .60 function and four independent .80 ones, 10,000 pins")
    for differ, coverage in ((0, 1), (0.02, 1), (0.05, 1), (0.1, 1), (0, 0.7), (0.05, 0.7)):
        votes, truth = copies(0, differ=differ, coverage=coverage)
        snorkel = fit_label_model(VoteStatistics.of(votes, 2), seed=0).votes
        print(
            f"  copies differ on {differ:.0%}, coverage {coverage:.0%}: "
            f"majority {accuracy(None, votes, truth, 2):.3f}  "
            f"snorkel {accuracy(snorkel, votes, truth, 2):.3f}  "
            f"robust {accuracy(robust(votes, 2).votes, votes, truth, 2):.3f}"
        )


def read_split(folder: Path, split: str) -> tuple[np.ndarray, np.ndarray]:
    records = json.loads((folder / f"{split}.json").read_text("utf-8")).values()
    votes = np.array([record["weak_labels"] for record in records], dtype=np.int8)
    return votes, np.array([record["label"] for record in records])


def real_sets(data: Path) -> None:
    print("accuracy on the test split of real votes, fitted on the train split")
    for name in ("youtube", "yoruba", "agnews", "chemprot"):
        k = len(json.loads((data / name / "label.json").read_text("utf-8")))
        train, answers = read_split(data / name, "train")
        test, truth = read_split(data / name, "test")
        statistics = VoteStatistics.of(train, k)
        own = [accuracy(fit_label_model(statistics, seed=s).votes, test, truth, k) for s in SEEDS]
        share = (np.bincount(answers, minlength=k) + 1) / (len(answers) + k)
        print(
            f"  {name:<9} majority {accuracy(None, test, truth, k):.3f}  "
            f"snorkel {own[0]:.3f} (20 seeds: {min(own):.3f} to {max(own):.3f})  robust "
            f"{accuracy(robust(train, k).votes, test, truth, k):.3f}, without discounts "
            f"{accuracy(robust(train, k, discount=False).votes, test, truth, k):.3f}, balance of "
            f"the answers given {accuracy(robust(train, k, balance=share).votes, test, truth, k):.3f}"
        )


def main() -> None:
    six_copies()
    rare_classes()
    if data := os.environ.get("LABELING_REAL_DATA"):
        real_sets(Path(data))


if __name__ == "__main__":
    main()
