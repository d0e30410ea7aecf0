"""The model card: README.md in a model's folder."""

from __future__ import annotations

from typing import TYPE_CHECKING

from labeling.datasets import Manifest
from labeling.training.training_settings import TrainingSettings

if TYPE_CHECKING:
    from labeling.training.fitting import TrainingReport

TEXT_ONLY = """
```python
from sentence_transformers import SentenceTransformer

logits = SentenceTransformer(folder).encode([f"{title}\\n{description}"])  # softmax: probabilities
```
"""
EPOCHS = """
| epoch | training loss | validation loss | accuracy |
|---|---|---|---|
"""
BESIDE = """
says what the encoder makes of it, calibrated by itself. With words beside it, as it was judged:
"""


def model_card(manifest: Manifest, settings: TrainingSettings, report: TrainingReport) -> str:
    """Return the card's text: what it is for, how it was made, how good it is, how to use it."""
    encoders = [name for name in (settings.text_encoder, settings.image_encoder) if name]
    words = f", words beside it weigh {report.words:g}" if report.words else ""
    rows_read = f"{report.rows:,} rows"
    if report.images is not None:
        rows_read += f", {report.images:.1%} with an image"
    how = "a linear head on the frozen encoder" if settings.quick else f"epoch {report.epoch}"
    rows = "\n".join(
        f"| {name} | {judged.accuracy:.3f} | {judged.macro_f1:.3f} | {judged.loss:.3f} |"
        for name, judged in (("this model", report.model), ("frozen encoder", report.frozen))
    )
    return f"""---
library_name: sentence-transformers
pipeline_tag: text-classification
tags: [weak-supervision, {manifest.signal}]
---

# {manifest.signal}

Says of a pin which of these it is: {", ".join(manifest.classes)}.

- Trained on `{report.version}`, {rows_read}, from {" and ".join(encoders)} ({how}{words}).
- Meant for pins like those of the collection `{manifest.collection}`; not for other texts, nor for
  decisions about people.
- Probabilities are calibrated by a temperature of {report.temperature:.3f}, which is in the weights.

On {report.model.rows:,} validation rows ({report.judged_on}):

| | accuracy | macro F1 | loss |
|---|---|---|---|
{rows}
{_epochs(report)}
## Use
{_plain(settings, report)}
```python
from labeling.training import load_model

model = load_model(folder)
model.predict_proba([f"{{title}}\\n{{description}}"])  # float32 [n, {len(manifest.classes)}]
```
"""


def _epochs(report: TrainingReport) -> str:
    """Return how fine-tuning went, the words left aside."""
    rows = "".join(
        f"| {one.number} | {one.training_loss:.3f} | {one.validation_loss:.3f} | {one.accuracy:.3f} |\n"
        for one in report.epochs
    )
    return f"{EPOCHS}{rows}" if rows else ""


def _plain(settings: TrainingSettings, report: TrainingReport) -> str:
    """Return how others load it, who do not know this library."""
    if settings.image_encoder is not None:
        return ""
    return TEXT_ONLY + (BESIDE if report.words else "\nor, with the classes' names:\n")
