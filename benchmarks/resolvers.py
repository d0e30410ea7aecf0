"""Every resolver, and the one that `auto` takes, on the test splits of five sets with true labels.

LABELING_REAL_DATA=FOLDER python benchmarks/resolvers.py                # 100 gold answers, 3 seeds
LABELING_REAL_DATA=FOLDER python benchmarks/resolvers.py --gold 400 --seeds 5 youtube agnews

The answers are true labels of randomly drawn pins of the training split. Accuracy is that of
`labeling.evaluation.score`: a pin without a label counts as a guess. Fitted are the training votes,
scored the test votes; crowd-kit's Dawid-Skene, which knows no abstention, stands beside ours.
Resolvers that read vectors see those of the packaged text encoder. `--training` scores the training
split, answered pins among it.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import tempfile
import time
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np

from labeling.encoders import Encoder
from labeling.evaluation import score
from labeling.gathering import SAMPLE, SEEN
from labeling.label_model import VoteStatistics
from labeling.resolvers import (
    RESOLVERS,
    CoTrained,
    Evidence,
    Patterns,
    SeenPins,
    VotePredictor,
    VoteShares,
)
from labeling.resolvers.comparing import choose, too_little
from labeling.resolvers.linear_probe import FOLDS
from labeling.resolvers.snorkel_robust import with_label_model
from labeling.soft_labels import best_class

SETS = ("youtube", "yoruba", "agnews", "chemprot", "clickbait")


@dataclass(frozen=True, kw_only=True)
class VoteSet:
    """Votes, true labels and texts of one set."""

    classes: tuple[str, ...]
    votes: np.ndarray
    labels: np.ndarray
    texts: np.ndarray
    test_votes: np.ndarray
    test_labels: np.ndarray
    test_texts: np.ndarray
    vectors: dict[str, np.ndarray] = field(default_factory=dict)
    """Text -> vector, of the texts that were needed."""

    def see(self, votes: np.ndarray, texts: np.ndarray) -> SeenPins:
        """Return pins with their vectors; each text is embedded once."""
        lacking = sorted(set(texts.tolist()) - set(self.vectors))
        if lacking:
            found = Encoder(name="minilm").encode_texts(lacking)
            self.vectors.update(zip(lacking, found, strict=True))
        digests = [hashlib.blake2b(text.encode()).digest()[0] for text in texts.tolist()]
        return SeenPins(
            votes=votes,
            vectors=np.array([self.vectors[text] for text in texts.tolist()]),
            folds=np.array(digests) % FOLDS,
        )


def read_set(folder: Path, name: str) -> VoteSet:
    """Return a WRENCH set by its published votes, clickbait by the functions in tests/examples."""
    if name == "clickbait":
        return vote_on_clickbait(folder / name)
    parts = []
    for split in ("train", "test"):
        records = json.loads((folder / name / f"{split}.json").read_text("utf-8")).values()
        parts.append(np.array([r["weak_labels"] for r in records], dtype=np.int8))
        parts.append(np.array([r["label"] for r in records], dtype=np.int64))
        parts.append(np.array([r["data"]["text"] for r in records], dtype=object))
    classes = json.loads((folder / name / "label.json").read_text("utf-8")).values()
    return VoteSet(
        classes=tuple(classes),
        votes=parts[0],
        labels=parts[1],
        texts=parts[2],
        test_votes=parts[3],
        test_labels=parts[4],
        test_texts=parts[5],
    )


def vote_on_clickbait(folder: Path) -> VoteSet:
    """Return the votes of our example functions; kept in the temporary folder, as they take time."""
    kept = Path(tempfile.gettempdir()) / "labeling_bench_clickbait_texts.npz"
    if not kept.exists():
        import labeling
        from labeling.analysis import read_reference
        from labeling.collection import read_pins
        from labeling.resolving import read_splits
        from labeling.votes import read_votes

        functions = Path(__file__).parent.parent / "tests/examples/labeling_functions"
        with tempfile.TemporaryDirectory() as home:
            workspace = labeling.init_workspace(home, functions=functions)
            columns = {"title": "headline", "label": "clickbait"}
            for split in ("train", "test"):
                labeling.import_collection(
                    workspace, "clickbait", folder / f"{split}.csv", columns=columns, split=split
                )
            labeling.vote(workspace, "clickbait", "clickbait")
            signal, pins = workspace.signal("clickbait"), workspace.collection("clickbait")
            found = {"votes": [], "labels": [], "splits": [], "texts": []}
            for shard in pins.shards:
                found["votes"].append(
                    read_votes(workspace.store, signal, tuple(signal), pins, shard)
                )
                found["labels"].append(read_reference(workspace.store, signal, shard))
                found["splits"].append(read_splits(workspace.store, shard).astype(str))
                titles = read_pins(workspace.store, shard, ["title"]).column("title")
                found["texts"].append(titles.to_numpy().astype(str))
        np.savez(kept, **{name: np.concatenate(parts) for name, parts in found.items()})
    value = np.load(kept)
    train = value["splits"] == "train"
    return VoteSet(
        classes=("news", "clickbait"),
        votes=value["votes"][train],
        labels=value["labels"][train],
        texts=value["texts"][train].astype(object),
        test_votes=value["votes"][~train],
        test_labels=value["labels"][~train],
        test_texts=value["texts"][~train].astype(object),
    )


def evidence_of(found: VoteSet, gold: int, seed: int) -> Evidence:
    """Return the evidence with `gold` random answers of the training split."""
    k = len(found.classes)
    draw = np.random.default_rng(seed)
    answered = draw.choice(len(found.votes), min(gold, len(found.votes)), replace=False)
    votes, labels = found.votes[answered], found.labels[answered]
    covered = (votes >= 0).any(axis=1)
    gold_texts = found.texts[answered][covered]
    everything = found.votes[(found.votes >= 0).any(axis=1)]
    unanswered = (found.votes >= 0).any(axis=1)
    unanswered[answered] = False
    order = np.random.default_rng(1).permutation(len(found.votes))
    others = order[unanswered[order]][:SEEN]
    sample = np.random.default_rng(0).permutation(everything)[:SAMPLE]
    evidence = Evidence(
        class_names=found.classes,
        function_names=tuple(f"f{j}" for j in range(votes.shape[1])),
        seed=0,
        statistics=VoteStatistics.of(found.votes, k),
        sample=sample,
        gold_votes=votes[covered],
        gold_labels=labels[covered],
        patterns=Patterns.of(sample, k),
        start=VoteShares(classes=k),
        uncovered_answers=np.bincount(labels[~covered], minlength=k),
        seen=found.see(found.votes[others], found.texts[others]),
        gold_seen=found.see(votes[covered], gold_texts),
    )
    enough = too_little(evidence) is None
    return with_label_model(replace(evidence, choosable=enough))


def predict(model: VotePredictor, found: VoteSet) -> np.ndarray:
    if isinstance(model, CoTrained):
        return model.predict_proba_of(found.see(found.test_votes, found.test_texts))
    return model.predict_proba(found.test_votes)


def accuracy(soft: np.ndarray, found: VoteSet) -> float:
    labels = best_class(soft)
    labels[(found.test_votes < 0).all(axis=1)] = -1
    scores = score(found.test_labels, labels, len(found.classes))
    return scores.accuracy if scores else float("nan")


def crowdkit_dawid_skene(found: VoteSet) -> np.ndarray:
    """Return crowd-kit's probabilities on the test votes, by the parameters it learns in training."""
    import pandas as pd
    from crowdkit.aggregation import DawidSkene

    k, m = len(found.classes), found.votes.shape[1]
    rows, columns = np.nonzero(found.votes >= 0)
    cast = pd.DataFrame({"task": rows, "worker": columns, "label": found.votes[rows, columns]})
    model = DawidSkene(n_iter=50).fit(cast)
    priors = model.priors_.reindex(range(k)).fillna(0).to_numpy()
    bias = np.log(np.maximum(priors, 1e-12))
    table = np.zeros((m, k + 1, k))
    for (worker, label), row in model.errors_.iterrows():
        table[worker, label + 1] = np.log(np.maximum(row.reindex(range(k)).fillna(0), 1e-12))
    from labeling.resolvers import VoteTable

    return VoteTable(bias=bias, table=table).predict_proba(found.test_votes)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("sets", nargs="*", default=SETS)
    parser.add_argument("--gold", type=int, default=100)
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--first-seed", type=int, default=0)
    parser.add_argument("--training", action="store_true")
    options = parser.parse_args()
    folder = Path(os.environ["LABELING_REAL_DATA"])
    seeds = range(options.first_seed, options.first_seed + options.seeds)
    print(f"{options.gold} gold answers; test accuracy by seed {seeds.start}..{seeds.stop - 1}")
    for name in options.sets:
        found = read_set(folder, name)
        if options.training:
            found = replace(
                found,
                test_votes=found.votes,
                test_labels=found.labels,
                test_texts=found.texts,
            )
        rows: dict[str, list[float]] = {resolver: [] for resolver in RESOLVERS}
        auto, chosen, spent = [], [], []
        for seed in seeds:
            evidence = evidence_of(found, options.gold, seed)
            for resolver, kind in RESOLVERS.items():
                soft = predict(kind.fit(evidence), found)
                rows[resolver].append(accuracy(soft, found))
            start = time.perf_counter()
            chosen.append(choose(evidence))
            spent.append(time.perf_counter() - start)
            auto.append(rows[chosen[-1].resolver][-1])
        best = np.max(list(rows.values()), axis=0)
        print(f"\n{name}: {found.votes.shape[1]} functions, {len(found.classes)} classes")
        for resolver, values in rows.items():
            show(resolver, values)
        show("auto", auto, ", ".join(choice.resolver for choice in chosen))
        show("gap to the best", list(best - auto))
        show("(crowd-kit's DS)", [accuracy(crowdkit_dawid_skene(found), found)])
        print(f"  the choice took {max(spent):.1f} s; {chosen[0].reason}")


def show(name: str, values: list[float], more: str = "") -> None:
    print(f"  {name:<18} {np.mean(values):.3f}  {' '.join(f'{v:.3f}' for v in values)}  {more}")


if __name__ == "__main__":
    main()
