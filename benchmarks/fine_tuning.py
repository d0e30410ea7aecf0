"""Fine-tuning: `labeling train` beside a bare PyTorch loop with the same model, batch and precision.

    python benchmarks/fine_tuning.py [--rows 1000] [--batch 32] [--device cpu]

The bare loop is what one writes at first: MiniLM by sentence-transformers, texts tokenized beforehand,
rows shuffled, each batch padded to its longest, AdamW, nothing else. Texts are real; in turns, best of
three.
"""

from __future__ import annotations

import argparse
import tempfile
import time
from pathlib import Path

import numpy as np
import pyarrow as pa
import torch
from predicting import real_texts
from torch import nn

from labeling.training import TrainingSettings
from labeling.training.checkpoints import Checkpoints, State
from labeling.training.fine_tuning import Split, fine_tune, open_devices
from labeling.training.listening import Listener, Moment
from labeling.training.model import build_model, precision
from labeling.training.rows import Rows

ROUNDS = 3
CLASSES = ["ok", "spam"]


def rows_of(texts: list[str]) -> Rows:
    """Return the texts as training reads them, with soft labels of no meaning."""
    spam = np.random.default_rng(0).random(len(texts)).astype(np.float32)
    return Rows(
        table=pa.table({"title": texts, "description": [""] * len(texts)}),
        folder=Path(),
        soft=np.stack([1 - spam, spam], axis=1),
        weights=np.ones(len(texts), dtype=np.float32),
        is_gold=np.zeros(len(texts), dtype=bool),
    )


class Clock(Listener):
    """Notes when the last step was done."""

    end = 0.0

    def stepped(self, moment: Moment) -> None:
        """Note the time of the last step."""
        if moment.step == moment.steps:
            float(moment.loss)  # waits until the device is there
            self.end = time.perf_counter()


def ours(rows: Rows, settings: TrainingSettings) -> float:
    """Return rows per second of one epoch, without what comes after it (validation, checkpoint)."""
    devices = open_devices(settings)
    model = build_model(CLASSES, "minilm", None, settings.max_tokens, str(devices.device))
    part = Split(rows=rows, inputs=model.inputs(rows.texts))
    few = Split(rows=rows.take(np.arange(8)), inputs=model.inputs(rows.texts[:8]))
    clock = Clock()
    with tempfile.TemporaryDirectory() as folder:
        checkpoints = Checkpoints(Path(folder) / "training", "benchmark")
        begun = time.perf_counter()
        fine_tune(
            model,
            part,
            few,
            settings,
            devices,
            checkpoints,
            State(best_loss=0.0),
            clock,
        )
    return len(rows) / (clock.end - begun)


def bare(rows: Rows, settings: TrainingSettings) -> float:
    device = "cuda" if torch.cuda.is_available() and settings.device != "cpu" else "cpu"
    model = build_model(CLASSES, "minilm", None, settings.max_tokens, device)
    encoder, head = model.text, model.head
    tokens = dict(encoder.tokenizer(rows.texts, truncation=True, max_length=settings.max_tokens))
    soft = torch.from_numpy(rows.soft).to(device)
    optimizer = torch.optim.AdamW(model.parameters(), lr=settings.learning_rate)
    model.train()
    order = np.random.default_rng(0).permutation(len(rows))
    begun = time.perf_counter()
    for start in range(0, len(order), settings.batch_size):
        some = order[start : start + settings.batch_size]
        batch = {name: [part[row] for row in some] for name, part in tokens.items()}
        padded = encoder.tokenizer.pad(batch, return_tensors="pt").to(device)
        with precision(device, settings.precision):
            vectors = encoder(dict(padded))["sentence_embedding"]
            logits = head(nn.functional.normalize(vectors, dim=1))
        loss = nn.functional.cross_entropy(logits.float(), soft[torch.from_numpy(some).to(device)])
        loss.backward()
        optimizer.step()
        optimizer.zero_grad()
    if device == "cuda":
        torch.cuda.synchronize()
    return len(rows) / (time.perf_counter() - begun)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=1_000)
    parser.add_argument("--batch", type=int, default=32)
    parser.add_argument("--device", choices=("cpu", "cuda"), default="cpu")
    given = parser.parse_args()
    texts = real_texts(given.rows)
    if not texts:
        return
    settings = TrainingSettings(epochs=1, batch_size=given.batch, device=given.device)
    rows = rows_of(texts)
    found: dict[str, list[float]] = {"bare": [], "ours": []}
    for _ in range(ROUNDS):
        found["bare"].append(bare(rows, settings))
        found["ours"].append(ours(rows, settings))
    best = {name: max(speeds) for name, speeds in found.items()}
    print(f"{len(rows):,} rows, batches of {given.batch}, {given.device}")
    print(f"bare PyTorch loop  {best['bare']:>8.0f} rows/s")
    print(
        f"labeling train     {best['ours']:>8.0f} rows/s  {best['ours'] / best['bare']:.2f} times"
    )


if __name__ == "__main__":
    main()
