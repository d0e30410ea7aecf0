"""Predicting: `labeling predict` beside plain SentenceTransformer.encode + softmax on the same model.

    python benchmarks/predicting.py [--texts 1000] [--device cpu] [--rounds 3] [--batch 64 ...]

The model is MiniLM with a linear head, a folder as `labeling train` writes it, which
SentenceTransformer loads as it stands: its vectors are the logits. Both are loaded before; `predict`
reads pins from the store, and writes and describes the signal. In turns, the best of all rounds. More
texts than there are real ones are the same with a number behind.
"""

from __future__ import annotations

import argparse
import os
import shutil
import tempfile
import time
from collections.abc import Callable, Sequence
from contextlib import nullcontext
from pathlib import Path

import numpy as np
import pandas as pd
import torch
from scipy.special import softmax
from sentence_transformers import SentenceTransformer

import labeling
from labeling.models.delivering import predict
from labeling.training.model import build_model

BATCHES = {"cpu": (16, 64), "cuda": (256, 1_024, 4_096)}


def real_texts(count: int) -> list[str]:
    """Return headlines of clickbait and comments of youtube, mixed; none where they are not there."""
    folder = os.environ.get("LABELING_REAL_DATA")
    if not folder:
        print("skipped: LABELING_REAL_DATA is not set, which names the folder of real texts")
        return []
    headlines = pd.read_csv(Path(folder, "clickbait", "train.csv")).iloc[:, 0].astype(str)
    pins = pd.read_json(Path(folder, "youtube", "train.json"), orient="index")["data"]
    comments = pins.map(lambda data: " ".join(data["text"].split()))
    texts = pd.concat([headlines, comments]).drop_duplicates().sample(frac=1, random_state=0)
    known = texts.tolist()
    rounds = -(-count // len(known))
    return [f"{text} {n}" if n else text for n in range(rounds) for text in known][:count]


def timed(run: Callable[[], object]) -> tuple[float, object]:
    start = time.perf_counter()
    found = run()
    return time.perf_counter() - start, found


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--texts", type=int, default=1_000)
    parser.add_argument("--device", choices=("cpu", "cuda"), default="cpu")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--batch", type=int, nargs="+", help="the peer's texts at once")
    given = parser.parse_args()
    texts = real_texts(given.texts)
    if texts:
        batches = given.batch or BATCHES[given.device]
        with tempfile.TemporaryDirectory(prefix="labeling-predicting-") as home:
            compare(Path(home), texts, given.device, batches, given.rounds)


def compare(home: Path, texts: list[str], device: str, batches: Sequence[int], rounds: int) -> None:
    torch.manual_seed(0)
    made = build_model(["ok", "spam"], "minilm", None, 128, "cpu")
    with torch.no_grad():
        made.head.weight.mul_(50)  # else all are nearly .5, and a difference would not show
    made.save(home / "model", {"signal": "spam", "version": "none@v0001"})
    workspace = labeling.init_workspace(home, device=device)
    pins = pd.DataFrame({"pin_id": [f"p{n:08d}" for n in range(len(texts))], "title": texts})
    pins.to_parquet(home / "pins.parquet")
    labeling.import_collection(workspace, "pins", home / "pins.parquet")
    pins.head(10).to_parquet(home / "few.parquet")
    labeling.import_collection(workspace, "few", home / "few.parquet")
    predict(workspace, home / "model", "few")  # loads the model
    plain = SentenceTransformer(str(home / "model"), device=device)
    asked = [f"{text}\n" for text in texts]

    def encode(batch: int, half: bool) -> np.ndarray:
        context = torch.autocast(device, torch.bfloat16) if half else nullcontext()
        with context:
            logits = plain.encode(
                asked, batch_size=batch, show_progress_bar=False, convert_to_tensor=True
            )
        return softmax(logits.float().cpu().numpy(), axis=1)

    seconds: dict[str, float] = {}
    exact = np.empty(0)
    report = None
    for _ in range(rounds):
        for batch in batches:
            for half in (False, True):
                name = f"SentenceTransformer.encode{', bfloat16' if half else ''}, batch {batch}"
                spent, found = timed(lambda batch=batch, half=half: encode(batch, half))
                seconds[name] = min(spent, seconds.get(name, spent))
                exact = exact if half else np.asarray(found)
        for folder in ("predictions", "signals"):
            shutil.rmtree(home / "store" / folder)
        spent, report = timed(lambda: predict(workspace, home / "model", "pins"))
        seconds["labeling predict"] = min(spent, seconds.get("labeling predict", spent))
    ours = seconds.pop("labeling predict")
    print(f"{len(texts):,} texts on {device}")
    for name, spent in {**seconds, "labeling predict": ours}.items():
        print(f"  {name:46} {len(texts) / spent:9.0f} texts/s")
    default = min(spent for name, spent in seconds.items() if "bfloat16" not in name)
    print(f"  ratio to encode as it comes, best batch: {default / ours:.2f}")
    print(f"  ratio to the best of all, bfloat16 too: {min(seconds.values()) / ours:.2f}")
    frame = pd.read_parquet(Path(report.path, "data")).sort_values("pin_id")
    apart = np.abs(np.stack(frame["probabilities"]) - exact).max(axis=1)
    print(f"  furthest probability from float32: {apart.max():.3f}, median {np.median(apart):.4f}")


if __name__ == "__main__":
    main()
