"""A CLIP-type model of some kilobytes with random weights, built and saved here: the real classes of
transformers and sentence-transformers, no hub."""

from __future__ import annotations

import json
from pathlib import Path


def save_tiny_clip(folder: Path) -> Path:
    """Build the model and return its folder."""
    import torch
    from sentence_transformers import SentenceTransformer
    from transformers import (
        CLIPConfig,
        CLIPImageProcessor,
        CLIPModel,
        CLIPProcessor,
        CLIPTokenizerFast,
    )

    parts = folder / "parts"
    parts.mkdir(parents=True)
    letters = [chr(code) for code in range(33, 127)]
    words = ["<|startoftext|>", "<|endoftext|>", *letters, *(f"{letter}</w>" for letter in letters)]
    vocabulary = {word: number for number, word in enumerate(words)}
    (parts / "vocab.json").write_text(json.dumps(vocabulary))
    (parts / "merges.txt").write_text("#version: 0.2\n")
    tokenizer = CLIPTokenizerFast(
        str(parts / "vocab.json"), str(parts / "merges.txt"), model_max_length=32
    )
    layers = {"hidden_size": 32, "intermediate_size": 64, "num_hidden_layers": 2}
    layers |= {"num_attention_heads": 2, "projection_dim": 16}
    text = layers | {
        "vocab_size": len(words),
        "max_position_embeddings": 32,
        "bos_token_id": 0,
        "eos_token_id": 1,
        "pad_token_id": 1,
    }
    torch.manual_seed(0)
    config = CLIPConfig(
        text_config=text,
        vision_config=layers | {"image_size": 32, "patch_size": 8},
        projection_dim=16,
    )
    CLIPModel(config).save_pretrained(folder / "clip")
    size = {"shortest_edge": 32}
    images = CLIPImageProcessor(size=size, crop_size={"height": 32, "width": 32})
    CLIPProcessor(images, tokenizer).save_pretrained(folder / "clip")
    saved = folder / "sentence-transformer"
    SentenceTransformer(str(folder / "clip"), device="cpu").save(str(saved))
    return saved
