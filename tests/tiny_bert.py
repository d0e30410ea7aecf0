"""A BERT of some kilobytes with random weights, built and saved here: the real classes, no hub."""

from __future__ import annotations

from pathlib import Path


def save_tiny_bert(folder: Path, words: list[str], width: int = 8) -> Path:
    """Build a sentence-transformers model whose tokens are the words; return its folder."""
    import torch
    from sentence_transformers import SentenceTransformer
    from transformers import BertConfig, BertModel, BertTokenizerFast

    folder.mkdir(parents=True)
    vocabulary = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", *sorted(set(words))]
    (folder / "vocab.txt").write_text("\n".join(vocabulary), "utf-8")
    torch.manual_seed(0)
    config = BertConfig(
        vocab_size=len(vocabulary),
        hidden_size=width,
        num_hidden_layers=2,
        num_attention_heads=1,
        intermediate_size=16,
        max_position_embeddings=64,
        hidden_dropout_prob=0.1,
    )
    BertModel(config).save_pretrained(folder / "bert")
    BertTokenizerFast(str(folder / "vocab.txt")).save_pretrained(folder / "bert")
    saved = folder / "sentence-transformer"
    SentenceTransformer(str(folder / "bert"), device="cpu").save(str(saved))
    return saved
